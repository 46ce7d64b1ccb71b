package inbox

import (
	"bytes"
	"context"
	"encoding/json"
	"log/slog"
	"sync"
	"time"

	"weibox/inbox/faults"
)

type hookStore interface {
	HookAccount(ctx context.Context, platform Platform, key string) (Account, error)
	MarkVerified(ctx context.Context, a Account) error
	HurrySources(ctx context.Context, w WorkspaceID, id AccountID) error
}

// Intake takes what platforms push.
type Intake struct {
	store      hookStore
	connectors Connectors
	ingester   *Ingester
	queue      Queue
	shape      func(body []byte) error
	now        func() time.Time
	accounts   sync.Map // "platform/key" -> hookAccount
}

// NewIntake makes the service. shape refuses JSON that costs more than it can be worth: too deep, too long, the same key twice.
func NewIntake(store hookStore, connectors Connectors, ingester *Ingester, queue Queue, shape func(body []byte) error, now func() time.Time) *Intake {
	return &Intake{store: store, connectors: connectors, ingester: ingester, queue: queue, shape: shape, now: now}
}

// VerifyHook answers a platform's question whether the address is ours.
func (i *Intake) VerifyHook(ctx context.Context, platform Platform, key string, push Push) ([]byte, error) {
	account, verifier, _, err := i.guard(ctx, platform, key)
	if err != nil {
		return nil, err
	}
	answer, err := verifier.Verify(account, push, i.now())
	if err != nil {
		return nil, err
	}
	if err := i.store.MarkVerified(ctx, account); err != nil {
		return nil, err
	}
	i.queue.Check(account.WorkspaceID, account.ID)
	return answer, nil
}

// ReceiveHook returns nil only after the push is committed: read, or, if it cannot be read, whole as a dead letter.
func (i *Intake) ReceiveHook(ctx context.Context, platform Platform, key string, push Push) error {
	account, verifier, connector, err := i.guard(ctx, platform, key)
	if err != nil {
		return err
	}
	if _, err := verifier.Verify(account, push, i.now()); err != nil {
		return err
	}
	batch := Batch{Account: account, Origin: OriginWebhook}
	if batch.Items, err = i.read(ctx, connector, account, push); err != nil {
		slog.WarnContext(ctx, "push kept as a dead letter", "account", account.ID, "err", err)
		batch.Items, batch.Rejects = nil, []Reject{{Raw: json.RawMessage(push.Body), Err: err}}
	}
	faults.Point("push.parsed")
	if _, err := i.ingester.Submit(ctx, batch); err != nil {
		return err
	}
	if account.LastPushAt.IsZero() { // the first one proves that private messages arrive
		i.queue.Check(account.WorkspaceID, account.ID)
	}
	return i.fetchAnnounced(ctx, batch)
}

func (i *Intake) read(ctx context.Context, connector Connector, account Account, push Push) ([]Inbound, error) {
	if bytes.HasPrefix(bytes.TrimSpace(push.Body), []byte("{")) {
		if err := i.shape(push.Body); err != nil {
			return nil, err
		}
	}
	return connector.Parse(ctx, account, push)
}

// fetchAnnounced: some pushes only announce an item; the lists that hold it are read at once.
func (i *Intake) fetchAnnounced(ctx context.Context, b Batch) error {
	for _, item := range b.Items {
		if item.Place.Provisional() {
			return i.store.HurrySources(ctx, b.Account.WorkspaceID, b.Account.ID)
		}
	}
	return nil
}

func (i *Intake) guard(ctx context.Context, platform Platform, key string) (Account, Verifier, Connector, error) {
	unknown := Missing("推送地址", "webhook address")
	connector, ok := i.connectors[platform]
	if !ok {
		return Account{}, nil, nil, unknown
	}
	verifier, ok := connector.(Verifier)
	if !ok {
		return Account{}, nil, nil, unknown
	}
	account, err := i.account(ctx, platform, key)
	return account, verifier, connector, err
}

// hookAccount is an account as it was a moment ago: a busy webhook must not ask the database for it at every push.
type hookAccount struct {
	account Account
	readAt  time.Time
}

const hookAccountLife = 5 * time.Second

func (i *Intake) account(ctx context.Context, platform Platform, key string) (Account, error) {
	address := string(platform) + "/" + key
	if known, ok := i.accounts.Load(address); ok && i.now().Sub(known.(hookAccount).readAt) < hookAccountLife {
		return known.(hookAccount).account, nil
	}
	account, err := i.store.HookAccount(ctx, platform, key)
	if err != nil { // an unknown key is not kept: anybody can make up keys
		i.accounts.Delete(address)
		return Account{}, err
	}
	i.accounts.Store(address, hookAccount{account: account, readAt: i.now()})
	return account, nil
}
