package chaos

import (
	"context"
	"fmt"
	"sync"
	"time"
)

// Plan is how hard the installation is tried.
type Plan struct {
	Events   int64 // at least
	Kills    int   // at least
	Seeds    int   // how often each named point is died at
	Rounds   int   // of every other trouble
	Pace     int64 // events a second
	Outage   time.Duration
	Patience time.Duration // for dying at every named point once
	Fleet    bool          // two processes of each role, where the engine allows it
	Lease    time.Duration // after which an attempt counts as lost; 0: as the program comes
	Only     []string      // troubles to make; all if empty
}

// Smoke is what an ordinary test run can afford; Short is for every change; Long is for a release.
var (
	Smoke = Plan{Kills: 4, Rounds: 1, Pace: 100, Lease: 4 * time.Second, Only: []string{"death while the platform has an answer", "death at random"}}
	Short = Plan{Events: 2000, Kills: 40, Seeds: 1, Rounds: 1, Pace: 60, Outage: 2 * time.Second, Patience: 90 * time.Second, Fleet: true}
	Long  = Plan{Events: 100_000, Kills: 200, Seeds: 3, Rounds: 5, Pace: 300, Outage: 30 * time.Second, Patience: 3 * time.Minute, Fleet: true}
)

func (p Plan) roles(engine string) []string {
	if engine == MariaDB && p.Fleet {
		return []string{"api", "api", "worker", "worker", "scheduler", "scheduler"}
	}
	return []string{""}
}

// proof is one run of a plan on one engine.
type proof struct {
	plan    Plan
	house   *house
	crowd   *crowd
	desk    *desk
	points  []string
	faults  int
	flagged time.Duration // slowest: from a kill to the mark on a send that it interrupted
	busiest float64       // share of a processor that a process used while Redis was away
	said    func(format string, args ...any)
}

// settlePatience is the promise: no answer is in doubt longer than this after the last restart.
const settlePatience = 120 * time.Second

// run makes all troubles under load, then lets the installation come to rest and judges it.
func (p *proof) run(ctx context.Context) (Verdict, error) {
	working, stop := context.WithCancel(ctx)
	defer stop()
	var load sync.WaitGroup
	p.crowd.pace.Store(p.plan.Pace)
	load.Go(func() { p.crowd.run(working) })
	load.Go(func() { p.desk.run(working) })
	err := p.makeTroubles(ctx)
	sleep(ctx, 3*time.Second) // the last death is recovered from under load, too
	stop()
	load.Wait()
	if err != nil {
		return Verdict{}, err
	}
	return p.judge(ctx)
}

func (p *proof) makeTroubles(ctx context.Context) error {
	sleep(ctx, 2*time.Second)
	for _, t := range troubles {
		if t.on != "" && t.on != p.house.engine || !p.plan.wants(t.name) {
			continue
		}
		begun := time.Now()
		faults, err := t.make(p, ctx)
		if err != nil {
			return fmt.Errorf("%s: %w", t.name, err)
		}
		p.faults += faults
		p.said("%s: %s: %d faults, %d kills so far, %d events, %s", p.house.engine, t.name, faults, len(p.house.kills()), p.crowd.written.Load(), time.Since(begun).Round(time.Second))
	}
	return nil
}

func (p Plan) wants(name string) bool {
	if len(p.Only) == 0 {
		return true
	}
	for _, wanted := range p.Only {
		if wanted == name {
			return true
		}
	}
	return false
}

func (p *proof) judge(ctx context.Context) (Verdict, error) {
	begun := time.Now()
	if err := p.house.weibo.Settle(ctx); err != nil {
		return Verdict{}, err
	}
	for !p.house.settled(ctx, p.crowd) && time.Since(begun) < settlePatience && sleep(ctx, time.Second) {
	}
	p.said("%s: at rest after %s", p.house.engine, time.Since(begun).Round(100*time.Millisecond))
	p.house.stop()
	v, err := check(ctx, p.house, p.crowd, p.desk)
	v.Flagged = p.flagged
	v.checkTimes()
	if p.house.engine == MariaDB {
		p.said("%s: the busiest process used %.0f %% of a processor while Redis was away", p.house.engine, 100*p.busiest)
	}
	return v, err
}

// Prove runs a plan on an engine. root is the folder of the source.
func Prove(ctx context.Context, plan Plan, engine, root, folder, binary string, said func(format string, args ...any)) (Verdict, Toll, error) {
	h, err := open(ctx, plan, engine, folder, binary)
	if err != nil {
		return Verdict{}, Toll{}, err
	}
	defer h.close()
	names, err := points(root)
	if err != nil {
		return Verdict{}, Toll{}, err
	}
	if err := h.run(nil, plan.roles(engine)...); err != nil {
		return Verdict{}, Toll{}, err
	}
	p := &proof{plan: plan, house: h, crowd: newCrowd(h), points: names, said: said}
	p.desk = newDesk(h, 6, 300*time.Millisecond)
	v, err := p.run(ctx)
	return v, Toll{Kills: len(h.kills()), Faults: p.faults}, err
}
