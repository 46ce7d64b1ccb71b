package store

import (
	"context"
	"errors"
	"os"
	"testing"

	"github.com/go-sql-driver/mysql"
)

func TestAQueryThatTheServerStoppedIsSlowAndNotBroken(t *testing.T) {
	for _, number := range []uint16{1969, 3024, 188} {
		err := impatientMySQL{}.Translate(&mysql.MySQLError{Number: number})
		if !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("%d: %v", number, err)
		}
	}
}

func TestAScreenCannotHoldTheServerForLong(t *testing.T) {
	dsn := os.Getenv("WEIBOX_TEST_MYSQL")
	if dsn == "" {
		return // only a server can be held
	}
	db, err := openMySQL(dsn, 1, limitStatement)
	if err != nil {
		t.Fatal(err)
	}
	pool, _ := db.DB()
	defer func() { _ = pool.Close() }()
	err = db.Exec("SET SESSION max_statement_time = 0.05").Error // as long as nobody wants to wait in a test
	if err != nil {
		t.Fatal(err)
	}
	var n int
	err = guarded(db).Raw("SELECT COUNT(*) FROM information_schema.COLUMNS a, information_schema.COLUMNS b, information_schema.COLUMNS c WHERE a.COLUMN_NAME <> 'workspace_id'").Scan(&n).Error
	if !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("an endless query ended with %v", err)
	}
}
