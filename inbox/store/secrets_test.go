package store_test

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"weibox/inbox"
	"weibox/inbox/store"
	"weibox/inbox/store/storetest"
)

func TestATokenIsReadableOnlyThroughTheStore(t *testing.T) {
	storetest.Each(t, func(t *testing.T, h *storetest.House) {
		a, err := h.Account(t.Context(), h.Owner, h.Bound.ID)
		if err != nil || a.Token.Access.Reveal() != storetest.Canary.Reveal() || len(a.Token.Scopes) != 1 {
			t.Fatalf("the token came back as %q, %v", a.Token.Access.Reveal(), err)
		}
		if list, _ := h.Accounts(t.Context(), h.Owner); list[0].Token.Access != "" {
			t.Error("a list of accounts carries tokens")
		}
		if h.Engine != store.SQLite {
			return
		}
		files, _ := filepath.Glob(filepath.Join(h.Config.Folder, "*"))
		for _, file := range files {
			content, err := os.ReadFile(file)
			must(t, err)
			if bytes.Contains(content, []byte(storetest.Canary.Reveal())) {
				t.Errorf("the token stands readable in %s", filepath.Base(file))
			}
		}
	})
}

func TestASealedTokenThatWasChangedOrMovedIsRefused(t *testing.T) {
	storetest.Each(t, func(t *testing.T, h *storetest.House) {
		other, stranger := h.Bind(h.Owner, "1900000009"), h.Found("晴野", "1900000002")
		sealed := h.Strings("SELECT sealed_token FROM accounts WHERE id = ?", h.Bound.ID)[0]
		put := func(id inbox.AccountID, value string) {
			h.Exec("UPDATE accounts SET sealed_token = ? WHERE id = ?", []byte(value), id)
		}
		refused := func(what string, w inbox.WorkspaceID, id inbox.AccountID) {
			t.Helper()
			a, err := h.WorkingAccount(t.Context(), w, id)
			if err == nil || a.Token.Access != "" || strings.Contains(err.Error(), storetest.Canary.Reveal()) {
				t.Errorf("%s was opened: %v", what, err)
			}
		}
		for i := range len(sealed) {
			flipped := []byte(sealed)
			flipped[i] ^= 1
			if i == 3 || i == 4 { // which key sealed it: a workspace has one
				continue
			}
			put(h.Bound.ID, string(flipped))
			refused("a token with a flipped bit", h.Workspace, h.Bound.ID)
		}
		put(h.Bound.ID, sealed[:len(sealed)-1])
		refused("a shortened token", h.Workspace, h.Bound.ID)
		put(other.ID, sealed)
		refused("a token in another row", h.Workspace, other.ID)
		put(stranger.Bound.ID, sealed)
		refused("a token in another workspace", stranger.Workspace, stranger.Bound.ID)
		put(h.Bound.ID, sealed)
		if _, err := h.WorkingAccount(t.Context(), h.Workspace, h.Bound.ID); err != nil {
			t.Errorf("the untouched token: %v", err)
		}
	})
}

func TestKeysMayBeRotatedButNotForgotten(t *testing.T) {
	storetest.Each(t, func(t *testing.T, h *storetest.House) {
		fresh := store.NewKeyRing()
		old, _, _ := strings.Cut(h.Keys.Reveal(), ":")
		rotated := h.TwinWithKeys(fresh + "," + h.Keys)
		if a, err := rotated.WorkingAccount(t.Context(), h.Workspace, h.Bound.ID); err != nil || a.Token.Access.Reveal() != storetest.Canary.Reveal() {
			t.Errorf("with a newer key in front: %v", err)
		}
		if _, err := h.TwinWithKeys(fresh).WorkingAccount(t.Context(), h.Workspace, h.Bound.ID); err == nil || !strings.Contains(err.Error(), old) {
			t.Errorf("without the old key: %v", err)
		}
		_, freshKey, _ := strings.Cut(fresh.Reveal(), ":")
		same := inbox.Secret(old + ":" + freshKey)
		if _, err := h.TwinWithKeys(same).WorkingAccount(t.Context(), h.Workspace, h.Bound.ID); err == nil {
			t.Error("another key of the same name opened the token")
		}
	})
}

func TestAKeyRingThatCannotWorkIsRefusedWithoutShowingIt(t *testing.T) {
	for _, ring := range []string{"", "k1", "k1:short", "k1:c2hvcnQ=", ":" + strings.Repeat("A", 44), "a|b:" + strings.Repeat("A", 43) + "=", "k1:" + strings.Repeat("A", 43) + "=,secretsecret"} {
		_, err := store.NewSealer(inbox.Secret(ring))
		if err == nil {
			t.Errorf("%q was taken", ring)
		} else if strings.Contains(err.Error(), "secretsecret") || strings.Contains(err.Error(), "AAAA") {
			t.Errorf("the error shows the key: %v", err)
		}
	}
}
