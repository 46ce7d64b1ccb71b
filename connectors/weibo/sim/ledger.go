package sim

import (
	"slices"
	"time"
)

// Ledger is the truth that a product is measured against: what it got Weibo to do, and what Weibo gave it to know.
type Ledger struct {
	Accepted []Accepted `json:"accepted"`
	Offered  []Offered  `json:"offered"`
}

// Kinds of accepted writes.
const (
	KindComment = "comment"
	KindDM      = "dm"
	KindDestroy = "destroy"
	KindRevoke  = "revoke"
)

// Accepted is one write that took effect.
type Accepted struct {
	Seq      int       `json:"seq"`
	At       time.Time `json:"at"`
	Endpoint string    `json:"endpoint"` // "comments/reply/biz", "push" for a passive reply, "native" for the brand's own app
	Kind     string    `json:"kind"`
	UID      string    `json:"uid"`               // the brand whose token it was
	ID       string    `json:"id,omitempty"`      // of the new comment; private messages have none
	Target   string    `json:"target"`            // comment or post answered, or the fan written to
	PostID   string    `json:"post_id,omitempty"` // the post a comment stands under
	Text     string    `json:"text"`              // as posted, with any 回复@name: prefix
	Type     string    `json:"type,omitempty"`    // of a private message
	RIP      string    `json:"rip,omitempty"`
	Answered bool      `json:"answered"` // false when the caller was never told
}

// Offered is one event shown to the product: an attempt of a push, or the items of a poll's answer.
type Offered struct {
	Seq     int       `json:"seq"`
	At      time.Time `json:"at"`
	Way     string    `json:"way"` // "push", or the endpoint polled
	UID     string    `json:"uid"`
	IDs     []string  `json:"ids,omitempty"` // of a poll
	EventID string    `json:"event_id,omitempty"`
	Type    string    `json:"type,omitempty"` // of a push
	Text    string    `json:"text,omitempty"`
	Body    string    `json:"body,omitempty"`    // of a push, as sent
	Attempt int       `json:"attempt,omitempty"` // 1 to 3
	Status  int       `json:"status,omitempty"`  // HTTP status of the product; 0 when there was none
	Outcome string    `json:"outcome"`           // OutcomeAccepted, …
}

// Outcomes of an offer.
const (
	OutcomeAccepted = "accepted" // the product has it
	OutcomeRetry    = "retry"    // refused or too slow; will be tried again
	OutcomeGone     = "gone"     // refused for the third time
	OutcomeDropped  = "dropped"  // a fault swallowed it
	OutcomeLost     = "lost"     // a poll's answer that did not arrive
)

// Ledger returns a copy of everything accepted and offered so far.
func (s *Sim) Ledger() Ledger {
	s.mu.Lock()
	defer s.mu.Unlock()
	return Ledger{Accepted: slices.Clone(s.ledger.Accepted), Offered: slices.Clone(s.ledger.Offered)}
}

// Accepted returns the writes that took effect, oldest first.
func (s *Sim) Accepted() []Accepted { return s.Ledger().Accepted }

// Offered returns what the product was shown, oldest first.
func (s *Sim) Offered() []Offered { return s.Ledger().Offered }

func (s *Sim) accept(a Accepted) {
	a.Seq = 1
	if n := len(s.ledger.Accepted); n > 0 {
		a.Seq = s.ledger.Accepted[n-1].Seq + 1
	}
	s.ledger.Accepted = trimmed(append(s.ledger.Accepted, a), s.opts.LedgerLimit)
}

func (s *Sim) offer(o Offered) {
	o.Seq = 1
	if n := len(s.ledger.Offered); n > 0 {
		o.Seq = s.ledger.Offered[n-1].Seq + 1
	}
	s.ledger.Offered = trimmed(append(s.ledger.Offered, o), s.opts.LedgerLimit)
}

// trimmed drops the oldest tenth once the limit is reached.
func trimmed[T any](entries []T, limit int) []T {
	if len(entries) <= limit {
		return entries
	}
	return slices.Clone(entries[limit/10:])
}
