// Package api is the HTTP side of the inbox: the contract (openapi.yaml), one resource a file, the live stream, webhooks in, and the
// pages. Rules live in package inbox; here requests become calls and errors become answers.
package api

import (
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"sync"
	"time"

	"weibox/inbox"

	"github.com/gin-gonic/gin"
	"golang.org/x/net/netutil"
)

// Config is what an operator decides about the HTTP side.
type Config struct {
	PublicURL      string   // where browsers reach us, e.g. https://inbox.example.com
	TrustedProxies []string // addresses or networks whose X-Forwarded-For is believed; empty: nobody's
	Version        string
	Sandbox        bool // a pretend platform runs inside
	InsecureCookie bool // a cookie without Secure although public_url is neither https nor on this machine
	Limits         Limits
}

// Deps is everything the handlers need, each field in the words of the file that uses it.
type Deps struct {
	People        people
	Conversations conversations
	Desk          desk
	Outbox        outbox
	Media         mediaStore
	Files         files
	Tags          tags
	Rules         rules
	Accounts      accountStore
	Platforms     platforms
	Changes       changes
	Wakes         wakes
	Intake        intake
	DeadLetters   deadLetters
	Replayer      replayer
	System        system
	Pages         fs.FS // the built front end; nil: none
	Log           *slog.Logger
	Now           func() time.Time
}

// Server answers browsers and platforms.
type Server struct {
	cfg      Config
	deps     Deps
	public   *url.URL
	contract *contract
	classes  map[class]chan struct{}
	rates    *rates
	streams  *listeners
	cross    *http.CrossOriginProtection
	handler  http.Handler
	routes   []route

	draining  chan struct{}
	drainOnce sync.Once
}

// New builds the server; nothing listens yet. Every route must be in the contract and say who may use it, and the other way round.
func New(cfg Config, deps Deps) (*Server, error) {
	public, err := url.Parse(cfg.PublicURL)
	if err != nil || public.Host == "" {
		return nil, fmt.Errorf("public_url %q must be an address such as https://inbox.example.com (public_url 应为浏览器访问的完整地址)", cfg.PublicURL)
	}
	cfg.Limits.fill()
	s := &Server{cfg: cfg, deps: deps, public: public, classes: cfg.Limits.classes(), rates: newRates(cfg.Limits),
		streams: newListeners(cfg.Limits.StreamsEach), draining: make(chan struct{})}
	if err := s.checkCookie(); err != nil {
		return nil, err
	}
	if s.cross, err = s.crossOrigin(); err != nil {
		return nil, err
	}
	if s.contract, err = loadContract(); err != nil {
		return nil, err
	}
	s.routes = s.table()
	if err := errors.Join(s.contract.match(s.routes)...); err != nil {
		return nil, err
	}
	engine, err := s.engine()
	if err != nil {
		return nil, err
	}
	s.handler = s.outside(engine)
	return s, nil
}

// route is one line of the table: who may use it, how it is treated under load, and what answers.
type route struct {
	method, path string
	may          inbox.Permission
	class        class
	handle       func(*request) error
}

// Two permissions that are no role's.
const (
	anyone   inbox.Permission = "anyone"    // no session needed
	signedIn inbox.Permission = "signed_in" // any role
)

