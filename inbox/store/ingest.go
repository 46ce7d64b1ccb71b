package store

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"slices"
	"strings"
	"time"

	"weibox/inbox"
	"weibox/inbox/faults"

	"gorm.io/gorm/clause"
)

// ingest is one transaction of the way in. Its steps each take the whole group; the number of statements does not grow with it.
type ingest struct {
	*Tx
	batches []inbox.Batch
	out     inbox.Committed

	items     []*arrival
	contacts  map[contactKey]*contactRow
	windows   map[windowKey]*inbox.ContactAccount
	talks     map[talkKey]*inbox.Conversation
	changed   map[inbox.ConversationID]bool
	sightings map[messageKey]*arrival // the first sighting of each key in this group
	lessons   []int                   // batches whose cursor moved and that teach how often news comes
}

// arrival is one sighting on its way through the steps.
type arrival struct {
	inbox.Inbound
	account  inbox.Account
	imported bool
	batch    int
	contact  inbox.ContactID
	talk     *inbox.Conversation
	message  messageRow
	isNew    bool
}

type (
	contactKey struct {
		workspace       inbox.WorkspaceID
		platform, realm string
		externalID      string
	}
	windowKey struct {
		account inbox.AccountID
		contact inbox.ContactID
	}
	talkKey struct {
		account inbox.AccountID
		contact inbox.ContactID
		place   string
	}
	messageKey struct {
		account    inbox.AccountID
		object     string
		externalID string
	}
)

// ingestSteps is the life of a group of batches, in order.
var ingestSteps = []func(*ingest) error{
	(*ingest).touchAccounts, // first: what refers to an account holds its row too
	(*ingest).keepRejects,
	(*ingest).moveCursors,
	(*ingest).findContacts,
	(*ingest).findPosts,
	(*ingest).findTruePlaces,
	(*ingest).findConversations, // and lock them: one writer owns a conversation, whatever the order of arrival
	(*ingest).findKnown,         // a second sighting of a message ends here
	(*ingest).recogniseEchoes,   // what we sent ourselves comes back by polling
	(*ingest).addMessages,
	(*ingest).addAttachments,
	(*ingest).moveWindows,
	(*ingest).receive,
	(*ingest).learnPaces,
}

// Ingest stores all batches in one transaction: contacts, posts, conversations, messages, facts, cursors and dead letters.
func (s *Store) Ingest(ctx context.Context, batches []inbox.Batch) (inbox.Committed, error) {
	var out inbox.Committed
	err := s.runTx(ctx, s.write, func(tx *Tx) error {
		in := newIngest(tx, batches)
		for _, step := range ingestSteps {
			if err := step(in); err != nil {
				return err
			}
			faults.Point("ingest.step") // each in its turn
		}
		out = in.out
		return nil
	})
	if err == nil && s.watch != nil {
		for i, b := range batches {
			s.watch.Ingested(b, out.Outcomes[i], s.now())
		}
	}
	return out, err
}

func newIngest(tx *Tx, batches []inbox.Batch) *ingest {
	in := &ingest{Tx: tx, batches: batches, contacts: map[contactKey]*contactRow{}, windows: map[windowKey]*inbox.ContactAccount{},
		talks: map[talkKey]*inbox.Conversation{}, changed: map[inbox.ConversationID]bool{}, sightings: map[messageKey]*arrival{}}
	in.out = inbox.Committed{Outcomes: make([]inbox.Outcome, len(batches)), Triage: map[inbox.WorkspaceID][]inbox.MessageID{},
		Media: map[inbox.WorkspaceID][]inbox.MediaID{}, Profiles: map[inbox.WorkspaceID][]inbox.ContactID{}}
	workspaces := map[inbox.WorkspaceID]bool{}
	for i, b := range batches {
		workspaces[b.Account.WorkspaceID] = true
		for _, item := range b.Items {
			item.Text = strings.ToValidUTF8(item.Text, "\uFFFD")
			in.items = append(in.items, &arrival{Inbound: item, account: b.Account, imported: b.Imported, batch: i})
		}
	}
	in.out.Workspaces = sortedKeys(workspaces)
	return in
}

// keepRejects stores whole what could not be read. A re-read overlap meets the same item again; it is kept once.
func (in *ingest) keepRejects() error {
	var rows []deadLetterRow
	for i, b := range in.batches {
		for _, r := range b.Rejects {
			in.out.Outcomes[i].Rejected++
			rows = append(rows, deadLetterRow{WorkspaceID: b.Account.WorkspaceID, AccountID: b.Account.ID, Source: b.Origin, Reason: clip(r.Err.Error(), 1000),
				Raw: r.Raw, RawHash: hashOf(r.Raw), CreatedAt: at{in.now}})
			in.Change(b.Account.WorkspaceID, inbox.AccountChanged, int64(b.Account.ID), b.Account.ID)
		}
	}
	return in.addMissing(&rows, len(rows))
}

