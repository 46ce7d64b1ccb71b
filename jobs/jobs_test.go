package jobs

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"weibox/inbox"
	"weibox/inbox/store/storetest"

	"github.com/alicebob/miniredis/v2"
	"github.com/hibiken/asynq"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { storetest.Main(m) }

// within waits for a channel, or fails.
func within[T any](t *testing.T, what string, ch <-chan T) T {
	t.Helper()
	select {
	case v := <-ch:
		return v
	case <-time.After(20 * time.Second):
		t.Fatalf("this did not come about: %s", what)
		panic("unreachable")
	}
}

// server is a Redis that several processes share.
func server(t *testing.T) *miniredis.Miniredis { t.Helper(); return miniredis.RunT(t) }

func connect(t *testing.T, address string) *Redis {
	t.Helper()
	r, err := OpenRedis(RedisConfig{Address: address})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = r.Close() })
	return r
}

// platform says yes to every answer, and counts.
type platform struct {
	mu    sync.Mutex
	calls int
	sent  chan inbox.Outbound
}

func (p *platform) Platform() inbox.Platform       { return "weibo" }
func (p *platform) Face() inbox.PlatformFace       { return inbox.PlatformFace{} }
func (p *platform) Limits(inbox.Kind) inbox.Limits { return inbox.Limits{} }
func (p *platform) Parse(context.Context, inbox.Account, inbox.Push) ([]inbox.Inbound, error) {
	return nil, errors.New("not asked for")
}
func (p *platform) Send(_ context.Context, _ inbox.Account, out inbox.Outbound) (inbox.Receipt, error) {
	p.mu.Lock()
	p.calls++
	p.mu.Unlock()
	p.sent <- out
	return inbox.Receipt{}, nil
}

func (p *platform) count() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.calls
}

type nobody struct{}

func (nobody) Publish(...inbox.WorkspaceID) {}

// desk is a worker over a real database, with one answer that waits to be sent.
func desk(t *testing.T, h *storetest.House, queue inbox.Queue) (*Worker, *platform, inbox.OutboxID) {
	t.Helper()
	p := &platform{sent: make(chan inbox.Outbound, 100)}
	outbox := inbox.NewOutbox(h.Store, inbox.Connectors{"weibo": p}, queue, nobody{}, inbox.OutboxSettings{Lease: time.Minute}, "p", h.Now)
	h.Receive(h.DM("1", "h:1", "在吗"))
	m, err := outbox.Reply(t.Context(), inbox.NewReply{ConversationID: h.Only().ID, Author: h.Lin, Text: "在的", Key: "k"})
	if err != nil {
		t.Fatal(err)
	}
	return &Worker{Outbox: outbox, Triage: inbox.NewTriage(h.Store, nobody{}, h.Now)}, p, m.Reply.ID
}

func TestAHintBecomesWork(t *testing.T) {
	storetest.Each(t, func(t *testing.T, h *storetest.House) {
		r := connect(t, server(t).Addr())
		queue := NewQueue(r, h.Now)
		worker, p, id := desk(t, h, queue)
		ctx, cancel := context.WithCancel(t.Context())
		var running sync.WaitGroup
		defer running.Wait()
		defer cancel()
		running.Go(func() { queue.Run(ctx) })
		servers, err := StartServers(r, worker, Pace{Hands: 4, Look: 10 * time.Millisecond})
		if err != nil {
			t.Fatal(err)
		}
		defer servers.Shutdown()
		if out := within(t, "the answer leaves", p.sent); out.ID != id || out.Text != "在的" {
			t.Errorf("sent was %+v", out)
		}
	})
}

