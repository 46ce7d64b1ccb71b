package store_test

import (
	"testing"

	"weibox/inbox/store/storetest"
)

func TestASecondSightingOfAMessageChangesNothing(t *testing.T) {
	storetest.Each(t, func(t *testing.T, h *storetest.House) {
		dm := h.DM("1", "h:a", "在吗")
		h.Receive(dm)
		before := h.Only()
		if got := h.Receive(dm, dm); got.New != 0 || got.Known != 2 {
			t.Errorf("the second delivery brought %+v", got)
		}
		if after := h.Only(); after.InboundCount != 1 || after.Version != before.Version || after.Unread != 1 {
			t.Errorf("the conversation changed from %+v to %+v", before, after)
		}
	})
}
