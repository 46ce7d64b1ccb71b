package inbox

import (
	"context"
	"time"

	"weibox/inbox/pacing"
)

// PlannedSource is a source of a working account, as the planner sees it. The account has neither token nor name.
type PlannedSource struct {
	SourceState
	Account    Account
	LeaseUntil time.Time // somebody is polling it until then
}

// PollPlan is a source chosen to be polled now.
type PollPlan struct {
	Source SourceState
	Floor  time.Duration // the longest it may stay unread, as the budgets stand
}

type planStore interface {
	SourcesToPlan(ctx context.Context) ([]PlannedSource, error)
	MarkPlanned(ctx context.Context, plans []PollPlan) error
}

type quotaStates interface {
	QuotaStates(ctx context.Context, quotas []Quota) ([]QuotaState, error)
}

// Planner decides which sources are polled now. Everything it goes by is a row, so a restart forgets nothing.
type Planner struct {
	store      planStore
	quotas     quotaStates
	connectors Connectors
	queue      Queue
	settings   PollSettings
	now        func() time.Time
}

// NewPlanner makes the service.
func NewPlanner(store planStore, quotas quotaStates, connectors Connectors, queue Queue, settings PollSettings, now func() time.Time) *Planner {
	return &Planner{store: store, quotas: quotas, connectors: connectors, queue: queue, settings: settings, now: now}
}

// hintLife is how long a hint at a poll may take before it counts as lost and the source is planned again.
const hintLife = 20 * time.Second

// PlanPolls hints at the polls that are worth their calls now, as far as the budgets have calls free.
func (p *Planner) PlanPolls(ctx context.Context) error {
	sources, err := p.store.SourcesToPlan(ctx)
	if err != nil || len(sources) == 0 {
		return err
	}
	now := p.now()
	t, err := p.table(ctx, now, sources)
	if err != nil {
		return err
	}
	var plans []PollPlan
	for _, pick := range pacing.Plan(now, p.settings.policy(), t.sources, t.budgets) {
		plans = append(plans, PollPlan{Source: sources[pick.Source].SourceState, Floor: pick.Floor})
	}
	if len(plans) == 0 {
		return nil
	}
	if err := p.store.MarkPlanned(ctx, plans); err != nil { // first: a poll that is under way must not be planned again
		return err
	}
	for _, plan := range plans {
		p.queue.Poll(plan.Source.WorkspaceID, plan.Source.AccountID, plan.Source.Name)
	}
	return nil
}

// table is what is planned from: the sources, and the budgets that each draws on.
type table struct {
	now     time.Time
	sources []pacing.Source
	budgets []pacing.Budget
	quotas  []Quota
	byKey   map[string]int // place in quotas
	draws   [][]int        // of each source, places in quotas
}

func (p *Planner) table(ctx context.Context, now time.Time, sources []PlannedSource) (*table, error) {
	t := &table{now: now, byKey: map[string]int{}}
	for _, s := range sources {
		t.draws = append(t.draws, t.places(p.pollQuotas(s)))
	}
	states, err := p.quotas.QuotaStates(ctx, t.quotas)
	if err != nil {
		return nil, err
	}
	place := t.fillBudgets(states)
	for i, s := range sources {
		source := p.source(s, now)
		for _, q := range t.draws[i] {
			if states[q].EmptyUntil.After(source.NotBefore) {
				source.NotBefore = states[q].EmptyUntil
			}
			if b := place[q]; b >= 0 {
				source.Budgets = append(source.Budgets, b)
				t.drawAhead(b, s)
			}
		}
		t.sources = append(t.sources, source)
	}
	return t, nil
}

func (p *Planner) pollQuotas(s PlannedSource) []Quota {
	metered, ok := p.connectors[s.Account.Platform].(Metered)
	if !ok {
		return nil
	}
	return metered.PollQuotas(s.Account, s.Name)
}

// places finds each quota in the table, or adds it.
func (t *table) places(quotas []Quota) []int {
	var list []int
	for _, q := range quotas {
		place, known := t.byKey[q.Key]
		if !known {
			place = len(t.quotas)
			t.byKey[q.Key], t.quotas = place, append(t.quotas, q)
		}
		list = append(list, place)
	}
	return list
}

// fillBudgets makes a budget of each quota that has a limit; place says where it is, -1 for the others.
func (t *table) fillBudgets(states []QuotaState) (place []int) {
	for _, state := range states {
		if state.Limit == 0 {
			place = append(place, -1)
			continue
		}
		place = append(place, len(t.budgets))
		t.budgets = append(t.budgets, pacing.Budget{Reads: state.Reads(), Window: state.Window, Left: state.ReadsLeft(), Resets: state.ResetsAt,
			DrawnAt: state.ReadAt})
	}
	return place
}

// drawAhead takes the call of a poll that is on its way, and not yet counted.
func (t *table) drawAhead(budget int, s PlannedSource) {
	if !s.underway(t.now) {
		return
	}
	b := &t.budgets[budget]
	b.Left--
	if s.PlannedAt.After(b.DrawnAt) {
		b.DrawnAt = s.PlannedAt
	}
}

// underway says that a poll was hinted at and has not come back.
func (s PlannedSource) underway(now time.Time) bool {
	return s.PlannedAt.After(s.LastPollAt) && now.Before(s.PlannedAt.Add(hintLife))
}

func (p *Planner) source(s PlannedSource, now time.Time) pacing.Source {
	source := pacing.Source{Rate: s.Pace.Rate, PolledAt: s.LastOKAt, NotBefore: s.NextPollAt, Urgency: s.urgency(now)}
	if s.underway(now) || s.LeaseUntil.After(now) {
		source.NotBefore = now.Add(hintLife)
	}
	return source
}

func (s SourceState) urgency(now time.Time) pacing.Urgency {
	switch {
	case s.LastOKAt.IsZero():
		return pacing.Unread
	case !s.HurriedAt.IsZero():
		return pacing.Announced
	case s.WatchedUntil.After(now):
		return pacing.Watched
	default:
		return pacing.Usual
	}
}
