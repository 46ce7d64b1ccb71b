package inbox

import (
	"errors"
	"time"
)

// Code is what programs read of an error. People read the sentences beside it.
type Code string

const (
	Invalid              Code = "invalid"               // the request itself is wrong
	Unauthenticated      Code = "unauthenticated"       // nobody is signed in
	Denied               Code = "denied"                // the role may not do this
	NotFound             Code = "not_found"             // absent, or hidden from this person: he cannot tell which
	Conflict             Code = "conflict"              // somebody was faster
	Taken                Code = "taken"                 // a colleague has the conversation
	Collision            Code = "collision"             // somebody answered since the composer last looked
	Closed               Code = "closed"                // the state no longer allows it
	WindowClosed         Code = "window_closed"         // the platform's reply window is over
	AllowanceSpent       Code = "allowance_spent"       // no messages left in this window
	TooLong              Code = "too_long"              // longer than the platform takes
	NeedsReauthorisation Code = "needs_reauthorisation" // the token is dead
	PausedAccount        Code = "account_paused"        // paused or unbound by a person
	Unsupported          Code = "unsupported"           // the platform has no such ability
	Limited              Code = "limited"               // come back at RetryAt
	TooLarge             Code = "too_large"             // more bytes, or deeper, than is read
	Unavailable          Code = "unavailable"           // we cannot now; nothing was stored
)

// Error is an error that a person can act on. What has no Error is internal: logged in full, shown as nothing.
type Error struct {
	Code    Code
	ZH, EN  string    // one sentence each: what happened, what to do next
	Field   string    // which part of the request, if one is to blame
	RetryAt time.Time // when it makes sense to come back, if known
	Cause   error     // for the log only

	Newest       *Message // Collision: the message that the composer had not seen
	Assignee     AgentID  // Taken, Conflict: who has it
	AssigneeName string
}

func (e *Error) Error() string {
	text := string(e.Code) + ": " + e.EN
	if e.Cause != nil {
		text += ": " + e.Cause.Error()
	}
	return text
}

func (e *Error) Unwrap() error { return e.Cause }

// Is makes errors.Is(err, &Error{Code: c}) ask for the code alone.
func (e *Error) Is(target error) bool {
	other, ok := target.(*Error)
	return ok && other.Code == e.Code
}

// CodeOf is the code of the first Error in the chain, or "" for an internal error.
func CodeOf(err error) Code {
	var e *Error
	if errors.As(err, &e) {
		return e.Code
	}
	return ""
}

// Missing is the answer for what does not exist or may not be seen.
func Missing(zh, en string) error {
	return &Error{Code: NotFound, ZH: "找不到" + zh + "，可能已被删除，或您没有权限查看", EN: "this " + en + " does not exist, or you may not see it"}
}

// Sentence is one thing said in both languages.
type Sentence struct {
	ZH string `json:"zh"`
	EN string `json:"en"`
}

// Empty says that there is nothing to say.
func (s Sentence) Empty() bool { return s.ZH == "" && s.EN == "" }
