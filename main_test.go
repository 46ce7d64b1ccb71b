package main

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"weibox/connectors/weibo/sim"
	"weibox/inbox"
)

// The whole road, once: bind, import, arrive by push and by poll, answer, and see it arrive exactly once.
func TestTheWholeRoad(t *testing.T) {
	start(t, func(t *testing.T, p *program) {
		old := p.weibo.AddFan("老粉")
		old.Comment(p.post, "上个月就想问了", "")
		a := p.bound()
		if a.State != "active" || a.capability("read_comments") == "" || a.capability("read_comments") == "missing" {
			t.Errorf("bound it is %+v", a)
		}
		if c := p.with(old, "comment"); c.Unread != 0 || c.Awaiting {
			t.Errorf("the import alarms: %+v", c)
		}

		fan := p.weibo.AddFan("小雨")
		fan.DM("快递什么时候到?")
		fan.Comment(p.post, "好喝吗", "")
		fan.Mention(p.brand, "今天喝了")
		private, public, mention := p.with(fan, "dm"), p.with(fan, "comment"), p.with(fan, "mention")
		if !private.Awaiting || private.Unread != 1 || !public.Awaiting || public.Post == nil || public.Post.Text != "新品上市" || mention.Post == nil {
			t.Errorf("they arrived as %+v, %+v, %+v", private, public, mention)
		}

		m := p.reply(private, "今天到")
		if m.Delivery == nil || m.Delivery.State != "queued" {
			t.Errorf("accepted as %+v", m.Delivery)
		}
		p.delivered(private, m.ID, "sent")
		m = p.reply(public, "好喝的")
		sent := p.delivered(public, m.ID, "sent")
		if dms, comments := p.accepted(sim.KindDM), p.accepted(sim.KindComment); len(dms) != 1 || len(comments) != 1 || !strings.HasSuffix(comments[0].Text, "好喝的") {
			t.Errorf("the platform has %+v and %+v", dms, comments)
		} else if sent.Delivery.ExternalID != comments[0].ID || comments[0].Target == "" {
			t.Errorf("the answer has id %s here and %s there", sent.Delivery.ExternalID, comments[0].ID)
		}
		if c := p.with(fan, "dm"); c.Awaiting {
			t.Error("the fan still waits after the answer")
		}

		if _, err := p.weibo.Native(p.brand, p.post, p.messageOf(t, public, "好喝吗"), "店里也有试喝"); err != nil {
			t.Fatal(err)
		}
		p.until("the answer given in Weibo's own app", func() bool {
			for _, m := range p.messages(public) {
				if m.Text == "店里也有试喝" || strings.HasSuffix(m.Text, ":店里也有试喝") {
					return m.Origin == "native" && m.Direction == "out"
				}
			}
			return false
		})
		if said := p.messages(public); len(said) != 3 {
			t.Errorf("our own answer came back as another message: %+v", said)
		}
	})
}

// messageOf is the platform's id of a fan's words.
func (p *program) messageOf(t *testing.T, c conversation, text string) string {
	t.Helper()
	for _, offer := range p.weibo.Offered() {
		for _, id := range offer.IDs {
			if offer.Way != "push" && id != "" {
				for _, m := range p.messagesWithID(c) {
					if m.Text == text && m.ExternalID == id {
						return id
					}
				}
			}
		}
	}
	t.Fatalf("%q was never offered", text)
	return ""
}

type identified struct {
	Text       string
	ExternalID string `json:"external_id"`
}

func (b *browser) messagesWithID(c conversation) []identified {
	b.t.Helper()
	var page struct{ Messages []identified }
	b.call(http.MethodGet, "/api/v1/conversations/"+c.ID+"/messages", nil, http.StatusOK, &page)
	return page.Messages
}