// addMissing inserts what is not there yet. The ids it leaves in rows are not to be trusted (docs: engines), so callers read them back.
func (in *ingest) addMissing(rows any, n int) error {
	if n == 0 {
		return nil
	}
	return in.Clauses(clause.OnConflict{DoNothing: true}).CreateInBatches(rows, 100).Error
}

func hashOf(raw []byte) string {
	sum := sha256.Sum256(raw)
	return hex.EncodeToString(sum[:])
}

func clip(text string, n int) string {
	if runes := []rune(text); len(runes) > n {
		return string(runes[:n])
	}
	return text
}

func jsonOf(v any) json.RawMessage {
	text, err := json.Marshal(v)
	if err != nil {
		panic(err) // only our own plain values come here
	}
	return text
}

// findContacts adds fans we have not met and learns what is new of those we have.
func (in *ingest) findContacts() error {
	for _, a := range in.items {
		k := a.contactKey()
		if row, ok := in.contacts[k]; ok {
			learn(row, a.Contact)
			continue
		}
		row := &contactRow{WorkspaceID: k.workspace, Platform: k.platform, Realm: k.realm, ExternalID: k.externalID}
		learn(row, a.Contact)
		in.contacts[k] = row
	}
	known, err := in.contactsByKey()
	if err != nil {
		return err
	}
	if err := in.addContacts(known); err != nil {
		return err
	}
	if err := in.updateContacts(known); err != nil {
		return err
	}
	for _, a := range in.items {
		a.contact = in.contacts[a.contactKey()].ID
	}
	return nil
}

func (a *arrival) contactKey() contactKey {
	return contactKey{a.account.WorkspaceID, string(a.account.Platform), a.Contact.Realm, string(a.Contact.ExternalID)}
}

// learn takes over what the sighting knows; what it does not know erases nothing.
func learn(row *contactRow, c inbox.ContactSighting) (news bool) {
	news = take(&row.Name, clip(strings.ToValidUTF8(c.Name, ""), 200)) || news
	news = take(&row.AvatarURL, c.AvatarURL) || news
	news = take(&row.ProfileURL, c.ProfileURL) || news
	news = take(&row.Verified, string(c.Verified)) || news
	if c.Followers != nil && (row.Followers == nil || *row.Followers != *c.Followers) {
		row.Followers, news = c.Followers, true
	}
	return news
}

func take(field *string, value string) (news bool) {
	if value == "" || value == *field {
		return false
	}
	*field = value
	return true
}

func (in *ingest) contactsByKey() (map[contactKey]*contactRow, error) {
	type realm struct {
		workspace       inbox.WorkspaceID
		platform, realm string
	}
	wanted := map[realm][]string{}
	for k := range in.contacts {
		r := realm{k.workspace, k.platform, k.realm}
		wanted[r] = append(wanted[r], k.externalID)
	}
	found := map[contactKey]*contactRow{}
	for r, ids := range wanted {
		var rows []*contactRow
		err := in.Where("workspace_id = ? AND platform = ? AND realm = ? AND external_id IN ?", r.workspace, r.platform, r.realm, ids).Find(&rows).Error
		if err != nil {
			return nil, err
		}
		for _, row := range rows {
			found[contactKey{r.workspace, r.platform, r.realm, row.ExternalID}] = row
		}
	}
	return found, nil
}

func (in *ingest) addContacts(known map[contactKey]*contactRow) error {
	var fresh []*contactRow
	for k, row := range in.contacts {
		if known[k] == nil {
			fresh = append(fresh, row)
		}
	}
	if len(fresh) == 0 {
		return nil
	}
	slices.SortFunc(fresh, func(a, b *contactRow) int { return strings.Compare(a.ExternalID, b.ExternalID) })
	if err := in.addMissing(&fresh, len(fresh)); err != nil {
		return err
	}
	stored, err := in.contactsByKey()
	if err != nil {
		return err
	}
	for _, row := range fresh {
		k := contactKey{row.WorkspaceID, row.Platform, row.Realm, row.ExternalID}
		row.ID = stored[k].ID
		if row.Name == "" {
			in.out.Profiles[row.WorkspaceID] = append(in.out.Profiles[row.WorkspaceID], row.ID)
		}
	}
	return nil
}

// updateContacts writes only rows that differ: most sightings tell nothing new.
func (in *ingest) updateContacts(known map[contactKey]*contactRow) error {
	for k, old := range known {
		seen := in.contacts[k]
		news := learn(old, inbox.ContactSighting{Name: seen.Name, AvatarURL: seen.AvatarURL, ProfileURL: seen.ProfileURL,
			Followers: seen.Followers, Verified: inbox.Verified(seen.Verified)})
		in.contacts[k] = old
		if !news {
			continue
		}
		err := in.Table("contacts").Where("workspace_id = ? AND id = ?", old.WorkspaceID, old.ID).Updates(map[string]any{"name": old.Name,
			"avatar_url": old.AvatarURL, "profile_url": old.ProfileURL, "followers": old.Followers, "verified": old.Verified}).Error
		if err != nil {
			return err
		}
	}
	return nil
}

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

