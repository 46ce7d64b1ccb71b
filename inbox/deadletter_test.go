package inbox_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"weibox/inbox"
	"weibox/inbox/store/storetest"
)

// mended is a connector that could not read a push until an update.
type mended struct {
	inbox.Connector
	reads bool
}

func (m *mended) Parse(_ context.Context, _ inbox.Account, push inbox.Push) ([]inbox.Inbound, error) {
	if !m.reads {
		return nil, errors.New("no such type yet")
	}
	return []inbox.Inbound{{Object: inbox.ObjectDM, Kind: inbox.KindDM, ExternalID: "h:1", Direction: inbox.In, Place: inbox.PlaceDM, Type: "text", Text: string(push.Body),
		At: time.Date(2026, 3, 2, 8, 0, 0, 0, time.UTC), Contact: inbox.ContactSighting{ExternalID: "26", Name: "小雨"}}}, nil
}

type noHints struct{ inbox.Queue }

func (noHints) Triage(inbox.WorkspaceID, []inbox.MessageID)       {}
func (noHints) ReadProfiles(inbox.WorkspaceID, []inbox.ContactID) {}
func (noHints) Publish(...inbox.WorkspaceID)                      {}

func TestWhatCouldNotBeReadIsStoredOnceItCanBe(t *testing.T) {
	storetest.Each(t, func(t *testing.T, h *storetest.House) {
		platform := &mended{}
		ingester := inbox.NewIngester(h.Store, noHints{}, noHints{})
		ctx, stop := context.WithCancel(t.Context())
		var writer sync.WaitGroup
		writer.Go(func() { ingester.Run(ctx) })
		defer writer.Wait()
		defer stop()
		letters := inbox.NewDeadLetters(h.Store, inbox.Connectors{h.Bound.Platform: platform}, ingester, noHints{}, h.Now)
		unread := inbox.Batch{Account: h.Bound, Origin: inbox.OriginWebhook, Rejects: []inbox.Reject{{Raw: []byte("在吗"), Err: errors.New("first")}}}
		if _, err := ingester.Submit(t.Context(), unread); err != nil {
			t.Fatal(err)
		}
		kept, err := h.DeadLetters(t.Context(), h.Owner, 10)
		if err != nil || len(kept) != 1 {
			t.Fatalf("kept %v, %v", kept, err)
		}

		if err := letters.Replay(t.Context(), h.Owner, kept[0].ID); inbox.CodeOf(err) != inbox.Invalid {
			t.Errorf("replayed before the update: %v", err)
		}
		if kept, _ = h.DeadLetters(t.Context(), h.Owner, 10); len(kept) != 1 || kept[0].Reason != "no such type yet" || string(kept[0].Raw) != "在吗" {
			t.Errorf("a failed replay left %+v", kept)
		}

		platform.reads = true
		for range 2 { // the second one finds nothing left to do
			if err := letters.Replay(t.Context(), h.Owner, kept[0].ID); err != nil {
				t.Fatal(err)
			}
		}
		if n, _ := h.DeadLetterCount(t.Context(), h.Owner); n != 0 {
			t.Errorf("%d are still unread", n)
		}
		if c := h.Only(); c.Snippet != "在吗" || c.InboundCount != 1 {
			t.Errorf("it became %+v", c)
		}
	})
}
