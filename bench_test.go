package main

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/sha1"
	"database/sql"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"weibox/configs"
	"weibox/connectors/weibo"
	"weibox/inbox"

	_ "github.com/go-sql-driver/mysql"
	_ "modernc.org/sqlite"
)

// BenchmarkIngest pushes private messages through the signed webhook, everything else running, and the same messages through a bare handler
// that verifies the signature, decodes the JSON and group-commits the message rows alone. Both take turns in one run; only the ratio means
// anything on a shared machine. New fans also cost a contact, a conversation and an episode; known ones write again.
func BenchmarkIngest(b *testing.B) {
	for _, e := range benchEngines() {
		b.Run(e.name, func(b *testing.B) {
			h := openHouse(b, e)
			b.Run("new fans", func(b *testing.B) { measureIngest(b, e, h, 1_000_000) })
			b.Run("known fans", func(b *testing.B) { measureIngest(b, e, h, 2000) })
		})
	}
}

func measureIngest(b *testing.B, e benchEngine, h *benchHouse, fans int) {
	hook, bare := h.hook(b), openBare(b, e)
	const round = 3000
	p := &pusher{fans: fans}
	p.push(b, hook, fans%100_000+500) // everybody has written once, where they are to be known
	p.push(b, bare.URL, 500)
	var ours, floor time.Duration
	for b.Loop() {
		floor += p.push(b, bare.URL, round)
		ours += p.push(b, hook, round)
	}
	perSecond := func(d time.Duration) float64 { return float64(round*b.N) / d.Seconds() }
	b.ReportMetric(perSecond(ours), "msgs/s")
	b.ReportMetric(perSecond(floor), "bare-msgs/s")
	b.ReportMetric(perSecond(ours)/perSecond(floor), "ratio")
	b.ReportMetric(0, "ns/op")
}

const (
	benchClients = 256
	benchSecret  = "bench-secret"
)

// pusher plays fans who write private messages, each text once.
type pusher struct{ fans, sent int }

// push sends n messages over many connections at once and gives the time until the last was acknowledged.
func (p *pusher) push(b *testing.B, address string, n int) time.Duration {
	b.Helper()
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: benchClients}}
	defer client.CloseIdleConnections()
	first := p.sent
	p.sent += n
	var next, failed atomic.Int64
	var clients sync.WaitGroup
	begun := time.Now()
	for range benchClients {
		clients.Go(func() {
			for i := next.Add(1); i <= int64(n); i = next.Add(1) {
				if !p.one(client, address, first+int(i)) {
					failed.Add(1)
				}
			}
		})
	}
	clients.Wait()
	took := time.Since(begun)
	if failed.Load() > 0 {
		b.Fatalf("%d of %d pushes were not acknowledged", failed.Load(), n)
	}
	return took
}

func (p *pusher) one(client *http.Client, address string, i int) bool {
	body := fmt.Sprintf(`{"type":"text","receiver_id":1900000001,"sender_id":%d,"created_at":"%s","text":"%d 号快递什么时候到？已经等了三天了，麻烦帮我看一下物流，谢谢[泪]","data":{}}`,
		2600000000+i%p.fans, time.Now().Format(time.RubyDate), i)
	answer, err := client.Post(address+"?"+signed(), "application/json", strings.NewReader(body))
	if err != nil {
		return false
	}
	_, _ = io.Copy(io.Discard, answer.Body)
	_ = answer.Body.Close()
	return answer.StatusCode == http.StatusOK
}

// signed is the query of a push (docs/platforms/weibo.md §4.1).
func signed() string {
	timestamp, nonce := fmt.Sprint(time.Now().UnixMilli()), rand.Text()[:8]
	return url.Values{"timestamp": {timestamp}, "nonce": {nonce}, "signature": {signature(timestamp, nonce)}}.Encode()
}

func signature(timestamp, nonce string) string {
	parts := []string{benchSecret, timestamp, nonce}
	slices.Sort(parts)
	sum := sha1.Sum([]byte(strings.Join(parts, "")))
	return hex.EncodeToString(sum[:])
}

type benchEngine struct {
	name     string
	database configs.Database
	redis    configs.Redis
	driver   string // of database/sql
	dsn      string
}

