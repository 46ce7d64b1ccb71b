// Package pacing decides which lists are polled now, so that few calls find much news early. It is pure: the time, what is known of the
// sources and how the budgets stand come in, the picks come out. docs/polling.md has the reasons and the measured figures.
package pacing

import (
	"cmp"
	"math"
	"slices"
	"time"
)

// Policy is what an operator decides.
type Policy struct {
	// Evenness is the p of the index λ·u^(p+1): 1 makes the mean delay least, more makes long waits rarer, at the mean's cost.
	Evenness float64
	// Floor is the longest that a source may stay unpolled, where the budgets allow it.
	Floor time.Duration
}

// Urgency lets a source go before its budget's even pace. What is spent early is missing later in the window, never beyond it.
type Urgency int

const (
	Usual     Urgency = iota
	Watched           // an agent has the account open
	Announced         // something said that there is news, or more pages wait
	Unread            // it was never polled
)

// share is the part of an even gap that must have passed before a poll of this urgency.
func (u Urgency) share() float64 {
	return [...]float64{Usual: 1, Watched: 0.5, Announced: 0.25, Unread: math.Inf(-1)}[u]
}

// watchedWeight is how much more the news of an account counts while an agent has it open.
const watchedWeight = 10

// Source is one list of one account.
type Source struct {
	Rate      Rate
	PolledAt  time.Time // it was last read completely
	NotBefore time.Time // it rests until then
	Urgency   Urgency
	Budgets   []int // what one poll draws on
}

// index is how much a poll is worth now: the expected news times the power of its age. With an evenness of 1, always polling the highest
// index gives each source a frequency in the ratio of the square roots of their rates, which makes the mean delay least.
func (s Source) index(now time.Time, evenness float64) float64 {
	age := now.Sub(s.PolledAt)
	worth := s.Rate.Waiting(age) * math.Pow(age.Hours(), evenness)
	if s.Urgency == Watched {
		return worth * watchedWeight
	}
	return worth
}

// Pick is a source to be polled now, and the longest it may stay unpolled as the budgets stand.
type Pick struct {
	Source int
	Floor  time.Duration
}

// Plan picks the sources to poll now, the most worthwhile first, as far as their budgets have calls free. It takes O(n log n).
func Plan(now time.Time, policy Policy, sources []Source, budgets []Budget) []Pick {
	p := plan{now: now, policy: policy, sources: sources, purses: make([]purse, len(budgets))}
	for i, b := range budgets {
		p.purses[i] = purse{Budget: b, credit: b.credit(now)}
	}
	if !slices.ContainsFunc(sources, p.ready) {
		return nil
	}
	p.findFloors()
	p.press()
	return p.picks()
}

type plan struct {
	now     time.Time
	policy  Policy
	sources []Source
	purses  []purse
	fates   []fate // of each source
}

// fate is what the budgets mean for a source.
type fate struct {
	floor   time.Duration
	by      time.Time // by then it has to be polled for the floor to hold, its own or that of those after it
	pressed bool      // it has to go now
}

// purse is a budget while picks are taken from it.
type purse struct {
	Budget
	credit  float64
	members []int
	pressed bool // some member has to go now
}

// gives: nobody is ahead of the even pace while the floor presses, or those who hurry would keep the others waiting for ever.
func (p *purse) gives(u Urgency) bool {
	share := u.share()
	if p.pressed && u != Unread {
		share = 1
	}
	return p.Left > 0 && p.credit >= share
}

// ready says whether a source could be polled now: it does not rest, and every budget has a call free.
func (p *plan) ready(s Source) bool {
	for _, b := range s.Budgets {
		if !p.purses[b].gives(s.Urgency) {
			return false
		}
	}
	return !s.NotBefore.After(p.now)
}

