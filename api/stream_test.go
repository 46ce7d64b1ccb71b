package api

import (
	"bufio"
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"weibox/inbox"

	"go.uber.org/goleak"
)

// ear is a browser that listens to the stream over a real connection.
type ear struct {
	t      testing.TB
	lines  chan string
	answer *http.Response
	hangUp context.CancelFunc
}

// soon is how long a test waits for something that must happen.
const soon = 5 * time.Second

func quick(c *Config) {
	c.Limits.StreamLook, c.Limits.StreamBeat, c.Limits.StreamPause = 5*time.Millisecond, time.Hour, time.Millisecond
}

// live serves the site over a real connection, with timeouts far shorter than the streams live.
func (s *site) live() string {
	server := httptest.NewUnstartedServer(nil)
	server.Config = s.HTTPServer("")
	server.Config.ReadTimeout, server.Config.WriteTimeout = 50*time.Millisecond, 50*time.Millisecond
	server.Start()
	s.t.Cleanup(func() { s.Drain(); server.Close() })
	return server.URL
}

func (s *site) listen(url, as, lastEventID string) *ear {
	s.t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	s.t.Cleanup(cancel)
	r, err := http.NewRequestWithContext(ctx, "GET", url+"/api/v1/stream", nil)
	if err != nil {
		s.t.Fatal(err)
	}
	r.AddCookie(&http.Cookie{Name: "sid", Value: as})
	if lastEventID != "" {
		r.Header.Set("Last-Event-ID", lastEventID)
	}
	answer, err := (&http.Client{Transport: &http.Transport{DisableKeepAlives: true, ResponseHeaderTimeout: soon}}).Do(r)
	if err != nil {
		s.t.Fatal(err)
	}
	e := &ear{t: s.t, lines: make(chan string, 1000), answer: answer, hangUp: cancel}
	go func() {
		defer close(e.lines)
		defer answer.Body.Close()
		for lines := bufio.NewScanner(answer.Body); lines.Scan(); {
			if text := lines.Text(); text != "" {
				e.lines <- text
			}
		}
	}()
	return e
}

// hears waits for lines, in order, with nothing between them.
func (e *ear) hears(want ...string) {
	e.t.Helper()
	for _, line := range want {
		select {
		case got, open := <-e.lines:
			if !open || got != line {
				e.t.Fatalf("heard %q (open %v), want %q", got, open, line)
			}
		case <-time.After(soon):
			e.t.Fatalf("heard nothing, want %q", line)
		}
	}
}

// ends waits for the end of the stream.
func (e *ear) ends() {
	e.t.Helper()
	for deadline := time.After(soon); ; {
		select {
		case _, open := <-e.lines:
			if !open {
				return
			}
		case <-deadline:
			e.t.Fatal("the stream goes on")
		}
	}
}

func change(seq int, kind string, id int) []string {
	return []string{fmt.Sprintf("id: %d", seq), "event: change", fmt.Sprintf(`data: {"kind":%q,"id":"%d","seq":"%d"}`, kind, id, seq)}
}

func hello(seq int) []string {
	return []string{"retry: 2000", fmt.Sprintf("id: %d", seq), "event: hello", fmt.Sprintf(`data: {"seq":"%d"}`, seq)}
}

func aChange(id int64, account inbox.AccountID) inbox.Change {
	return inbox.Change{WorkspaceID: 1, Kind: inbox.ConversationChanged, ID: id, AccountID: account}
}

func TestAStreamSaysHelloAndThenEveryChangeInOrder(t *testing.T) {
	s := start(t, quick)
	s.h.commit(aChange(1, 1))
	e := s.listen(s.live(), "lin", "")
	if got := e.answer.Header.Get("Content-Type"); got != "text/event-stream" {
		t.Errorf("Content-Type %q", got)
	}
	e.hears(hello(1)...)
	s.h.commit(aChange(7, 1), inbox.Change{Kind: inbox.TagChanged, ID: 3})
	e.hears(change(2, "conversation", 7)...)
	e.hears(change(3, "tag", 3)...)
}

func TestAStreamOutlivesTheServersTimeouts(t *testing.T) {
	s := start(t, quick)
	e := s.listen(s.live(), "lin", "")
	e.hears(hello(0)...)
	time.Sleep(150 * time.Millisecond) // three times the read and the write timeout of live
	s.h.commit(aChange(7, 1))
	e.hears(change(1, "conversation", 7)...)
}

func TestAfterABreakTheStreamGoesOnWhereItStopped(t *testing.T) {
	s := start(t, quick)
	for id := range int64(600) { // more than is told at once
		s.h.commit(aChange(id+1, 1))
	}
	e := s.listen(s.live(), "lin", "2")
	e.hears("retry: 2000", "event: hello", `data: {"seq":"600"}`) // without an id: the browser has not got there yet
	for id := 3; id <= 600; id++ {
		e.hears(change(id, "conversation", id)...)
	}
}

func TestABreakThatWasTooLongAsksForEverythingAgain(t *testing.T) {
	s := start(t, quick)
	s.h.oldest = 100
	s.h.commit(aChange(1, 1))
	e := s.listen(s.live(), "lin", "50")
	e.hears("retry: 2000", "event: hello", `data: {"seq":"101"}`, "id: 101", "event: resync", `data: {"seq":"101"}`)
	s.h.commit(aChange(2, 1))
	e.hears(change(102, "conversation", 2)...)
}

