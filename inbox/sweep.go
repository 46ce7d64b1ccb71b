package inbox

import (
	"context"
	"errors"
	"time"

	"weibox/inbox/faults"
)

type backlog interface {
	LostReplies(ctx context.Context, now time.Time, limit int) ([]Reply, error)
	RepliesDue(ctx context.Context, before time.Time, limit int) ([]Reply, error)
	ChecksDue(ctx context.Context, before time.Time, limit int) ([]Reply, error)
	Untriaged(ctx context.Context, before time.Time, limit int) (map[WorkspaceID][]MessageID, error)
	MediaDue(ctx context.Context, before time.Time, limit int) ([]Media, error)
}

// Sweeper finds the work that no hint has led to: hints may be lost, rows are not.
type Sweeper struct {
	backlog backlog
	outbox  *Outbox
	queue   Queue
	now     func() time.Time
}

// NewSweeper makes the service.
func NewSweeper(b backlog, outbox *Outbox, queue Queue, now func() time.Time) *Sweeper {
	return &Sweeper{backlog: b, outbox: outbox, queue: queue, now: now}
}

const (
	patience   = 5 * time.Second // how long a hint may take before the row is hinted at again
	sweepLimit = 500
)

// Sweep looks through everything once. A part that fails does not keep the others from running.
func (s *Sweeper) Sweep(ctx context.Context) error {
	faults.Point("sweep.begun")
	return errors.Join(s.loseReplies(ctx), s.deliver(ctx), s.readBack(ctx), s.triage(ctx), s.fetch(ctx))
}

func (s *Sweeper) loseReplies(ctx context.Context) error {
	lost, err := s.backlog.LostReplies(ctx, s.now(), sweepLimit)
	for _, reply := range lost {
		faults.Point("sweep.lost_found")
		err = errors.Join(err, s.outbox.Lose(ctx, reply))
	}
	return err
}

func (s *Sweeper) deliver(ctx context.Context) error {
	due, err := s.backlog.RepliesDue(ctx, s.now().Add(-patience), sweepLimit)
	for _, reply := range due {
		s.queue.Deliver(reply.WorkspaceID, reply.ID, reply.Attempt+1, s.now())
	}
	return err
}

func (s *Sweeper) readBack(ctx context.Context) error {
	due, err := s.backlog.ChecksDue(ctx, s.now(), sweepLimit)
	for _, reply := range due {
		s.queue.ReadBack(reply.WorkspaceID, reply.ID, reply.Checks+1)
	}
	return err
}

func (s *Sweeper) triage(ctx context.Context) error {
	waiting, err := s.backlog.Untriaged(ctx, s.now().Add(-patience), sweepLimit)
	for workspace, messages := range waiting {
		s.queue.Triage(workspace, messages)
	}
	return err
}

func (s *Sweeper) fetch(ctx context.Context) error {
	due, err := s.backlog.MediaDue(ctx, s.now(), sweepLimit)
	for _, m := range due {
		s.queue.FetchMedia(m.WorkspaceID, m.ID)
	}
	return err
}
