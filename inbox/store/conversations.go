package store

import (
	"context"
	"errors"
	"time"

	"weibox/inbox"

	"gorm.io/gorm"
)

// Conversations is a page of the list, newest activity first. Where the viewer sees only some accounts, each account's newest are read from
// its own index and merged: quiet accounts then cost no scan over busy ones.
func (s *Store) Conversations(ctx context.Context, viewer inbox.Agent, f inbox.ConversationFilter) ([]inbox.Conversation, error) {
	accounts, all := sight(viewer, f.Accounts)
	if len(accounts) == 0 && !all {
		return nil, nil
	}
	q, err := s.shown(s.reading(ctx), viewer, f, accounts, all)
	if err != nil {
		return nil, err
	}
	order := "last_activity_at DESC, id DESC"
	if f.Closing {
		order = "window_until, id"
	}
	var rows []conversationRow
	if err := q.Order(order).Limit(f.Limit).Find(&rows).Error; err != nil {
		return nil, err
	}
	return s.dressed(ctx, viewer, rows)
}

// shown chooses the rows of the page, not yet in order.
func (s *Store) shown(db *gorm.DB, viewer inbox.Agent, f inbox.ConversationFilter, accounts []inbox.AccountID, all bool) (*gorm.DB, error) {
	switch {
	case f.Closing:
		q := closing(page(db.Model(&conversationRow{}), viewer, f), f, s.now())
		if !all {
			q = q.Where("account_id IN ?", accounts)
		}
		return q, nil
	case all:
		return page(db.Model(&conversationRow{}), viewer, f), nil
	case len(f.IDs) > 0:
		return page(db.Model(&conversationRow{}), viewer, f).Where("account_id IN ?", accounts), nil
	}
	ids, err := s.newest(db, viewer, f, accounts)
	return db.Where("workspace_id = ? AND id IN ?", viewer.WorkspaceID, ids), err
}

// sight is which accounts the page is about: all of the workspace, or a list. Asking for accounts out of sight finds nothing in them.
func sight(viewer inbox.Agent, asked []inbox.AccountID) (accounts []inbox.AccountID, all bool) {
	switch {
	case viewer.AllAccounts && len(asked) == 0:
		return nil, true
	case viewer.AllAccounts:
		return asked, false
	case len(asked) == 0:
		return viewer.AccountIDs, false
	}
	for _, id := range asked {
		if viewer.Sees(id) {
			accounts = append(accounts, id)
		}
	}
	return accounts, false
}

// closing keeps conversations whose window is still open, after a place in their order.
func closing(q *gorm.DB, f inbox.ConversationFilter, now time.Time) *gorm.DB {
	q = q.Where("window_until > ?", at{now})
	if !f.Before.At.IsZero() {
		q = q.Where("window_until >= ? AND (window_until > ? OR id > ?)", at{f.Before.At}, at{f.Before.At}, f.Before.ID)
	}
	return q
}

// newest finds each account's newest ids in that account's own index and unites them; only rows that are shown are read.
func (s *Store) newest(db *gorm.DB, viewer inbox.Agent, f inbox.ConversationFilter, accounts []inbox.AccountID) (ids []inbox.ConversationID, err error) {
	parts, union := make([]any, 0, len(accounts)), ""
	for i, id := range accounts {
		if i > 0 {
			union += " UNION ALL "
		}
		union += "SELECT id, last_activity_at FROM (?) a" + inbox.AccountID(i+1).String()
		parts = append(parts, page(db.Table("conversations "+s.byIndex("conversations_by_account")), viewer, f).Select("id, last_activity_at").
			Where("account_id = ?", id).Order("last_activity_at DESC, id DESC").Limit(f.Limit))
	}
	err = db.Raw("SELECT id FROM ("+union+") page ORDER BY last_activity_at DESC, id DESC LIMIT ?", append(parts, f.Limit)...).Scan(&ids).Error
	return ids, err
}

// byIndex makes the engine use an index that only we know to be right: its statistics do not say that each part of the union wants so few rows.
func (s *Store) byIndex(name string) string {
	if s.Engine == SQLite {
		return "INDEXED BY " + name
	}
	return "FORCE INDEX (" + name + ")"
}

