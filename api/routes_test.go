package api

import (
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"

	"weibox/inbox"

	"github.com/gin-gonic/gin"
)

// everyRoute is the written answer to who may do what: o owner, a admin, s supervisor, l agent, m marketer, v viewer, - nobody signed in.
// A route that is missing here fails the test, so that adding one means deciding this.
var everyRoute = []struct{ who, do, body string }{
	{"oaslmv-", "GET /api/v1/setup", ""},
	{"oaslmv-", "POST /api/v1/setup", `{"token":"right","workspace":"店","name":"王","login":"owner","password":"x"}`},
	{"oaslmv-", "POST /api/v1/session", `{"login":"owner","password":"right"}`},
	{"oaslmv-", "DELETE /api/v1/session", ""},
	{"oaslmv", "PUT /api/v1/session/workspace", `{"workspace_id":"1"}`},
	{"oaslmv", "GET /api/v1/sessions", ""},
	{"oaslmv", "DELETE /api/v1/sessions/1", ""},
	{"oaslmv", "GET /api/v1/me", ""},
	{"oaslmv", "PATCH /api/v1/me", `{"presence":"busy"}`},
	{"oaslmv", "PUT /api/v1/me/password", `{"current":"a","new":"b"}`},
	{"oaslmv", "GET /api/v1/agents", ""},
	{"oa", "POST /api/v1/agents", `{"name":"王","login":"w","password":"x","role":"agent"}`},
	{"oa", "PATCH /api/v1/agents/1", `{"disabled":true}`},
	{"oaslmv", "GET /api/v1/skill-groups", ""},
	{"oa", "POST /api/v1/skill-groups", `{"name":"售后","agent_ids":["1"]}`},
	{"oa", "PUT /api/v1/skill-groups/1", `{"name":"售后","agent_ids":[]}`},
	{"oa", "DELETE /api/v1/skill-groups/1", ""},
	{"oaslmv", "GET /api/v1/platforms", ""},
	{"oa", "POST /api/v1/bindings", `{"platform":"weibo"}`},
	{"oaslmv", "GET /api/v1/accounts", ""},
	{"oaslmv", "GET /api/v1/accounts/1", ""},
	{"oa", "PATCH /api/v1/accounts/1", `{"paused":true}`},
	{"oa", "DELETE /api/v1/accounts/1", ""},
	{"oa", "POST /api/v1/accounts/1/check", ""},
	{"oa", "GET /api/v1/system", ""},
	{"oa", "GET /api/v1/dead-letters", ""},
	{"oa", "POST /api/v1/dead-letters/1/replay", ""},
	{"oaslmv", "GET /api/v1/conversations", ""},
	{"oaslmv", "GET /api/v1/conversations/counts", ""},
	{"oaslmv", "GET /api/v1/conversations/1", ""},
	{"oaslmv", "GET /api/v1/conversations/1/messages", ""},
	{"oaslmv", "PUT /api/v1/conversations/1/read", `{"message_id":"5"}`},
	{"oasl", "POST /api/v1/conversations/1/replies", `{"text":"您好"}`},
	{"oaslm", "POST /api/v1/conversations/1/notes", `{"text":"记一下"}`},
	{"oasl", "POST /api/v1/conversations/1/take", ""},
	{"oasl", "POST /api/v1/conversations/1/assign", `{"agent_id":null}`},
	{"oasl", "POST /api/v1/conversations/1/transfer", `{"agent_id":"13"}`},
	{"oasl", "POST /api/v1/conversations/1/resolve", ""},
	{"oasl", "POST /api/v1/conversations/1/reopen", ""},
	{"oaslm", "PUT /api/v1/conversations/1/tags/1", ""},
	{"oaslm", "DELETE /api/v1/conversations/1/tags/1", ""},
	{"oasl", "POST /api/v1/replies/1/cancel", ""},
	{"oasl", "POST /api/v1/replies/1/resend", `{}`},
	{"oasl", "POST /api/v1/replies/1/confirm", ""},
	{"oasl", "POST /api/v1/replies/1/recheck", ""},
	{"oaslmv", "GET /api/v1/media/1", ""},
	{"oaslmv", "GET /api/v1/contacts/1/avatar", ""},
	{"oaslmv", "GET /api/v1/posts/1/pictures/0", ""},
	{"oaslmv", "GET /api/v1/tags", ""},
	{"oasm", "POST /api/v1/tags", `{"name":"退款","color":"red"}`},
	{"oasm", "PUT /api/v1/tags/1", `{"name":"退款","color":"red","archived":true}`},
	{"oas", "GET /api/v1/rules", ""},
	{"oas", "PUT /api/v1/rules", `{"version":"3","rules":[{"name":"退款","enabled":true,"kinds":["dm"],"words":["退款"],"account_ids":[],"tag_ids":["1"]}]}`},
	{"oaslmv", "GET /api/v1/stream", ""},
	{"oaslmv-", "GET /hooks/weibo/known-key?echostr=42", ""},
	{"oaslmv-", "POST /hooks/weibo/known-key", `{}`},
	{"oa", "GET /oauth/weibo/callback?code=1&state=2", ""},
	{"oaslmv-", "GET /openapi.yaml", ""},
	{"oaslmv-", "GET /swagger", ""},
	{"oaslmv-", "GET /swagger/index.html", ""},
}

