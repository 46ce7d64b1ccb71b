package store

import (
	"context"
	"time"

	"weibox/inbox"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"
)

type sourceRow struct {
	AccountID    inbox.AccountID
	Name         string
	WorkspaceID  inbox.WorkspaceID
	Position     string
	Version      int64
	Imported     bool
	NextPollAt   at
	LeaseUntil   int64
	LeaseHolder  string
	LastPollAt   at
	LastOKAt     at `gorm:"column:last_ok_at"`
	Failures     int
	ProblemZH    string `gorm:"column:problem_zh"`
	ProblemEN    string `gorm:"column:problem_en"`
	Withheld     int
	RateItems    float64
	RateHours    float64
	RateBurst    float64
	GapMS        int64 `gorm:"column:gap_ms"`
	FloorMS      int64 `gorm:"column:floor_ms"`
	PlannedAt    at
	HurriedAt    at
	WatchedUntil at
}

func (sourceRow) TableName() string { return "sources" }

func (r sourceRow) state() inbox.SourceState {
	return inbox.SourceState{AccountID: r.AccountID, WorkspaceID: r.WorkspaceID, Name: inbox.SourceName(r.Name), Cursor: inbox.Cursor(r.Position),
		Version: r.Version, Imported: r.Imported, NextPollAt: r.NextPollAt.Time, LastPollAt: r.LastPollAt.Time, LastOKAt: r.LastOKAt.Time,
		Failures: r.Failures, Problem: inbox.Sentence{ZH: r.ProblemZH, EN: r.ProblemEN}, Withheld: r.Withheld, Pace: r.pace(),
		Floor: time.Duration(r.FloorMS) * time.Millisecond, PlannedAt: r.PlannedAt.Time, HurriedAt: r.HurriedAt.Time, WatchedUntil: r.WatchedUntil.Time}
}

func (r sourceRow) pace() (p inbox.Pace) {
	p.Rate.Items, p.Rate.Hours, p.Rate.Burst = r.RateItems, r.RateHours, r.RateBurst
	p.Gap = time.Duration(r.GapMS) * time.Millisecond
	return p
}

func (r *sourceRow) setPace(p inbox.Pace) {
	r.RateItems, r.RateHours, r.RateBurst, r.GapMS = p.Rate.Items, p.Rate.Hours, p.Rate.Burst, p.Gap.Milliseconds()
}

var paceColumns = []string{"rate_items", "rate_hours", "rate_burst", "gap_ms"}

// addSources starts the silent import of a new account. A re-authorised one goes on where it stopped, at once.
func (tx *Tx) addSources(row accountRow, sources []inbox.Source) error {
	for _, source := range sources {
		s := sourceRow{AccountID: row.ID, Name: string(source.Name), WorkspaceID: row.WorkspaceID, NextPollAt: at{tx.now}}
		pace, err := tx.neighbours(row.WorkspaceID, source.Name)
		if err != nil {
			return err
		}
		s.setPace(pace)
		if err := tx.Clauses(clause.OnConflict{DoNothing: true}).Create(&s).Error; err != nil {
			return err
		}
	}
	return tx.Exec("UPDATE sources SET next_poll_at = ?, planned_at = NULL, failures = 0, problem_zh = '', problem_en = '' WHERE workspace_id = ? AND account_id = ?",
		at{tx.now}, row.WorkspaceID, row.ID).Error
}

// neighbours is the mean of what is known of the workspace's other sources of the same name.
func (tx *Tx) neighbours(w inbox.WorkspaceID, name inbox.SourceName) (inbox.Pace, error) {
	var items, hours float64
	err := tx.Raw("SELECT COALESCE(SUM(rate_items), 0), COALESCE(SUM(rate_hours), 0) FROM sources WHERE workspace_id = ? AND name = ?", w, string(name)).
		Row().Scan(&items, &hours)
	return inbox.PaceLike(items, hours), err
}

// Sources are where the polling of an account's lists stands.
func (s *Store) Sources(ctx context.Context, viewer inbox.Agent, id inbox.AccountID) ([]inbox.SourceState, error) {
	if !viewer.Sees(id) {
		return nil, inbox.Missing("账号", "account")
	}
	var rows []sourceRow
	err := s.reading(ctx).Where("workspace_id = ? AND account_id = ?", viewer.WorkspaceID, id).Order("name").Find(&rows).Error
	states := make([]inbox.SourceState, len(rows))
	for i, row := range rows {
		states[i] = row.state()
	}
	return states, err
}