// findKnown sorts out sightings of messages we have, and of messages that stand twice in this group.
func (in *ingest) findKnown() error {
	wanted := map[messageKey][]string{}
	for _, a := range in.items {
		k := a.messageKey()
		if first := in.sightings[k]; first != nil {
			first.sightAgain(a.Inbound)
			in.out.Outcomes[a.batch].Known++
			continue
		}
		in.sightings[k], a.isNew = a, true
		group := messageKey{k.account, k.object, ""}
		wanted[group] = append(wanted[group], k.externalID)
	}
	for group, ids := range wanted {
		var rows []messageRow
		err := in.Select("id", "account_id", "workspace_id", "conversation_id", "object", "kind", "external_id", "post_id").
			Where("workspace_id IN ? AND account_id = ? AND object = ? AND external_id IN ?", in.out.Workspaces, group.account, group.object, ids).
			Find(&rows).Error
		if err != nil {
			return err
		}
		for _, row := range rows {
			if err := in.sightKnown(in.sightings[messageKey{row.AccountID, row.Object, string(row.ExternalID)}], row); err != nil {
				return err
			}
		}
	}
	return nil
}

func (a *arrival) messageKey() messageKey {
	return messageKey{a.account.ID, string(a.Object), string(a.ExternalID)}
}

func (a *arrival) sightAgain(other inbox.Inbound) {
	if other.Kind.Outranks(a.Kind) {
		a.Kind = other.Kind
	}
}

