package api

import (
	"net/http"
	"strings"
	"testing"
)

func TestEveryAnswerCarriesTheSecurityHeaders(t *testing.T) {
	s := start(t, func(c *Config) { c.PublicURL = "https://inbox.example.com" })
	s.Drain()
	want := map[string]string{
		"Content-Security-Policy":      "frame-ancestors 'none'",
		"X-Content-Type-Options":       "nosniff",
		"Referrer-Policy":              "same-origin",
		"Cross-Origin-Opener-Policy":   "same-origin",
		"Cross-Origin-Resource-Policy": "same-origin",
		"Strict-Transport-Security":    "max-age=31536000",
		"X-Request-Id":                 "",
	}
	addresses := []string{"GET /", "GET /inbox/all/5", "GET /assets/app-1a2b.js", "GET /api/v1/nothing", "PUT /", "POST /api/v1/tags"}
	for _, r := range everyRoute {
		addresses = append(addresses, r.do)
	}
	for _, do := range addresses {
		h := s.send("owner", do, "").Header()
		for name, value := range want {
			if got := h.Get(name); got == "" || !strings.Contains(got, value) {
				t.Errorf("%s: %s is %q", do, name, got)
			}
		}
		if strings.Contains(do, "/api/") && h.Get("Cache-Control") != "no-store" {
			t.Errorf("%s: Cache-Control is %q", do, h.Get("Cache-Control"))
		}
		if h.Get("Access-Control-Allow-Origin") != "" {
			t.Errorf("%s: other sites may read this", do)
		}
		if csp := h.Get("Content-Security-Policy"); strings.Contains(csp, "unsafe") && !strings.Contains(do, "/swagger/") {
			t.Errorf("%s: policy %q", do, csp)
		}
	}
}

func TestNoHSTSWithoutHTTPS(t *testing.T) {
	if got := start(t).send("", "GET /", "").Header().Get("Strict-Transport-Security"); got != "" {
		t.Errorf("Strict-Transport-Security is %q", got)
	}
}

func TestOtherSitesCannotMakeABrowserChangeAnything(t *testing.T) {
	for _, r := range everyRoute {
		if strings.HasPrefix(r.do, "GET ") {
			continue
		}
		for _, sign := range [][2]string{{"Sec-Fetch-Site", "cross-site"}, {"Sec-Fetch-Site", "same-site"}, {"Origin", "https://evil.example"}, {"Origin", "null"}} {
			s := start(t)
			if code := s.visit("owner", r.do, r.body, sign[0], sign[1]); code != http.StatusForbidden || len(s.h.viewers) > 0 || len(s.h.pushes) > 0 {
				t.Errorf("%s with %s %s: status %d", r.do, sign[0], sign[1], code)
			}
		}
		for _, sign := range [][2]string{{"Sec-Fetch-Site", "same-origin"}, {"Sec-Fetch-Site", "none"}, {"Origin", "http://localhost:8080"}} {
			if code := start(t).visit("owner", r.do, r.body, sign[0], sign[1]); code == http.StatusForbidden {
				t.Errorf("%s with %s %s: status %d", r.do, sign[0], sign[1], code)
			}
		}
	}
}

func TestOtherSitesCannotListen(t *testing.T) {
	call{do: "GET /api/v1/stream", as: "owner", header: []string{"Sec-Fetch-Site", "cross-site"}, status: 403}.run(t)
}
