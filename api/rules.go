package api

import (
	"context"
	"net/http"

	"weibox/inbox"
)

type rules interface {
	Rules(ctx context.Context, viewer inbox.Agent) (inbox.RuleList, error)
	PublishRules(ctx context.Context, viewer inbox.Agent, list inbox.RuleList) (inbox.RuleList, error)
}

type ruleListDTO struct {
	Version int64     `json:"version,string"`
	Rules   []ruleDTO `json:"rules"`
}

type ruleDTO struct {
	Name       string             `json:"name"`
	Enabled    bool               `json:"enabled"`
	Kinds      []inbox.Kind       `json:"kinds"`
	Words      []string           `json:"words"`
	Accounts   []inbox.AccountID  `json:"account_ids"`
	Tags       []inbox.TagID      `json:"tag_ids"`
	SkillGroup inbox.SkillGroupID `json:"skill_group_id,omitempty"`
}

func (s *Server) sendRules(r *request, l inbox.RuleList, err error) error {
	if err != nil {
		return err
	}
	dto := ruleListDTO{Version: l.Version, Rules: make([]ruleDTO, 0, len(l.Rules))}
	for _, one := range l.Rules {
		dto.Rules = append(dto.Rules, ruleDTO{Name: one.Name, Enabled: one.Enabled, Kinds: list(one.Kinds), Words: list(one.Words),
			Accounts: list(one.Accounts), Tags: list(one.Tags), SkillGroup: one.SkillGroup})
	}
	return r.send(http.StatusOK, dto)
}

func (s *Server) rules(r *request) error {
	l, err := s.deps.Rules.Rules(r.ctx(), r.viewer())
	return s.sendRules(r, l, err)
}

func (s *Server) changeRules(r *request) error {
	var form ruleListDTO
	if err := r.decode(&form); err != nil {
		return err
	}
	l := inbox.RuleList{WorkspaceID: r.viewer().WorkspaceID, Version: form.Version, AuthorID: r.viewer().ID}
	for _, one := range form.Rules {
		l.Rules = append(l.Rules, inbox.Rule(one))
	}
	published, err := s.deps.Rules.PublishRules(r.ctx(), r.viewer(), l)
	return s.sendRules(r, published, err)
}
