package pacing

import (
	"testing"
	"time"
)

func TestARoundTakesWhatTheBudgetAllows(t *testing.T) {
	day := Budget{Reads: 80, Window: 24 * time.Hour, Left: 40, Resets: began.Add(12 * time.Hour)}
	for _, tc := range []struct {
		name string
		left int
		want time.Duration
	}{
		{"at the even pace", 40, 72 * time.Minute},
		{"after a thrifty morning no faster than the window allows in the long run", 80, 72 * time.Minute},
		{"after a busy morning slower", 20, 144 * time.Minute},
		{"but no slower than the next window makes it", 3, 12*time.Hour + 72*time.Minute},
		{"with nothing left after the reset", 0, 12*time.Hour + 72*time.Minute},
	} {
		day.Left = tc.left
		want := tc.want
		if got := day.Round(began, 4); got != want {
			t.Errorf("%s: four sources take %s, not %s", tc.name, got, want)
		}
	}
}

func TestAPauseIsSpreadOverTheRestAndNotMadeUpAtOnce(t *testing.T) {
	hour := Budget{Reads: 3600, Window: time.Hour, Left: 3600, Resets: began.Add(time.Hour), DrawnAt: began.Add(-20 * time.Minute)}
	if got := hour.credit(began); got != 5 {
		t.Errorf("after twenty minutes of silence %.1f calls are free at once", got)
	}
	hour.Left = 2400 // a pause in the middle: the rest is spread
	hour.Resets = began.Add(20 * time.Minute)
	if got := hour.Gap(began); got != 500*time.Millisecond {
		t.Errorf("the gap is %s", got)
	}
}

func TestRestDependsOnWhatHelps(t *testing.T) {
	const pace, floor = 30 * time.Second, time.Hour
	for _, tc := range []struct {
		trouble  Trouble
		failures int
		reset    time.Duration
		want     time.Duration
	}{
		{Passing, 1, 0, time.Minute}, {Passing, 3, 0, 4 * time.Minute}, {Passing, 7, 0, time.Hour}, {Passing, 1 << 40, 0, time.Hour},
		{Forbidden, 1, 0, time.Hour}, {Spent, 1, 9 * time.Hour, 9 * time.Hour}, {Spent, 2, 0, 2 * time.Minute}, {Spent, 1, -time.Hour, time.Minute},
	} {
		if got := Rest(tc.trouble, tc.failures, pace, floor, tc.reset); got != tc.want {
			t.Errorf("%s, %d failures, %s until the reset: rests %s, not %s", tc.trouble, tc.failures, tc.reset, got, tc.want)
		}
	}
	if got := Rest(Passing, 5, 2*time.Hour, time.Hour, 0); got != 2*time.Hour {
		t.Errorf("it rests %s, less than its pace", got)
	}
}
