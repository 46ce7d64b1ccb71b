package store

import (
	"context"
	"time"

	"weibox/inbox"

	"gorm.io/gorm"
)

// System is work across workspaces: planning, sweeping, housekeeping. It is the only way around the guard, and a test lists its methods.
type System struct{ store *Store }

// System opens the way around the guard.
func (s *Store) System() *System { return &System{s} }

func (y *System) db(ctx context.Context) *gorm.DB { return y.store.system.WithContext(ctx) }

// TakeLease makes holder the only one with a name until it runs out, or lengthens it. False: somebody else has it.
func (y *System) TakeLease(ctx context.Context, name, holder string, length time.Duration) (bool, error) {
	now := y.store.now().UTC()
	done := y.db(ctx).Exec("UPDATE leases SET holder = ?, until_at = ? WHERE name = ? AND (holder = ? OR until_at <= ?)",
		holder, now.Add(length).UnixMilli(), name, holder, now.UnixMilli())
	if done.Error != nil || done.RowsAffected == 1 {
		return done.Error == nil, done.Error
	}
	err := y.db(ctx).Exec("INSERT INTO leases (name, holder, until_at) VALUES (?, ?, ?)", name, holder, now.Add(length).UnixMilli()).Error
	if duplicate(err) {
		return false, nil
	}
	return err == nil, err
}

// DropLease gives a lease back early.
func (y *System) DropLease(ctx context.Context, name, holder string) error {
	return y.db(ctx).Exec("UPDATE leases SET until_at = 0 WHERE name = ? AND holder = ?", name, holder).Error
}

// RepliesDue are queued replies whose time has come and which nobody has taken.
func (y *System) RepliesDue(ctx context.Context, before time.Time, limit int) ([]inbox.Reply, error) {
	return y.replies(y.db(ctx).Where("state = ? AND not_before <= ?", string(inbox.Queued), at{before}).Order("not_before").Limit(limit))
}

// ChecksDue are replies of unknown outcome that are to be looked up now.
func (y *System) ChecksDue(ctx context.Context, before time.Time, limit int) ([]inbox.Reply, error) {
	return y.replies(y.db(ctx).Where("state = ? AND check_at <= ?", string(inbox.Unknown), at{before}).Order("check_at").Limit(limit))
}

// LostReplies are replies whose process did not come back: they may have reached the platform.
func (y *System) LostReplies(ctx context.Context, now time.Time, limit int) ([]inbox.Reply, error) {
	return y.replies(y.db(ctx).Where("state = ? AND lease_until <= ?", string(inbox.Sending), now.UnixMilli()).Limit(limit))
}

func (y *System) replies(q *gorm.DB) ([]inbox.Reply, error) {
	var rows []outboxRow
	err := q.Find(&rows).Error
	replies := make([]inbox.Reply, len(rows))
	for i, row := range rows {
		replies[i] = row.reply()
	}
	return replies, err
}

// Untriaged are messages that wait for triage since before an instant, by workspace.
func (y *System) Untriaged(ctx context.Context, before time.Time, limit int) (map[inbox.WorkspaceID][]inbox.MessageID, error) {
	var rows []messageRow
	err := y.db(ctx).Select("id", "workspace_id").Where("triage_at <= ?", at{before}).Order("triage_at").Limit(limit).Find(&rows).Error
	waiting := map[inbox.WorkspaceID][]inbox.MessageID{}
	for _, row := range rows {
		waiting[row.WorkspaceID] = append(waiting[row.WorkspaceID], row.ID)
	}
	return waiting, err
}

// ForgetChanges drops changes that no stream may ask for any more.
func (y *System) ForgetChanges(ctx context.Context, before time.Time) error {
	return y.db(ctx).Exec("DELETE FROM changes WHERE at < ?", at{before}).Error
}

// ForgetSignIns drops sessions and failed sign-ins of before an instant; they belong to people, not to workspaces.
func (y *System) ForgetSignIns(ctx context.Context, before time.Time) error {
	return y.store.ForgetSignIns(ctx, before)
}