// page restricts the conversations table to what a filter asks for.
func page(db *gorm.DB, viewer inbox.Agent, f inbox.ConversationFilter) *gorm.DB {
	q := db.Where("workspace_id = ?", viewer.WorkspaceID)
	if len(f.IDs) > 0 {
		return q.Where("id IN ?", f.IDs)
	}
	if f.State != "" {
		q = q.Where("state = ?", string(f.State))
	} else {
		q = q.Where("state IN ?", []string{string(inbox.Open), string(inbox.Snoozed), string(inbox.Resolved)})
	}
	switch f.View {
	case inbox.ViewMine:
		q = q.Where("assignee_id = ?", viewer.ID)
	case inbox.ViewUnassigned:
		q = q.Where("assignee_id IS NULL")
	}
	if f.Assignee != 0 {
		q = q.Where("assignee_id = ?", f.Assignee)
	}
	if f.SkillGroup != 0 {
		q = q.Where("skill_group_id = ?", f.SkillGroup)
	}
	if len(f.Kinds) > 0 {
		q = q.Where("kind IN ?", f.Kinds)
	}
	if f.Awaiting {
		q = q.Where("waiting_since IS NOT NULL")
	}
	if f.Tag != 0 {
		q = q.Where("EXISTS (SELECT 1 FROM conversation_tags t WHERE t.conversation_id = conversations.id AND t.tag_id = ?)", f.Tag)
	}
	if !f.Before.At.IsZero() && !f.Closing {
		// Written so that the first part is a range of the index; a comparison of pairs is not used as one by MariaDB.
		q = q.Where("last_activity_at <= ? AND (last_activity_at < ? OR id < ?)", at{f.Before.At}, at{f.Before.At}, f.Before.ID)
	}
	return q
}

// Conversation is one conversation with everything the page shows about it.
func (s *Store) Conversation(ctx context.Context, viewer inbox.Agent, id inbox.ConversationID) (inbox.Conversation, error) {
	var row conversationRow
	err := s.reading(ctx).Where("workspace_id = ? AND id = ?", viewer.WorkspaceID, id).Take(&row).Error
	if err == nil && !viewer.Sees(row.AccountID) {
		err = gorm.ErrRecordNotFound
	}
	if err != nil {
		return inbox.Conversation{}, oneRow(err, "会话", "conversation")
	}
	dressed, err := s.dressed(ctx, viewer, []conversationRow{row})
	if err != nil {
		return inbox.Conversation{}, err
	}
	return dressed[0], nil
}

// dressed adds to the rows what stands in other tables, with one query a table whatever the number of rows.
func (s *Store) dressed(ctx context.Context, viewer inbox.Agent, rows []conversationRow) ([]inbox.Conversation, error) {
	list := make([]inbox.Conversation, len(rows))
	for i, row := range rows {
		list[i] = row.conversation()
	}
	if len(list) == 0 {
		return list, nil
	}
	d := &dresser{db: s.reading(ctx), viewer: viewer, list: list}
	for _, add := range []func() error{d.contacts, d.windows, d.posts, d.tags, d.names, d.problems, d.unread} {
		if err := add(); err != nil {
			return nil, err
		}
	}
	return list, nil
}

type dresser struct {
	db     *gorm.DB
	viewer inbox.Agent
	list   []inbox.Conversation
}

func (d *dresser) ids() []inbox.ConversationID {
	ids := make([]inbox.ConversationID, len(d.list))
	for i, c := range d.list {
		ids[i] = c.ID
	}
	return ids
}

func (d *dresser) contactIDs() []inbox.ContactID {
	ids := make([]inbox.ContactID, len(d.list))
	for i, c := range d.list {
		ids[i] = c.ContactID
	}
	return ids
}

func (d *dresser) scoped() *gorm.DB { return d.db.Where("workspace_id = ?", d.viewer.WorkspaceID) }

func (d *dresser) contacts() error {
	var rows []contactRow
	if err := d.scoped().Where("id IN ?", d.contactIDs()).Find(&rows).Error; err != nil {
		return err
	}
	byID := map[inbox.ContactID]inbox.Contact{}
	for _, row := range rows {
		byID[row.ID] = row.contact()
	}
	for i := range d.list {
		d.list[i].Contact = byID[d.list[i].ContactID]
	}
	return nil
}

func (d *dresser) windows() error {
	var rows []contactAccountRow
	if err := d.scoped().Where("contact_id IN ?", d.contactIDs()).Find(&rows).Error; err != nil {
		return err
	}
	byKey := map[windowKey]inbox.ContactAccount{}
	for _, row := range rows {
		byKey[windowKey{row.AccountID, row.ContactID}] = row.contactAccount()
	}
	for i := range d.list {
		c := &d.list[i]
		c.Counted = byKey[windowKey{c.AccountID, c.ContactID}]
		c.Contact.FollowsUs = c.Counted.FollowsUs
	}
	return nil
}

