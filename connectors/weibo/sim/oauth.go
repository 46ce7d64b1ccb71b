package sim

import (
	_ "embed"
	"fmt"
	"html/template"
	"mime"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// grant is an authorisation code, good for one exchange.
type grant struct {
	user     *brand
	redirect string
	until    time.Time
}

// token lets the app act for a brand.
type token struct {
	value   string
	user    *brand
	created time.Time
	until   time.Time
	revoked bool
}

// codeLife is how long an authorisation code waits for its exchange.
const codeLife = 10 * time.Minute

// loginCookie is the browser's memory of the brand that it logged in as last.
const loginCookie = "SIM_WEIBO_SUB"

func (s *Sim) mountOAuth(mux *http.ServeMux) {
	mux.HandleFunc("/oauth2/authorize", s.oauth("oauth2/authorize", s.authorize))
	mux.HandleFunc("/oauth2/access_token", s.oauth("oauth2/access_token", s.exchange))
	mux.HandleFunc("/oauth2/get_token_info", s.oauth("oauth2/get_token_info", s.tokenInfo))
	mux.HandleFunc("/oauth2/revokeoauth2", s.oauth("oauth2/revokeoauth2", s.revokeByApp))
}

// oauth lets faults happen around an endpoint of the login.
func (s *Sim) oauth(name string, handle http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		r.Body = http.MaxBytesReader(w, r.Body, maxBody)
		fault := s.faultFor(name)
		switch {
		case fault.strikesBefore(w, r):
		case fault.is(FaultFail):
			s.writeOAuthError(w, r, refuse(fault.Code), "")
		case fault.lost():
			handle(unheard{}, r)
			fault.strikesAfter(w)
		default:
			handle(w, r)
		}
	}
}

// unheard takes an answer that nobody will get.
type unheard struct{}

func (unheard) Header() http.Header            { return http.Header{} }
func (unheard) Write(body []byte) (int, error) { return len(body), nil }
func (unheard) WriteHeader(int)                {}

// writeOAuthError answers with the envelope of §1.2, where error is a word and error_code a number.
func (s *Sim) writeOAuthError(w http.ResponseWriter, r *http.Request, e *apiError, description string) {
	path := strings.TrimPrefix(r.URL.Path, "/2")
	writeJSON(w, "text/plain;charset=UTF-8", e.status(0), map[string]any{
		"error": e.text(), "error_code": e.code, "request": path, "error_uri": path, "error_description": description,
	})
}

//go:embed consent.html
var consentHTML string

var consentPage = template.Must(template.New("consent").Parse(consentHTML))

// authorize shows the consent page, or takes the decision made on it.
func (s *Sim) authorize(w http.ResponseWriter, r *http.Request) {
	form := formOf(r)
	if e := s.checkClient(form); e != nil {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		w.WriteHeader(http.StatusBadRequest)
		fmt.Fprintf(w, "<!doctype html><meta charset=utf-8><title>微博</title><h1>访问出错了！</h1><p>error:%s</p><p>error_code:%d</p>", e.text(), e.code)
		return
	}
	switch {
	case form.Get("decision") == "deny":
		http.Redirect(w, r, denial(form), http.StatusFound)
	case form.Get("decision") == "allow":
		s.allow(w, r, form, form.Get("login_as"))
	case form.Get("forcelogin") != "true" && s.remembers(r):
		cookie, _ := r.Cookie(loginCookie) // remembers has seen it
		s.allow(w, r, form, cookie.Value)
	default:
		s.showConsent(w, form)
	}
}

func (s *Sim) checkClient(form url.Values) *apiError {
	s.mu.Lock()
	defer s.mu.Unlock()
	redirect := form.Get("redirect_uri")
	if form.Get("client_id") != s.opts.AppKey {
		return refuse(codeInvalidClient)
	}
	if parsed, err := url.Parse(redirect); err != nil || !parsed.IsAbs() {
		return refuse(codeRedirect)
	}
	if s.callback == "" {
		s.callback = redirect
	}
	if redirect != s.callback {
		return refuse(codeRedirect)
	}
	return nil
}

