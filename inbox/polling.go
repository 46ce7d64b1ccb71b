package inbox

import (
	"context"
	"errors"
	"log/slog"
	"time"
)

type pollStore interface {
	ClaimSource(ctx context.Context, w WorkspaceID, id AccountID, name SourceName, holder string, lease time.Duration) (SourceState, Account, bool, error)
	FailSource(ctx context.Context, state SourceState, next time.Time, problem Sentence) error
	RefuseAccount(ctx context.Context, a Account, r *Refusal) error
}

// Polling reads what platforms do not push.
type Polling struct {
	store      pollStore
	connectors Connectors
	ingester   *Ingester
	publisher  Publisher
	settings   PollSettings
	holder     string
	now        func() time.Time
}

// NewPolling makes the service; holder names this process in leases.
func NewPolling(store pollStore, connectors Connectors, ingester *Ingester, publisher Publisher, settings PollSettings, holder string, now func() time.Time) *Polling {
	return &Polling{store: store, connectors: connectors, ingester: ingester, publisher: publisher, settings: settings, holder: holder, now: now}
}

const (
	pollLease    = 20 * time.Second // one call and its commit: a dead process blocks a source no longer than this
	pagesAtOnce  = 20               // a run ends after so many pages; the cursor remembers where to go on
	betweenPages = time.Second      // a long catch-up leaves calls for others
)

// Poll reads a source that is due until it is complete. Each page is committed with its cursor: a crash between two pages loses nothing.
func (p *Polling) Poll(ctx context.Context, w WorkspaceID, id AccountID, name SourceName) error {
	state, account, ok, err := p.store.ClaimSource(ctx, w, id, name, p.holder, pollLease)
	if err != nil || !ok {
		return err
	}
	c, err := p.connectors.Connector(account.Platform)
	if err != nil {
		return err
	}
	poller, ok := c.(Poller)
	if !ok {
		return nil
	}
	r := &reading{account: account, state: state, poller: poller}
	for range pagesAtOnce {
		complete, err := p.page(ctx, r)
		if err != nil {
			return p.fail(ctx, r.state, account, err)
		}
		if complete {
			break
		}
	}
	return nil
}

// reading is one run through the pages of a source.
type reading struct {
	account Account
	state   SourceState
	poller  Poller
	found   int // new items on the pages so far
}

// page makes one call and stores what it brought.
func (p *Polling) page(ctx context.Context, r *reading) (complete bool, err error) {
	asked := p.now()
	page, err := r.poller.Poll(ctx, r.account, r.state.Name, r.state.Cursor)
	if err != nil {
		return false, err
	}
	move := p.move(r, page, asked)
	outcome, err := p.ingester.Submit(ctx, Batch{Account: r.account, Origin: string(r.state.Name), Items: page.Items, Rejects: page.Rejects,
		Imported: page.Imported, Move: move})
	r.state.Cursor, r.state.Version, r.found = page.Next, r.state.Version+1, r.found+outcome.New
	if move.Lesson.Since > 0 {
		r.state.Pace = move.Lesson.Learned(outcome.New)
	}
	return page.Complete, err
}

func (p *Polling) move(r *reading, page Page, asked time.Time) *CursorMove {
	next := p.now().Add(p.settings.Every)
	if !page.Complete {
		next = p.now().Add(min(betweenPages, p.settings.Every))
	}
	return &CursorMove{Source: r.state.Name, Version: r.state.Version, Next: page.Next, Complete: page.Complete, Imported: page.Imported && page.Complete,
		AskedAt: asked, NextPoll: next, Withheld: page.Withheld, Gap: page.Gap, Lesson: r.lesson(page, asked)}
}

// lesson is learned once a reading is complete; of the import, from each page.
func (r *reading) lesson(page Page, asked time.Time) Lesson {
	switch {
	case page.Imported:
		return Lesson{Before: r.state.Pace, Since: stretch(page.Items), Imported: true}
	case page.Complete && !r.state.LastOKAt.IsZero():
		return Lesson{Before: r.state.Pace, Found: r.found, Since: asked.Sub(r.state.LastOKAt)}
	default:
		return Lesson{}
	}
}

// stretch is the time from the oldest item to the newest.
func stretch(items []Inbound) time.Duration {
	if len(items) == 0 {
		return 0
	}
	oldest, newest := items[0].At, items[0].At
	for _, item := range items {
		if item.At.Before(oldest) {
			oldest = item.At
		}
		if item.At.After(newest) {
			newest = item.At
		}
	}
	return newest.Sub(oldest)
}

// fail writes down why, and when to try again. A dead token stops the account; a limit waits for its reset.
func (p *Polling) fail(ctx context.Context, state SourceState, account Account, cause error) error {
	ctx = context.WithoutCancel(ctx)
	problem := Sentence{"暂时读取失败，稍后自动重试", "reading failed for now; it will be tried again"}
	var e *Error
	if r := RefusalOf(cause); r != nil {
		problem = Sentence{r.ZH, r.EN}
	} else if errors.As(cause, &e) {
		problem = Sentence{e.ZH, e.EN}
	}
	slog.InfoContext(ctx, "poll failed", "account", account.ID, "source", state.Name, "failures", state.Failures+1, "err", cause)
	noteRefusal(ctx, p.store, account, cause)
	state.Failures++
	err := p.store.FailSource(ctx, state, state.restAfter(cause, p.now(), p.settings), problem)
	p.publisher.Publish(account.WorkspaceID)
	return err
}
