package inbox

import (
	"encoding/json"
	"strings"
	"time"
)

// Object is what the platform stores. Together with account and external id it is the key of a message, and it never changes.
type Object string

const (
	ObjectDM      Object = "dm"
	ObjectComment Object = "comment"
	ObjectPost    Object = "post"
	ObjectEvent   Object = "event"
	ObjectNote    Object = "note" // ours alone: an internal note
)

// Kind says why a message reached us. It is in no key, and a later sighting may raise it: a comment that also mentions us is a mention.
type Kind string

const (
	KindDM      Kind = "dm"
	KindComment Kind = "comment"
	KindMention Kind = "mention"
	KindEvent   Kind = "event"
	KindNote    Kind = "note"
)

// Direction is seen from the brand.
type Direction string

const (
	In       Direction = "in"
	Out      Direction = "out"
	Internal Direction = "internal"
)

// Place is where a conversation is held: the private chat, or under one post.
type Place string

const PlaceDM Place = "dm"

// UnderPost is the place of everything a contact writes under one post.
func UnderPost(id ExternalID) Place { return Place("post:" + string(id)) }

// UnderUnknownPost is the place of a comment that was only announced: its post becomes known when the comment itself is read.
func UnderUnknownPost(comment ExternalID) Place { return Place("comment:" + string(comment)) }

// Provisional says that the place must give way to the true one.
func (p Place) Provisional() bool { return strings.HasPrefix(string(p), "comment:") }

// Inbound is one sighting of something on a platform: a message to us, our own answer given elsewhere (Out), or an event.
// A connector fills in what it was shown and nothing else.
type Inbound struct {
	Object      Object
	Kind        Kind
	ExternalID  ExternalID // "h:" + hash where the platform gives none
	Direction   Direction
	Contact     ContactSighting
	Place       Place
	Type        string // text, image, voice, position, event, or whatever the platform calls it
	Text        string // as the platform stores it, entities decoded once
	At          time.Time
	Parent      ExternalID // the comment it answers
	Post        *PostSighting
	Attachments []AttachmentSighting
	Event       EventName // for ObjectEvent
	Window      WindowMove
	Essence     string // of an own answer (Out), see ReadBack
	Raw         json.RawMessage
}

// EventName is a platform event in the field's words; an unknown one keeps the platform's own name.
type EventName string

const (
	Followed     EventName = "follow"
	Unfollowed   EventName = "unfollow"
	Subscribed   EventName = "subscribe"
	Unsubscribed EventName = "unsubscribe"
	Scanned      EventName = "scan"
	MenuClicked  EventName = "menu"
)

// WindowMove is what a sighting does to the reply window of private messages.
type WindowMove struct {
	For       time.Duration // opens it for so long; 0: leaves it alone
	Allowance int           // messages in it; 0: the platform sets no number
	Shut      bool          // closes it: the fan left
}

// ContactSighting is what a platform showed of a fan. Empty fields are unknown and erase nothing.
type ContactSighting struct {
	ExternalID ExternalID
	Realm      string // empty where ids are global
	Name       string
	AvatarURL  string
	ProfileURL string
	Followers  *int
	Verified   Verified
	FollowsUs  *bool
}

// Verified is the kind of a contact's public verification.
type Verified string

const (
	VerifiedUnknown      Verified = ""
	NotVerified          Verified = "none"
	VerifiedPerson       Verified = "personal"
	VerifiedOrganisation Verified = "organisation"
)

// PostSighting is what a platform showed of the post that something stands under.
type PostSighting struct {
	ExternalID ExternalID
	AuthorID   ExternalID
	AuthorName string
	Text       string
	At         time.Time
	URL        string
	Pictures   []string
	Deleted    bool
}

// AttachmentSighting is a picture or file that a message refers to.
type AttachmentSighting struct {
	Type string   `json:"type"` // image, voice, video, file
	Ref  MediaRef `json:"ref"`
}

// Post is the post that the place is under, if it is known.
func (p Place) Post() (ExternalID, bool) {
	id, ok := strings.CutPrefix(string(p), "post:")
	return ExternalID(id), ok
}