// benchEngines are SQLite, and MariaDB with Redis where the tests have them.
func benchEngines() []benchEngine {
	engines := []benchEngine{{name: "sqlite", database: configs.Database{Engine: configs.SQLite}, driver: "sqlite"}}
	if dsn := os.Getenv("WEIBOX_TEST_MYSQL"); dsn != "" {
		engines = append(engines, benchEngine{name: "mariadb", database: configs.Database{Engine: configs.MySQL, Pool: 12},
			redis: configs.Redis{Address: os.Getenv("WEIBOX_TEST_REDIS"), DB: 7}, driver: "mysql", dsn: dsn})
	}
	return engines
}

// fresh makes an empty database for the engine and gives its address.
func (e benchEngine) fresh(b *testing.B, name string) string {
	b.Helper()
	if e.driver == "sqlite" {
		return "file:" + filepath.Join(b.TempDir(), name+".db") + "?_txlock=immediate&_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)&_pragma=busy_timeout(5000)"
	}
	db, err := sql.Open("mysql", e.dsn)
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	name = "weibox_bench_" + name
	for _, statement := range []string{"DROP DATABASE IF EXISTS " + name, "CREATE DATABASE " + name} {
		if _, err := db.Exec(statement); err != nil {
			b.Fatal(err)
		}
	}
	b.Cleanup(func() {
		db, err := sql.Open("mysql", e.dsn)
		if err == nil {
			_, _ = db.Exec("DROP DATABASE " + name)
			_ = db.Close()
		}
	})
	return e.dsn + name
}

// benchHouse is the whole program on a listener of its own, with one account and one live stream.
type benchHouse struct {
	*house
	owner   inbox.Agent
	account inbox.Account
	base    string
	cookie  *http.Cookie
}

func openHouse(b *testing.B, e benchEngine) *benchHouse {
	b.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	cfg := configs.Default()
	cfg.Data, cfg.AdminListen, cfg.PublicURL = b.TempDir(), "", "http://"+listener.Addr().String()
	cfg.Database, cfg.Redis = e.database, e.redis
	if e.driver == "mysql" {
		cfg.Database.DSN = configs.Secret(e.fresh(b, "house"))
	}
	cfg.Limits.PersonRate, cfg.Limits.PersonBurst, cfg.Limits.WorkspaceRate, cfg.Limits.WorkspaceBurst = 1e6, 1e6, 1e6, 1e6
	platform := weibo.Defaults().Under("http://127.0.0.1:1") // nobody is there: nothing but pushes comes in
	cfg.Weibo.AppKey, cfg.Weibo.AppSecret = "1", benchSecret
	cfg.Weibo.APIURL, cfg.Weibo.CommercialAPIURL, cfg.Weibo.MessageURL = platform.APIURL, platform.CommercialAPIURL, platform.MessageURL
	setLog(configs.Log{Level: "error"})
	built, err := build(context.Background(), cfg, time.Now, nil)
	if err != nil {
		b.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- built.run(ctx, listener, built.server.Handler()) }()
	b.Cleanup(func() {
		stop()
		if err := <-done; err != nil {
			b.Error(err)
		}
		built.close()
	})
	h := &benchHouse{house: built, base: cfg.PublicURL}
	h.moveIn(b)
	return h
}

const benchPassword = "a password for the benchmark"

func (h *benchHouse) moveIn(b *testing.B) {
	b.Helper()
	ctx := context.Background()
	var err error
	if h.owner, err = h.people.AddUser(ctx, "bench", inbox.NewAgent{Name: "小满", Login: "bench", Password: benchPassword, Role: inbox.Owner, Capacity: 1000, AllAccounts: true}); err != nil {
		b.Fatal(err)
	}
	grant := inbox.Grant{ExternalID: "1900000001", Name: "示例品牌", Token: inbox.Token{Access: "2.00bench"}}
	if h.account, err = h.store.Bind(ctx, h.owner.WorkspaceID, weibo.Platform, grant, 0, nil, h.owner.ID); err != nil {
		b.Fatal(err)
	}
	h.signIn(b, "bench")
	h.listen(b)
}

