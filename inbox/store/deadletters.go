package store

import (
	"context"

	"weibox/inbox"

	"gorm.io/gorm"
)

type deadLetterRow struct {
	ID          inbox.DeadLetterID
	WorkspaceID inbox.WorkspaceID
	AccountID   inbox.AccountID
	Source      string
	Reason      string
	Raw         []byte
	RawHash     string
	CreatedAt   at
	ReplayedAt  at
}

func (deadLetterRow) TableName() string { return "dead_letters" }

func (r deadLetterRow) deadLetter() inbox.DeadLetter {
	return inbox.DeadLetter{ID: r.ID, WorkspaceID: r.WorkspaceID, AccountID: r.AccountID, Source: r.Source, Reason: r.Reason, Raw: r.Raw,
		CreatedAt: r.CreatedAt.Time, ReplayedAt: r.ReplayedAt.Time}
}

// DeadLetters are the newest that still cannot be read, of the accounts the viewer sees.
func (s *Store) DeadLetters(ctx context.Context, viewer inbox.Agent, limit int) ([]inbox.DeadLetter, error) {
	q := s.reading(ctx).Where("workspace_id = ? AND replayed_at IS NULL", viewer.WorkspaceID)
	if !viewer.AllAccounts {
		q = q.Where("account_id IN ?", viewer.AccountIDs)
	}
	var rows []deadLetterRow
	err := q.Order("id DESC").Limit(limit).Find(&rows).Error
	letters := make([]inbox.DeadLetter, len(rows))
	for i, row := range rows {
		letters[i] = row.deadLetter()
	}
	return letters, err
}

// DeadLetter is one of them, with its account.
func (s *Store) DeadLetter(ctx context.Context, viewer inbox.Agent, id inbox.DeadLetterID) (inbox.DeadLetter, inbox.Account, error) {
	var row deadLetterRow
	err := s.reading(ctx).Where("workspace_id = ? AND id = ?", viewer.WorkspaceID, id).Take(&row).Error
	if err == nil && !viewer.Sees(row.AccountID) {
		err = gorm.ErrRecordNotFound
	}
	if err != nil {
		return inbox.DeadLetter{}, inbox.Account{}, oneRow(err, "未解析的推送", "unread push")
	}
	account, err := s.accountByID(s.reading(ctx), viewer.WorkspaceID, row.AccountID)
	return row.deadLetter(), account, err
}

// SettleDeadLetter writes down that a letter was read, or why not.
func (s *Store) SettleDeadLetter(ctx context.Context, l inbox.DeadLetter) error {
	return s.RunTx(ctx, func(tx *Tx) error {
		tx.Change(l.WorkspaceID, inbox.AccountChanged, int64(l.AccountID), l.AccountID)
		return tx.Table("dead_letters").Where("workspace_id = ? AND id = ?", l.WorkspaceID, l.ID).
			Updates(map[string]any{"reason": clip(l.Reason, 1000), "replayed_at": at{l.ReplayedAt}}).Error
	})
}

// DeadLetters are all that still cannot be read, of all workspaces, oldest first, without their text.
func (y *System) DeadLetters(ctx context.Context) ([]inbox.DeadLetter, error) {
	var rows []deadLetterRow
	err := y.db(ctx).Omit("raw").Where("replayed_at IS NULL").Order("id").Find(&rows).Error
	letters := make([]inbox.DeadLetter, len(rows))
	for i, row := range rows {
		letters[i] = row.deadLetter()
	}
	return letters, err
}
