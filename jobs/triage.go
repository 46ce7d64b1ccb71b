package jobs

import (
	"context"

	"weibox/inbox"
)

// Triage tags and routes messages that have just arrived.
type Triage struct {
	WorkspaceID inbox.WorkspaceID `json:"workspace_id"`
	MessageIDs  []inbox.MessageID `json:"message_ids"`
}

func (Triage) Kind() string  { return "message.triage" }
func (Triage) Queue() string { return queueTriage }

func (w *Worker) triage(ctx context.Context, job Triage) error {
	return w.Triage.Run(ctx, job.WorkspaceID, job.MessageIDs)
}