func (h *benchHouse) signIn(b *testing.B, login string) {
	b.Helper()
	body, _ := json.Marshal(map[string]string{"login": login, "password": benchPassword})
	answer, err := http.Post(h.base+"/api/v1/session", "application/json", bytes.NewReader(body))
	if err != nil || answer.StatusCode != http.StatusOK {
		b.Fatal("sign in", err, answer)
	}
	_ = answer.Body.Close()
	h.cookie = answer.Cookies()[0]
}

// listen holds one live stream open, as a browser does.
func (h *benchHouse) listen(b *testing.B) {
	b.Helper()
	req := h.request(b, "/api/v1/stream")
	answer, err := http.DefaultClient.Do(req)
	if err != nil {
		b.Fatal(err)
	}
	go func() { _, _ = io.Copy(io.Discard, answer.Body) }()
	b.Cleanup(func() { _ = answer.Body.Close() })
}

func (h *benchHouse) request(b *testing.B, path string) *http.Request {
	b.Helper()
	req, err := http.NewRequest(http.MethodGet, h.base+path, nil)
	if err != nil {
		b.Fatal(err)
	}
	req.AddCookie(h.cookie)
	return req
}

func (h *benchHouse) hook(b *testing.B) string {
	b.Helper()
	return h.base + "/hooks/weibo/" + h.account.HookKey
}

// BenchmarkList asks for the first page of open conversations over HTTP, with ten thousand of them in a hundred accounts: for an agent who
// sees ten accounts, and for an admin who sees all.
func BenchmarkList(b *testing.B) {
	for _, e := range benchEngines() {
		b.Run(e.name, func(b *testing.B) {
			h := openHouse(b, e)
			accounts := h.fill(b, 100, 100)
			b.Run("admin, all accounts", func(b *testing.B) { h.measureList(b, "bench") })
			h.hire(b, "few", accounts[:10])
			b.Run("agent, ten accounts", func(b *testing.B) { h.measureList(b, "few") })
		})
	}
}

// fill makes conversations: so many fans of each of so many accounts have written.
func (h *benchHouse) fill(b *testing.B, accounts, fans int) []inbox.AccountID {
	b.Helper()
	ctx, begun := context.Background(), time.Now().Add(-24*time.Hour)
	var ids []inbox.AccountID
	for a := range accounts {
		grant := inbox.Grant{ExternalID: inbox.ExternalID(fmt.Sprint(1900001000 + a)), Name: fmt.Sprintf("品牌 %d", a), Token: inbox.Token{Access: "2.00bench"}}
		account, err := h.store.Bind(ctx, h.owner.WorkspaceID, weibo.Platform, grant, 0, nil, h.owner.ID)
		if err != nil {
			b.Fatal(err)
		}
		ids = append(ids, account.ID)
		batch := inbox.Batch{Account: account, Origin: inbox.OriginWebhook}
		for f := range fans {
			batch.Items = append(batch.Items, inbox.Inbound{Object: inbox.ObjectDM, Kind: inbox.KindDM, ExternalID: inbox.ExternalID(fmt.Sprintf("h:%d:%d", a, f)),
				Direction: inbox.In, Contact: inbox.ContactSighting{ExternalID: inbox.ExternalID(fmt.Sprint(2700000000 + f*accounts + a)), Name: fmt.Sprintf("粉丝 %d", f)},
				Place: inbox.PlaceDM, Type: "text", Text: "快递什么时候到？", At: begun.Add(time.Duration(f*accounts+a) * time.Second), Raw: []byte("{}")})
		}
		if _, err := h.store.Ingest(ctx, []inbox.Batch{batch}); err != nil {
			b.Fatal(err)
		}
	}
	return ids
}

func (h *benchHouse) hire(b *testing.B, login string, accounts []inbox.AccountID) {
	b.Helper()
	_, err := h.people.AddAgent(context.Background(), h.owner, inbox.NewAgent{Name: login, Login: login, Password: benchPassword, Role: inbox.Answerer, Capacity: 20, AccountIDs: accounts})
	if err != nil {
		b.Fatal(err)
	}
}

