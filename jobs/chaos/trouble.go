package chaos

import (
	"context"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"

	"weibox/connectors/weibo/sim"
)

// trouble is one thing that goes wrong in the life of an installation. It reports how many faults it has made.
type trouble struct {
	name string
	on   string // the engine it is for; "" is every one
	make func(*proof, context.Context) (faults int, err error)
}

// troubles are made one after the other, under load.
var troubles = []trouble{
	{"death at named points", "", (*proof).dieAtPoints},
	{"death while the platform has an answer", "", (*proof).dieAtPlatform},
	{"a platform that hangs up", "", (*proof).hangUp},
	{"pushes doubled, late and out of order", "", (*proof).confusePushes},
	{"lists that are short, shifted or lag", "", (*proof).confuseLists},
	{"disk full", SQLite, (*proof).fillDisk},
	{"Redis: lines cut", MariaDB, (*proof).cutRedis},
	{"Redis: everything deleted", MariaDB, (*proof).flushRedis},
	{"Redis: out of memory", MariaDB, (*proof).starveRedis},
	{"Redis: down", MariaDB, (*proof).stopRedis},
	{"database: lines cut", MariaDB, (*proof).cutDatabase},
	{"database: killed", MariaDB, (*proof).killDatabase},
	{"jobs run twice at once", MariaDB, (*proof).overlapJobs},
	{"death at random", "", (*proof).dieAtRandom},
}

var pointCall = regexp.MustCompile(`faults\.Point\("([^"]+)"\)`)

// points finds every deadly point in the source, so that none is forgotten.
func points(root string) ([]string, error) {
	found := map[string]bool{}
	for _, pattern := range []string{"inbox/*.go", "inbox/store/*.go", "jobs/*.go", "api/*.go"} {
		files, err := filepath.Glob(filepath.Join(root, pattern))
		if err != nil {
			return nil, err
		}
		for _, file := range files {
			text, err := os.ReadFile(file)
			if err != nil {
				return nil, err
			}
			for _, call := range pointCall.FindAllStringSubmatch(string(text), -1) {
				found[call[1]] = true
			}
		}
	}
	return slices.Sorted(maps.Keys(found)), nil
}

// mortality decides what each life of a process is to die of, until every point has been died at.
type mortality struct {
	mu     sync.Mutex
	left   []string
	report string
	read   int
}

// arm is the environment of the next life: every point that is left is deadly, at a pass drawn by lot.
func (m *mortality) arm() []string {
	m.note()
	m.mu.Lock()
	defer m.mu.Unlock()
	var entries []string
	for _, name := range m.left {
		entries = append(entries, fmt.Sprintf("%s:%d", name, 1+rand.IntN(4)))
	}
	grace := 200*time.Millisecond + rand.N(800*time.Millisecond)
	return []string{"CHAOS_POINTS=" + strings.Join(entries, ","), "CHAOS_GRACE=" + grace.String(), "CHAOS_REPORT=" + m.report}
}

// note crosses out what has been died at since.
func (m *mortality) note() {
	text, _ := os.ReadFile(m.report)
	m.mu.Lock()
	defer m.mu.Unlock()
	lines := strings.Fields(string(text))
	for _, name := range lines[m.read:] {
		m.left = slices.DeleteFunc(m.left, func(left string) bool { return left == name })
	}
	m.read = len(lines)
}

func (m *mortality) over() bool {
	m.note()
	m.mu.Lock()
	defer m.mu.Unlock()
	return len(m.left) == 0
}

// dieAtPoints lets the program die at every named point, as often as the plan says.
func (p *proof) dieAtPoints(ctx context.Context) (int, error) {
	for seed := range p.plan.Seeds {
		m := &mortality{left: slices.Clone(p.points), report: filepath.Join(p.house.folder, fmt.Sprintf("deaths-%d", seed))}
		if err := p.house.run(m.arm, ""); err != nil {
			return 0, err
		}
		for range 12 { // so that there is something to look up
			p.house.weibo.Fault(sim.Fault{Endpoint: "comments/reply", Kind: sim.FaultDropBefore, Times: 1})
			p.house.weibo.Fault(sim.Fault{Endpoint: "comments/reply", Kind: sim.FaultAcceptThenDrop, Times: 1})
		}
		dead := eventually(ctx, p.plan.Patience, m.over)
		p.house.weibo.ClearFaults()
		if !dead {
			return 0, fmt.Errorf("nobody came to the points %v in %s", m.left, p.plan.Patience)
		}
	}
	return 0, p.house.run(nil, p.plan.roles(p.house.engine)...)
}

