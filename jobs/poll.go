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

// Check looks at what an account can do.
type Check struct {
	WorkspaceID inbox.WorkspaceID `json:"workspace_id"`
	AccountID   inbox.AccountID   `json:"account_id"`
}

func (Check) Kind() string  { return "account.check" }
func (Check) Queue() string { return queueBulk }

func (w *Worker) check(ctx context.Context, job Check) error {
	return w.Platforms.Recheck(ctx, job.WorkspaceID, job.AccountID)
}

func (w *Worker) poll(ctx context.Context, job Poll) error {
	return w.Polling.Poll(ctx, job.WorkspaceID, job.AccountID, job.Source)
}
