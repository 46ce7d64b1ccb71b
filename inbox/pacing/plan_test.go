package pacing

import (
	"fmt"
	"math"
	"testing"
	"time"
)

// known is a rate that is certain.
func known(perHour float64) Rate { return Rate{Items: perHour * 1e6, Hours: 1e6} }

func ample(now time.Time) Budget {
	return Budget{Reads: 1 << 20, Window: time.Hour, Left: 1 << 20, Resets: now.Add(time.Hour)}
}

func TestFrequenciesAreInTheRatioOfRoots(t *testing.T) {
	for evenness, want := range map[float64]float64{1: 4, 2: math.Cbrt(16), 3: 2} {
		var sources []Source
		for i := range 40 { // every other has sixteen times the news
			sources = append(sources, Source{Rate: known([]float64{16, 1}[i%2]), PolledAt: began.Add(-time.Duration(i) * time.Minute), Budgets: []int{0}})
		}
		polls, drawn := [2]float64{}, began
		for now := began; now.Sub(began) < 100*time.Hour; now = now.Add(time.Minute) {
			b := Budget{Reads: 60, Window: time.Hour, Left: 60, Resets: now.Add(time.Hour), DrawnAt: drawn}
			for _, pick := range Plan(now, Policy{Evenness: evenness, Floor: 1000 * time.Hour}, sources, []Budget{b}) {
				polls[pick.Source%2]++
				sources[pick.Source].PolledAt, drawn = now, now
			}
		}
		if got := polls[0] / polls[1]; math.Abs(got/want-1) > 0.05 {
			t.Errorf("evenness %.0f: sixteen times the news was polled %.2f times as often, not %.2f", evenness, got, want)
		}
	}
}

// network is a platform with budgets over budgets: one for the address, one for each account. It refuses what is over.
type network struct {
	limits  []int // per hour
	used    []int
	hour    time.Time
	refused int
}

func (n *network) call(now time.Time, budgets []int) {
	n.turn(now)
	for _, b := range budgets {
		if n.used[b]++; n.used[b] > n.limits[b] {
			n.refused++
		}
	}
}

func (n *network) turn(now time.Time) {
	if hour := now.Truncate(time.Hour); !hour.Equal(n.hour) {
		n.hour, n.used = hour, make([]int, len(n.limits))
	}
}

func (n *network) budgets(now time.Time, drawn []time.Time) (list []Budget) {
	n.turn(now)
	for i, limit := range n.limits {
		list = append(list, Budget{Reads: limit, Window: time.Hour, Left: limit - n.used[i], Resets: n.hour.Add(time.Hour), DrawnAt: drawn[i]})
	}
	return list
}

func TestBudgetsOverBudgetsHoldAndNobodyIsLeftAloneBeyondHisFloor(t *testing.T) {
	const brands, lists = 40, 3
	n := &network{limits: []int{200}} // of the address: less than the accounts would like together
	var sources []Source
	for brand := range brands {
		limit := 4 + brand%8 // some accounts may hardly be asked
		n.limits = append(n.limits, limit)
		for list := range lists {
			sources = append(sources, Source{Rate: known(math.Exp(float64(brand%7-list) - 2)), PolledAt: began.Add(-time.Duration(len(sources)*37%120) * 45 * time.Second), Budgets: []int{0, brand + 1}})
		}
	}
	drawn, floors, longest, calls := make([]time.Time, len(n.limits)), make([]time.Duration, len(sources)), make([]time.Duration, len(sources)), 0
	for now := began; now.Sub(began) < 8*time.Hour; now = now.Add(3 * time.Second) {
		for _, pick := range Plan(now, Policy{Evenness: 1, Floor: 90 * time.Minute}, sources, n.budgets(now, drawn)) {
			s := &sources[pick.Source]
			n.call(now, s.Budgets)
			calls++
			longest[pick.Source], floors[pick.Source] = max(longest[pick.Source], now.Sub(s.PolledAt)), max(floors[pick.Source], pick.Floor)
			s.PolledAt = now
			for _, b := range s.Budgets {
				drawn[b] = now
			}
		}
	}
	if n.refused > 0 || calls > 8*200 || calls < 8*195 {
		t.Errorf("%d calls were made of %d, %d of them over a limit", calls, 8*200, n.refused)
	}
	for i := range sources {
		if longest[i] > floors[i] || floors[i] < 90*time.Minute || floors[i] > 2*time.Hour {
			t.Errorf("source %d was left alone for %s, its floor is %s", i, longest[i], floors[i])
		}
	}
}

