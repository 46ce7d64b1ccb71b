package jobs

import (
	"context"

	"weibox/inbox"
)

// Deliver sends one reply to its platform.
type Deliver struct {
	WorkspaceID inbox.WorkspaceID `json:"workspace_id"`
	OutboxID    inbox.OutboxID    `json:"outbox_id"`
}

func (Deliver) Kind() string  { return "message.deliver" }
func (Deliver) Queue() string { return queueDeliver }

func (w *Worker) deliver(ctx context.Context, job Deliver) error {
	return w.Outbox.Deliver(ctx, job.WorkspaceID, job.OutboxID)
}

// ReadBack looks up whether a reply of unknown outcome arrived.
type ReadBack struct {
	WorkspaceID inbox.WorkspaceID `json:"workspace_id"`
	OutboxID    inbox.OutboxID    `json:"outbox_id"`
}

func (ReadBack) Kind() string  { return "message.read_back" }
func (ReadBack) Queue() string { return queueDeliver }

func (w *Worker) readBack(ctx context.Context, job ReadBack) error {
	return w.Outbox.ReadBack(ctx, job.WorkspaceID, job.OutboxID)
}
