package jobs

import (
	"context"
	"testing"
	"time"

	"weibox/inbox"
	"weibox/inbox/store"
	"weibox/inbox/store/storetest"
)

// asked is a database that tells which scheduler looks for lost replies, the first thing a sweep does.
type asked struct {
	*store.System
	by  string
	all chan string
}

func (a asked) LostReplies(ctx context.Context, now time.Time, limit int) ([]inbox.Reply, error) {
	a.all <- a.by
	return a.System.LostReplies(ctx, now, limit)
}

// Of two schedulers one works, also while Redis is away; when it stops, the other takes over at once.
func TestOfTwoSchedulersOneSweepsUntilItStops(t *testing.T) {
	storetest.Each(t, func(t *testing.T, h *storetest.House) {
		gone := server(t)
		queue := NewQueue(connect(t, gone.Addr()), h.Now)
		gone.Close()
		all := make(chan string, 100)
		run := func(name string) (stop func()) {
			system := h.System()
			s := &Scheduler{Leases: system, House: system, Queue: queue, Holder: name, Now: h.Now, Keep: time.Hour,
				Planner: inbox.NewPlanner(system, h.Store, nil, drops{}, inbox.PollSettings{Every: time.Minute}, h.Now),
				Sweeper: inbox.NewSweeper(asked{system, name, all}, inbox.NewOutbox(h.Store, nil, drops{}, nobody{}, inbox.OutboxSettings{}, name, h.Now), drops{}, h.Now)}
			ctx, cancel := context.WithCancel(context.Background())
			done := make(chan struct{})
			go func() { s.Run(ctx); close(done) }()
			return func() { cancel(); within(t, name+" stops", done) }
		}
		stopFirst := run("first")
		if by := within(t, "the first sweeps", all); by != "first" {
			t.Fatalf("%s sweeps", by)
		}
		stopSecond := run("second")
		defer stopSecond()
		h.Forward(sweepEvery)
		if by := within(t, "somebody sweeps again", all); by != "first" {
			t.Errorf("%s sweeps while the first holds the lease", by)
		}
		stopFirst()
		if by := within(t, "the other takes over", all); by != "second" {
			t.Errorf("%s sweeps after the first has stopped", by)
		}
	})
}