// ClaimSource makes a source of a working account ours to poll for the length of the lease; ok is false if it is not due or taken.
func (s *Store) ClaimSource(ctx context.Context, w inbox.WorkspaceID, id inbox.AccountID, name inbox.SourceName, holder string, lease time.Duration) (inbox.SourceState, inbox.Account, bool, error) {
	var state inbox.SourceState
	var account inbox.Account
	claimed := false
	err := s.RunTx(ctx, func(tx *Tx) error {
		claimed = false
		// The lease of an account that does not work stays free: once it works again, nothing is to be waited for.
		done := tx.Exec("UPDATE sources SET lease_until = ?, lease_holder = ? WHERE workspace_id = ? AND account_id = ? AND name = ? AND lease_until <= ? AND next_poll_at <= ? "+
			"AND EXISTS (SELECT 1 FROM accounts a WHERE a.workspace_id = ? AND a.id = ? AND a.state = ?)",
			tx.now.Add(lease).UnixMilli(), holder, w, id, string(name), tx.now.UnixMilli(), at{tx.now}, w, id, string(inbox.AccountActive))
		if done.Error != nil || done.RowsAffected == 0 {
			return done.Error
		}
		var row sourceRow
		if err := tx.Where("workspace_id = ? AND account_id = ? AND name = ?", w, id, string(name)).Take(&row).Error; err != nil {
			return err
		}
		var err error
		if account, err = tx.account(w, id); err != nil {
			return err
		}
		state, claimed = row.state(), account.Works()
		return nil
	})
	return state, account, claimed, err
}

// FailSource writes down why a poll did not succeed, and when it is tried again.
func (s *Store) FailSource(ctx context.Context, state inbox.SourceState, next time.Time, problem inbox.Sentence) error {
	return s.RunTx(ctx, func(tx *Tx) error {
		tx.Change(state.WorkspaceID, inbox.AccountChanged, int64(state.AccountID), state.AccountID)
		return tx.Table("sources").Where("workspace_id = ? AND account_id = ? AND name = ?", state.WorkspaceID, state.AccountID, string(state.Name)).
			Updates(map[string]any{"failures": gorm.Expr("failures + 1"), "last_poll_at": at{tx.now}, "next_poll_at": at{next}, "problem_zh": problem.ZH,
				"problem_en": problem.EN, "lease_until": 0}).Error
	})
}

// HurrySources lets an account's sources go before the others, because something announced that they hold news.
func (s *Store) HurrySources(ctx context.Context, w inbox.WorkspaceID, id inbox.AccountID) error {
	return s.RunTx(ctx, func(tx *Tx) error {
		return tx.Exec("UPDATE sources SET next_poll_at = CASE WHEN next_poll_at > ? THEN ? ELSE next_poll_at END, hurried_at = ? "+
			"WHERE workspace_id = ? AND account_id = ? AND failures = 0", at{tx.now}, at{tx.now}, at{tx.now}, w, id).Error
	})
}

const (
	watchedFor   = 5 * time.Minute
	boostedEvery = time.Minute
)

// Boost lets an account's sources be read more often for five minutes, because an agent has it open. It is cheap to call at every look:
// the row is touched at most once a minute.
func (s *Store) Boost(ctx context.Context, w inbox.WorkspaceID, id inbox.AccountID) error {
	now := s.now()
	if last, ok := s.boosted.Load(id); ok && now.Sub(last.(time.Time)) < boostedEvery {
		return nil
	}
	s.boosted.Store(id, now)
	return s.RunTx(ctx, func(tx *Tx) error {
		return tx.Exec("UPDATE sources SET watched_until = ? WHERE workspace_id = ? AND account_id = ?", at{tx.now.Add(watchedFor)}, w, id).Error
	})
}

// plannedColumns are what planning needs: neither cursors nor sentences.
const plannedColumns = "s.account_id, s.name, s.workspace_id, s.next_poll_at, s.lease_until, s.last_poll_at, s.last_ok_at, s.failures, s.rate_items, " +
	"s.rate_hours, s.rate_burst, s.floor_ms, s.planned_at, s.hurried_at, s.watched_until, a.platform, a.external_id"

