package store

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"time"

	"weibox/inbox"

	"gorm.io/gorm"
)

type userRow struct {
	ID           inbox.UserID
	Login        string
	Name         string
	PasswordHash string
	Locale       string
	CreatedAt    at
}

func (userRow) TableName() string { return "users" }

func userRowOf(u inbox.User) userRow {
	return userRow{ID: u.ID, Login: u.Login, Name: u.Name, PasswordHash: u.PasswordHash.Reveal(), Locale: u.Locale, CreatedAt: at{u.CreatedAt}}
}

func (r userRow) user() inbox.User {
	return inbox.User{ID: r.ID, Login: r.Login, Name: r.Name, PasswordHash: inbox.Secret(r.PasswordHash), Locale: r.Locale, CreatedAt: r.CreatedAt.Time}
}

type agentRow struct {
	ID          inbox.AgentID
	WorkspaceID inbox.WorkspaceID
	UserID      inbox.UserID
	Role        string
	Presence    string
	SeenAt      at
	Disabled    bool
	Capacity    int
	AllAccounts bool
	CreatedAt   at
}

func (agentRow) TableName() string { return "agents" }

func agentRowOf(a inbox.Agent) agentRow {
	return agentRow{ID: a.ID, WorkspaceID: a.WorkspaceID, UserID: a.UserID, Role: string(a.Role), Presence: string(a.Presence), SeenAt: at{a.SeenAt},
		Disabled: a.Disabled, Capacity: a.Capacity, AllAccounts: a.AllAccounts}
}

// namedAgent is an agent's row with what stands in the user's.
type namedAgent struct {
	Row   agentRow `gorm:"embedded"`
	Name  string
	Login string
}

func (n namedAgent) agent() inbox.Agent {
	r := n.Row
	return inbox.Agent{ID: r.ID, WorkspaceID: r.WorkspaceID, UserID: r.UserID, Name: n.Name, Login: n.Login, Role: inbox.Role(r.Role),
		Presence: inbox.Presence(r.Presence), SeenAt: r.SeenAt.Time, Disabled: r.Disabled, Capacity: r.Capacity, AllAccounts: r.AllAccounts}
}

// AnyUser says whether somebody can sign in.
func (s *Store) AnyUser(ctx context.Context) (bool, error) { return anyUser(s.reading(ctx)) }

func anyUser(db *gorm.DB) (bool, error) {
	var n int64
	err := db.Model(&userRow{}).Limit(1).Count(&n).Error
	return n > 0, err
}

// User is a person who can sign in.
func (s *Store) User(ctx context.Context, id inbox.UserID) (inbox.User, error) {
	var row userRow
	err := s.reading(ctx).Where("id = ?", id).Take(&row).Error
	return row.user(), oneRow(err, "用户", "person")
}

// UserByLogin finds a person by his login in lower case.
func (s *Store) UserByLogin(ctx context.Context, login string) (inbox.User, error) {
	var row userRow
	err := s.reading(ctx).Where("login = ?", login).Take(&row).Error
	return row.user(), oneRow(err, "用户", "person")
}

// AgentsOf are the person's agents in all workspaces, oldest first, without grants and load.
func (s *Store) AgentsOf(ctx context.Context, id inbox.UserID) ([]inbox.Agent, error) {
	return agentsOf(s.reading(ctx), id)
}

func agentsOf(db *gorm.DB, id inbox.UserID) ([]inbox.Agent, error) {
	var rows []namedAgent
	// This is a person's own view over the workspaces he is in; the guard is satisfied by the join with all of them.
	err := withNames(db).Joins("JOIN workspaces ON workspaces.id = agents.workspace_id").Where("agents.user_id = ?", id).Order("agents.id").Find(&rows).Error
	agents := make([]inbox.Agent, len(rows))
	for i, row := range rows {
		agents[i] = row.agent()
	}
	return agents, err
}

func withNames(db *gorm.DB) *gorm.DB {
	return db.Table("agents").Select("agents.*, users.name, users.login").Joins("JOIN users ON users.id = agents.user_id")
}

// WorkspacesOf are those in which the person may work, oldest first.
func (s *Store) WorkspacesOf(ctx context.Context, id inbox.UserID) ([]inbox.Workspace, error) {
	var rows []workspaceRow
	err := s.reading(ctx).Where("id IN (SELECT workspace_id FROM agents WHERE user_id = ? AND NOT disabled)", id).Order("id").Find(&rows).Error
	workspaces := make([]inbox.Workspace, len(rows))
	for i, row := range rows {
		workspaces[i] = inbox.Workspace{ID: row.ID, Name: row.Name, Seq: row.Seq, CreatedAt: row.CreatedAt.Time}
	}
	return workspaces, err
}

