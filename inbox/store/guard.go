package store

import (
	"context"
	"database/sql"
	"fmt"
	"regexp"
	"strings"
	"sync"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"
)

// guarded wraps a handle so that a statement on a workspace's table that does not name workspace_id is refused before it runs. A filter
// that was forgotten must be an error, never everybody's rows.
func guarded(db *gorm.DB) *gorm.DB {
	g := db.Session(&gorm.Session{NewDB: true}) // has a Config of its own, but shares the Statement
	g.Config.ConnPool = &guard{ConnPool: db.Config.ConnPool}
	g.Statement = &gorm.Statement{DB: g, ConnPool: g.Config.ConnPool, Context: context.Background(), Clauses: map[string]clause.Clause{}}
	return g
}

// sharedTables belong to no workspace: the written list of architecture decision 5.
var sharedTables = map[string]bool{
	"workspaces": true, "users": true, "sessions": true, "oauth_states": true, "quota_buckets": true, "leases": true,
	"sign_in_failures": true, "goose_db_version": true,
}

var (
	tableNames = regexp.MustCompile("(?i)(?:\\b(?:from|join|into)|^\\s*update)\\s+[`\"]?([a-z_]+)[`\"]?")
	checked    sync.Map // statement text -> error or nil; statements are few, their values are parameters
)

func checkStatement(query string) error {
	if known, ok := checked.Load(query); ok {
		err, _ := known.(error)
		return err
	}
	err := scopeOf(query)
	if len(query) < 4096 { // long ones are generated lists of values, each different
		checked.Store(query, err)
	}
	return err
}

func scopeOf(query string) error {
	if strings.Contains(query, "workspace_id") {
		return nil
	}
	for _, found := range tableNames.FindAllStringSubmatch(query, -1) {
		if table := strings.ToLower(found[1]); !sharedTables[table] {
			return fmt.Errorf("statement on %s without workspace_id: %.120s", table, query)
		}
	}
	return nil
}

type guard struct{ gorm.ConnPool }

func (g *guard) ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error) {
	if err := checkStatement(query); err != nil {
		return nil, err
	}
	return g.ConnPool.ExecContext(ctx, query, args...)
}

func (g *guard) QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	if err := checkStatement(query); err != nil {
		return nil, err
	}
	rows, err := g.ConnPool.QueryContext(ctx, query, args...)
	if tooSlow(err) { // gorm does not translate the errors of raw queries
		err = context.DeadlineExceeded
	}
	return rows, err
}

// QueryRowContext cannot refuse with an error; nothing of ours uses it.
func (g *guard) QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row {
	if err := checkStatement(query); err != nil {
		panic(err)
	}
	return g.ConnPool.QueryRowContext(ctx, query, args...)
}

func (g *guard) BeginTx(ctx context.Context, opts *sql.TxOptions) (gorm.ConnPool, error) {
	beginner, ok := g.ConnPool.(gorm.TxBeginner)
	if !ok {
		return nil, gorm.ErrInvalidTransaction
	}
	tx, err := beginner.BeginTx(ctx, opts)
	if err != nil {
		return nil, err
	}
	return &guardedTx{guard{tx}, tx}, nil
}

func (g *guard) GetDBConn() (*sql.DB, error) {
	if db, ok := g.ConnPool.(*sql.DB); ok {
		return db, nil
	}
	return nil, gorm.ErrInvalidDB
}

type guardedTx struct {
	guard
	tx *sql.Tx
}

func (g *guardedTx) Commit() error   { return g.tx.Commit() }
func (g *guardedTx) Rollback() error { return g.tx.Rollback() }
