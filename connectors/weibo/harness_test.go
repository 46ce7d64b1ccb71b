package weibo

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"slices"
	"sync"
	"testing"
	"time"

	"weibox/connectors/connectortest"
	"weibox/inbox"
)

const (
	brand  = inbox.ExternalID("1900000001")
	canary = "2.00canary_TOKEN_never_shown"
)

// march is the day of the fixtures.
var march = time.Date(2024, 3, 4, 1, 30, 0, 0, time.UTC)

// asked is a request as the scripted platform received it.
type asked struct {
	method, path, query string
	header              http.Header
	form                url.Values
}

// scripted is a platform that answers what a test tells it to.
type scripted struct {
	*httptest.Server
	t       *testing.T
	mu      sync.Mutex
	answers map[string]http.HandlerFunc // by path below the root
	got     []asked
}

func (s *scripted) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if err := r.ParseForm(); err != nil {
		s.t.Error(err)
	}
	s.mu.Lock()
	s.got = append(s.got, asked{r.Method, r.URL.Path, r.URL.RawQuery, r.Header.Clone(), r.Form})
	answer := s.answers[r.URL.Path]
	s.mu.Unlock()
	if answer == nil {
		http.Error(w, `{"error":"Request Api not found!","error_code":10020}`, http.StatusNotFound)
		return
	}
	answer(w, r)
}

func (s *scripted) on(path string, answer http.HandlerFunc) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.answers[path] = answer
}

// says answers a path with a status and a body.
func (s *scripted) says(path string, status int, body string) {
	s.on(path, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json;charset=UTF-8")
		w.WriteHeader(status)
		_, _ = w.Write([]byte(body))
	})
}

// asked are all requests so far.
func (s *scripted) asked() []asked {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.got)
}

func (s *scripted) last() asked {
	s.t.Helper()
	all := s.asked()
	if len(all) == 0 {
		s.t.Fatal("the platform was asked nothing")
	}
	return all[len(all)-1]
}

func (s *scripted) calls() int { return len(s.asked()) }

// rig is a connector before a scripted platform.
type rig struct {
	*Connector
	platform *scripted
	clock    *connectortest.Clock
	till     *connectortest.Meter
	account  inbox.Account
}

// rigged makes one; change may alter the settings.
func rigged(t *testing.T, change ...func(*Settings)) *rig {
	t.Helper()
	p := &scripted{t: t, answers: map[string]http.HandlerFunc{}}
	p.Server = httptest.NewServer(p)
	t.Cleanup(p.Close)
	s := Defaults().Under(p.URL)
	s.AppKey, s.AppSecret, s.FallbackIP = "123", "xyz123xyz", "8.8.4.4"
	for _, f := range change {
		f(&s)
	}
	r := &rig{platform: p, clock: connectortest.NewClock(march)}
	r.till = connectortest.NewMeter(r.clock.Now)
	r.account = inbox.Account{ExternalID: brand, Name: "示例品牌", Token: inbox.Token{Access: canary}}
	r.Connector = New(s, r.till, r.clock.Now)
	return r
}

func fixture(t testing.TB, name string) []byte {
	t.Helper()
	b, err := os.ReadFile("testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func must[T any](value T, err error) func(*testing.T) T {
	return func(t *testing.T) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return value
	}
}

func asJSON(v any) string {
	b, _ := json.Marshal(v)
	return string(b)
}
