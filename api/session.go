package api

import (
	"context"
	"fmt"
	"net/http"

	"weibox/inbox"
)

// people is who may come in, and who works here.
type people interface {
	SetupOpen(ctx context.Context) (bool, error)
	Setup(ctx context.Context, token string, house inbox.House, browser inbox.Browser) (inbox.Secret, inbox.SignedIn, error)
	SignIn(ctx context.Context, login, password string, browser inbox.Browser) (inbox.Secret, inbox.SignedIn, error)
	SignOut(ctx context.Context, token inbox.Secret) error
	Resume(ctx context.Context, token inbox.Secret) (inbox.SignedIn, error)
	Look(ctx context.Context, token inbox.Secret) (inbox.SignedIn, error)
	Sessions(ctx context.Context, who inbox.SignedIn) ([]inbox.Session, error)
	EndSession(ctx context.Context, who inbox.SignedIn, id inbox.SessionID) error
	Workspaces(ctx context.Context, who inbox.SignedIn) ([]inbox.Workspace, error)
	Switch(ctx context.Context, who inbox.SignedIn, to inbox.WorkspaceID) (inbox.SignedIn, error)
	ChangePassword(ctx context.Context, who inbox.SignedIn, current, next, address string) error
	ChangeMe(ctx context.Context, who inbox.SignedIn, change inbox.MeChange) (inbox.SignedIn, error)
	Heard(ctx context.Context, agent inbox.Agent) error
	agents
	skillGroups
}

// secureCookie binds the session to this host and to https; the browser itself refuses it otherwise.
const (
	secureCookie = "__Host-sid"
	plainCookie  = "sid"
)

// checkCookie refuses to send sessions over the open network unless an operator insists.
func (s *Server) checkCookie() error {
	if s.public.Scheme == "https" || onThisMachine(s.public.Host) || s.cfg.InsecureCookie {
		return nil
	}
	return fmt.Errorf("public_url %s is not https, so anybody on the way could read the sessions: use https, or set insecure_cookie if the network is your own "+
		"(public_url 不是 https，会话可能被窃听：请使用 https；若网络完全可信，可设置 insecure_cookie)", s.cfg.PublicURL)
}

func (s *Server) cookieName() string {
	if s.public.Scheme == "https" {
		return secureCookie
	}
	return plainCookie
}

func (s *Server) token(r *http.Request) inbox.Secret {
	cookie, err := r.Cookie(s.cookieName())
	if err != nil {
		return ""
	}
	return inbox.Secret(cookie.Value)
}

// keep hands the session to the browser. The cookie ends with the browser; the session itself ends by its own limits.
func (s *Server) keep(w http.ResponseWriter, token inbox.Secret) {
	cookie := &http.Cookie{Name: s.cookieName(), Value: token.Reveal(), Path: "/", HttpOnly: true, SameSite: http.SameSiteLaxMode,
		Secure: s.public.Scheme == "https"}
	if token == "" {
		cookie.MaxAge = -1
	}
	http.SetCookie(w, cookie)
}

func browserOf(r *request) inbox.Browser {
	return inbox.Browser{Address: r.ClientIP(), UserAgent: r.Request.UserAgent()}
}

func (s *Server) setupState(r *request) error {
	open, err := s.deps.People.SetupOpen(r.ctx())
	if err != nil {
		return err
	}
	return r.send(http.StatusOK, struct {
		Open bool `json:"open"`
	}{open})
}

func (s *Server) setup(r *request) error {
	var form struct {
		Token     string `json:"token"`
		Workspace string `json:"workspace"`
		Name      string `json:"name"`
		Login     string `json:"login"`
		Password  string `json:"password"`
	}
	if err := r.decode(&form); err != nil {
		return err
	}
	house := inbox.House{Workspace: form.Workspace, Name: form.Name, Login: form.Login, Password: form.Password}
	token, who, err := s.deps.People.Setup(r.ctx(), form.Token, house, browserOf(r))
	return s.welcome(r, http.StatusCreated, token, who, err)
}

func (s *Server) signIn(r *request) error {
	var form struct {
		Login    string `json:"login"`
		Password string `json:"password"`
	}
	if err := r.decode(&form); err != nil {
		return err
	}
	token, who, err := s.deps.People.SignIn(r.ctx(), form.Login, form.Password, browserOf(r))
	return s.welcome(r, http.StatusOK, token, who, err)
}

func (s *Server) welcome(r *request, status int, token inbox.Secret, who inbox.SignedIn, err error) error {
	if err != nil {
		return err
	}
	if old := s.token(r.Request); old != "" {
		if err := s.deps.People.SignOut(r.ctx(), old); err != nil { // whoever sat here before is not to be come back to
			return err
		}
	}
	s.keep(r.Writer, token)
	return s.sendMe(r, status, who)
}

