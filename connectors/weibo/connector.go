// Package weibo speaks to Sina Weibo: it binds accounts by OAuth2, polls comments and mentions, takes private messages from the fans
// service's webhook, and answers. Everything it believes about the platform is in docs/platforms/weibo.md; comments name the section.
package weibo

import (
	"net/http"
	"time"

	"weibox/inbox"
)

// Platform is Weibo's name in addresses and rows.
const Platform inbox.Platform = "weibo"

// Connector is safe for concurrent use: it has no state but its HTTP connections.
type Connector struct {
	settings Settings
	meter    inbox.Meter
	now      func() time.Time
	reader   *http.Client // configured addresses; never follows a redirect
	writer   *http.Client // the same, with a new connection for each call
	pictures *http.Client // guarded, unless the host is a configured one
}

// New makes the connector. Every call is counted on the meter before it is made.
func New(s Settings, meter inbox.Meter, now func() time.Time) *Connector {
	trusted := transport(s.DialTimeout, nil)
	return &Connector{
		settings: s,
		meter:    meter,
		now:      now,
		reader:   &http.Client{Transport: trusted, Timeout: s.CallTimeout, CheckRedirect: noRedirect},
		writer:   &http.Client{Transport: writing(s.DialTimeout), Timeout: s.CallTimeout, CheckRedirect: noRedirect},
		pictures: &http.Client{Transport: newGuard(s, trusted), Timeout: s.CallTimeout, CheckRedirect: sameSource},
	}
}

// noRedirect takes the redirect itself for the answer: following one would post twice, or carry a token elsewhere.
func noRedirect(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }

func (c *Connector) Platform() inbox.Platform { return Platform }

func (c *Connector) Face() inbox.PlatformFace {
	return inbox.PlatformFace{ZH: "微博", EN: "Weibo", Letter: "微", Color: "#e6162d"}
}

// Limits are those of docs/platforms/weibo.md §3 and §4.6.
func (c *Connector) Limits(kind inbox.Kind) inbox.Limits {
	switch kind {
	case inbox.KindComment, inbox.KindMention:
		return inbox.Limits{MaxLength: c.settings.CommentLength, CountAs: inbox.CountWeibo, Public: true}
	case inbox.KindDM:
		return inbox.Limits{MaxLength: c.settings.DMLength, CountAs: inbox.CountWeibo, Window: c.settings.DMWindow, Allowance: c.settings.DMAllowance}
	default:
		return inbox.Limits{}
	}
}

var (
	_ inbox.Connector   = (*Connector)(nil)
	_ inbox.Binder      = (*Connector)(nil)
	_ inbox.Checker     = (*Connector)(nil)
	_ inbox.Verifier    = (*Connector)(nil)
	_ inbox.Poller      = (*Connector)(nil)
	_ inbox.ReadBack    = (*Connector)(nil)
	_ inbox.MediaSource = (*Connector)(nil)
	_ inbox.Profiles    = (*Connector)(nil)
	_ inbox.Metered     = (*Connector)(nil)
	_ inbox.Rereader    = (*Connector)(nil)
)
