package inbox

import (
	"slices"
	"time"
)

// Role says what an agent may do. Which accounts he sees is another question: see Sees.
type Role string

const (
	Owner      Role = "owner"
	Admin      Role = "admin"
	Supervisor Role = "supervisor"
	Answerer   Role = "agent"
	Marketer   Role = "marketer"
	Viewer     Role = "viewer"
)

// Permission is one thing a role may do. Every route of the API names the one it needs.
type Permission string

const (
	MayRead           Permission = "read"
	MayReply          Permission = "reply"
	MayNote           Permission = "note"
	MayTag            Permission = "tag"
	MayTake           Permission = "take"   // take, and hand over what is his own
	MayAssign         Permission = "assign" // anybody's
	MayResolve        Permission = "resolve"
	MayManageTags     Permission = "manage_tags"
	MayManageRules    Permission = "manage_rules"
	MayManageAgents   Permission = "manage_agents"
	MayManageAccounts Permission = "manage_accounts"
	MaySeeSystem      Permission = "see_system"
)

var (
	answering  = []Permission{MayRead, MayReply, MayNote, MayTag, MayTake, MayResolve}
	leading    = append(slices.Clone(answering), MayAssign, MayManageTags, MayManageRules)
	everything = append(slices.Clone(leading), MayManageAgents, MayManageAccounts, MaySeeSystem)

	permissions = map[Role][]Permission{
		Owner:      everything,
		Admin:      everything,
		Supervisor: leading,
		Answerer:   answering,
		Marketer:   {MayRead, MayNote, MayTag, MayManageTags},
		Viewer:     {MayRead},
	}
)

// Permissions are what the role may do; none for an unknown role.
func (r Role) Permissions() []Permission { return permissions[r] }

// May says whether the role includes the permission.
func (r Role) May(p Permission) bool { return slices.Contains(permissions[r], p) }

// Presence is what an agent says of himself.
type Presence string

const (
	Online  Presence = "online"
	Busy    Presence = "busy"
	OnBreak Presence = "break"
	Offline Presence = "offline"
)

// heardWithin is how long an agent counts as present after his browser was last heard from; the stream beats every 20 s.
const heardWithin = time.Minute

// Agent is a user in a workspace, with a role and a capacity.
type Agent struct {
	ID          AgentID
	WorkspaceID WorkspaceID
	UserID      UserID
	Name        string
	Login       string
	Role        Role
	Presence    Presence
	SeenAt      time.Time // his browser was last heard from
	Disabled    bool
	Capacity    int // open conversations that routing may give him; 0 means none
	Load        int // open conversations assigned to him
	AllAccounts bool
	AccountIDs  []AccountID
	GroupIDs    []SkillGroupID
}

// Sees says whether the agent may see what belongs to the account. Role and grant decide, skill groups never do.
func (a Agent) Sees(account AccountID) bool {
	return a.AllAccounts || slices.Contains(a.AccountIDs, account)
}

// Present says whether work may be given to him now.
func (a Agent) Present(now time.Time) bool {
	return !a.Disabled && a.Presence == Online && now.Sub(a.SeenAt) <= heardWithin
}

// SkillGroup is a set of agents who can answer the same things. It decides routing, never sight.
type SkillGroup struct {
	ID          SkillGroupID
	WorkspaceID WorkspaceID
	Name        string
	AgentIDs    []AgentID
}
