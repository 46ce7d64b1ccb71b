package inbox

import (
	"context"
	"time"
)

// Quota is one of a platform's limits on calls: at most Limit in each Window. Windows are aligned to the clock in Zone, because that is how
// platforms reset them.
type Quota struct {
	Key    string // unique over the installation, e.g. "weibo:account:1900000001:day"; the first three parts name who it belongs to
	ZH, EN string
	Limit  int // 0: unlimited
	Window time.Duration
	Zone   *time.Location // nil: UTC
}

// Start is the beginning of the window that now is in.
func (q Quota) Start(now time.Time) time.Time {
	zone := q.Zone
	if zone == nil {
		zone = time.UTC
	}
	_, offset := now.In(zone).Zone()
	shift := time.Duration(offset) * time.Second
	return now.Add(shift).Truncate(q.Window).Add(-shift).UTC()
}

// Resets is the end of the window that now is in.
func (q Quota) Resets(now time.Time) time.Time { return q.Start(now).Add(q.Window) }

// readingReserve is the share of every quota that polls leave for answers.
const readingReserve = 0.2

// Reads is how many calls of a window reading may make.
func (q Quota) Reads() int { return q.Limit - int(float64(q.Limit)*readingReserve) }

// Purpose says who a call is for. Polls leave a reserve, so that answers always have calls left.
type Purpose string

const (
	ForReading   Purpose = "reading"
	ForAnswering Purpose = "answering"
)

// Meter counts calls against quotas. The counts are in SQL: a restart forgets nothing, and processes share them.
type Meter interface {
	// Spend takes one call from every quota, or from none: then the error is a *Refusal of kind RefusedLimit with RetryAt.
	Spend(ctx context.Context, purpose Purpose, quotas ...Quota) error
	// Exhaust empties a quota, because the platform said that it is empty.
	Exhaust(ctx context.Context, quota Quota, until time.Time) error
}

// QuotaState is a quota as it stands, for the account's page.
type QuotaState struct {
	Quota
	Used       int
	ResetsAt   time.Time
	EmptyUntil time.Time // the platform said that it is empty; zero: it did not
	ReadAt     time.Time // the last call for reading; zero: not known
}

// ReadsLeft is how many calls reading may still make in this window.
func (s QuotaState) ReadsLeft() int { return max(0, s.Reads()-s.Used) }
