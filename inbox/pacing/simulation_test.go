package pacing

import (
	"math"
	"math/rand/v2"
	"slices"
	"sort"
	"testing"
	"time"
)

const (
	accounts      = 300
	pollsPerHour  = 1000
	itemsPerDay   = 6000
	warmUp        = 72 * time.Hour
	simulatedFrom = int64(1772323200) // 2026-03-01 in UTC
)

var began = time.Unix(simulatedFrom, 0).UTC()

// scenario is how items arrive.
type scenario struct {
	name    string
	sigma   float64 // of the lognormal activity
	diurnal bool
	branch  float64 // the share of items that another item provoked; 0: Poisson
}

var (
	poisson = scenario{name: "Poisson σ=2", sigma: 2}
	daily   = scenario{name: "diurnal σ=2", sigma: 2, diurnal: true}
	bursty  = scenario{name: "diurnal+Hawkes .6 σ=2", sigma: 2, diurnal: true, branch: 0.6}
	rushes  = scenario{name: "diurnal+Hawkes .8 σ=1.5", sigma: 1.5, diurnal: true, branch: 0.8}
)

// world is one replay: the true rates, and when each item arrived, in hours since the beginning of the warm-up.
type world struct {
	rates    []float64
	arrivals [][]float64
	hours    float64
}

func (sc scenario) world(seed uint64, length time.Duration) world {
	rng := rand.New(rand.NewPCG(seed, 7))
	w := world{hours: (warmUp + length).Hours()}
	sum := 0.0
	for range accounts {
		w.rates = append(w.rates, math.Exp(rng.NormFloat64()*sc.sigma))
		sum += w.rates[len(w.rates)-1]
	}
	for i := range w.rates {
		w.rates[i] *= itemsPerDay / 24.0 / sum
		w.arrivals = append(w.arrivals, sc.arrivals(rng, w.rates[i], w.hours))
	}
	return w
}

// arrivals are those of one account: a Poisson process, thinned by the hour of the day, each item of which may provoke others within the
// hour after it.
func (sc scenario) arrivals(rng *rand.Rand, rate, hours float64) []float64 {
	peak := 1.0
	if sc.diurnal {
		peak = 1.9
	}
	var list []float64
	for t := rng.ExpFloat64() / (rate * (1 - sc.branch) * peak); t < hours; t += rng.ExpFloat64() / (rate * (1 - sc.branch) * peak) {
		if !sc.diurnal || rng.Float64()*peak < 1+0.9*math.Sin(2*math.Pi*(t-8)/24) {
			list = append(list, t)
		}
	}
	for i := 0; i < len(list); i++ { // the provoked ones provoke further ones
		for range poissonNumber(rng, sc.branch) {
			if t := list[i] + rng.ExpFloat64()*0.5; t < hours {
				list = append(list, t)
			}
		}
	}
	sort.Float64s(list)
	return list
}

func poissonNumber(rng *rand.Rand, mean float64) int {
	n, p := 0, rng.Float64()
	for limit := math.Exp(-mean); p > limit; n++ {
		p *= rng.Float64()
	}
	return n
}

// platform counts calls by the clock's hour, as the real one does, and refuses what is over the limit.
type platform struct {
	limit, used, refused, calls int
	hour                        int64
}

func (p *platform) call(now time.Time) bool {
	if hour := now.Unix() / 3600; hour != p.hour {
		p.hour, p.used = hour, 0
	}
	if p.used == p.limit {
		p.refused++
		return false
	}
	p.used++
	p.calls++
	return true
}

// outcome is what a policy made of a replay.
type outcome struct {
	mean, p99 float64 // minutes
	longest   time.Duration
	calls     int
	refused   int
}

// replay is the state of a running simulation; a policy says which account is polled at each call.
type replay struct {
	world
	platform platform
	polled   []time.Time
	seen     []int // arrivals fetched
	delays   []float64
	longest  time.Duration
}

func newReplay(w world) *replay {
	r := &replay{world: w, platform: platform{limit: pollsPerHour}, polled: make([]time.Time, accounts), seen: make([]int, accounts)}
	for i := range accounts { // the warm-up ended with an even round
		r.polled[i] = began.Add(-time.Duration(i+1) * time.Hour / pollsPerHour)
		r.seen[i] = sort.SearchFloat64s(w.arrivals[i], r.hour(r.polled[i]))
	}
	return r
}

func (r *replay) hour(t time.Time) float64 { return (t.Sub(began) + warmUp).Hours() }

