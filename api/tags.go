package api

import (
	"context"
	"net/http"

	"weibox/inbox"
)

type tags interface {
	Tags(ctx context.Context, viewer inbox.Agent) ([]inbox.Tag, error)
	AddTag(ctx context.Context, viewer inbox.Agent, tag inbox.Tag) (inbox.Tag, error)
	ChangeTag(ctx context.Context, viewer inbox.Agent, tag inbox.Tag) (inbox.Tag, error)
}

type tagDTO struct {
	ID       inbox.TagID `json:"id"`
	Name     string      `json:"name"`
	Color    string      `json:"color"`
	Archived bool        `json:"archived"`
}

func tagFrom(t inbox.Tag) tagDTO {
	return tagDTO{ID: t.ID, Name: t.Name, Color: t.Color, Archived: t.Archived}
}

func (s *Server) tags(r *request) error {
	all, err := s.deps.Tags.Tags(r.ctx(), r.viewer())
	if err != nil {
		return err
	}
	dtos := make([]tagDTO, 0, len(all))
	for _, t := range all {
		dtos = append(dtos, tagFrom(t))
	}
	return r.send(http.StatusOK, struct {
		Tags []tagDTO `json:"tags"`
	}{dtos})
}

func (s *Server) addTag(r *request) error {
	return s.saveTag(r, http.StatusCreated, 0, s.deps.Tags.AddTag)
}

func (s *Server) changeTag(r *request) error {
	id, err := idIn[inbox.Tag](r, "id")
	if err != nil {
		return err
	}
	return s.saveTag(r, http.StatusOK, id, s.deps.Tags.ChangeTag)
}

func (s *Server) saveTag(r *request, status int, id inbox.TagID, save func(context.Context, inbox.Agent, inbox.Tag) (inbox.Tag, error)) error {
	var form struct {
		Name     string `json:"name"`
		Color    string `json:"color"`
		Archived bool   `json:"archived"`
	}
	if err := r.decode(&form); err != nil {
		return err
	}
	tag, err := save(r.ctx(), r.viewer(), inbox.Tag{ID: id, WorkspaceID: r.viewer().WorkspaceID, Name: form.Name, Color: form.Color,
		Archived: form.Archived})
	if err != nil {
		return err
	}
	return r.send(status, tagFrom(tag))
}
