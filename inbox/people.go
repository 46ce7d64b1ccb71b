package inbox

import (
	"context"
	"strings"
	"time"
)

// People is who works here: signing in, sessions, agents with their grants, skill groups. Roles are checked where a route is declared;
// what a person of the right role still may not do to another person is checked here.
type People struct {
	store     PeopleStore
	passwords *Passwords
	limits    SessionLimits
	now       func() time.Time
	setup     setupToken
}

// SessionLimits say when a signed-in browser must sign in again.
type SessionLimits struct {
	Idle     time.Duration // without a request; 0 means two hours
	Absolute time.Duration // whatever happens; 0 means twelve hours
}

// PeopleStore is what People needs from storage. What is not found has code NotFound.
type PeopleStore interface {
	userStore
	sessionStore
	agentStore
	groupStore
}

type userStore interface {
	AnyUser(ctx context.Context) (bool, error)
	User(ctx context.Context, id UserID) (User, error)
	UserByLogin(ctx context.Context, login string) (User, error)
	// AgentsOf are the person's agents in all workspaces, disabled ones too, oldest first, without grants and load.
	AgentsOf(ctx context.Context, id UserID) ([]Agent, error)
	// WorkspacesOf are those in which the person has an agent that is not disabled, oldest first.
	WorkspacesOf(ctx context.Context, id UserID) ([]Workspace, error)
	// Describe changes how a person is shown; empty values change nothing. In every workspace of his, browsers are told.
	Describe(ctx context.Context, id UserID, name, locale string) error
	// SetPassword stores the hash and ends all sessions of the person but the one to keep.
	SetPassword(ctx context.Context, id UserID, hash Secret, keep SessionID) error
	// Rehash stores the same password at newer costs and ends nothing.
	Rehash(ctx context.Context, id UserID, hash Secret) error
	// Enter makes what is missing of a workspace of that name, a user of that login, and his agent there, in one step. With first it is
	// refused (Closed) once there is any user. Conflict: the user has an agent there already.
	Enter(ctx context.Context, workspace string, user User, agent Agent, first bool) (Agent, error)
}

type agentStore interface {
	// AgentOf is asked with every request: it leaves the load out.
	AgentOf(ctx context.Context, workspace WorkspaceID, user UserID) (Agent, error)
	Agent(ctx context.Context, workspace WorkspaceID, id AgentID) (Agent, error)
	Agents(ctx context.Context, workspace WorkspaceID) ([]Agent, error)
	// AddAgent makes a user and his agent. Conflict: somebody has the login.
	AddAgent(ctx context.Context, user User, agent Agent) (Agent, error)
	// ChangeAgent lets change decide, alone with the row, what the agent becomes; others counts the other enabled owners. A change of
	// presence is a fact, and an agent that becomes disabled has no sessions left in the workspace.
	ChangeAgent(ctx context.Context, workspace WorkspaceID, id AgentID, change func(agent *Agent, others int) error) (Agent, error)
	// Heard notes that the agent's browser is alive at that instant. Browsers are told if he counts as back.
	Heard(ctx context.Context, workspace WorkspaceID, id AgentID, at time.Time, back bool) error
}

type groupStore interface {
	SkillGroups(ctx context.Context, workspace WorkspaceID) ([]SkillGroup, error)
	// SaveSkillGroup makes the group if it has no id. Conflict: another group has the name.
	SaveSkillGroup(ctx context.Context, group SkillGroup) (SkillGroup, error)
	// RemoveSkillGroup gives its conversations back to no group.
	RemoveSkillGroup(ctx context.Context, workspace WorkspaceID, id SkillGroupID) error
}

// NewPeople puts the service together.
func NewPeople(store PeopleStore, passwords *Passwords, limits SessionLimits, now func() time.Time) *People {
	if limits.Idle == 0 {
		limits.Idle = 2 * time.Hour
	}
	if limits.Absolute == 0 {
		limits.Absolute = 12 * time.Hour
	}
	return &People{store: store, passwords: passwords, limits: limits, now: now}
}

