package chaos

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"weibox/connectors/weibo/sim"

	_ "modernc.org/sqlite"
)

// The kinds of database that the promises are proved on.
const (
	SQLite  = "sqlite"  // with Redis inside the process
	MariaDB = "mariadb" // with Redis beside it, both our own
)

const (
	appKey    = "1000000001"
	appSecret = "chaos-secret"
	login     = "owner"
	password  = "chaos-password-1"
)

// house is an installation under proof: the program's processes, what they stand on, and the pretend Weibo they speak to. Every line
// between two of them is a relay, and can be cut.
type house struct {
	engine, folder, binary string
	lease                  time.Duration

	weibo     *sim.Sim
	weiboSite *http.Server
	blow      atomic.Pointer[blow] // what happens at the next answer that reaches Weibo

	front, platform, redisLine, dbLine *relay
	redis, mariadb                     *daemon
	processes                          []*process
	retired                            []*process
	ports                              []string // of the processes that answer
	db                                 *sql.DB
	brands                             []brand
	client                             *http.Client
	keys                               string
	ownDisk                            bool
	closers                            []func()
}

// brand is one account of the installation.
type brand struct {
	uid, hook string
	posts     []string
}

// build compiles the real program, with its deadly points.
func build(ctx context.Context, folder string, tags ...string) (string, error) {
	binary := filepath.Join(folder, "weibox"+strings.Join(tags, "-"))
	if said, err := exec.CommandContext(ctx, "go", "build", "-tags", strings.Join(tags, ","), "-o", binary, "weibox").CombinedOutput(); err != nil {
		return "", fmt.Errorf("build: %w: %s", err, said)
	}
	return binary, nil
}

// open builds an installation on the engine, starts one process and binds the brands.
func open(ctx context.Context, plan Plan, engine, folder, binary string) (*house, error) {
	h := &house{engine: engine, folder: folder, binary: binary, lease: plan.Lease}
	for _, step := range []func(context.Context) error{h.mountDisk, h.openLines, h.openWeibo, h.openServers, h.openDatabase, h.moveIn} {
		if err := step(ctx); err != nil {
			h.close()
			return nil, err
		}
	}
	return h, nil
}

func (h *house) openLines(context.Context) error {
	for range 2 {
		port, err := freePort()
		if err != nil {
			return err
		}
		h.ports = append(h.ports, port)
	}
	var err error
	if h.front, err = newRelay("127.0.0.1:"+h.ports[0], "127.0.0.1:"+h.ports[1]); err != nil {
		return err
	}
	h.later(func() { _ = h.front.Close() })
	jar, err := cookiejar.New(nil)
	if err != nil {
		return err
	}
	h.client = &http.Client{Jar: jar, Timeout: 10 * time.Second, Transport: &http.Transport{MaxIdleConnsPerHost: 32},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	return nil
}

// openWeibo starts the witness.
func (h *house) openWeibo(context.Context) error {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	if h.platform, err = newRelay(listener.Addr().String()); err != nil {
		return err
	}
	h.later(func() { _ = h.platform.Close() })
	pusher := &http.Client{Timeout: 5 * time.Second, Transport: &http.Transport{MaxIdleConnsPerHost: 64}}
	h.weibo = sim.New(sim.Options{AppKey: appKey, AppSecret: appSecret, Base: "http://" + h.platform.address(), Family: sim.Commercial,
		AcceptPrivateRIP: true, PushRetry: 3 * time.Second, LedgerLimit: 10_000_000, Client: pusher, Seed: 1})
	h.weiboSite = &http.Server{Handler: h.struck(h.weibo.Handler()), ReadHeaderTimeout: 5 * time.Second}
	go func() { _ = h.weiboSite.Serve(listener) }()
	h.later(func() {
		_ = h.weiboSite.Close()
		h.weibo.Close()
	})
	for _, name := range []string{"晴川茶馆", "云上书店", "小满咖啡"} {
		uid := h.weibo.AddBrand(name)
		h.brands = append(h.brands, brand{uid: uid, posts: []string{h.weibo.Post(uid, "新品上架"), h.weibo.Post(uid, "周末活动")}})
	}
	return nil
}

// blow kills while an answer is with Weibo: before it is accepted, or after it was and before anybody is told.
type blow struct {
	accepted bool
	strike   func()
}

func (h *house) struck(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		b := h.blow.Load()
		if b == nil || r.Method != http.MethodPost || !strings.Contains(r.URL.Path, "/reply") || !h.blow.CompareAndSwap(b, nil) {
			next.ServeHTTP(w, r)
			return
		}
		if b.accepted {
			next.ServeHTTP(httptest.NewRecorder(), r)
		}
		b.strike()
		panic(http.ErrAbortHandler)
	})
}