func (d *dresser) posts() error {
	wanted := []string{}
	for _, c := range d.list {
		if id, ok := c.Place.Post(); ok {
			wanted = append(wanted, string(id))
		}
	}
	if len(wanted) == 0 {
		return nil
	}
	var rows []postRow
	if err := d.scoped().Where("external_id IN ?", wanted).Find(&rows).Error; err != nil {
		return err
	}
	for i := range d.list {
		c := &d.list[i]
		id, _ := c.Place.Post()
		for _, row := range rows {
			if row.AccountID == c.AccountID && row.ExternalID == string(id) {
				c.Post = row.post()
			}
		}
	}
	return nil
}

func (d *dresser) tags() error {
	var rows []conversationTagRow
	if err := d.scoped().Where("conversation_id IN ?", d.ids()).Order("created_at, tag_id").Find(&rows).Error; err != nil {
		return err
	}
	for i := range d.list {
		for _, row := range rows {
			if row.ConversationID == d.list[i].ID {
				d.list[i].TagIDs = append(d.list[i].TagIDs, row.TagID)
			}
		}
	}
	return nil
}

func (d *dresser) names() error {
	agents, err := agentNames(d.db, d.viewer.WorkspaceID)
	if err != nil {
		return err
	}
	var groups []struct {
		ID   inbox.SkillGroupID
		Name string
	}
	if err := d.scoped().Table("skill_groups").Find(&groups).Error; err != nil {
		return err
	}
	for i := range d.list {
		c := &d.list[i]
		c.AssigneeName = agents[c.AssigneeID]
		for _, g := range groups {
			if g.ID == c.SkillGroupID {
				c.GroupName = g.Name
			}
		}
	}
	return nil
}

// problems marks conversations whose newest reply did not surely arrive.
func (d *dresser) problems() error {
	var rows []outboxRow
	newest := d.scoped().Model(&outboxRow{}).Select("MAX(id)").Where("conversation_id IN ? AND state <> ?", d.ids(), string(inbox.Cancelled)).Group("conversation_id")
	err := d.scoped().Select("conversation_id", "state").Where("id IN (?) AND state IN ?", newest, []string{string(inbox.Failed), string(inbox.Unknown)}).Find(&rows).Error
	if err != nil {
		return err
	}
	for i := range d.list {
		for _, row := range rows {
			if row.ConversationID == d.list[i].ID {
				d.list[i].Problem = inbox.ReplyState(row.State)
			}
		}
	}
	return nil
}

func (d *dresser) unread() error {
	var rows []readMarkRow
	if err := d.scoped().Where("agent_id = ? AND conversation_id IN ?", d.viewer.ID, d.ids()).Find(&rows).Error; err != nil {
		return err
	}
	read := map[inbox.ConversationID]int{}
	for _, row := range rows {
		read[row.ConversationID] = row.InboundCount
	}
	for i := range d.list {
		d.list[i].Unread = max(0, d.list[i].InboundCount-read[d.list[i].ID])
	}
	return nil
}

// countCap bounds what a count may cost; the page shows 999+ above it.
const countCap = 1000

// ConversationCounts counts open conversations by view, each up to the cap.
func (s *Store) ConversationCounts(ctx context.Context, viewer inbox.Agent) (inbox.ConversationCounts, error) {
	var counts inbox.ConversationCounts
	accounts, all := sight(viewer, nil)
	if len(accounts) == 0 && !all {
		return counts, nil
	}
	for _, cut := range []struct {
		into   *int
		filter inbox.ConversationFilter
	}{
		{&counts.Mine, inbox.ConversationFilter{View: inbox.ViewMine}},
		{&counts.Unassigned, inbox.ConversationFilter{View: inbox.ViewUnassigned}},
		{&counts.All, inbox.ConversationFilter{View: inbox.ViewAll}},
		{&counts.AwaitingMine, inbox.ConversationFilter{View: inbox.ViewMine, Awaiting: true}},
	} {
		cut.filter.State = inbox.Open
		q := page(s.reading(ctx).Model(&conversationRow{}), viewer, cut.filter).Select("id")
		if !all {
			q = q.Where("account_id IN ?", accounts)
		}
		var n int64
		if err := s.reading(ctx).Table("(?) AS some", q.Limit(countCap)).Count(&n).Error; err != nil {
			return counts, err
		}
		*cut.into = int(n)
	}
	return counts, nil
}