// NewAgent is a person to be added.
type NewAgent struct {
	Name        string
	Login       string
	Password    string
	Role        Role
	Capacity    int
	AllAccounts bool
	AccountIDs  []AccountID
	GroupIDs    []SkillGroupID
}

func (n NewAgent) agent(workspace WorkspaceID) Agent {
	return Agent{WorkspaceID: workspace, Role: n.Role, Presence: Offline, Capacity: n.Capacity, AllAccounts: n.AllAccounts,
		AccountIDs: n.AccountIDs, GroupIDs: n.GroupIDs}
}

// AgentChange is what an admin changes of an agent; nil changes nothing.
type AgentChange struct {
	Name        *string
	Role        *Role
	Disabled    *bool
	Capacity    *int
	AllAccounts *bool
	AccountIDs  *[]AccountID
	GroupIDs    *[]SkillGroupID
	Password    *string
}

func (c AgentChange) apply(a *Agent) {
	set(&a.Role, c.Role)
	set(&a.Disabled, c.Disabled)
	set(&a.Capacity, c.Capacity)
	set(&a.AllAccounts, c.AllAccounts)
	set(&a.AccountIDs, c.AccountIDs)
	set(&a.GroupIDs, c.GroupIDs)
}

func set[T any](to *T, from *T) {
	if from != nil {
		*to = *from
	}
}

// Agents is everybody in the viewer's workspace, disabled people too.
func (p *People) Agents(ctx context.Context, viewer Agent) ([]Agent, error) {
	return p.store.Agents(ctx, viewer.WorkspaceID)
}

// Agent is one of the viewer's workspace.
func (p *People) Agent(ctx context.Context, viewer Agent, id AgentID) (Agent, error) {
	return p.store.Agent(ctx, viewer.WorkspaceID, id)
}

// AddAgent adds a new person to the viewer's workspace.
func (p *People) AddAgent(ctx context.Context, viewer Agent, n NewAgent) (Agent, error) {
	agent := n.agent(viewer.WorkspaceID)
	if err := mayShape(viewer, Agent{}, agent); err != nil {
		return Agent{}, err
	}
	user, err := p.newUser(ctx, n.Login, n.Name, n.Password)
	if err != nil {
		return Agent{}, err
	}
	return p.store.AddAgent(ctx, user, agent)
}

// newUser checks login and password and hashes the password.
func (p *People) newUser(ctx context.Context, login, name, password string) (User, error) {
	login = tidyLogin(login)
	if login == "" || strings.TrimSpace(name) == "" {
		return User{}, &Error{Code: Invalid, Field: "login", ZH: "登录名和姓名不能为空", EN: "login and name must not be empty"}
	}
	if err := AcceptPassword(password, login); err != nil {
		return User{}, err
	}
	hash, err := p.passwords.Hash(ctx, password)
	return User{Login: login, Name: strings.TrimSpace(name), PasswordHash: hash, Locale: "zh-CN", CreatedAt: p.now()}, err
}

// tidyLogin is the form in which logins are stored and compared.
func tidyLogin(login string) string { return strings.ToLower(strings.TrimSpace(login)) }

// ChangeAgent changes another person's role, grants, groups or password.
func (p *People) ChangeAgent(ctx context.Context, viewer Agent, id AgentID, change AgentChange) (Agent, error) {
	hash, err := p.hashFor(ctx, viewer, id, change)
	if err != nil {
		return Agent{}, err
	}
	agent, err := p.store.ChangeAgent(ctx, viewer.WorkspaceID, id, func(agent *Agent, others int) error {
		was := *agent
		change.apply(agent)
		if err := mayShape(viewer, was, *agent); err != nil {
			return err
		}
		return keepAnOwner(was, *agent, others)
	})
	if err != nil {
		return Agent{}, err
	}
	if change.Name != nil {
		agent.Name = strings.TrimSpace(*change.Name)
		if err := p.store.Describe(ctx, agent.UserID, agent.Name, ""); err != nil {
			return Agent{}, err
		}
	}
	if hash != "" {
		err = p.store.SetPassword(ctx, agent.UserID, hash, 0)
	}
	return agent, err
}

