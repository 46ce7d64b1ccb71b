package api

import (
	"context"
	"net/http"

	"weibox/inbox"
)

type system interface {
	Status(ctx context.Context, viewer inbox.Agent) (inbox.SystemStatus, error)
}

type waitingDTO struct {
	State    inbox.ReplyState `json:"state"`
	Count    int              `json:"count"`
	OldestAt instant          `json:"oldest_at"`
}

type systemDTO struct {
	Version     string           `json:"version"`
	Engine      string           `json:"engine"`
	RedisInside bool             `json:"redis_inside"`
	StartedAt   instant          `json:"started_at"`
	Replies     []waitingDTO     `json:"replies"`
	Overdue     int              `json:"overdue_sources"`
	Untriaged   int              `json:"untriaged"`
	DeadLetters int              `json:"dead_letters"`
	Problems    []inbox.Sentence `json:"problems"`
}

func (s *Server) system(r *request) error {
	status, err := s.deps.System.Status(r.ctx(), r.viewer())
	if err != nil {
		return err
	}
	dto := systemDTO{Version: s.cfg.Version, Engine: status.Engine, RedisInside: status.RedisInside, StartedAt: instant{status.StartedAt}, Replies: []waitingDTO{},
		Overdue: status.Backlog.Overdue, Untriaged: status.Backlog.Untriaged, DeadLetters: status.DeadLetters, Problems: list(status.Problems)}
	for _, state := range []inbox.ReplyState{inbox.Held, inbox.Queued, inbox.Sending, inbox.Unknown} {
		if n := status.Backlog.Replies[state]; n > 0 {
			dto.Replies = append(dto.Replies, waitingDTO{State: state, Count: n, OldestAt: instant{status.Backlog.Oldest[state]}})
		}
	}
	return r.send(http.StatusOK, dto)
}
