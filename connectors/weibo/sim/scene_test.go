package sim

import (
	"testing"
	"time"
)

func TestPopulateMakesTwoBrandsFortyFansAndThreeDaysOfHistory(t *testing.T) {
	now := time.Date(2026, 3, 4, 9, 15, 2, 0, beijing)
	s := New(Options{AppKey: "1", AppSecret: "s", Seed: 7, Now: func() time.Time { return now }, Quotas: DefaultQuotas()})
	defer s.Close()
	s.Populate()
	if len(s.brands) != 2 || len(s.fans) < 40 {
		t.Fatalf("%d brands, %d fans", len(s.brands), len(s.fans))
	}
	counts := s.state("").Counts
	if counts["comments"] < 30 || counts["messages"] < 40 || counts["posts"] < 10 {
		t.Fatalf("the history is thin: %v", counts)
	}
	for _, c := range s.comments {
		if c.at.After(now) || c.at.Before(now.Add(-historyDays*day-time.Minute)) {
			t.Fatalf("a comment of %s is outside the history", c.at)
		}
	}
}