func (s *Server) signOut(r *request) error {
	if token := s.token(r.Request); token != "" {
		if err := s.deps.People.SignOut(r.ctx(), token); err != nil {
			return err
		}
	}
	s.keep(r.Writer, "")
	return r.nothing()
}

func (s *Server) switchWorkspace(r *request) error {
	var form struct {
		Workspace inbox.WorkspaceID `json:"workspace_id"`
	}
	if err := r.decode(&form); err != nil {
		return err
	}
	who, err := s.deps.People.Switch(r.ctx(), r.who, form.Workspace)
	if err != nil {
		return err
	}
	return s.sendMe(r, http.StatusOK, who)
}

type sessionDTO struct {
	ID         inbox.SessionID `json:"id"`
	CreatedAt  instant         `json:"created_at"`
	LastSeenAt instant         `json:"last_seen_at"`
	Address    string          `json:"address,omitempty"`
	UserAgent  string          `json:"user_agent,omitempty"`
	Current    bool            `json:"current"`
}

func (s *Server) sessions(r *request) error {
	sessions, err := s.deps.People.Sessions(r.ctx(), r.who)
	if err != nil {
		return err
	}
	list := make([]sessionDTO, 0, len(sessions))
	for _, one := range sessions {
		list = append(list, sessionDTO{ID: one.ID, CreatedAt: instant{one.CreatedAt}, LastSeenAt: instant{one.LastSeenAt}, Address: one.Address,
			UserAgent: one.UserAgent, Current: one.ID == r.who.Session.ID})
	}
	return r.send(http.StatusOK, struct {
		Sessions []sessionDTO `json:"sessions"`
	}{list})
}

func (s *Server) endSession(r *request) error {
	id, err := idIn[inbox.Session](r, "id")
	if err != nil {
		return err
	}
	if err := s.deps.People.EndSession(r.ctx(), r.who, id); err != nil {
		return err
	}
	return r.nothing()
}

type workspaceRef struct {
	ID   inbox.WorkspaceID `json:"id"`
	Name string            `json:"name"`
}

type meDTO struct {
	Agent       agentDTO           `json:"agent"`
	Login       string             `json:"login"`
	Workspace   workspaceRef       `json:"workspace"`
	Workspaces  []workspaceRef     `json:"workspaces"`
	Permissions []inbox.Permission `json:"permissions"`
	Locale      string             `json:"locale"`
	Sandbox     bool               `json:"sandbox"`
	Version     string             `json:"version"`
	Seq         int64              `json:"seq,string"`
}

func (s *Server) me(r *request) error { return s.sendMe(r, http.StatusOK, r.who) }

func (s *Server) sendMe(r *request, status int, who inbox.SignedIn) error {
	workspaces, err := s.deps.People.Workspaces(r.ctx(), who)
	if err != nil {
		return err
	}
	seq, err := s.deps.Changes.Seq(r.ctx(), who.Agent)
	if err != nil {
		return err
	}
	me := meDTO{Agent: agentFrom(who.Agent, s.deps.Now(), true), Login: who.User.Login, Permissions: who.Agent.Role.Permissions(),
		Workspaces: make([]workspaceRef, 0, len(workspaces)), Locale: who.User.Locale, Sandbox: s.cfg.Sandbox, Version: s.cfg.Version, Seq: seq}
	for _, w := range workspaces {
		ref := workspaceRef{ID: w.ID, Name: w.Name}
		if me.Workspaces = append(me.Workspaces, ref); w.ID == who.Agent.WorkspaceID {
			me.Workspace = ref
		}
	}
	return r.send(status, me)
}

func (s *Server) changeMe(r *request) error {
	var form struct {
		Presence *inbox.Presence `json:"presence"`
		Locale   string          `json:"locale"`
		Name     string          `json:"name"`
	}
	if err := r.decode(&form); err != nil {
		return err
	}
	who, err := s.deps.People.ChangeMe(r.ctx(), r.who, inbox.MeChange{Presence: form.Presence, Name: form.Name, Locale: form.Locale})
	if err != nil {
		return err
	}
	return s.sendMe(r, http.StatusOK, who)
}

func (s *Server) changePassword(r *request) error {
	var form struct {
		Current string `json:"current"`
		New     string `json:"new"`
	}
	if err := r.decode(&form); err != nil {
		return err
	}
	if err := s.deps.People.ChangePassword(r.ctx(), r.who, form.Current, form.New, r.ClientIP()); err != nil {
		return err
	}
	return r.nothing()
}
