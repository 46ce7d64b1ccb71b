package store_test

import (
	"fmt"
	"testing"
	"time"

	"weibox/inbox"
	"weibox/inbox/store/storetest"
)

func TestTheListCanBeSortedByTheWindowThatClosesSoonest(t *testing.T) {
	storetest.Each(t, func(t *testing.T, h *storetest.House) {
		write := func(fan string, window time.Duration) {
			m := inbox.Inbound{Object: inbox.ObjectDM, Kind: inbox.KindDM, ExternalID: inbox.ExternalID("h:" + fan), Direction: inbox.In, Place: inbox.PlaceDM, Type: "text",
				Text: "在吗", At: h.Now(), Contact: inbox.ContactSighting{ExternalID: inbox.ExternalID(fan), Name: fan}, Window: inbox.WindowMove{For: window, Allowance: 99}}
			if _, err := h.Ingest(t.Context(), []inbox.Batch{{Account: h.Bound, Origin: inbox.OriginWebhook, Items: []inbox.Inbound{m}}}); err != nil {
				t.Fatal(err)
			}
		}
		for i, window := range []time.Duration{30 * time.Hour, time.Hour, 48 * time.Hour, 2 * time.Hour, 10 * time.Minute} {
			write(fmt.Sprint("fan", i), window)
		}
		h.Forward(15 * time.Minute) // the last window is over by now
		few := h.Lin
		few.AllAccounts, few.AccountIDs = false, []inbox.AccountID{h.Bound.ID}
		for _, viewer := range []inbox.Agent{h.Owner, few} {
			var names []string
			f := inbox.ConversationFilter{State: inbox.Open, Closing: true, Limit: 2}
			for {
				page, err := h.Conversations(t.Context(), viewer, f)
				if err != nil {
					t.Fatal(err)
				}
				for _, c := range page {
					names = append(names, c.Contact.Name)
				}
				if len(page) < f.Limit {
					break
				}
				last := page[len(page)-1]
				f.Before = inbox.ListPlace{At: last.WindowUntil, ID: last.ID}
			}
			if got, want := fmt.Sprint(names), "[fan1 fan3 fan0 fan2]"; got != want {
				t.Errorf("%s, want %s", got, want)
			}
		}
	})
}
