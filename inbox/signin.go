package inbox

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"strings"
	"time"
)

type sessionStore interface {
	// OpenSession stores a session under the hash of its token.
	OpenSession(ctx context.Context, hash string, session Session) (Session, error)
	SessionByHash(ctx context.Context, hash string) (Session, error)
	// Sessions are those of a person, newest first.
	Sessions(ctx context.Context, user UserID) ([]Session, error)
	// MoveSession lets a session go on in another workspace.
	MoveSession(ctx context.Context, id SessionID, to WorkspaceID) error
	// SawSession notes when the session was last used.
	SawSession(ctx context.Context, id SessionID, at time.Time) error
	// EndSession ends a session of that person; NotFound if it is not his.
	EndSession(ctx context.Context, user UserID, id SessionID) error
	// CountSignIn lets count judge an attempt to sign in, alone with what is known under the names, and keeps what it returns, unless it
	// returns an error.
	CountSignIn(ctx context.Context, names []string, count func(known []Failures) ([]Failures, error)) error
}

// Browser is where somebody signs in from.
type Browser struct {
	Address   string // IP address
	UserAgent string
}

// SignedIn is who a request comes from.
type SignedIn struct {
	Session Session
	User    User
	Agent   Agent
}

// sawEvery is how old the last use of a session may be before it is written again.
const sawEvery = time.Minute

// SignIn opens a session and gives its token, which is stored nowhere. Wrong logins and wrong passwords look and cost the same.
func (p *People) SignIn(ctx context.Context, login, password string, browser Browser) (Secret, SignedIn, error) {
	login = tidyLogin(login)
	user, err := p.checkPassword(ctx, login, password, browser.Address)
	if err != nil {
		return "", SignedIn{}, err
	}
	agents, err := p.store.AgentsOf(ctx, user.ID)
	if err != nil {
		return "", SignedIn{}, err
	}
	for _, agent := range agents {
		if !agent.Disabled {
			return p.openSession(ctx, agent, browser)
		}
	}
	return "", SignedIn{}, &Error{Code: Denied, ZH: "您的坐席已被停用，请联系管理员", EN: "your seat has been disabled: ask an admin"}
}

// checkPassword is the user of that login and password; every try is counted before it is judged, so that tries made at the same time
// count too.
func (p *People) checkPassword(ctx context.Context, login, password, address string) (User, error) {
	names := throttleNames(login, address)
	if err := p.store.CountSignIn(ctx, names, p.countTry); err != nil {
		return User{}, err
	}
	user, err := p.store.UserByLogin(ctx, login)
	if err != nil && CodeOf(err) != NotFound {
		return User{}, err
	}
	right, stale, err := p.passwords.Check(ctx, user.PasswordHash, password)
	if err != nil {
		return User{}, err
	}
	if !right {
		return User{}, &Error{Code: Unauthenticated, ZH: "登录名或密码不正确，请检查后重试", EN: "login or password is not right: check both and try again"}
	}
	if stale {
		p.rehash(ctx, user.ID, password)
	}
	return user, p.store.CountSignIn(ctx, names, p.forgive)
}

// rehash brings a hash to today's costs. That it fails is no reason to keep somebody out: the next sign-in tries again.
func (p *People) rehash(ctx context.Context, user UserID, password string) {
	if hash, err := p.passwords.Hash(ctx, password); err == nil {
		_ = p.store.Rehash(ctx, user, hash)
	}
}

// openSession always makes a new token: one that somebody planted in the browser before is worth nothing.
func (p *People) openSession(ctx context.Context, agent Agent, browser Browser) (Secret, SignedIn, error) {
	secret := make([]byte, 32)
	rand.Read(secret) // never fails
	token := Secret(base64.RawURLEncoding.EncodeToString(secret))
	now := p.now()
	session, err := p.store.OpenSession(ctx, hashToken(token), Session{UserID: agent.UserID, WorkspaceID: agent.WorkspaceID, CreatedAt: now,
		LastSeenAt: now, Address: browser.Address, UserAgent: cut(browser.UserAgent, 200)})
	if err != nil {
		return "", SignedIn{}, err
	}
	who, err := p.whoIs(ctx, session)
	return token, who, err
}

func hashToken(token Secret) string {
	sum := sha256.Sum256([]byte(token.Reveal()))
	return hex.EncodeToString(sum[:])
}

// cut shortens a text to so many bytes without splitting a character.
func cut(text string, length int) string {
	if len(text) <= length {
		return text
	}
	return strings.ToValidUTF8(text[:length], "")
}

// Resume is who the token belongs to, now: roles and grants are read afresh each time. Using a session keeps it from idling out.
func (p *People) Resume(ctx context.Context, token Secret) (SignedIn, error) {
	who, err := p.Look(ctx, token)
	if err != nil {
		return who, err
	}
	if now := p.now(); now.Sub(who.Session.LastSeenAt) >= sawEvery {
		who.Session.LastSeenAt = now
		err = p.store.SawSession(ctx, who.Session.ID, now)
	}
	return who, err
}