// dieAtPlatform kills every process while Weibo has an answer in its hands: before it is accepted, and after. Then it waits for the mark on
// what was interrupted.
func (p *proof) dieAtPlatform(ctx context.Context) (int, error) {
	for i := range 2 * p.plan.Rounds {
		struck := make(chan struct{})
		p.house.blow.Store(&blow{accepted: i%2 == 0, strike: func() {
			for _, each := range p.house.processes {
				each.kill()
			}
			close(struck)
		}})
		select {
		case <-struck:
		case <-time.After(30 * time.Second):
			return 0, fmt.Errorf("no answer reached Weibo")
		}
		if i%2 == 0 {
			sleep(ctx, 1500*time.Millisecond)
			continue
		}
		if err := p.awaitFlags(ctx, time.Now()); err != nil {
			return 0, err
		}
	}
	return 0, nil
}

// awaitFlags measures how long answers that were on their way at the kill go on saying so.
func (p *proof) awaitFlags(ctx context.Context, killed time.Time) error {
	var left int
	var err error
	eventually(ctx, 2*flagPromise, func() bool {
		err = p.house.db.QueryRowContext(ctx, "SELECT COUNT(*) FROM outbox WHERE state = 'sending' AND started_at <= ?", killed.UnixMilli()).Scan(&left)
		return err == nil && left == 0
	})
	p.flagged = max(p.flagged, time.Since(killed))
	return err
}

// hangUp: the platform takes an answer and says nothing, says something odd, or does not even take it; and lines are cut under way.
func (p *proof) hangUp(ctx context.Context) (int, error) {
	weather := []sim.Fault{
		{Endpoint: "comments/reply", Kind: sim.FaultAcceptThenDrop}, {Endpoint: "comments/reply", Kind: sim.FaultDropBefore}, {Endpoint: "comments/reply", Kind: sim.FaultGarbage},
		{Endpoint: "messages/reply", Kind: sim.FaultAcceptThenDrop}, {Endpoint: "messages/reply", Kind: sim.FaultStatus, Status: 502},
		{Endpoint: "comments/to_me", Kind: sim.FaultDropBefore}, {Endpoint: "comments/to_me", Kind: sim.FaultGarbage}, {Endpoint: "comments/by_me", Kind: sim.FaultStatus, Status: 503},
	}
	faults := 0
	for range p.plan.Rounds {
		for _, f := range weather {
			f.Times = 1
			p.house.weibo.Fault(f)
			faults++
		}
		p.house.platform.cuts.Add(3)
		faults += 3
		sleep(ctx, 2*time.Second)
	}
	p.house.weibo.ClearFaults()
	p.house.platform.cuts.Store(0)
	return faults, nil
}

// confusePushes: the same message twice, thrice at once, late, and behind its successor.
func (p *proof) confusePushes(ctx context.Context) (int, error) {
	faults := 0
	for range p.plan.Rounds {
		for _, kind := range []string{sim.FaultDuplicate, sim.FaultReorder, sim.FaultDelay, sim.FaultDuplicate, sim.FaultReorder} {
			p.house.weibo.Fault(sim.Fault{Endpoint: "push", Kind: kind, DelayMS: 700, Times: 5})
			faults += 5
		}
		for range 5 {
			p.crowd.pushTogether(ctx, 3)
			faults += 2
		}
		sleep(ctx, time.Second)
	}
	return faults, nil
}

// confuseLists: pages that are shorter than asked for, and pages that show the end of the one before again.
func (p *proof) confuseLists(ctx context.Context) (int, error) {
	faults := 0
	for range p.plan.Rounds {
		for _, kind := range []string{sim.FaultShort, sim.FaultShift, sim.FaultLag} {
			p.house.weibo.Fault(sim.Fault{Endpoint: "comments/to_me", Kind: kind, DelayMS: 2000, Times: 4})
			faults += 4
		}
		sleep(ctx, 2*time.Second)
	}
	p.house.weibo.ClearFaults()
	return faults, nil
}

// dieAtRandom kills a process every now and then until the plan's number is reached.
func (p *proof) dieAtRandom(ctx context.Context) (int, error) {
	for len(p.house.kills()) < p.plan.Kills || p.crowd.written.Load() < p.plan.Events {
		if len(p.house.kills()) < p.plan.Kills {
			p.house.processes[rand.IntN(len(p.house.processes))].kill()
		}
		if !sleep(ctx, 200*time.Millisecond+rand.N(1800*time.Millisecond)) {
			return 0, ctx.Err()
		}
	}
	return 0, nil
}
