package store_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"weibox/inbox"
	"weibox/inbox/store"
	"weibox/inbox/store/storetest"
)

// A reader that goes by numbers while others commit must miss nothing: numbers have no holes and appear in their order.
func TestChangesAppearInTheOrderOfTheirNumbersWhileManyCommit(t *testing.T) {
	storetest.Each(t, func(t *testing.T, h *storetest.House) {
		processes, writing := []*store.Store{h.Store, h.Twin()}, make(chan struct{})
		from, err := h.Seq(t.Context(), h.Owner)
		must(t, err)
		read := make(chan error, 1)
		go func() { read <- readAlong(h, from, writing) }()
		together(t, 8, func(i int) error {
			for n := range 5 {
				dm := h.DM(fmt.Sprint(i), fmt.Sprintf("h:%d:%d", i, n), "在吗")
				if _, err := processes[i%2].Ingest(context.Background(), []inbox.Batch{h.Pushed(dm)}); err != nil {
					return err
				}
			}
			return nil
		})
		close(writing)
		must(t, <-read)
		last, err := h.Seq(t.Context(), h.Owner)
		must(t, err)
		if n := h.Count("SELECT COUNT(*) FROM changes WHERE workspace_id = ? AND seq > ? AND seq <= ?", h.Workspace, from, last); int64(n) != last-from {
			t.Errorf("%d changes have %d numbers", n, last-from)
		}
	})
}

// readAlong follows the changes until nobody writes any more and all have been read.
func readAlong(h *storetest.House, seq int64, writing chan struct{}) error {
	for {
		quiet := false
		select {
		case <-writing:
			quiet = true
		default:
		}
		changes, err := h.ChangesAfter(context.Background(), h.Owner, seq, 7)
		if err != nil {
			return err
		}
		for _, c := range changes {
			if c.Seq != seq+1 {
				return fmt.Errorf("after %d came %d", seq, c.Seq)
			}
			seq = c.Seq
		}
		if newest, err := h.Seq(context.Background(), h.Owner); quiet && (err != nil || newest == seq) {
			return err
		}
	}
}

func TestAViewerHearsOfHisAccountsAloneAndStillGoesOnBehindTheOthers(t *testing.T) {
	storetest.Each(t, func(t *testing.T, h *storetest.House) {
		second := h.Bind(h.Owner, "1900000009")
		lin := h.Change(h.Lin, func(a *inbox.Agent) { a.AllAccounts, a.AccountIDs = false, []inbox.AccountID{second.ID} })
		from, err := h.Seq(t.Context(), lin)
		must(t, err)
		h.Receive(h.DM("1", "h:1", "在吗")) // on an account that Lin does not see
		changes, err := h.ChangesAfter(t.Context(), lin, from, 100)
		must(t, err)
		newest, err := h.Seq(t.Context(), lin)
		must(t, err)
		if len(changes) != 1 || changes[0].Seq != newest || changes[0].Kind != "" || changes[0].ID != 0 {
			t.Errorf("Lin heard %+v", changes)
		}
		dm := h.DM("1", "h:1", "在吗")
		h.Arrive(inbox.Batch{Account: second, Origin: inbox.OriginWebhook, Items: []inbox.Inbound{dm}})
		changes, err = h.ChangesAfter(t.Context(), lin, newest, 100)
		must(t, err)
		kinds := map[inbox.ChangeKind]bool{}
		for _, c := range changes {
			kinds[c.Kind] = true
		}
		if !kinds[inbox.ConversationChanged] || !kinds[inbox.MessagesChanged] {
			t.Errorf("of his own account he heard %+v", changes)
		}
	})
}

func TestChangesThatAreNoLongerKeptAreSaidToBeTooOld(t *testing.T) {
	storetest.Each(t, func(t *testing.T, h *storetest.House) {
		ctx := t.Context()
		from, err := h.Seq(ctx, h.Owner)
		must(t, err)
		h.Receive(h.DM("1", "h:1", "在吗"))
		h.Forward(25 * time.Hour)
		must(t, h.System().ForgetChanges(ctx, h.Now().Add(-24*time.Hour)))
		if _, err := h.ChangesAfter(ctx, h.Owner, from, 10); !errors.Is(err, inbox.ErrTooOld) {
			t.Errorf("after all were forgotten: %v", err)
		}
		h.Receive(h.DM("1", "h:2", "还在吗"))
		if _, err := h.ChangesAfter(ctx, h.Owner, from, 10); !errors.Is(err, inbox.ErrTooOld) {
			t.Errorf("with a hole before the next: %v", err)
		}
		newest, err := h.Seq(ctx, h.Owner)
		must(t, err)
		if changes, err := h.ChangesAfter(ctx, h.Owner, newest, 10); err != nil || len(changes) != 0 {
			t.Errorf("at the newest: %v, %v", changes, err)
		}
		if _, err := h.ChangesAfter(ctx, h.Owner, newest+50, 10); !errors.Is(err, inbox.ErrTooOld) {
			t.Errorf("a number from another life of the database: %v", err)
		}
	})
}

func TestATransactionThatFailsTakesNoNumber(t *testing.T) {
	storetest.Each(t, func(t *testing.T, h *storetest.House) {
		before, err := h.Seq(t.Context(), h.Owner)
		must(t, err)
		stop := errors.New("stop")
		err = h.RunTx(t.Context(), func(tx *store.Tx) error {
			tx.Change(h.Workspace, inbox.TagChanged, 1, 0)
			return stop
		})
		if !errors.Is(err, stop) {
			t.Fatal(err)
		}
		if after, _ := h.Seq(t.Context(), h.Owner); after != before {
			t.Errorf("the number went from %d to %d", before, after)
		}
	})
}
