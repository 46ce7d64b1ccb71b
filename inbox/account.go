package inbox

import "time"

// AccountState says whether we work for an account. Only a person pauses or unbinds; only a refusal of the platform asks for consent again.
type AccountState string

const (
	AccountActive      AccountState = "active"
	AccountPaused      AccountState = "paused"
	AccountReauthorise AccountState = "reauthorise"
	AccountUnbound     AccountState = "unbound"
)

// Account is a brand's page on one platform, bound once by a manager.
type Account struct {
	ID           AccountID
	WorkspaceID  WorkspaceID
	Platform     Platform
	ExternalID   ExternalID
	Name         string
	AvatarURL    string
	State        AccountState
	StateReason  Sentence
	StateSince   time.Time
	Token        Token  // never leaves the server
	HookKey      string // the unguessable part of the webhook address
	BoundAt      time.Time
	VerifiedAt   time.Time // the platform last asked whether the webhook address is ours
	LastPushAt   time.Time
	LastInAt     time.Time
	CheckedAt    time.Time
	Capabilities []Capability
}

// Works says whether calls may be made for the account.
func (a Account) Works() bool { return a.State == AccountActive }

// Refuse is the error for an answer through an account that does not work; nil if it does.
func (a Account) Refuse() error {
	switch a.State {
	case AccountActive:
		return nil
	case AccountReauthorise:
		return &Error{Code: NeedsReauthorisation, ZH: "账号「" + a.Name + "」的授权已失效，请管理员在「账号」页重新授权后再发送",
			EN: "the authorisation of " + a.Name + " is no longer valid: ask an admin to re-authorise it on the accounts page, then send again"}
	default:
		return &Error{Code: PausedAccount, ZH: "账号「" + a.Name + "」已暂停或解绑，请管理员在「账号」页恢复后再发送",
			EN: a.Name + " is paused or unbound: ask an admin to resume it on the accounts page, then send again"}
	}
}

// SourceState is where the polling of one source of an account stands. Its row is the only place of the cursor.
type SourceState struct {
	AccountID   AccountID
	WorkspaceID WorkspaceID
	Name        SourceName
	Cursor      Cursor
	Version     int64     // raised with every cursor move; a move made from an older version is refused
	Imported    bool      // the first, silent import is over
	NextPollAt  time.Time // not before
	LastPollAt  time.Time
	LastOKAt    time.Time // last read completely
	Failures    int       // in a row
	Problem     Sentence
	Withheld    int

	Pace         Pace
	Floor        time.Duration // in force when it was last planned; 0: never planned
	PlannedAt    time.Time
	HurriedAt    time.Time // news was announced since then, or more pages wait; zero: no
	WatchedUntil time.Time // an agent has the account open
}

// AccountHealth is a sentence-bearing summary for the account's page.
type AccountHealth string

const (
	HealthGood    AccountHealth = "good"
	HealthWarning AccountHealth = "warning"
	HealthBroken  AccountHealth = "broken"
)