// MarkRead remembers how far the viewer has read. Reading an older message again takes nothing back.
func (s *Store) MarkRead(ctx context.Context, viewer inbox.Agent, id inbox.ConversationID, upTo inbox.MessageID) error {
	return s.RunTx(ctx, func(tx *Tx) error {
		row, err := tx.visibleConversation(viewer, id)
		if err != nil {
			return err
		}
		var later int64
		err = tx.Table("messages").Where("workspace_id = ? AND conversation_id = ? AND id > ? AND direction = ? AND object <> ? AND imported = ?",
			viewer.WorkspaceID, id, upTo, string(inbox.In), string(inbox.ObjectEvent), false).Count(&later).Error
		if err != nil {
			return err
		}
		mark := readMarkRow{AgentID: viewer.ID, ConversationID: id, WorkspaceID: viewer.WorkspaceID, MessageID: upTo, InboundCount: row.InboundCount - int(later)}
		return tx.raiseMark(mark)
	})
}

func (tx *Tx) raiseMark(mark readMarkRow) error {
	done := tx.Table("read_marks").Where("workspace_id = ? AND agent_id = ? AND conversation_id = ? AND inbound_count < ?", mark.WorkspaceID, mark.AgentID,
		mark.ConversationID, mark.InboundCount).Updates(map[string]any{"message_id": mark.MessageID, "inbound_count": mark.InboundCount})
	if done.Error != nil || done.RowsAffected > 0 {
		return done.Error
	}
	err := tx.Create(&mark).Error
	if duplicate(err) {
		return nil // it stands further already
	}
	return err
}

type readMarkRow struct {
	AgentID        inbox.AgentID
	ConversationID inbox.ConversationID
	WorkspaceID    inbox.WorkspaceID
	MessageID      inbox.MessageID
	InboundCount   int
}

func (readMarkRow) TableName() string { return "read_marks" }

type conversationTagRow struct {
	WorkspaceID    inbox.WorkspaceID
	ConversationID inbox.ConversationID
	TagID          inbox.TagID
	AuthorID       ref[inbox.AgentID]
	CreatedAt      at
}

func (conversationTagRow) TableName() string { return "conversation_tags" }

// agentNames are the names of everybody in the workspace; a workspace has few people.
func agentNames(db *gorm.DB, w inbox.WorkspaceID) (map[inbox.AgentID]string, error) {
	var rows []struct {
		ID   inbox.AgentID
		Name string
	}
	err := db.Raw("SELECT a.id AS id, u.name AS name FROM agents a JOIN users u ON u.id = a.user_id WHERE a.workspace_id = ?", w).Scan(&rows).Error
	names := make(map[inbox.AgentID]string, len(rows))
	for _, row := range rows {
		names[row.ID] = row.Name
	}
	return names, err
}

// visibleConversation reads a conversation the viewer may see, without a lock.
func (tx *Tx) visibleConversation(viewer inbox.Agent, id inbox.ConversationID) (conversationRow, error) {
	return visible(tx.DB, viewer, id)
}

// lockConversation reads it with a lock: what is decided from it holds until the commit.
func (tx *Tx) lockConversation(viewer inbox.Agent, id inbox.ConversationID) (conversationRow, error) {
	return visible(tx.forUpdate(), viewer, id)
}

func visible(db *gorm.DB, viewer inbox.Agent, id inbox.ConversationID) (conversationRow, error) {
	var row conversationRow
	err := db.Where("workspace_id = ? AND id = ?", viewer.WorkspaceID, id).Take(&row).Error
	if err == nil && !viewer.Sees(row.AccountID) {
		err = gorm.ErrRecordNotFound
	}
	return row, oneRow(err, "会话", "conversation")
}

// loadCounterparts adds the contact and the reply window of the account to a conversation.
func (tx *Tx) loadCounterparts(c *inbox.Conversation) error {
	var contact contactRow
	if err := tx.Where("workspace_id = ? AND id = ?", c.WorkspaceID, c.ContactID).Take(&contact).Error; err != nil {
		return err
	}
	c.Contact = contact.contact()
	var window contactAccountRow
	err := tx.Where("workspace_id = ? AND account_id = ? AND contact_id = ?", c.WorkspaceID, c.AccountID, c.ContactID).Take(&window).Error
	if err != nil && !errors.Is(err, gorm.ErrRecordNotFound) {
		return err
	}
	c.Counted = window.contactAccount()
	return nil
}
