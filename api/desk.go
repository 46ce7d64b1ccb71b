package api

import (
	"context"
	"encoding/json"
	"net/http"

	"weibox/inbox"
)

// desk is what agents do with conversations.
type desk interface {
	Take(ctx context.Context, viewer inbox.Agent, id inbox.ConversationID) (inbox.Conversation, error)
	// Assign gives to an agent, or with 0 to nobody; was is the assignee the page showed, nil if it does not matter. Like Transfer it refuses
	// (Denied) to move what is another's for somebody who may not assign.
	Assign(ctx context.Context, viewer inbox.Agent, id inbox.ConversationID, to inbox.AgentID, was *inbox.AgentID) (inbox.Conversation, error)
	Transfer(ctx context.Context, viewer inbox.Agent, id inbox.ConversationID, to inbox.AgentID, group inbox.SkillGroupID, note string) (inbox.Conversation, error)
	Resolve(ctx context.Context, viewer inbox.Agent, id inbox.ConversationID) (inbox.Conversation, error)
	Reopen(ctx context.Context, viewer inbox.Agent, id inbox.ConversationID) (inbox.Conversation, error)
	AddTag(ctx context.Context, viewer inbox.Agent, id inbox.ConversationID, tag inbox.TagID) (inbox.Conversation, error)
	RemoveTag(ctx context.Context, viewer inbox.Agent, id inbox.ConversationID, tag inbox.TagID) (inbox.Conversation, error)
	Note(ctx context.Context, viewer inbox.Agent, id inbox.ConversationID, text string) (inbox.Message, error)
}

type move func(ctx context.Context, viewer inbox.Agent, id inbox.ConversationID) (inbox.Conversation, error)

func (s *Server) move(r *request, m move) error {
	id, err := idIn[inbox.Conversation](r, "id")
	if err != nil {
		return err
	}
	c, err := m(r.ctx(), r.viewer(), id)
	return s.sendConversation(r, c, err)
}

func (s *Server) take(r *request) error    { return s.move(r, s.deps.Desk.Take) }
func (s *Server) resolve(r *request) error { return s.move(r, s.deps.Desk.Resolve) }
func (s *Server) reopen(r *request) error  { return s.move(r, s.deps.Desk.Reopen) }

// nullable tells a value that was left out from one that was said to be null.
type nullable[T any] struct {
	said  bool
	value T
}

// UnmarshalJSON is only called for what is said.
func (n *nullable[T]) UnmarshalJSON(text []byte) error {
	n.said = true
	return json.Unmarshal(text, &n.value)
}

func (s *Server) assign(r *request) error {
	id, err := idIn[inbox.Conversation](r, "id")
	if err != nil {
		return err
	}
	var form struct {
		Agent inbox.AgentID           `json:"agent_id"`
		Was   nullable[inbox.AgentID] `json:"was"`
	}
	if err := r.decode(&form); err != nil {
		return err
	}
	var was *inbox.AgentID
	if form.Was.said {
		was = &form.Was.value
	}
	c, err := s.deps.Desk.Assign(r.ctx(), r.viewer(), id, form.Agent, was)
	return s.sendConversation(r, c, err)
}

func (s *Server) transfer(r *request) error {
	id, err := idIn[inbox.Conversation](r, "id")
	if err != nil {
		return err
	}
	var form struct {
		Agent inbox.AgentID      `json:"agent_id"`
		Group inbox.SkillGroupID `json:"skill_group_id"`
		Note  string             `json:"note"`
	}
	if err := r.decode(&form); err != nil {
		return err
	}
	if form.Agent == 0 && form.Group == 0 {
		return &inbox.Error{Code: inbox.Invalid, Field: "agent_id", ZH: "请选择要转接给哪位坐席或哪个技能组", EN: "choose the agent or the skill group to hand over to"}
	}
	c, err := s.deps.Desk.Transfer(r.ctx(), r.viewer(), id, form.Agent, form.Group, form.Note)
	return s.sendConversation(r, c, err)
}

func (s *Server) addTagToConversation(r *request) error { return s.tagging(r, s.deps.Desk.AddTag) }
func (s *Server) removeTagFromConversation(r *request) error {
	return s.tagging(r, s.deps.Desk.RemoveTag)
}

func (s *Server) tagging(r *request, do func(context.Context, inbox.Agent, inbox.ConversationID, inbox.TagID) (inbox.Conversation, error)) error {
	tag, err := idIn[inbox.Tag](r, "tag_id")
	if err != nil {
		return err
	}
	return s.move(r, func(ctx context.Context, viewer inbox.Agent, id inbox.ConversationID) (inbox.Conversation, error) {
		return do(ctx, viewer, id, tag)
	})
}

func (s *Server) addNote(r *request) error {
	id, err := idIn[inbox.Conversation](r, "id")
	if err != nil {
		return err
	}
	var form struct {
		Text string `json:"text"`
	}
	if err := r.decode(&form); err != nil {
		return err
	}
	note, err := s.deps.Desk.Note(r.ctx(), r.viewer(), id, form.Text)
	return s.sendMessage(r, http.StatusCreated, note, err)
}