// table is all routes on one page.
func (s *Server) table() []route {
	const (
		get, post, put, patch, remove = http.MethodGet, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete
		v1                            = "/api/v1"
		conversation                  = v1 + "/conversations/:id"
		answer                        = v1 + "/replies/:id"
		account                       = v1 + "/accounts/:id"
	)
	return []route{
		{get, v1 + "/setup", anyone, reading, s.setupState},
		{post, v1 + "/setup", anyone, entering, s.setup},
		{post, v1 + "/session", anyone, entering, s.signIn},
		{remove, v1 + "/session", anyone, urgent, s.signOut},
		{put, v1 + "/session/workspace", signedIn, urgent, s.switchWorkspace},
		{get, v1 + "/sessions", signedIn, reading, s.sessions},
		{remove, v1 + "/sessions/:id", signedIn, urgent, s.endSession},
		{get, v1 + "/me", signedIn, urgent, s.me},
		{patch, v1 + "/me", signedIn, reading, s.changeMe},
		{put, v1 + "/me/password", signedIn, entering, s.changePassword},

		{get, v1 + "/agents", inbox.MayRead, reading, s.agents},
		{post, v1 + "/agents", inbox.MayManageAgents, reading, s.addAgent},
		{patch, v1 + "/agents/:id", inbox.MayManageAgents, reading, s.changeAgent},
		{get, v1 + "/skill-groups", inbox.MayRead, reading, s.skillGroups},
		{post, v1 + "/skill-groups", inbox.MayManageAgents, reading, s.addSkillGroup},
		{put, v1 + "/skill-groups/:id", inbox.MayManageAgents, reading, s.changeSkillGroup},
		{remove, v1 + "/skill-groups/:id", inbox.MayManageAgents, reading, s.removeSkillGroup},

		{get, v1 + "/platforms", inbox.MayRead, reading, s.platforms},
		{post, v1 + "/bindings", inbox.MayManageAccounts, slow, s.bind},
		{get, v1 + "/accounts", inbox.MayRead, reading, s.accounts},
		{get, account, inbox.MayRead, reading, s.account},
		{patch, account, inbox.MayManageAccounts, reading, s.changeAccount},
		{remove, account, inbox.MayManageAccounts, reading, s.unbindAccount},
		{post, account + "/check", inbox.MayManageAccounts, slow, s.checkAccount},

		{get, v1 + "/system", inbox.MaySeeSystem, reading, s.system},
		{get, v1 + "/dead-letters", inbox.MayManageAccounts, reading, s.deadLetters},
		{post, v1 + "/dead-letters/:id/replay", inbox.MayManageAccounts, reading, s.replayDeadLetter},

		{get, v1 + "/conversations", inbox.MayRead, reading, s.conversations},
		{get, v1 + "/conversations/counts", inbox.MayRead, reading, s.conversationCounts},
		{get, conversation, inbox.MayRead, reading, s.conversation},
		{get, conversation + "/messages", inbox.MayRead, reading, s.messages},
		{put, conversation + "/read", inbox.MayRead, reading, s.markRead},
		{post, conversation + "/replies", inbox.MayReply, urgent, s.reply},
		{post, conversation + "/notes", inbox.MayNote, urgent, s.addNote},
		{post, conversation + "/take", inbox.MayTake, urgent, s.take},
		{post, conversation + "/assign", inbox.MayTake, urgent, s.assign},
		{post, conversation + "/transfer", inbox.MayTake, urgent, s.transfer},
		{post, conversation + "/resolve", inbox.MayResolve, urgent, s.resolve},
		{post, conversation + "/reopen", inbox.MayResolve, urgent, s.reopen},
		{put, conversation + "/tags/:tag_id", inbox.MayTag, urgent, s.addTagToConversation},
		{remove, conversation + "/tags/:tag_id", inbox.MayTag, urgent, s.removeTagFromConversation},
		{post, answer + "/cancel", inbox.MayReply, urgent, s.cancelReply},
		{post, answer + "/resend", inbox.MayReply, urgent, s.resendReply},
		{post, answer + "/confirm", inbox.MayReply, urgent, s.confirmReply},
		{post, answer + "/recheck", inbox.MayReply, urgent, s.recheckReply},
		{get, v1 + "/media/:id", inbox.MayRead, pictures, s.media},
		{get, v1 + "/contacts/:id/avatar", inbox.MayRead, pictures, s.contactAvatar},
		{get, v1 + "/posts/:id/pictures/:n", inbox.MayRead, pictures, s.postPicture},

		{get, v1 + "/tags", inbox.MayRead, reading, s.tags},
		{post, v1 + "/tags", inbox.MayManageTags, reading, s.addTag},
		{put, v1 + "/tags/:id", inbox.MayManageTags, reading, s.changeTag},
		{get, v1 + "/rules", inbox.MayManageRules, reading, s.rules},
		{put, v1 + "/rules", inbox.MayManageRules, reading, s.changeRules},

		{get, v1 + "/stream", inbox.MayRead, lasting, s.stream},

		{get, "/hooks/:platform/:key", anyone, urgent, s.verifyHook},
		{post, "/hooks/:platform/:key", anyone, urgent, s.receiveHook},
		{get, callbackPath, inbox.MayManageAccounts, slow, s.oauthCallback},
		{get, "/openapi.yaml", anyone, lasting, s.contractFile},
		{get, "/swagger", anyone, lasting, s.toReference},
		{get, "/swagger/:file", anyone, lasting, s.reference},
	}
}

func (s *Server) engine() (*gin.Engine, error) {
	gin.SetMode(gin.ReleaseMode)
	engine := gin.New()
	engine.HandleMethodNotAllowed = true
	engine.RedirectTrailingSlash, engine.RedirectFixedPath = false, false
	engine.ContextWithFallback = false
	if err := engine.SetTrustedProxies(s.cfg.TrustedProxies); err != nil {
		return nil, fmt.Errorf("trusted_proxies: %w", err)
	}
	for _, r := range s.routes {
		engine.Handle(r.method, r.path, s.serve(r))
	}
	pages, err := s.pages()
	if err != nil {
		return nil, err
	}
	engine.NoRoute(s.serve(route{may: anyone, class: lasting, handle: pages}))
	engine.NoMethod(s.serve(route{may: anyone, class: lasting, handle: func(*request) error { return noSuchMethod }}))
	return engine, nil
}

// Handler is everything the server answers.
func (s *Server) Handler() http.Handler { return s.handler }

// HTTPServer is a server for the address with the timeouts that keep slow strangers from holding connections.
func (s *Server) HTTPServer(addr string) *http.Server {
	l := s.cfg.Limits
	return &http.Server{Addr: addr, Handler: s.handler, ReadHeaderTimeout: l.ReadHeader, ReadTimeout: l.Read, WriteTimeout: l.Write,
		IdleTimeout: l.Idle, MaxHeaderBytes: l.HeaderBytes, ErrorLog: slog.NewLogLogger(s.deps.Log.Handler(), slog.LevelDebug)}
}

// Listener bounds how many connections are open at once.
func (s *Server) Listener(l net.Listener) net.Listener {
	return netutil.LimitListener(l, s.cfg.Limits.Connections)
}

// Drain ends all streams, with a hint to come back, and turns readiness off. What else is running finishes.
func (s *Server) Drain() { s.drainOnce.Do(func() { close(s.draining) }) }

// Ready says whether new work should be sent here.
func (s *Server) Ready() bool {
	select {
	case <-s.draining:
		return false
	default:
		return true
	}
}
