package api

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"weibox/inbox"
)

func TestEachCodeHasItsStatus(t *testing.T) {
	for code, want := range map[inbox.Code]int{
		inbox.Invalid: 400, inbox.TooLong: 400, inbox.Unauthenticated: 401, inbox.Denied: 403, inbox.NotFound: 404, inbox.Conflict: 409, inbox.Taken: 409,
		inbox.Collision: 409, inbox.Closed: 409, inbox.WindowClosed: 409, inbox.AllowanceSpent: 409, inbox.NeedsReauthorisation: 409,
		inbox.PausedAccount: 409, inbox.Unsupported: 409, inbox.TooLarge: 413, inbox.Limited: 429, inbox.Unavailable: 503,
	} {
		s := start(t)
		s.h.fail = fmt.Errorf("while asking: %w", &inbox.Error{Code: code, ZH: "中文", EN: "english", Cause: errors.New("canary-cause")})
		call{do: "GET /api/v1/conversations/1", as: "lin", status: want, has: fmt.Sprintf(`"code":%q,"zh":"中文","en":"english"`, code), hasNot: "canary"}.on(s)
	}
	if len(status) != 17 {
		t.Errorf("%d codes have a status", len(status))
	}
}

func TestWhatHasNoCodeIsLoggedInFullAndShownAsNothing(t *testing.T) {
	s := start(t)
	s.h.fail = errors.New("dial tcp 10.0.0.7:3306: canary-internal")
	w := s.send("lin", "GET /api/v1/conversations/1", "")
	var answer errorBody
	if err := json.Unmarshal(w.Body.Bytes(), &answer); err != nil {
		t.Fatal(err)
	}
	if w.Code != 500 || answer.Error.Code != internal || answer.Error.RequestID == "" || answer.Error.RequestID != w.Header().Get("X-Request-Id") {
		t.Errorf("status %d\n%s", w.Code, w.Body)
	}
	if strings.Contains(w.Body.String(), "canary") {
		t.Errorf("the answer shows the cause: %s", w.Body)
	}
	if logged := s.logs.String(); !strings.Contains(logged, "canary-internal") || !strings.Contains(logged, answer.Error.RequestID) {
		t.Errorf("the log lacks the cause or the request: %s", logged)
	}
}

func TestAPanicIsOneFailedRequest(t *testing.T) {
	s := start(t)
	s.h.panics = true
	call{do: "GET /api/v1/conversations/1", as: "lin", status: 500, has: `"code":"internal"`, hasNot: "canary"}.on(s)
	if logged := s.logs.String(); !strings.Contains(logged, "canary-panic") || !strings.Contains(logged, "goroutine") {
		t.Errorf("the log lacks the panic or its stack: %s", logged)
	}
	s.h.panics = false
	call{do: "GET /api/v1/conversations/1", as: "lin", status: 200}.on(s)
	if n := len(s.classes[reading]); n != 0 {
		t.Errorf("%d places were not given back", n)
	}
}

func TestErrorsSayWhenToComeBackAndWhoWasFaster(t *testing.T) {
	s := start(t)
	s.h.fail = &inbox.Error{Code: inbox.Limited, ZH: "稍候", EN: "wait", RetryAt: s.h.clock.Add(1500 * time.Millisecond)}
	w := s.send("lin", "GET /api/v1/conversations/1", "")
	if w.Header().Get("Retry-After") != "2" || !strings.Contains(w.Body.String(), `"retry_at":"2026-03-01T09:00:01.500Z"`) {
		t.Errorf("Retry-After %q\n%s", w.Header().Get("Retry-After"), w.Body)
	}
	s.h.fail = &inbox.Error{Code: inbox.Taken, ZH: "被接入", EN: "taken", Assignee: 13}
	call{do: "POST /api/v1/conversations/1/take", as: "lin", status: 409, has: `"assignee":{"id":"13","name":"小林"}`}.on(s)
	newest := s.h.aMessage()
	s.h.fail = &inbox.Error{Code: inbox.Collision, ZH: "有新回复", EN: "somebody answered", Newest: &newest}
	call{do: "POST /api/v1/conversations/1/replies", as: "lin", body: `{"text":"您好"}`, header: idempotent, status: 409, has: `"newest":{"id":"5"`, hasNot: "canary"}.on(s)
}

func TestAPlatformsRefusalIsShownInItsOwnSentences(t *testing.T) {
	s := start(t)
	s.h.fail = &inbox.Refusal{Kind: inbox.RefusedConfig, Code: "21322", Said: "canary redirect_uri_mismatch", ZH: "请在控制台填写回调地址", EN: "fill in the callback address"}
	call{do: "POST /api/v1/accounts/1/check", as: "owner", status: 409, has: "请在控制台填写回调地址", hasNot: "canary"}.on(s)
	s.h.fail = &inbox.Refusal{Kind: inbox.RefusedLimit, ZH: "次数用完", EN: "spent", RetryAt: s.h.clock.Add(time.Minute)}
	if w := s.send("owner", "POST /api/v1/accounts/1/check", ""); w.Code != 503 || w.Header().Get("Retry-After") != "60" {
		t.Errorf("status %d, Retry-After %q", w.Code, w.Header().Get("Retry-After"))
	}
}

func TestATimeOutIsNotAnInternalError(t *testing.T) {
	s := start(t)
	s.h.fail = fmt.Errorf("query: %w", context.DeadlineExceeded)
	call{do: "GET /api/v1/conversations/1", as: "lin", status: 503, has: `"code":"unavailable"`}.on(s)
}

func TestTheLogHoldsNoSecretsAndNoAddresses(t *testing.T) {
	s := start(t)
	s.send("", "POST /api/v1/session", `{"login":"owner","password":"canary-password"}`)
	s.send("", "POST /api/v1/session", `{"login":"canary-login","password":"x"}`)
	s.send("canary-token", "GET /api/v1/me?canary=query", "")
	s.send("", "POST /hooks/weibo/canary-key?signature=canary", `{"text":"canary-message"}`)
	s.send("lin", addNote, `{"text":"canary-note"}`)
	s.send("owner", "GET /oauth/weibo/callback?code=canary-code", "")
	s.send("lin", "GET /canary-page", "")
	logged := s.logs.String()
	if strings.Contains(logged, "canary") || strings.Contains(logged, "192.0.2.1") {
		t.Errorf("the log holds what it must not:\n%s", logged)
	}
	if !strings.Contains(logged, "route=/hooks/:platform/:key") || !strings.Contains(logged, "agent=13") {
		t.Errorf("the log does not say what happened:\n%s", logged)
	}
}
