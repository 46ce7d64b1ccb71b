package inbox

import (
	"context"
	"fmt"
	"time"
)

// DeadLetter is a push or an item that could not be read, kept whole.
type DeadLetter struct {
	ID          DeadLetterID
	WorkspaceID WorkspaceID
	AccountID   AccountID
	Source      string // OriginWebhook, or the name of the polled source
	Reason      string // of the last reading
	Raw         []byte
	CreatedAt   time.Time
	ReplayedAt  time.Time // it was read after all
}

// Rereader reads an item of a polled source again, after the reason why it could not be read is gone. nil: it concerns no fan.
type Rereader interface {
	Reread(account Account, source SourceName, raw []byte) (*Inbound, error)
}

type deadLetterStore interface {
	DeadLetter(ctx context.Context, viewer Agent, id DeadLetterID) (DeadLetter, Account, error)
	SettleDeadLetter(ctx context.Context, l DeadLetter) error
}

// DeadLetters reads again what could not be read.
type DeadLetters struct {
	store      deadLetterStore
	connectors Connectors
	ingester   *Ingester
	publisher  Publisher
	now        func() time.Time
}

// NewDeadLetters makes the service.
func NewDeadLetters(store deadLetterStore, connectors Connectors, ingester *Ingester, publisher Publisher, now func() time.Time) *DeadLetters {
	return &DeadLetters{store: store, connectors: connectors, ingester: ingester, publisher: publisher, now: now}
}

// Replay reads a letter again. Read: its messages are stored, once, as if they had just arrived. Not read: it stays, with the new reason.
func (d *DeadLetters) Replay(ctx context.Context, viewer Agent, id DeadLetterID) error {
	letter, account, err := d.store.DeadLetter(ctx, viewer, id)
	if err != nil || !letter.ReplayedAt.IsZero() {
		return err
	}
	items, err := d.read(ctx, account, letter)
	if err != nil {
		letter.Reason = err.Error()
		if err := d.store.SettleDeadLetter(ctx, letter); err != nil {
			return err
		}
		return &Error{Code: Invalid, ZH: "仍然无法解析，已保留原文。请升级到支持该类型的版本后再试", EN: "it still cannot be read and stays as it is: try again after an update that knows its kind", Cause: err}
	}
	if _, err := d.ingester.Submit(ctx, Batch{Account: account, Origin: letter.Source, Items: items}); err != nil {
		return err
	}
	letter.ReplayedAt = d.now()
	err = d.store.SettleDeadLetter(ctx, letter)
	d.publisher.Publish(viewer.WorkspaceID)
	return err
}

func (d *DeadLetters) read(ctx context.Context, account Account, l DeadLetter) ([]Inbound, error) {
	connector, err := d.connectors.Connector(account.Platform)
	if err != nil {
		return nil, err
	}
	if l.Source == OriginWebhook {
		return connector.Parse(ctx, account, Push{Body: l.Raw})
	}
	rereader, ok := connector.(Rereader)
	if !ok {
		return nil, fmt.Errorf("%s cannot read single items again", account.Platform)
	}
	item, err := rereader.Reread(account, SourceName(l.Source), l.Raw)
	if err != nil || item == nil {
		return nil, err
	}
	return []Inbound{*item}, nil
}