// Look is Resume for somebody who only listens: it keeps no session alive.
func (p *People) Look(ctx context.Context, token Secret) (SignedIn, error) {
	if token == "" {
		return SignedIn{}, signInFirst
	}
	session, err := p.store.SessionByHash(ctx, hashToken(token))
	if CodeOf(err) == NotFound {
		return SignedIn{}, signInFirst
	}
	if err != nil {
		return SignedIn{}, err
	}
	if p.over(session) {
		return SignedIn{}, signInFirst
	}
	return p.whoIs(ctx, session)
}

var signInFirst = &Error{Code: Unauthenticated, ZH: "请先登录", EN: "please sign in"}

func (p *People) over(s Session) bool {
	now := p.now()
	return now.Sub(s.LastSeenAt) >= p.limits.Idle || now.Sub(s.CreatedAt) >= p.limits.Absolute
}

func (p *People) whoIs(ctx context.Context, session Session) (SignedIn, error) {
	agent, err := p.store.AgentOf(ctx, session.WorkspaceID, session.UserID)
	if CodeOf(err) == NotFound || err == nil && agent.Disabled {
		return SignedIn{}, signInFirst
	}
	if err != nil {
		return SignedIn{}, err
	}
	user, err := p.store.User(ctx, session.UserID)
	return SignedIn{Session: session, User: user, Agent: agent}, err
}

// SignOut ends the session of the token, if there is one.
func (p *People) SignOut(ctx context.Context, token Secret) error {
	session, err := p.store.SessionByHash(ctx, hashToken(token))
	if err == nil {
		err = p.store.EndSession(ctx, session.UserID, session.ID)
	}
	if CodeOf(err) == NotFound {
		return nil
	}
	return err
}

// Sessions are where the person is signed in. Those that have run out are not among them.
func (p *People) Sessions(ctx context.Context, who SignedIn) ([]Session, error) {
	all, err := p.store.Sessions(ctx, who.User.ID)
	var living []Session
	for _, s := range all {
		if !p.over(s) {
			living = append(living, s)
		}
	}
	return living, err
}

// EndSession signs the person out somewhere.
func (p *People) EndSession(ctx context.Context, who SignedIn, id SessionID) error {
	return p.store.EndSession(ctx, who.User.ID, id)
}

// Workspaces are those the person can work in.
func (p *People) Workspaces(ctx context.Context, who SignedIn) ([]Workspace, error) {
	return p.store.WorkspacesOf(ctx, who.User.ID)
}

// Switch lets the session go on in another workspace of the person.
func (p *People) Switch(ctx context.Context, who SignedIn, to WorkspaceID) (SignedIn, error) {
	agent, err := p.store.AgentOf(ctx, to, who.User.ID)
	if err == nil && agent.Disabled {
		err = Missing("工作区", "workspace")
	}
	if err != nil {
		return SignedIn{}, err
	}
	who.Agent, who.Session.WorkspaceID = agent, to
	return who, p.store.MoveSession(ctx, who.Session.ID, to)
}

// ChangePassword replaces the person's own password; all other sessions of his end.
func (p *People) ChangePassword(ctx context.Context, who SignedIn, current, next, address string) error {
	if err := AcceptPassword(next, who.User.Login); err != nil {
		return err
	}
	if _, err := p.checkPassword(ctx, who.User.Login, current, address); err != nil {
		if CodeOf(err) == Unauthenticated {
			return &Error{Code: Invalid, Field: "current", ZH: "当前密码不正确，请重新输入", EN: "the current password is not right: type it again"}
		}
		return err
	}
	hash, err := p.passwords.Hash(ctx, next)
	if err != nil {
		return err
	}
	return p.store.SetPassword(ctx, who.User.ID, hash, who.Session.ID)
}

// MeChange is what a person changes of himself; nil and empty change nothing.
type MeChange struct {
	Presence *Presence
	Name     string
	Locale   string
}

// ChangeMe changes what a person says of himself.
func (p *People) ChangeMe(ctx context.Context, who SignedIn, change MeChange) (SignedIn, error) {
	change.Name = strings.TrimSpace(change.Name)
	if change.Name != "" || change.Locale != "" {
		if err := p.store.Describe(ctx, who.User.ID, change.Name, change.Locale); err != nil {
			return who, err
		}
	}
	if change.Presence != nil {
		_, err := p.store.ChangeAgent(ctx, who.Agent.WorkspaceID, who.Agent.ID, func(agent *Agent, _ int) error {
			agent.Presence, agent.SeenAt = *change.Presence, p.now()
			return nil
		})
		if err != nil {
			return who, err
		}
	}
	return p.whoIs(ctx, who.Session)
}
