package inbox_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"weibox/inbox"
	"weibox/inbox/store"
	"weibox/inbox/store/storetest"
)

// lists is a platform with lists to poll. It counts calls by its own clock and refuses what is over its limits, as the real one does.
type lists struct {
	*platform
	meter   inbox.Meter
	quotas  []inbox.Quota
	fail    error
	more    int // pages that are not the last
	calls   int
	refused int // calls that our own count did not stop
	spared  int // polls that our own count had to stop
	counted map[string]int
}

var (
	_ inbox.Poller  = (*lists)(nil)
	_ inbox.Metered = (*lists)(nil)
)

func (l *lists) Sources() []inbox.Source                                         { return storetest.Sources }
func (l *lists) Quotas(inbox.Account) []inbox.Quota                              { return l.quotas }
func (l *lists) PollQuotas(inbox.Account, inbox.SourceName) (list []inbox.Quota) { return l.quotas }

func (l *lists) Poll(ctx context.Context, _ inbox.Account, _ inbox.SourceName, _ inbox.Cursor) (inbox.Page, error) {
	if err := l.meter.Spend(ctx, inbox.ForReading, l.quotas...); err != nil {
		l.spared++
		return inbox.Page{}, err
	}
	l.calls++
	for _, q := range l.quotas {
		window := fmt.Sprint(q.Key, q.Start(l.now()))
		if l.counted[window]++; q.Limit > 0 && l.counted[window] > q.Reads() {
			l.refused++
		}
	}
	if l.fail != nil {
		return inbox.Page{}, l.fail
	}
	if l.more > 0 {
		l.more--
		return inbox.Page{Next: "more"}, nil
	}
	return inbox.Page{Next: "since:1", Complete: true}, nil
}

// pollHints remembers which polls were hinted at.
type pollHints struct {
	*hints
	asked []inbox.SourceName
}

func (h *pollHints) Poll(_ inbox.WorkspaceID, _ inbox.AccountID, name inbox.SourceName) {
	h.asked = append(h.asked, name)
}

// readingRoom is a brand's house with a planner and a worker that polls.
type readingRoom struct {
	*storetest.House
	*lists
	t       *testing.T
	hints   *pollHints
	planner *inbox.Planner
	polling *inbox.Polling
}

var pollSettings = inbox.PollSettings{Every: 30 * time.Second, Floor: 3 * time.Hour, Evenness: 2}

func eachReadingRoom(t *testing.T, test func(t *testing.T, r *readingRoom)) {
	t.Helper()
	storetest.Each(t, func(t *testing.T, h *storetest.House) {
		r := &readingRoom{House: h, t: t, lists: &lists{platform: &platform{now: h.Now}, counted: map[string]int{}}, hints: &pollHints{hints: &hints{}}}
		r.open(h.Store)
		test(t, r)
	})
}

// open begins with a new process: nothing is known but what the database holds.
func (r *readingRoom) open(s *store.Store) {
	connectors := inbox.Connectors{"weibo": r.lists}
	ingester := inbox.NewIngester(s, r.hints, r.hints)
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() { ingester.Run(ctx); close(done) }()
	r.t.Cleanup(func() { stop(); <-done })
	r.meter = s
	r.planner = inbox.NewPlanner(s.System(), s, connectors, r.hints, pollSettings, r.Now)
	r.polling = inbox.NewPolling(s, connectors, ingester, r.hints, pollSettings, "this", r.Now)
}

// plan lets the scheduler look once; what it hints at is returned and not done.
func (r *readingRoom) plan() []inbox.SourceName {
	r.t.Helper()
	r.hints.asked = nil
	mustBe(r.t, r.planner.PlanPolls(r.t.Context()), "")
	return r.hints.asked
}

// tick lets the scheduler look once and the worker do what it hints at.
func (r *readingRoom) tick() (polls int) {
	r.t.Helper()
	names := r.plan()
	for _, name := range names {
		mustBe(r.t, r.polling.Poll(r.t.Context(), r.Workspace, r.Bound.ID, name), "")
	}
	return len(names)
}

func (r *readingRoom) source(name inbox.SourceName) inbox.SourceState {
	r.t.Helper()
	states, err := r.Store.Sources(r.t.Context(), r.Owner, r.Bound.ID)
	mustBe(r.t, err, "")
	for _, s := range states {
		if s.Name == name {
			return s
		}
	}
	r.t.Fatalf("no source %s", name)
	return inbox.SourceState{}
}

func aDay(limit int) inbox.Quota {
	return inbox.Quota{Key: "weibo:account:1900000001:day", ZH: "账号调用（每天）", EN: "calls of the account per day", Limit: limit, Window: 24 * time.Hour}
}

func TestADaysCallsLastAllDayAndAreNeverExceededThroughRestarts(t *testing.T) {
	eachReadingRoom(t, func(t *testing.T, r *readingRoom) {
		r.quotas = []inbox.Quota{aDay(100)}
		r.Forward(15 * time.Hour) // midnight in UTC
		var longest time.Duration
		for step := range 24 * 20 {
			if step%100 == 50 {
				r.open(r.Twin()) // the process was killed and another began
			}
			r.tick()
			for _, s := range storetest.Sources {
				longest = max(longest, r.Now().Sub(r.source(s.Name).LastOKAt))
			}
			r.Forward(3 * time.Minute)
		}
		if r.refused > 0 || r.spared > 0 || r.lists.calls > 80 || r.lists.calls < 76 {
			t.Errorf("%d calls were made of the 80 for reading; the platform refused %d, our own count stopped %d", r.lists.calls, r.refused, r.spared)
		}
		if longest > pollSettings.Floor {
			t.Errorf("a list was left alone for %s", longest)
		}
		if s := r.source("mentions"); s.Floor != pollSettings.Floor || s.Pace.Gap < 10*time.Minute {
			t.Errorf("the page would show %+v", s)
		}
	})
}

