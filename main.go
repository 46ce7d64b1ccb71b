// Weibox is a self-hosted inbox for brands on Weibo. This file reads the settings, builds everything, runs it, and stops it in order.
package main

import (
	"bufio"
	"context"
	"crypto/rand"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"

	"weibox/api"
	"weibox/configs"
	"weibox/connectors"
	"weibox/connectors/weibo"
	"weibox/connectors/weibo/sim"
	"weibox/frontend"
	"weibox/inbox"
	"weibox/inbox/showcase"
	"weibox/inbox/store"
	"weibox/jobs"

	"github.com/KimMachineGun/automemlimit/memlimit"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
)

// version is set by the build.
var version = "dev"

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, os.Args[1:], os.Environ(), os.Stdin, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// command is one word on the command line.
type command struct {
	name, about string
	run         func(ctx context.Context, t terminal, args []string) error
}

// terminal is what a command sees of the world.
type terminal struct {
	env []string
	in  io.Reader
	out io.Writer
}

func commands() []command {
	return []command{
		{"demo", "show the product with a pretend Weibo inside (演示，内置模拟微博)", demo},
		{"serve", "run the inbox (启动服务)", serve},
		{"migrate", "bring the database up to this version (升级数据库)", migrate},
		{"user", "user add: add a person who can sign in (添加用户)", user},
		{"keys", "keys new, keys rotate: the master keys that seal tokens (主密钥)", keys},
		{"replay", "read again what could not be read, after an update (重新解析)", replay},
		{"sim", "sim weibo: run the pretend Weibo alone (单独运行模拟微博)", simulate},
		{"health", "ask a running inbox whether it is ready (健康检查)", health},
		{"version", "print the version (版本)", func(_ context.Context, t terminal, _ []string) error {
			_, err := fmt.Fprintln(t.out, "weibox", version)
			return err
		}},
	}
}

func run(ctx context.Context, args, env []string, in io.Reader, out io.Writer) error {
	if len(args) > 0 {
		for _, c := range commands() {
			if c.name == args[0] {
				return c.run(ctx, terminal{env: env, in: in, out: out}, args[1:])
			}
		}
	}
	fmt.Fprintln(out, "usage: weibox <command>")
	for _, c := range commands() {
		fmt.Fprintf(out, "  %-8s %s\n", c.name, c.about)
	}
	if len(args) > 0 && args[0] != "help" {
		return fmt.Errorf("unknown command %q (没有这个命令)", args[0])
	}
	return nil
}

func migrate(ctx context.Context, t terminal, args []string) error {
	cfg, err := settings(t, "migrate", args, nil)
	if err != nil {
		return err
	}
	db, err := openStore(cfg, time.Now, nil)
	if err != nil {
		return err
	}
	defer closing(db)
	return db.Migrate(ctx)
}

func user(ctx context.Context, t terminal, args []string) error {
	if len(args) == 0 || args[0] != "add" {
		return errors.New("usage: weibox user add --workspace 品牌 --login admin --name 小满 [--role owner]; the password is read from standard input (密码从标准输入读取)")
	}
	workspace, person := "", inbox.NewAgent{Capacity: 20, AllAccounts: true}
	cfg, err := settings(t, "user add", args[1:], func(f *flag.FlagSet) {
		f.StringVar(&workspace, "workspace", "", "name of the workspace; it is founded if it is not there")
		f.StringVar(&person.Login, "login", "", "what the person signs in with")
		f.StringVar(&person.Name, "name", "", "how colleagues see the person")
		f.StringVar((*string)(&person.Role), "role", string(inbox.Owner), "owner, admin, supervisor, agent, marketer or viewer")
	})
	if err != nil {
		return err
	}
	fmt.Fprint(t.out, "password (密码): ")
	line, err := bufio.NewReader(t.in).ReadString('\n')
	if err != nil && line == "" {
		return fmt.Errorf("no password was given on standard input (未输入密码): %w", err)
	}
	person.Password = strings.TrimRight(line, "\r\n")
	db, err := openStore(cfg, time.Now, nil)
	if err != nil {
		return err
	}
	defer closing(db)
	if err := db.Migrate(ctx); err != nil {
		return err
	}
	if _, err := people(cfg, db, time.Now).AddUser(ctx, workspace, person); err != nil {
		return err
	}
	_, err = fmt.Fprintf(t.out, "\n%s can sign in at %s (可以登录了)\n", person.Login, cfg.PublicURL)
	return err
}

