package api

import (
	"strings"
	"testing"
	"time"

	"weibox/inbox"
)

const reply = "POST /api/v1/conversations/1/replies"

func TestConversations(t *testing.T) {
	for _, tc := range []call{
		{name: "unread is capped", do: "GET /api/v1/conversations/1", status: 200, has: `"unread":99`},
		{name: "pictures come through us", do: "GET /api/v1/conversations/1", status: 200, has: `"avatar_url":"/api/v1/contacts/1/avatar"`, hasNot: "sinaimg"},
		{name: "those of a post too", do: "GET /api/v1/conversations/1", status: 200, has: `"picture_urls":["/api/v1/posts/1/pictures/0"]`},
		{name: "a post of the account is ours", do: "GET /api/v1/conversations/1", status: 200, has: `"ours":true`},
		{name: "tags that are gone are left out", do: "GET /api/v1/conversations/1", status: 200, has: `"tags":[{"id":"1","name":"退款","color":"red","archived":false}]`},
		{name: "the window says how many are left", do: "GET /api/v1/conversations/1", status: 200, has: `"window":{"open":true,"until":"2026-03-01T10:00:00.000Z","left":3}`},
		{name: "versions are texts", do: "GET /api/v1/conversations/1", status: 200, has: `"version":"7"`},
		{name: "a page that is not full is the last", do: "GET /api/v1/conversations", status: 200, hasNot: "next_cursor"},
		{name: "a full one has a next", do: "GET /api/v1/conversations?limit=1", status: 200, has: `"next_cursor":"1772355600000.1"`},
		{name: "counts", do: "GET /api/v1/conversations/counts", status: 200, has: `{"mine":1,"unassigned":2,"all":3,"awaiting_mine":1}`},
		{name: "messages keep the platform's payload to themselves", do: "GET /api/v1/conversations/1/messages", status: 200, hasNot: "canary"},
		{name: "events have a line", do: "GET /api/v1/conversations/1/messages", status: 200, has: `"line":{"zh":"关注了你们"`},
		{name: "unknown attachments are files", do: "GET /api/v1/conversations/1/messages", status: 200, has: `"attachments":[{"type":"file","state":"ready","url":"/api/v1/media/1"}]`},
		{name: "the journal stands beside", do: "GET /api/v1/conversations/1/messages", status: 200, has: `"kind":"conversation.taken"`},
		{name: "a full page has an earlier one", do: "GET /api/v1/conversations/1/messages?limit=1", status: 200, has: `"earlier_cursor":"1772355540000.4"`},
		{name: "the webhook's address is for those who manage", as: "admin", do: "GET /api/v1/accounts/1", status: 200, has: `"webhook_url":"http://localhost:8080/hooks/weibo/canary-hook-key"`},
		{name: "and for nobody else", do: "GET /api/v1/accounts/1", status: 200, hasNot: "canary"},
		{name: "nor in the list", do: "GET /api/v1/accounts", status: 200, hasNot: "canary"},
		{name: "tokens never leave", as: "owner", do: "GET /api/v1/accounts/1", status: 200, hasNot: "canary-token"},
		{name: "instants have milliseconds", do: "GET /api/v1/accounts", status: 200, has: `"proven_at":"2026-03-01T08:00:00.123Z"`},
		{name: "an import that runs is shown", do: "GET /api/v1/accounts", status: 200, has: `"importing":true`},
		{name: "logins are for those who manage", do: "GET /api/v1/agents", status: 200, hasNot: `"login"`},
		{name: "they see them", as: "admin", do: "GET /api/v1/agents", status: 200, has: `"login":"admin"`},
		{name: "capacity has a usual value", as: "admin", do: "POST /api/v1/agents", body: `{"name":"王","login":"w","password":"x","role":"agent"}`, status: 201, has: `"capacity":20`},
		{name: "rules carry their version", as: "super", do: "PUT /api/v1/rules", body: `{"version":"3","rules":[]}`, status: 200, has: `{"version":"4","rules":[]}`},
		{name: "a version is a number", as: "super", do: "PUT /api/v1/rules", body: `{"version":"three","rules":[]}`, status: 400},
	} {
		if tc.as == "" {
			tc.as = "lin"
		}
		t.Run(tc.name, tc.run)
	}
}

func TestTheFilterIsReadWhole(t *testing.T) {
	s := start(t)
	call{do: "GET /api/v1/conversations?view=mine&state=open&account_id=1&account_id=2&kind=dm&kind=comment&assignee_id=3&tag_id=4&skill_group_id=5&awaiting=true&cursor=1772355600123.9&limit=7",
		as: "lin", status: 200}.on(s)
	f := s.h.filter
	if f.View != inbox.ViewMine || f.State != inbox.Open || len(f.Accounts) != 2 || len(f.Kinds) != 2 || f.Assignee != 3 || f.Tag != 4 || f.SkillGroup != 5 ||
		!f.Awaiting || f.Limit != 7 || f.Before.ID != 9 || !f.Before.At.Equal(time.UnixMilli(1772355600123)) {
		t.Errorf("filter %+v", f)
	}
	call{do: "GET /api/v1/conversations?id=" + strings.Join(strings.Split(strings.Repeat("8", 60), ""), "&id="), as: "lin", status: 200, hasNot: "next_cursor"}.on(s)
	if f := s.h.filter; len(f.IDs) != 60 || f.Limit != 60 || f.View != inbox.ViewAll {
		t.Errorf("filter %+v", f)
	}
}

