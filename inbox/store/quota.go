package store

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"weibox/inbox"

	"gorm.io/gorm/clause"
)

type bucketRow struct {
	Name         string `gorm:"primaryKey"`
	WindowStart  at
	Used         int
	BlockedUntil int64
	ReadAt       at
}

func (bucketRow) TableName() string { return "quota_buckets" }

// Spend takes one call from every quota, or from none. The counts are rows: a restart forgets nothing, and processes share them.
func (s *Store) Spend(ctx context.Context, purpose inbox.Purpose, quotas ...inbox.Quota) error {
	if err := s.refuseExhausted(ctx, quotas); err != nil {
		return err
	}
	quotas = slices.DeleteFunc(slices.Clone(quotas), func(q inbox.Quota) bool { return q.Limit == 0 })
	if len(quotas) == 0 {
		return nil
	}
	slices.SortFunc(quotas, func(a, b inbox.Quota) int { return cmp.Compare(a.Key, b.Key) })
	return s.RunTx(ctx, func(tx *Tx) error {
		for _, q := range quotas {
			if err := tx.spendOne(q, purpose); err != nil {
				return err
			}
		}
		return nil
	})
}

// refuseExhausted: a quota without a number of its own is not counted, but the platform may have said that it is empty.
func (s *Store) refuseExhausted(ctx context.Context, quotas []inbox.Quota) error {
	names := make([]string, len(quotas))
	for i, q := range quotas {
		names[i] = q.Key
	}
	var rows []bucketRow
	err := s.reading(ctx).Where("name IN ? AND blocked_until > ?", names, s.now().UnixMilli()).Find(&rows).Error
	if err != nil || len(rows) == 0 {
		return err
	}
	i := slices.IndexFunc(quotas, func(q inbox.Quota) bool { return q.Key == rows[0].Name })
	return spent(quotas[i], rows[0])
}

// spendOne counts in one statement; when it finds no room, the reason is looked up.
func (tx *Tx) spendOne(q inbox.Quota, purpose inbox.Purpose) error {
	start := at{q.Start(tx.now)}
	if err := tx.Clauses(clause.OnConflict{DoNothing: true}).Create(&bucketRow{Name: q.Key, WindowStart: start}).Error; err != nil {
		return err
	}
	room, read := q.Limit, at{}
	if purpose == inbox.ForReading {
		room, read = q.Reads(), at{tx.now}
	}
	err := tx.Exec("UPDATE quota_buckets SET used = 0, window_start = ? WHERE name = ? AND window_start < ?", start, q.Key, start).Error
	if err != nil {
		return err
	}
	done := tx.Exec("UPDATE quota_buckets SET used = used + 1, read_at = COALESCE(?, read_at) WHERE name = ? AND used < ? AND blocked_until <= ?",
		read, q.Key, room, tx.now.UnixMilli())
	if done.Error != nil || done.RowsAffected == 1 {
		return done.Error
	}
	var row bucketRow
	if err := tx.Where("name = ?", q.Key).Take(&row).Error; err != nil {
		return err
	}
	return spent(q, row)
}

func spent(q inbox.Quota, row bucketRow) error {
	reset := row.WindowStart.Add(q.Window)
	if blocked := time.UnixMilli(row.BlockedUntil).UTC(); blocked.After(reset) || q.Limit == 0 || row.Used < q.Limit && blocked.After(row.WindowStart.Time) {
		reset = blocked
	}
	clock := reset.In(beijing).Format("01-02 15:04")
	return &inbox.Refusal{Kind: inbox.RefusedLimit, Code: "quota", Said: "own count of " + q.Key, RetryAt: reset,
		ZH: fmt.Sprintf("%s已用完，%s（北京时间）恢复后自动继续", q.ZH, clock), EN: fmt.Sprintf("%s used up; going on at %s Beijing time", q.EN, clock)}
}

var beijing = time.FixedZone("Asia/Shanghai", 8*60*60)

// Exhaust empties a quota until an instant, because the platform said that it is empty.
func (s *Store) Exhaust(ctx context.Context, q inbox.Quota, until time.Time) error {
	return s.RunTx(ctx, func(tx *Tx) error {
		row := bucketRow{Name: q.Key, WindowStart: at{q.Start(tx.now)}, BlockedUntil: until.UnixMilli()}
		return tx.Clauses(clause.OnConflict{Columns: []clause.Column{{Name: "name"}}, DoUpdates: clause.AssignmentColumns([]string{"blocked_until"})}).Create(&row).Error
	})
}

// namesAtOnce bounds the parameters of one statement.
const namesAtOnce = 500

// QuotaStates are quotas as they stand, in the same order.
func (s *Store) QuotaStates(ctx context.Context, quotas []inbox.Quota) ([]inbox.QuotaState, error) {
	now, rows := s.now(), map[string]bucketRow{}
	for some := range slices.Chunk(quotas, namesAtOnce) {
		if err := s.readBuckets(ctx, some, rows); err != nil {
			return nil, err
		}
	}
	states := make([]inbox.QuotaState, len(quotas))
	for i, q := range quotas {
		states[i] = inbox.QuotaState{Quota: q, ResetsAt: q.Resets(now)}
		if row, used := rows[q.Key]; used {
			fillQuota(&states[i], row, now)
		}
	}
	return states, nil
}

func (s *Store) readBuckets(ctx context.Context, quotas []inbox.Quota, into map[string]bucketRow) error {
	names := make([]string, len(quotas))
	for i, q := range quotas {
		names[i] = q.Key
	}
	var rows []bucketRow
	err := s.reading(ctx).Where("name IN ?", names).Find(&rows).Error
	for _, row := range rows {
		into[row.Name] = row
	}
	return err
}

func fillQuota(state *inbox.QuotaState, row bucketRow, now time.Time) {
	state.ReadAt = row.ReadAt.Time
	if row.WindowStart.Equal(state.Start(now)) {
		state.Used = row.Used
	}
	if blocked := time.UnixMilli(row.BlockedUntil).UTC(); blocked.After(now) {
		state.Used, state.ResetsAt, state.EmptyUntil = state.Limit, blocked, blocked
	}
}
