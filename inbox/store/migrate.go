package store

import (
	"context"
	"embed"
	"fmt"
	"io/fs"

	"github.com/pressly/goose/v3"
)

//go:embed migrations
var migrations embed.FS

// Migrate brings the schema up to this version, one versioned SQL file after the other. Several processes may start at once: on MySQL
// they wait for one another, on SQLite there is only one.
func (s *Store) Migrate(ctx context.Context) error {
	unlock, err := s.lockSchema(ctx)
	if err != nil {
		return err
	}
	defer unlock()
	provider, err := s.schema()
	if err != nil {
		return err
	}
	if _, err := provider.Up(ctx); err != nil {
		return fmt.Errorf("migrate: %w", err)
	}
	return nil
}

// Migrated says whether the schema is the one this version needs.
func (s *Store) Migrated(ctx context.Context) (bool, error) {
	provider, err := s.schema()
	if err != nil {
		return false, err
	}
	pending, err := provider.HasPending(ctx)
	return !pending, err
}

func (s *Store) schema() (*goose.Provider, error) {
	files, err := fs.Sub(migrations, "migrations/"+string(s.Engine))
	if err != nil {
		return nil, err
	}
	db, err := s.system.DB()
	if err != nil {
		return nil, err
	}
	dialect := goose.DialectMySQL
	if s.Engine == SQLite {
		dialect = goose.DialectSQLite3
	}
	return goose.NewProvider(dialect, db, files)
}

const schemaLock = "weibox.schema"

func (s *Store) lockSchema(ctx context.Context) (unlock func(), err error) {
	if s.Engine == SQLite {
		return func() {}, nil
	}
	pool, err := s.system.DB()
	if err != nil {
		return nil, err
	}
	conn, err := pool.Conn(ctx)
	if err != nil {
		return nil, err
	}
	var got int
	if err := conn.QueryRowContext(ctx, "SELECT GET_LOCK(?, 120)", schemaLock).Scan(&got); err != nil || got != 1 {
		_ = conn.Close()
		return nil, fmt.Errorf("another process has been migrating for two minutes: %w", err)
	}
	return func() {
		_, _ = conn.ExecContext(context.WithoutCancel(ctx), "SELECT RELEASE_LOCK(?)", schemaLock)
		_ = conn.Close()
	}, nil
}
