package api

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"
)

const addNote = "POST /api/v1/conversations/1/notes"

func TestBodiesAreReadWithinLimits(t *testing.T) {
	wide := func(n int) string { return `{"text":[` + strings.TrimSuffix(strings.Repeat("1,", n), ",") + `]}` }
	deep := func(n int) string { return `{"text":` + strings.Repeat("[", n) + strings.Repeat("]", n) + `}` }
	padded := func(n int) string { return `{"text":"您好"` + strings.Repeat(" ", n-len(`{"text":"您好"}`)) + `}` }
	for _, tc := range []call{
		{name: "256 KiB are read", body: padded(256 << 10), status: 201},
		{name: "a byte more is not", body: padded(256<<10 + 1), status: 413, has: `"code":"too_large"`},
		{name: "31 levels below the first are a wrong form", body: deep(31), status: 400},
		{name: "32 are too deep", body: deep(32), status: 413},
		{name: "2000 values are a wrong form", body: wide(2000), status: 400},
		{name: "2001 are too many", body: wide(2001), status: 413},
		{name: "texts have 64 KiB at most", body: `{"text":"` + strings.Repeat("a", 64<<10+1) + `"}`, status: 413},
		{name: "and no more than the contract says", body: `{"text":"` + strings.Repeat("啊", 10001) + `"}`, status: 400, has: "10000"},
		{name: "keys have 128 bytes at most", body: `{"` + strings.Repeat("k", 129) + `":1}`, status: 413},
		{name: "a key is said once", body: `{"text":"a","text":"b"}`, status: 400},
		{name: "nothing follows the value", body: `{"text":"a"}{"text":"b"}`, status: 400},
		{name: "nor half a value", body: `{"text":"a"} x`, status: 400},
		{name: "fields that are unknown are refused", body: `{"text":"a","workspace_id":"2"}`, status: 400, has: `"code":"invalid"`},
		{name: "whatever their case", body: `{"Text":"a"}`, status: 400},
		{name: "what is required is required", body: `{}`, status: 400, has: `"field":"text"`},
		{name: "an empty body is not the one asked for", body: "", status: 400},
		{name: "null is no body", body: "null", status: 400},
		{name: "JSON says so", body: `{"text":"a"}`, header: []string{"Content-Type", "text/plain"}, status: 400, has: "Content-Type"},
		{name: "a form is not JSON", body: `text=a`, header: []string{"Content-Type", "application/x-www-form-urlencoded"}, status: 400},
		{name: "a charset is no harm", body: `{"text":"a"}`, header: []string{"Content-Type", "application/json; charset=utf-8"}, status: 201},
	} {
		tc.do, tc.as = addNote, "lin"
		t.Run(tc.name, tc.run)
	}
}

func TestParametersAreHeldAgainstTheContract(t *testing.T) {
	for _, tc := range []call{
		{name: "a page has 100 rows at most", do: "GET /api/v1/conversations?limit=101", status: 400, has: `"field":"limit"`},
		{name: "and one at least", do: "GET /api/v1/conversations?limit=0", status: 400},
		{name: "views are named", do: "GET /api/v1/conversations?view=theirs", status: 400, has: `"field":"view"`},
		{name: "kinds are named", do: "GET /api/v1/conversations?kind=dm&kind=letter", status: 400},
		{name: "ids are decimal", do: "GET /api/v1/conversations?account_id=1%20OR%201", status: 400},
		{name: "and fit 64 bits", do: "GET /api/v1/conversations/9999999999999999999", status: 400, has: `"code":"invalid"`},
		{name: "and have no leading zero", do: "GET /api/v1/conversations/01", status: 400},
		{name: "cursors are ours", do: "GET /api/v1/conversations?cursor=abc", status: 400, has: `"field":"cursor"`},
		{name: "whole", do: "GET /api/v1/conversations?cursor=1.2x", status: 400},
		{name: "a picture has a number", do: "GET /api/v1/posts/1/pictures/x", status: 400},
		{name: "a reply has a key", do: "POST /api/v1/conversations/1/replies", body: `{"text":"您好"}`, status: 400, has: "Idempotency-Key"},
		{name: "of some length", do: "POST /api/v1/conversations/1/replies", body: `{"text":"您好"}`, header: []string{"Idempotency-Key", "short"}, status: 400},
		{name: "a transfer names somebody", do: "POST /api/v1/conversations/1/transfer", body: `{"note":"?"}`, status: 400, has: `"field":"agent_id"`},
	} {
		tc.as = "owner"
		t.Run(tc.name, tc.run)
	}
}

