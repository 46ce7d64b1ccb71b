package store

import (
	"time"

	"weibox/inbox"
)

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