// keys makes a key, or seals everything with the first of the ring, so that older ones can be taken off it.
func keys(ctx context.Context, t terminal, args []string) error {
	if len(args) == 0 || args[0] != "new" && args[0] != "rotate" {
		return errors.New("usage: weibox keys new | weibox keys rotate")
	}
	if args[0] == "new" {
		_, err := fmt.Fprintln(t.out, store.NewKeyRing().Reveal())
		return err
	}
	cfg, err := settings(t, "keys rotate", args[1:], nil)
	if err != nil {
		return err
	}
	db, err := openStore(cfg, time.Now, nil)
	if err != nil {
		return err
	}
	defer closing(db)
	n, err := db.System().RewrapKeys(ctx)
	if err == nil {
		_, err = fmt.Fprintf(t.out, "%d workspace keys are now sealed with the newest master key (已改用最新主密钥)\n", n)
	}
	return err
}

// replay reads every dead letter of every workspace again. It may run beside the inbox: what is stored already changes nothing.
func replay(ctx context.Context, t terminal, args []string) error {
	cfg, err := settings(t, "replay", args, nil)
	if err != nil {
		return err
	}
	h, err := build(ctx, cfg, time.Now, nil)
	if err != nil {
		return err
	}
	defer h.close()
	ingesting, stop := context.WithCancel(ctx)
	var writer sync.WaitGroup
	writer.Go(func() { h.ingester.Run(ingesting) })
	defer writer.Wait()
	defer stop()
	letters, err := h.store.System().DeadLetters(ctx)
	if err != nil {
		return err
	}
	read := 0
	for _, l := range letters {
		if err := h.letters.Replay(ctx, inbox.Agent{WorkspaceID: l.WorkspaceID, AllAccounts: true}, l.ID); err != nil {
			fmt.Fprintf(t.out, "%d: %v\n", l.ID, err)
			continue
		}
		read++
	}
	_, err = fmt.Fprintf(t.out, "%d of %d read (已解析)\n", read, len(letters))
	return err
}

