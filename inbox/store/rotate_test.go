package store_test

import (
	"testing"

	"weibox/inbox"
	"weibox/inbox/store"
	"weibox/inbox/store/storetest"
)

func TestAnOldMasterKeyIsNeededUntilKeysAreRotated(t *testing.T) {
	storetest.Each(t, func(t *testing.T, h *storetest.House) {
		fresh := store.NewKeyRing()
		both := h.TwinWithKeys(inbox.Secret(fresh.Reveal() + "," + h.Keys.Reveal()))
		if err := h.TwinWithKeys(fresh).CheckKeys(t.Context()); err == nil {
			t.Fatal("a ring without the key in use was accepted")
		}
		for want := 1; want >= 0; want-- { // the second time there is nothing left to do
			if n, err := both.System().RewrapKeys(t.Context()); err != nil || n != want {
				t.Fatalf("%d keys rewrapped, want %d: %v", n, want, err)
			}
		}
		account, err := h.TwinWithKeys(fresh).Account(t.Context(), h.Owner, h.Bound.ID)
		if err != nil || account.Token.Access.Reveal() != h.Bound.Token.Access.Reveal() {
			t.Fatalf("the token does not open with the new key alone: %v", err)
		}
	})
}
