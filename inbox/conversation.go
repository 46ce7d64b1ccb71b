package inbox

import "time"

// ConversationState is decided by people and by arrivals; waiting or taken is read off the assignee.
type ConversationState string

const (
	Open     ConversationState = "open"
	Snoozed  ConversationState = "snoozed"
	Resolved ConversationState = "resolved"
)

// Conversation is everything one contact and one account say to each other in one place. It is permanent.
type Conversation struct {
	ID             ConversationID
	WorkspaceID    WorkspaceID
	AccountID      AccountID
	ContactID      ContactID
	Place          Place
	Kind           Kind // of the newest inbound message
	State          ConversationState
	AssigneeID     AgentID      // 0: nobody
	SkillGroupID   SkillGroupID // 0: none
	EpisodeID      EpisodeID    // the running stretch; 0 while resolved
	EpisodeNumber  int
	LastActivityAt time.Time
	LastInID       MessageID
	LastInAt       time.Time
	LastOutID      MessageID
	LastOutAt      time.Time
	WaitingSince   time.Time // the fan spoke and nobody has answered since then; zero: nobody waits
	WindowUntil    time.Time
	DueAt          time.Time
	Snippet        string
	SnippetFrom    Direction
	InboundCount   int // inbound messages so far: unread is this less each reader's own count
	Version        int64

	Contact      Contact
	Post         *Post
	TagIDs       []TagID
	AssigneeName string
	GroupName    string
	Problem      ReplyState // Failed or Unknown if the newest reply did not surely arrive
	Unread       int        // for the person asking
	Counted      ContactAccount
}

// Awaiting says whether the fan waits for us.
func (c Conversation) Awaiting() bool { return !c.WaitingSince.IsZero() }

// Episode is one stretch of a conversation, from opening to resolution.
type Episode struct {
	ID             EpisodeID
	WorkspaceID    WorkspaceID
	ConversationID ConversationID
	Number         int
	OpenedAt       time.Time
	FirstReplyAt   time.Time
	ResolvedAt     time.Time
	Reopened       bool
}

// Post is a platform post that conversations are held under.
type Post struct {
	ID          PostID
	WorkspaceID WorkspaceID
	AccountID   AccountID
	ExternalID  ExternalID
	AuthorID    ExternalID
	AuthorName  string
	Text        string
	PostedAt    time.Time
	URL         string
	Pictures    []string
	Deleted     bool
}

// Window says whether a fan can still be answered in a conversation.
type Window struct {
	Open  bool
	Until time.Time // zero: no end
	Left  *int      // nil: no number
	Why   Sentence  // why it is closed
}

// WindowAt works the window out. Only private messages have one; it is the platform's own rule as its connector reported it.
func (c Conversation) WindowAt(now time.Time) Window {
	if c.Place != PlaceDM {
		return Window{Open: true}
	}
	w := Window{Until: c.Counted.WindowUntil}
	if c.Counted.Allowance > 0 {
		left := max(0, c.Counted.Allowance-c.Counted.Spent)
		w.Left = &left
	}
	switch {
	case c.Counted.WindowShut:
		w.Why = Sentence{"粉丝已取消关注，平台不再允许回复；等对方再次来信后可回复", "the fan has unfollowed, so the platform takes no answer until they write again"}
	case w.Until.IsZero() || !now.Before(w.Until):
		w.Why = Sentence{"回复窗口已关闭；等对方再次来信后可回复", "the reply window has closed; you can answer once the fan writes again"}
	case w.Left != nil && *w.Left == 0:
		w.Why = Sentence{"本窗口的回复条数已用完；等对方再次来信后可回复", "no messages are left in this window; you can answer once the fan writes again"}
	default:
		w.Open = true
	}
	return w
}

// View is one of the list's fixed cuts.
type View string

const (
	ViewMine       View = "mine"
	ViewUnassigned View = "unassigned"
	ViewAll        View = "all"
)

// ConversationFilter chooses a page of the list. Empty fields do not restrict.
type ConversationFilter struct {
	View       View
	State      ConversationState
	Accounts   []AccountID
	Kinds      []Kind
	Assignee   AgentID
	Tag        TagID
	SkillGroup SkillGroupID
	Awaiting   bool
	Closing    bool // those whose window is open and closes, the soonest first; otherwise the newest activity first
	IDs        []ConversationID
	Before     ListPlace
	Limit      int
}

// ListPlace is where a page of the list ends.
type ListPlace struct {
	At time.Time
	ID ConversationID
}

// ConversationCounts are open conversations by view, capped.
type ConversationCounts struct{ Mine, Unassigned, All, AwaitingMine int }
