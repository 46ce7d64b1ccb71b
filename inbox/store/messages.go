package store

import (
	"context"
	"slices"

	"weibox/inbox"

	"gorm.io/gorm"
)

// Messages is a page of a conversation, oldest first, ending before a place (zero: at the end), with the journal's sentences of the same
// stretch of time.
func (s *Store) Messages(ctx context.Context, viewer inbox.Agent, id inbox.ConversationID, before inbox.MessagePlace, limit int) ([]inbox.Message, []inbox.Fact, error) {
	db := s.reading(ctx)
	if _, err := visible(db, viewer, id); err != nil {
		return nil, nil, err
	}
	q := db.Where("workspace_id = ? AND conversation_id = ?", viewer.WorkspaceID, id)
	if !before.At.IsZero() {
		q = q.Where("sent_at <= ? AND (sent_at < ? OR id < ?)", at{before.At}, at{before.At}, before.ID)
	}
	var rows []messageRow
	if err := q.Omit("raw").Order("sent_at DESC, id DESC").Limit(limit).Find(&rows).Error; err != nil {
		return nil, nil, err
	}
	slices.Reverse(rows)
	messages, err := s.dressMessages(db, viewer, rows)
	if err != nil {
		return nil, nil, err
	}
	facts, err := s.factsBetween(db, viewer, id, messages, before, len(rows) == limit)
	return messages, facts, err
}

func (s *Store) dressMessages(db *gorm.DB, viewer inbox.Agent, rows []messageRow) ([]inbox.Message, error) {
	messages := make([]inbox.Message, len(rows))
	index := make(map[inbox.MessageID]*inbox.Message, len(rows))
	ids := make([]inbox.MessageID, len(rows))
	for i, row := range rows {
		messages[i], ids[i] = row.message(), row.ID
		index[row.ID] = &messages[i]
	}
	if len(rows) == 0 {
		return messages, nil
	}
	names, err := agentNames(db, viewer.WorkspaceID)
	if err != nil {
		return nil, err
	}
	for i := range messages {
		messages[i].AuthorName = names[messages[i].AuthorID]
	}
	if err := addReplies(db, viewer.WorkspaceID, ids, index); err != nil {
		return nil, err
	}
	return messages, addAttached(db, viewer.WorkspaceID, ids, index)
}

func addReplies(db *gorm.DB, w inbox.WorkspaceID, ids []inbox.MessageID, index map[inbox.MessageID]*inbox.Message) error {
	var rows []outboxRow
	if err := db.Where("workspace_id = ? AND message_id IN ?", w, ids).Find(&rows).Error; err != nil {
		return err
	}
	for _, row := range rows {
		reply := row.reply()
		index[row.MessageID].Reply = &reply
	}
	return nil
}

func addAttached(db *gorm.DB, w inbox.WorkspaceID, ids []inbox.MessageID, index map[inbox.MessageID]*inbox.Message) error {
	var links []attachmentRow
	if err := db.Where("workspace_id = ? AND message_id IN ?", w, ids).Order("message_id, position").Find(&links).Error; err != nil || len(links) == 0 {
		return err
	}
	media := make([]inbox.MediaID, len(links))
	for i, link := range links {
		media[i] = link.MediaID
	}
	var rows []mediaRow
	if err := db.Where("workspace_id = ? AND id IN ?", w, media).Find(&rows).Error; err != nil {
		return err
	}
	for _, link := range links {
		if i := slices.IndexFunc(rows, func(m mediaRow) bool { return m.ID == link.MediaID }); i >= 0 {
			m := index[link.MessageID]
			m.Attachments = append(m.Attachments, rows[i].media())
		}
	}
	return nil
}

// factsBetween are the sentences that belong beside these messages; the first page of a conversation also has those before its first message.
func (s *Store) factsBetween(db *gorm.DB, viewer inbox.Agent, id inbox.ConversationID, messages []inbox.Message, before inbox.MessagePlace, more bool) ([]inbox.Fact, error) {
	q := db.Where("workspace_id = ? AND conversation_id = ? AND why_zh <> ''", viewer.WorkspaceID, id)
	if more && len(messages) > 0 {
		q = q.Where("at >= ?", at{messages[0].SentAt})
	}
	if !before.At.IsZero() {
		q = q.Where("at < ?", at{before.At})
	}
	var rows []factRow
	if err := q.Order("at, id").Limit(500).Find(&rows).Error; err != nil {
		return nil, err
	}
	names, err := agentNames(db, viewer.WorkspaceID)
	facts := make([]inbox.Fact, len(rows))
	for i, row := range rows {
		facts[i] = row.fact()
		facts[i].ActorName = names[facts[i].ActorID]
	}
	return facts, err
}

// ReplyMessage is the message of an outbox row, as the conversation shows it.
func (s *Store) ReplyMessage(ctx context.Context, viewer inbox.Agent, id inbox.OutboxID) (inbox.Message, error) {
	db := s.reading(ctx)
	var row messageRow
	err := db.Where("workspace_id = ? AND id = (SELECT message_id FROM outbox WHERE workspace_id = ? AND id = ?)", viewer.WorkspaceID, viewer.WorkspaceID, id).
		Take(&row).Error
	if err == nil && !viewer.Sees(row.AccountID) {
		err = gorm.ErrRecordNotFound
	}
	if err != nil {
		return inbox.Message{}, oneRow(err, "回复", "reply")
	}
	dressed, err := s.dressMessages(db, viewer, []messageRow{row})
	if err != nil {
		return inbox.Message{}, err
	}
	return dressed[0], nil
}

type attachmentRow struct {
	WorkspaceID inbox.WorkspaceID
	MessageID   inbox.MessageID
	Position    int
	MediaID     inbox.MediaID
}

func (attachmentRow) TableName() string { return "attachments" }
