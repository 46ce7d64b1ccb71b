//go:build tables

package pacing

import (
	"testing"
	"time"
)

// The tables of docs/polling.md: go test -tags tables ./inbox/pacing -run Table -v -timeout 2h

func TestSimulationTable(t *testing.T) {
	const days, seeds = 2, 3
	for _, sc := range everyScenario {
		for _, s := range []simulated{uniform, proportional, aimd, rootOracle, cubeOracle, oursMean, oursFloored, oursDefault, oursEven} {
			o := s.over(sc, seeds, days*24*time.Hour)
			t.Logf("| %s | %s | %.2f | %.1f | %.1f h | %d |", sc.name, s.name, o.mean, o.p99, o.longest.Hours(), o.calls/(seeds*days*24))
		}
	}
}

func TestScarceTable(t *testing.T) {
	for _, perDay := range []float64{5, 40, 300} {
		for _, way := range []struct {
			name string
			run  func(s *scarce) int
		}{
			{"even (floor 72 min)", func(s *scarce) int { return s.planned(Policy{Evenness: 2, Floor: 72 * time.Minute}, false) }},
			{"p=2, floor 2 h", func(s *scarce) int { return s.planned(Policy{Evenness: 2, Floor: 2 * time.Hour}, false) }},
			{"p=2, floor 3 h", func(s *scarce) int { return s.planned(Policy{Evenness: 2, Floor: 3 * time.Hour}, false) }},
			{"p=2, floor 6 h", func(s *scarce) int { return s.planned(Policy{Evenness: 2, Floor: 6 * time.Hour}, false) }},
			{"p=1, floor 3 h", func(s *scarce) int { return s.planned(Policy{Evenness: 1, Floor: 3 * time.Hour}, false) }},
			{"p=1, floor 6 h", func(s *scarce) int { return s.planned(Policy{Evenness: 1, Floor: 6 * time.Hour}, false) }},
			{"p=2, floor 3 h, following the true day curve", func(s *scarce) int { return s.planned(Policy{Evenness: 2, Floor: 3 * time.Hour}, true) }},
			{"a perfect unread counter", (*scarce).counted},
		} {
			var mean, p99 float64
			const seeds = 4
			calls := 0
			for seed := range seeds {
				s := newScarce(uint64(seed+1), perDay)
				calls += way.run(s)
				m, p := s.figures()
				mean, p99 = mean+m/seeds, p99+p/seeds
			}
			t.Logf("| %.0f | %s | %.1f | %.0f | %.1f |", perDay, way.name, mean, p99, float64(calls)/seeds/scarceDays)
		}
	}
}