var letters = map[rune]string{'o': "owner", 'a': "admin", 's': "super", 'l': "lin", 'm': "market", 'v': "view", '-': ""}

var idempotent = []string{"Idempotency-Key", "01J00000000000000000000000"}

// visit makes a request that would run on for ever if it were let: streams end at once because the server is draining.
func (s *site) visit(as, do, body string, header ...string) int {
	s.Drain()
	return s.send(as, do, body, slices.Concat(idempotent, header)...).Code
}

func TestWhoMayUseEachRoute(t *testing.T) {
	for _, r := range everyRoute {
		t.Run(r.do, func(t *testing.T) {
			for letter, name := range letters {
				code := start(t, func(c *Config) { c.PublicURL = "http://localhost" }).visit(name, r.do, r.body)
				refused := code == http.StatusUnauthorized || code == http.StatusForbidden
				if strings.Contains(r.do, "/callback") {
					refused = false // a person on his way back is sent to a page, whatever happened
				}
				if may := strings.ContainsRune(r.who, letter); may == refused && !strings.Contains(r.do, "/callback") {
					t.Errorf("as %q: status %d, may is %v", name, code, may)
				}
				if !refused && code >= 400 {
					t.Errorf("as %q: status %d", name, code)
				}
			}
		})
	}
}

func TestEveryRouteIsWrittenDownHere(t *testing.T) {
	s := start(t)
	written := map[string]bool{}
	for _, r := range everyRoute {
		method, address, _ := strings.Cut(r.do, " ")
		path, _, _ := strings.Cut(address, "?")
		request, err := http.NewRequest(method, path, nil)
		if err != nil {
			t.Fatal(err)
		}
		rt, _ := s.routeOf(request)
		written[rt.name()] = true
	}
	engine, err := s.engine()
	if err != nil {
		t.Fatal(err)
	}
	for _, served := range engine.Routes() {
		if !written[served.Method+" "+served.Path] {
			t.Errorf("%s %s is served, but nobody has decided who may use it", served.Method, served.Path)
		}
	}
}

func TestTheDomainIsAskedInTheNameOfTheSessionAlone(t *testing.T) {
	for _, r := range everyRoute {
		s := start(t)
		code := s.visit("stranger", r.do, r.body, "X-Workspace-Id", "1", "X-Agent-Id", "10")
		for _, viewer := range s.h.viewers {
			if viewer.WorkspaceID != 2 || viewer.ID != s.h.people["stranger"].Agent.ID {
				t.Errorf("%s: the domain was asked in the name of %d of workspace %d", r.do, viewer.ID, viewer.WorkspaceID)
			}
		}
		if len(s.h.viewers) > 0 && code != http.StatusNotFound && code != http.StatusSeeOther {
			t.Errorf("%s with another workspace's ids: status %d, want 404", r.do, code)
		}
	}
}

func TestRoutesAndContractMustAgree(t *testing.T) {
	c, err := loadContract()
	if err != nil {
		t.Fatal(err)
	}
	table := start(t).routes
	if errs := c.match(table); len(errs) > 0 {
		t.Fatal(errs)
	}
	broken := map[string]func([]route) []route{
		"nothing answers it":             func(t []route) []route { return t[1:] },
		"is not in openapi.yaml":         func(t []route) []route { return append(t, route{method: "GET", path: "/extra", may: anyone}) },
		"does not say who may use it":    func(t []route) []route { t[5].may = ""; return t },
		"disagree about whether a sess":  func(t []route) []route { t[7].may = anyone; return t },
		"about whether a session is nee": func(t []route) []route { t[0].may = inbox.MayRead; return t },
	}
	for _, complaint := range slices.Sorted(maps.Keys(broken)) {
		errs := c.match(broken[complaint](slices.Clone(table)))
		if len(errs) == 0 || !strings.Contains(errs[0].Error(), complaint) {
			t.Errorf("complaints %v, want %q", errs, complaint)
		}
	}
}

func TestGinRunsForReal(t *testing.T) {
	start(t)
	if gin.Mode() != gin.ReleaseMode {
		t.Errorf("gin is in %s mode", gin.Mode())
	}
}
