package jobs

import (
	"context"

	"weibox/inbox"
)

// Poll reads one source of an account.
type Poll struct {
	WorkspaceID inbox.WorkspaceID `json:"workspace_id"`
	AccountID   inbox.AccountID   `json:"account_id"`
	Source      inbox.SourceName  `json:"source"`
}

func (Poll) Kind() string  { return "account.poll" }
func (Poll) Queue() string { return queuePoll }

func (w *Worker) poll(ctx context.Context, job Poll) error {
	return w.Polling.Poll(ctx, job.WorkspaceID, job.AccountID, job.Source)
}
