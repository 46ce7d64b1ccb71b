package store

import (
	"cmp"
	"encoding/json"
	"slices"
	"strings"
	"time"

	"weibox/inbox"

	"gorm.io/gorm/clause"
)

// findPosts keeps the newest sighting of each post that something stands under.
func (in *ingest) findPosts() error {
	seen := map[messageKey]*postRow{}
	for _, a := range in.items {
		if p := a.Post; p != nil && p.ExternalID != "" {
			seen[messageKey{a.account.ID, "post", string(p.ExternalID)}] = postRowOf(a.account, *p)
		}
	}
	if len(seen) == 0 {
		return nil
	}
	rows := make([]*postRow, 0, len(seen))
	for _, row := range seen {
		rows = append(rows, row)
	}
	slices.SortFunc(rows, func(a, b *postRow) int {
		return cmp.Or(cmp.Compare(a.AccountID, b.AccountID), strings.Compare(a.ExternalID, b.ExternalID))
	})
	return in.Clauses(clause.OnConflict{Columns: []clause.Column{{Name: "account_id"}, {Name: "external_id"}},
		DoUpdates: clause.AssignmentColumns([]string{"author_name", "text", "pictures", "deleted"})}).CreateInBatches(&rows, 100).Error
}

func postRowOf(account inbox.Account, p inbox.PostSighting) *postRow {
	pictures := p.Pictures
	if pictures == nil {
		pictures = []string{}
	}
	return &postRow{WorkspaceID: account.WorkspaceID, AccountID: account.ID, ExternalID: string(p.ExternalID), AuthorID: string(p.AuthorID),
		AuthorName: clip(p.AuthorName, 200), Text: strings.ToValidUTF8(p.Text, "\uFFFD"), PostedAt: at{p.At}, URL: p.URL,
		Pictures: string(jsonOf(pictures)), Deleted: p.Deleted}
}

// findTruePlaces gives an announcement the place of the comment it announces, where that was read before or stands in this group: it must not
// leave an empty conversation behind.
func (in *ingest) findTruePlaces() error {
	announced := map[messageKey][]*arrival{}
	for _, a := range in.items {
		if a.Place.Provisional() {
			announced[a.messageKey()] = append(announced[a.messageKey()], a)
		}
	}
	if len(announced) == 0 {
		return nil
	}
	for _, a := range in.items {
		if !a.Place.Provisional() {
			for _, same := range announced[a.messageKey()] {
				same.Place, same.Post, same.Parent = a.Place, a.Post, a.Parent
			}
		}
	}
	return in.placesOfKnown(announced)
}

func (in *ingest) placesOfKnown(announced map[messageKey][]*arrival) error {
	wanted := map[inbox.AccountID][]string{}
	for k := range announced {
		wanted[k.account] = append(wanted[k.account], k.externalID)
	}
	for account, ids := range wanted {
		var rows []struct {
			ExternalID string
			Place      string
		}
		err := in.Raw("SELECT m.external_id, c.place FROM messages m JOIN conversations c ON c.id = m.conversation_id "+
			"WHERE m.workspace_id IN ? AND m.account_id = ? AND m.object = ? AND m.external_id IN ?", in.out.Workspaces, account, string(inbox.ObjectComment), ids).Scan(&rows).Error
		if err != nil {
			return err
		}
		for _, row := range rows {
			for _, a := range announced[messageKey{account, string(inbox.ObjectComment), row.ExternalID}] {
				if a.Place.Provisional() {
					a.Place = inbox.Place(row.Place)
				}
			}
		}
	}
	return nil
}

