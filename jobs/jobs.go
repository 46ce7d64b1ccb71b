// Package jobs runs the work behind the inbox on asynq. A task is only a hint that a row wants looking at: it may run twice, late or never,
// and carries ids, never copies.
package jobs

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"weibox/inbox"
	"weibox/inbox/faults"

	"github.com/hibiken/asynq"
)

// Job is a task's payload. It knows its kind, which is stored and never changes, and its queue.
type Job interface {
	Kind() string
	Queue() string
}

// The queues: one server each, so that slow polls cannot keep answers waiting.
const (
	queueDeliver = "deliver"
	queuePoll    = "poll"
	queueTriage  = "triage"
	queueBulk    = "bulk"
)

var queues = []string{queueDeliver, queueTriage, queuePoll, queueBulk}

// maxRetry bounds asynq's own retries. It is not 0, because asynq counts a crashed worker as a retry; whether anything is tried again is
// decided by rows.
const maxRetry = 5

// Worker does the jobs.
type Worker struct {
	Outbox    *inbox.Outbox
	Polling   *inbox.Polling
	Platforms *inbox.Platforms
	Triage    *inbox.Triage
	Fetching  *inbox.Fetching
	Meeting   *inbox.Meeting
	Sweeper   *inbox.Sweeper
}

// mux is the list of all jobs.
func (w *Worker) mux() *asynq.ServeMux {
	mux := asynq.NewServeMux()
	handle(mux, w.deliver)
	handle(mux, w.readBack)
	handle(mux, w.poll)
	handle(mux, w.check)
	handle(mux, w.triage)
	handle(mux, w.fetchMedia)
	handle(mux, w.readProfiles)
	handle(mux, w.sweep)
	return mux
}

func handle[J Job](mux *asynq.ServeMux, do func(context.Context, J) error) {
	var kind J
	mux.HandleFunc(kind.Kind(), func(ctx context.Context, task *asynq.Task) error {
		var job J
		if err := json.Unmarshal(task.Payload(), &job); err != nil {
			return fmt.Errorf("%s: %w: %w", task.Type(), err, asynq.SkipRetry)
		}
		faults.Point("job.begun")
		err := do(ctx, job)
		faults.Point("job.done") // and Redis does not know it
		return settled(err)
	})
}

// settled keeps asynq from repeating what cannot succeed: the row is gone, or is not what the hint thought it was.
func settled(err error) error {
	if inbox.CodeOf(err) == inbox.NotFound {
		return errors.Join(err, asynq.SkipRetry)
	}
	return err
}

// retryDelay waits as long as we were told, else a little longer each time.
func retryDelay(n int, err error, _ *asynq.Task) time.Duration {
	if r := inbox.RefusalOf(err); r != nil && !r.RetryAt.IsZero() {
		return max(time.Second, time.Until(r.RetryAt))
	}
	return min(time.Minute, time.Second<<min(n, 6))
}