type workspaceRow struct {
	ID        inbox.WorkspaceID
	Name      string
	Seq       int64
	CreatedAt at
}

func (workspaceRow) TableName() string { return "workspaces" }

// Describe changes how a person is shown; empty values change nothing.
func (s *Store) Describe(ctx context.Context, id inbox.UserID, name, locale string) error {
	return s.RunTx(ctx, func(tx *Tx) error {
		changed := map[string]any{}
		if name != "" {
			changed["name"] = name
		}
		if locale != "" {
			changed["locale"] = locale
		}
		if err := tx.Model(&userRow{}).Where("id = ?", id).Updates(changed).Error; err != nil {
			return err
		}
		agents, err := agentsOf(tx.DB, id)
		for _, agent := range agents {
			tx.Change(agent.WorkspaceID, inbox.AgentChanged, int64(agent.ID), 0)
		}
		return err
	})
}

// SetPassword stores the hash and ends all sessions of the person but the one to keep.
func (s *Store) SetPassword(ctx context.Context, id inbox.UserID, hash inbox.Secret, keep inbox.SessionID) error {
	return s.RunTx(ctx, func(tx *Tx) error {
		if err := tx.Model(&userRow{}).Where("id = ?", id).Update("password_hash", hash.Reveal()).Error; err != nil {
			return err
		}
		return tx.Where("user_id = ? AND id <> ?", id, keep).Delete(&sessionRow{}).Error
	})
}

// Rehash stores the same password at newer costs and ends nothing.
func (s *Store) Rehash(ctx context.Context, id inbox.UserID, hash inbox.Secret) error {
	return s.RunTx(ctx, func(tx *Tx) error {
		return tx.Model(&userRow{}).Where("id = ?", id).Update("password_hash", hash.Reveal()).Error
	})
}

// Enter makes what is missing of a workspace, a user and his agent there.
func (s *Store) Enter(ctx context.Context, workspace string, user inbox.User, agent inbox.Agent, first bool) (entered inbox.Agent, err error) {
	err = s.RunTx(ctx, func(tx *Tx) error {
		if first {
			if err := tx.onlyOnce(); err != nil {
				return err
			}
		}
		if agent.WorkspaceID, err = tx.workspaceNamed(workspace); err != nil {
			return err
		}
		entered, err = tx.addAgent(user, agent)
		return err
	})
	return entered, err
}

// onlyOnce lets one setup through, also when two come at the same time: the lease's name is unique and is never given back.
func (tx *Tx) onlyOnce() error {
	closed := &inbox.Error{Code: inbox.Closed, ZH: "系统已完成初始设置，请直接登录", EN: "this installation is already set up: sign in instead"}
	if any, err := anyUser(tx.DB); err != nil || any {
		return errors.Join(err, closed)
	}
	err := tx.Exec("INSERT INTO leases (name, holder, until_at) VALUES ('setup', 'done', 0)").Error
	if duplicate(err) {
		return closed
	}
	return err
}

func (tx *Tx) workspaceNamed(name string) (inbox.WorkspaceID, error) {
	row := workspaceRow{Name: name, CreatedAt: at{tx.now}}
	err := tx.Where("name = ?", name).Order("id").Take(&row).Error
	if !errors.Is(err, gorm.ErrRecordNotFound) {
		return row.ID, err
	}
	if err := tx.Create(&row).Error; err != nil {
		return 0, err
	}
	return row.ID, tx.NewDataKey(row.ID)
}

// AddAgent makes a user and his agent.
func (s *Store) AddAgent(ctx context.Context, user inbox.User, agent inbox.Agent) (added inbox.Agent, err error) {
	err = s.RunTx(ctx, func(tx *Tx) error {
		added, err = tx.addAgent(user, agent)
		return err
	})
	return added, err
}

func (tx *Tx) addAgent(user inbox.User, agent inbox.Agent) (inbox.Agent, error) {
	if user.ID == 0 {
		row := userRowOf(user)
		if err := tx.Create(&row).Error; err != nil {
			return agent, orTaken(err, "login", "登录名", "login")
		}
		user.ID = row.ID
	}
	row := agentRowOf(agent)
	row.UserID, row.CreatedAt = user.ID, at{tx.now}
	if err := tx.Create(&row).Error; err != nil {
		return agent, orTaken(err, "login", "登录名", "login")
	}
	agent.ID, agent.UserID = row.ID, user.ID
	agent.Name, agent.Login = user.Name, user.Login
	tx.Change(agent.WorkspaceID, inbox.AgentChanged, int64(agent.ID), 0)
	return agent, errors.Join(tx.grant(agent), tx.group(agent))
}

