package inbox

import (
	"context"
	"time"
)

// Outlook is what can be said of the next polls of a source.
type Outlook struct {
	NextAt time.Time     // when it is likely polled next; zero: not before a person acts
	Delay  time.Duration // how long news waits on average until it is read; 0: not known yet
	Plan   Sentence      // why it is then
}

// Outlooks are those of an account's sources, as its budgets stand.
func (p *Platforms) Outlooks(ctx context.Context, viewer Agent, account Account, sources []SourceState, now time.Time) (map[SourceName]Outlook, error) {
	if !viewer.Sees(account.ID) {
		return nil, nil
	}
	list := make(map[SourceName]Outlook, len(sources))
	for _, s := range sources {
		var states []QuotaState
		if metered, ok := p.connectors[account.Platform].(Metered); ok {
			var err error
			if states, err = p.store.QuotaStates(ctx, metered.PollQuotas(account, s.Name)); err != nil {
				return nil, err
			}
		}
		list[s.Name] = s.outlook(account, states, now)
	}
	return list, nil
}

// outlook goes through what may hold a poll up, the longest first.
func (s SourceState) outlook(account Account, quotas []QuotaState, now time.Time) Outlook {
	spent, reset := emptyUntil(quotas, now)
	o := Outlook{Delay: s.Pace.Gap / 2}
	switch {
	case !account.Works():
		o.Plan = Sentence{"账号未启用，不读取", "the account does not work: nothing is read"}
	case reset.After(now):
		o.NextAt, o.Plan = latest(reset, s.NextPollAt), Sentence{spent.ZH + "的读取份额已用完，恢复后继续", "the share for reading of the " + spent.EN + " is used up; going on after its reset"}
	case s.Failures > 0:
		o.NextAt, o.Plan = latest(s.NextPollAt, now), Sentence{"上次读取失败，稍后再试", "the last poll failed; it is tried again later"}
	case s.LastOKAt.IsZero():
		o.NextAt, o.Plan = latest(s.NextPollAt, now), Sentence{"首次导入，优先读取", "the first import goes before all others"}
	case !s.HurriedAt.IsZero():
		o.NextAt, o.Plan = latest(s.NextPollAt, now), Sentence{"已知有新内容，尽快读取", "news is known of: it is read as soon as the quota allows"}
	case s.WatchedUntil.After(now):
		o.NextAt, o.Plan = s.usually(now), Sentence{"有坐席正在查看该账号，读取加快", "an agent has the account open: it is read more often"}
	case s.Floor > 0 && s.Pace.Gap >= s.Floor*9/10:
		o.NextAt, o.Plan = s.usually(now), Sentence{"新内容很少，按最长间隔读取", "news is rare here: it is read at the longest interval"}
	default:
		o.NextAt, o.Plan = s.usually(now), Sentence{"按预计的新内容多少安排", "planned by how much news is expected"}
	}
	return o
}

// usually is when the next poll comes if it keeps to the distance of late, and to the floor.
func (s SourceState) usually(now time.Time) time.Time {
	gap := s.Pace.Gap
	if s.Floor > 0 && (gap == 0 || gap > s.Floor) {
		gap = s.Floor
	}
	return latest(s.LastOKAt.Add(gap), s.NextPollAt, now)
}

// emptyUntil is the quota of which reading has nothing left for longest, and when it has again.
func emptyUntil(quotas []QuotaState, now time.Time) (spent QuotaState, until time.Time) {
	for _, q := range quotas {
		empty := q.Limit > 0 && q.ReadsLeft() == 0 || q.EmptyUntil.After(now)
		if empty && q.ResetsAt.After(until) {
			spent, until = q, q.ResetsAt
		}
	}
	return spent, until
}

func latest(times ...time.Time) (last time.Time) {
	for _, t := range times {
		if t.After(last) {
			last = t
		}
	}
	return last
}
