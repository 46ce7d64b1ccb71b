package storetest

import (
	"testing"

	"weibox/inbox/store"
)

// Bench runs a benchmark once on each engine there is.
func Bench(b *testing.B, bench func(b *testing.B, h *House)) {
	b.Helper()
	b.Run("sqlite", func(b *testing.B) { bench(b, open(b, store.Config{Engine: store.SQLite, Folder: b.TempDir()})) })
	if HasServer() {
		b.Run("mysql", func(b *testing.B) {
			bench(b, open(b, store.Config{Engine: store.MySQL, DSN: shared.borrow(b), Pool: 8}))
		})
	}
}