// orTaken explains a refusal by a unique or a foreign key.
func orTaken(err error, field, zh, en string) error {
	switch {
	case duplicate(err):
		return &inbox.Error{Code: inbox.Conflict, Field: field, ZH: "该" + zh + "已被使用，请换一个", EN: "this " + en + " is already in use: choose another", Cause: err}
	case errors.Is(err, gorm.ErrForeignKeyViolated):
		return &inbox.Error{Code: inbox.Invalid, Field: field, ZH: zh + "中有不存在的项，请刷新后重选", EN: "one of the chosen does not exist: reload and choose again", Cause: err}
	}
	return err
}

type grantRow struct {
	WorkspaceID inbox.WorkspaceID
	AgentID     inbox.AgentID
	AccountID   inbox.AccountID
}

func (grantRow) TableName() string { return "agent_accounts" }

// grant makes the accounts the agent sees those he has in hand.
func (tx *Tx) grant(a inbox.Agent) error {
	if err := tx.Where("workspace_id = ? AND agent_id = ?", a.WorkspaceID, a.ID).Delete(&grantRow{}).Error; err != nil {
		return err
	}
	var rows []grantRow
	for _, account := range unique(a.AccountIDs) {
		rows = append(rows, grantRow{a.WorkspaceID, a.ID, account})
	}
	if len(rows) == 0 {
		return nil
	}
	return orTaken(tx.CreateInBatches(rows, 200).Error, "account_ids", "账号", "account")
}

// unique are the values without repetition, sorted, so that rows are always locked in the same order.
func unique[T cmp.Ordered](values []T) []T {
	sorted := slices.Sorted(slices.Values(values))
	return slices.Compact(sorted)
}

// AgentOf is the person's agent in a workspace, with grants and without load: it is read with every request.
func (s *Store) AgentOf(ctx context.Context, workspace inbox.WorkspaceID, user inbox.UserID) (inbox.Agent, error) {
	db := s.reading(ctx)
	agents, err := agentsWhere(db, workspace, "agents.user_id = ?", user)
	return onlyAgent(agents, err)
}

// Agent is one agent of the workspace.
func (s *Store) Agent(ctx context.Context, workspace inbox.WorkspaceID, id inbox.AgentID) (inbox.Agent, error) {
	db := s.reading(ctx)
	agents, err := agentsWhere(db, workspace, "agents.id = ?", id)
	if err == nil {
		err = addLoads(db, workspace, agents)
	}
	return onlyAgent(agents, err)
}

// Agents is everybody of the workspace, oldest first.
func (s *Store) Agents(ctx context.Context, workspace inbox.WorkspaceID) ([]inbox.Agent, error) {
	db := s.reading(ctx)
	agents, err := agentsWhere(db, workspace, "1 = 1")
	if err != nil {
		return nil, err
	}
	return agents, addLoads(db, workspace, agents)
}

func onlyAgent(agents []inbox.Agent, err error) (inbox.Agent, error) {
	if err == nil && len(agents) == 0 {
		err = inbox.Missing("坐席", "agent")
	}
	if err != nil {
		return inbox.Agent{}, err
	}
	return agents[0], nil
}

func agentsWhere(db *gorm.DB, workspace inbox.WorkspaceID, condition string, values ...any) ([]inbox.Agent, error) {
	var rows []namedAgent
	err := withNames(db).Where("agents.workspace_id = ?", workspace).Where(condition, values...).Order("agents.id").Find(&rows).Error
	if err != nil || len(rows) == 0 {
		return nil, err
	}
	agents := make([]inbox.Agent, len(rows))
	index := make(map[inbox.AgentID]*inbox.Agent, len(rows))
	ids := make([]inbox.AgentID, len(rows))
	for i, row := range rows {
		agents[i], ids[i] = row.agent(), row.Row.ID
		index[row.Row.ID] = &agents[i]
	}
	var grants []grantRow
	if err := db.Where("workspace_id = ? AND agent_id IN ?", workspace, ids).Order("account_id").Find(&grants).Error; err != nil {
		return nil, err
	}
	for _, g := range grants {
		index[g.AgentID].AccountIDs = append(index[g.AgentID].AccountIDs, g.AccountID)
	}
	var members []memberRow
	err = db.Where("workspace_id = ? AND agent_id IN ?", workspace, ids).Order("skill_group_id").Find(&members).Error
	for _, m := range members {
		index[m.AgentID].GroupIDs = append(index[m.AgentID].GroupIDs, m.SkillGroupID)
	}
	return agents, err
}