func TestAPersonCannotAskWithoutPause(t *testing.T) {
	s := start(t)
	for n := 1; n <= 60; n++ {
		if code := s.send("lin", "GET /api/v1/conversations", "").Code; code != 200 {
			t.Fatalf("request %d: status %d", n, code)
		}
	}
	w := s.send("lin", "GET /api/v1/conversations", "")
	if w.Code != http.StatusTooManyRequests || w.Header().Get("Retry-After") != "1" || !strings.Contains(w.Body.String(), `"retry_at"`) {
		t.Errorf("request 61: status %d, Retry-After %q\n%s", w.Code, w.Header().Get("Retry-After"), w.Body)
	}
	call{do: "GET /api/v1/conversations", as: "owner", status: 200}.on(s)
	s.h.clock = s.h.clock.Add(50 * time.Millisecond)
	call{do: "GET /api/v1/conversations", as: "lin", status: 200}.on(s)
}

func TestTheFacesInAListCostAPersonNoRequests(t *testing.T) {
	s := start(t)
	for range 200 {
		s.send("lin", "GET /api/v1/contacts/1/avatar", "")
	}
	call{do: "GET /api/v1/conversations", as: "lin", status: 200}.on(s)
}

func TestAWorkspaceCannotAskWithoutPause(t *testing.T) {
	s := start(t, func(c *Config) { c.Limits.WorkspaceBurst = 2 })
	call{do: "GET /api/v1/tags", as: "lin", status: 200}.on(s)
	call{do: "GET /api/v1/tags", as: "owner", status: 200}.on(s)
	call{do: "GET /api/v1/tags", as: "view", status: 429}.on(s)
	s.h.clock = s.h.clock.Add(2 * time.Minute) // everybody is forgotten
	call{do: "GET /api/v1/tags", as: "view", status: 200}.on(s)
	if len(s.rates.people) != 1 {
		t.Errorf("%d people are still remembered", len(s.rates.people))
	}
}

func TestScreensGiveWayWhenTheyAreFullAndAnswersDoNot(t *testing.T) {
	s := start(t, func(c *Config) { c.Limits.Reading, c.Limits.Wait = 1, time.Millisecond })
	s.h.block = make(chan struct{})
	first := make(chan int)
	go func() { first <- s.send("lin", "GET /api/v1/conversations", "").Code }()
	for len(s.classes[reading]) == 0 {
		time.Sleep(time.Millisecond)
	}
	w := s.send("lin", "GET /api/v1/tags", "")
	if w.Code != http.StatusServiceUnavailable || w.Header().Get("Retry-After") != "1" {
		t.Errorf("status %d, Retry-After %q", w.Code, w.Header().Get("Retry-After"))
	}
	call{do: "POST /api/v1/conversations/1/replies", as: "lin", body: `{"text":"您好"}`, header: idempotent, status: 202}.on(s)
	close(s.h.block)
	if code := <-first; code != 200 {
		t.Errorf("the one inside: status %d", code)
	}
	call{do: "GET /api/v1/tags", as: "lin", status: 200}.on(s)
}

func TestTheServersTimeoutsAreSet(t *testing.T) {
	h := start(t).HTTPServer(":0")
	got := fmt.Sprint(h.ReadHeaderTimeout, h.ReadTimeout, h.WriteTimeout, h.IdleTimeout, h.MaxHeaderBytes)
	if got != "5s 15s 30s 1m15s 16384" {
		t.Error(got)
	}
}

// What one small request costs from the outside to the domain and back, checks against the contract included.
func BenchmarkRequest(b *testing.B) {
	s := start(b)
	for b.Loop() {
		s.h.clock = s.h.clock.Add(time.Second)
		if w := s.send("lin", addNote, `{"text":"您好"}`); w.Code != http.StatusCreated {
			b.Fatal(w.Code)
		}
	}
}
