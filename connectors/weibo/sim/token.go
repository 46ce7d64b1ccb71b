package sim

import (
	"net/http"
	"net/url"
	"strings"
)

// identify finds the brand that a call is made for.
func (s *Sim) identify(c *call) *apiError {
	t, refusal := s.validToken(presented(c.form, c.r))
	if refusal == nil {
		c.user = t.user
	}
	return refusal
}

// presented returns the token of a request: a parameter, or the scheme OAuth2, which is not Bearer. It is nil without any.
func presented(form url.Values, r *http.Request) *string {
	if form.Has("access_token") {
		value := form.Get("access_token")
		return &value
	}
	scheme, value, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	switch strings.ToLower(scheme) {
	case "oauth2":
		return &value
	case "bearer":
		refused := ""
		return &refused
	default:
		return nil
	}
}

func (s *Sim) validToken(value *string) (token, *apiError) {
	switch {
	case value == nil:
		return token{}, refuse(codeNoSource)
	case *value == "":
		return token{}, refuse(codeUnauthenticated)
	}
	t := s.tokens[*value]
	switch {
	case t == nil:
		return token{}, refuse(codeInvalidToken)
	case t.revoked && s.opts.Quotas.TestUsers > 0:
		return token{}, refuse(codeTestUsers) // seen with apps in test state (§1.5)
	case t.revoked:
		return token{}, refuse(codeRevoked)
	case !s.now().Before(t.until):
		return token{}, refuse(codeExpired)
	default:
		return *t, nil
	}
}

// Revoke takes the brand's authorisation back, as its owner can at any time, and tells Options.DeauthURL.
func (s *Sim) Revoke(uid string) {
	s.mu.Lock()
	b := s.mustBrand(uid)
	b.authorised = false
	for _, t := range s.tokens {
		if t.user == b {
			t.revoked = true
		}
	}
	now := s.now()
	s.mu.Unlock()
	if s.opts.DeauthURL != "" {
		s.tellRevoked(uid, decimal(now.Unix()))
	}
}

// tellRevoked calls the deauthorisation callback (§1.8), which is a hint and is tried once.
func (s *Sim) tellRevoked(uid, end string) {
	query := url.Values{"source": {s.opts.AppKey}, "uid": {uid}, "auth_end": {end}, "verification": {Signature(s.opts.AppSecret, end, uid)}}
	req, err := http.NewRequestWithContext(s.ctx, http.MethodGet, withQuery(s.opts.DeauthURL, query), nil)
	if err != nil {
		s.opts.Logger.Error("deauthorisation callback cannot be called", "error", err)
		return
	}
	resp, err := s.opts.Client.Do(req)
	if err != nil {
		s.opts.Logger.Warn("deauthorisation callback did not answer", "error", err)
		return
	}
	_ = resp.Body.Close() // nothing in it is of interest
}

// ExpireToken ends the life of the brand's tokens now.
func (s *Sim) ExpireToken(uid string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	b := s.mustBrand(uid)
	for _, t := range s.tokens {
		if t.user == b && s.now().Before(t.until) {
			t.until = s.now()
		}
	}
}
