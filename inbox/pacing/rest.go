package pacing

import "time"

// Trouble is what kept a poll from succeeding, by what helps against it.
type Trouble string

const (
	Passing   Trouble = "passing"   // the platform's or the network's own: it goes by
	Forbidden Trouble = "forbidden" // a right or a setting is missing: only a person can help
	Spent     Trouble = "spent"     // a budget is empty: its reset helps
)

// Rest is how long a source is left alone after so many failures in a row. Passing troubles wait twice as long each time; what only a
// person can help is asked about at the floor alone; an empty budget waits for its reset.
func Rest(t Trouble, failures int, pace, floor, untilReset time.Duration) time.Duration {
	switch {
	case t == Spent && untilReset > 0:
		return untilReset
	case t == Forbidden:
		return max(pace, floor)
	}
	rest := pace
	for i := 0; i < failures && rest < floor; i++ {
		rest *= 2
	}
	return max(pace, min(rest, floor))
}
