package store

import (
	"context"
	"time"

	"weibox/inbox"

	"gorm.io/gorm"
)

// ContactsToRead are those of the contacts whose profile was not read since stale, with a working account through which to ask.
func (s *Store) ContactsToRead(ctx context.Context, w inbox.WorkspaceID, ids []inbox.ContactID, stale time.Time) ([]inbox.Acquaintance, error) {
	db := s.reading(ctx)
	var rows []contactRow
	err := db.Where("workspace_id = ? AND id IN ? AND (seen_at IS NULL OR seen_at <= ?)", w, ids, at{stale}).Find(&rows).Error
	if err != nil || len(rows) == 0 {
		return nil, err
	}
	var links []struct {
		ContactID inbox.ContactID
		AccountID inbox.AccountID
	}
	err = db.Raw("SELECT c.contact_id, MIN(c.account_id) AS account_id FROM contact_accounts c JOIN accounts a ON a.id = c.account_id "+
		"WHERE c.workspace_id = ? AND c.contact_id IN ? AND a.state = ? GROUP BY c.contact_id", w, ids, string(inbox.AccountActive)).Scan(&links).Error
	if err != nil {
		return nil, err
	}
	accounts := map[inbox.ContactID]inbox.AccountID{}
	for _, link := range links {
		accounts[link.ContactID] = link.AccountID
	}
	return s.acquaintances(db, w, rows, accounts)
}

func (s *Store) acquaintances(db *gorm.DB, w inbox.WorkspaceID, rows []contactRow, accounts map[inbox.ContactID]inbox.AccountID) ([]inbox.Acquaintance, error) {
	opened := map[inbox.AccountID]inbox.Account{}
	var list []inbox.Acquaintance
	for _, row := range rows {
		id, ok := accounts[row.ID]
		if !ok {
			continue
		}
		if _, ok := opened[id]; !ok {
			account, err := s.accountByID(db, w, id)
			if err != nil {
				return nil, err
			}
			opened[id] = account
		}
		list = append(list, inbox.Acquaintance{Contact: row.contact(), Account: opened[id]})
	}
	return list, nil
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
