package api

import (
	"context"
	"net/http"
	"time"

	"weibox/inbox"
)

type agents interface {
	Agents(ctx context.Context, viewer inbox.Agent) ([]inbox.Agent, error)
	Agent(ctx context.Context, viewer inbox.Agent, id inbox.AgentID) (inbox.Agent, error)
	AddAgent(ctx context.Context, viewer inbox.Agent, n inbox.NewAgent) (inbox.Agent, error)
	ChangeAgent(ctx context.Context, viewer inbox.Agent, id inbox.AgentID, change inbox.AgentChange) (inbox.Agent, error)
}

type agentRef struct {
	ID   inbox.AgentID `json:"id"`
	Name string        `json:"name"`
}

type agentDTO struct {
	ID          inbox.AgentID        `json:"id"`
	Name        string               `json:"name"`
	Login       string               `json:"login,omitempty"`
	Role        inbox.Role           `json:"role"`
	Presence    inbox.Presence       `json:"presence"`
	Online      bool                 `json:"online"`
	Disabled    bool                 `json:"disabled"`
	Capacity    int                  `json:"capacity"`
	Load        int                  `json:"load"`
	AllAccounts bool                 `json:"all_accounts"`
	AccountIDs  []inbox.AccountID    `json:"account_ids"`
	GroupIDs    []inbox.SkillGroupID `json:"skill_group_ids"`
}

// agentFrom shows an agent; his login and what he may see only to those who manage agents.
func agentFrom(a inbox.Agent, now time.Time, managing bool) agentDTO {
	dto := agentDTO{ID: a.ID, Name: a.Name, Role: a.Role, Presence: a.Presence, Online: a.Present(now), Disabled: a.Disabled,
		Capacity: a.Capacity, Load: a.Load, AllAccounts: a.AllAccounts, AccountIDs: []inbox.AccountID{}, GroupIDs: list(a.GroupIDs)}
	if managing {
		dto.Login, dto.AccountIDs = a.Login, list(a.AccountIDs)
	}
	return dto
}

// list is never null in JSON.
func list[T any](values []T) []T {
	if values == nil {
		return []T{}
	}
	return values
}

func (s *Server) sendAgent(r *request, status int, a inbox.Agent, err error) error {
	if err != nil {
		return err
	}
	return r.send(status, agentFrom(a, s.deps.Now(), true))
}

func (s *Server) agents(r *request) error {
	all, err := s.deps.People.Agents(r.ctx(), r.viewer())
	if err != nil {
		return err
	}
	managing := r.viewer().Role.May(inbox.MayManageAgents)
	dtos := make([]agentDTO, 0, len(all))
	for _, a := range all {
		dtos = append(dtos, agentFrom(a, s.deps.Now(), managing))
	}
	return r.send(http.StatusOK, struct {
		Agents []agentDTO `json:"agents"`
	}{dtos})
}

const usualCapacity = 20

func (s *Server) addAgent(r *request) error {
	form := struct {
		Name        string               `json:"name"`
		Login       string               `json:"login"`
		Password    string               `json:"password"`
		Role        inbox.Role           `json:"role"`
		Capacity    int                  `json:"capacity"`
		AllAccounts bool                 `json:"all_accounts"`
		AccountIDs  []inbox.AccountID    `json:"account_ids"`
		GroupIDs    []inbox.SkillGroupID `json:"skill_group_ids"`
	}{Capacity: usualCapacity}
	if err := r.decode(&form); err != nil {
		return err
	}
	agent, err := s.deps.People.AddAgent(r.ctx(), r.viewer(), inbox.NewAgent(form))
	return s.sendAgent(r, http.StatusCreated, agent, err)
}

func (s *Server) changeAgent(r *request) error {
	id, err := idIn[inbox.Agent](r, "id")
	if err != nil {
		return err
	}
	var form struct {
		Name        *string               `json:"name"`
		Role        *inbox.Role           `json:"role"`
		Disabled    *bool                 `json:"disabled"`
		Capacity    *int                  `json:"capacity"`
		AllAccounts *bool                 `json:"all_accounts"`
		AccountIDs  *[]inbox.AccountID    `json:"account_ids"`
		GroupIDs    *[]inbox.SkillGroupID `json:"skill_group_ids"`
		Password    *string               `json:"password"`
	}
	if err := r.decode(&form); err != nil {
		return err
	}
	agent, err := s.deps.People.ChangeAgent(r.ctx(), r.viewer(), id, inbox.AgentChange(form))
	return s.sendAgent(r, http.StatusOK, agent, err)
}
