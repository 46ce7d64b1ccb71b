package pacing

import (
	"math"
	"math/rand/v2"
	"sort"
	"testing"
	"time"
)

// One account of the open family: a hundred calls a day, eighty of them for reading, and lists of very different activity. The second
// table in docs/polling.md is
//
//	go test -tags tables ./inbox/pacing -run ScarceTable -v -timeout 2h
const (
	scarceReads = 80
	scarceDays  = 20
)

// shares of the lists: comments received, comments that mention us, posts that mention us, our own comments.
var shares = []float64{0.70, 0.12, 0.08, 0.10}

// dayCurve is how much livelier an hour of the day is than the mean.
func dayCurve(hour float64) float64 { return 1 + 0.9*math.Sin(2*math.Pi*(hour-8)/24) }

// scarce is one replay: when each item arrived at each list, in hours.
type scarce struct {
	arrivals [][]float64
	seen     []int
	delays   []float64
}

func newScarce(seed uint64, perDay float64) *scarce {
	rng, s := rand.New(rand.NewPCG(seed, 3)), &scarce{seen: make([]int, len(shares))}
	for _, share := range shares {
		s.arrivals = append(s.arrivals, daily.arrivals(rng, perDay*share/24, scarceDays*24))
	}
	return s
}

func (s *scarce) waiting(list int, hour float64) int {
	return sort.SearchFloat64s(s.arrivals[list], hour) - s.seen[list]
}

func (s *scarce) poll(list int, hour float64) int {
	n := s.waiting(list, hour)
	for _, t := range s.arrivals[list][s.seen[list] : s.seen[list]+n] {
		s.delays = append(s.delays, (hour-t)*60)
	}
	s.seen[list] += n
	return n
}

// planned spends the calls of each day by Plan. With follow, they follow the curve of the day, as far as theory wants it: by its root.
func (s *scarce) planned(policy Policy, follow bool) (calls int) {
	var sources []Source
	for range shares {
		sources = append(sources, Source{Rate: Seed(1), PolledAt: began, Budgets: []int{0}})
	}
	drawn, used := began, 0
	for now := began; now.Sub(began) < scarceDays*24*time.Hour; now = now.Add(30 * time.Second) {
		hour := now.Sub(began).Hours()
		if now.Truncate(24 * time.Hour).Equal(now) {
			used = 0
		}
		b := Budget{Reads: scarceReads, Window: 24 * time.Hour, Left: scarceReads - used, Resets: now.Truncate(24 * time.Hour).Add(24 * time.Hour), DrawnAt: drawn}
		if follow {
			gap := float64(24*time.Hour) / scarceReads * 0.925 / math.Sqrt(dayCurve(hour)) // 0.925 is the mean root of the curve
			b.Left, b.Resets = scarceReads, now.Add(time.Duration(gap*scarceReads))
		}
		for _, pick := range Plan(now, policy, sources, []Budget{b}) {
			one := &sources[pick.Source]
			one.Rate, one.PolledAt, drawn = one.Rate.Learn(s.poll(pick.Source, hour), now.Sub(one.PolledAt)), now, now
			used, calls = used+1, calls+1
		}
	}
	return calls
}

// counted spends calls on the unread counter first and reads only the lists it says have moved: of the first three, which it counts; the
// fourth is read every three hours. It is as good as a counter can be: nobody clears it, and it is never wrong.
func (s *scarce) counted() (calls int) {
	flagged, own := map[int]bool{}, 0.0
	next, used := 0.0, 0
	for step := range scarceDays * 24 * 120 {
		hour := float64(step) / 120
		if step%(24*120) == 0 {
			used, next = 0, hour
		}
		if hour < next || used == scarceReads {
			continue
		}
		list := 3
		for one := range flagged {
			list = min(list, one)
		}
		switch {
		case list < 3:
			s.poll(list, hour)
			delete(flagged, list)
		case hour-own >= 3:
			s.poll(3, hour)
			own = hour
		default:
			for one := range 3 {
				if s.waiting(one, hour) > 0 {
					flagged[one] = true
				}
			}
		}
		used, calls = used+1, calls+1
		gap := (24 - math.Mod(hour, 24)) / float64(max(1, scarceReads-used))
		if len(flagged) > 0 {
			gap /= 4
		}
		next = hour + gap
	}
	return calls
}

func (s *scarce) figures() (mean, p99 float64) {
	sort.Float64s(s.delays)
	for _, d := range s.delays {
		mean += d / float64(len(s.delays))
	}
	return mean, s.delays[len(s.delays)*99/100]
}

func TestScarceCallsGoWhereNewsIsExpected(t *testing.T) {
	even, ours := newScarce(9, 60), newScarce(9, 60)
	even.planned(Policy{Evenness: 2, Floor: 72 * time.Minute}, false)
	calls := ours.planned(Policy{Evenness: 2, Floor: 3 * time.Hour}, false)
	was, _ := even.figures()
	is, _ := ours.figures()
	if is > 0.9*was || calls > scarceReads*scarceDays {
		t.Errorf("the mean delay is %.1f minutes, reading all lists alike makes it %.1f; %d calls", is, was, calls)
	}
}