// sightKnown learns what a second sighting knows better: that the comment also mentions us, or under which post it stands.
func (in *ingest) sightKnown(a *arrival, row messageRow) error {
	a.isNew = false
	in.out.Outcomes[a.batch].Known++
	fields := map[string]any{}
	if a.Kind.Outranks(inbox.Kind(row.Kind)) {
		fields["kind"] = string(a.Kind)
	}
	if row.PostID == "" && a.Post != nil && row.ConversationID != a.talk.ID {
		fields["post_id"], fields["parent_id"] = string(a.Post.ExternalID), string(a.Parent)
		if err := in.settlePlace(row.ConversationID, a); err != nil {
			return err
		}
	}
	if len(fields) == 0 {
		return nil
	}
	if a.talk.ID == row.ConversationID {
		a.talk.LearnKind(row.ID, a.Kind)
		in.changed[row.ConversationID] = true
	}
	in.touched(inbox.Conversation{WorkspaceID: a.account.WorkspaceID, ID: row.ConversationID, AccountID: a.account.ID})
	return in.Table("messages").Where("workspace_id = ? AND id = ?", row.WorkspaceID, row.ID).Updates(fields).Error
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

// addMessages inserts the new ones and reads their ids back.
func (in *ingest) addMessages() error {
	var rows []*messageRow
	for _, a := range in.fresh() {
		a.message = a.messageRow(in.now)
		rows = append(rows, &a.message)
	}
	if len(rows) == 0 {
		return nil
	}
	if err := in.addMissing(&rows, len(rows)); err != nil {
		return err
	}
	return in.readMessageIDs()
}

func (in *ingest) fresh() []*arrival {
	var list []*arrival
	for _, a := range in.items {
		if a.isNew {
			list = append(list, a)
		}
	}
	return list
}

func (a *arrival) messageRow(now time.Time) messageRow {
	m := inbox.Message{WorkspaceID: a.account.WorkspaceID, AccountID: a.account.ID, ConversationID: a.talk.ID, ContactID: a.contact,
		Object: a.Object, Kind: a.Kind, ExternalID: a.ExternalID, Direction: a.Direction, Origin: inbox.FromFan, Type: clip(a.Type, 40), Text: a.Text,
		ParentID: a.Parent, Event: inbox.EventName(clip(string(a.Event), 40)), SentAt: a.At, CreatedAt: now, Imported: a.imported, Raw: a.Raw}
	if a.Direction == inbox.Out {
		m.Origin = inbox.FromNative
	}
	if a.Post != nil {
		m.PostID = a.Post.ExternalID
	}
	row := messageRowOf(m)
	if a.Direction == inbox.In && a.Object != inbox.ObjectEvent && !a.imported {
		row.TriageAt = at{now}
	}
	return row
}

func (in *ingest) readMessageIDs() error {
	wanted := map[messageKey][]string{}
	for _, a := range in.fresh() {
		group := messageKey{a.account.ID, string(a.Object), ""}
		wanted[group] = append(wanted[group], string(a.ExternalID))
	}
	for group, ids := range wanted {
		var rows []messageRow
		err := in.Select("id", "conversation_id", "external_id").
			Where("workspace_id IN ? AND account_id = ? AND object = ? AND external_id IN ?", in.out.Workspaces, group.account, group.object, ids).
			Find(&rows).Error
		if err != nil {
			return err
		}
		for _, row := range rows {
			a := in.sightings[messageKey{group.account, group.object, string(row.ExternalID)}]
			a.message.ID = row.ID
			// Another process stored it under another conversation between our look and our insert: it is theirs to count.
			a.isNew = row.ConversationID == a.talk.ID
		}
	}
	return nil
}

// addAttachments makes a row for each file a new message refers to; a job fetches it.
func (in *ingest) addAttachments() error {
	for _, a := range in.fresh() {
		for i, sighted := range a.Attachments {
			id, err := in.mediaFor(a.account, sighted)
			if err != nil {
				return err
			}
			link := attachmentRow{WorkspaceID: a.account.WorkspaceID, MessageID: a.message.ID, Position: i, MediaID: id}
			if err := in.addMissing(&link, 1); err != nil {
				return err
			}
			in.out.Media[a.account.WorkspaceID] = append(in.out.Media[a.account.WorkspaceID], id)
		}
	}
	return nil
}

// moveWindows opens, lengthens or shuts the reply windows, new messages only: a repeated delivery must not give messages back.
func (in *ingest) moveWindows() error {
	if err := in.findWindows(); err != nil || len(in.windows) == 0 {
		return err
	}
	rows := make([]contactAccountRow, 0, len(in.windows))
	for _, a := range in.fresh() {
		w := in.windows[windowKey{a.account.ID, a.contact}]
		w.Receive(a.Inbound)
		if a.talk.Place == inbox.PlaceDM {
			a.talk.WindowUntil = w.WindowUntil
		}
	}
	for _, w := range in.windows {
		rows = append(rows, contactAccountRowOf(*w))
	}
	slices.SortFunc(rows, func(a, b contactAccountRow) int {
		return cmp.Or(cmp.Compare(a.AccountID, b.AccountID), cmp.Compare(a.ContactID, b.ContactID))
	})
	return in.Clauses(clause.OnConflict{Columns: []clause.Column{{Name: "account_id"}, {Name: "contact_id"}},
		DoUpdates: clause.AssignmentColumns([]string{"follows_us", "window_until", "allowance", "spent", "window_shut", "last_in_at"})}).
		CreateInBatches(&rows, 100).Error
}

func (in *ingest) findWindows() error {
	contacts := map[inbox.AccountID][]inbox.ContactID{}
	for _, a := range in.fresh() {
		k := windowKey{a.account.ID, a.contact}
		if in.windows[k] == nil {
			in.windows[k] = &inbox.ContactAccount{AccountID: k.account, ContactID: k.contact, WorkspaceID: a.account.WorkspaceID}
			contacts[k.account] = append(contacts[k.account], k.contact)
		}
	}
	for account, ids := range contacts {
		slices.Sort(ids)
		var rows []contactAccountRow
		err := in.forUpdate().Where("workspace_id IN ? AND account_id = ? AND contact_id IN ?", in.out.Workspaces, account, ids).Find(&rows).Error
		if err != nil {
			return err
		}
		for _, row := range rows {
			*in.windows[windowKey{account, row.ContactID}] = row.contactAccount()
		}
	}
	return nil
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

// touchAccounts remembers when an account was last heard from, at most every ten seconds: each push must not fight for one row.
func (in *ingest) touchAccounts() error {
	pushed, heard := map[inbox.AccountID]inbox.WorkspaceID{}, map[inbox.AccountID]inbox.WorkspaceID{}
	for _, b := range in.batches {
		if b.Origin == inbox.OriginWebhook && in.now.Sub(b.Account.LastPushAt) > touchEvery {
			pushed[b.Account.ID] = b.Account.WorkspaceID
		}
		if len(b.Items) > 0 && !b.Imported && in.now.Sub(b.Account.LastInAt) > touchEvery {
			heard[b.Account.ID] = b.Account.WorkspaceID
		}
	}
	for _, id := range sortedKeys(pushed) {
		if err := in.touch(pushed[id], id, "last_push_at"); err != nil {
			return err
		}
	}
	for _, id := range sortedKeys(heard) {
		if err := in.touch(heard[id], id, "last_in_at"); err != nil {
			return err
		}
	}
	return nil
}

const touchEvery = 10 * time.Second

func (in *ingest) touch(workspace inbox.WorkspaceID, id inbox.AccountID, column string) error {
	return in.Table("accounts").Where("workspace_id = ? AND id = ?", workspace, id).Update(column, at{in.now}).Error
}
