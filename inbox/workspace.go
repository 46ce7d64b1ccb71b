package inbox

import "time"

// Workspace is one brand team's house: nothing is shared between two.
type Workspace struct {
	ID        WorkspaceID
	Name      string
	Seq       int64 // the newest change number
	CreatedAt time.Time
}

// User is a person who can sign in; he may be an Agent in several workspaces.
type User struct {
	ID           UserID
	Login        string // unique, compared in lower case
	Name         string
	PasswordHash Secret
	Locale       string
	CreatedAt    time.Time
}

// Session is one signed-in browser. Only a hash of its id is stored.
type Session struct {
	ID          SessionID
	UserID      UserID
	WorkspaceID WorkspaceID
	CreatedAt   time.Time
	LastSeenAt  time.Time
	Address     string
	UserAgent   string
}
