// Package storetest gives a test a real, empty database of each engine with a brand's house in it, and a clock that is moved by hand.
package storetest

import (
	"database/sql"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"weibox/inbox"
	"weibox/inbox/store"
)

// House is one database with one brand in it.
type House struct {
	*store.Store
	Brand
	Config store.Config
	Keys   inbox.Secret

	t     testing.TB
	raw   *sql.DB
	mu    sync.Mutex
	clock time.Time
}

// Brand is a workspace with an account, and with people who see everything in it.
type Brand struct {
	Workspace inbox.WorkspaceID
	Owner     inbox.Agent
	Lin, Wang inbox.Agent // two who answer
	Bound     inbox.Account
}

// Each runs a test once on each engine there is.
func Each(t *testing.T, test func(t *testing.T, h *House)) {
	t.Helper()
	t.Run("sqlite", func(t *testing.T) { test(t, open(t, store.Config{Engine: store.SQLite, Folder: t.TempDir()})) })
	if HasServer() {
		t.Run("mysql", func(t *testing.T) {
			test(t, open(t, store.Config{Engine: store.MySQL, DSN: shared.borrow(t), Pool: 8}))
		})
	}
}

// open furnishes the house of a brand.
func open(t testing.TB, cfg store.Config) *House {
	h := &House{Config: cfg, Keys: store.NewKeyRing(), t: t, clock: time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)}
	h.Store = h.Twin()
	h.raw = h.openRaw()
	if err := h.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	if cfg.Engine == store.MySQL {
		h.empty()
	}
	h.Brand = h.Found("山屿", "1900000001")
	return h
}

func (h *House) openRaw() *sql.DB {
	driver, dsn := "sqlite", "file:"+filepath.Join(h.Config.Folder, "weibox.db")+"?_pragma=busy_timeout(5000)"
	if h.Config.Engine == store.MySQL {
		driver, dsn = "mysql", h.Config.DSN
	}
	raw, err := sql.Open(driver, dsn)
	if err != nil {
		h.t.Fatal(err)
	}
	h.t.Cleanup(func() { _ = raw.Close() })
	return raw
}

// Twin is another process on the same database, with the same keys and the same clock.
func (h *House) Twin() *store.Store { return h.TwinWithKeys(h.Keys) }

// TwinWithKeys is another process that was given other master keys.
func (h *House) TwinWithKeys(ring inbox.Secret) *store.Store {
	h.t.Helper()
	seal, err := store.NewSealer(ring)
	if err != nil {
		h.t.Fatal(err)
	}
	twin, err := store.Open(h.Config, seal, h.Now)
	if err != nil {
		h.t.Fatal(err)
	}
	h.t.Cleanup(func() { _ = twin.Close() })
	return twin
}

// Now is the house's clock; it stands still until it is moved.
func (h *House) Now() time.Time {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.clock
}

// Forward moves the clock.
func (h *House) Forward(d time.Duration) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.clock = h.clock.Add(d)
}

// Found makes another brand's workspace with the same people and one account.
func (h *House) Found(workspace, account string) Brand {
	h.t.Helper()
	owner := h.Hire(workspace, "owner", inbox.Owner)
	return Brand{Workspace: owner.WorkspaceID, Owner: owner, Lin: h.Hire(workspace, "lin", inbox.Answerer), Wang: h.Hire(workspace, "wang", inbox.Answerer),
		Bound: h.Bind(owner, account)}
}

// Hire adds an agent who sees all accounts, is online and takes ten conversations. The same name is another person in each workspace.
func (h *House) Hire(workspace, name string, role inbox.Role) inbox.Agent {
	h.t.Helper()
	user := inbox.User{Login: name + "@" + workspace, Name: name, PasswordHash: "none", Locale: "zh-CN", CreatedAt: h.Now()}
	agent, err := h.Enter(h.t.Context(), workspace, user, inbox.Agent{Role: role, Presence: inbox.Online, SeenAt: h.Now(), Capacity: 10, AllAccounts: true}, false)
	if err != nil {
		h.t.Fatal(err)
	}
	return h.reload(agent)
}

// Change makes an agent what change says.
func (h *House) Change(agent inbox.Agent, change func(*inbox.Agent)) inbox.Agent {
	h.t.Helper()
	_, err := h.ChangeAgent(h.t.Context(), agent.WorkspaceID, agent.ID, func(a *inbox.Agent, _ int) error { change(a); return nil })
	if err != nil {
		h.t.Fatal(err)
	}
	return h.reload(agent)
}

func (h *House) reload(agent inbox.Agent) inbox.Agent {
	h.t.Helper()
	full, err := h.Agent(h.t.Context(), agent.WorkspaceID, agent.ID)
	if err != nil {
		h.t.Fatal(err)
	}
	return full
}

// Sources are the lists of a bound account.
var Sources = []inbox.Source{{Name: "comments_to_me"}, {Name: "mentions"}}

// Bind binds an account in the owner's workspace, with a token that contains a canary.
func (h *House) Bind(owner inbox.Agent, externalID string) inbox.Account {
	h.t.Helper()
	grant := inbox.Grant{ExternalID: inbox.ExternalID(externalID), Name: "山屿咖啡", Token: inbox.Token{Access: Canary, Scopes: []string{"all"}}}
	account, err := h.Store.Bind(h.t.Context(), owner.WorkspaceID, "weibo", grant, 0, Sources, owner.ID)
	if err != nil {
		h.t.Fatal(err)
	}
	return account
}

// Canary is the access token of every bound account: wherever it is found, a secret has leaked.
const Canary inbox.Secret = "canary-2.00abcDEF"