func TestANumberThatIsAheadOfUsAsksForEverythingAgain(t *testing.T) {
	s := start(t, quick)
	e := s.listen(s.live(), "lin", "7")
	e.hears(append(hello(0), "id: 0", "event: resync", `data: {"seq":"0"}`)...)
}

func TestAPlaceThatIsNoNumberIsRefused(t *testing.T) {
	for _, place := range []string{"x", "-1", "1.5"} {
		call{do: "GET /api/v1/stream?after=" + place, as: "lin", status: 400, has: "Last-Event-ID"}.run(t)
	}
}

func TestAStreamTellsOnlyWhatItsListenerMaySee(t *testing.T) {
	s := start(t, quick)
	lin := &s.h.people["lin"].Agent
	lin.AllAccounts, lin.AccountIDs = false, []inbox.AccountID{2}
	for range 300 { // more than is looked at in one go, none of it his
		s.h.commit(aChange(9, 1))
	}
	e := s.listen(s.live(), "lin", "0")
	e.hears("retry: 2000", "event: hello", `data: {"seq":"300"}`, "id: 256", "id: 300") // numbers alone
	s.h.commit(aChange(1, 1), aChange(2, 2), inbox.Change{Kind: inbox.TagChanged, ID: 3})
	e.hears(change(302, "conversation", 2)...)
	e.hears(change(303, "tag", 3)...)
}

func TestALostWakeUpIsMadeGoodByLooking(t *testing.T) {
	s := start(t, quick)
	e := s.listen(s.live(), "lin", "")
	e.hears(hello(0)...)
	s.h.mu.Lock()
	s.h.changes = append(s.h.changes, inbox.Change{Seq: 1, Kind: inbox.ConversationChanged, ID: 4})
	s.h.mu.Unlock()
	e.hears(change(1, "conversation", 4)...)
}

func TestASilentStreamBeatsAndItsListenerCountsAsPresent(t *testing.T) {
	s := start(t, quick, func(c *Config) { c.Limits.StreamBeat = 10 * time.Millisecond })
	e := s.listen(s.live(), "lin", "")
	e.hears(hello(0)...)
	e.hears(": beat", ": beat")
	s.h.mu.Lock()
	defer s.h.mu.Unlock()
	if s.h.heard == 0 {
		t.Error("nobody was told that he is there")
	}
}

func TestAStreamEndsWithItsSession(t *testing.T) {
	s := start(t, quick)
	e := s.listen(s.live(), "lin", "")
	e.hears(hello(0)...)
	if err := s.h.SignOut(t.Context(), "lin"); err != nil {
		t.Fatal(err)
	}
	e.ends()
}

func TestAStreamEndsWhenTheSessionMovesToAnotherWorkspace(t *testing.T) {
	s := start(t, quick)
	e := s.listen(s.live(), "lin", "")
	e.hears(hello(0)...)
	s.h.mu.Lock()
	s.h.people["lin"] = s.h.people["stranger"]
	s.h.mu.Unlock()
	e.ends()
}

func TestDrainingEndsStreamsWithAHintAndTurnsReadinessOff(t *testing.T) {
	s := start(t, quick)
	e := s.listen(s.live(), "lin", "")
	e.hears(hello(0)...)
	if !s.Ready() {
		t.Error("not ready before draining")
	}
	s.Drain()
	s.Drain() // twice is once
	e.hears("retry: 2000")
	e.ends()
	if s.Ready() {
		t.Error("ready while draining")
	}
}

func TestTheSixthStreamOfAPersonEndsTheOldest(t *testing.T) {
	s := start(t, quick)
	url := s.live()
	var ears []*ear
	for range 6 {
		e := s.listen(url, "lin", "")
		e.hears(hello(0)...)
		ears = append(ears, e)
	}
	other := s.listen(url, "owner", "")
	other.hears(hello(0)...)
	ears[0].ends()
	s.h.commit(aChange(1, 1))
	s.h.commit(aChange(2, 1))
	for _, e := range append(ears[1:], other) {
		e.hears(change(1, "conversation", 1)...)
	}
}

func TestNoStreamLeavesAnythingBehind(t *testing.T) {
	before := goleak.IgnoreCurrent()
	s := start(t, quick)
	server := httptest.NewServer(s.Handler())
	for range 3 {
		e := s.listen(server.URL, "lin", "")
		e.hears(hello(0)...)
		e.hangUp()
		e.ends()
	}
	server.Close()
	goleak.VerifyNone(t, before)
	if len(s.streams.of) != 0 {
		t.Errorf("%d listeners are still known", len(s.streams.of))
	}
}

func TestAStreamThatCannotStartIsAnOrdinaryError(t *testing.T) {
	call{do: "GET /api/v1/stream", as: "nobody", status: 401, has: `"code":"unauthenticated"`}.run(t)
}

func TestManyWakeUpsAreFewLooks(t *testing.T) {
	s := start(t, func(c *Config) { c.Limits.StreamPause = 30 * time.Millisecond })
	e := s.listen(s.live(), "lin", "")
	e.hears(hello(0)...)
	for id := range int64(50) {
		s.h.commit(aChange(id+1, 1))
	}
	for id := 1; id <= 50; id++ {
		e.hears(change(id, "conversation", id)...)
	}
	s.h.mu.Lock()
	defer s.h.mu.Unlock()
	if s.h.looks > 10 {
		t.Errorf("%d looks for 50 changes", s.h.looks)
	}
}
