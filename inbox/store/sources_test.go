package store_test

import (
	"math"
	"testing"
	"time"

	"weibox/inbox"
	"weibox/inbox/store/storetest"
)

func planned(t *testing.T, h *storetest.House, name inbox.SourceName) inbox.PlannedSource {
	t.Helper()
	list, err := h.System().SourcesToPlan(t.Context())
	must(t, err)
	for _, s := range list {
		if s.Name == name && s.AccountID == h.Bound.ID {
			return s
		}
	}
	t.Fatalf("%s is not among %+v", name, list)
	return inbox.PlannedSource{}
}

func TestThePlannerSeesEverySourceOfWorkingAccountsWithItsAccount(t *testing.T) {
	storetest.Each(t, func(t *testing.T, h *storetest.House) {
		ctx, other := t.Context(), h.Found("晴野", "1900000002")
		s := planned(t, h, "comments_to_me")
		if s.WorkspaceID != h.Workspace || s.Account.ID != h.Bound.ID || s.Account.ExternalID != "1900000001" || s.Account.Platform != "weibo" ||
			!s.NextPollAt.Equal(h.Now()) || !s.Account.Works() {
			t.Errorf("it sees %+v", s)
		}
		if list, _ := h.System().SourcesToPlan(ctx); len(list) != 2*len(storetest.Sources) {
			t.Errorf("it sees %d sources of two accounts", len(list))
		}
		must(t, h.SetAccountState(ctx, other.Bound, []inbox.AccountState{inbox.AccountActive}, inbox.AccountPaused, other.Owner.ID))
		if list, _ := h.System().SourcesToPlan(ctx); len(list) != len(storetest.Sources) {
			t.Errorf("a paused account is planned for: %d sources", len(list))
		}
		must(t, h.System().MarkPlanned(ctx, []inbox.PollPlan{{Source: s.SourceState, Floor: 90 * time.Minute}}))
		if s = planned(t, h, "comments_to_me"); !s.PlannedAt.Equal(h.Now()) || s.Floor != 90*time.Minute {
			t.Errorf("what was planned reads back as %s, %s", s.PlannedAt, s.Floor)
		}
		if s := planned(t, h, "mentions"); !s.PlannedAt.IsZero() {
			t.Error("another source was marked")
		}
	})
}

// reading is a poll that took in everything since the last one.
func reading(h *storetest.House, state inbox.SourceState, items ...inbox.Inbound) inbox.Batch {
	return inbox.Batch{Account: h.Bound, Origin: string(state.Name), Items: items, Move: &inbox.CursorMove{Source: state.Name, Version: state.Version,
		Next: "since:x", Complete: true, AskedAt: h.Now(), NextPoll: h.Now(), Lesson: inbox.Lesson{Before: state.Pace, Since: time.Hour}}}
}

func TestAPollTeachesHowManyItemsWereNew(t *testing.T) {
	storetest.Each(t, func(t *testing.T, h *storetest.House) {
		before := source(t, h)
		h.Arrive(reading(h, before, h.Comment("1", "c1", "p1", "好看"), h.Comment("1", "c2", "p1", "多少钱")))
		want := before.Pace.Learn(2, time.Hour)
		got := source(t, h)
		if math.Abs(got.Pace.Rate.Items-want.Rate.Items) > 1e-9 || math.Abs(got.Pace.Rate.Hours-want.Rate.Hours) > 1e-9 || got.Pace.Gap != want.Gap {
			t.Fatalf("it learned %+v, not %+v", got.Pace, want)
		}
		h.Arrive(reading(h, got, h.Comment("1", "c1", "p1", "好看"))) // the overlap: nothing is new
		if again := source(t, h); again.Pace.Rate.Items >= got.Pace.Rate.Items || again.Pace.Rate.Hours <= got.Pace.Rate.Hours {
			t.Errorf("an item that was known counted: %+v after %+v", again.Pace, got.Pace)
		}
		h.Arrive(reading(h, before, h.Comment("1", "c3", "p1", "包邮吗"))) // somebody moved the cursor meanwhile
		if stale := source(t, h); stale.Version != 2 || stale.Pace.Rate.Items >= got.Pace.Rate.Items {
			t.Errorf("a stale poll taught %+v", stale.Pace)
		}
	})
}