// asynq delivers a task again when its acknowledgement is lost, and we hint at a row more than once.
func TestATaskThatRunsAgainSendsNothingAgain(t *testing.T) {
	storetest.Each(t, func(t *testing.T, h *storetest.House) {
		worker, p, id := desk(t, h, drops{})
		mux := worker.mux()
		task := asynq.NewTask(Deliver{}.Kind(), []byte(`{"workspace_id":"`+h.Workspace.String()+`","outbox_id":"`+id.String()+`"}`))
		var all sync.WaitGroup
		for range 8 {
			all.Go(func() {
				if err := mux.ProcessTask(context.Background(), task); err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
		if err := mux.ProcessTask(t.Context(), task); err != nil {
			t.Error(err)
		}
		if p.count() != 1 {
			t.Errorf("it was sent %d times", p.count())
		}
	})
}

// drops is a queue that loses the hints of these tests, and panics at any other.
type drops struct{ inbox.Queue }

func (drops) Triage(inbox.WorkspaceID, []inbox.MessageID)               {}
func (drops) Deliver(inbox.WorkspaceID, inbox.OutboxID, int, time.Time) {}
func (drops) Poll(inbox.WorkspaceID, inbox.AccountID, inbox.SourceName) {}

func TestWhatCannotSucceedIsNotRepeated(t *testing.T) {
	storetest.Each(t, func(t *testing.T, h *storetest.House) {
		worker, _, _ := desk(t, h, drops{})
		for name, payload := range map[string]string{"a row that is gone": `{"workspace_id":"1","outbox_id":"999999"}`, "a payload of another version": `{"outbox_id":{}}`, "no JSON": `x`} {
			if err := worker.mux().ProcessTask(t.Context(), asynq.NewTask(Deliver{}.Kind(), []byte(payload))); !errors.Is(err, asynq.SkipRetry) {
				t.Errorf("%s: %v", name, err)
			}
		}
	})
}

// ServeMux matches beginnings: a kind that begins another would take its tasks.
func TestNoKindBeginsAnother(t *testing.T) {
	jobs := []Job{Deliver{}, ReadBack{}, Poll{}, Check{}, Triage{}, FetchMedia{}, ReadProfiles{}, Sweep{}}
	for i, one := range jobs {
		for j, other := range jobs {
			if i != j && strings.HasPrefix(other.Kind(), one.Kind()) {
				t.Errorf("%s begins %s", one.Kind(), other.Kind())
			}
		}
	}
}

func TestHintsAreDroppedAndNobodyWaitsWhileRedisIsAway(t *testing.T) {
	gone := server(t)
	queue := NewQueue(connect(t, gone.Addr()), time.Now)
	gone.Close()
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() { queue.Run(ctx); close(done) }()
	hinted := make(chan struct{})
	go func() {
		for id := range inbox.OutboxID(3 * hintsWaiting) {
			queue.Deliver(1, id, 1, time.Time{})
		}
		close(hinted)
	}()
	within(t, "all hints are given", hinted)
	cancel()
	within(t, "the queue stops", done)
}

func TestManyMessagesAreTriagedInTasksOfAHundred(t *testing.T) {
	queue := NewQueue(connect(t, server(t).Addr()), time.Now)
	ids := make([]inbox.MessageID, 250)
	for i := range ids {
		ids[i] = inbox.MessageID(i + 1)
	}
	queue.Triage(1, ids)
	var got []inbox.MessageID
	for _, want := range []int{100, 100, 50} {
		h := <-queue.hints
		part := h.job.(Triage).MessageIDs
		if len(part) != want {
			t.Errorf("a task of %d messages", len(part))
		}
		got = append(got, part...)
	}
	if !slices.Equal(got, ids) {
		t.Error("some messages are in no task, or in two")
	}
}

func TestRetriesWaitAsLongAsTheyWereTold(t *testing.T) {
	if got := retryDelay(1, &inbox.Refusal{Kind: inbox.RefusedLimit, RetryAt: time.Now().Add(time.Hour)}, nil); got < 59*time.Minute {
		t.Errorf("told to wait an hour, it waits %s", got)
	}
	if got := retryDelay(1, &inbox.Refusal{Kind: inbox.RefusedLimit, RetryAt: time.Now().Add(-time.Hour)}, nil); got != time.Second {
		t.Errorf("a reset in the past waits %s", got)
	}
	last := time.Duration(0)
	for n := range 50 {
		got := retryDelay(n, errors.New("x"), nil)
		if got < last || got > time.Minute {
			t.Fatalf("after %d failures it waits %s", n, got)
		}
		last = got
	}
}

func TestARedisThatWouldBreakAPromiseIsNamed(t *testing.T) {
	for version, fine := range map[string]bool{"6.0.16": false, "5.9": false, "6.2.0": true, "7.4.1": true, "8.0": true, "": true, "unknown": true} {
		if said := oldVersion(version); (len(said) == 0) != fine {
			t.Errorf("version %q: %v", version, said)
		}
	}
	for policy, fine := range map[string]bool{"noeviction": true, "": true, "allkeys-lru": false, "volatile-ttl": false} {
		if said := eviction(policy); (len(said) == 0) != fine {
			t.Errorf("policy %q: %v", policy, said)
		}
	}
}

func TestEverythingThatStartsAlsoStops(t *testing.T) {
	defer goleak.VerifyNone(t, goleak.IgnoreCurrent())
	r, err := OpenRedis(RedisConfig{})
	if err != nil {
		t.Fatal(err)
	}
	queue, wakes := NewQueue(r, time.Now), NewWakes(r)
	ctx, cancel := context.WithCancel(context.Background())
	var running sync.WaitGroup
	running.Go(func() { queue.Run(ctx) })
	running.Go(func() { wakes.Run(ctx) })
	servers, err := StartServers(r, &Worker{}, Pace{Hands: 2, Look: 10 * time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	servers.Shutdown()
	cancel()
	running.Wait()
	if err := r.Close(); err != nil {
		t.Error(err)
	}
}
