package inbox

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"strings"
	"sync"
)

// setupToken is the word that lets the first person in. Only its hash is kept, and only in memory: whoever can read the log may set up.
type setupToken struct {
	mu   sync.Mutex
	hash [sha256.Size]byte
	made bool
}

// House is a workspace to be founded, with its owner.
type House struct {
	Workspace string
	Name      string
	Login     string
	Password  string
}

func (h House) owner() NewAgent {
	return NewAgent{Name: h.Name, Login: h.Login, Password: h.Password, Role: Owner, Capacity: 20, AllAccounts: true}
}

// SetupToken is a fresh token for the one-time setup, to be printed at start. It is empty when somebody can already sign in.
func (p *People) SetupToken(ctx context.Context) (string, error) {
	if open, err := p.SetupOpen(ctx); err != nil || !open {
		return "", err
	}
	token := rand.Text()
	p.setup.mu.Lock()
	defer p.setup.mu.Unlock()
	p.setup.hash, p.setup.made = sha256.Sum256([]byte(token)), true
	return token, nil
}

// SetupOpen says whether nobody can sign in yet.
func (p *People) SetupOpen(ctx context.Context) (bool, error) {
	any, err := p.store.AnyUser(ctx)
	return !any, err
}

// Setup founds the first workspace and signs its owner in. It works once.
func (p *People) Setup(ctx context.Context, token string, house House, browser Browser) (Secret, SignedIn, error) {
	if err := p.acceptSetup(ctx, token); err != nil {
		return "", SignedIn{}, err
	}
	agent, err := p.enter(ctx, house.Workspace, house.owner(), true)
	if err != nil {
		return "", SignedIn{}, err
	}
	return p.openSession(ctx, agent, browser)
}

func (p *People) acceptSetup(ctx context.Context, token string) error {
	open, err := p.SetupOpen(ctx)
	if err != nil {
		return err
	}
	if !open {
		return &Error{Code: Closed, ZH: "系统已完成初始设置，请直接登录", EN: "this installation is already set up: sign in instead"}
	}
	given := sha256.Sum256([]byte(token))
	p.setup.mu.Lock()
	defer p.setup.mu.Unlock()
	if !p.setup.made || subtle.ConstantTimeCompare(given[:], p.setup.hash[:]) != 1 {
		return &Error{Code: Denied, Field: "token", ZH: "设置口令不正确，请从启动日志中复制完整的设置链接",
			EN: "the setup token is not right: copy the whole setup link from the log of the last start"}
	}
	return nil
}

// AddUser adds a person from the command line. A workspace of that name that is not there yet is founded; a login that is already known
// joins the workspace and keeps its password.
func (p *People) AddUser(ctx context.Context, workspace string, n NewAgent) (Agent, error) {
	return p.enter(ctx, workspace, n, false)
}

func (p *People) enter(ctx context.Context, workspace string, n NewAgent, first bool) (Agent, error) {
	workspace = strings.TrimSpace(workspace)
	if workspace == "" {
		return Agent{}, &Error{Code: Invalid, Field: "workspace", ZH: "请填写工作区名称", EN: "give the workspace a name"}
	}
	user, err := p.store.UserByLogin(ctx, tidyLogin(n.Login))
	if CodeOf(err) == NotFound {
		user, err = p.newUser(ctx, n.Login, n.Name, n.Password)
	}
	if err != nil {
		return Agent{}, err
	}
	return p.store.Enter(ctx, workspace, user, n.agent(0), first)
}

// ResetPassword sets a person's password from the command line; all sessions of his end.
func (p *People) ResetPassword(ctx context.Context, login, password string) error {
	user, err := p.store.UserByLogin(ctx, tidyLogin(login))
	if err != nil {
		return err
	}
	if err := AcceptPassword(password, user.Login); err != nil {
		return err
	}
	hash, err := p.passwords.Hash(ctx, password)
	if err != nil {
		return err
	}
	return p.store.SetPassword(ctx, user.ID, hash, 0)
}