// poll fetches what has arrived at an account; the delay of each item is noted.
func (r *replay) poll(i int, now time.Time) (found int) {
	if !r.platform.call(now) {
		return 0
	}
	at := r.hour(now)
	for _, t := range r.arrivals[i][r.seen[i]:] {
		if t > at {
			break
		}
		r.delays = append(r.delays, (at-t)*60)
		found++
	}
	r.seen[i] += found
	r.longest = max(r.longest, now.Sub(r.polled[i]))
	r.polled[i] = now
	return found
}

func (r *replay) outcome(end time.Time) outcome {
	for _, t := range r.polled {
		r.longest = max(r.longest, end.Sub(t))
	}
	slices.Sort(r.delays)
	sum := 0.0
	for _, d := range r.delays {
		sum += d
	}
	return outcome{mean: sum / float64(len(r.delays)), p99: r.delays[len(r.delays)*99/100], longest: r.longest, calls: r.platform.calls,
		refused: r.platform.refused}
}

// simulated is one way to choose.
type simulated struct {
	name string
	run  func(w world, length time.Duration) outcome
}

// paced polls each account at its own fixed frequency, the shares given, evenly spaced.
func paced(name string, share func(rate float64) float64) simulated {
	return simulated{name, func(w world, length time.Duration) outcome {
		r, sum := newReplay(w), 0.0
		next, gap := make([]float64, accounts), make([]float64, accounts)
		for _, rate := range w.rates {
			sum += share(rate)
		}
		for i, rate := range w.rates {
			gap[i] = sum / share(rate) / pollsPerHour
			next[i] = gap[i] * (1 - float64(i+1)/accounts)
		}
		return r.byDueTime(length, next, func(i, _ int) float64 { return gap[i] })
	}}
}

// byDueTime makes a call at each even instant of the budget, for the account that has been due for longest.
func (r *replay) byDueTime(length time.Duration, next []float64, gap func(i, found int) float64) outcome {
	step := time.Hour / pollsPerHour
	for t := time.Duration(0); t < length; t += step {
		i := 0
		for k := range next {
			if next[k] < next[i] {
				i = k
			}
		}
		next[i] += gap(i, r.poll(i, began.Add(t)))
	}
	return r.outcome(began.Add(length))
}

var aimd = simulated{"AIMD ×1.5 / ÷2", func(w world, length time.Duration) outcome {
	r := newReplay(w)
	next, gap := make([]float64, accounts), make([]float64, accounts)
	for i := range gap {
		gap[i] = float64(accounts) / pollsPerHour
		next[i] = gap[i] * float64(i) / accounts
	}
	return r.byDueTime(length, next, func(i, found int) float64 {
		if found > 0 {
			gap[i] /= 2
		} else {
			gap[i] *= 1.5
		}
		gap[i] = min(max(gap[i], 1.0/60), 24)
		return gap[i]
	})
}}

// ours is Plan with estimates learned from what the polls found, under an hourly budget.
func ours(name string, policy Policy) simulated {
	return simulated{name, func(w world, length time.Duration) outcome { return newPlanned(w, policy).run(length) }}
}

// planned is a replay that Plan steers.
type planned struct {
	*replay
	policy  Policy
	sources []Source
	drawn   time.Time
}

func newPlanned(w world, policy Policy) *planned {
	p := &planned{replay: newReplay(w), policy: policy, drawn: began.Add(-time.Minute)}
	mean := itemsPerDay / 24.0 / accounts
	for i := range accounts {
		p.sources = append(p.sources, Source{Rate: warmedUp(w.arrivals[i][:p.seen[i]], mean), PolledAt: p.polled[i], Budgets: []int{0}})
	}
	return p
}

// warmedUp is the estimate after three days of even polls, as it would be read from the database.
func warmedUp(seen []float64, mean float64) Rate {
	rate, every, from := Seed(mean), float64(accounts)/pollsPerHour, 0
	for t := every; t <= warmUp.Hours(); t += every {
		n := sort.SearchFloat64s(seen, t) - from
		rate, from = rate.Learn(n, time.Duration(every*float64(time.Hour))), from+n
	}
	return rate
}

func (p *planned) budget(now time.Time) Budget {
	used := p.platform.used
	if now.Unix()/3600 != p.platform.hour {
		used = 0
	}
	return Budget{Reads: pollsPerHour, Window: time.Hour, Left: pollsPerHour - used, Resets: now.Truncate(time.Hour).Add(time.Hour), DrawnAt: p.drawn}
}

// tick is what the scheduler does every second.
func (p *planned) tick(now time.Time) {
	for _, pick := range Plan(now, p.policy, p.sources, []Budget{p.budget(now)}) {
		s := &p.sources[pick.Source]
		found := p.poll(pick.Source, now)
		s.Rate, s.PolledAt, p.drawn = s.Rate.Learn(found, now.Sub(s.PolledAt)), now, now
	}
}

