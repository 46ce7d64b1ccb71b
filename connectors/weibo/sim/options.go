package sim

import (
	"io"
	"log/slog"
	"net/http"
	"time"
)

// Families of endpoints an app key may call (docs/platforms/weibo.md §0).
const (
	Open       = "open"       // polite limits, and only items of people who have authorised the app
	Commercial = "commercial" // the paid twins under /c, complete
)

// Options says how the pretend Weibo is set up. Every field has a working zero value.
type Options struct {
	AppKey, AppSecret string
	Base              string           // absolute URL the handler is reached at, no trailing slash; "" takes it from each request
	Callback          string           // registered redirect_uri; "" registers the first one that is used
	DeauthURL         string           // told of revoked authorisations (§1.8); "" tells nobody
	Now               func() time.Time // nil: time.Now
	Seed              uint64           // the same seed gives the same ids and the same traffic
	Family            string           // Open or Commercial; "" is Open
	Quotas            Quotas           // the zero value means no limit at all; DefaultQuotas gives the documented ones
	TokenLife         time.Duration    // of a new access token; 0: 30 days
	AcceptPrivateRIP  bool             // take loopback and private addresses as rip, as a demo on one machine needs
	PushRetry         time.Duration    // pause before a push is tried again; 0: one second
	LedgerLimit       int              // entries that each half of the ledger keeps, so that a demo may run for weeks; 0: 100 000
	Client            *http.Client     // makes the webhook pushes; nil: one that gives up after 5 s and follows no redirect
	Logger            *slog.Logger     // nil: silent
}

// Quotas are the limits of docs/platforms/weibo.md §4.6 and §7. A zero means that there is no such limit.
type Quotas struct {
	UserPerDay          int           // open calls of one user in this app (10023)
	UserPerHour         int           // the same by the hour (10023); the only one rate_limit_status shows
	UserPerFiveMinutes  int           // short throttling told of in a field report (10023)
	EndpointPerHour     int           // open calls of one user to one endpoint (10024)
	IPPerHour           int           // open calls of one address (10022)
	CommercialIPPerHour int           // calls under /c of one address (10022)
	WritesPerHour       int           // comments of one user by the open family (20016)
	FreeUnreadCount     bool          // remind/unread_count costs nothing, as one revision says
	BatchIDs            int           // cids of one comments/show_batch (10008)
	TimelinePosts       int           // posts that statuses/user_timeline ever shows
	TestUsers           int           // brands an unreviewed app may bind (21321); documented as 15
	ReplyWindow         time.Duration // how long a contact can be answered
	ReplyAllowance      int           // answers within one window
	MentionAllowance    int           // answers after an @ event alone
}

// DefaultQuotas returns the documented limits of a reviewed app.
func DefaultQuotas() Quotas {
	return Quotas{
		UserPerDay:          100,
		UserPerHour:         150,
		IPPerHour:           15000,
		CommercialIPPerHour: 50000,
		WritesPerHour:       30,
		BatchIDs:            20,
		TimelinePosts:       5,
		ReplyWindow:         48 * time.Hour,
		ReplyAllowance:      99,
		MentionAllowance:    1,
	}
}

func (o Options) withDefaults() Options {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Family == "" {
		o.Family = Open
	}
	if o.TokenLife == 0 {
		o.TokenLife = 30 * 24 * time.Hour
	}
	if o.PushRetry == 0 {
		o.PushRetry = time.Second
	}
	if o.LedgerLimit == 0 {
		o.LedgerLimit = 100_000
	}
	if o.Client == nil {
		o.Client = &http.Client{Timeout: pushPatience, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.NewTextHandler(io.Discard, nil))
	}
	return o
}
