package inbox

import "time"

// Watch is told what has been committed, to be measured. Its methods must be quick and must not block.
type Watch interface {
	// Ingested: a batch is stored.
	Ingested(b Batch, o Outcome, now time.Time)
	// Settled: an attempt to send came to its end.
	Settled(p Platform, state ReplyState, took time.Duration)
}

// Backlog is what waits, over all workspaces.
type Backlog struct {
	Replies   map[ReplyState]int       // in states that are not yet an end
	Oldest    map[ReplyState]time.Time // since when the oldest of them waits
	Overdue   int                      // sources that should have been polled by now
	Untriaged int
	Expires   time.Time // the next token to expire; zero: none is known to
}