func TestAnEmptyBudgetIsNotKnockedAtBeforeItsReset(t *testing.T) {
	eachReadingRoom(t, func(t *testing.T, r *readingRoom) {
		r.quotas = []inbox.Quota{aDay(10), {Key: "weibo:account:1900000001:commercial:hour", Window: time.Hour}}
		r.tick()
		for r.Spend(t.Context(), inbox.ForReading, r.quotas...) == nil { // capability checks, say
		}
		for range 3 {
			r.Forward(4 * time.Hour)
			if names := r.plan(); len(names) > 0 {
				t.Errorf("with nothing left, %v was hinted at", names)
			}
		}
		r.Forward(4 * time.Hour) // a new day
		if r.tick() == 0 {
			t.Error("after the reset nothing was hinted at")
		}
		mustBe(t, r.Exhaust(t.Context(), r.quotas[1], r.Now().Add(2*time.Hour)), "") // no limit of ours: only the platform knows
		r.Forward(2*time.Hour - time.Minute)
		if names := r.plan(); len(names) > 0 {
			t.Errorf("%v was hinted at although the platform said that it is empty", names)
		}
		r.Forward(4 * time.Hour)
		if r.tick() == 0 || r.spared > 0 {
			t.Errorf("after the platform's reset nothing was polled; our own count stopped %d", r.spared)
		}
	})
}

func TestAPollUnderWayIsHintedAtOnceUntilTheHintIsLost(t *testing.T) {
	eachReadingRoom(t, func(t *testing.T, r *readingRoom) {
		if names := r.plan(); len(names) != 2 {
			t.Fatalf("of two new lists %v were hinted at", names)
		}
		r.Forward(19 * time.Second)
		r.open(r.Twin()) // another scheduler takes over
		if names := r.plan(); len(names) > 0 {
			t.Errorf("%v was hinted at again", names)
		}
		r.Forward(time.Second)
		if names := r.plan(); len(names) != 2 {
			t.Errorf("the hints were lost, and only %v were repeated", names)
		}
	})
}

func TestWhatIsAnnouncedOrLookedAtIsReadBeforeTheEvenPace(t *testing.T) {
	eachReadingRoom(t, func(t *testing.T, r *readingRoom) {
		r.quotas = []inbox.Quota{aDay(100)}
		wait := func(meanwhile func()) (waited time.Duration) {
			for r.tick() == 0 {
				meanwhile()
				r.Forward(10 * time.Second)
				waited += 10 * time.Second
			}
			return waited
		}
		r.tick()
		usual := wait(func() {})
		watched := wait(func() { mustBe(t, r.Boost(t.Context(), r.Workspace, r.Bound.ID), "") }) // an agent goes through conversations
		mustBe(t, r.HurrySources(t.Context(), r.Workspace, r.Bound.ID), "")
		announced := wait(func() {})
		if announced*3 > usual || watched*3 > usual*2 || announced == 0 {
			t.Errorf("the usual wait is %s, while watched %s, when announced %s", usual, watched, announced)
		}
	})
}

func TestHowLongAListIsLeftAloneDependsOnWhatHelps(t *testing.T) {
	limit := func(now time.Time) error {
		return &inbox.Refusal{Kind: inbox.RefusedLimit, Code: "10023", ZH: "超限", EN: "over the limit", RetryAt: now.Add(5 * time.Hour)}
	}
	for name, tc := range map[string]struct {
		fail  func(now time.Time) error
		rests []time.Duration
	}{
		"the network":        {func(time.Time) error { return errReset }, []time.Duration{time.Minute, 2 * time.Minute, 4 * time.Minute}},
		"the platform":       {func(time.Time) error { return refusal(inbox.RefusedBusy) }, []time.Duration{time.Minute, 2 * time.Minute}},
		"a missing right":    {func(time.Time) error { return refusal(inbox.RefusedPermission) }, []time.Duration{3 * time.Hour, 3 * time.Hour}},
		"a limit":            {limit, []time.Duration{5 * time.Hour}},
		"trouble that stays": {func(time.Time) error { return errReset }, []time.Duration{8: 3 * time.Hour}},
	} {
		t.Run(name, func(t *testing.T) {
			eachReadingRoom(t, func(t *testing.T, r *readingRoom) {
				for n, rest := range tc.rests {
					r.lists.fail = tc.fail(r.Now())
					mustBe(t, r.polling.Poll(t.Context(), r.Workspace, r.Bound.ID, "mentions"), "")
					got := r.source("mentions").NextPollAt.Sub(r.Now())
					if rest > 0 && got != rest {
						t.Errorf("after failure %d it rests for %s, not %s", n+1, got, rest)
					}
					r.Forward(got)
				}
				r.lists.fail = nil
				r.tick()
				if s := r.source("mentions"); s.Failures != 0 || !s.Problem.Empty() {
					t.Errorf("after a good poll it still has %+v", s)
				}
			})
		})
	}
}

func TestALongCatchUpIsOneLesson(t *testing.T) {
	eachReadingRoom(t, func(t *testing.T, r *readingRoom) {
		r.tick()
		r.Forward(time.Hour)
		before := r.source("mentions")
		r.more = 2
		mustBe(t, r.polling.Poll(t.Context(), r.Workspace, r.Bound.ID, "mentions"), "")
		after := r.source("mentions")
		if want := before.Pace.Learn(0, time.Hour); after.Pace != want || after.Version != before.Version+3 || !after.HurriedAt.IsZero() {
			t.Errorf("three pages taught %+v, not %+v", after.Pace, want)
		}
	})
}
