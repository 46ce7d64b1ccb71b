package weibo

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"

	"weibox/inbox"
)

// request is one call to the API in the name of an account.
type request struct {
	endpoint endpoint
	account  inbox.ExternalID
	token    inbox.Secret
	purpose  inbox.Purpose
	params   url.Values
}

func (c *Connector) request(account inbox.Account, name string, purpose inbox.Purpose, params url.Values) request {
	return request{endpoint: c.settings.endpoint(name), account: account.ExternalID, token: account.Token.Access, purpose: purpose, params: params}
}

// call pays for the request, makes it once and reads the answer into the given value. A no of the platform, or of a quota, is a *Refusal;
// what happened before any byte was written is ErrNotLeft; anything else says nothing about what the platform did.
func (c *Connector) call(ctx context.Context, r request, into any) error {
	p := c.pool(r.account, r.endpoint)
	if err := c.spend(ctx, r.purpose, p); err != nil {
		return err
	}
	req, err := r.http(ctx)
	if err != nil {
		return fmt.Errorf("%w: %w", inbox.ErrNotLeft, err)
	}
	got, err := c.exchange(c.clientFor(r.endpoint), req, c.settings.MaxAnswer)
	if err != nil {
		return fmt.Errorf("weibo %s: %w", r.endpoint.name, err)
	}
	switch code, said := codeIn(got.body); code {
	case "":
		return got.decode(r.endpoint, into)
	case delayedSuccess:
		return errDelayed
	default:
		return c.refused(ctx, p, refusal(code, said, r.endpoint.name))
	}
}

func (c *Connector) clientFor(e endpoint) *http.Client {
	if e.writes() {
		return c.writer
	}
	return c.reader
}

// spend takes the call from its quotas. Whatever goes wrong here, nothing has left.
func (c *Connector) spend(ctx context.Context, purpose inbox.Purpose, p pool) error {
	err := c.meter.Spend(ctx, purpose, p.all()...)
	if err == nil || inbox.RefusalOf(err) != nil {
		return err
	}
	return fmt.Errorf("%w: count the call: %w", inbox.ErrNotLeft, err)
}

// refused finishes a refusal: the quota it speaks of is emptied, and it learns when to come back.
func (c *Connector) refused(ctx context.Context, p pool, r *inbox.Refusal) error {
	if err := c.exhaust(ctx, p, r); err != nil {
		return errors.Join(r, err)
	}
	switch r.Code {
	case postingTooOften:
		r.RetryAt = c.now().Add(c.settings.TooOftenPause)
	case captchaAsked, captchaAskedDM:
		// Every further attempt would make the platform more suspicious.
		return errors.Join(r, c.meter.Exhaust(ctx, p.writing, c.now().Add(c.settings.CaptchaPause)))
	}
	return r
}

// http builds the request. The token goes in a header or in the form, never in an address, where it would be logged.
func (r request) http(ctx context.Context) (*http.Request, error) {
	if r.endpoint.method == http.MethodGet {
		return r.get(ctx)
	}
	form := url.Values{"access_token": {r.token.Reveal()}}
	for key, values := range r.params {
		form[key] = values
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, r.endpoint.url, strings.NewReader(form.Encode()))
	if err != nil {
		return nil, err
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return req, nil
}

func (r request) get(ctx context.Context) (*http.Request, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, r.endpoint.url+"?"+r.params.Encode(), nil)
	if err != nil {
		return nil, err
	}
	req.Header.Set("Authorization", "OAuth2 "+r.token.Reveal())
	return req, nil
}

// answer is what came back. Its status is for the log: only codes decide (docs/platforms/weibo.md §6).
type answer struct {
	status      int
	contentType string
	body        []byte
}

// exchange sends a request once and reads at most limit bytes. The errors of net/http carry the address; only their cause is kept.
func (c *Connector) exchange(client *http.Client, req *http.Request, limit int64) (answer, error) {
	var d departure
	resp, err := client.Do(req.WithContext(d.watch(req.Context())))
	if err != nil {
		return answer{}, d.judge(withoutAddress(err))
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, limit+1))
	if err != nil {
		return answer{}, fmt.Errorf("read the answer: %w", withoutAddress(err))
	}
	if int64(len(body)) > limit {
		return answer{}, errTooLarge(limit)
	}
	return answer{status: resp.StatusCode, contentType: resp.Header.Get("Content-Type"), body: body}, nil
}

func withoutAddress(err error) error {
	var addressed *url.Error
	if errors.As(err, &addressed) {
		return addressed.Err
	}
	return err
}

// decode reads a yes. What is not understood, or comes with a status of trouble, leaves the outcome open.
func (a answer) decode(e endpoint, into any) error {
	if a.status < 200 || a.status > 299 {
		return fmt.Errorf("weibo %s: HTTP status %d without an error code", e.name, a.status)
	}
	if err := json.Unmarshal(a.body, into); err != nil {
		return fmt.Errorf("weibo %s: answer not understood: %w", e.name, err)
	}
	return nil
}
