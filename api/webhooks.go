package api

import (
	"context"
	"net/http"

	"weibox/inbox"
	"weibox/inbox/faults"
)

// intake is the way in for what platforms push. Its errors: NotFound for an unknown key, Denied for what is not signed by the platform,
// Unavailable when it cannot be stored now.
type intake interface {
	VerifyHook(ctx context.Context, platform inbox.Platform, key string, push inbox.Push) (answer []byte, err error)
	// ReceiveHook returns nil only after the push is committed, read or as a dead letter.
	ReceiveHook(ctx context.Context, platform inbox.Platform, key string, push inbox.Push) error
}

func pushOf(r *request) (inbox.Platform, string, inbox.Push) {
	return inbox.Platform(r.Param("platform")), r.Param("key"), inbox.Push{Method: r.Request.Method, Query: r.Request.URL.Query(), Body: r.body}
}

func (s *Server) verifyHook(r *request) error {
	platform, key, push := pushOf(r)
	answer, err := s.deps.Intake.VerifyHook(r.ctx(), platform, key, push)
	if err != nil {
		return err
	}
	r.Data(http.StatusOK, "text/plain; charset=utf-8", answer)
	return nil
}

// receiveHook answers 200, with nothing in it, and by that takes the message over: the platform forgets it.
func (s *Server) receiveHook(r *request) error {
	platform, key, push := pushOf(r)
	faults.Point("push.received")
	if err := s.deps.Intake.ReceiveHook(r.ctx(), platform, key, push); err != nil {
		return err
	}
	faults.Point("push.stored")
	r.Status(http.StatusOK)
	r.Writer.WriteHeaderNow()
	faults.Point("push.answered")
	return nil
}
