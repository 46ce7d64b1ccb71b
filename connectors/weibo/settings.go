package weibo

import (
	"strings"
	"time"

	"weibox/inbox"
)

// The two families of Weibo's API. The open one hides what authors wrote who have not authorised the app; the commercial one is paid and
// shows everything (docs/platforms/weibo.md §0, §2.3).
const (
	OpenFamily       = "open"
	CommercialFamily = "commercial"
)

// Settings is everything about Weibo that an operator can change. Defaults has the documented value of each.
type Settings struct {
	AppKey    string
	AppSecret inbox.Secret
	Family    string // OpenFamily or CommercialFamily

	// FamilyInForce, where it is set, stands above Family: a demonstration switches the family while it runs.
	FamilyInForce func() string

	AuthorizeURL     string
	TokenURL         string
	APIURL           string
	CommercialAPIURL string
	MessageURL       string
	RemindURL        string
	UploadURL        string

	Scopes     []string
	FallbackIP string // sent as rip when the operator's own address is not public

	CommentLength    int // in Weibo's counting, as all lengths
	DMLength         int
	DMWindow         time.Duration
	DMAllowance      int
	MentionWindow    time.Duration // what a pushed @ event opens for private messages
	MentionAllowance int

	PageSize      int           // items asked for in one call; more than the platform gives makes pages look short
	Overlap       time.Duration // read again at every poll, because the platform's replicas lag
	ImportDepth   time.Duration // how far back the silent import goes
	PushFreshness time.Duration // how old a signed push may be
	ReadBackPages int           // own comments looked through for an answer of unknown outcome
	ReadBackSkew  time.Duration // how far the platform's clock may be behind ours

	TooOftenPause time.Duration // after "you are posting too often"
	CaptchaPause  time.Duration // for an account's writes, after the platform asked for a captcha

	DialTimeout time.Duration
	CallTimeout time.Duration
	MaxAnswer   int64 // bytes of an API answer
	MaxMedia    int64 // bytes of a picture or file

	Quotas QuotaLimits
}

// QuotaLimits are Weibo's limits on calls (docs/platforms/weibo.md §7). Zero is unlimited.
type QuotaLimits struct {
	AccountPerDay            int // one authorised user inside one app
	AccountPerHour           int // older apps have an hourly limit instead
	WritesPerHour            int // comments of one account
	FansServicePerHour       int // private messages of one account
	AppPerHour               int // all accounts of the app
	AddressPerHour           int // all calls from our address
	CommercialAddressPerHour int
	CommercialWritesPerHour  int
}

// Defaults are the documented values (docs/platforms/weibo.md §1, §2, §3, §4.6, §7).
func Defaults() Settings {
	return Settings{
		Family:           OpenFamily,
		AuthorizeURL:     "https://api.weibo.com/oauth2/authorize",
		TokenURL:         "https://api.weibo.com/oauth2/access_token",
		APIURL:           "https://api.weibo.com/2",
		CommercialAPIURL: "https://c.api.weibo.com/2",
		MessageURL:       "https://m.api.weibo.com/2",
		RemindURL:        "https://rm.api.weibo.com/2",
		UploadURL:        "https://upload.api.weibo.com/2",
		CommentLength:    140,
		DMLength:         300,
		DMWindow:         48 * time.Hour,
		DMAllowance:      99,
		MentionWindow:    48 * time.Hour,
		MentionAllowance: 1,
		PageSize:         50,
		Overlap:          10 * time.Minute,
		ImportDepth:      72 * time.Hour,
		PushFreshness:    10 * time.Minute,
		ReadBackPages:    2,
		ReadBackSkew:     2 * time.Minute,
		TooOftenPause:    5 * time.Minute,
		CaptchaPause:     30 * time.Minute,
		DialTimeout:      3 * time.Second,
		CallTimeout:      10 * time.Second,
		MaxAnswer:        4 << 20,
		MaxMedia:         20 << 20,
		Quotas: QuotaLimits{
			AccountPerDay:            100,
			WritesPerHour:            30,
			AddressPerHour:           15_000,
			CommercialAddressPerHour: 50_000,
		},
	}
}

func (s Settings) family() string {
	if s.FamilyInForce != nil {
		return s.FamilyInForce()
	}
	return s.Family
}

// Under puts every host of Weibo below one address, a folder for each, the way a pretend platform or a recording proxy serves them all.
func (s Settings) Under(base string) Settings {
	base = strings.TrimSuffix(base, "/")
	s.AuthorizeURL = base + "/oauth2/authorize"
	s.TokenURL = base + "/oauth2/access_token"
	s.APIURL = base + "/2"
	s.CommercialAPIURL = base + "/c/2"
	s.MessageURL = base + "/m/2"
	s.RemindURL = base + "/rm/2"
	s.UploadURL = base + "/upload/2"
	return s
}

// addresses are all configured base addresses: the only hosts that may be private ones.
func (s Settings) addresses() []string {
	return []string{s.AuthorizeURL, s.TokenURL, s.APIURL, s.CommercialAPIURL, s.MessageURL, s.RemindURL, s.UploadURL}
}
