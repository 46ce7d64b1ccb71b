package api

import (
	"context"
	"net/http"

	"weibox/inbox"
)

type skillGroups interface {
	SkillGroups(ctx context.Context, viewer inbox.Agent) ([]inbox.SkillGroup, error)
	SaveSkillGroup(ctx context.Context, viewer inbox.Agent, group inbox.SkillGroup) (inbox.SkillGroup, error)
	RemoveSkillGroup(ctx context.Context, viewer inbox.Agent, id inbox.SkillGroupID) error
}

type skillGroupDTO struct {
	ID       inbox.SkillGroupID `json:"id"`
	Name     string             `json:"name"`
	AgentIDs []inbox.AgentID    `json:"agent_ids"`
}

func skillGroupFrom(g inbox.SkillGroup) skillGroupDTO {
	return skillGroupDTO{ID: g.ID, Name: g.Name, AgentIDs: list(g.AgentIDs)}
}

func (s *Server) skillGroups(r *request) error {
	groups, err := s.deps.People.SkillGroups(r.ctx(), r.viewer())
	if err != nil {
		return err
	}
	dtos := make([]skillGroupDTO, 0, len(groups))
	for _, g := range groups {
		dtos = append(dtos, skillGroupFrom(g))
	}
	return r.send(http.StatusOK, struct {
		SkillGroups []skillGroupDTO `json:"skill_groups"`
	}{dtos})
}

func (s *Server) addSkillGroup(r *request) error { return s.saveSkillGroup(r, http.StatusCreated, 0) }

func (s *Server) changeSkillGroup(r *request) error {
	id, err := idIn[inbox.SkillGroup](r, "id")
	if err != nil {
		return err
	}
	return s.saveSkillGroup(r, http.StatusOK, id)
}

func (s *Server) saveSkillGroup(r *request, status int, id inbox.SkillGroupID) error {
	var form struct {
		Name     string          `json:"name"`
		AgentIDs []inbox.AgentID `json:"agent_ids"`
	}
	if err := r.decode(&form); err != nil {
		return err
	}
	group, err := s.deps.People.SaveSkillGroup(r.ctx(), r.viewer(), inbox.SkillGroup{ID: id, Name: form.Name, AgentIDs: form.AgentIDs})
	if err != nil {
		return err
	}
	return r.send(status, skillGroupFrom(group))
}

func (s *Server) removeSkillGroup(r *request) error {
	id, err := idIn[inbox.SkillGroup](r, "id")
	if err != nil {
		return err
	}
	if err := s.deps.People.RemoveSkillGroup(r.ctx(), r.viewer(), id); err != nil {
		return err
	}
	return r.nothing()
}