// SourcesToPlan are the sources of all working accounts of all workspaces.
func (y *System) SourcesToPlan(ctx context.Context) ([]inbox.PlannedSource, error) {
	var rows []struct {
		Row        sourceRow `gorm:"embedded"`
		Platform   string
		ExternalID string
	}
	err := y.db(ctx).Table("sources s").Joins("JOIN accounts a ON a.id = s.account_id").Where("a.state = ?", string(inbox.AccountActive)).
		Select(plannedColumns).Find(&rows).Error
	list := make([]inbox.PlannedSource, len(rows))
	for i, r := range rows {
		list[i] = inbox.PlannedSource{SourceState: r.Row.state(), LeaseUntil: time.UnixMilli(r.Row.LeaseUntil).UTC(), Account: inbox.Account{ID: r.Row.AccountID,
			WorkspaceID: r.Row.WorkspaceID, Platform: inbox.Platform(r.Platform), ExternalID: inbox.ExternalID(r.ExternalID), State: inbox.AccountActive}}
	}
	return list, err
}

// MarkPlanned writes down that polls were hinted at, so that they are not hinted at again while they are under way.
func (y *System) MarkPlanned(ctx context.Context, plans []inbox.PollPlan) error {
	now := at{y.store.now()}
	return y.db(ctx).Transaction(func(tx *gorm.DB) error {
		for _, p := range plans {
			err := tx.Exec("UPDATE sources SET planned_at = ?, floor_ms = ? WHERE account_id = ? AND name = ?", now, p.Floor.Milliseconds(),
				p.Source.AccountID, string(p.Source.Name)).Error
			if err != nil {
				return err
			}
		}
		return nil
	})
}

// moveCursors moves each polled source on, unless another process did so meanwhile: then its batch teaches nothing either.
func (in *ingest) moveCursors() error {
	for i, b := range in.batches {
		if b.Move == nil {
			continue
		}
		done := in.Table("sources").Where("workspace_id = ? AND account_id = ? AND name = ? AND version = ?",
			b.Account.WorkspaceID, b.Account.ID, string(b.Move.Source), b.Move.Version).Updates(in.moved(b.Move))
		if done.Error != nil {
			return done.Error
		}
		if done.RowsAffected == 1 && b.Move.Lesson.Since > 0 {
			in.lessons = append(in.lessons, i)
		}
		in.recordGap(b)
	}
	return nil
}

// moved are the columns of a source after a page. What was announced while the page was read is not on it.
func (in *ingest) moved(m *inbox.CursorMove) map[string]any {
	asked := at{m.AskedAt}
	if m.AskedAt.IsZero() {
		asked = at{in.now}
	}
	fields := map[string]any{"position": string(m.Next), "version": m.Version + 1, "next_poll_at": at{m.NextPoll}, "last_poll_at": at{in.now},
		"failures": 0, "problem_zh": "", "problem_en": "", "lease_until": 0, "hurried_at": at{in.now}}
	if m.Complete {
		fields["withheld"], fields["last_ok_at"] = m.Withheld, asked
		fields["hurried_at"] = gorm.Expr("CASE WHEN hurried_at > ? THEN hurried_at ELSE NULL END", asked)
	}
	if m.Imported {
		fields["imported"] = true
	}
	return fields
}

func (in *ingest) recordGap(b inbox.Batch) {
	if b.Move.Gap == nil {
		return
	}
	in.Fact(inbox.Fact{WorkspaceID: b.Account.WorkspaceID, AccountID: b.Account.ID, Kind: inbox.HistoryGap,
		Data: jsonOf(map[string]any{"source": b.Move.Source, "from": b.Move.Gap.From, "to": b.Move.Gap.To})})
	in.Change(b.Account.WorkspaceID, inbox.AccountChanged, int64(b.Account.ID), b.Account.ID)
}

// learnPaces: only now is it known how many items were new.
func (in *ingest) learnPaces() error {
	for _, i := range in.lessons {
		b := in.batches[i]
		var row sourceRow
		row.setPace(b.Move.Lesson.Learned(in.out.Outcomes[i].New))
		err := in.Table("sources").Where("workspace_id = ? AND account_id = ? AND name = ?", b.Account.WorkspaceID, b.Account.ID, string(b.Move.Source)).
			Select(paceColumns).Updates(&row).Error
		if err != nil {
			return err
		}
	}
	return nil
}