// measureList reports the middle and the slow end of many single requests.
func (h *benchHouse) measureList(b *testing.B, login string) {
	h.signIn(b, login)
	var took []time.Duration
	for b.Loop() {
		begun := time.Now()
		answer, err := http.DefaultClient.Do(h.request(b, "/api/v1/conversations?state=open&limit=50"))
		if err != nil || answer.StatusCode != http.StatusOK {
			b.Fatal(err, answer)
		}
		_, _ = io.Copy(io.Discard, answer.Body)
		_ = answer.Body.Close()
		took = append(took, time.Since(begun))
	}
	slices.Sort(took)
	b.ReportMetric(float64(took[len(took)/2].Microseconds())/1000, "p50-ms")
	b.ReportMetric(float64(took[len(took)*99/100].Microseconds())/1000, "p99-ms")
}

// openBare serves the floor: the least that a webhook which keeps its promise can do.
func openBare(b *testing.B, e benchEngine) *httptest.Server {
	b.Helper()
	db, err := sql.Open(e.driver, e.fresh(b, "bare"))
	if err != nil {
		b.Fatal(err)
	}
	db.SetMaxOpenConns(1)
	id, bin := "BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY", "VARBINARY(190)"
	if e.driver == "sqlite" {
		id, bin = "INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT", "TEXT"
	}
	for _, statement := range []string{
		"CREATE TABLE bare (id " + id + ", account_id BIGINT NOT NULL, sender BIGINT NOT NULL, external_id " + bin + " NOT NULL, text TEXT NOT NULL, sent_at BIGINT NOT NULL, " +
			"created_at BIGINT NOT NULL, raw TEXT NOT NULL, UNIQUE (account_id, external_id))",
		"CREATE INDEX bare_by_sender ON bare (sender, sent_at, id)", "CREATE INDEX bare_by_time ON bare (created_at)",
	} {
		if _, err := db.Exec(statement); err != nil {
			b.Fatal(err)
		}
	}
	w := &bareWriter{db: db, ignore: "INSERT IGNORE INTO", waiting: make(chan bareRow, 4096)}
	if e.driver == "sqlite" {
		w.ignore = "INSERT OR IGNORE INTO"
	}
	go w.run()
	server := httptest.NewServer(http.HandlerFunc(w.receive))
	b.Cleanup(func() {
		server.Close()
		close(w.waiting)
		_ = db.Close()
	})
	return server
}

type bareRow struct {
	sender int64
	key    string
	text   string
	raw    []byte
	done   chan error
}

type bareWriter struct {
	db      *sql.DB
	ignore  string
	waiting chan bareRow
}

func (w *bareWriter) receive(rw http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(io.LimitReader(r.Body, 1<<20))
	q := r.URL.Query()
	var m struct {
		Sender int64  `json:"sender_id"`
		Text   string `json:"text"`
	}
	if signature(q.Get("timestamp"), q.Get("nonce")) != q.Get("signature") || json.Unmarshal(body, &m) != nil {
		rw.WriteHeader(http.StatusForbidden)
		return
	}
	sum := sha1.Sum(body)
	row := bareRow{sender: m.Sender, key: hex.EncodeToString(sum[:]), text: m.Text, raw: body, done: make(chan error, 1)}
	w.waiting <- row
	if err := <-row.done; err != nil {
		rw.WriteHeader(http.StatusServiceUnavailable)
	}
}

// run commits what is waiting, up to 200 rows, without a timer.
func (w *bareWriter) run() {
	for first := range w.waiting {
		group := []bareRow{first}
		for more := true; more && len(group) < 200; {
			select {
			case row, open := <-w.waiting:
				if more = open; open {
					group = append(group, row)
				}
			default:
				more = false
			}
		}
		err := w.commit(group)
		for _, row := range group {
			row.done <- err
		}
	}
}

func (w *bareWriter) commit(group []bareRow) error {
	values, args := strings.Repeat(",(?,?,?,?,?,?,?)", len(group))[1:], []any{}
	now := time.Now().UnixMilli()
	for _, row := range group {
		args = append(args, 1, row.sender, row.key, row.text, now, now, row.raw)
	}
	_, err := w.db.Exec(w.ignore+" bare (account_id, sender, external_id, text, sent_at, created_at, raw) VALUES "+values, args...)
	return err
}
