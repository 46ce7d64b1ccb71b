package inbox

import (
	"encoding/json"
	"time"
)

// Origin says who wrote a message.
type Origin string

const (
	FromFan    Origin = "fan"
	FromAgent  Origin = "agent"  // written here
	FromNative Origin = "native" // the brand answered in the platform's own app
	FromNote   Origin = "note"   // internal
)

// Message is one thing said, or a platform event, or an internal note. Its key on the platform is (account, object, external id).
type Message struct {
	ID             MessageID
	WorkspaceID    WorkspaceID
	AccountID      AccountID
	ConversationID ConversationID
	ContactID      ContactID
	Object         Object
	Kind           Kind
	ExternalID     ExternalID // empty until the platform has told
	Direction      Direction
	Origin         Origin
	Type           string
	Text           string
	AuthorID       AgentID // of an answer or a note
	AuthorName     string
	ParentID       ExternalID // the comment it answers
	PostID         ExternalID // the post it stands under
	ReplyToID      MessageID  // of an answer written here
	Event          EventName
	SentAt         time.Time // on the platform's clock
	CreatedAt      time.Time // on ours
	Imported       bool      // part of the silent import: starts no clock and no alarm
	Deleted        bool
	Attachments    []Media
	Raw            json.RawMessage
	Reply          *Reply // delivery, for an answer written here
}

// MediaState says whether a file is here.
type MediaState string

const (
	MediaWaiting MediaState = "waiting"
	MediaReady   MediaState = "ready"
	MediaGone    MediaState = "gone"
)

// Media is a file that a message, a contact or a post refers to.
type Media struct {
	ID          MediaID
	WorkspaceID WorkspaceID
	AccountID   AccountID
	MessageID   MessageID // 0 for avatars and post pictures
	Ref         MediaRef
	Type        string
	State       MediaState
	ContentType string
	Width       int
	Height      int
	Path        string // below the media folder
	Attempts    int
	NextTryAt   time.Time
}

// MessagePlace is where a page of a conversation ends.
type MessagePlace struct {
	At time.Time
	ID MessageID
}
