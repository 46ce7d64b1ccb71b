package inbox

import (
	"encoding/json"
	"time"
)

// FactKind names what happened, in the past tense. Facts are appended and never changed: every number is derived from them.
type FactKind string

const (
	MessageReceived      FactKind = "message.received"
	MessageRecalled      FactKind = "message.recalled"
	AnsweredElsewhere    FactKind = "message.answered_elsewhere"
	ConversationOpened   FactKind = "conversation.opened"
	ConversationReopened FactKind = "conversation.reopened"
	ConversationResolved FactKind = "conversation.resolved"
	ConversationTaken    FactKind = "conversation.taken"
	ConversationAssigned FactKind = "conversation.assigned"
	ConversationReleased FactKind = "conversation.released"
	ConversationMoved    FactKind = "conversation.transferred"
	ConversationRouted   FactKind = "conversation.routed" // by rule, with its reason
	ConversationGrouped  FactKind = "conversation.grouped"
	TagAdded             FactKind = "tag.added"
	TagRemoved           FactKind = "tag.removed"
	ReplyAccepted        FactKind = "reply.accepted" // by the platform
	ReplyFailed          FactKind = "reply.failed"
	ReplyUncertain       FactKind = "reply.uncertain"
	ReplyResent          FactKind = "reply.resent" // asked for by an agent
	AccountBound         FactKind = "account.bound"
	AccountStateChanged  FactKind = "account.state_changed"
	HistoryGap           FactKind = "account.history_gap"
	PresenceChanged      FactKind = "agent.presence_changed"
)

// Fact is one line of the journal.
type Fact struct {
	ID             FactID
	WorkspaceID    WorkspaceID
	At             time.Time
	Kind           FactKind
	AccountID      AccountID
	ConversationID ConversationID
	EpisodeID      EpisodeID
	MessageID      MessageID
	ActorID        AgentID // 0: a machine
	ActorName      string
	Why            Sentence        // the sentence the conversation shows; empty where the page needs none
	Data           json.RawMessage // what the numbers need
}