func (h *house) openServers(ctx context.Context) error {
	if h.engine != MariaDB {
		return nil
	}
	var err error
	if h.redis, err = startRedis(ctx, h.folder); err != nil {
		return err
	}
	h.later(h.redis.kill)
	if h.mariadb, err = startMariaDB(ctx, h.folder); err != nil {
		return err
	}
	h.later(h.mariadb.kill)
	h.redisLine, err = newRelay(h.redis.address)
	if err != nil {
		return err
	}
	h.later(func() { _ = h.redisLine.Close() })
	if h.dbLine, err = newRelay(h.mariadb.address); err != nil {
		return err
	}
	h.later(func() { _ = h.dbLine.Close() })
	return nil
}

// openDatabase opens a way of our own to the rows.
func (h *house) openDatabase(context.Context) error {
	driver, dsn := "sqlite", "file:"+filepath.Join(h.folder, "data", "weibox.db")+"?_pragma=busy_timeout(10000)&_pragma=query_only(1)"
	if h.engine == MariaDB {
		driver, dsn = "mysql", "root@tcp("+h.mariadb.address+")/weibox"
	}
	var err error
	h.db, err = sql.Open(driver, dsn)
	if err == nil {
		h.later(func() { _ = h.db.Close() })
	}
	return err
}

// settings are the environment of every process. What is public is answered at once here, so that more can be proved in the time.
func (h *house) settings(port string) []string {
	weibo := "http://" + h.platform.address()
	env := map[string]string{
		"PUBLIC_URL": "http://" + h.front.address(), "LISTEN": "127.0.0.1:" + port, "ADMIN_LISTEN": "127.0.0.1:0", "DATA": filepath.Join(h.folder, "data"),
		"LOG_LEVEL": "warn", "POLLING_EVERY": "1s", "SENDING_UNDO_PUBLIC": "500ms", "MASTER_KEYS": h.keys,
		"WEIBO_APP_KEY": appKey, "WEIBO_APP_SECRET": appSecret, "WEIBO_API_FAMILY": "commercial", "WEIBO_FALLBACK_IP": "127.0.0.1", "WEIBO_OVERLAP": "30s",
		"WEIBO_AUTHORIZE_URL": weibo + "/oauth2/authorize", "WEIBO_TOKEN_URL": weibo + "/oauth2/access_token", "WEIBO_API_URL": weibo + "/2",
		"WEIBO_COMMERCIAL_API_URL": weibo + "/c/2", "WEIBO_MESSAGE_URL": weibo + "/m/2", "WEIBO_REMIND_URL": weibo + "/rm/2", "WEIBO_UPLOAD_URL": weibo + "/upload/2",
		"WEIBO_QUOTAS_ACCOUNT_PER_DAY": "0", "WEIBO_QUOTAS_WRITES_PER_HOUR": "0", "WEIBO_QUOTAS_ADDRESS_PER_HOUR": "0", "WEIBO_QUOTAS_COMMERCIAL_ADDRESS_PER_HOUR": "0",
		"LIMITS_PERSON_RATE": "1000", "LIMITS_PERSON_BURST": "1000", "LIMITS_WORKSPACE_RATE": "1000", "LIMITS_WORKSPACE_BURST": "1000",
	}
	if h.engine == MariaDB {
		env["DATABASE_ENGINE"], env["DATABASE_DSN"], env["REDIS_ADDRESS"] = "mysql", "root@tcp("+h.dbLine.address()+")/weibox", h.redisLine.address()
	}
	if h.lease > 0 {
		// A call must end within its lease.
		env["SENDING_LEASE"], env["WEIBO_CALL_TIMEOUT"], env["WEIBO_DIAL_TIMEOUT"] = h.lease.String(), (h.lease / 2).String(), (h.lease / 4).String()
	}
	var list []string
	for _, name := range slices.Sorted(maps.Keys(env)) {
		list = append(list, "WEIBOX_"+name+"="+env[name])
	}
	return list
}

