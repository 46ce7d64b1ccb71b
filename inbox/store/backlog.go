package store

import (
	"context"
	"time"

	"weibox/inbox"
)

// waitingStates are those in which somebody still has to do something about a reply.
var waitingStates = []inbox.ReplyState{inbox.Held, inbox.Queued, inbox.Sending, inbox.Unknown}

// Backlog counts what waits, over all workspaces.
func (y *System) Backlog(ctx context.Context) (inbox.Backlog, error) {
	b := inbox.Backlog{Replies: map[inbox.ReplyState]int{}, Oldest: map[inbox.ReplyState]time.Time{}}
	var rows []struct {
		State  string
		N      int
		Oldest at
	}
	err := y.db(ctx).Table("outbox").Select("state, COUNT(*) AS n, MIN(created_at) AS oldest").Where("state IN ?", waitingStates).Group("state").Find(&rows).Error
	if err != nil {
		return b, err
	}
	for _, row := range rows {
		b.Replies[inbox.ReplyState(row.State)], b.Oldest[inbox.ReplyState(row.State)] = row.N, row.Oldest.Time
	}
	return b, y.countWaiting(ctx, &b)
}

// overdueAfter is how late a poll may be before it counts as overdue.
const overdueAfter = time.Minute

func (y *System) countWaiting(ctx context.Context, b *inbox.Backlog) error {
	now := y.store.now()
	var expires at
	for _, count := range []struct {
		query string
		args  []any
		into  any
	}{
		{"SELECT COUNT(*) FROM sources s JOIN accounts a ON a.id = s.account_id WHERE s.next_poll_at < ? AND a.state = ?",
			[]any{at{now.Add(-overdueAfter)}, string(inbox.AccountActive)}, &b.Overdue},
		{"SELECT COUNT(*) FROM messages WHERE triage_at IS NOT NULL", nil, &b.Untriaged},
		{"SELECT MIN(token_expires_at) FROM accounts WHERE state = ?", []any{string(inbox.AccountActive)}, &expires},
	} {
		if err := y.db(ctx).Raw(count.query, count.args...).Row().Scan(count.into); err != nil {
			return err
		}
	}
	b.Expires = expires.Time
	return nil
}
