package api

import (
	"bytes"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"testing/fstest"

	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/gin-gonic/gin"
)

// site is the real server over the house.
type site struct {
	*Server
	t    testing.TB
	h    *house
	logs *lockedBuffer
}

type lockedBuffer struct {
	mu sync.Mutex
	b  strings.Builder
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}
func (l *lockedBuffer) String() string { l.mu.Lock(); defer l.mu.Unlock(); return l.b.String() }

func start(t testing.TB, adjust ...func(*Config)) *site {
	t.Helper()
	h, logs := newHouse(), &lockedBuffer{}
	cfg := Config{PublicURL: "http://localhost:8080", Version: "test", Sandbox: true}
	for _, change := range adjust {
		change(&cfg)
	}
	s, err := New(cfg, Deps{People: h, Conversations: h, Desk: h, Outbox: h, Media: h, Files: h, Tags: labels{h}, Rules: h, DeadLetters: h, Replayer: h, System: h, Accounts: h, Platforms: office{h},
		Changes: h, Wakes: h, Intake: h, Log: slog.New(slog.NewTextHandler(logs, &slog.HandlerOptions{Level: slog.LevelDebug})), Now: h.now,
		Pages: fstest.MapFS{"index.html": {Data: []byte("<!doctype html><title>Weibox</title>")}, "favicon.svg": {Data: []byte("<svg/>")},
			"assets/app-1a2b.js": {Data: bytes.Repeat([]byte("console.log('weibox');\n"), 200)}}})
	if err != nil {
		t.Fatal(err)
	}
	return &site{Server: s, t: t, h: h, logs: logs}
}

// send makes a request as somebody and holds the answer against the contract.
func (s *site) send(as, do, body string, header ...string) *httptest.ResponseRecorder {
	s.t.Helper()
	method, address, _ := strings.Cut(do, " ")
	r := httptest.NewRequest(method, address, strings.NewReader(body))
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	if as != "" {
		r.AddCookie(&http.Cookie{Name: s.cookieName(), Value: as})
	}
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	s.Handler().ServeHTTP(w, r)
	s.holdAgainstContract(r, w)
	return w
}

func (s *site) holdAgainstContract(r *http.Request, w *httptest.ResponseRecorder) {
	s.t.Helper()
	rt, params := s.routeOf(r)
	operation := s.contract.operations[rt.name()]
	if operation == nil {
		return
	}
	input := &openapi3filter.ResponseValidationInput{RequestValidationInput: requestInput(r, operation, params), Status: w.Code, Header: w.Header(),
		Options: &openapi3filter.Options{IncludeResponseStatus: true, ExcludeResponseBody: !strings.HasPrefix(w.Header().Get("Content-Type"), "application/json")}}
	input.SetBodyBytes(w.Body.Bytes())
	if err := openapi3filter.ValidateResponse(r.Context(), input); err != nil {
		s.t.Errorf("%s %s: the answer does not keep to the contract: %v\n%s", r.Method, r.URL.Path, err, w.Body)
	}
}

// routeOf is the line of the table that answers a request.
func (s *site) routeOf(r *http.Request) (route, gin.Params) {
	given := strings.Split(r.URL.Path, "/")
	var best route
	var params gin.Params
	for _, rt := range s.routes {
		pattern := strings.Split(rt.path, "/")
		if rt.method != r.Method || len(pattern) != len(given) {
			continue
		}
		var found gin.Params
		fits := true
		for i, part := range pattern {
			if name, variable := strings.CutPrefix(part, ":"); variable {
				found = append(found, gin.Param{Key: name, Value: given[i]})
			} else {
				fits = fits && part == given[i]
			}
		}
		if fits && (best.path == "" || len(found) < len(params)) {
			best, params = rt, found
		}
	}
	return best, params
}

// call is one request and what must come of it.
type call struct {
	name, as, do, body string
	header             []string
	status             int
	has, hasNot        string
}

func (c call) run(t *testing.T) { c.on(start(t)) }

func (c call) on(s *site) {
	s.t.Helper()
	w := s.send(c.as, c.do, c.body, c.header...)
	if w.Code != c.status {
		s.t.Errorf("%s as %s: status %d, want %d\n%s", c.do, c.as, w.Code, c.status, w.Body)
	}
	if c.has != "" && !strings.Contains(w.Body.String(), c.has) {
		s.t.Errorf("%s as %s: the answer lacks %s\n%s", c.do, c.as, c.has, w.Body)
	}
	if c.hasNot != "" && strings.Contains(w.Body.String(), c.hasNot) {
		s.t.Errorf("%s as %s: the answer holds %s\n%s", c.do, c.as, c.hasNot, w.Body)
	}
}
