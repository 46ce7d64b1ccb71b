package weibo

import (
	"context"
	"errors"
	"mime"
	"net/http"
	"net/url"
	"strings"
	"time"

	"golang.org/x/oauth2"

	"weibox/inbox"
)

// Step sends the manager to Weibo's consent page, and turns the code he comes back with into a grant.
func (c *Connector) Step(ctx context.Context, b inbox.Binding) (inbox.Step, error) {
	if c.settings.AppKey == "" || c.settings.AppSecret == "" {
		return inbox.Step{}, &inbox.Error{Code: inbox.Unavailable, ZH: "还没有配置微博应用；请管理员设置 weibo.app_key 与 weibo.app_secret 后重试",
			EN: "no Weibo app is configured: ask an admin to set weibo.app_key and weibo.app_secret, then try again"}
	}
	if len(b.Answer) == 0 {
		// forcelogin: without it the browser's current Weibo login would be bound again and again.
		return inbox.Step{Redirect: c.oauth(b.Callback).AuthCodeURL(b.State, oauth2.SetAuthURLParam("forcelogin", "true"))}, nil
	}
	if err := declined(b.Answer); err != nil {
		return inbox.Step{}, err
	}
	grant, err := c.grant(ctx, b)
	if err != nil {
		return inbox.Step{}, err
	}
	return inbox.Step{Grant: grant}, nil
}

func (c *Connector) oauth(callback string) *oauth2.Config {
	config := &oauth2.Config{
		ClientID: c.settings.AppKey, ClientSecret: c.settings.AppSecret.Reveal(), RedirectURL: callback,
		// In params: a first failing attempt with a header could use up the code (docs/platforms/weibo.md §1.3).
		Endpoint: oauth2.Endpoint{AuthURL: c.settings.AuthorizeURL, TokenURL: c.settings.TokenURL, AuthStyle: oauth2.AuthStyleInParams},
	}
	if len(c.settings.Scopes) > 0 {
		config.Scopes = []string{strings.Join(c.settings.Scopes, ",")} // Weibo joins by comma, the library by space
	}
	return config
}

// declined reads a refusal on the consent page.
func declined(answer url.Values) error {
	code, said := answer.Get("error_code"), answer.Get("error")
	if code == "" && said == "" {
		return nil
	}
	if code == "" {
		code = codeOfWord[said]
	}
	return loginError(refusal(code, shortened(said, 200), "oauth2/authorize"))
}

// codeOfWord translates OAuth's own words where no code comes with them.
var codeOfWord = map[string]string{
	"access_denied": consentDenied, "invalid_request": "21323", "invalid_client": "21324", "invalid_grant": "21325",
	"unauthorized_client": "21326", "unsupported_response_type": "21329", "temporarily_unavailable": "21331", "redirect_uri_mismatch": "21322",
}

// grant exchanges the code and reads who granted it, before anything is given on: an account without a face is no account.
func (c *Connector) grant(ctx context.Context, b inbox.Binding) (*inbox.Grant, error) {
	if b.Answer.Get("code") == "" {
		return nil, &inbox.Error{Code: inbox.Invalid, ZH: "微博没有返回授权码；请从头再授权一次", EN: "Weibo gave no authorisation code: start over"}
	}
	token, err := c.exchangeCode(ctx, b)
	if err != nil {
		return nil, err
	}
	uid, _ := token.Extra("uid").(string)
	if positiveInteger(uid) == "" {
		return nil, misunderstood(errors.New("the token has no uid"))
	}
	granted := c.token(token)
	account := inbox.Account{ExternalID: inbox.ExternalID(uid), Token: granted}
	who, err := c.show(ctx, account, account.ExternalID, inbox.ForAnswering)
	if err != nil {
		return nil, asLoginError(err)
	}
	return &inbox.Grant{ExternalID: account.ExternalID, Name: who.name(), AvatarURL: who.avatar(), Token: granted}, nil
}

// token dates the expiry on our clock.
func (c *Connector) token(t *oauth2.Token) inbox.Token {
	granted := inbox.Token{Access: inbox.Secret(t.AccessToken), Refresh: inbox.Secret(t.RefreshToken), Scopes: c.settings.Scopes}
	if t.ExpiresIn > 0 {
		granted.ExpiresAt = c.now().Add(time.Duration(t.ExpiresIn) * time.Second).UTC()
	}
	return granted
}

func (c *Connector) exchangeCode(ctx context.Context, b inbox.Binding) (*oauth2.Token, error) {
	client := &http.Client{Transport: tokenAnswer{c.writer.Transport, c.settings.TokenURL}, Timeout: c.settings.CallTimeout, CheckRedirect: noRedirect}
	token, err := c.oauth(b.Callback).Exchange(context.WithValue(ctx, oauth2.HTTPClient, client), b.Answer.Get("code"))
	var refused *oauth2.RetrieveError
	switch {
	case err == nil:
		return token, nil
	case errors.As(err, &refused):
		code, said := codeIn(refused.Body)
		if code == "" {
			code = codeOfWord[refused.ErrorCode]
		}
		return nil, loginError(refusal(code, said, "oauth2/access_token"))
	default:
		return nil, asLoginError(withoutAddress(err))
	}
}

// tokenAnswer corrects the type of the token answer: Weibo sends JSON as text/plain, which the library would read as a form
// (docs/platforms/weibo.md §1.3). It touches no other address.
type tokenAnswer struct {
	next     http.RoundTripper
	tokenURL string
}

func (t tokenAnswer) RoundTrip(req *http.Request) (*http.Response, error) {
	resp, err := t.next.RoundTrip(req)
	if err != nil || req.URL.String() != t.tokenURL {
		return resp, err
	}
	kind, _, _ := mime.ParseMediaType(resp.Header.Get("Content-Type"))
	if kind == "text/plain" {
		resp.Header.Set("Content-Type", "application/json")
	}
	return resp, nil
}

// loginError is what a manager in the wizard reads of a refusal.
func loginError(r *inbox.Refusal) error {
	code := inbox.Denied
	switch r.Kind {
	case inbox.RefusedBusy, inbox.RefusedConfig, inbox.RefusedPermission:
		code = inbox.Unavailable
	case inbox.RefusedLimit:
		code = inbox.Limited
	}
	return &inbox.Error{Code: code, ZH: r.ZH, EN: r.EN, RetryAt: r.RetryAt, Cause: r}
}

// asLoginError gives every failure of the wizard a sentence.
func asLoginError(err error) error {
	if r := inbox.RefusalOf(err); r != nil {
		return loginError(r)
	}
	if inbox.CodeOf(err) != "" {
		return err
	}
	return &inbox.Error{Code: inbox.Unavailable, ZH: "暂时无法连接微博；请稍后从头再授权一次", EN: "Weibo cannot be reached right now: start over in a while", Cause: err}
}

func misunderstood(cause error) error {
	return &inbox.Error{Code: inbox.Unavailable, ZH: "微博返回的授权信息不完整；请从头再授权一次，仍失败请联系管理员",
		EN: "Weibo's answer to the authorisation is incomplete: start over, or tell an admin", Cause: cause}
}