func simulate(ctx context.Context, t terminal, args []string) error {
	if len(args) == 0 || args[0] != "weibo" {
		return errors.New("usage: weibox sim weibo [--listen 127.0.0.1:8090] [--key KEY --secret SECRET] [--family open|commercial]")
	}
	options := sim.Options{Quotas: sim.DefaultQuotas(), AcceptPrivateRIP: true, Logger: slog.Default()}
	f := flag.NewFlagSet("sim weibo", flag.ContinueOnError)
	listen := f.String("listen", "127.0.0.1:8090", "address to listen on")
	f.StringVar(&options.AppKey, "key", "1000000001", "the app key it knows")
	f.StringVar(&options.AppSecret, "secret", "pretend-secret", "the app's secret")
	f.StringVar(&options.Family, "family", sim.Open, "open or commercial")
	if err := f.Parse(args[1:]); err != nil {
		return err
	}
	options.Base = "http://" + *listen
	pretend := sim.New(options)
	defer pretend.Close()
	pretend.Populate()
	go func() { _ = pretend.Run(ctx) }()
	fmt.Fprintf(t.out, "pretend Weibo at %s (模拟微博)\n", options.Base)
	server := &http.Server{Addr: *listen, Handler: pretend.Handler(), ReadHeaderTimeout: 5 * time.Second}
	go func() {
		<-ctx.Done()
		_ = server.Close()
	}()
	if err := server.ListenAndServe(); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

func health(ctx context.Context, t terminal, args []string) error {
	cfg, err := settings(t, "health", args, nil)
	if err != nil {
		return err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+cfg.AdminListen+"/readyz", nil)
	if err != nil {
		return err
	}
	answer, err := (&http.Client{Timeout: 3 * time.Second}).Do(req)
	if err != nil {
		return err
	}
	defer func() { _ = answer.Body.Close() }()
	if answer.StatusCode != http.StatusOK {
		return fmt.Errorf("not ready: %s", answer.Status)
	}
	return nil
}

func serve(ctx context.Context, t terminal, args []string) error {
	roles := ""
	cfg, err := settings(t, "serve", args, func(f *flag.FlagSet) {
		f.StringVar(&roles, "roles", "", "api,worker,scheduler: what this process is for; all by default")
	})
	if err != nil {
		return err
	}
	if roles != "" {
		cfg.Roles = strings.Split(roles, ",")
	}
	if err := cfg.Validate(); err != nil {
		return err
	}
	// Soft: the collector works harder near the limit of the container, instead of being killed by it.
	if _, err := memlimit.Set(memlimit.WithProvider(memlimit.FromCgroup)); err != nil {
		slog.DebugContext(ctx, "no memory limit", "why", err)
	}
	h, err := build(ctx, cfg, time.Now, nil)
	if err != nil {
		return err
	}
	defer h.close()
	listener, err := net.Listen("tcp", cfg.Listen)
	if err != nil {
		return err
	}
	if err := h.announceSetup(ctx, t.out); err != nil {
		return err
	}
	return h.run(ctx, listener, h.server.Handler())
}

// settings reads the settings for a command that may have flags of its own.
func settings(t terminal, name string, args []string, own func(*flag.FlagSet)) (configs.Config, error) {
	f := flag.NewFlagSet(name, flag.ContinueOnError)
	path := f.String("config", "", "YAML file with settings; the environment stands above it")
	if own != nil {
		own(f)
	}
	if err := f.Parse(args); err != nil {
		return configs.Config{}, err
	}
	cfg, err := configs.Load(*path, t.env)
	if err != nil {
		return cfg, err
	}
	setLog(cfg.Log)
	return cfg, nil
}

func setLog(l configs.Log) {
	var level slog.Level
	_ = level.UnmarshalText([]byte(l.Level)) // Validate has a sentence for what is no level
	options := &slog.HandlerOptions{Level: level}
	var handler slog.Handler = slog.NewTextHandler(os.Stderr, options)
	if l.Format == "json" {
		handler = slog.NewJSONHandler(os.Stderr, options)
	}
	slog.SetDefault(slog.New(handler))
}

// house is the whole program, built and not yet running.
type house struct {
	cfg       configs.Config
	now       func() time.Time
	store     *store.Store
	redis     *jobs.Redis
	files     *store.Folder
	people    *inbox.People
	platforms *inbox.Platforms
	ingester  *inbox.Ingester
	queue     *jobs.Queue
	wakes     *jobs.Wakes
	letters   *inbox.DeadLetters
	worker    *jobs.Worker
	scheduler *jobs.Scheduler
	server    *api.Server
	measured  *prometheus.Registry
	started   time.Time
}

// build makes every part and hands each what it needs. Nothing runs yet but the database is up to date. pretend is the Weibo
// of a demonstration, else nil.
func build(ctx context.Context, cfg configs.Config, now func() time.Time, pretend *sim.Sim) (*house, error) {
	h := &house{cfg: cfg, now: now, started: now()}
	if err := h.open(ctx); err != nil {
		h.close()
		return nil, err
	}
	holder := "process-" + rand.Text() // names this process in leases
	h.queue, h.wakes = jobs.NewQueue(h.redis, now), jobs.NewWakes(h.redis)
	platforms := inbox.Connectors{}
	for _, c := range connectors.All(platformSettings(cfg, pretend), h.store, now) {
		platforms[c.Platform()] = c
	}
	h.ingester = inbox.NewIngester(h.store, h.queue, h.wakes)
	outbox := inbox.NewOutbox(h.store, platforms, h.queue, h.wakes, inbox.OutboxSettings{UndoPublic: cfg.Sending.UndoPublic,
		UndoPrivate: cfg.Sending.UndoPrivate, Lease: cfg.Sending.Lease}, holder, now)
	sweeper := inbox.NewSweeper(h.store.System(), outbox, h.queue, now)
	h.letters = inbox.NewDeadLetters(h.store, platforms, h.ingester, h.wakes, now)
	h.people = people(cfg, h.store, now)
	h.platforms = inbox.NewPlatforms(h.store, platforms, h.queue, h.wakes, cfg.PublicURL)
	h.worker = &jobs.Worker{Outbox: outbox, Sweeper: sweeper, Platforms: h.platforms, Triage: inbox.NewTriage(h.store, h.wakes, now),
		Polling:  inbox.NewPolling(h.store, platforms, h.ingester, h.wakes, pollSettings(cfg), holder, now),
		Fetching: inbox.NewFetching(h.store, h.files, platforms, h.wakes, now),
		Meeting:  inbox.NewMeeting(h.store, platforms, h.wakes, now)}
	h.scheduler = &jobs.Scheduler{Leases: h.store.System(), House: h.store.System(), Sweeper: sweeper, Queue: h.queue, Holder: holder, Now: now,
		Planner: inbox.NewPlanner(h.store.System(), h.store, platforms, h.queue, pollSettings(cfg), now), Keep: cfg.Retention.Changes}
	var err error
	h.server, err = api.New(apiConfig(cfg, pretend != nil), api.Deps{People: h.people, Conversations: h.store, Desk: inbox.NewDesk(h.store, h.wakes), Outbox: outbox,
		Media: h.store, Files: h.files, Tags: h.store, Rules: h.store, Accounts: accounts{h.store, h.platforms}, Platforms: h.platforms,
		Changes: h.store, Wakes: h.wakes, DeadLetters: h.store, System: h,
		Replayer: h.letters, Intake: inbox.NewIntake(h.store, platforms, h.ingester, h.queue, api.CheckShape, now), Pages: frontend.Dist(),
		Log: slog.Default(), Now: now})
	if err != nil {
		h.close()
	}
	return h, err
}

func pollSettings(cfg configs.Config) inbox.PollSettings {
	return inbox.PollSettings{Every: cfg.Polling.Every, Floor: cfg.Polling.Floor, Evenness: cfg.Polling.Evenness}
}

// accounts are the rows with what the platforms say about them.
type accounts struct {
	*store.Store
	platforms *inbox.Platforms
}

func (a accounts) Quotas(ctx context.Context, viewer inbox.Agent, account inbox.Account) ([]inbox.QuotaState, error) {
	return a.platforms.Quotas(ctx, viewer, account)
}

func (h *house) open(ctx context.Context) (err error) {
	h.measured = prometheus.NewRegistry()
	h.measured.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	metrics, err := api.NewMetrics(h.measured)
	if err != nil {
		return err
	}
	if h.store, err = openStore(h.cfg, h.now, metrics); err != nil {
		return err
	}
	if err := h.store.Migrate(ctx); err != nil {
		return err
	}
	if err := h.store.CheckKeys(ctx); err != nil {
		return fmt.Errorf("master_keys: %w", err)
	}
	if h.files, err = store.OpenFolder(filepath.Join(h.cfg.Data, "media")); err != nil {
		return err
	}
	r := h.cfg.Redis
	if h.redis, err = jobs.OpenRedis(jobs.RedisConfig{Address: r.Address, Username: r.Username, Password: r.Password.Reveal(), DB: r.DB, TLS: r.TLS,
		Sentinels: r.Sentinel.Addresses, Master: r.Sentinel.Master, SentinelPassword: r.Sentinel.Password.Reveal()}); err != nil {
		return err
	}
	for _, problem := range h.problems(ctx) {
		slog.WarnContext(ctx, problem.EN, "zh", problem.ZH)
	}
	return api.RegisterWaiting(h.measured, h.store.System().Backlog, h.depths, h.now)
}

func (h *house) problems(ctx context.Context) []inbox.Sentence {
	return append(h.store.System().Problems(ctx), h.redis.Problems(ctx)...)
}

// Status is how the installation is, for those who run it.
func (h *house) Status(ctx context.Context, viewer inbox.Agent) (inbox.SystemStatus, error) {
	s := inbox.SystemStatus{Engine: h.cfg.Database.Engine, RedisInside: h.redis.InProcess, StartedAt: h.started, Problems: h.problems(ctx)}
	var err error
	if s.Backlog, err = h.store.System().Backlog(ctx); err != nil {
		return s, err
	}
	s.DeadLetters, err = h.store.DeadLetterCount(ctx, viewer)
	return s, err
}

func (h *house) depths(ctx context.Context) ([]api.QueueDepth, error) {
	found, err := jobs.Depths(ctx, h.redis, h.now())
	list := make([]api.QueueDepth, len(found))
	for i, d := range found {
		list[i] = api.QueueDepth(d)
	}
	return list, err
}

// close lets go of everything that build opened, in the opposite order.
func (h *house) close() {
	if h.redis != nil {
		closing(h.redis)
	}
	if h.files != nil {
		closing(h.files)
	}
	if h.store != nil {
		closing(h.store)
	}
}

func closing(c io.Closer) {
	if err := c.Close(); err != nil {
		slog.Warn("closing", "err", err)
	}
}

func openStore(cfg configs.Config, now func() time.Time, watch inbox.Watch) (*store.Store, error) {
	ring, err := masterKeys(cfg)
	if err != nil {
		return nil, err
	}
	sealer, err := store.NewSealer(ring)
	if err != nil {
		return nil, err
	}
	return store.Open(store.Config{Engine: store.Engine(cfg.Database.Engine), Folder: cfg.Data, DSN: cfg.Database.DSN.Reveal(), Pool: cfg.Database.Pool, Watch: watch},
		sealer, now)
}

// masterKeys are those of the settings; a small installation without any gets a key of its own beside its database.
func masterKeys(cfg configs.Config) (inbox.Secret, error) {
	if cfg.MasterKeys != "" {
		return inbox.Secret(cfg.MasterKeys.Reveal()), nil
	}
	path := filepath.Join(cfg.Data, "master.key")
	if known, err := os.ReadFile(path); err == nil {
		return inbox.Secret(strings.TrimSpace(string(known))), nil
	} else if !errors.Is(err, os.ErrNotExist) {
		return "", err
	}
	if err := os.MkdirAll(cfg.Data, 0o700); err != nil {
		return "", fmt.Errorf("data folder: %w", err)
	}
	fresh := store.NewKeyRing()
	return fresh, os.WriteFile(path, []byte(fresh.Reveal()+"\n"), 0o600)
}

func people(cfg configs.Config, s *store.Store, now func() time.Time) *inbox.People {
	return inbox.NewPeople(s, inbox.NewPasswords(), inbox.SessionLimits{Idle: cfg.Sessions.Idle, Absolute: cfg.Sessions.Absolute}, now)
}

// run works until ctx ends, then stops in order: no new work, streams, requests, jobs, and last the writer they all wait for.
func (h *house) run(ctx context.Context, listener net.Listener, handler http.Handler) error {
	inner, stop := context.WithCancel(context.WithoutCancel(ctx))
	defer stop()
	var parts sync.WaitGroup
	parts.Go(func() { h.queue.Run(inner) })
	parts.Go(func() { h.wakes.Run(inner) })
	ingesting, stopIngesting := context.WithCancel(inner)
	var writer sync.WaitGroup
	writer.Go(func() { h.ingester.Run(ingesting) })

	failed := make(chan error, 2)
	servers := h.listen(listener, handler, failed)
	working, err := h.work(ctx, &parts)
	if err == nil {
		select {
		case <-ctx.Done():
		case err = <-failed:
		}
	}
	h.server.Drain()
	shutDown(servers)
	if working != nil {
		working.Shutdown()
	}
	stopIngesting()
	writer.Wait()
	stop()
	parts.Wait()
	return err
}

// work starts what the roles say.
func (h *house) work(ctx context.Context, parts *sync.WaitGroup) (*jobs.Servers, error) {
	if slices.Contains(h.cfg.Roles, configs.RoleScheduler) {
		parts.Go(func() { h.scheduler.Run(ctx) })
	}
	if !slices.Contains(h.cfg.Roles, configs.RoleWorker) {
		return nil, nil
	}
	return jobs.StartServers(h.redis, h.worker, jobs.Pace{Hands: h.cfg.Jobs.Concurrency, Look: h.cfg.TaskCheckInterval()})
}

func (h *house) listen(listener net.Listener, handler http.Handler, failed chan<- error) []*http.Server {
	admin := &http.Server{Addr: h.cfg.AdminListen, Handler: api.Admin(h.ready, h.measured), ReadHeaderTimeout: 5 * time.Second}
	servers := []*http.Server{admin}
	if h.cfg.AdminListen != "" {
		go serving(admin, nil, failed)
	}
	if slices.Contains(h.cfg.Roles, configs.RoleAPI) {
		public := h.server.HTTPServer(h.cfg.Listen)
		public.Handler = handler
		servers = append(servers, public)
		go serving(public, h.server.Listener(listener), failed)
		slog.Info("listening", "address", listener.Addr().String(), "public_url", h.cfg.PublicURL, "roles", h.cfg.Roles)
	} else if listener != nil {
		closing(listener)
	}
	return servers
}

func serving(server *http.Server, listener net.Listener, failed chan<- error) {
	var err error
	if listener == nil {
		err = server.ListenAndServe()
	} else {
		err = server.Serve(listener)
	}
	if !errors.Is(err, http.ErrServerClosed) {
		failed <- err
	}
}

// shutDown lets requests finish, within reason.
func shutDown(servers []*http.Server) {
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	for _, server := range servers {
		if err := server.Shutdown(ctx); err != nil {
			_ = server.Close()
		}
	}
}

// ready looks at what is ours alone. A platform that is down must not take the inbox down with it, and Redis is disposable.
func (h *house) ready(ctx context.Context) (note string, err error) {
	switch {
	case !h.server.Ready():
		return "", errors.New("stopping")
	case h.store.Ping(ctx) != nil:
		return "", errors.New("the database does not answer")
	case h.redis.Ping(ctx).Err() != nil:
		return "degraded: Redis does not answer", nil
	}
	return "", nil
}

// announceSetup prints the way in for the first person.
func (h *house) announceSetup(ctx context.Context, out io.Writer) error {
	if !slices.Contains(h.cfg.Roles, configs.RoleAPI) {
		return nil // the link works at the process that printed it
	}
	token, err := h.people.SetupToken(ctx)
	if err != nil || token == "" {
		return err
	}
	_, err = fmt.Fprintf(out, "Nobody can sign in yet. Set up here, once (首次使用，请打开此链接完成设置):\n  %s/setup?token=%s\n", h.cfg.PublicURL, url.QueryEscape(token))
	return err
}

func apiConfig(c configs.Config, sandbox bool) api.Config {
	return api.Config{Sandbox: sandbox, PublicURL: c.PublicURL, TrustedProxies: c.TrustedProxies, Version: version, InsecureCookie: c.InsecureCookie, Limits: api.Limits(c.Limits)}
}

func platformSettings(c configs.Config, pretend *sim.Sim) connectors.Settings {
	w := c.Weibo
	settings := connectors.Settings{Weibo: weibo.Settings{AppKey: w.AppKey, AppSecret: inbox.Secret(w.AppSecret.Reveal()), Family: w.Family, AuthorizeURL: w.AuthorizeURL,
		TokenURL: w.TokenURL, APIURL: w.APIURL, CommercialAPIURL: w.CommercialAPIURL, MessageURL: w.MessageURL, RemindURL: w.RemindURL, UploadURL: w.UploadURL,
		Scopes: w.Scopes, FallbackIP: w.FallbackIP, CommentLength: w.CommentLength, DMLength: w.DMLength, DMWindow: w.DMWindow, DMAllowance: w.DMAllowance,
		MentionWindow: w.MentionWindow, MentionAllowance: w.MentionAllowance, PageSize: w.PageSize, Overlap: w.Overlap, ImportDepth: w.ImportDepth,
		PushFreshness: w.PushFreshness, ReadBackPages: w.ReadBackPages, ReadBackSkew: w.ReadBackSkew, TooOftenPause: w.TooOftenPause, CaptchaPause: w.CaptchaPause,
		DialTimeout: w.DialTimeout, CallTimeout: w.CallTimeout, MaxAnswer: w.MaxAnswer, MaxMedia: w.MaxMedia, Quotas: weibo.QuotaLimits(w.Quotas)}}
	if pretend != nil {
		settings.Weibo.FamilyInForce = pretend.Family // so that the sandbox can show both
	}
	return settings
}

// demo runs the whole product with a pretend Weibo inside, in a folder of its own that is gone afterwards unless one was named.
func demo(ctx context.Context, t terminal, args []string) error {
	f := flag.NewFlagSet("demo", flag.ContinueOnError)
	listen := f.String("listen", "127.0.0.1:8080", "address to listen on; another port is taken if this one is in use")
	data := f.String("data", "", "folder to keep the data in; a temporary one by default")
	if err := f.Parse(args); err != nil {
		return err
	}
	setLog(configs.Log{Level: "warn"})
	listener, err := listenNear(*listen)
	if err != nil {
		return err
	}
	if *data == "" {
		if *data, err = os.MkdirTemp("", "weibox-demo-"); err != nil {
			return err
		}
		defer func() { _ = os.RemoveAll(*data) }()
	}
	d := &demonstration{listener: listener, password: "demo-" + strings.ToLower(rand.Text()[:10])}
	if err := d.build(ctx, *data); err != nil {
		return err
	}
	defer d.pretend.Close()
	defer d.close()
	return d.show(ctx, t.out)
}

func listenNear(address string) (net.Listener, error) {
	listener, err := net.Listen("tcp", address)
	if errors.Is(err, syscall.EADDRINUSE) {
		host, _, _ := net.SplitHostPort(address)
		return net.Listen("tcp", net.JoinHostPort(host, "0"))
	}
	return listener, err
}

// demonstration is a house with a pretend Weibo on the same listener.
type demonstration struct {
	*house
	listener net.Listener
	pretend  *sim.Sim
	password string
}

func (d *demonstration) build(ctx context.Context, data string) error {
	cfg := configs.Default()
	cfg.Data, cfg.AdminListen, cfg.PublicURL = data, "", "http://"+d.listener.Addr().String()
	cfg.Polling.Every = 4 * time.Second // the commercial family has calls enough
	platform := weibo.Defaults().Under(cfg.PublicURL + "/sim/weibo")
	w := &cfg.Weibo
	w.AppKey, w.AppSecret, w.Family = "1000000001", "pretend-secret", weibo.CommercialFamily
	w.AuthorizeURL, w.TokenURL, w.APIURL, w.CommercialAPIURL = platform.AuthorizeURL, platform.TokenURL, platform.APIURL, platform.CommercialAPIURL
	w.MessageURL, w.RemindURL, w.UploadURL = platform.MessageURL, platform.RemindURL, platform.UploadURL
	w.FallbackIP = "127.0.0.1" // agents of a demo sit at this machine; the pretend Weibo takes that for an address
	d.pretend = sim.New(sim.Options{AppKey: w.AppKey, AppSecret: w.AppSecret.Reveal(), Base: cfg.PublicURL + "/sim/weibo", Family: sim.Commercial,
		Quotas: sim.DefaultQuotas(), AcceptPrivateRIP: true, Seed: uint64(time.Now().Unix())})
	d.pretend.Populate()
	var err error
	d.house, err = build(ctx, cfg, time.Now, d.pretend)
	return err
}

// show runs the house and, once it listens, moves in.
func (d *demonstration) show(ctx context.Context, out io.Writer) error {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	go func() { _ = d.pretend.Run(ctx) }()
	moved := make(chan error, 1)
	go func() {
		err := d.moveIn(ctx, out)
		if err != nil {
			stop()
		}
		moved <- err
	}()
	err := d.run(ctx, d.listener, d.handler())
	return errors.Join(err, <-moved)
}

// handler serves the pretend Weibo beside the inbox. Its controls are for signed-in people who manage accounts.
func (d *demonstration) handler() http.Handler {
	mux := http.NewServeMux()
	pretend := http.StripPrefix("/sim/weibo", d.pretend.Handler())
	mux.Handle("/sim/weibo/", pretend)
	mux.Handle("/sim/weibo/control/", d.server.Guard(inbox.MayManageAccounts, pretend))
	mux.Handle("POST /sim/weibo/control/family", d.server.Guard(inbox.MayManageAccounts, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		pretend.ServeHTTP(w, r)
		d.lookAgain(r.Context())
	})))
	mux.Handle("/", d.server.Handler())
	return mux
}