// findFloors gives each source the larger of the setting and what its tightest budget allows.
func (p *plan) findFloors() {
	p.fates = make([]fate, len(p.sources))
	for i, s := range p.sources {
		p.fates[i].floor = p.policy.Floor
		for _, b := range s.Budgets {
			p.purses[b].members = append(p.purses[b].members, i)
		}
	}
	for _, b := range p.purses {
		round := b.Round(p.now, len(b.members))
		for _, i := range b.members {
			p.fates[i].floor = max(p.fates[i].floor, round)
		}
	}
	for i := range p.fates {
		p.fates[i].by = p.sources[i].PolledAt.Add(p.fates[i].floor)
	}
}

// press marks the sources that have to go before all others. A budget serves one after the other, so it is not enough to look at those
// whose time is up: the third to come due needs its call two turns before that. One more turn is kept free, because a source may have to
// wait for another of its budgets. The slowest budgets come first: what has to go early for their sake, the others must know.
func (p *plan) press() {
	order := make([]*purse, len(p.purses))
	for n := range p.purses {
		order[n] = &p.purses[n]
	}
	slices.SortFunc(order, func(a, b *purse) int { return cmp.Compare(b.pace(), a.pace()) })
	for _, b := range order {
		waiting, late := p.dueBefore(b.turn(p.now, len(b.members)+2), b.members), 0
		for k, i := range waiting {
			if p.fates[i].by.Before(b.turn(p.now, k+2)) {
				late = k + 1
			}
		}
		b.pressed = late > 0
		for _, i := range waiting[:late] {
			p.fates[i].pressed = true
		}
		p.makeRoom(waiting, b.pace())
	}
}

// makeRoom moves forward what has to go earlier, because after it others have to go at the budget's pace.
func (p *plan) makeRoom(waiting []int, pace time.Duration) {
	for k := len(waiting) - 2; k >= 0; k-- {
		if before := p.fates[waiting[k+1]].by.Add(-pace); before.Before(p.fates[waiting[k]].by) {
			p.fates[waiting[k]].by = before
		}
	}
}

// dueBefore are the members that do not rest and have to be polled before an instant, the most urgent first.
func (p *plan) dueBefore(end time.Time, members []int) []int {
	var due []int
	for _, i := range members {
		if p.fates[i].by.Before(end) && !p.sources[i].NotBefore.After(p.now) {
			due = append(due, i)
		}
	}
	slices.SortFunc(due, func(a, b int) int { return p.fates[a].by.Compare(p.fates[b].by) })
	return due
}

// picks walks down the ranking and takes what is still ready.
func (p *plan) picks() []Pick {
	var line []ranked
	for i := range p.sources {
		if p.ready(p.sources[i]) {
			line = append(line, p.rank(i))
		}
	}
	slices.SortFunc(line, func(a, b ranked) int { return cmp.Or(cmp.Compare(a.class, b.class), cmp.Compare(b.worth, a.worth)) })
	var picks []Pick
	for _, r := range line {
		if p.ready(p.sources[r.source]) {
			p.draw(r.source)
			picks = append(picks, Pick{Source: r.source, Floor: p.fates[r.source].floor})
		}
	}
	return picks
}

func (p *plan) draw(i int) {
	for _, b := range p.sources[i].Budgets {
		p.purses[b].Left--
		p.purses[b].credit--
	}
}

// rank: first those never read, then those the floor presses, the most urgent first, then those with announced news, then by index.
func (p *plan) rank(i int) ranked {
	s := p.sources[i]
	switch {
	case s.Urgency == Unread:
		return ranked{i, 0, 0}
	case p.fates[i].pressed:
		return ranked{i, 1, -p.fates[i].by.Sub(p.now).Seconds()}
	case s.Urgency == Announced:
		return ranked{i, 2, s.index(p.now, p.policy.Evenness)}
	default:
		return ranked{i, 3, s.index(p.now, p.policy.Evenness)}
	}
}

// ranked is a source's place: the lower class first, in a class the higher worth.
type ranked struct {
	source, class int
	worth         float64
}
