package main

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"

	"net"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"weibox/configs"
	"weibox/connectors/weibo"
	"weibox/connectors/weibo/sim"
	"weibox/inbox/store"
	"weibox/inbox/store/storetest"
	"weibox/jobs"
)

// redisServer is the environment variable that names a Redis, such as 127.0.0.1:6379. With a database server too, every test of the whole
// program runs a second time, split over two processes.
const redisServer = "WEIBOX_TEST_REDIS"

func TestMain(m *testing.M) {
	slog.SetDefault(slog.New(slog.DiscardHandler))
	storetest.Main(m)
}

// program is the whole inbox on a real address with a pretend Weibo beside it, used like a browser uses it.
type program struct {
	*browser // the owner's
	t        *testing.T
	weibo    *sim.Sim
	cfgs     []configs.Config // of each process
	houses   []*house
	address  string
	setup    string // the printed way in
	brand    string // uid of the brand at the pretend Weibo
	post     string // a post of the brand
	stop     func()
}

// start runs a test with everything in one process and, where there are servers, once more with the roles apart.
func start(t *testing.T, test func(t *testing.T, p *program)) {
	t.Helper()
	t.Run("one process", func(t *testing.T) {
		t.Parallel()
		test(t, open(t, configs.Database{Engine: configs.SQLite}, configs.Redis{}, []string{configs.RoleAPI, configs.RoleWorker, configs.RoleScheduler}))
	})
	if address := os.Getenv(redisServer); address != "" && storetest.HasServer() {
		t.Run("two processes", func(t *testing.T) {
			redis := configs.Redis{Address: address, DB: 11}
			flush(t, redis)
			test(t, open(t, configs.Database{Engine: configs.MySQL, DSN: configs.Secret(storetest.Database(t)), Pool: 8}, redis,
				[]string{configs.RoleAPI}, []string{configs.RoleWorker, configs.RoleScheduler}))
		})
	}
}

func flush(t *testing.T, c configs.Redis) {
	t.Helper()
	r, err := jobs.OpenRedis(jobs.RedisConfig{Address: c.Address, DB: c.DB})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = r.Close() }()
	if err := r.FlushDB(t.Context()).Err(); err != nil {
		t.Fatal(err)
	}
}

// open starts the pretend Weibo and a process for each set of roles, and walks the newcomer in.
func open(t *testing.T, db configs.Database, redis configs.Redis, roles ...[]string) *program {
	t.Helper()
	p := &program{t: t}
	p.weibo = sim.New(sim.Options{AppKey: "1000000001", AppSecret: "pretend-secret", Family: sim.Commercial, Quotas: sim.DefaultQuotas(), AcceptPrivateRIP: true,
		Seed: 1, PushRetry: time.Second})
	platform := httptest.NewServer(p.weibo.Handler())
	t.Cleanup(platform.Close)
	t.Cleanup(p.weibo.Close)
	p.brand = p.weibo.AddBrand("山屿咖啡")
	p.post = p.weibo.Post(p.brand, "新品上市")
	listener := listen(t, "127.0.0.1:0")
	p.address = listener.Addr().String()
	keys := configs.Secret(store.NewKeyRing().Reveal())
	data := t.TempDir()
	for _, set := range roles {
		cfg := settingsFor(platform.URL, "http://"+p.address)
		cfg.Data, cfg.Database, cfg.Redis, cfg.Roles, cfg.MasterKeys = data, db, redis, set, keys
		p.cfgs = append(p.cfgs, cfg)
	}
	t.Cleanup(func() { p.stop() })
	p.run(listener)
	p.browser = p.newBrowser()
	p.moveIn()
	return p
}

// settingsFor is the quick life of a test: everything is looked at often.
func settingsFor(platform, public string) configs.Config {
	cfg := configs.Default()
	cfg.AdminListen, cfg.PublicURL = "", public
	cfg.Polling.Every, cfg.Sending.UndoPublic = 200*time.Millisecond, 200*time.Millisecond
	cfg.Limits.PersonRate, cfg.Limits.PersonBurst = 1000, 1000
	w, under := &cfg.Weibo, weibo.Defaults().Under(platform)
	w.AppKey, w.AppSecret, w.Family, w.FallbackIP = "1000000001", "pretend-secret", weibo.CommercialFamily, "211.156.0.1"
	w.AuthorizeURL, w.TokenURL, w.APIURL, w.CommercialAPIURL = under.AuthorizeURL, under.TokenURL, under.APIURL, under.CommercialAPIURL
	w.MessageURL, w.RemindURL, w.UploadURL = under.MessageURL, under.RemindURL, under.UploadURL
	return cfg
}

