package inbox

import (
	"fmt"
	"strconv"
)

// ID is a 64-bit integer issued by the database. T only keeps the ids of different nouns apart, so that a conversation can never be
// asked for with an agent's id. In JSON and in addresses it is a decimal string: JavaScript's numbers end at 2^53.
type ID[T any] int64

type (
	WorkspaceID    = ID[Workspace]
	UserID         = ID[User]
	AgentID        = ID[Agent]
	SessionID      = ID[Session]
	SkillGroupID   = ID[SkillGroup]
	AccountID      = ID[Account]
	ContactID      = ID[Contact]
	ConversationID = ID[Conversation]
	EpisodeID      = ID[Episode]
	MessageID      = ID[Message]
	OutboxID       = ID[Reply]
	MediaID        = ID[Media]
	PostID         = ID[Post]
	TagID          = ID[Tag]
	FactID         = ID[Fact]
	DeadLetterID   = ID[DeadLetter]
)

func (id ID[T]) String() string { return strconv.FormatInt(int64(id), 10) }

// MarshalText makes the id a string in JSON.
func (id ID[T]) MarshalText() ([]byte, error) { return []byte(id.String()), nil }

// UnmarshalText accepts the decimal form of a positive 64-bit integer and nothing else.
func (id *ID[T]) UnmarshalText(text []byte) error {
	parsed, err := ParseID[T](string(text))
	if err != nil {
		return err
	}
	*id = parsed
	return nil
}

// ParseID reads the decimal form of an id; the error is of code Invalid.
func ParseID[T any](text string) (ID[T], error) {
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || n <= 0 || strconv.FormatInt(n, 10) != text {
		return 0, &Error{Code: Invalid, ZH: "编号不正确", EN: "this is not a valid id", Cause: fmt.Errorf("id %q", text)}
	}
	return ID[T](n), nil
}

// ExternalID is an id issued by a platform. It is compared byte for byte and never treated as a number.
type ExternalID string
