package store

import (
	"context"

	"weibox/inbox"

	"gorm.io/gorm"
)

// ChangeConversation runs decide under the conversation's lock and writes what it changed: state, assignee, group. decide gets the
// conversation and changes it; the facts it returns are the reasons.
func (s *Store) ChangeConversation(ctx context.Context, viewer inbox.Agent, id inbox.ConversationID, decide func(*inbox.Conversation) ([]inbox.Fact, error)) (inbox.Conversation, error) {
	err := s.RunTx(ctx, func(tx *Tx) error {
		row, err := tx.lockConversation(viewer, id)
		if err != nil {
			return err
		}
		c := row.conversation()
		facts, err := decide(&c)
		if err != nil {
			return err
		}
		return tx.writeDecision(row, c, facts)
	})
	if err != nil {
		return inbox.Conversation{}, err
	}
	return s.Conversation(ctx, viewer, id)
}

func (tx *Tx) writeDecision(was conversationRow, c inbox.Conversation, facts []inbox.Fact) error {
	if err := tx.turnEpisode(was, &c); err != nil {
		return err
	}
	row := conversationRowOf(c)
	err := tx.Table("conversations").Where("workspace_id = ? AND id = ?", c.WorkspaceID, c.ID).Updates(map[string]any{"state": row.State, "assignee_id": row.AssigneeID,
		"skill_group_id": row.SkillGroupID, "episode_id": row.EpisodeID, "episode_number": row.EpisodeNumber, "waiting_since": row.WaitingSince,
		"version": gorm.Expr("version + 1")}).Error
	if err != nil {
		return err
	}
	for _, f := range facts {
		f.WorkspaceID, f.AccountID, f.ConversationID, f.EpisodeID = c.WorkspaceID, c.AccountID, c.ID, c.EpisodeID
		if f.EpisodeID == 0 {
			f.EpisodeID = was.EpisodeID.ID
		}
		tx.Fact(f)
	}
	if was.AssigneeID.ID != c.AssigneeID || was.State != row.State { // loads have changed
		tx.Change(c.WorkspaceID, inbox.AgentChanged, int64(c.AssigneeID), 0)
	}
	tx.touched(c)
	return nil
}

// turnEpisode ends the running episode when the conversation is resolved, and begins one when it is opened.
func (tx *Tx) turnEpisode(was conversationRow, c *inbox.Conversation) error {
	resolved := was.State != string(inbox.Resolved) && c.State == inbox.Resolved
	opened := was.State == string(inbox.Resolved) && c.State != inbox.Resolved
	switch {
	case resolved:
		c.EpisodeID = 0
		return tx.Exec("UPDATE episodes SET resolved_at = ? WHERE workspace_id = ? AND conversation_id = ? AND resolved_at IS NULL", at{tx.now}, c.WorkspaceID, c.ID).Error
	case opened:
		row := episodeRow{WorkspaceID: c.WorkspaceID, ConversationID: c.ID, Number: c.EpisodeNumber, OpenedAt: at{tx.now}, Reopened: c.EpisodeNumber > 1}
		err := tx.Create(&row).Error
		c.EpisodeID = row.ID
		return err
	}
	return nil
}

// resolve is "send and resolve": the answer and the end in one transaction.
func (tx *Tx) resolve(c inbox.Conversation, by inbox.Agent) error {
	was := conversationRowOf(c)
	fact, err := c.Resolve(by)
	if err != nil {
		return err
	}
	return tx.writeDecision(was, c, []inbox.Fact{fact})
}

// AddNote stores an internal note.
func (s *Store) AddNote(ctx context.Context, viewer inbox.Agent, id inbox.ConversationID, text string) (inbox.Message, error) {
	var row messageRow
	err := s.RunTx(ctx, func(tx *Tx) error {
		c, err := tx.lockConversation(viewer, id)
		if err != nil {
			return err
		}
		row = messageRowOf(inbox.Message{WorkspaceID: c.WorkspaceID, AccountID: c.AccountID, ConversationID: id, ContactID: c.ContactID, Object: inbox.ObjectNote,
			Kind: inbox.KindNote, Direction: inbox.Internal, Origin: inbox.FromNote, Type: "text", Text: text, AuthorID: viewer.ID, SentAt: tx.now, CreatedAt: tx.now})
		tx.Change(c.WorkspaceID, inbox.MessagesChanged, int64(id), c.AccountID)
		return tx.Create(&row).Error
	})
	if err != nil {
		return inbox.Message{}, err
	}
	dressed, err := s.dressMessages(s.reading(ctx), viewer, []messageRow{row})
	if err != nil {
		return inbox.Message{}, err
	}
	return dressed[0], nil
}

// TagConversation adds a tag, or removes it. Adding one that is there, or removing one that is not, changes nothing.
func (s *Store) TagConversation(ctx context.Context, viewer inbox.Agent, id inbox.ConversationID, tag inbox.TagID, on bool) (inbox.Conversation, error) {
	err := s.RunTx(ctx, func(tx *Tx) error {
		row, err := tx.lockConversation(viewer, id)
		if err != nil {
			return err
		}
		name, err := tx.tagName(viewer.WorkspaceID, tag)
		if err != nil {
			return err
		}
		return tx.tag(row.conversation(), tag, name, on, viewer, inbox.Sentence{})
	})
	if err != nil {
		return inbox.Conversation{}, err
	}
	return s.Conversation(ctx, viewer, id)
}

// tag writes the tag with its author: an agent, or a rule that gives its reason.
func (tx *Tx) tag(c inbox.Conversation, tag inbox.TagID, name string, on bool, by inbox.Agent, why inbox.Sentence) error {
	fact := inbox.Fact{WorkspaceID: c.WorkspaceID, AccountID: c.AccountID, ConversationID: c.ID, EpisodeID: c.EpisodeID, ActorID: by.ID, Why: why,
		Data: jsonOf(map[string]any{"tag_id": tag})}
	if on {
		row := conversationTagRow{WorkspaceID: c.WorkspaceID, ConversationID: c.ID, TagID: tag, AuthorID: ref[inbox.AgentID]{by.ID}, CreatedAt: at{tx.now}}
		if err := tx.Create(&row).Error; err != nil {
			return ignoreDuplicate(err)
		}
		fact.Kind = inbox.TagAdded
		if why.Empty() {
			fact.Why = inbox.Sentence{ZH: by.Name + " 添加了标签「" + name + "」", EN: by.Name + " added the tag " + name}
		}
	} else {
		done := tx.Exec("DELETE FROM conversation_tags WHERE workspace_id = ? AND conversation_id = ? AND tag_id = ?", c.WorkspaceID, c.ID, tag)
		if done.Error != nil || done.RowsAffected == 0 {
			return done.Error
		}
		fact.Kind, fact.Why = inbox.TagRemoved, inbox.Sentence{ZH: by.Name + " 移除了标签「" + name + "」", EN: by.Name + " removed the tag " + name}
	}
	tx.Fact(fact)
	tx.touched(c)
	return tx.Exec("UPDATE conversations SET version = version + 1 WHERE workspace_id = ? AND id = ?", c.WorkspaceID, c.ID).Error
}

func ignoreDuplicate(err error) error {
	if duplicate(err) {
		return nil
	}
	return err
}

func (tx *Tx) tagName(w inbox.WorkspaceID, id inbox.TagID) (string, error) {
	var row tagRow
	err := tx.Where("workspace_id = ? AND id = ?", w, id).Take(&row).Error
	return row.Name, oneRow(err, "标签", "tag")
}
