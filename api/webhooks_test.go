package api

import (
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"weibox/inbox"
)

const hook = "POST /hooks/weibo/known-key?signature=s&timestamp=1"

func TestAPushIsAnsweredWithNothingOnceItIsStored(t *testing.T) {
	s := start(t)
	w := s.send("", hook, `{"text":"您好","text":"twice"}`, "Content-Type", "text/xml")
	if w.Code != 200 || w.Body.Len() != 0 {
		t.Errorf("status %d, body %q", w.Code, w.Body)
	}
	if len(s.h.pushes) != 1 {
		t.Fatalf("%d pushes stored", len(s.h.pushes))
	}
	if push := s.h.pushes[0]; push.Method != "POST" || push.Query.Get("signature") != "s" || string(push.Body) != `{"text":"您好","text":"twice"}` {
		t.Errorf("push %+v", push)
	}
}

func TestHooks(t *testing.T) {
	for _, tc := range []call{
		{name: "the platform's question is answered", do: "GET /hooks/weibo/known-key?echostr=4711", status: 200, has: "4711"},
		{name: "an unknown key is nothing", do: "POST /hooks/weibo/other-key", body: "{}", status: 404},
		{name: "nor is it asked about", do: "GET /hooks/weibo/other-key?echostr=1", status: 404},
		{name: "1 MiB is read", do: hook, body: strings.Repeat("x", 1<<20), status: 200},
		{name: "a byte more is not", do: hook, body: strings.Repeat("x", 1<<20+1), status: 413},
		{name: "bytes of any kind are kept", do: hook, body: "\x00\xff{", status: 200},
		{name: "and none at all", do: hook, status: 200},
	} {
		t.Run(tc.name, tc.run)
	}
}

func TestWhatIsNotStoredIsNotAcknowledged(t *testing.T) {
	for _, tc := range []struct {
		fail   error
		status int
	}{
		{&inbox.Error{Code: inbox.Denied, ZH: "签名不符", EN: "forged"}, 403},
		{&inbox.Error{Code: inbox.Unavailable, ZH: "繁忙", EN: "busy"}, 503},
		{errors.New("disk full"), 500},
	} {
		s := start(t)
		s.h.fail = tc.fail
		w := s.send("", hook, "{}")
		if w.Code != tc.status || len(s.h.pushes) > 0 {
			t.Errorf("%v: status %d", tc.fail, w.Code)
		}
		if tc.status == 503 && w.Header().Get("Retry-After") != "2" {
			t.Errorf("Retry-After %q", w.Header().Get("Retry-After"))
		}
	}
}

func TestPushesGiveWayToNobodysScreens(t *testing.T) {
	s := start(t, func(c *Config) { c.Limits.Reading, c.Limits.Wait = 1, time.Millisecond })
	s.classes[reading] <- struct{}{}
	call{do: hook, body: "{}", status: 200}.on(s)
	for range cap(s.classes[urgent]) {
		s.classes[urgent] <- struct{}{}
	}
	if w := s.send("", hook, "{}"); w.Code != http.StatusServiceUnavailable || w.Header().Get("Retry-After") == "" {
		t.Errorf("status %d, Retry-After %q", w.Code, w.Header().Get("Retry-After"))
	}
}

func TestTheWayBackFromTheConsentScreenEndsOnTheAccountsPage(t *testing.T) {
	const back = "GET /oauth/weibo/callback?state=s&code=c"
	for _, tc := range []struct {
		as   string
		fail error
		to   string
	}{
		{"admin", nil, "/settings/accounts?bound=1"},
		{"admin", &inbox.Error{Code: inbox.Conflict, ZH: "已被绑定", EN: "bound elsewhere"}, "/settings/accounts?binding_error=conflict"},
		{"admin", errors.New("canary"), "/settings/accounts?binding_error=internal"},
		{"lin", nil, "/settings/accounts?binding_error=denied"},
		{"", nil, "/settings/accounts?binding_error=unauthenticated"},
	} {
		s := start(t)
		s.h.fail = tc.fail
		if w := s.send(tc.as, back, ""); w.Code != http.StatusSeeOther || w.Header().Get("Location") != tc.to {
			t.Errorf("as %q with %v: status %d to %s", tc.as, tc.fail, w.Code, w.Header().Get("Location"))
		}
	}
}