// lookAgain polls at once: what was planned under the budget of the other family no longer holds.
func (d *demonstration) lookAgain(ctx context.Context) {
	accounts, err := d.store.System().ActiveAccounts(ctx)
	for _, a := range accounts {
		err = errors.Join(err, d.store.HurrySources(ctx, a.WorkspaceID, a.ID))
	}
	if err != nil {
		slog.WarnContext(ctx, "polls not hurried", "err", err)
	}
}

// moveIn founds the workspace and binds the brands the way a manager would: over the consent screen, then the webhook's address.
func (d *demonstration) moveIn(ctx context.Context, out io.Writer) error {
	owner, err := showcase.Furnish(ctx, d.people, d.store, d.password)
	if err != nil {
		return err
	}
	for _, uid := range d.pretend.Brands() {
		if err := d.bind(ctx, owner, uid); err != nil {
			return fmt.Errorf("bind %s: %w", uid, err)
		}
	}
	_, err = fmt.Fprintf(out, "\nWeibox is running. Open it and sign in (打开并登录):\n\n  address 地址   %s\n  login 登录名   %s\n  password 密码  %s\n\n"+
		"Colleagues with the same password (同一密码的同事): lin, chen. Press Ctrl-C to stop (按 Ctrl-C 结束).\n", d.cfg.PublicURL, showcase.Login, d.password)
	return err
}

// bind walks one brand through the consent screen and gives the pretend Weibo the webhook's address.
func (d *demonstration) bind(ctx context.Context, owner inbox.SignedIn, uid string) error {
	step, err := d.platforms.Bind(ctx, owner.Agent, owner.Session.ID, weibo.Platform, 0)
	if err != nil {
		return err
	}
	answer, err := sim.Consent(ctx, step.Redirect, uid)
	if err != nil {
		return err
	}
	account, err := d.platforms.FinishBinding(ctx, owner.Session.ID, owner.Agent, weibo.Platform, answer)
	if err != nil {
		return err
	}
	if err := d.pretend.SetPush(uid, d.cfg.PublicURL+"/hooks/weibo/"+account.HookKey); err != nil {
		return err
	}
	return d.pretend.Burst(8, uid, "") // somebody is always writing to a brand
}
