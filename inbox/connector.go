package inbox

import (
	"context"
	"encoding/json"
	"errors"
	"net/url"
	"time"
)

// Platform names a platform, such as "weibo"; it is part of addresses and never changes.
type Platform string

// PlatformFace is how a platform is shown to people.
type PlatformFace struct {
	ZH, EN string
	Letter string // the mark never stands without it
	Color  string // #rrggbb
}

// Connector is what every platform can do. Everything else is an ability, had by implementing its interface and in no other way.
// All methods must be safe for concurrent use. Errors that the platform itself gave are *Refusal.
type Connector interface {
	Platform() Platform
	Face() PlatformFace
	// Limits are data only: how long an answer of this kind may be, and for how long and how often it can be given.
	Limits(kind Kind) Limits
	// Parse reads a verified push. An error means that the push as a whole is not understood: it is then kept as a dead letter.
	Parse(ctx context.Context, account Account, push Push) ([]Inbound, error)
	// Send makes exactly one attempt. nil: the platform said yes. *Refusal: it said no, and nothing was posted. ErrNotLeft: no byte of
	// the request was written. Any other error: the outcome is unknown.
	Send(ctx context.Context, account Account, out Outbound) (Receipt, error)
}

type (
	// Binder connects a new account: a small machine of steps, because not every platform is OAuth.
	Binder interface {
		// Step says what to do next: with no answer yet, where to send the manager; with the platform's answer, the grant.
		Step(ctx context.Context, b Binding) (Step, error)
	}
	// Checker looks at each capability with a live question. It never writes on the platform.
	Checker interface {
		Check(ctx context.Context, account Account, seen Evidence) []Capability
	}
	// Verifier guards the webhook.
	Verifier interface {
		// Verify refuses (code Denied) what is not signed by the platform or is stale. For the platform's own question whether the
		// address is ours, answer is what it expects; it is nil for a push.
		Verify(account Account, push Push, now time.Time) (answer []byte, err error)
	}
	// Poller reads what the platform does not push.
	Poller interface {
		// Sources are the lists to read, each with its own cursor and budget.
		Sources() []Source
		// Poll makes one call. The caller stores items and cursor in one transaction and goes on until Complete.
		Poll(ctx context.Context, account Account, source SourceName, since Cursor) (Page, error)
	}
	// ReadBack finds out whether an answer of unknown outcome arrived. Absent: an error of code NotFound.
	ReadBack interface {
		Find(ctx context.Context, account Account, out Outbound, since time.Time) (ExternalID, error)
		CanFind(kind Kind) bool
		// Essence is what remains of a text when everything is taken away that the platform adds or changes. Two answers to the same
		// message with one essence are the same answer.
		Essence(text string) string
	}
	// MediaSource fetches what a message only refers to.
	MediaSource interface {
		Fetch(ctx context.Context, account Account, ref MediaRef) (Blob, error)
	}
	// Profiles tells who a contact is, where a push names only an id.
	Profiles interface {
		Profile(ctx context.Context, account Account, id ExternalID) (ContactSighting, error)
	}
	// Metered says which quotas the calls of an account draw on, for the account's page.
	Metered interface {
		Quotas(account Account) []Quota
		// PollQuotas are those that one poll of the source draws on.
		PollQuotas(account Account, source SourceName) []Quota
	}
	// Recaller withdraws an own answer.
	Recaller interface {
		Recall(ctx context.Context, account Account, id ExternalID) error
	}
)

// Abilities is the feature sheet of a connector.
type Abilities struct {
	Poll     bool `json:"poll"`
	Push     bool `json:"push"`
	ReadBack bool `json:"read_back"`
	Recall   bool `json:"recall"`
}

// AbilitiesOf reads the sheet off the code, so that it cannot lie.
func AbilitiesOf(c Connector) Abilities {
	_, poll := c.(Poller)
	_, push := c.(Verifier)
	_, readBack := c.(ReadBack)
	_, recall := c.(Recaller)
	return Abilities{Poll: poll, Push: push, ReadBack: readBack, Recall: recall}
}

// Push is what a platform delivered to a webhook, untouched.
type Push struct {
	Method string // GET asks, POST delivers
	Query  url.Values
	Body   []byte
}

// Counting says how a platform counts the length of a text.
type Counting string

const (
	CountWeibo      Counting = "weibo"      // a CJK character is 1, two ASCII characters are 1, rounded up
	CountCharacters Counting = "characters" // every character is 1
)

// Limits are what a platform allows for an answer of one kind. Zero means no limit.
type Limits struct {
	MaxLength int
	CountAs   Counting
	Public    bool          // everybody can read the answer
	Window    time.Duration // how long after the fan's last contact it can be given
	Allowance int           // how many in that window
}

// Binding is where a manager stands in the wizard.
type Binding struct {
	State    string     // ours, single use; comes back with the answer
	Callback string     // our address for the way back
	Answer   url.Values // what the platform sent back; nil at the start
}

// Step is what comes next in the wizard: Redirect is set, or Grant is.
type Step struct {
	Redirect string
	Grant    *Grant
}

// Grant is what a manager's consent gave us. Nothing is stored before it is complete.
type Grant struct {
	ExternalID ExternalID
	Name       string
	AvatarURL  string
	Token      Token
}

