package store

import (
	"context"
	"slices"
	"time"

	"weibox/inbox"

	"gorm.io/gorm/clause"
)

type sessionRow struct {
	ID          inbox.SessionID
	Hash        string
	UserID      inbox.UserID
	WorkspaceID inbox.WorkspaceID
	Address     string
	UserAgent   string
	CreatedAt   at
	LastSeenAt  at
}

func (sessionRow) TableName() string { return "sessions" }

func (r sessionRow) session() inbox.Session {
	return inbox.Session{ID: r.ID, UserID: r.UserID, WorkspaceID: r.WorkspaceID, Address: r.Address, UserAgent: r.UserAgent,
		CreatedAt: r.CreatedAt.Time, LastSeenAt: r.LastSeenAt.Time}
}

// OpenSession stores a session under the hash of its token.
func (s *Store) OpenSession(ctx context.Context, hash string, session inbox.Session) (inbox.Session, error) {
	row := sessionRow{Hash: hash, UserID: session.UserID, WorkspaceID: session.WorkspaceID, Address: session.Address, UserAgent: session.UserAgent,
		CreatedAt: at{session.CreatedAt}, LastSeenAt: at{session.LastSeenAt}}
	err := s.RunTx(ctx, func(tx *Tx) error { return tx.Create(&row).Error })
	session.ID = row.ID
	return session, err
}

// SessionByHash finds a session by the hash of its token.
func (s *Store) SessionByHash(ctx context.Context, hash string) (inbox.Session, error) {
	var row sessionRow
	err := s.reading(ctx).Where("hash = ?", hash).Take(&row).Error
	return row.session(), oneRow(err, "会话", "session")
}

// Sessions are those of a person, newest first.
func (s *Store) Sessions(ctx context.Context, user inbox.UserID) ([]inbox.Session, error) {
	var rows []sessionRow
	err := s.reading(ctx).Where("user_id = ?", user).Order("id DESC").Find(&rows).Error
	sessions := make([]inbox.Session, len(rows))
	for i, row := range rows {
		sessions[i] = row.session()
	}
	return sessions, err
}

// MoveSession lets a session go on in another workspace.
func (s *Store) MoveSession(ctx context.Context, id inbox.SessionID, to inbox.WorkspaceID) error {
	return s.changeSession(ctx, id, "workspace_id", to)
}

// SawSession notes when the session was last used.
func (s *Store) SawSession(ctx context.Context, id inbox.SessionID, when time.Time) error {
	return s.changeSession(ctx, id, "last_seen_at", at{when})
}

func (s *Store) changeSession(ctx context.Context, id inbox.SessionID, column string, value any) error {
	return s.RunTx(ctx, func(tx *Tx) error {
		return tx.Model(&sessionRow{}).Where("id = ?", id).Update(column, value).Error
	})
}

// EndSession ends a session of that person.
func (s *Store) EndSession(ctx context.Context, user inbox.UserID, id inbox.SessionID) error {
	return s.RunTx(ctx, func(tx *Tx) error {
		done := tx.Where("id = ? AND user_id = ?", id, user).Delete(&sessionRow{})
		if done.Error == nil && done.RowsAffected == 0 {
			return inbox.Missing("会话", "session")
		}
		return done.Error
	})
}

// ForgetSignIns drops sessions last used, and failures last seen, before an instant.
func (s *Store) ForgetSignIns(ctx context.Context, before time.Time) error {
	return s.RunTx(ctx, func(tx *Tx) error {
		if err := tx.Where("last_seen_at < ?", at{before}).Delete(&sessionRow{}).Error; err != nil {
			return err
		}
		return tx.Where("last_at < ?", at{before}).Delete(&failuresRow{}).Error
	})
}

type failuresRow struct {
	Name         string
	Failures     int
	LastAt       int64 // milliseconds; 0: never
	BlockedUntil int64
}

func (failuresRow) TableName() string { return "sign_in_failures" }

func (r failuresRow) failures() inbox.Failures {
	return inbox.Failures{Name: r.Name, Count: r.Failures, LastAt: time.UnixMilli(r.LastAt).UTC(), BlockedUntil: time.UnixMilli(r.BlockedUntil).UTC()}
}

func failuresRowOf(f inbox.Failures) failuresRow {
	row := failuresRow{Name: f.Name, Failures: f.Count, LastAt: f.LastAt.UnixMilli()}
	if !f.BlockedUntil.IsZero() {
		row.BlockedUntil = f.BlockedUntil.UnixMilli()
	}
	return row
}

// CountSignIn lets count judge an attempt to sign in. It is asked once before anything is written, so that attempts which come too early
// cost a read alone.
func (s *Store) CountSignIn(ctx context.Context, names []string, count func([]inbox.Failures) ([]inbox.Failures, error)) error {
	var rows []failuresRow
	if err := s.reading(ctx).Where("name IN ?", names).Find(&rows).Error; err != nil {
		return err
	}
	if _, err := count(inOrder(names, rows)); err != nil {
		return err
	}
	return s.RunTx(ctx, func(tx *Tx) error {
		known, err := tx.lockFailures(names)
		if err != nil {
			return err
		}
		counted, err := count(known)
		if err != nil {
			return err
		}
		for _, f := range counted {
			if err := tx.Where("name = ?", f.Name).Select("*").Updates(failuresRowOf(f)).Error; err != nil {
				return err
			}
		}
		return nil
	})
}

// lockFailures makes rows that are missing, so that there is something to lock, and takes all of them, always in the order of names.
func (tx *Tx) lockFailures(names []string) ([]inbox.Failures, error) {
	for _, name := range slices.Sorted(slices.Values(names)) {
		if err := tx.Clauses(clause.OnConflict{DoNothing: true}).Create(&failuresRow{Name: name}).Error; err != nil {
			return nil, err
		}
	}
	var rows []failuresRow
	err := tx.forUpdate().Where("name IN ?", names).Order("name").Find(&rows).Error
	return inOrder(names, rows), err
}

func inOrder(names []string, rows []failuresRow) []inbox.Failures {
	known := make([]inbox.Failures, len(names))
	for i, name := range names {
		known[i] = inbox.Failures{Name: name}
		for _, row := range rows {
			if row.Name == name {
				known[i] = row.failures()
			}
		}
	}
	return known
}