func (p *planned) run(length time.Duration) outcome {
	for t := time.Duration(0); t < length; t += time.Second {
		p.tick(began.Add(t))
	}
	return p.outcome(began.Add(length))
}

var byDefault = Policy{Evenness: 2, Floor: time.Hour}

var (
	uniform      = paced("uniform", func(float64) float64 { return 1 })
	proportional = paced("proportional oracle", func(rate float64) float64 { return rate })
	rootOracle   = paced("√ oracle", math.Sqrt)
	cubeOracle   = paced("cube root oracle", math.Cbrt)
	oursMean     = ours("ours p=1", Policy{Evenness: 1, Floor: 240 * time.Hour})
	oursFloored  = ours("ours p=1, floor 1 h", Policy{Evenness: 1, Floor: time.Hour})
	oursDefault  = ours("ours p=2, floor 1 h", byDefault)
	oursEven     = ours("ours p=3, floor 1 h", Policy{Evenness: 3, Floor: time.Hour})
)

// over is the mean outcome over seeds.
func (s simulated) over(sc scenario, seeds int, length time.Duration) (all outcome) {
	for seed := range seeds {
		one := s.run(sc.world(uint64(seed+1), length), length)
		all.mean += one.mean / float64(seeds)
		all.p99 += one.p99 / float64(seeds)
		all.longest = max(all.longest, one.longest)
		all.calls += one.calls
		all.refused += one.refused
	}
	return all
}

var everyScenario = []scenario{poisson, daily, bursty, rushes}

func TestSimulationTunedForTheMeanItIsNearTheOracle(t *testing.T) {
	const length, seeds = 4 * time.Hour, 2
	even, oracle, got := uniform.over(poisson, seeds, length), rootOracle.over(poisson, seeds, length), oursFloored.over(poisson, seeds, length)
	t.Logf("mean delay in minutes: uniform %.2f, √ oracle %.2f, ours %.2f; p99 %.1f, %.1f, %.1f", even.mean, oracle.mean, got.mean, even.p99, oracle.p99, got.p99)
	if got.mean > 1.05*oracle.mean || got.mean > 0.5*even.mean {
		t.Errorf("the mean delay is %.2f minutes: the oracle's is %.2f, even polling's %.2f", got.mean, oracle.mean, even.mean)
	}
	if got.longest > time.Hour {
		t.Errorf("an account was left alone for %s, the floor is an hour", got.longest)
	}
	if got.refused > 0 || got.calls > seeds*pollsPerHour*int(length.Hours()) {
		t.Errorf("%d calls were made and %d refused", got.calls, got.refused)
	}
	if got.calls < seeds*pollsPerHour*int(length.Hours())*99/100 {
		t.Errorf("only %d calls were made of the budget", got.calls)
	}
}

func TestSimulationTheDefaultBeatsEvenPollingAndBarelyLengthensTheTail(t *testing.T) {
	for _, sc := range everyScenario {
		even, got := uniform.over(sc, 1, 3*time.Hour), oursDefault.over(sc, 1, 3*time.Hour)
		t.Logf("%s: mean %.2f against %.2f, p99 %.1f against %.1f", sc.name, got.mean, even.mean, got.p99, even.p99)
		if got.mean > 0.75*even.mean || got.p99 > 1.4*even.p99 || got.refused > 0 || got.longest > time.Hour {
			t.Errorf("%s: mean %.2f against %.2f, p99 %.1f against %.1f, longest %s", sc.name, got.mean, even.mean, got.p99, even.p99, got.longest)
		}
	}
}

// A restart loses what is in memory only: the counts, the estimates and the times of the last polls are rows.
func TestSimulationARestartWithinTheHourExceedsNothing(t *testing.T) {
	p := newPlanned(poisson.world(3, 3*time.Hour), byDefault)
	for second := range int(3 * time.Hour / time.Second) {
		if second%1200 == 600 { // down for two minutes, and the time of the last call is forgotten
			p.drawn = time.Time{}
		}
		if second%1200 < 600 || second%1200 >= 720 {
			p.tick(began.Add(time.Duration(second) * time.Second))
		}
	}
	if p.platform.refused > 0 || p.platform.calls > 3*pollsPerHour || p.platform.calls < 3*pollsPerHour*98/100 {
		t.Errorf("%d calls were made of %d, and %d refused", p.platform.calls, 3*pollsPerHour, p.platform.refused)
	}
}