// Token opens an account's API. It is sealed at rest.
type Token struct {
	Access    Secret
	Refresh   Secret
	ExpiresAt time.Time // zero: not told
	Scopes    []string
}

// CapabilityName is one thing an account can be able to do.
type CapabilityName string

const (
	ReadComments CapabilityName = "read_comments"
	ReadMentions CapabilityName = "read_mentions"
	ReceiveDM    CapabilityName = "receive_dm"
	ReplyComment CapabilityName = "reply_comment"
	ReplyDM      CapabilityName = "reply_dm"
)

// CapabilityStatus says how sure we are.
type CapabilityStatus string

const (
	Proven  CapabilityStatus = "proven"  // seen to work
	Granted CapabilityStatus = "granted" // allowed, not yet seen
	Absent  CapabilityStatus = "missing" // refused; the sentence is the next step
)

// Capability is one line of an account's check.
type Capability struct {
	Name     CapabilityName   `json:"name"`
	Status   CapabilityStatus `json:"status"`
	ZH       string           `json:"zh"` // the proof, or the next step
	EN       string           `json:"en"`
	Code     string           `json:"code,omitempty"` // the platform's own code of the refusal
	ProvenAt *time.Time       `json:"proven_at,omitempty"`
}

// Evidence is what daily work has already shown about an account, for a check that must not write to find out.
type Evidence struct {
	LastPushAt  time.Time          // zero: never
	VerifiedAt  time.Time          // the platform last asked for our webhook address
	LastReplyAt map[Kind]time.Time // last answer the platform accepted
	LastRefusal map[Kind]*Refusal  // newer than the last acceptance, if any
}

// SourceName names a list that can be polled, such as "comments_to_me". It is stored and never changes.
type SourceName string

// Source is a list that can be polled.
type Source struct {
	Name   SourceName
	ZH, EN string
}

// Cursor is where reading a source stands. Only the connector knows what it means; empty is the start of the silent import.
type Cursor string

// Page is the outcome of one poll call.
type Page struct {
	Items    []Inbound
	Rejects  []Reject // items that could not be read, whole
	Next     Cursor
	Complete bool // nothing older is left down to the old cursor
	Imported bool // this page belongs to the first, silent import
	Withheld int  // how many more the platform claims than it shows
	Gap      *Gap // the platform's history ended before it met the old cursor
}

// Gap is a stretch of time in which the platform may have had items that it no longer serves.
type Gap struct{ From, To time.Time }

// Reject is a foreign item that could not be read.
type Reject struct {
	Raw json.RawMessage
	Err error
}

// MediaRef points at a picture or file on a platform: an id the connector understands, or an absolute URL.
type MediaRef string

// Blob is a fetched file, already bounded in size.
type Blob struct {
	ContentType string
	Bytes       []byte
}

// Outbound is one answer on its way out.
type Outbound struct {
	ID         OutboxID
	Attempt    int
	Kind       Kind
	Text       string
	Contact    ExternalID // the fan
	Parent     ExternalID // the comment answered; empty for a post or a private message
	Post       ExternalID
	OperatorIP string // the agent's address, where the platform wants to know it
}

// Receipt is the platform's yes.
type Receipt struct {
	ExternalID ExternalID // empty where the platform gives none
	Text       string     // as the platform stored it, if it says
	At         time.Time  // zero: not told
}

// ErrNotLeft wraps an error that happened before any byte of the request was written: trying again cannot double anything.
var ErrNotLeft = errors.New("the request did not leave")

// RefusalKind groups a platform's refusals by what to do about them.
type RefusalKind string

const (
	RefusedToken      RefusalKind = "token"      // re-authorise
	RefusedPermission RefusalKind = "permission" // the app lacks the right for this endpoint
	RefusedLimit      RefusalKind = "limit"      // wait until RetryAt
	RefusedWindow     RefusalKind = "window"     // the reply window is over, or the allowance spent
	RefusedGone       RefusalKind = "gone"       // the target no longer exists
	RefusedContent    RefusalKind = "content"    // the text itself: length, words, repetition
	RefusedRepeat     RefusalKind = "repeat"     // the same text was just posted: may be our own unknown attempt
	RefusedAudience   RefusalKind = "audience"   // this fan does not take our answers
	RefusedBusy       RefusalKind = "busy"       // the platform's own trouble; nothing was posted
	RefusedConfig     RefusalKind = "config"     // something in the app's console is wrong
	RefusedOther      RefusalKind = "other"
)

// Refusal is a platform's no. Said is its own text, for the log; ZH and EN are for the agent and say what to do.
type Refusal struct {
	Kind    RefusalKind `json:"kind"`
	Code    string      `json:"code"`
	Said    string      `json:"said"`
	ZH      string      `json:"zh"`
	EN      string      `json:"en"`
	RetryAt time.Time   `json:"retry_at,omitzero"`
}

func (r *Refusal) Error() string {
	return "platform refused (" + string(r.Kind) + " " + r.Code + "): " + r.Said
}

// RefusalOf is the platform's refusal in the chain, or nil.
func RefusalOf(err error) *Refusal {
	var r *Refusal
	if errors.As(err, &r) {
		return r
	}
	return nil
}
