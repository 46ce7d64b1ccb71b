package inbox

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"weibox/inbox/faults"
)

// OriginWebhook is the Origin of a batch that was pushed.
const OriginWebhook = "webhook"

// Batch is what one push or one poll brought, to be stored together or not at all.
type Batch struct {
	Account  Account
	Origin   string // "webhook", or the name of the polled source
	Items    []Inbound
	Rejects  []Reject
	Imported bool
	Move     *CursorMove // moved in the same transaction as the rows
}

func (b Batch) size() int { return 1 + len(b.Items) + len(b.Rejects) }

// CursorMove moves a source's cursor from the version that was read. If somebody moved it meanwhile the items are stored all the same
// (they are the same items) and the cursor stays.
type CursorMove struct {
	Source   SourceName
	Version  int64
	Next     Cursor
	Complete bool
	Imported bool      // the silent import is over with this page
	AskedAt  time.Time // what came later is not on the page
	NextPoll time.Time // not before
	Withheld int
	Gap      *Gap
	Lesson   Lesson // about how often news comes
}

// Outcome is what storing a batch changed.
type Outcome struct {
	New      int // messages that were new
	Known    int // sightings of messages we had
	Rejected int
}

// Committed is what a whole group of batches gives the rest of the house to do.
type Committed struct {
	Outcomes   []Outcome
	Triage     map[WorkspaceID][]MessageID // new messages to be looked at
	Media      map[WorkspaceID][]MediaID   // files to be fetched
	Profiles   map[WorkspaceID][]ContactID // contacts whose name nobody told us
	Workspaces []WorkspaceID               // that have changes
}

// Queue hints at work to do. Every hint may be lost, late or doubled: the rows decide, and the sweeper finds what was lost.
type Queue interface {
	Triage(workspace WorkspaceID, messages []MessageID)
	Deliver(workspace WorkspaceID, reply OutboxID, attempt int, at time.Time)
	ReadBack(workspace WorkspaceID, reply OutboxID, check int)
	FetchMedia(workspace WorkspaceID, media MediaID)
	ReadProfiles(workspace WorkspaceID, contacts []ContactID)
	Poll(workspace WorkspaceID, account AccountID, source SourceName)
	Check(workspace WorkspaceID, account AccountID)
}

type intake interface {
	// Ingest stores all batches in one transaction. After an error nothing of it is stored.
	Ingest(ctx context.Context, batches []Batch) (Committed, error)
}

// Ingester is the way in. Deliveries that arrive together are committed together: one writer drains what is waiting, without a timer, and
// answers each only after the commit.
type Ingester struct {
	store     intake
	queue     Queue
	publisher Publisher
	waiting   chan *submission
	stopped   chan struct{}
	stop      sync.Once
}

const (
	groupSize    = 200 // events in one transaction: the knee of the measured curve
	waitingRoom  = 2000
	ingestWithin = 4 * time.Second // platforms hang up after five
)

type submission struct {
	batch   Batch
	outcome Outcome
	err     error
	done    chan struct{}
}

// NewIngester makes the way in; nothing is stored before Run.
func NewIngester(store intake, queue Queue, publisher Publisher) *Ingester {
	return &Ingester{store: store, queue: queue, publisher: publisher, waiting: make(chan *submission, waitingRoom), stopped: make(chan struct{})}
}

// Submit returns when the batch is committed, or was refused as a whole. A full waiting room is an error of code Unavailable: the caller
// must not acknowledge, so that the platform delivers again.
func (g *Ingester) Submit(ctx context.Context, b Batch) (Outcome, error) {
	s := &submission{batch: b, done: make(chan struct{})}
	select {
	case g.waiting <- s:
	case <-g.stopped:
		return Outcome{}, overloaded("stopping")
	default:
		return Outcome{}, overloaded("waiting room is full")
	}
	select {
	case <-s.done:
		return s.outcome, s.err
	case <-ctx.Done():
		return Outcome{}, ctx.Err() // it may still be committed: the next delivery will find it known
	}
}

func overloaded(why string) error {
	return &Error{Code: Unavailable, ZH: "系统繁忙，消息未入库，请稍后重新推送", EN: "too busy to store this now: please deliver it again",
		Cause: errors.New(why)}
}

// Run stores what is submitted until ctx ends, then what is still waiting, then returns.
func (g *Ingester) Run(ctx context.Context) {
	for {
		select {
		case first := <-g.waiting:
			g.write(context.WithoutCancel(ctx), g.gather(first))
		case <-ctx.Done():
			g.close(context.WithoutCancel(ctx))
			return
		}
	}
}

func (g *Ingester) close(ctx context.Context) {
	g.stop.Do(func() { close(g.stopped) })
	for {
		select {
		case first := <-g.waiting:
			g.write(ctx, g.gather(first))
		default:
			return
		}
	}
}

// gather takes what is waiting, up to a group; a batch is never split.
func (g *Ingester) gather(first *submission) []*submission {
	group, events := []*submission{first}, first.batch.size()
	for events < groupSize {
		select {
		case s := <-g.waiting:
			group, events = append(group, s), events+s.batch.size()
		default:
			return group
		}
	}
	return group
}

// write commits a group. If that fails, each batch is tried alone: one that cannot be stored must not keep out the others.
func (g *Ingester) write(ctx context.Context, group []*submission) {
	err := g.commit(ctx, group)
	if err != nil && len(group) > 1 {
		for _, s := range group {
			g.answer([]*submission{s}, g.commit(ctx, []*submission{s}))
		}
		return
	}
	g.answer(group, err)
}

func (g *Ingester) answer(group []*submission, err error) {
	for _, s := range group {
		s.err = err
		close(s.done)
	}
}

func (g *Ingester) commit(ctx context.Context, group []*submission) error {
	ctx, cancel := context.WithTimeout(ctx, ingestWithin)
	defer cancel()
	batches := make([]Batch, len(group))
	for i, s := range group {
		batches[i] = s.batch
	}
	faults.Point("ingest.gathered")
	committed, err := g.store.Ingest(ctx, batches)
	if err != nil {
		slog.ErrorContext(ctx, "ingest failed", "batches", len(batches), "err", err)
		return &Error{Code: Unavailable, ZH: "暂时无法入库，请稍后重新推送", EN: "this cannot be stored now: please deliver it again", Cause: err}
	}
	faults.Point("ingest.committed")
	for i, s := range group {
		s.outcome = committed.Outcomes[i]
	}
	g.announce(committed)
	faults.Point("ingest.announced")
	return nil
}

// announce wakes the browsers and hints at the work to come; only what is committed is announced.
func (g *Ingester) announce(c Committed) {
	g.publisher.Publish(c.Workspaces...)
	for workspace, messages := range c.Triage {
		g.queue.Triage(workspace, messages)
	}
	for workspace, media := range c.Media {
		for _, id := range media {
			g.queue.FetchMedia(workspace, id)
		}
	}
	for workspace, contacts := range c.Profiles {
		g.queue.ReadProfiles(workspace, contacts)
	}
}