func TestReply(t *testing.T) {
	for _, tc := range []call{
		{name: "is on its way", body: `{"text":"您好"}`, status: 202, has: `"delivery":{"id":"6","state":"unknown"`},
		{name: "needs text", body: `{"text":""}`, status: 400, has: `"field":"text"`},
		{name: "is hidden from another workspace", as: "stranger", body: `{"text":"您好"}`, status: 404},
	} {
		tc.do, tc.header = reply, idempotent
		if tc.as == "" {
			tc.as = "lin"
		}
		t.Run(tc.name, tc.run)
	}
}

func TestAReplyCarriesWhatTheComposerKnew(t *testing.T) {
	s := start(t)
	call{do: reply, as: "lin", body: `{"text":"您好","reply_to":"4","seen":"5","anyway":true,"resolve":true}`, header: idempotent, status: 202}.on(s)
	n := s.h.reply
	if n.ConversationID != 1 || n.Author.ID != 13 || n.Text != "您好" || n.ReplyTo != 4 || n.Seen != 5 || !n.Anyway || !n.Resolve || n.Key != idempotent[1] || n.OperatorIP != "192.0.2.1" {
		t.Errorf("reply %+v", n)
	}
}

func TestAssigningTellsNobodyFromNotSaid(t *testing.T) {
	lin, nobody := inbox.AgentID(13), inbox.AgentID(0)
	for body, want := range map[string]*inbox.AgentID{`{"agent_id":"14"}`: nil, `{"agent_id":"14","was":null}`: &nobody, `{"agent_id":null,"was":"13"}`: &lin} {
		s := start(t)
		call{do: "POST /api/v1/conversations/1/assign", as: "super", body: body, status: 200}.on(s)
		if got := s.h.was; (got == nil) != (want == nil) || want != nil && *got != *want {
			t.Errorf("%s: was %v, want %v", body, got, want)
		}
	}
}

func TestFilesOfOthersNeverRunInOurPages(t *testing.T) {
	for kind, shown := range map[string]string{"image/png": "image/png", "image/svg+xml": "", "text/html": "", "text/html; charset=utf-8": "", "": "", "application/pdf": ""} {
		s := start(t)
		s.h.media.ContentType = kind
		h := s.send("lin", "GET /api/v1/media/1", "").Header()
		if csp := h.Get("Content-Security-Policy"); !strings.Contains(csp, "sandbox") || !strings.Contains(csp, "default-src 'none'") {
			t.Errorf("%s: policy %q", kind, csp)
		}
		want := shown
		if shown == "" {
			want = "application/octet-stream"
		}
		if h.Get("Content-Type") != want || (h.Get("Content-Disposition") == "attachment") != (shown == "") || h.Get("X-Content-Type-Options") != "nosniff" {
			t.Errorf("%q goes out as %q, %q", kind, h.Get("Content-Type"), h.Get("Content-Disposition"))
		}
	}
}

func TestAFileOnItsWayIsAskedForAgain(t *testing.T) {
	s := start(t)
	s.h.media.State = inbox.MediaWaiting
	if w := s.send("lin", "GET /api/v1/contacts/1/avatar", ""); w.Code != 404 || w.Header().Get("Retry-After") != "2" {
		t.Errorf("status %d, Retry-After %q", w.Code, w.Header().Get("Retry-After"))
	}
	s.h.media.State = inbox.MediaGone
	if w := s.send("lin", "GET /api/v1/posts/1/pictures/0", ""); w.Code != 404 || w.Header().Get("Retry-After") != "" {
		t.Errorf("status %d, Retry-After %q", w.Code, w.Header().Get("Retry-After"))
	}
}

func TestHealth(t *testing.T) {
	now := time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC)
	good := inbox.Account{State: inbox.AccountActive, Token: inbox.Token{ExpiresAt: now.Add(8 * 24 * time.Hour)}}
	for _, tc := range []struct {
		name    string
		change  func(*inbox.Account)
		problem string
		want    inbox.AccountHealth
	}{
		{"good", func(*inbox.Account) {}, "", inbox.HealthGood},
		{"a token that does not say when it ends", func(a *inbox.Account) { a.Token.ExpiresAt = time.Time{} }, "", inbox.HealthGood},
		{"a token near its end", func(a *inbox.Account) { a.Token.ExpiresAt = now.Add(6 * 24 * time.Hour) }, "", inbox.HealthWarning},
		{"a dead token", func(a *inbox.Account) { a.State = inbox.AccountReauthorise }, "", inbox.HealthBroken},
		{"paused", func(a *inbox.Account) { a.State = inbox.AccountPaused }, "", inbox.HealthWarning},
		{"a source that fails", func(*inbox.Account) {}, "限流", inbox.HealthWarning},
		{"a capability that is missing", func(a *inbox.Account) { a.Capabilities = []inbox.Capability{{Status: inbox.Absent}} }, "", inbox.HealthWarning},
	} {
		a := good
		tc.change(&a)
		if got, _ := healthOf(a, []inbox.SourceState{{Problem: inbox.Sentence{ZH: tc.problem}}}, now); got != tc.want {
			t.Errorf("%s: %s", tc.name, got)
		}
	}
}
