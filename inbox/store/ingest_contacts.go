package store

import (
	"cmp"
	"slices"
	"strings"

	"weibox/inbox"

	"gorm.io/gorm/clause"
)

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
