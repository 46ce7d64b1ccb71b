package store_test

import (
	"slices"
	"testing"

	"weibox/inbox/store"
	"weibox/inbox/store/storetest"
)

// The two engines have migrations of their own; what they make must be the same.
func TestBothEnginesHaveTheSameTablesColumnsAndUniqueKeys(t *testing.T) {
	if !storetest.HasServer() {
		t.Skip("needs " + storetest.Server)
	}
	columns, keys := map[store.Engine][]string{}, map[store.Engine][]string{}
	storetest.Each(t, func(_ *testing.T, h *storetest.House) {
		columns[h.Engine], keys[h.Engine] = columnsOf(h), keysOf(h)
	})
	if mine, theirs := columns[store.SQLite], columns[store.MySQL]; !slices.Equal(mine, theirs) {
		t.Errorf("only SQLite has %q, only MySQL has %q", without(mine, theirs), without(theirs, mine))
	}
	if mine, theirs := keys[store.SQLite], keys[store.MySQL]; !slices.Equal(mine, theirs) {
		t.Errorf("unique keys: only SQLite has %q, only MySQL has %q", without(mine, theirs), without(theirs, mine))
	}
	if len(columns[store.SQLite]) < 200 {
		t.Errorf("only %d columns were compared", len(columns[store.SQLite]))
	}
}

func columnsOf(h *storetest.House) []string {
	query := "SELECT CONCAT(table_name, '.', column_name, IF(is_nullable = 'YES', '?', '')) FROM information_schema.columns WHERE table_schema = DATABASE() AND table_name <> 'goose_db_version'"
	if h.Engine == store.SQLite {
		query = "SELECT m.name || '.' || c.name || IIF(c.\"notnull\", '', '?') FROM sqlite_master m JOIN pragma_table_info(m.name) c WHERE m.type = 'table' AND m.name NOT IN ('goose_db_version', 'sqlite_sequence')"
	}
	list := h.Strings(query)
	slices.Sort(list)
	return list
}

func keysOf(h *storetest.House) []string {
	query := "SELECT CONCAT(table_name, ':', GROUP_CONCAT(column_name ORDER BY seq_in_index)) FROM information_schema.statistics " +
		"WHERE table_schema = DATABASE() AND non_unique = 0 AND index_name <> 'PRIMARY' AND table_name <> 'goose_db_version' GROUP BY table_name, index_name"
	if h.Engine == store.SQLite {
		query = "SELECT m.name || ':' || (SELECT GROUP_CONCAT(name) FROM (SELECT name FROM pragma_index_info(i.name) ORDER BY seqno)) " +
			"FROM sqlite_master m JOIN pragma_index_list(m.name) i WHERE m.type = 'table' AND i.origin = 'u' AND m.name <> 'goose_db_version'"
	}
	list := h.Strings(query)
	slices.Sort(list)
	return list
}

func without(list, other []string) []string {
	return slices.DeleteFunc(slices.Clone(list), func(s string) bool { return slices.Contains(other, s) })
}

func TestMigratingTwiceChangesNothing(t *testing.T) {
	storetest.Each(t, func(t *testing.T, h *storetest.House) {
		before := columnsOf(h)
		processes := []*store.Store{h.Store, h.Twin()}
		together(t, 2, func(i int) error { return processes[i].Migrate(t.Context()) })
		if done, err := h.Migrated(t.Context()); err != nil || !done {
			t.Errorf("migrated: %v, %v", done, err)
		}
		if !slices.Equal(before, columnsOf(h)) {
			t.Error("the schema changed")
		}
	})
}
