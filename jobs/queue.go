package jobs

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"weibox/inbox"
	"weibox/inbox/faults"

	"github.com/hibiken/asynq"
)

// Queue puts hints into Redis from the background: whoever stores messages or answers agents never waits for Redis. When Redis is away or
// slow, hints are dropped, and the sweeper finds their rows.
type Queue struct {
	client *asynq.Client
	hints  chan hint
	now    func() time.Time
}

type hint struct {
	job Job
	id  string
	at  time.Time // not before; zero: at once
}

const hintsWaiting = 5000

var _ inbox.Queue = (*Queue)(nil)

// NewQueue makes the queue; hints leave while Run runs.
func NewQueue(r *Redis, now func() time.Time) *Queue {
	return &Queue{client: asynq.NewClientFromRedisClient(r.UniversalClient), hints: make(chan hint, hintsWaiting), now: now}
}

// Run passes hints on until ctx ends.
func (q *Queue) Run(ctx context.Context) {
	for {
		select {
		case h := <-q.hints:
			q.enqueue(ctx, h)
		case <-ctx.Done():
			return
		}
	}
}

func (q *Queue) enqueue(ctx context.Context, h hint) {
	if err := q.put(ctx, h); err != nil {
		slog.DebugContext(ctx, "hint lost; the sweeper will find its row", "kind", h.job.Kind(), "id", h.id, "err", err)
	}
}

func (q *Queue) put(ctx context.Context, h hint) error {
	payload, err := json.Marshal(h.job)
	if err != nil {
		return err
	}
	options := []asynq.Option{asynq.Queue(h.job.Queue()), asynq.MaxRetry(maxRetry), asynq.Timeout(time.Minute)}
	if h.id != "" {
		options = append(options, asynq.TaskID(h.id))
	}
	if h.at.After(q.now()) {
		options = append(options, asynq.ProcessIn(h.at.Sub(q.now())))
	}
	faults.Point("hint.leaving")
	_, err = q.client.EnqueueContext(ctx, asynq.NewTask(h.job.Kind(), payload), options...)
	faults.Point("hint.left")
	if errors.Is(err, asynq.ErrTaskIDConflict) { // it is queued already; the answer to our own first try may have been lost
		return nil
	}
	return err
}

func (q *Queue) hint(h hint) {
	select {
	case q.hints <- h:
	default: // full: the sweeper will find the row
	}
}

// again makes an id that a repeated hint shares with the earlier ones of the same moment only: an archived or orphaned task must not block
// the next hint for ever.
func (q *Queue) again() int64 { return q.now().Unix() / 20 }

// What one task may hold. The conversations of triaged messages are locked together; each profile is a call of the platform.
const (
	triageAtOnce   = 100
	profilesAtOnce = 20
)

func (q *Queue) Triage(w inbox.WorkspaceID, messages []inbox.MessageID) {
	for batch := range slices.Chunk(messages, triageAtOnce) {
		q.hint(hint{job: Triage{WorkspaceID: w, MessageIDs: batch}, id: fmt.Sprintf("triage:%d:%d:%d", batch[0], len(batch), q.again())})
	}
}

func (q *Queue) Deliver(w inbox.WorkspaceID, reply inbox.OutboxID, attempt int, at time.Time) {
	id := fmt.Sprintf("deliver:%d:%d", reply, attempt)
	if !at.After(q.now()) {
		id = fmt.Sprintf("%s:%d", id, q.again())
	}
	q.hint(hint{job: Deliver{WorkspaceID: w, OutboxID: reply}, id: id, at: at})
}

func (q *Queue) ReadBack(w inbox.WorkspaceID, reply inbox.OutboxID, check int) {
	q.hint(hint{job: ReadBack{WorkspaceID: w, OutboxID: reply}, id: fmt.Sprintf("read_back:%d:%d:%d", reply, check, q.again())})
}

func (q *Queue) FetchMedia(w inbox.WorkspaceID, media inbox.MediaID) {
	q.hint(hint{job: FetchMedia{WorkspaceID: w, MediaID: media}, id: fmt.Sprintf("media:%d:%d", media, q.again())})
}

func (q *Queue) ReadProfiles(w inbox.WorkspaceID, contacts []inbox.ContactID) {
	for batch := range slices.Chunk(contacts, profilesAtOnce) {
		q.hint(hint{job: ReadProfiles{WorkspaceID: w, ContactIDs: batch}, id: fmt.Sprintf("profiles:%d:%d:%d", batch[0], len(batch), q.again())})
	}
}

func (q *Queue) Check(w inbox.WorkspaceID, account inbox.AccountID) {
	q.hint(hint{job: Check{WorkspaceID: w, AccountID: account}, id: fmt.Sprintf("check:%d:%d", account, q.again())})
}

func (q *Queue) Poll(w inbox.WorkspaceID, account inbox.AccountID, source inbox.SourceName) {
	q.hint(hint{job: Poll{WorkspaceID: w, AccountID: account, Source: source}, id: fmt.Sprintf("poll:%d:%s:%d", account, source, q.now().Unix())})
}
