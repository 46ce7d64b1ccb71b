package connectortest

import (
	"context"
	"maps"
	"slices"
	"sync"
	"time"

	"weibox/inbox"
)

// Meter counts calls in memory, by the rules of inbox.Meter but without a reserve, and remembers what it was asked.
type Meter struct {
	now func() time.Time

	mu       sync.Mutex
	refuse   error
	spent    map[string]int
	windows  map[string]time.Time
	emptied  map[string]time.Time
	purposes []inbox.Purpose
}

// NewMeter returns a meter on the given clock.
func NewMeter(now func() time.Time) *Meter {
	return &Meter{now: now, spent: map[string]int{}, windows: map[string]time.Time{}, emptied: map[string]time.Time{}}
}

// Refuse makes every further Spend fail with err; nil ends it.
func (m *Meter) Refuse(err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.refuse = err
}

func (m *Meter) Spend(_ context.Context, purpose inbox.Purpose, quotas ...inbox.Quota) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.refuse != nil {
		return m.refuse
	}
	for _, q := range quotas {
		if at := m.openAgain(q); !at.IsZero() {
			return &inbox.Refusal{Kind: inbox.RefusedLimit, Code: q.Key, ZH: q.ZH + "已用完", EN: "no " + q.EN + " are left", RetryAt: at}
		}
	}
	for _, q := range quotas {
		m.spent[q.Key]++
	}
	m.purposes = append(m.purposes, purpose)
	return nil
}

// openAgain is when a quota that is empty now is full again; zero if it is not empty.
func (m *Meter) openAgain(q inbox.Quota) time.Time {
	now := m.now()
	if until := m.emptied[q.Key]; now.Before(until) {
		return until
	}
	if start := q.Start(now); !m.windows[q.Key].Equal(start) {
		m.windows[q.Key], m.spent[q.Key] = start, 0
	}
	if q.Limit > 0 && m.spent[q.Key] >= q.Limit {
		return q.Resets(now)
	}
	return time.Time{}
}

func (m *Meter) Exhaust(_ context.Context, q inbox.Quota, until time.Time) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.emptied[q.Key] = until
	return nil
}

// Spent is how many calls each quota has paid for in its running window.
func (m *Meter) Spent() map[string]int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return maps.Clone(m.spent)
}

// Emptied is until when each exhausted quota is empty.
func (m *Meter) Emptied() map[string]time.Time {
	m.mu.Lock()
	defer m.mu.Unlock()
	return maps.Clone(m.emptied)
}

// Purposes are those of all paid calls, in order.
func (m *Meter) Purposes() []inbox.Purpose {
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.Clone(m.purposes)
}

// Clock stands still until it is moved.
type Clock struct {
	mu sync.Mutex
	at time.Time
}

// NewClock returns a clock that shows at.
func NewClock(at time.Time) *Clock { return &Clock{at: at} }

func (c *Clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

// Forward moves the clock.
func (c *Clock) Forward(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = c.at.Add(d)
}
