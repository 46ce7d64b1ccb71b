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
	every      time.Duration // the usual pace; a tight quota makes it slower
	holder     string
	now        func() time.Time
}

// NewPolling makes the service; holder names this process in leases.
func NewPolling(store pollStore, connectors Connectors, ingester *Ingester, publisher Publisher, every time.Duration, holder string, now func() time.Time) *Polling {
	return &Polling{store: store, connectors: connectors, ingester: ingester, publisher: publisher, every: every, holder: holder, now: now}
}

const (
	pollLease    = time.Minute // longer than one run: a dead process blocks a source no longer than this
	pagesAtOnce  = 20          // a run ends after so many pages; the cursor remembers where to go on
	betweenPages = time.Second // a long catch-up leaves calls for others
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
	for range pagesAtOnce {
		complete, err := p.page(ctx, poller, account, &state)
		if err != nil {
			return p.fail(ctx, state, account, err)
		}
		if complete {
			break
		}
	}
	return nil
}

// page makes one call and stores what it brought.
func (p *Polling) page(ctx context.Context, poller Poller, account Account, state *SourceState) (complete bool, err error) {
	page, err := poller.Poll(ctx, account, state.Name, state.Cursor)
	if err != nil {
		return false, err
	}
	pace := p.pace(poller, account, state.Name)
	next := p.now().Add(pace)
	if !page.Complete {
		next = p.now().Add(min(betweenPages, pace))
	}
	_, err = p.ingester.Submit(ctx, Batch{Account: account, Origin: string(state.Name), Items: page.Items, Rejects: page.Rejects, Imported: page.Imported,
		Move: &CursorMove{Source: state.Name, Version: state.Version, Next: page.Next, Complete: page.Complete, Imported: page.Imported && page.Complete,
			NextPoll: next, Withheld: page.Withheld, Gap: page.Gap}})
	state.Cursor, state.Version = page.Next, state.Version+1
	return page.Complete, err
}

func (p *Polling) pace(poller Poller, account Account, source SourceName) time.Duration {
	metered, ok := poller.(Metered)
	if !ok {
		return p.every
	}
	return paceOf(p.every, metered.PollQuotas(account, source), len(poller.Sources()))
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
	err := p.store.FailSource(ctx, state, state.nextPoll(p.now(), p.every, cause), problem)
	p.publisher.Publish(account.WorkspaceID)
	return err
}
