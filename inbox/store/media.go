package store

import (
	"context"
	"errors"
	"time"

	"weibox/inbox"

	"gorm.io/gorm"
)

type mediaRow struct {
	ID          inbox.MediaID
	WorkspaceID inbox.WorkspaceID
	AccountID   inbox.AccountID
	Ref         string
	RefHash     string
	Type        string
	State       string
	ContentType string
	Width       int
	Height      int
	Path        string
	Attempts    int
	NextTryAt   at
	CreatedAt   at
}

func (mediaRow) TableName() string { return "media" }

func (r mediaRow) media() inbox.Media {
	return inbox.Media{ID: r.ID, WorkspaceID: r.WorkspaceID, AccountID: r.AccountID, Ref: inbox.MediaRef(r.Ref), Type: r.Type, State: inbox.MediaState(r.State),
		ContentType: r.ContentType, Width: r.Width, Height: r.Height, Path: r.Path, Attempts: r.Attempts, NextTryAt: r.NextTryAt.Time}
}

// mediaFor is the row of a file an account's messages refer to; the same reference is fetched once.
func (tx *Tx) mediaFor(account inbox.Account, sighted inbox.AttachmentSighting) (inbox.MediaID, error) {
	row := mediaRow{WorkspaceID: account.WorkspaceID, AccountID: account.ID, Ref: string(sighted.Ref), RefHash: hashOf([]byte(sighted.Ref)), Type: sighted.Type,
		State: string(inbox.MediaWaiting), NextTryAt: at{tx.now}, CreatedAt: at{tx.now}}
	err := tx.Select("id").Where("workspace_id = ? AND account_id = ? AND ref_hash = ?", row.WorkspaceID, row.AccountID, row.RefHash).Take(&row).Error
	if err == nil || !errors.Is(err, gorm.ErrRecordNotFound) {
		return row.ID, err
	}
	return row.ID, tx.Create(&row).Error
}

// Media is the row of a file the viewer may see.
func (s *Store) Media(ctx context.Context, viewer inbox.Agent, id inbox.MediaID) (inbox.Media, error) {
	var row mediaRow
	err := s.reading(ctx).Where("workspace_id = ? AND id = ?", viewer.WorkspaceID, id).Take(&row).Error
	if err == nil && !viewer.Sees(row.AccountID) {
		err = gorm.ErrRecordNotFound
	}
	if err != nil {
		return inbox.Media{}, oneRow(err, "文件", "file")
	}
	return row.media(), nil
}

// ContactAvatar is the picture of a fan the viewer may see. It is fetched when somebody first looks at it.
func (s *Store) ContactAvatar(ctx context.Context, viewer inbox.Agent, id inbox.ContactID) (inbox.Media, error) {
	var contact contactRow
	if err := s.reading(ctx).Where("workspace_id = ? AND id = ?", viewer.WorkspaceID, id).Take(&contact).Error; err != nil {
		return inbox.Media{}, oneRow(err, "粉丝", "fan")
	}
	var accounts []inbox.AccountID
	err := s.reading(ctx).Table("conversations").Where("workspace_id = ? AND contact_id = ?", viewer.WorkspaceID, id).Distinct().Pluck("account_id", &accounts).Error
	if err != nil {
		return inbox.Media{}, err
	}
	for _, account := range accounts {
		if viewer.Sees(account) && contact.AvatarURL != "" {
			return s.picture(ctx, inbox.Account{ID: account, WorkspaceID: viewer.WorkspaceID}, contact.AvatarURL)
		}
	}
	return inbox.Media{}, inbox.Missing("头像", "picture")
}