// findConversations makes the conversations that are missing and locks them all, in the order of their ids.
func (in *ingest) findConversations() error {
	for _, a := range in.items {
		k := a.talkKey()
		if in.talks[k] == nil {
			in.talks[k] = &inbox.Conversation{WorkspaceID: a.account.WorkspaceID, AccountID: k.account, ContactID: k.contact, Place: a.Place,
				Kind: a.Kind, State: inbox.Resolved, SnippetFrom: inbox.In}
		}
	}
	if err := in.lockConversations(); err != nil {
		return err
	}
	var missing []conversationRow
	for _, c := range in.talks {
		if c.ID == 0 {
			c.LastActivityAt = time.UnixMilli(0).UTC()
			missing = append(missing, conversationRowOf(*c))
		}
	}
	if len(missing) > 0 {
		slices.SortFunc(missing, func(a, b conversationRow) int {
			return cmp.Or(cmp.Compare(a.AccountID, b.AccountID), cmp.Compare(a.ContactID, b.ContactID), strings.Compare(a.Place, b.Place))
		})
		if err := in.addMissing(&missing, len(missing)); err != nil {
			return err
		}
		if err := in.lockConversations(); err != nil {
			return err
		}
	}
	for _, a := range in.items {
		a.talk = in.talks[a.talkKey()]
	}
	return nil
}

func (a *arrival) talkKey() talkKey { return talkKey{a.account.ID, a.contact, string(a.Place)} }

func (in *ingest) lockConversations() error {
	type account struct {
		workspace inbox.WorkspaceID
		id        inbox.AccountID
	}
	contacts := map[account][]inbox.ContactID{}
	for k, c := range in.talks {
		if c.ID == 0 {
			contacts[account{c.WorkspaceID, k.account}] = append(contacts[account{c.WorkspaceID, k.account}], k.contact)
		}
	}
	var ids []inbox.ConversationID
	for acc, list := range contacts {
		var found []conversationRow
		err := in.Select("id", "account_id", "contact_id", "place").Where("workspace_id = ? AND account_id = ? AND contact_id IN ?", acc.workspace, acc.id, list).
			Find(&found).Error
		if err != nil {
			return err
		}
		for _, row := range found {
			if in.talks[talkKey{row.AccountID, row.ContactID, row.Place}] != nil {
				ids = append(ids, row.ID)
			}
		}
	}
	if len(ids) == 0 {
		return nil
	}
	slices.Sort(ids)
	var rows []conversationRow
	if err := in.forUpdate().Where("workspace_id IN ? AND id IN ?", in.out.Workspaces, ids).Order("id").Find(&rows).Error; err != nil {
		return err
	}
	for _, row := range rows {
		*in.talks[talkKey{row.AccountID, row.ContactID, row.Place}] = row.conversation()
	}
	return nil
}

// settlePlace gives a conversation that was opened by a mere announcement its true place, unless one is held there already.
func (in *ingest) settlePlace(provisional inbox.ConversationID, a *arrival) error {
	if a.talk.EpisodeNumber > 0 || a.talk.InboundCount > 0 {
		return nil
	}
	var row conversationRow
	err := in.forUpdate().Where("workspace_id = ? AND id = ?", a.account.WorkspaceID, provisional).Take(&row).Error
	if err != nil || !inbox.Place(row.Place).Provisional() {
		return err
	}
	removed := in.Exec("DELETE FROM conversations WHERE workspace_id = ? AND id = ? AND NOT EXISTS "+
		"(SELECT 1 FROM messages WHERE conversation_id = ?)", a.account.WorkspaceID, a.talk.ID, a.talk.ID)
	if removed.Error != nil || removed.RowsAffected == 0 {
		return removed.Error
	}
	*a.talk = row.conversation()
	a.talk.Place = a.Place
	return in.Exec("UPDATE conversations SET place = ? WHERE workspace_id = ? AND id = ?",
		string(a.Place), a.account.WorkspaceID, row.ID).Error
}

// receive lets each conversation hear its new messages, opens episodes and writes the journal.
func (in *ingest) receive() error {
	opened := map[inbox.ConversationID]*arrival{}
	for _, a := range in.fresh() {
		m := a.message.message()
		what := a.talk.Receive(m, in.now)
		in.changed[a.talk.ID] = true
		in.out.Outcomes[a.batch].New++
		if what.Opened {
			opened[a.talk.ID] = a
		}
		if m.Direction == inbox.In && m.Object != inbox.ObjectEvent && !m.Imported {
			in.out.Triage[m.WorkspaceID] = append(in.out.Triage[m.WorkspaceID], m.ID)
		}
	}
	if err := in.openEpisodes(opened); err != nil {
		return err
	}
	for _, a := range in.fresh() {
		in.journal(a)
	}
	return in.writeConversations()
}