// command runs the program once, as an operator does, and gives what it says.
func (h *house) command(ctx context.Context, input string, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, h.binary, args...)
	cmd.Env, cmd.Stdin = h.settings("0"), strings.NewReader(input)
	said, err := cmd.CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("weibox %s: %w: %s", args[0], err, said)
	}
	return string(said), nil
}

// moveIn founds the workspace, starts the program and binds the brands over HTTP, as a manager would.
func (h *house) moveIn(ctx context.Context) error {
	keys, err := h.command(ctx, "", "keys", "new")
	if err != nil {
		return err
	}
	h.keys = strings.TrimSpace(keys)
	if _, err := h.command(ctx, password+"\n", "user", "add", "--workspace", "品牌", "--login", login, "--name", "小满"); err != nil {
		return err
	}
	if err := h.run(nil, ""); err != nil {
		return err
	}
	h.later(h.stop)
	if err := h.do(ctx, http.MethodPost, "/api/v1/session", map[string]string{"login": login, "password": password}, nil, nil); err != nil {
		return err
	}
	for i := range h.brands {
		if err := h.bind(ctx, &h.brands[i]); err != nil {
			return fmt.Errorf("bind: %w", err)
		}
	}
	return nil
}

func (h *house) bind(ctx context.Context, b *brand) error {
	var step struct{ URL string }
	if err := h.do(ctx, http.MethodPost, "/api/v1/bindings", map[string]string{"platform": "weibo"}, nil, &step); err != nil {
		return err
	}
	answer, err := sim.Consent(ctx, step.URL, b.uid)
	if err != nil {
		return err
	}
	if err := h.do(ctx, http.MethodGet, "/oauth/weibo/callback?"+answer.Encode(), nil, nil, nil); err != nil {
		return err
	}
	var key string
	if err := h.db.QueryRowContext(ctx, "SELECT hook_key FROM accounts WHERE external_id = ?", b.uid).Scan(&key); err != nil {
		return err
	}
	b.hook = (&url.URL{Scheme: "http", Host: h.front.address(), Path: "/hooks/weibo/" + key}).String()
	return h.weibo.SetPush(b.uid, b.hook)
}

// run starts one process of all roles, or one for each of the roles given, and waits until it answers.
func (h *house) run(arm func() []string, roles ...string) error {
	h.stop()
	answering := 0
	for i, role := range roles {
		port := "0"
		if role == "" || role == "api" {
			port = h.ports[answering]
			answering++
		}
		p := &process{binary: h.binary, args: []string{"serve"}, env: h.settings(port), log: filepath.Join(h.folder, fmt.Sprintf("weibox-%d.log", i)), arm: arm}
		if role != "" {
			p.args = append(p.args, "--roles", role)
		}
		if err := p.start(); err != nil {
			return err
		}
		h.processes = append(h.processes, p)
	}
	if !eventually(context.Background(), 30*time.Second, h.answers) {
		said, _ := os.ReadFile(h.processes[0].log)
		return fmt.Errorf("the program does not answer: %s", said[max(0, len(said)-2000):])
	}
	return nil
}

func (h *house) answers() bool {
	response, err := h.client.Get("http://" + h.front.address() + "/api/v1/setup")
	if err != nil {
		return false
	}
	_ = response.Body.Close()
	return response.StatusCode == http.StatusOK
}

// stop ends all processes; what they have lived through is kept for the table.
func (h *house) stop() {
	for _, p := range h.processes {
		p.stop()
	}
	h.retired = append(h.retired, h.processes...)
	h.processes = nil
}

func (h *house) everyProcess() []*process { return slices.Concat(h.retired, h.processes) }

func (h *house) later(do func()) { h.closers = append(h.closers, do) }

func (h *house) close() {
	for _, do := range slices.Backward(h.closers) {
		do()
	}
}

var errRefused = errors.New("refused")

func drained(body io.ReadCloser) {
	_, _ = io.Copy(io.Discard, body)
	_ = body.Close()
}