// addLoads counts the open conversations that each agent has.
func addLoads(db *gorm.DB, workspace inbox.WorkspaceID, agents []inbox.Agent) error {
	var rows []struct {
		AssigneeID inbox.AgentID
		Load       int `gorm:"column:n"`
	}
	err := db.Raw("SELECT assignee_id, COUNT(*) AS n FROM conversations WHERE workspace_id = ? AND assignee_id IS NOT NULL AND state = ? GROUP BY assignee_id",
		workspace, string(inbox.Open)).Scan(&rows).Error
	for _, row := range rows {
		if i := slices.IndexFunc(agents, func(a inbox.Agent) bool { return a.ID == row.AssigneeID }); i >= 0 {
			agents[i].Load = row.Load
		}
	}
	return err
}

// ChangeAgent lets change decide, alone with the workspace's agents, what one of them becomes.
func (s *Store) ChangeAgent(ctx context.Context, workspace inbox.WorkspaceID, id inbox.AgentID, change func(*inbox.Agent, int) error) (to inbox.Agent, err error) {
	err = s.RunTx(ctx, func(tx *Tx) error {
		if err := tx.lockPeople(workspace); err != nil {
			return err
		}
		agents, err := agentsWhere(tx.DB, workspace, "agents.id = ?", id)
		was, err := onlyAgent(agents, err)
		if err != nil {
			return err
		}
		others, err := tx.otherOwners(was)
		if err != nil {
			return err
		}
		to = was
		to.AccountIDs, to.GroupIDs = slices.Clone(was.AccountIDs), slices.Clone(was.GroupIDs)
		if err := change(&to, others); err != nil {
			return err
		}
		return tx.saveAgent(was, to)
	})
	if err != nil {
		return inbox.Agent{}, err
	}
	return s.Agent(ctx, workspace, id)
}

// lockPeople makes changes to the agents of a workspace wait for each other: who is the last owner cannot be seen from one row.
func (tx *Tx) lockPeople(workspace inbox.WorkspaceID) error {
	return tx.forUpdate().Where("id = ?", workspace).Take(&workspaceRow{}).Error
}

func (tx *Tx) otherOwners(a inbox.Agent) (int, error) {
	var n int64
	err := tx.Model(&agentRow{}).Where("workspace_id = ? AND role = ? AND NOT disabled AND id <> ?", a.WorkspaceID, string(inbox.Owner), a.ID).Count(&n).Error
	return int(n), err
}

func (tx *Tx) saveAgent(was, to inbox.Agent) error {
	columns := map[string]any{"role": string(to.Role), "presence": string(to.Presence), "seen_at": at{to.SeenAt}, "disabled": to.Disabled,
		"capacity": to.Capacity, "all_accounts": to.AllAccounts}
	if err := tx.Model(&agentRow{}).Where("workspace_id = ? AND id = ?", to.WorkspaceID, to.ID).Updates(columns).Error; err != nil {
		return err
	}
	tx.Change(to.WorkspaceID, inbox.AgentChanged, int64(to.ID), 0)
	if was.Presence != to.Presence {
		tx.Fact(inbox.Fact{WorkspaceID: to.WorkspaceID, Kind: inbox.PresenceChanged, ActorID: to.ID,
			Data: jsonOf(map[string]inbox.Presence{"from": was.Presence, "to": to.Presence})})
	}
	if !slices.Equal(was.AccountIDs, unique(to.AccountIDs)) {
		if err := tx.grant(to); err != nil {
			return err
		}
	}
	if !slices.Equal(was.GroupIDs, unique(to.GroupIDs)) {
		if err := tx.group(to); err != nil {
			return err
		}
	}
	if !to.Disabled {
		return nil
	}
	return tx.Where("user_id = ? AND workspace_id = ?", to.UserID, to.WorkspaceID).Delete(&sessionRow{}).Error
}

// Heard notes that the agent's browser is alive.
func (s *Store) Heard(ctx context.Context, workspace inbox.WorkspaceID, id inbox.AgentID, when time.Time, back bool) error {
	return s.RunTx(ctx, func(tx *Tx) error {
		if back {
			tx.Change(workspace, inbox.AgentChanged, int64(id), 0)
		}
		return tx.Model(&agentRow{}).Where("workspace_id = ? AND id = ?", workspace, id).Update("seen_at", at{when}).Error
	})
}
