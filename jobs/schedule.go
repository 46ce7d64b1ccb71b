package jobs

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"weibox/inbox"

	"github.com/robfig/cron/v3"
)

// leases is how one scheduler of several becomes the one that works.
type leases interface {
	TakeLease(ctx context.Context, name, holder string, length time.Duration) (bool, error)
	DropLease(ctx context.Context, name, holder string) error
}

// housekeeping is what the cron table starts.
type housekeeping interface {
	ForgetChanges(ctx context.Context, before time.Time) error
	ForgetStates(ctx context.Context, now time.Time) error
	ForgetSignIns(ctx context.Context, before time.Time) error
	ActiveAccounts(ctx context.Context) ([]inbox.Account, error)
}

// Scheduler looks for due work: it plans polls, sweeps, and keeps house. Of several, the one that holds the lease works; the others wait
// for it to run out.
type Scheduler struct {
	Leases  leases
	House   housekeeping
	Sweeper *inbox.Sweeper
	Planner *inbox.Planner
	Queue   *Queue
	Holder  string
	Now     func() time.Time
	Keep    time.Duration // how long changes are kept for streams that come back
}

const (
	schedulerLease = 10 * time.Second
	planEvery      = time.Second
	sweepEvery     = 5 * time.Second
)

// Run works until ctx ends, then gives the lease back.
func (s *Scheduler) Run(ctx context.Context) {
	table := s.cron(ctx)
	defer func() { <-table.Stop().Done() }()
	ticker := time.NewTicker(planEvery)
	defer ticker.Stop()
	defer s.dropLease(context.WithoutCancel(ctx))
	table.Start()
	var swept time.Time
	for {
		if s.leads(ctx) {
			s.note(ctx, "plan polls", s.Planner.PlanPolls(ctx))
			if now := s.Now(); now.Sub(swept) >= sweepEvery {
				swept = now
				s.startSweep(ctx)
			}
		}
		select {
		case <-ticker.C:
		case <-ctx.Done():
			return
		}
	}
}

// startSweep asks a worker to sweep; without Redis the scheduler does it itself, because lost sends must be flagged all the same.
func (s *Scheduler) startSweep(ctx context.Context) {
	within, cancel := context.WithTimeout(ctx, time.Second)
	defer cancel()
	if err := s.Queue.put(within, hint{job: Sweep{}, id: fmt.Sprintf("sweep:%d", s.Queue.again())}); err != nil {
		s.note(ctx, "sweep", s.Sweeper.Sweep(ctx))
	}
}

const schedulerName = "scheduler"

func (s *Scheduler) leads(ctx context.Context) bool {
	ok, err := s.Leases.TakeLease(ctx, schedulerName, s.Holder, schedulerLease)
	s.note(ctx, "take the scheduler's lease", err)
	return ok
}

func (s *Scheduler) dropLease(ctx context.Context) {
	s.note(ctx, "drop the scheduler's lease", s.Leases.DropLease(ctx, schedulerName, s.Holder))
}

// cron is the table of housekeeping, in UTC.
func (s *Scheduler) cron(ctx context.Context) *cron.Cron {
	// Skip outside Recover: the other way round, a job that panicked once never runs again.
	table := cron.New(cron.WithLocation(time.UTC), cron.WithChain(cron.SkipIfStillRunning(cron.DiscardLogger), cron.Recover(cron.DefaultLogger)))
	for _, line := range []struct {
		when, what string
		do         func() error
	}{
		{"*/10 * * * *", "forget old changes", func() error { return s.House.ForgetChanges(ctx, s.Now().Add(-s.Keep)) }},
		{"7 * * * *", "forget spent OAuth states", func() error { return s.House.ForgetStates(ctx, s.Now()) }},
		{"20 1 * * *", "check accounts", func() error { return s.checkAccounts(ctx) }}, // in the quiet of the day's budget: 09:20 in Beijing
		{"17 * * * *", "forget ended sessions", func() error { return s.House.ForgetSignIns(ctx, s.Now().Add(-24*time.Hour)) }},
	} {
		if _, err := table.AddFunc(line.when, func() { s.note(ctx, line.what, line.do()) }); err != nil {
			panic(err) // the table above is wrong
		}
	}
	return table
}

// checkAccounts repeats the capability check of every account: what worked when it was bound may not work today.
func (s *Scheduler) checkAccounts(ctx context.Context) error {
	accounts, err := s.House.ActiveAccounts(ctx)
	for _, a := range accounts {
		s.Queue.Check(a.WorkspaceID, a.ID)
	}
	return err
}

func (s *Scheduler) note(ctx context.Context, what string, err error) {
	if err != nil && ctx.Err() == nil {
		slog.ErrorContext(ctx, what+" failed", "err", err)
	}
}
