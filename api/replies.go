package api

import (
	"context"
	"net/http"

	"weibox/inbox"
)

// outbox is the way out.
type outbox interface {
	Reply(ctx context.Context, reply inbox.NewReply) (inbox.Message, error)
	Cancel(ctx context.Context, viewer inbox.Agent, id inbox.OutboxID) (inbox.Message, error)
	Confirm(ctx context.Context, viewer inbox.Agent, id inbox.OutboxID) (inbox.Message, error)
	Recheck(ctx context.Context, viewer inbox.Agent, id inbox.OutboxID) (inbox.Message, error)
	Resend(ctx context.Context, viewer inbox.Agent, id inbox.OutboxID, althoughUnknown bool) (inbox.Message, error)
}

func (s *Server) reply(r *request) error {
	id, err := idIn[inbox.Conversation](r, "id")
	if err != nil {
		return err
	}
	var form struct {
		Text    string          `json:"text"`
		ReplyTo inbox.MessageID `json:"reply_to"`
		Seen    inbox.MessageID `json:"seen"`
		Anyway  bool            `json:"anyway"`
		Resolve bool            `json:"resolve"`
	}
	if err := r.decode(&form); err != nil {
		return err
	}
	message, err := s.deps.Outbox.Reply(r.ctx(), inbox.NewReply{ConversationID: id, Author: r.viewer(), Text: form.Text, ReplyTo: form.ReplyTo,
		Seen: form.Seen, Anyway: form.Anyway, Resolve: form.Resolve, Key: r.GetHeader("Idempotency-Key"), OperatorIP: r.ClientIP()})
	return s.sendMessage(r, http.StatusAccepted, message, err)
}

// onReply does something with a reply that was accepted before.
func (s *Server) onReply(r *request, status int, do func(context.Context, inbox.Agent, inbox.OutboxID) (inbox.Message, error)) error {
	id, err := idIn[inbox.Reply](r, "id")
	if err != nil {
		return err
	}
	message, err := do(r.ctx(), r.viewer(), id)
	return s.sendMessage(r, status, message, err)
}

func (s *Server) cancelReply(r *request) error {
	return s.onReply(r, http.StatusOK, s.deps.Outbox.Cancel)
}

func (s *Server) confirmReply(r *request) error {
	return s.onReply(r, http.StatusOK, s.deps.Outbox.Confirm)
}

func (s *Server) recheckReply(r *request) error {
	return s.onReply(r, http.StatusAccepted, s.deps.Outbox.Recheck)
}

func (s *Server) resendReply(r *request) error {
	var form struct {
		AlthoughUnknown bool `json:"although_unknown"`
	}
	if err := r.decode(&form); err != nil {
		return err
	}
	return s.onReply(r, http.StatusAccepted, func(ctx context.Context, viewer inbox.Agent, id inbox.OutboxID) (inbox.Message, error) {
		return s.deps.Outbox.Resend(ctx, viewer, id, form.AlthoughUnknown)
	})
}