func (in *ingest) openEpisodes(opened map[inbox.ConversationID]*arrival) error {
	if len(opened) == 0 {
		return nil
	}
	rows := make([]episodeRow, 0, len(opened))
	ids := sortedKeys(opened)
	for _, id := range ids {
		c := opened[id].talk
		rows = append(rows, episodeRow{WorkspaceID: c.WorkspaceID, ConversationID: c.ID, Number: c.EpisodeNumber, OpenedAt: at{in.now}, Reopened: c.EpisodeNumber > 1})
	}
	if err := in.addMissing(&rows, len(rows)); err != nil {
		return err
	}
	var stored []episodeRow
	if err := in.Where("workspace_id IN ? AND conversation_id IN ?", in.out.Workspaces, ids).Order("number").Find(&stored).Error; err != nil {
		return err
	}
	for _, row := range stored {
		c := opened[row.ConversationID].talk
		if row.Number == c.EpisodeNumber {
			c.EpisodeID = row.ID
		}
	}
	for _, id := range ids {
		in.journalOpening(opened[id].talk, opened[id].imported)
	}
	return nil
}

func (in *ingest) journalOpening(c *inbox.Conversation, imported bool) {
	f := inbox.Fact{WorkspaceID: c.WorkspaceID, AccountID: c.AccountID, ConversationID: c.ID, EpisodeID: c.EpisodeID, Kind: inbox.ConversationOpened,
		Data: jsonOf(map[string]any{"number": c.EpisodeNumber, "imported": imported})}
	if c.EpisodeNumber > 1 {
		f.Kind, f.Why = inbox.ConversationReopened, inbox.Sentence{ZH: "粉丝再次来信，会话重新打开", EN: "The fan wrote again: the conversation is open again"}
	}
	in.Fact(f)
}

func (in *ingest) journal(a *arrival) {
	f := inbox.Fact{WorkspaceID: a.account.WorkspaceID, At: a.At, Kind: inbox.MessageReceived, AccountID: a.account.ID, ConversationID: a.talk.ID,
		EpisodeID: a.talk.EpisodeID, MessageID: a.message.ID}
	if a.Direction == inbox.Out {
		f.Kind = inbox.AnsweredElsewhere
	}
	if a.imported {
		f.Data = json.RawMessage(`{"imported":true}`)
	}
	in.Fact(f)
	in.Change(f.WorkspaceID, inbox.MessagesChanged, int64(a.talk.ID), a.account.ID)
	in.Change(f.WorkspaceID, inbox.ConversationChanged, int64(a.talk.ID), a.account.ID)
}

// heardColumns are all that hearing a message can change; what people decide is not among them, except by opening.
var heardColumns = []string{"kind", "state", "assignee_id", "skill_group_id", "episode_id", "episode_number", "last_activity_at", "last_in_id",
	"last_in_at", "last_out_id", "last_out_at", "waiting_since", "window_until", "snippet", "snippet_from", "inbound_count", "version"}

// writeConversations writes the changed conversations; their rows have been locked since they were read.
func (in *ingest) writeConversations() error {
	rows := make([]conversationRow, 0, len(in.changed))
	for _, c := range in.talks {
		if in.changed[c.ID] {
			rows = append(rows, conversationRowOf(*c))
		}
	}
	if len(rows) == 0 {
		return nil
	}
	slices.SortFunc(rows, func(a, b conversationRow) int { return cmp.Compare(a.ID, b.ID) })
	return in.Clauses(clause.OnConflict{Columns: []clause.Column{{Name: "id"}}, DoUpdates: clause.AssignmentColumns(heardColumns)}).
		CreateInBatches(&rows, 100).Error
}