// hashFor checks what reaches beyond the workspace: name and password belong to the person, who may work in other workspaces too, and
// an admin of one must not gain a way into another.
func (p *People) hashFor(ctx context.Context, viewer Agent, id AgentID, change AgentChange) (Secret, error) {
	if change.Password == nil && change.Name == nil {
		return "", nil
	}
	agent, err := p.store.Agent(ctx, viewer.WorkspaceID, id)
	if err != nil {
		return "", err
	}
	if err := mayShape(viewer, agent, agent); err != nil {
		return "", err
	}
	everywhere, err := p.store.AgentsOf(ctx, agent.UserID)
	if err != nil {
		return "", err
	}
	if len(everywhere) > 1 && agent.ID != viewer.ID {
		return "", &Error{Code: Denied, ZH: "此人还属于其他工作区，姓名和密码只能由本人修改", EN: "this person also works in another workspace: only they can change their name and password"}
	}
	if change.Password == nil {
		return "", nil
	}
	if agent.ID == viewer.ID {
		return "", &Error{Code: Invalid, Field: "password", ZH: "请在「我的」页修改自己的密码，需要输入当前密码", EN: "change your own password on your own page, where the current one is asked for"}
	}
	if err := AcceptPassword(*change.Password, agent.Login); err != nil {
		return "", err
	}
	return p.passwords.Hash(ctx, *change.Password)
}

// mayShape says whether the viewer may turn one agent into another: only owners touch owners, and nobody grants what he cannot see.
func mayShape(viewer, was, to Agent) error {
	if (was.Role == Owner || to.Role == Owner) && viewer.Role != Owner {
		return &Error{Code: Denied, ZH: "只有所有者可以添加或修改所有者，请联系所有者", EN: "only an owner can add or change an owner: ask one"}
	}
	beyond := to.AllAccounts && !was.AllAccounts && !viewer.AllAccounts
	for _, account := range to.AccountIDs {
		beyond = beyond || !was.Sees(account) && !viewer.Sees(account)
	}
	if beyond {
		return &Error{Code: Denied, Field: "account_ids", ZH: "不能授予您自己看不到的账号，请联系能看到该账号的管理员",
			EN: "you cannot grant an account that you do not see yourself: ask an admin who does"}
	}
	return nil
}

func keepAnOwner(was, to Agent, others int) error {
	stays := to.Role == Owner && !to.Disabled
	if was.Role == Owner && !was.Disabled && !stays && others == 0 {
		return &Error{Code: Conflict, ZH: "这是最后一位所有者，请先指定另一位所有者", EN: "this is the last owner: make somebody else an owner first"}
	}
	return nil
}

// SkillGroups are those of the viewer's workspace.
func (p *People) SkillGroups(ctx context.Context, viewer Agent) ([]SkillGroup, error) {
	return p.store.SkillGroups(ctx, viewer.WorkspaceID)
}

// SaveSkillGroup makes a group, or changes it if it has an id.
func (p *People) SaveSkillGroup(ctx context.Context, viewer Agent, group SkillGroup) (SkillGroup, error) {
	group.WorkspaceID, group.Name = viewer.WorkspaceID, strings.TrimSpace(group.Name)
	if group.Name == "" {
		return SkillGroup{}, &Error{Code: Invalid, Field: "name", ZH: "请填写技能组名称", EN: "give the skill group a name"}
	}
	return p.store.SaveSkillGroup(ctx, group)
}

// RemoveSkillGroup gives the group's conversations back to no group.
func (p *People) RemoveSkillGroup(ctx context.Context, viewer Agent, id SkillGroupID) error {
	return p.store.RemoveSkillGroup(ctx, viewer.WorkspaceID, id)
}

// hearEvery is how often at most a living browser is written down.
const hearEvery = 15 * time.Second

// Heard notes that the agent's browser is alive. It may be called as often as one likes.
func (p *People) Heard(ctx context.Context, agent Agent) error {
	now := p.now()
	silent := now.Sub(agent.SeenAt)
	if silent < hearEvery {
		return nil
	}
	return p.store.Heard(ctx, agent.WorkspaceID, agent.ID, now, silent > heardWithin)
}
