package store

import (
	"encoding/json"

	"weibox/inbox"
)

// A row is a table's line as gorm reads and writes it; the domain's types know nothing of columns.

type contactRow struct {
	ID          inbox.ContactID
	WorkspaceID inbox.WorkspaceID
	Platform    string
	Realm       string
	ExternalID  string
	Name        string
	AvatarURL   string
	ProfileURL  string
	Followers   *int
	Verified    string
	SeenAt      at
}

func (contactRow) TableName() string { return "contacts" }

func (r contactRow) contact() inbox.Contact {
	return inbox.Contact{ID: r.ID, WorkspaceID: r.WorkspaceID, Platform: inbox.Platform(r.Platform), Realm: r.Realm,
		ExternalID: inbox.ExternalID(r.ExternalID), Name: r.Name, AvatarURL: r.AvatarURL, ProfileURL: r.ProfileURL, Followers: r.Followers,
		Verified: inbox.Verified(r.Verified), SeenAt: r.SeenAt.Time}
}

type contactAccountRow struct {
	AccountID   inbox.AccountID
	ContactID   inbox.ContactID
	WorkspaceID inbox.WorkspaceID
	FollowsUs   *bool
	WindowUntil at
	Allowance   int
	Spent       int
	WindowShut  bool
	LastInAt    at
}

func (contactAccountRow) TableName() string { return "contact_accounts" }

func (r contactAccountRow) contactAccount() inbox.ContactAccount {
	return inbox.ContactAccount{ContactID: r.ContactID, AccountID: r.AccountID, WorkspaceID: r.WorkspaceID, FollowsUs: r.FollowsUs,
		WindowUntil: r.WindowUntil.Time, Allowance: r.Allowance, Spent: r.Spent, WindowShut: r.WindowShut, LastInAt: r.LastInAt.Time}
}

func contactAccountRowOf(c inbox.ContactAccount) contactAccountRow {
	return contactAccountRow{AccountID: c.AccountID, ContactID: c.ContactID, WorkspaceID: c.WorkspaceID, FollowsUs: c.FollowsUs,
		WindowUntil: at{c.WindowUntil}, Allowance: c.Allowance, Spent: c.Spent, WindowShut: c.WindowShut, LastInAt: at{c.LastInAt}}
}

type postRow struct {
	ID          inbox.PostID
	WorkspaceID inbox.WorkspaceID
	AccountID   inbox.AccountID
	ExternalID  string
	AuthorID    string
	AuthorName  string
	Text        string
	PostedAt    at
	URL         string
	Pictures    string // JSON array of addresses
	Deleted     bool
}

func (postRow) TableName() string { return "posts" }

func (r postRow) post() *inbox.Post {
	p := &inbox.Post{ID: r.ID, WorkspaceID: r.WorkspaceID, AccountID: r.AccountID, ExternalID: inbox.ExternalID(r.ExternalID),
		AuthorID: inbox.ExternalID(r.AuthorID), AuthorName: r.AuthorName, Text: r.Text, PostedAt: r.PostedAt.Time, URL: r.URL, Deleted: r.Deleted}
	_ = json.Unmarshal([]byte(r.Pictures), &p.Pictures) // written by us
	return p
}

type conversationRow struct {
	ID             inbox.ConversationID
	WorkspaceID    inbox.WorkspaceID
	AccountID      inbox.AccountID
	ContactID      inbox.ContactID
	Place          string
	Kind           string
	State          string
	AssigneeID     ref[inbox.AgentID]
	SkillGroupID   ref[inbox.SkillGroupID]
	EpisodeID      ref[inbox.EpisodeID]
	EpisodeNumber  int
	LastActivityAt at
	LastInID       ref[inbox.MessageID]
	LastInAt       at
	LastOutID      ref[inbox.MessageID]
	LastOutAt      at
	WaitingSince   at
	WindowUntil    at
	DueAt          at
	Snippet        string
	SnippetFrom    string
	InboundCount   int
	Version        int64
}

func (conversationRow) TableName() string { return "conversations" }

