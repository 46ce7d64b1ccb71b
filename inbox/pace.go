package inbox

import (
	"time"

	"weibox/inbox/pacing"
)

// PollSettings is what an operator decides about polling.
type PollSettings struct {
	Every    time.Duration // no source is asked more often
	Floor    time.Duration // the longest that a source may stay unread, where the budgets allow it
	Evenness float64       // 1 makes the mean delay least; more makes long waits rarer
}

func (s PollSettings) policy() pacing.Policy {
	return pacing.Policy{Evenness: s.Evenness, Floor: max(s.Floor, s.Every)}
}

// Pace is what the polls of a source have taught.
type Pace struct {
	Rate pacing.Rate
	Gap  time.Duration // from one complete reading to the next, of late; 0: not known
}

// PaceLike is what a source begins with: the mean of its neighbours, of which so many items in so many hours are known.
func PaceLike(items, hours float64) Pace {
	if hours <= 0 {
		return Pace{}
	}
	return Pace{Rate: pacing.Seed(items / hours)}
}

// Learn takes in a complete reading that found so many new items, so long after the one before it.
func (p Pace) Learn(found int, since time.Duration) Pace {
	p.Rate = p.Rate.Learn(found, since)
	if p.Gap == 0 {
		p.Gap = since
	}
	p.Gap += (since - p.Gap) / 4
	return p
}

// LearnImport takes in so many items of the silent import, which reach over a stretch of time.
func (p Pace) LearnImport(found int, stretch time.Duration) Pace {
	p.Rate = p.Rate.Learn(found, stretch)
	p.Rate.Burst = 0 // whatever rush there was is over
	return p
}

// Lesson is what a poll teaches about its source once it is known how many of its items are new.
type Lesson struct {
	Before   Pace
	Found    int           // on the earlier pages of the same reading
	Since    time.Duration // since the complete reading before; 0: nothing to learn
	Imported bool          // Since is the stretch that the imported items reach over
}

// Learned is the pace after the poll.
func (l Lesson) Learned(found int) Pace {
	if l.Imported {
		return l.Before.LearnImport(l.Found+found, l.Since)
	}
	return l.Before.Learn(l.Found+found, l.Since)
}

// troubleOf says what helps against the error of a poll.
func troubleOf(err error) pacing.Trouble {
	r := RefusalOf(err)
	switch {
	case r == nil:
		return pacing.Passing
	case r.Kind == RefusedLimit:
		return pacing.Spent
	case r.Kind == RefusedPermission || r.Kind == RefusedConfig || r.Kind == RefusedToken:
		return pacing.Forbidden
	default:
		return pacing.Passing
	}
}

// restAfter is when a source is asked again after the poll failed for the s.Failures-th time in a row.
func (s SourceState) restAfter(err error, now time.Time, settings PollSettings) time.Time {
	var untilReset time.Duration
	if r := RefusalOf(err); r != nil {
		untilReset = r.RetryAt.Sub(now)
	}
	return now.Add(pacing.Rest(troubleOf(err), s.Failures, settings.Every, settings.policy().Floor, untilReset))
}
