package inbox

import "time"

// Contact is a fan: one per workspace and platform id, whatever account he writes to.
type Contact struct {
	ID          ContactID
	WorkspaceID WorkspaceID
	Platform    Platform
	Realm       string
	ExternalID  ExternalID
	Name        string // empty until the platform tells
	AvatarURL   string
	ProfileURL  string
	Followers   *int
	Verified    Verified
	SeenAt      time.Time // his profile was last read

	FollowsUs *bool // us: the account of the conversation he is loaded for
}

// ContactAccount is what differs by account: whether the fan follows it, and its reply window for private messages.
type ContactAccount struct {
	ContactID   ContactID
	AccountID   AccountID
	WorkspaceID WorkspaceID
	FollowsUs   *bool
	WindowUntil time.Time // zero: never opened
	Allowance   int       // messages in this window; 0: no number
	Spent       int       // messages sent in it
	WindowShut  bool      // the fan left
	LastInAt    time.Time
}
