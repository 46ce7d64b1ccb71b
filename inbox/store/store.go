// Package store is the memory of the inbox: gorm lives here and nowhere else. Everything that must survive a restart is in these tables.
package store

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"time"

	"weibox/inbox"

	"github.com/go-sql-driver/mysql"
	"gorm.io/gorm"
	"gorm.io/gorm/logger"
)

// Engine is the kind of database underneath.
type Engine string

const (
	SQLite Engine = "sqlite"
	MySQL  Engine = "mysql" // also MariaDB
)

// Config says where the database is.
type Config struct {
	Engine Engine
	Folder string // SQLite: where weibox.db lies
	DSN    string // MySQL: user:password@tcp(host:port)/name
	Pool   int    // MySQL: connections; 0 means 12
	Watch  inbox.Watch
}

// Store is safe for concurrent use.
type Store struct {
	Engine  Engine
	write   *gorm.DB // SQLite has one writer; elsewhere the same pool as read
	read    *gorm.DB
	system  *gorm.DB // not guarded: work across workspaces, see System
	seal    *Sealer
	keys    sync.Map    // workspace -> its opened data key
	boosted sync.Map    // account -> when its sources were last boosted
	watch   inbox.Watch // nil: nobody measures
	now     func() time.Time
}

// Open connects, refuses a database that would break a promise, and leaves the schema as it is: see Migrate.
func Open(cfg Config, seal *Sealer, now func() time.Time) (*Store, error) {
	s := &Store{Engine: cfg.Engine, seal: seal, watch: cfg.Watch, now: now}
	var err error
	switch cfg.Engine {
	case SQLite:
		err = s.openSQLite(cfg)
	case MySQL:
		err = s.openMySQL(cfg)
	default:
		err = fmt.Errorf("unknown database engine %q", cfg.Engine)
	}
	return s, err
}

func (s *Store) openSQLite(cfg Config) error {
	if err := os.MkdirAll(cfg.Folder, 0o700); err != nil {
		return fmt.Errorf("data folder: %w", err)
	}
	// Immediate transactions: a deferred one that reads and then writes fails with SQLITE_BUSY whatever the timeout. FULL: an answered
	// webhook survives a power cut.
	dsn := "file:" + filepath.Join(cfg.Folder, "weibox.db") +
		"?_txlock=immediate&_pragma=busy_timeout(5000)&_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)&_pragma=foreign_keys(1)"
	write, err := open(sqliteDialector(dsn), 1)
	if err != nil {
		return err
	}
	read, err := open(sqliteDialector(dsn+"&_pragma=query_only(1)"), 8)
	if err != nil {
		return err
	}
	s.system = write
	s.write, s.read = guarded(write), guarded(read)
	return nil
}

func (s *Store) openMySQL(cfg Config) error {
	pool := cfg.Pool
	if pool == 0 {
		pool = 12
	}
	// Two pools: heavy readers must not take the connections that messages come in by.
	write, err := openMySQL(cfg.DSN, max(2, pool/2))
	if err != nil {
		return err
	}
	if err := refuseUnsafeMySQL(write); err != nil {
		return err
	}
	read, err := openMySQL(cfg.DSN, max(2, pool-pool/2), limitStatement)
	if err != nil {
		return err
	}
	s.system = write
	s.write, s.read = guarded(write), guarded(read)
	return nil
}

func openMySQL(dsn string, connections int, greet ...greeting) (*gorm.DB, error) {
	dialector, err := mysqlDialector(dsn, greet...)
	if err != nil {
		return nil, err
	}
	return open(dialector, connections)
}

func open(d gorm.Dialector, connections int) (*gorm.DB, error) {
	db, err := gorm.Open(d, &gorm.Config{
		SkipDefaultTransaction: true, // every change is in a transaction of ours
		TranslateError:         true,
		Logger:                 logger.Discard,
		NowFunc:                func() time.Time { return time.Time{} }, // no column is stamped by gorm
	})
	if err != nil {
		return nil, fmt.Errorf("open database: %w", err)
	}
	pool, err := db.DB()
	if err != nil {
		return nil, err
	}
	pool.SetMaxOpenConns(connections)
	pool.SetMaxIdleConns(connections)
	pool.SetConnMaxIdleTime(5 * time.Minute)
	return db, pool.Ping()
}

// refuseUnsafeMySQL keeps the promise that what was acknowledged survives a power cut.
func refuseUnsafeMySQL(db *gorm.DB) error {
	var flush int
	if err := db.Raw("SELECT @@GLOBAL.innodb_flush_log_at_trx_commit").Scan(&flush).Error; err != nil {
		return fmt.Errorf("read database settings: %w", err)
	}
	if flush != 1 {
		return fmt.Errorf("the database has innodb_flush_log_at_trx_commit = %d: acknowledged messages could be lost in a power cut; "+
			"set it to 1 (数据库未在提交时落盘，断电可能丢消息，请将其设为 1)", flush)
	}
	return nil
}

// Close lets go of all connections.
func (s *Store) Close() error {
	var errs []error
	for _, db := range []*gorm.DB{s.system, s.write, s.read} {
		if pool, err := db.DB(); err == nil {
			errs = append(errs, pool.Close())
		}
	}
	return errors.Join(errs...)
}

// Ping says whether the database answers.
func (s *Store) Ping(ctx context.Context) error {
	pool, err := s.system.DB()
	if err != nil {
		return err
	}
	return pool.PingContext(ctx)
}

// reading is the handle for queries outside transactions.
func (s *Store) reading(ctx context.Context) *gorm.DB { return s.read.WithContext(ctx) }

const attempts = 4

// RunTx runs fn in one transaction and runs it again when the database chose it as the victim of a deadlock. fn must not keep anything
// from a failed run.
func (s *Store) RunTx(ctx context.Context, fn func(tx *Tx) error) error {
	return s.runTx(ctx, s.write, fn)
}

func (s *Store) runTx(ctx context.Context, db *gorm.DB, fn func(tx *Tx) error) error {
	for attempt := 1; ; attempt++ {
		err := db.WithContext(ctx).Transaction(func(g *gorm.DB) error {
			tx := &Tx{DB: g, store: s, now: s.now().UTC().Truncate(time.Millisecond)}
			if err := fn(tx); err != nil {
				return err
			}
			return tx.flush()
		})
		if err == nil || attempt == attempts || !victim(err) {
			return err
		}
	}
}

// victim says whether the database gave up on a transaction that would succeed when run again.
func victim(err error) bool {
	var my *mysql.MySQLError
	return errors.As(err, &my) && (my.Number == 1213 || my.Number == 1205)
}

// tooSlow says whether the server stopped a query at its limit (MariaDB 1969, MySQL 3024; 188 inside a full-text search).
func tooSlow(err error) bool {
	var my *mysql.MySQLError
	return errors.As(err, &my) && (my.Number == 1969 || my.Number == 3024 || my.Number == 188)
}

// duplicate says whether a unique key refused a row.
func duplicate(err error) bool { return errors.Is(err, gorm.ErrDuplicatedKey) }

// oneRow turns "nothing found" into the error people see.
func oneRow(err error, zh, en string) error {
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return inbox.Missing(zh, en)
	}
	return err
}