func TestABindingThatIsNotFinishedLeavesNoAccount(t *testing.T) {
	start(t, func(t *testing.T, p *program) {
		if at := p.finish(p.consent("deny")); at.Get("binding_error") == "" {
			t.Errorf("a cancelled consent ends at %v", at)
		}
		if at := p.finish("http://" + p.address + "/oauth/weibo/callback?state=made-up&code=made-up"); at.Get("binding_error") != "denied" {
			t.Errorf("a made-up answer ends at %v", at)
		}
		back := p.consent("allow")
		stranger := p.newBrowser()
		if answer := stranger.visit(back); answer.StatusCode == http.StatusSeeOther && strings.Contains(answer.Header.Get("Location"), "bound=") {
			t.Error("somebody who is not signed in finished the binding")
		}
		if list := p.accounts(); len(list) != 0 {
			t.Fatalf("there are half-bound accounts: %+v", list)
		}
		if at := p.finish(back); at.Get("bound") == "" {
			t.Errorf("the right answer ends at %v", at)
		}
		if at := p.finish(back); at.Get("binding_error") != "denied" {
			t.Errorf("the same answer a second time ends at %v", at)
		}
		used, _ := url.Parse(back)
		fresh, _ := url.Parse(p.consent("allow"))
		query := fresh.Query()
		query.Set("code", used.Query().Get("code"))
		fresh.RawQuery = query.Encode()
		if at := p.finish(fresh.String()); at.Get("binding_error") == "" {
			t.Errorf("a code used twice ends at %v", at)
		}
		if list := p.accounts(); len(list) != 1 || list[0].State != "active" {
			t.Errorf("the accounts are %+v", list)
		}
	})
}

func TestASecondWorkspaceCannotBindTheSameAccount(t *testing.T) {
	start(t, func(t *testing.T, p *program) {
		p.bound()
		person := inbox.NewAgent{Login: "other", Name: "别家", Password: password, Role: inbox.Owner, Capacity: 20, AllAccounts: true}
		if _, err := p.houses[0].people.AddUser(t.Context(), "晴野", person); err != nil {
			t.Fatal(err)
		}
		other := *p
		other.browser = p.newBrowser()
		other.call(http.MethodPost, "/api/v1/session", map[string]string{"login": "other", "password": password}, http.StatusOK, nil)
		if at := other.bind(); at.Get("binding_error") != "conflict" {
			t.Errorf("it ends at %v", at)
		}
		if list := other.accounts(); len(list) != 0 {
			t.Errorf("the other workspace is left with %+v", list)
		}
		if list := p.accounts(); list[0].State != "active" {
			t.Errorf("the first workspace's account is %+v", list[0])
		}
	})
}

func TestAMissingPermissionIsSaidAndTheRestWorks(t *testing.T) {
	start(t, func(t *testing.T, p *program) {
		if err := p.weibo.Deny(p.brand, "comments/mentions"); err != nil {
			t.Fatal(err)
		}
		if err := p.weibo.Deny(p.brand, "statuses/mentions"); err != nil {
			t.Fatal(err)
		}
		p.bind()
		a := p.accounts()[0]
		if a.capability("read_mentions") != "missing" || a.capability("read_comments") == "missing" || a.State != "active" {
			t.Errorf("the account is %+v", a)
		}
		fan := p.weibo.AddFan("小雨")
		fan.Comment(p.post, "好喝吗", "")
		p.with(fan, "comment")
		for _, c := range p.accounts()[0].Capabilities {
			if c.Status == "missing" && (c.ZH == "" || c.EN == "") {
				t.Errorf("%s is missing without a next step", c.Name)
			}
		}
	})
}

func TestARevokedTokenStopsTheAccountAndConsentResumesWhereItStopped(t *testing.T) {
	start(t, func(t *testing.T, p *program) {
		a, fan := p.bound(), p.weibo.AddFan("小雨")
		fan.Comment(p.post, "第一句", "")
		talk := p.with(fan, "comment")
		p.weibo.Revoke(p.brand)
		p.until("the account asks for consent", func() bool { return p.accounts()[0].State == "reauthorise" })
		if stopped := p.accounts()[0]; stopped.Health != "broken" || stopped.StateReason.ZH == "" || stopped.StateReason.EN == "" {
			t.Errorf("it says %+v", stopped)
		}
		p.call(http.MethodPost, "/api/v1/conversations/"+talk.ID+"/replies", map[string]any{"text": "您好"}, http.StatusConflict, nil)
		fan.Comment(p.post, "第二句", "") // nobody is listening
		var polls int
		p.until("polling stops", func() bool {
			before := polls
			polls = len(p.weibo.Offered())
			return polls == before
		})
		var step struct{ URL string }
		p.call(http.MethodPost, "/api/v1/bindings", map[string]string{"platform": "weibo", "account_id": a.ID}, http.StatusCreated, &step)
		if at := p.finish(p.visit(step.URL + "&login_as=" + p.brand + "&decision=allow").Header.Get("Location")); at.Get("bound") != a.ID {
			t.Fatalf("re-authorising ends at %v", at)
		}
		p.until("what was said meanwhile is here, once", func() bool { return len(p.messages(talk)) == 2 })
		if again := p.accounts(); len(again) != 1 || again[0].State != "active" || again[0].WebhookURL != a.WebhookURL {
			t.Errorf("the accounts are %+v", again)
		}
		m := p.reply(talk, "您好")
		p.delivered(talk, m.ID, "sent")
	})
}

