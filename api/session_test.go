package api

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"weibox/inbox"
)

const signInOwner = `{"login":"owner","password":"right"}`

func cookiesOf(w *httptest.ResponseRecorder) []*http.Cookie { return w.Result().Cookies() }

func TestTheCookieIsBoundToTheHostWhereTheAddressIsHTTPS(t *testing.T) {
	s := start(t, func(c *Config) { c.PublicURL = "https://inbox.example.com" })
	got := cookiesOf(s.send("", "POST /api/v1/session", signInOwner))
	if len(got) != 1 {
		t.Fatalf("%d cookies", len(got))
	}
	c := got[0]
	if c.Name != "__Host-sid" || !c.Secure || !c.HttpOnly || c.SameSite != http.SameSiteLaxMode || c.Path != "/" || c.Domain != "" {
		t.Errorf("cookie %+v", c)
	}
}

func TestTheCookieIsPlainOnThisMachineAloneUnlessSomebodyInsists(t *testing.T) {
	for _, tc := range []struct {
		address  string
		insecure bool
		good     bool
	}{
		{"http://localhost:8080", false, true}, {"http://127.0.0.1", false, true}, {"http://[::1]:80", false, true}, {"http://weibox.localhost", false, true},
		{"http://10.0.0.5:8080", false, false}, {"http://inbox.example.com", false, false}, {"http://localhost.example.com", false, false},
		{"http://10.0.0.5:8080", true, true}, {"https://inbox.example.com", false, true}, {"not an address", false, false}, {"", true, false},
	} {
		_, err := New(Config{PublicURL: tc.address, InsecureCookie: tc.insecure}, start(t).deps)
		if (err == nil) != tc.good {
			t.Errorf("%q, insecure %v: %v", tc.address, tc.insecure, err)
		}
	}
	c := cookiesOf(start(t).send("", "POST /api/v1/session", signInOwner))[0]
	if c.Name != "sid" || c.Secure || !c.HttpOnly || c.SameSite != http.SameSiteLaxMode {
		t.Errorf("cookie %+v", c)
	}
}

func TestSigningInEndsWhateverSessionTheBrowserHad(t *testing.T) {
	s := start(t)
	call{do: "GET /api/v1/me", as: "lin", status: 200}.on(s)
	fresh := cookiesOf(s.send("lin", "POST /api/v1/session", signInOwner))[0].Value
	call{do: "GET /api/v1/me", as: "lin", status: 401}.on(s)
	call{do: "GET /api/v1/me", as: fresh, status: 200, has: `"login":"owner"`}.on(s)
}

func TestSigningOutEndsTheSessionAndTakesTheCookieBack(t *testing.T) {
	s := start(t)
	w := s.send("lin", "DELETE /api/v1/session", "")
	if got := cookiesOf(w); w.Code != 204 || len(got) != 1 || got[0].MaxAge >= 0 || got[0].Value != "" {
		t.Errorf("status %d, cookies %v", w.Code, got)
	}
	call{do: "GET /api/v1/me", as: "lin", status: 401, has: `"code":"unauthenticated"`}.on(s)
	call{do: "DELETE /api/v1/session", status: 204}.on(s)
}

func TestSession(t *testing.T) {
	for _, tc := range []call{
		{name: "a wrong password is refused", do: "POST /api/v1/session", body: `{"login":"owner","password":"x"}`, status: 401, has: `"code":"unauthenticated"`},
		{name: "the password is needed", do: "POST /api/v1/session", body: `{"login":"owner"}`, status: 400, has: `"field":"password"`},
		{name: "me says what the role may do", as: "view", do: "GET /api/v1/me", status: 200, has: `"permissions":["read"]`},
		{name: "me says where the stream begins", as: "view", do: "GET /api/v1/me", status: 200, has: `"seq":"0"`},
		{name: "sessions say which is mine", as: "lin", do: "GET /api/v1/sessions", status: 200, has: `"current":true`},
		{name: "sessions are ended by an id", as: "lin", do: "DELETE /api/v1/sessions/0", status: 400, has: `"code":"invalid"`},
		{name: "presence is one of four", as: "lin", do: "PATCH /api/v1/me", body: `{"presence":"asleep"}`, status: 400, has: `"field":"presence"`},
		{name: "a role cannot be given to oneself", as: "lin", do: "PATCH /api/v1/me", body: `{"role":"owner"}`, status: 400},
		{name: "setup needs the printed token", do: "POST /api/v1/setup", body: `{"token":"x","workspace":"店","name":"王","login":"w","password":"p"}`, status: 403},
	} {
		t.Run(tc.name, tc.run)
	}
}

func TestOnlyTrustedProxiesSayWhereSomebodyIs(t *testing.T) {
	s := start(t)
	s.send("", "POST /api/v1/session", signInOwner, "X-Forwarded-For", "203.0.113.99", "X-Real-Ip", "203.0.113.99")
	if got := s.h.browser.Address; got != "192.0.2.1" { // httptest's peer
		t.Errorf("a stranger's header made the address %s", got)
	}
	s = start(t, func(c *Config) { c.TrustedProxies = []string{"192.0.2.0/24"} })
	s.send("", "POST /api/v1/session", signInOwner, "X-Forwarded-For", "198.51.100.1, 203.0.113.99")
	if got := s.h.browser.Address; got != "203.0.113.99" {
		t.Errorf("behind a trusted proxy the address is %s", got)
	}
	if _, err := New(Config{PublicURL: "http://localhost", TrustedProxies: []string{"everybody"}}, s.deps); err == nil {
		t.Error("a proxy that is no address was taken")
	}
}

func TestARoleThatChangesCountsWithTheNextRequest(t *testing.T) {
	s := start(t)
	call{do: "GET /api/v1/rules", as: "super", status: 200}.on(s)
	s.h.people["super"].Agent.Role = inbox.Answerer
	call{do: "GET /api/v1/rules", as: "super", status: 403, has: `"code":"denied"`}.on(s)
}

func TestGuardedHandlersHaveSessionPermissionAndProtection(t *testing.T) {
	s := start(t)
	guarded := s.Guard(inbox.MayManageAccounts, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusTeapot) }))
	for _, tc := range []struct {
		as, site string
		status   int
	}{{"", "same-origin", 401}, {"lin", "same-origin", 403}, {"admin", "cross-site", 403}, {"admin", "same-origin", 418}} {
		r := httptest.NewRequest("POST", "/sandbox/x", strings.NewReader("{}"))
		r.AddCookie(&http.Cookie{Name: "sid", Value: tc.as})
		r.Header.Set("Sec-Fetch-Site", tc.site)
		w := httptest.NewRecorder()
		guarded.ServeHTTP(w, r)
		if w.Code != tc.status || w.Header().Get("Content-Security-Policy") == "" {
			t.Errorf("as %q from %s: status %d, want %d; headers %v", tc.as, tc.site, w.Code, tc.status, w.Header())
		}
	}
}
