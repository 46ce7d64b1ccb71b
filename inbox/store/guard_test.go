package store_test

import (
	"reflect"
	"slices"
	"strings"
	"testing"

	"weibox/inbox/store"
	"weibox/inbox/store/storetest"
)

func TestAStatementWithoutItsWorkspaceIsRefusedBeforeItRuns(t *testing.T) {
	storetest.Each(t, func(t *testing.T, h *storetest.House) {
		h.Receive(h.DM("1", "h:1", "在吗"))
		var n int64
		for what, run := range map[string]func(tx *store.Tx) error{
			"a query":         func(tx *store.Tx) error { return tx.Raw("SELECT COUNT(*) FROM messages").Scan(&n).Error },
			"a query by gorm": func(tx *store.Tx) error { return tx.Table("messages").Count(&n).Error },
			"an update":       func(tx *store.Tx) error { return tx.Exec("UPDATE conversations SET state = 'resolved'").Error },
			"a deletion":      func(tx *store.Tx) error { return tx.Exec("DELETE FROM messages WHERE id > 0").Error },
			"a join": func(tx *store.Tx) error {
				return tx.Raw("SELECT COUNT(*) FROM users JOIN agents ON user_id = users.id").Scan(&n).Error
			},
			"an insertion":      func(tx *store.Tx) error { return tx.Exec("INSERT INTO tags (name, color) VALUES ('a', 'b')").Error },
			"a quoted table":    func(tx *store.Tx) error { return tx.Raw("SELECT COUNT(*) FROM `messages`").Scan(&n).Error },
			"an upper-case one": func(tx *store.Tx) error { return tx.Raw("select count(*) FROM MESSAGES").Scan(&n).Error },
			"one over lines":    func(tx *store.Tx) error { return tx.Raw("SELECT COUNT(*)\nFROM\n\tmessages").Scan(&n).Error },
		} {
			err := h.RunTx(t.Context(), run)
			if err == nil || !strings.Contains(err.Error(), "workspace_id") {
				t.Errorf("%s was let through: %v", what, err)
			}
		}
		if n := h.Count("SELECT COUNT(*) FROM messages"); n != 1 {
			t.Error("a refused statement ran")
		}
		must(t, h.RunTx(t.Context(), func(tx *store.Tx) error {
			return tx.Raw("SELECT COUNT(*) FROM messages WHERE workspace_id = ?", h.Workspace).Scan(&n).Error
		}))
	})
}

// Work across workspaces goes around the guard; this is all of it.
func TestTheWaysAroundTheGuardAreTheseAlone(t *testing.T) {
	allowed := []string{"ActiveAccounts", "Backlog", "ChecksDue", "DeadLetters", "DropLease", "ForgetChanges", "ForgetSignIns", "ForgetStates", "LostReplies", "MarkPlanned", "MediaDue", "Problems", "RepliesDue", "RewrapKeys",
		"SourcesToPlan", "TakeLease", "Untriaged"}
	var found []string
	for m := range reflect.TypeFor[*store.System]().Methods() {
		found = append(found, m.Name)
	}
	if !slices.Equal(found, allowed) {
		t.Errorf("System has %q", found)
	}
}