func TestARestartLosesNothingAndSendsNothingTwice(t *testing.T) {
	start(t, func(t *testing.T, p *program) {
		p.bound()
		fan := p.weibo.AddFan("小雨")
		fan.Comment(p.post, "好喝吗", "")
		fan.DM("在吗")
		talk, private := p.with(fan, "comment"), p.with(fan, "dm")
		m := p.reply(talk, "好喝的")
		p.restart(func() { fan.DM("人呢?") }) // pushed to nobody; Weibo tries again
		p.delivered(talk, m.ID, "sent")
		p.until("the message of meanwhile", func() bool { return len(p.messages(private)) == 2 })
		if comments := p.accepted(sim.KindComment); len(comments) != 1 {
			t.Errorf("the platform has %d answers", len(comments))
		}
	})
}

func TestAnAnswerWhoseOutcomeWasLostIsFoundOnThePlatform(t *testing.T) {
	start(t, func(t *testing.T, p *program) {
		p.bound()
		fan := p.weibo.AddFan("小雨")
		fan.Comment(p.post, "好喝吗", "")
		talk := p.with(fan, "comment")
		p.weibo.Fault(sim.Fault{Endpoint: "comments/reply", Kind: sim.FaultAcceptThenDrop, Times: 1})
		m := p.reply(talk, "好喝的")
		p.delivered(talk, m.ID, "sent") // by polling, or by looking it up
		if comments := p.accepted(sim.KindComment); len(comments) != 1 {
			t.Errorf("the platform has %d answers", len(comments))
		}
		if said := p.messages(talk); len(said) != 2 {
			t.Errorf("the conversation has %+v", said)
		}
	})
}

func TestOnlyThePlatformItselfIsHeardAtTheWebhook(t *testing.T) {
	start(t, func(t *testing.T, p *program) {
		a := p.bound()
		body := `{"type":"text","receiver_id":` + p.brand + `,"sender_id":2600000001,"created_at":"Mon Mar 02 17:00:00 +0800 2026","text":"假的","data":{}}`
		signed := func(secret string, at time.Time) string {
			timestamp, nonce := strconv.FormatInt(at.UnixMilli(), 10), "12345678"
			return a.WebhookURL + "?" + url.Values{"signature": {sim.Signature(secret, timestamp, nonce)}, "timestamp": {timestamp}, "nonce": {nonce}}.Encode()
		}
		now := time.Now()
		for name, tc := range map[string]struct {
			address, body string
			status        int
		}{
			"unsigned":         {a.WebhookURL, body, http.StatusForbidden},
			"forged":           {signed("guessed", now), body, http.StatusForbidden},
			"stale":            {signed("pretend-secret", now.Add(-time.Hour)), body, http.StatusForbidden},
			"from the future":  {signed("pretend-secret", now.Add(time.Hour)), body, http.StatusForbidden},
			"an unknown key":   {strings.Replace(signed("pretend-secret", now), "/hooks/weibo/", "/hooks/weibo/x", 1), body, http.StatusNotFound},
			"an unknown place": {strings.Replace(signed("pretend-secret", now), "/hooks/weibo/", "/hooks/wechat/", 1), body, http.StatusNotFound},
			"oversized":        {signed("pretend-secret", now), strings.Repeat(" ", 2<<20), http.StatusRequestEntityTooLarge},
			"garbage is kept":  {signed("pretend-secret", now), `{"type":`, http.StatusOK},
			"an unknown type":  {signed("pretend-secret", now), strings.Replace(body, `"text","rec`, `"hologram","rec`, 1), http.StatusOK},
			"too deep is kept": {signed("pretend-secret", now), strings.Repeat(`{"a":`, 500) + "1" + strings.Repeat("}", 500), http.StatusOK},
		} {
			t.Run(name, func(t *testing.T) {
				answer, err := http.Post(tc.address, "application/json", strings.NewReader(tc.body))
				if err != nil {
					t.Fatal(err)
				}
				defer func() { _ = answer.Body.Close() }()
				said, _ := io.ReadAll(answer.Body)
				if answer.StatusCode != tc.status {
					t.Errorf("answered %s: %s", answer.Status, said)
				}
				if strings.Contains(string(said), "pretend-secret") || strings.Contains(string(said), ".go:") {
					t.Errorf("the answer shows %s", said)
				}
			})
		}
		for _, c := range p.conversations() {
			if c.Contact.Name == "假的" {
				t.Errorf("a forged message is shown: %+v", c)
			}
		}
	})
}