func listen(t *testing.T, address string) net.Listener {
	t.Helper()
	listener, err := net.Listen("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	return listener
}

// run starts all processes; the one with the API answers on the listener.
func (p *program) run(listener net.Listener) {
	p.t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	p.houses = nil
	var running sync.WaitGroup
	p.stop = func() {
		cancel()
		running.Wait()
		p.stop = func() {}
	}
	for _, cfg := range p.cfgs {
		h, err := build(ctx, cfg, time.Now, nil)
		if err != nil {
			p.t.Fatal(err)
		}
		p.houses = append(p.houses, h)
		var mine net.Listener
		if cfg.Roles[0] == configs.RoleAPI {
			mine = listener
			var printed bytes.Buffer
			if err := h.announceSetup(ctx, &printed); err != nil {
				p.t.Fatal(err)
			}
			p.setup = printed.String()
		}
		running.Go(func() {
			defer h.close()
			if err := h.run(ctx, mine, h.server.Handler()); err != nil {
				p.t.Error(err)
			}
		})
	}
}

// restart stops everything, lets something happen meanwhile, and starts it again at the same address.
func (p *program) restart(meanwhile func()) {
	p.t.Helper()
	p.stop()
	meanwhile()
	p.run(listen(p.t, p.address))
}

const password = "六月的雨落在第三座桥上!"

// moveIn sets the house up with the printed token.
func (p *program) moveIn() {
	p.t.Helper()
	_, link, ok := strings.Cut(p.setup, "/setup?token=")
	if !ok {
		p.t.Fatalf("no way in was printed: %q", p.setup)
	}
	token, _ := url.QueryUnescape(strings.TrimSpace(link))
	p.post201("/api/v1/setup", map[string]string{"token": token, "workspace": "山屿", "name": "小满", "login": "xiaoman", "password": password})
}

// bind walks through the consent screen as the brand and says where the browser ended.
func (p *program) bind() url.Values {
	p.t.Helper()
	return p.finish(p.consent("allow"))
}

// consent answers the consent screen and gives the address that the platform sends the browser back to.
func (p *program) consent(decision string) string {
	p.t.Helper()
	var step struct{ URL string }
	p.call(http.MethodPost, "/api/v1/bindings", map[string]string{"platform": "weibo"}, http.StatusCreated, &step)
	answer := p.visit(step.URL + "&login_as=" + p.brand + "&decision=" + decision)
	return answer.Header.Get("Location")
}

// finish goes back to the inbox, as the browser is told to.
func (p *program) finish(back string) url.Values {
	p.t.Helper()
	answer := p.visit(back)
	page, err := url.Parse(answer.Header.Get("Location"))
	if err != nil || page.Path != "/settings/accounts" {
		p.t.Fatalf("the way back ends at %q, %s", answer.Header.Get("Location"), answer.Status)
	}
	return page.Query()
}

// bound binds the brand, gives the platform the webhook's address, and waits for the import to end.
func (p *program) bound() account {
	p.t.Helper()
	if at := p.bind(); at.Get("bound") == "" {
		p.t.Fatalf("binding ended with %v", at)
	}
	a := p.accounts()[0]
	if err := p.weibo.SetPush(p.brand, a.WebhookURL); err != nil {
		p.t.Fatal(err)
	}
	p.until("the import is over", func() bool { return !p.accounts()[0].Importing })
	return p.accounts()[0]
}

type account struct {
	ID, Name, State string
	StateReason     struct{ ZH, EN string } `json:"state_reason"`
	WebhookURL      string                  `json:"webhook_url"`
	Importing       bool
	Health          string
	Capabilities    []struct{ Name, Status, Code, ZH, EN string }
	Sources         []struct {
		Name         string
		LastPolledAt time.Time `json:"last_polled_at"`
		Problem      *struct{ ZH, EN string }
	}
}

func (a account) capability(name string) string {
	for _, c := range a.Capabilities {
		if c.Name == name {
			return c.Status
		}
	}
	return ""
}

func (b *browser) accounts() []account {
	b.t.Helper()
	var page struct{ Accounts []account }
	b.call(http.MethodGet, "/api/v1/accounts", nil, http.StatusOK, &page)
	return page.Accounts
}

type conversation struct {
	ID, Kind, Place, State string
	Contact                struct{ Name string }
	Awaiting               bool
	Unread                 int
	DeliveryProblem        string `json:"delivery_problem"`
	Post                   *struct{ Text string }
}

type message struct {
	ID, Text, Direction, Origin, Kind string
	Imported                          bool
	Delivery                          *struct {
		ID, State  string
		ExternalID string `json:"external_id"`
		Reason     struct{ EN string }
	}
}

func (b *browser) conversations() []conversation {
	b.t.Helper()
	var page struct{ Conversations []conversation }
	b.call(http.MethodGet, "/api/v1/conversations?limit=100", nil, http.StatusOK, &page)
	return page.Conversations
}

// with waits for the conversation of a kind with a fan.
func (b *browser) with(fan *sim.Fan, kind string) conversation {
	b.t.Helper()
	var found conversation
	b.until(kind+" of "+fan.Name, func() bool {
		for _, c := range b.conversations() {
			if c.Contact.Name == fan.Name && c.Kind == kind {
				found = c
			}
		}
		return found.ID != ""
	})
	return found
}

func (b *browser) messages(c conversation) []message {
	b.t.Helper()
	var page struct{ Messages []message }
	b.call(http.MethodGet, "/api/v1/conversations/"+c.ID+"/messages", nil, http.StatusOK, &page)
	return page.Messages
}

// reply sends an answer and gives it as it was accepted.
func (b *browser) reply(c conversation, text string) message {
	b.t.Helper()
	var m message
	b.call(http.MethodPost, "/api/v1/conversations/"+c.ID+"/replies", map[string]any{"text": text, "anyway": true}, http.StatusAccepted, &m)
	return m
}

// delivered waits until an answer is in a state.
func (b *browser) delivered(c conversation, id, state string) message {
	b.t.Helper()
	var last message
	defer func() {
		if b.t.Failed() && last.Delivery != nil {
			b.t.Logf("the reply is %s: %s", last.Delivery.State, last.Delivery.Reason.EN)
		}
	}()
	b.until("the reply is "+state, func() bool {
		for _, m := range b.messages(c) {
			if m.ID == id {
				last = m
			}
		}
		return last.Delivery != nil && last.Delivery.State == state
	})
	return last
}

// browser is one signed-in person's.
type browser struct {
	t      *testing.T
	client *http.Client
	base   string
	keys   int
}

func (p *program) newBrowser() *browser {
	jar, err := cookiejar.New(nil)
	if err != nil {
		p.t.Fatal(err)
	}
	stay := func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return &browser{t: p.t, base: "http://" + p.address, client: &http.Client{Jar: jar, Timeout: 10 * time.Second, CheckRedirect: stay}}
}

func (b *browser) post201(path string, body any) {
	b.t.Helper()
	b.call(http.MethodPost, path, body, http.StatusCreated, nil)
}

// call asks our own API and fails the test unless it answers with the status.
func (b *browser) call(method, path string, body any, status int, into any) {
	b.t.Helper()
	var sent io.Reader
	if body != nil {
		text, err := json.Marshal(body)
		if err != nil {
			b.t.Fatal(err)
		}
		sent = bytes.NewReader(text)
	}
	req, err := http.NewRequestWithContext(b.t.Context(), method, b.base+path, sent)
	if err != nil {
		b.t.Fatal(err)
	}
	b.keys++
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Sec-Fetch-Site", "same-origin")
	req.Header.Set("Idempotency-Key", fmt.Sprintf("01J00000000000000000%06d", b.keys))
	answer, err := b.client.Do(req)
	if err != nil {
		b.t.Fatal(err)
	}
	defer func() { _ = answer.Body.Close() }()
	text, err := io.ReadAll(answer.Body)
	if err != nil || answer.StatusCode != status {
		b.t.Fatalf("%s %s: %s %s, %v", method, path, answer.Status, text, err)
	}
	if into == nil {
		return
	}
	if err := json.Unmarshal(text, into); err != nil {
		b.t.Fatalf("%s %s: %v in %s", method, path, err, text)
	}
}

// visit follows a link, ours or the platform's, and no redirect.
func (b *browser) visit(address string) *http.Response {
	b.t.Helper()
	req, err := http.NewRequestWithContext(b.t.Context(), http.MethodGet, address, nil)
	if err != nil {
		b.t.Fatal(err)
	}
	answer, err := b.client.Do(req)
	if err != nil {
		b.t.Fatal(err)
	}
	_ = answer.Body.Close()
	return answer
}

// until looks again and again until something is so.
func (b *browser) until(what string, so func() bool) {
	b.t.Helper()
	within(b.t, what, so)
}

func within(t *testing.T, what string, so func() bool) {
	t.Helper()
	deadline, look := time.NewTimer(20*time.Second), time.NewTicker(100*time.Millisecond)
	defer deadline.Stop()
	defer look.Stop()
	for !so() {
		select {
		case <-look.C:
		case <-deadline.C:
			t.Fatalf("this did not come about: %s", cmp.Or(what, "?"))
		}
	}
}

// said are the platform's accepted writes of a kind.
func (p *program) accepted(kind string) (list []sim.Accepted) {
	for _, a := range p.weibo.Accepted() {
		if a.Kind == kind && a.Endpoint != "native" {
			list = append(list, a)
		}
	}
	return list
}