// remembers reports whether the browser is logged in as a brand that has agreed before: the page then flashes through (§1.6).
func (s *Sim) remembers(r *http.Request) bool {
	cookie, err := r.Cookie(loginCookie)
	if err != nil {
		return false
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	b := s.brand(number(cookie.Value))
	return b != nil && s.liveToken(b) != nil
}

// liveToken returns the brand's token that still works, or nil.
func (s *Sim) liveToken(b *brand) *token {
	for _, t := range s.tokens {
		if t.user == b && !t.revoked && s.now().Before(t.until) {
			return t
		}
	}
	return nil
}

func denial(form url.Values) string {
	return back(form, url.Values{
		"error": {"access_denied"}, "error_code": {decimal(codeAccessDenied)}, "error_uri": {"/oauth2/authorize"},
		"error_description": {"user denied your request."},
	})
}

// back is the redirect address with an answer, and the state as it came.
func back(form, answer url.Values) string {
	if state := form.Get("state"); state != "" {
		answer.Set("state", state)
	}
	return withQuery(form.Get("redirect_uri"), answer)
}

// allow sends the browser back with a code.
func (s *Sim) allow(w http.ResponseWriter, r *http.Request, form url.Values, uid string) {
	code, known := s.grant(number(uid), form.Get("redirect_uri"))
	if !known {
		http.Error(w, "请选择要登录的账号", http.StatusBadRequest)
		return
	}
	http.SetCookie(w, &http.Cookie{Name: loginCookie, Value: uid, Path: "/", HttpOnly: true, SameSite: http.SameSiteLaxMode})
	http.Redirect(w, r, back(form, url.Values{"code": {code}}), http.StatusFound)
}

// grant makes a code for a brand, if there is such a brand.
func (s *Sim) grant(uid int64, redirect string) (code string, known bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	b := s.brand(uid)
	if b == nil {
		return "", false
	}
	code = strings.ToLower(s.word(32))
	s.codes[code] = &grant{user: b, redirect: redirect, until: s.now().Add(codeLife)}
	return code, true
}

// choice is one account on the consent page.
type choice struct{ UID, Name string }

func (s *Sim) showConsent(w http.ResponseWriter, form url.Values) {
	s.mu.Lock()
	var choices []choice
	for _, b := range s.brands {
		choices = append(choices, choice{decimal(b.uid), b.name})
	}
	s.mu.Unlock()
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	// A page that breaks off has no one to tell: the status is out already.
	_ = consentPage.Execute(w, map[string]any{
		"Brands": choices, "ClientID": form.Get("client_id"), "RedirectURI": form.Get("redirect_uri"), "State": form.Get("state"),
	})
}

// exchange answers access_token: JSON that calls itself text/plain, without token_type (§1.2).
func (s *Sim) exchange(w http.ResponseWriter, r *http.Request) {
	form := formOf(r)
	t, e, description := s.redeem(r, form)
	if e != nil {
		s.writeOAuthError(w, r, e, description)
		return
	}
	seconds := int(t.until.Sub(t.created).Seconds())
	writeJSON(w, "text/plain;charset=UTF-8", http.StatusOK, map[string]any{
		"access_token": t.value, "remind_in": fmt.Sprint(seconds), "expires_in": seconds, "uid": decimal(t.user.uid), "isRealName": "true",
	})
}

func (s *Sim) redeem(r *http.Request, form url.Values) (token, *apiError, string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	g := s.codes[form.Get("code")]
	switch {
	case r.Method != http.MethodPost:
		return token{}, refuse(codeWrongMethod), "only POST is supported"
	case notAForm(r) || form.Get("client_id") == "" || form.Get("client_secret") == "":
		return token{}, refuse(codeInvalidRequest), "miss client id or secret"
	case form.Get("client_id") != s.opts.AppKey:
		return token{}, refuse(codeInvalidClient), "client_id error."
	case form.Get("client_secret") != s.opts.AppSecret:
		return token{}, refuse(codeInvalidClient), "client_secret error."
	case form.Get("grant_type") != "authorization_code":
		return token{}, refuse(codeGrantType), "unsupported grant_type"
	case g == nil || !s.now().Before(g.until):
		return token{}, refuse(codeInvalidGrant), "invalid authorization code:" + form.Get("code")
	case form.Get("redirect_uri") != g.redirect:
		return token{}, refuse(codeRedirect), "redirect_uri mismatch"
	}
	delete(s.codes, form.Get("code"))
	t, e := s.issue(g.user)
	return t, e, ""
}

// notAForm reports a JSON body, of which Weibo reads nothing.
func notAForm(r *http.Request) bool {
	kind, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
	return kind == "application/json"
}

// issue gives a brand a token, or a new life to the one it has.
func (s *Sim) issue(b *brand) (token, *apiError) {
	if limit := s.opts.Quotas.TestUsers; limit > 0 && !b.authorised && s.bound() >= limit {
		return token{}, refuse(codeTestUsers)
	}
	b.authorised = true
	t := s.liveToken(b)
	if t == nil {
		t = &token{value: "2.00" + s.word(28), user: b}
		s.tokens[t.value] = t
	}
	t.created, t.until = s.now(), s.now().Add(s.opts.TokenLife)
	return *t, nil
}

// bound counts the brands that have authorised the app.
func (s *Sim) bound() int {
	n := 0
	for _, b := range s.brands {
		if b.authorised {
			n++
		}
	}
	return n
}

// Authorize binds a brand without a browser and returns its access token.
func (s *Sim) Authorize(uid string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	t, e := s.issue(s.mustBrand(uid))
	if e != nil {
		panic("sim: " + e.text())
	}
	return t.value
}

func (s *Sim) tokenInfo(w http.ResponseWriter, r *http.Request) {
	t, e := s.tokenOf(r)
	if e != nil {
		s.writeOAuthError(w, r, e, "")
		return
	}
	writeJSON(w, "text/plain;charset=UTF-8", http.StatusOK, map[string]any{
		"uid": t.user.uid, "appkey": number(s.opts.AppKey), "scope": nil, "create_at": t.created.Unix(),
		"expire_in": int(t.until.Sub(s.now()).Seconds()),
	})
}

func (s *Sim) revokeByApp(w http.ResponseWriter, r *http.Request) {
	t, e := s.tokenOf(r)
	if e != nil {
		s.writeOAuthError(w, r, e, "")
		return
	}
	s.Revoke(decimal(t.user.uid))
	writeJSON(w, "text/plain;charset=UTF-8", http.StatusOK, map[string]any{"result": "true"})
}

func (s *Sim) tokenOf(r *http.Request) (token, *apiError) {
	if r.Method != http.MethodPost {
		return token{}, refuse(codeWrongMethod)
	}
	form := formOf(r)
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.validToken(presented(form, r))
}
