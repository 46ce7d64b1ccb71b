package store

import (
	"context"
	"encoding/json"
	"errors"
	"slices"

	"weibox/inbox"
	"weibox/inbox/faults"

	"gorm.io/gorm"
)

// TriageMessages lets decide look at messages that still wait for triage and stores what it decides. The conversations are locked in the
// order of their ids; a message that another run has taken off the waiting list meanwhile is left out.
func (s *Store) TriageMessages(ctx context.Context, w inbox.WorkspaceID, ids []inbox.MessageID, decide func(inbox.Workbench, inbox.Message, inbox.Conversation) inbox.Triaged) error {
	bench, err := s.workbench(ctx, w)
	if err != nil {
		return err
	}
	return s.RunTx(ctx, func(tx *Tx) error {
		talks, err := tx.lockTalksOf(w, ids)
		if err != nil {
			return err
		}
		var rows []messageRow
		err = tx.Omit("raw").Where("workspace_id = ? AND id IN ? AND triage_at IS NOT NULL", w, ids).Order("id").Find(&rows).Error
		if err != nil || len(rows) == 0 {
			return err
		}
		for _, row := range rows {
			was := talks[row.ConversationID]
			decided := decide(bench, row.message(), was.conversation())
			if talks[row.ConversationID], err = tx.writeTriage(was, decided); err != nil {
				return err
			}
		}
		faults.Point("triage.decided")
		return tx.Exec("UPDATE messages SET triage_at = NULL WHERE workspace_id = ? AND id IN ?", w, ids).Error
	})
}

func (tx *Tx) lockTalksOf(w inbox.WorkspaceID, messages []inbox.MessageID) (map[inbox.ConversationID]conversationRow, error) {
	var ids []inbox.ConversationID
	err := tx.Table("messages").Where("workspace_id = ? AND id IN ?", w, messages).Distinct().Pluck("conversation_id", &ids).Error
	if err != nil {
		return nil, err
	}
	slices.Sort(ids)
	var rows []conversationRow
	err = tx.forUpdate().Where("workspace_id = ? AND id IN ?", w, ids).Order("id").Find(&rows).Error
	talks := make(map[inbox.ConversationID]conversationRow, len(rows))
	for _, row := range rows {
		talks[row.ID] = row
	}
	return talks, err
}

// writeTriage stores one decision, each part with its reason.
func (tx *Tx) writeTriage(was conversationRow, d inbox.Triaged) (conversationRow, error) {
	c := was.conversation()
	for _, t := range d.Tags {
		if err := tx.tag(c, t.Tag, t.Name, true, inbox.Agent{}, t.Why); err != nil {
			return was, err
		}
	}
	var facts []inbox.Fact
	if d.Group != 0 && d.Group != c.SkillGroupID {
		c.SkillGroupID = d.Group
		facts = append(facts, inbox.Fact{Kind: inbox.ConversationGrouped, MessageID: d.Message, Why: d.Grouped, Data: jsonOf(map[string]any{"skill_group_id": d.Group})})
	}
	if d.Agent != 0 && c.AssigneeID == 0 {
		c.AssigneeID = d.Agent
		facts = append(facts, inbox.Fact{Kind: inbox.ConversationRouted, MessageID: d.Message, Why: d.Routed, Data: jsonOf(map[string]any{"agent_id": d.Agent})})
	}
	if len(facts) == 0 {
		return was, nil
	}
	return conversationRowOf(c), tx.writeDecision(was, c, facts)
}

func (s *Store) workbench(ctx context.Context, w inbox.WorkspaceID) (inbox.Workbench, error) {
	var b inbox.Workbench
	var err error
	if b.Rules, err = s.rules(s.reading(ctx), w); err != nil {
		return b, err
	}
	if b.Tags, err = s.tags(s.reading(ctx), w); err != nil {
		return b, err
	}
	if b.Groups, err = s.SkillGroups(ctx, w); err != nil {
		return b, err
	}
	b.Agents, err = s.Agents(ctx, w)
	return b, err
}

type tagRow struct {
	ID          inbox.TagID
	WorkspaceID inbox.WorkspaceID
	Name        string
	Color       string
	Archived    bool
}

func (tagRow) TableName() string { return "tags" }

func (r tagRow) tag() inbox.Tag {
	return inbox.Tag{ID: r.ID, WorkspaceID: r.WorkspaceID, Name: r.Name, Color: r.Color, Archived: r.Archived}
}

// Tags are the workspace's tags, archived ones too.
func (s *Store) Tags(ctx context.Context, viewer inbox.Agent) ([]inbox.Tag, error) {
	return s.tags(s.reading(ctx), viewer.WorkspaceID)
}

