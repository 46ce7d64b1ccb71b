package pacing

import (
	"math"
	"time"
)

const (
	// memory is how long a source's past counts: after it, an hour watched weighs e times less.
	memory = 72 * time.Hour
	// burstLife is how long a rush of news goes on, on average, after a poll has found one.
	burstLife = time.Hour
	// burstEcho is how many further items one surprising item announces.
	burstEcho = 0.6
	// negligible is a rush, in items an hour, that nobody would notice.
	negligible = 1e-3
	// doubt is added to the items seen: a source that has shown nothing yet is not one that never will.
	doubt = 0.2
)

// Rate is what is known of how often news arrives at a source: a Gamma estimate whose memory fades, and on top of it a rush that fades
// within hours. The zero value knows nothing; Seed begins better.
type Rate struct {
	Items float64 // seen, the older ones counting less
	Hours float64 // watched, the older ones counting less
	Burst float64 // items an hour above the usual, at the moment of the last poll
}

// seedHours is how many hours of watching the mean of its neighbours is worth to a new source.
const seedHours = 2

// Seed is what a new source begins with: the mean of its neighbours, soon outweighed by what it shows itself.
func Seed(perHour float64) Rate { return Rate{Items: perHour * seedHours, Hours: seedHours} }

// PerHour is the usual rate, items an hour.
func (r Rate) PerHour() float64 { return (r.Items + doubt) / math.Max(r.Hours, 1) }

// Waiting is how many items are expected to be waiting so long after the last poll.
func (r Rate) Waiting(since time.Duration) float64 {
	usual := r.PerHour() * since.Hours()
	if r.Burst < negligible {
		return usual
	}
	life := burstLife.Hours()
	return usual + r.Burst*life*(1-math.Exp(-since.Hours()/life))
}

// Learn is the estimate after a poll that found so many new items, so long after the one before it. Only what exceeds chance makes a
// rush: a count that even chance explains teaches the usual rate alone, so that steady sources lose nothing.
func (r Rate) Learn(found int, since time.Duration) Rate {
	if since <= 0 {
		return r
	}
	expected := r.Waiting(since)
	excess := math.Max(0, float64(found)-(expected+2*math.Sqrt(expected)+1))
	fade := math.Exp(-since.Hours() / memory.Hours())
	return Rate{
		Items: r.Items*fade + float64(found),
		Hours: r.Hours*fade + since.Hours(),
		Burst: r.Burst*math.Exp(-since.Hours()/burstLife.Hours()) + excess*burstEcho/burstLife.Hours(),
	}
}
