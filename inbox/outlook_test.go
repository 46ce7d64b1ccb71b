package inbox_test

import (
	"strings"
	"testing"
	"time"

	"weibox/inbox"
)

func TestThePageSaysWhenAListIsReadNextAndWhy(t *testing.T) {
	eachReadingRoom(t, func(t *testing.T, r *readingRoom) {
		r.quotas = []inbox.Quota{aDay(100)}
		platforms := inbox.NewPlatforms(r.Store, inbox.Connectors{"weibo": r.lists}, r.hints, r.hints, "http://localhost")
		look := func(why string, next, delay time.Duration) {
			t.Helper()
			account, err := r.Store.Account(t.Context(), r.Owner, r.Bound.ID)
			mustBe(t, err, "")
			outlooks, err := platforms.Outlooks(t.Context(), r.Owner, account, []inbox.SourceState{r.source("mentions")}, r.Now())
			mustBe(t, err, "")
			o := outlooks["mentions"]
			if !strings.Contains(o.Plan.EN, why) || o.Plan.ZH == "" || o.Delay != delay {
				t.Errorf("it says %q, news waits %s on average", o.Plan.EN, o.Delay)
			}
			if in := o.NextAt.Sub(r.Now()); next >= 0 && in != next || next < 0 && !o.NextAt.IsZero() {
				t.Errorf("%s: the next poll is in %s, not in %s", why, in, next)
			}
		}
		look("first import", 0, 0)
		r.tick()
		r.Forward(time.Hour)
		mustBe(t, r.polling.Poll(t.Context(), r.Workspace, r.Bound.ID, "mentions"), "")
		look("how much news is expected", time.Hour, 30*time.Minute)
		r.Forward(20 * time.Minute)
		look("how much news is expected", 40*time.Minute, 30*time.Minute)
		mustBe(t, r.Boost(t.Context(), r.Workspace, r.Bound.ID), "")
		look("an agent has the account open", 40*time.Minute, 30*time.Minute)
		mustBe(t, r.HurrySources(t.Context(), r.Workspace, r.Bound.ID), "")
		look("news is known of", 0, 30*time.Minute)
		r.lists.fail = errReset
		mustBe(t, r.polling.Poll(t.Context(), r.Workspace, r.Bound.ID, "mentions"), "")
		look("the last poll failed", time.Minute, 30*time.Minute)
		mustBe(t, r.Exhaust(t.Context(), r.quotas[0], r.Now().Add(5*time.Hour)), "")
		look("calls of the account per day is used up", 5*time.Hour, 30*time.Minute)
		mustBe(t, platforms.Pause(t.Context(), r.Owner, r.Bound.ID, true), "")
		look("nothing is read", -1, 30*time.Minute)
	})
}

func TestAStrangerLearnsNothingOfAnAccountsPolls(t *testing.T) {
	eachReadingRoom(t, func(t *testing.T, r *readingRoom) {
		platforms := inbox.NewPlatforms(r.Store, inbox.Connectors{"weibo": r.lists}, r.hints, r.hints, "http://localhost")
		stranger := inbox.Agent{WorkspaceID: r.Workspace, Role: inbox.Answerer}
		if outlooks, err := platforms.Outlooks(t.Context(), stranger, r.Bound, []inbox.SourceState{r.source("mentions")}, r.Now()); err != nil || len(outlooks) > 0 {
			t.Errorf("he learned %v, %v", outlooks, err)
		}
	})
}