// PostPicture is the n-th picture of a post, counted from 0.
func (s *Store) PostPicture(ctx context.Context, viewer inbox.Agent, id inbox.PostID, n int) (inbox.Media, error) {
	var row postRow
	err := s.reading(ctx).Where("workspace_id = ? AND id = ?", viewer.WorkspaceID, id).Take(&row).Error
	if err != nil {
		return inbox.Media{}, oneRow(err, "图片", "picture")
	}
	post := row.post()
	if !viewer.Sees(row.AccountID) || n < 0 || n >= len(post.Pictures) {
		return inbox.Media{}, inbox.Missing("图片", "picture")
	}
	return s.picture(ctx, inbox.Account{ID: row.AccountID, WorkspaceID: viewer.WorkspaceID}, post.Pictures[n])
}

func (s *Store) picture(ctx context.Context, account inbox.Account, address string) (inbox.Media, error) {
	var row mediaRow
	err := s.reading(ctx).Where("workspace_id = ? AND account_id = ? AND ref_hash = ?", account.WorkspaceID, account.ID, hashOf([]byte(address))).Take(&row).Error
	if err == nil || !errors.Is(err, gorm.ErrRecordNotFound) {
		return row.media(), err
	}
	err = s.RunTx(ctx, func(tx *Tx) error {
		id, err := tx.mediaFor(account, inbox.AttachmentSighting{Type: "image", Ref: inbox.MediaRef(address)})
		row = mediaRow{ID: id, WorkspaceID: account.WorkspaceID, AccountID: account.ID, State: string(inbox.MediaWaiting)}
		return err
	})
	if duplicate(err) {
		return s.picture(ctx, account, address)
	}
	return row.media(), err
}

// MediaToFetch is a waiting file with its account; ok is false if there is nothing to do.
func (s *Store) MediaToFetch(ctx context.Context, w inbox.WorkspaceID, id inbox.MediaID) (inbox.Media, inbox.Account, bool, error) {
	var row mediaRow
	err := s.reading(ctx).Where("workspace_id = ? AND id = ?", w, id).Take(&row).Error
	if err != nil || row.State != string(inbox.MediaWaiting) {
		return inbox.Media{}, inbox.Account{}, false, oneRow(err, "文件", "file")
	}
	account, err := s.accountByID(s.reading(ctx), w, row.AccountID)
	return row.media(), account, err == nil, err
}

// SettleMedia writes down that a file is here, is gone, or will be tried again.
func (s *Store) SettleMedia(ctx context.Context, m inbox.Media) error {
	return s.RunTx(ctx, func(tx *Tx) error {
		err := tx.Table("media").Where("workspace_id = ? AND id = ? AND state = ?", m.WorkspaceID, m.ID, string(inbox.MediaWaiting)).Updates(map[string]any{
			"state": string(m.State), "content_type": m.ContentType, "width": m.Width, "height": m.Height, "path": m.Path, "attempts": m.Attempts,
			"next_try_at": at{m.NextTryAt}}).Error
		if err != nil || m.State == inbox.MediaWaiting {
			return err
		}
		return tx.mediaSettled(m)
	})
}

// mediaSettled tells the browsers that show the file.
func (tx *Tx) mediaSettled(m inbox.Media) error {
	var talks []inbox.ConversationID
	err := tx.Raw("SELECT DISTINCT m.conversation_id FROM messages m JOIN attachments a ON a.message_id = m.id WHERE m.workspace_id = ? AND a.media_id = ?",
		m.WorkspaceID, m.ID).Scan(&talks).Error
	for _, id := range talks {
		tx.Change(m.WorkspaceID, inbox.MessagesChanged, int64(id), m.AccountID)
	}
	return err
}

// MediaDue are files that are due to be fetched, of all workspaces.
func (y *System) MediaDue(ctx context.Context, before time.Time, limit int) ([]inbox.Media, error) {
	var rows []mediaRow
	err := y.db(ctx).Where("next_try_at <= ? AND state = ?", at{before}, string(inbox.MediaWaiting)).Order("next_try_at").Limit(limit).Find(&rows).Error
	media := make([]inbox.Media, len(rows))
	for i, row := range rows {
		media[i] = row.media()
	}
	return media, err
}
