package inbox

import "errors"

// ErrTooOld says that changes after the number asked for are no longer kept: the reader must look at everything again.
var ErrTooOld = errors.New("changes this old are no longer kept")

// ChangeKind says what a browser should look at again.
type ChangeKind string

const (
	ConversationChanged ChangeKind = "conversation"
	MessagesChanged     ChangeKind = "message" // the id is the conversation's
	AccountChanged      ChangeKind = "account"
	AgentChanged        ChangeKind = "agent"
	TagChanged          ChangeKind = "tag"
	GroupChanged        ChangeKind = "group"
	RulesChanged        ChangeKind = "rule"
)

// Change is one committed change. Seq is its number in the workspace: the order of numbers is the order of commits.
type Change struct {
	WorkspaceID WorkspaceID
	Seq         int64
	Kind        ChangeKind
	ID          int64
	AccountID   AccountID // 0: everybody in the workspace may know
}

// Publisher wakes whoever waits for changes of a workspace. It may fail or be late: the row in the changes table is the truth.
type Publisher interface {
	Publish(workspaces ...WorkspaceID)
}
