package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"log/slog"

	"github.com/go-sql-driver/mysql"
	gormmysql "gorm.io/driver/mysql"
	gormsqlite "gorm.io/driver/sqlite"
	"gorm.io/gorm"
	"gorm.io/gorm/clause"
	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// pureSQLite is gorm's SQLite dialect on the driver that needs no C compiler. The dialect only knows the C driver's errors, so it is
// told about this one's.
type pureSQLite struct{ gormsqlite.Dialector }

func sqliteDialector(dsn string) gorm.Dialector {
	return pureSQLite{gormsqlite.Dialector{DriverName: "sqlite", DSN: dsn}}
}

func (d pureSQLite) Translate(err error) error {
	var failed *sqlite.Error
	if !errors.As(err, &failed) {
		return err
	}
	switch failed.Code() {
	case sqlite3.SQLITE_CONSTRAINT_UNIQUE, sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY:
		return gorm.ErrDuplicatedKey
	case sqlite3.SQLITE_CONSTRAINT_FOREIGNKEY:
		return gorm.ErrForeignKeyViolated
	}
	return err
}

// mysqlDialector adds what the store relies on to an operator's address of the database.
func mysqlDialector(dsn string, greet ...greeting) (gorm.Dialector, error) {
	cfg, err := mysql.ParseDSN(dsn)
	if err != nil {
		return nil, fmt.Errorf("database address: %w", err)
	}
	cfg.Collation = "utf8mb4_bin"
	cfg.InterpolateParams = true // one round trip a statement
	cfg.Logger = driverLog{}
	cfg.ClientFoundRows = true // a conditional update that changes nothing still counts as met
	if cfg.Params == nil {
		cfg.Params = map[string]string{}
	}
	cfg.Params["sql_mode"] = "'STRICT_ALL_TABLES,NO_ENGINE_SUBSTITUTION'"
	cfg.Params["time_zone"] = "'+00:00'"
	connector, err := mysql.NewConnector(cfg)
	if err != nil {
		return nil, fmt.Errorf("database address: %w", err)
	}
	return impatientMySQL{&gormmysql.Dialector{Config: &gormmysql.Config{Conn: sql.OpenDB(greeted{connector, append([]greeting{readCommitted}, greet...)}), SkipInitializeWithVersion: true}}}, nil
}

// driverLog passes the driver's own words on to our log: lost connections are everyday things, and what they break is reported anyway.
type driverLog struct{}

func (driverLog) Print(words ...any) { slog.Debug("database driver", "says", fmt.Sprint(words...)) }

// impatientMySQL is gorm's dialect, which also knows the server's words for a query that it stopped at its limit.
type impatientMySQL struct{ *gormmysql.Dialector }

func (d impatientMySQL) Translate(err error) error {
	if tooSlow(err) {
		return context.DeadlineExceeded
	}
	return d.Dialector.Translate(err)
}

// greeted says something to each new connection before it is used.
type greeted struct {
	driver.Connector
	greetings []greeting
}

type greeting func(ctx context.Context, conn driver.ExecerContext) error

func (g greeted) Connect(ctx context.Context) (driver.Conn, error) {
	conn, err := g.Connector.Connect(ctx)
	if err != nil {
		return nil, err
	}
	for _, greet := range g.greetings {
		if err := greet(ctx, conn.(driver.ExecerContext)); err != nil {
			_ = conn.Close()
			return nil, err
		}
	}
	return conn, nil
}

// readCommitted: after waiting for a lock, a transaction sees what the one before it committed. It is a statement, because MySQL 8 and
// MariaDB 10 have different names for the variable.
func readCommitted(ctx context.Context, conn driver.ExecerContext) error {
	_, err := conn.ExecContext(ctx, "SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED", nil)
	return err
}

// limitStatement bounds what one query for a screen may cost the server, in the words of MariaDB, else of MySQL.
func limitStatement(ctx context.Context, conn driver.ExecerContext) error {
	if _, err := conn.ExecContext(ctx, "SET SESSION max_statement_time = 3", nil); err == nil {
		return nil
	}
	_, err := conn.ExecContext(ctx, "SET SESSION max_execution_time = 3000", nil)
	return err
}

// forUpdate locks the rows read until the end of the transaction. SQLite's write transaction is alone anyway.
func (tx *Tx) forUpdate() *gorm.DB {
	if tx.store.Engine == SQLite {
		return tx.DB
	}
	return tx.DB.Clauses(clause.Locking{Strength: clause.LockingStrengthUpdate})
}