func TestAnEmptyBudgetKeepsOnlyItsOwnSourcesWaiting(t *testing.T) {
	empty := Budget{Reads: 80, Window: 24 * time.Hour, Left: 0, Resets: began.Add(time.Hour)}
	sources := []Source{{Rate: known(100), PolledAt: began.Add(-10 * time.Hour), Urgency: Announced, Budgets: []int{0, 1}}, {PolledAt: began.Add(-time.Hour), Budgets: []int{0, 2}},
		{Urgency: Unread, Budgets: []int{0, 1}}}
	picks := Plan(began, Policy{Evenness: 2, Floor: time.Hour}, sources, []Budget{ample(began), empty, ample(began)})
	if len(picks) != 1 || picks[0].Source != 1 {
		t.Errorf("picked %+v", picks)
	}
}

func TestWhoGoesFirst(t *testing.T) {
	asked := func(ago time.Duration, rate float64, u Urgency) Source {
		return Source{Rate: known(rate), PolledAt: began.Add(-ago), Urgency: u, Budgets: []int{0}}
	}
	resting := asked(20*time.Hour, 50, Usual)
	resting.NotBefore = began.Add(time.Second)
	sources := []Source{resting, asked(time.Hour, 1, Usual), asked(time.Hour, 5, Usual), asked(time.Hour, 1, Watched), asked(time.Minute, 0.1, Announced),
		asked(6*time.Hour, 0.01, Usual), {Urgency: Unread, Budgets: []int{0}}}
	var order []int
	budget := ample(began)
	budget.DrawnAt = began.Add(-time.Minute)
	for _, pick := range Plan(began, Policy{Evenness: 1, Floor: 5 * time.Hour}, sources, []Budget{budget}) {
		order = append(order, pick.Source)
	}
	// never read; beyond the floor; announced; an agent looks; by expectation; the one that rests is not there
	if fmt.Sprint(order) != "[6 5 4 3 2 1]" {
		t.Errorf("the order is %v", order)
	}
}

func TestHurryIsBoundedByTheBudgetAndYieldsToTheFloor(t *testing.T) {
	day := Budget{Reads: 80, Window: 24 * time.Hour, Left: 40, Resets: began.Add(12 * time.Hour)} // a gap of 18 minutes
	for _, tc := range []struct {
		urgency Urgency
		since   time.Duration
		goes    bool
	}{
		{Usual, 17 * time.Minute, false}, {Usual, 18 * time.Minute, true},
		{Watched, 8 * time.Minute, false}, {Watched, 9 * time.Minute, true},
		{Announced, 4 * time.Minute, false}, {Announced, 5 * time.Minute, true},
		{Unread, 0, true},
	} {
		day.DrawnAt = began.Add(-tc.since)
		sources := []Source{{Rate: known(1), PolledAt: began.Add(-tc.since), Urgency: tc.urgency, Budgets: []int{0}}}
		if got := len(Plan(began, Policy{Evenness: 2, Floor: 3 * time.Hour}, sources, []Budget{day})) == 1; got != tc.goes {
			t.Errorf("urgency %d, %s after the last call: goes %v", tc.urgency, tc.since, got)
		}
	}
	day.DrawnAt = began.Add(-5 * time.Minute)
	late := []Source{{PolledAt: began.Add(-4 * time.Hour), Budgets: []int{0}}, {PolledAt: began.Add(-5 * time.Minute), Urgency: Announced, Budgets: []int{0}}}
	if picks := Plan(began, Policy{Evenness: 2, Floor: 3 * time.Hour}, late, []Budget{day}); len(picks) != 0 {
		t.Errorf("while one is beyond its floor, %+v was hurried", picks)
	}
}

func BenchmarkPlanTenThousandSources(b *testing.B) {
	const brands = 2500
	budgets := []Budget{{Reads: 40_000, Window: time.Hour, Left: 40_000, Resets: began.Add(time.Hour), DrawnAt: began.Add(-time.Second)}}
	var sources []Source
	for brand := range brands {
		budgets = append(budgets, Budget{Reads: 80, Window: 24 * time.Hour, Left: 40, Resets: began.Add(12 * time.Hour), DrawnAt: began.Add(-time.Hour)})
		for list := range 4 {
			sources = append(sources, Source{Rate: known(float64(brand%50+1) / float64(list+1)), PolledAt: began.Add(-time.Duration(brand%90+1) * time.Minute), Budgets: []int{0, brand + 1}})
		}
	}
	for b.Loop() {
		if len(Plan(began, byDefault, sources, budgets)) == 0 {
			b.Fatal("nothing was picked")
		}
	}
}
