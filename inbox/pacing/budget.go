package pacing

import "time"

// Budget is a limit on calls as it stands, shared by all sources that draw on it. Its calls are spread evenly over what is left of its
// window.
type Budget struct {
	Reads   int           // calls that reading may make in one window
	Window  time.Duration // what Reads is counted over
	Left    int           // of Reads
	Resets  time.Time     // when the window ends
	DrawnAt time.Time     // the last call; zero: not known
}

// Gap is the time from one call to the next that makes the budget last until its window ends. A spent budget has none.
func (b Budget) Gap(now time.Time) time.Duration {
	if b.Left <= 0 {
		return max(0, b.Resets.Sub(now))
	}
	return max(0, b.Resets.Sub(now)) / time.Duration(b.Left)
}

// Round is how long it takes until each of so many sources has had one call: at the pace of the window, or, where more was spent early
// on than its share, at the slower pace of what is left.
func (b Budget) Round(now time.Time, sources int) time.Duration {
	usual := b.pace() * time.Duration(sources)
	untilReset := max(0, b.Resets.Sub(now)) + usual
	if b.Left <= 0 {
		return untilReset
	}
	return max(usual, min(b.Gap(now)*time.Duration(sources), untilReset))
}

// pace is the gap of a window from which nothing is missing.
func (b Budget) pace() time.Duration { return b.Window / time.Duration(max(1, b.Reads)) }

// turn is when the n-th call from now on is free, 0 being the next: those that are left at their gap, further ones after the reset.
func (b Budget) turn(now time.Time, n int) time.Time {
	if n < b.Left {
		gap := b.Gap(now)
		return now.Add(time.Duration((float64(n) + 1 - min(1, b.credit(now))) * float64(gap)))
	}
	return b.Resets.Add(time.Duration(n-max(0, b.Left)) * b.pace())
}

// catchUp is how much of a pause may be made up for at once.
const catchUp = 5 * time.Second

// credit is how many calls have become free since the last one: what a pause left unspent is spread over the rest of the window, not made
// at once.
func (b Budget) credit(now time.Time) float64 {
	gap := b.Gap(now)
	switch {
	case b.Left <= 0:
		return 0
	case gap <= 0:
		return float64(b.Left)
	}
	most := max(1, float64(catchUp)/float64(gap))
	if b.DrawnAt.IsZero() {
		return 1
	}
	return min(most, float64(now.Sub(b.DrawnAt))/float64(gap))
}
