package api

import (
	"compress/gzip"
	"io"
	"net/http"
	"strings"
	"testing"
)

func TestPages(t *testing.T) {
	for _, tc := range []call{
		{name: "the start", do: "GET /", status: 200, has: "<title>Weibox"},
		{name: "any address of the application", do: "GET /inbox/mine/123", status: 200, has: "<title>Weibox"},
		{name: "its head", do: "HEAD /inbox", status: 200, hasNot: "title"},
		{name: "a file", do: "GET /favicon.svg", status: 200, has: "<svg/>"},
		{name: "a file that is not there is not the start", do: "GET /assets/gone-1a2b.js", status: 404, has: `"code":"not_found"`},
		{name: "a route that is not there is not the start", do: "GET /api/v1/nothing", status: 404, has: `"code":"not_found"`},
		{name: "nor another version", do: "GET /api/v2/me", status: 404},
		{name: "nor the api itself", do: "GET /api", status: 404},
		{name: "nor an unknown hook", do: "GET /hooks/weibo", status: 404},
		{name: "nor with a trick", do: "GET /x/../api/v2/me", status: 404},
		{name: "nor a file outside", do: "GET /../../etc/passwd.txt", status: 404},
		{name: "pages are only read", do: "POST /inbox", status: 404},
		{name: "a method that a route does not have", do: "PATCH /api/v1/tags", status: 404},
	} {
		t.Run(tc.name, tc.run)
	}
}

func TestHashedFilesAreKeptAndTheStartIsAskedAboutAnew(t *testing.T) {
	s := start(t)
	for address, want := range map[string]string{"/assets/app-1a2b.js": "public, max-age=31536000, immutable", "/": "no-cache", "/favicon.svg": "no-cache"} {
		w := s.send("", "GET "+address, "")
		if got := w.Header().Get("Cache-Control"); got != want {
			t.Errorf("%s: Cache-Control %q", address, got)
		}
		tag := w.Header().Get("ETag")
		if again := s.send("", "GET "+address, "", "If-None-Match", tag); tag == "" || again.Code != http.StatusNotModified || again.Body.Len() > 0 {
			t.Errorf("%s with tag %s: status %d", address, tag, again.Code)
		}
	}
}

func TestLargeFilesGoCompressedToWhoeverCanReadThem(t *testing.T) {
	s := start(t)
	plain := s.send("", "GET /assets/app-1a2b.js", "")
	small := s.send("", "GET /assets/app-1a2b.js", "", "Accept-Encoding", "gzip, br")
	if plain.Header().Get("Content-Encoding") != "" || small.Header().Get("Content-Encoding") != "gzip" || small.Body.Len() >= plain.Body.Len() {
		t.Fatalf("%d bytes, compressed %d", plain.Body.Len(), small.Body.Len())
	}
	if plain.Header().Get("ETag") == small.Header().Get("ETag") || small.Header().Get("Vary") != "Accept-Encoding" {
		t.Error("caches cannot tell the two apart")
	}
	unpacked, err := gzip.NewReader(small.Body)
	if err != nil {
		t.Fatal(err)
	}
	if text, err := io.ReadAll(unpacked); err != nil || string(text) != plain.Body.String() {
		t.Errorf("the compressed file differs: %v", err)
	}
}

func TestWithoutAFrontEndThereAreNoPages(t *testing.T) {
	s := start(t)
	deps := s.deps
	deps.Pages = nil
	bare, err := New(s.cfg, deps)
	if err != nil {
		t.Fatal(err)
	}
	s.Server = bare
	call{do: "GET /", status: 404}.on(s)
}

func TestTheReferenceShowsOurContract(t *testing.T) {
	s := start(t)
	call{do: "GET /openapi.yaml", status: 200, has: "title: Weibox"}.on(s)
	call{do: "GET /swagger/index.html", status: 200, has: "swagger-ui-bundle.js"}.on(s)
	call{do: "GET /swagger/swagger-initializer.js", status: 200, has: "/openapi.yaml", hasNot: "petstore"}.on(s)
	call{do: "GET /swagger/swagger-ui-bundle.js", status: 200, has: "SwaggerUIBundle"}.on(s)
	call{do: "GET /swagger/swagger-ui.js.map", status: 404}.on(s)
	for _, name := range referenceFiles {
		if w := s.send("", "GET /swagger/"+name, ""); w.Code != 200 || strings.HasPrefix(w.Header().Get("Content-Type"), "application/octet") {
			t.Errorf("%s: status %d, %s", name, w.Code, w.Header().Get("Content-Type"))
		}
	}
}
