package inbox

import "time"

// ReplyState is the life of an answer: held → queued → sending → sent | failed | unknown; cancelled from held or queued.
// The outbox row is the only place of it.
type ReplyState string

const (
	Held      ReplyState = "held"
	Queued    ReplyState = "queued"
	Sending   ReplyState = "sending"
	Sent      ReplyState = "sent"
	Failed    ReplyState = "failed"  // certain: nothing was posted
	Unknown   ReplyState = "unknown" // the platform may have taken it; never sent again by machine
	Cancelled ReplyState = "cancelled"
)

// SettledBy says how an unknown outcome became a known one.
type SettledBy string

const (
	SettledByReadBack SettledBy = "read_back"
	SettledByAgent    SettledBy = "agent"
)

// Reply is the outbox row of one answer.
type Reply struct {
	ID             OutboxID
	WorkspaceID    WorkspaceID
	AccountID      AccountID
	Platform       Platform // where it is loaded with its account
	ConversationID ConversationID
	MessageID      MessageID
	ContactID      ContactID
	AuthorID       AgentID
	Kind           Kind
	Text           string
	Essence        string // for recognising it on the platform; empty where answers cannot be read back
	ContactExtID   ExternalID
	ParentID       ExternalID
	PostID         ExternalID
	OperatorIP     string
	State          ReplyState
	Attempt        int
	NotBefore      time.Time
	Reason         Sentence // why it waits, failed or is unknown, with the next step
	Code           string   // the platform's own code
	LeaseUntil     time.Time
	LeaseHolder    string
	StartedAt      time.Time // of the newest attempt
	CheckAt        time.Time // when an unknown outcome is read back next; zero: never
	Checks         int
	ExternalID     ExternalID
	SettledBy      SettledBy
	Doubted        bool // an earlier attempt may have reached the platform: whatever this one says, "not sent" is no longer certain
	CanRecheck     bool
	CreatedAt      time.Time
}

// Outbound is what the connector needs to know of the answer.
func (r Reply) Outbound() Outbound {
	return Outbound{ID: r.ID, Attempt: r.Attempt, Kind: r.Kind, Text: r.Text, Contact: r.ContactExtID, Parent: r.ParentID, Post: r.PostID,
		OperatorIP: r.OperatorIP}
}

// NewReply is what an agent asks to send.
type NewReply struct {
	ConversationID ConversationID
	Author         Agent
	Text           string
	ReplyTo        MessageID // 0: the newest inbound message
	Seen           MessageID // the newest message the composer had seen; 0: none
	Anyway         bool      // send although somebody answered since
	Resolve        bool
	Key            string // idempotency key
	OperatorIP     string
}