func TestANewSourceBeginsWithTheMeanOfItsNeighbours(t *testing.T) {
	storetest.Each(t, func(t *testing.T, h *storetest.House) {
		h.Exec("UPDATE sources SET rate_items = 30, rate_hours = 10 WHERE account_id = ? AND name = 'comments_to_me'", h.Bound.ID)
		fresh := h.Bind(h.Owner, "1900000009")
		states, err := h.Sources(t.Context(), h.Owner, fresh.ID)
		must(t, err)
		if rate := states[0].Pace.Rate.PerHour(); rate < 2.9 || rate > 3.2 {
			t.Errorf("it begins with %f items an hour, its neighbour has 3", rate)
		}
	})
}

func TestAnnouncedNewsHurriesASourceUntilItIsReadCompletely(t *testing.T) {
	storetest.Each(t, func(t *testing.T, h *storetest.House) {
		ctx, state := t.Context(), source(t, h)
		rest := reading(h, state)
		rest.Move.NextPoll = h.Now().Add(time.Hour)
		h.Arrive(rest)
		must(t, h.HurrySources(ctx, h.Workspace, h.Bound.ID))
		announced := source(t, h)
		if !announced.HurriedAt.Equal(h.Now()) || announced.NextPollAt.After(h.Now()) {
			t.Fatalf("after the announcement it is %+v", announced)
		}
		asked := h.Now()
		h.Forward(time.Second)
		must(t, h.HurrySources(ctx, h.Workspace, h.Bound.ID)) // more news while it was read
		early := reading(h, announced)
		early.Move.AskedAt = asked
		h.Arrive(early)
		if got := source(t, h); got.HurriedAt.IsZero() || !got.LastOKAt.Equal(asked) {
			t.Errorf("what was announced while it was read was forgotten: %+v", got)
		}
		h.Arrive(reading(h, source(t, h)))
		if got := source(t, h); !got.HurriedAt.IsZero() {
			t.Errorf("it is still hurried: %+v", got)
		}
		partly := reading(h, source(t, h))
		partly.Move.Complete = false
		h.Forward(time.Minute)
		h.Arrive(partly)
		if got := source(t, h); got.HurriedAt.IsZero() || got.LastOKAt.Equal(h.Now()) {
			t.Errorf("pages wait, and it is %+v", got)
		}
	})
}

func TestAnOpenAccountIsBoostedAtMostOnceAMinute(t *testing.T) {
	storetest.Each(t, func(t *testing.T, h *storetest.House) {
		ctx := t.Context()
		until := func() time.Time {
			must(t, h.Boost(ctx, h.Workspace, h.Bound.ID))
			return source(t, h).WatchedUntil
		}
		first := until()
		if !first.Equal(h.Now().Add(5 * time.Minute)) {
			t.Fatalf("it is watched until %s", first)
		}
		h.Forward(59 * time.Second)
		if !until().Equal(first) {
			t.Error("the row was written again within the minute")
		}
		h.Forward(time.Second)
		if !until().Equal(h.Now().Add(5 * time.Minute)) {
			t.Error("it was not lengthened after a minute")
		}
	})
}

func TestAQuotaRemembersItsLastReading(t *testing.T) {
	storetest.Each(t, func(t *testing.T, h *storetest.House) {
		ctx, quota, read := t.Context(), daily(100), h.Now()
		must(t, h.Spend(ctx, inbox.ForReading, quota))
		h.Forward(time.Minute)
		must(t, h.Spend(ctx, inbox.ForAnswering, quota))
		states, err := h.Twin().QuotaStates(ctx, []inbox.Quota{quota})
		must(t, err)
		if !states[0].ReadAt.Equal(read) || states[0].ReadsLeft() != 78 {
			t.Errorf("the quota stands at %+v, %d left for reading", states[0], states[0].ReadsLeft())
		}
	})
}