func (r conversationRow) conversation() inbox.Conversation {
	return inbox.Conversation{ID: r.ID, WorkspaceID: r.WorkspaceID, AccountID: r.AccountID, ContactID: r.ContactID, Place: inbox.Place(r.Place),
		Kind: inbox.Kind(r.Kind), State: inbox.ConversationState(r.State), AssigneeID: r.AssigneeID.ID, SkillGroupID: r.SkillGroupID.ID,
		EpisodeID: r.EpisodeID.ID, EpisodeNumber: r.EpisodeNumber, LastActivityAt: r.LastActivityAt.Time, LastInID: r.LastInID.ID,
		LastInAt: r.LastInAt.Time, LastOutID: r.LastOutID.ID, LastOutAt: r.LastOutAt.Time, WaitingSince: r.WaitingSince.Time,
		WindowUntil: r.WindowUntil.Time, DueAt: r.DueAt.Time, Snippet: r.Snippet, SnippetFrom: inbox.Direction(r.SnippetFrom),
		InboundCount: r.InboundCount, Version: r.Version}
}

func conversationRowOf(c inbox.Conversation) conversationRow {
	return conversationRow{ID: c.ID, WorkspaceID: c.WorkspaceID, AccountID: c.AccountID, ContactID: c.ContactID, Place: string(c.Place),
		Kind: string(c.Kind), State: string(c.State), AssigneeID: ref[inbox.AgentID]{c.AssigneeID},
		SkillGroupID: ref[inbox.SkillGroupID]{c.SkillGroupID}, EpisodeID: ref[inbox.EpisodeID]{c.EpisodeID}, EpisodeNumber: c.EpisodeNumber,
		LastActivityAt: at{c.LastActivityAt}, LastInID: ref[inbox.MessageID]{c.LastInID}, LastInAt: at{c.LastInAt},
		LastOutID: ref[inbox.MessageID]{c.LastOutID}, LastOutAt: at{c.LastOutAt}, WaitingSince: at{c.WaitingSince},
		WindowUntil: at{c.WindowUntil}, DueAt: at{c.DueAt}, Snippet: c.Snippet, SnippetFrom: string(c.SnippetFrom),
		InboundCount: c.InboundCount, Version: c.Version}
}

type messageRow struct {
	ID             inbox.MessageID
	WorkspaceID    inbox.WorkspaceID
	AccountID      inbox.AccountID
	ConversationID inbox.ConversationID
	ContactID      inbox.ContactID
	Object         string
	Kind           string
	ExternalID     key
	Direction      string
	Origin         string
	Type           string
	Text           string
	AuthorID       ref[inbox.AgentID]
	ParentID       string
	PostID         string
	ReplyToID      ref[inbox.MessageID]
	Event          string
	SentAt         at
	CreatedAt      at
	Imported       bool
	Deleted        bool
	TriageAt       at
	Raw            []byte
}

func (messageRow) TableName() string { return "messages" }

func (r messageRow) message() inbox.Message {
	return inbox.Message{ID: r.ID, WorkspaceID: r.WorkspaceID, AccountID: r.AccountID, ConversationID: r.ConversationID, ContactID: r.ContactID,
		Object: inbox.Object(r.Object), Kind: inbox.Kind(r.Kind), ExternalID: inbox.ExternalID(r.ExternalID),
		Direction: inbox.Direction(r.Direction), Origin: inbox.Origin(r.Origin), Type: r.Type, Text: r.Text, AuthorID: r.AuthorID.ID,
		ParentID: inbox.ExternalID(r.ParentID), PostID: inbox.ExternalID(r.PostID), ReplyToID: r.ReplyToID.ID,
		Event: inbox.EventName(r.Event), SentAt: r.SentAt.Time, CreatedAt: r.CreatedAt.Time, Imported: r.Imported, Deleted: r.Deleted,
		Raw: r.Raw}
}

func messageRowOf(m inbox.Message) messageRow {
	return messageRow{ID: m.ID, WorkspaceID: m.WorkspaceID, AccountID: m.AccountID, ConversationID: m.ConversationID, ContactID: m.ContactID,
		Object: string(m.Object), Kind: string(m.Kind), ExternalID: key(m.ExternalID), Direction: string(m.Direction), Origin: string(m.Origin),
		Type: m.Type, Text: m.Text, AuthorID: ref[inbox.AgentID]{m.AuthorID}, ParentID: string(m.ParentID), PostID: string(m.PostID),
		ReplyToID: ref[inbox.MessageID]{m.ReplyToID}, Event: string(m.Event), SentAt: at{m.SentAt}, CreatedAt: at{m.CreatedAt},
		Imported: m.Imported, Deleted: m.Deleted, Raw: m.Raw}
}

type episodeRow struct {
	ID             inbox.EpisodeID
	WorkspaceID    inbox.WorkspaceID
	ConversationID inbox.ConversationID
	Number         int
	OpenedAt       at
	FirstReplyAt   at
	ResolvedAt     at
	Reopened       bool
}

func (episodeRow) TableName() string { return "episodes" }
