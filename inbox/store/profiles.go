package store

import (
	"context"
	"time"

	"weibox/inbox"

	"gorm.io/gorm"
)

// ContactToRead is a contact whose profile was not read since stale, with a working account through which to ask.
func (s *Store) ContactToRead(ctx context.Context, w inbox.WorkspaceID, id inbox.ContactID, stale time.Time) (inbox.Contact, inbox.Account, bool, error) {
	var row contactRow
	if err := s.reading(ctx).Where("workspace_id = ? AND id = ?", w, id).Take(&row).Error; err != nil {
		return inbox.Contact{}, inbox.Account{}, false, oneRow(err, "粉丝", "fan")
	}
	if row.SeenAt.After(stale) {
		return inbox.Contact{}, inbox.Account{}, false, nil
	}
	var accounts []accountRow
	err := s.reading(ctx).Where("workspace_id = ? AND state = ? AND id IN (SELECT account_id FROM conversations WHERE workspace_id = ? AND contact_id = ?)",
		w, string(inbox.AccountActive), w, id).Order("id").Limit(1).Find(&accounts).Error
	if err != nil || len(accounts) == 0 {
		return inbox.Contact{}, inbox.Account{}, false, err
	}
	account, err := s.opened(s.reading(ctx), accounts[0])
	return row.contact(), account, err == nil, err
}

// SaveProfile keeps what a platform told of a contact.
func (s *Store) SaveProfile(ctx context.Context, c inbox.Contact, seen inbox.ContactSighting) error {
	return s.RunTx(ctx, func(tx *Tx) error {
		var row contactRow
		if err := tx.forUpdate().Where("workspace_id = ? AND id = ?", c.WorkspaceID, c.ID).Take(&row).Error; err != nil {
			return err
		}
		learn(&row, seen)
		err := tx.Table("contacts").Where("workspace_id = ? AND id = ?", c.WorkspaceID, c.ID).Updates(map[string]any{"name": row.Name, "avatar_url": row.AvatarURL,
			"profile_url": row.ProfileURL, "followers": row.Followers, "verified": row.Verified, "seen_at": at{tx.now}}).Error
		if err != nil {
			return err
		}
		return tx.contactShown(c)
	})
}

// contactShown tells the browsers that show the contact.
func (tx *Tx) contactShown(c inbox.Contact) error {
	var talks []conversationRow
	err := tx.Select("id", "account_id").Where("workspace_id = ? AND contact_id = ?", c.WorkspaceID, c.ID).Find(&talks).Error
	for _, t := range talks {
		tx.Change(c.WorkspaceID, inbox.ConversationChanged, int64(t.ID), t.AccountID)
	}
	if err != nil {
		return err
	}
	return tx.Model(&conversationRow{}).Where("workspace_id = ? AND contact_id = ?", c.WorkspaceID, c.ID).Update("version", gorm.Expr("version + 1")).Error
}