func TestTheDemoPrintsAWayInThatWorks(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	var printed output
	done := make(chan error, 1)
	go func() {
		done <- run(ctx, []string{"demo", "--listen", "127.0.0.1:0", "--data", t.TempDir()}, nil, nil, &printed)
	}()
	defer func() {
		cancel()
		if err := <-done; err != nil {
			t.Errorf("the demo ended with %v", err)
		}
	}()
	way := regexp.MustCompile(`(http://\S+)[\s\S]*登录名\s+(\S+)[\s\S]*密码\s+(\S+)`)
	within(t, "the demo prints its address", func() bool { return way.MatchString(printed.String()) })
	found := way.FindStringSubmatch(printed.String())
	p := &program{t: t, address: strings.TrimPrefix(found[1], "http://")}
	p.browser = p.newBrowser()
	p.call(http.MethodPost, "/api/v1/session", map[string]string{"login": found[2], "password": found[3]}, http.StatusOK, nil)
	if list := p.accounts(); len(list) != 2 || list[0].State != "active" {
		t.Fatalf("the demo's accounts are %+v", list)
	}
	var talk conversation
	p.call(http.MethodPost, "/sim/weibo/control/burst", map[string]any{"count": 10}, http.StatusOK, nil)
	p.until("somebody writes who can be answered", func() bool {
		for _, c := range p.conversations() {
			if c.State == "open" && c.Kind == "comment" {
				talk = c
			}
		}
		return talk.ID != ""
	})
	m := p.reply(talk, "您好，我来看看")
	p.delivered(talk, m.ID, "sent")
	page := p.visit("http://" + p.address + "/")
	if page.StatusCode != http.StatusOK || !strings.HasPrefix(page.Header.Get("Content-Type"), "text/html") {
		t.Errorf("the page answers %s", page.Status)
	}
	stranger := p.newBrowser().visit("http://" + p.address + "/sim/weibo/control/state")
	if stranger.StatusCode != http.StatusUnauthorized {
		t.Errorf("a stranger at the sandbox's controls gets %s", stranger.Status)
	}
}

// output is what a command prints, read while it runs.
type output struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.Write(p)
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.String()
}

func TestCommandsSayWhatTheyNeed(t *testing.T) {
	for _, tc := range []struct {
		args  []string
		fails string // part of the error; empty: none
		says  string // part of the output
	}{
		{nil, "", "demo"},
		{[]string{"help"}, "", "serve"},
		{[]string{"version"}, "", "weibox"},
		{[]string{"keys", "new"}, "", ":"},
		{[]string{"keys"}, "usage", ""},
		{[]string{"user"}, "usage", ""},
		{[]string{"sim"}, "usage", ""},
		{[]string{"fly"}, "unknown command", "usage"},
		{[]string{"serve", "--config", "missing.yaml"}, "missing.yaml", ""},
	} {
		var out output
		err := run(t.Context(), tc.args, nil, strings.NewReader(""), &out)
		if (err == nil) != (tc.fails == "") || err != nil && !strings.Contains(err.Error(), tc.fails) || !strings.Contains(out.String(), tc.says) {
			t.Errorf("weibox %v: %v, %q", tc.args, err, out.String())
		}
	}
}

func TestAPersonAddedOnTheCommandLineCanSignIn(t *testing.T) {
	folder := t.TempDir()
	env := []string{"WEIBOX_DATA=" + folder, "WEIBOX_LOG_LEVEL=error"}
	var out output
	add := []string{"user", "add", "--workspace", "山屿", "--login", "lin", "--name", "林小雨", "--role", "agent"}
	if err := run(t.Context(), add, env, strings.NewReader(password+"\n"), &out); err != nil {
		t.Fatal(err)
	}
	if err := run(t.Context(), add, env, strings.NewReader(password+"\n"), &out); err == nil {
		t.Error("the same person was added twice")
	}
	if err := run(t.Context(), add, env, strings.NewReader(""), &out); err == nil {
		t.Error("a person was added without a password")
	}
	if strings.Contains(out.String(), password) {
		t.Error("the password was printed")
	}
}
