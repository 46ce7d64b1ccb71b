package storetest

import (
	"context"
	"crypto/rand"
	"database/sql"
	"fmt"
	"os"
	"strings"
	"sync"
	"testing"

	"github.com/go-sql-driver/mysql"
)

// Server is the environment variable that names a MariaDB or MySQL server, such as root@tcp(127.0.0.1:3306)/. Without it only SQLite is tested.
const Server = "WEIBOX_TEST_MYSQL"

// HasServer says whether tests can run on a server.
func HasServer() bool { return os.Getenv(Server) != "" }

// Main runs the tests of a package and drops what they made on the server: func TestMain(m *testing.M) { storetest.Main(m) }.
func Main(m *testing.M) {
	code := m.Run()
	if err := shared.drop(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	os.Exit(code)
}

// database is the one that the tests of a package use one after the other: making tables is what takes long on a server.
type database struct {
	use  sync.Mutex
	name string
}

var shared database

// borrow gives the address of the database to one test at a time.
func (d *database) borrow(t testing.TB) string {
	t.Helper()
	d.use.Lock()
	t.Cleanup(d.use.Unlock)
	if d.name == "" {
		d.name = "weibox_test_" + strings.ToLower(rand.Text()[:10])
		if err := onServer("CREATE DATABASE " + d.name + " CHARACTER SET utf8mb4"); err != nil {
			t.Fatal(err)
		}
	}
	cfg, err := mysql.ParseDSN(os.Getenv(Server))
	if err != nil {
		t.Fatal(err)
	}
	cfg.DBName = d.name
	return cfg.FormatDSN()
}

func (d *database) drop() error {
	if d.name == "" {
		return nil
	}
	return onServer("DROP DATABASE " + d.name)
}

func onServer(statement string) error {
	server, err := sql.Open("mysql", os.Getenv(Server))
	if err != nil {
		return fmt.Errorf("%s: %w", Server, err)
	}
	defer func() { _ = server.Close() }()
	_, err = server.ExecContext(context.Background(), statement)
	return err
}

// Database gives the address of an empty database on the server, which is dropped when the test ends.
func Database(t testing.TB) string {
	t.Helper()
	var d database
	address := d.borrow(t)
	t.Cleanup(func() {
		if err := d.drop(); err != nil {
			t.Error(err)
		}
	})
	return address
}

// empty takes away what the test before has left. Rows that refer to each other go together.
func (h *House) empty() {
	h.t.Helper()
	tables := h.Strings("SELECT table_name FROM information_schema.tables WHERE table_schema = DATABASE() AND table_name <> 'goose_db_version'")
	conn, err := h.raw.Conn(h.t.Context())
	if err != nil {
		h.t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	statements := []string{"SET FOREIGN_KEY_CHECKS = 0", "START TRANSACTION"}
	for _, table := range tables {
		statements = append(statements, "DELETE FROM "+table)
	}
	for _, statement := range append(statements, "COMMIT", "SET FOREIGN_KEY_CHECKS = 1") {
		if _, err := conn.ExecContext(h.t.Context(), statement); err != nil {
			h.t.Fatalf("%s: %v", statement, err)
		}
	}
}