func (s *Store) tags(db *gorm.DB, w inbox.WorkspaceID) ([]inbox.Tag, error) {
	var rows []tagRow
	err := db.Where("workspace_id = ?", w).Order("id").Find(&rows).Error
	tags := make([]inbox.Tag, len(rows))
	for i, row := range rows {
		tags[i] = row.tag()
	}
	return tags, err
}

// AddTag adds a word to the workspace's tags.
func (s *Store) AddTag(ctx context.Context, viewer inbox.Agent, t inbox.Tag) (inbox.Tag, error) {
	row := tagRow{WorkspaceID: viewer.WorkspaceID, Name: t.Name, Color: t.Color, Archived: t.Archived}
	err := s.RunTx(ctx, func(tx *Tx) error {
		err := tx.Create(&row).Error
		tx.Change(viewer.WorkspaceID, inbox.TagChanged, int64(row.ID), 0)
		return err
	})
	return row.tag(), sameName(err, "标签", "tag")
}

// ChangeTag renames, recolours or archives a tag; what was tagged stays tagged.
func (s *Store) ChangeTag(ctx context.Context, viewer inbox.Agent, t inbox.Tag) (inbox.Tag, error) {
	err := s.RunTx(ctx, func(tx *Tx) error {
		if _, err := tx.tagName(viewer.WorkspaceID, t.ID); err != nil {
			return err
		}
		tx.Change(viewer.WorkspaceID, inbox.TagChanged, int64(t.ID), 0)
		return tx.Table("tags").Where("workspace_id = ? AND id = ?", viewer.WorkspaceID, t.ID).
			Updates(map[string]any{"name": t.Name, "color": t.Color, "archived": t.Archived}).Error
	})
	t.WorkspaceID = viewer.WorkspaceID
	return t, sameName(err, "标签", "tag")
}

func sameName(err error, zh, en string) error {
	if duplicate(err) {
		return &inbox.Error{Code: inbox.Conflict, Field: "name", ZH: "已有同名的" + zh + "，请换一个名称", EN: "there is a " + en + " of this name already: choose another name"}
	}
	return err
}

type ruleListRow struct {
	WorkspaceID inbox.WorkspaceID
	Version     int64
	Rules       string
	AuthorID    ref[inbox.AgentID]
	CreatedAt   at
}

func (ruleListRow) TableName() string { return "rule_lists" }

// Rules is the list in force; version 0 is the empty one every workspace starts with.
func (s *Store) Rules(ctx context.Context, viewer inbox.Agent) (inbox.RuleList, error) {
	return s.rules(s.reading(ctx), viewer.WorkspaceID)
}

func (s *Store) rules(db *gorm.DB, w inbox.WorkspaceID) (inbox.RuleList, error) {
	var row ruleListRow
	err := db.Where("workspace_id = ?", w).Order("version DESC").Take(&row).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return inbox.RuleList{WorkspaceID: w, Rules: []inbox.Rule{}}, nil
	}
	if err != nil {
		return inbox.RuleList{}, err
	}
	list := inbox.RuleList{WorkspaceID: w, Version: row.Version, AuthorID: row.AuthorID.ID, CreatedAt: row.CreatedAt.Time}
	return list, json.Unmarshal([]byte(row.Rules), &list.Rules)
}

// PublishRules makes the next version, if the one in force is still the one that was read.
func (s *Store) PublishRules(ctx context.Context, viewer inbox.Agent, l inbox.RuleList) (inbox.RuleList, error) {
	stale := &inbox.Error{Code: inbox.Conflict, ZH: "规则刚刚被同事更新过，请刷新后再改", EN: "a colleague has just published other rules: reload, then change them again"}
	current, err := s.Rules(ctx, viewer)
	if err != nil {
		return l, err
	}
	if current.Version != l.Version {
		return l, stale
	}
	l.WorkspaceID, l.Version, l.AuthorID = viewer.WorkspaceID, l.Version+1, viewer.ID
	err = s.RunTx(ctx, func(tx *Tx) error {
		l.CreatedAt = tx.now
		tx.Change(viewer.WorkspaceID, inbox.RulesChanged, l.Version, 0)
		return tx.Create(&ruleListRow{WorkspaceID: l.WorkspaceID, Version: l.Version, Rules: string(jsonOf(l.Rules)), AuthorID: ref[inbox.AgentID]{viewer.ID}, CreatedAt: at{tx.now}}).Error
	})
	if duplicate(err) {
		return l, stale
	}
	return l, err
}
