package store_test

import (
	"context"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"weibox/inbox"
	"weibox/inbox/store"
	"weibox/inbox/store/storetest"
)

func TestAnOAuthStateWorksOnceInItsSessionForTenMinutes(t *testing.T) {
	storetest.Each(t, func(t *testing.T, h *storetest.House) {
		ctx, other := t.Context(), h.Found("晴野", "1900000002")
		use := func(state string, session inbox.SessionID, w inbox.WorkspaceID, p inbox.Platform) inbox.Code {
			account, err := h.UseState(ctx, state, session, w, p)
			if err == nil && account != h.Bound.ID {
				t.Errorf("the state is for account %d", account)
			}
			return inbox.CodeOf(err)
		}
		must(t, h.AddState(ctx, "s1", 7, h.Workspace, "weibo", h.Bound.ID))
		if use("s1", 8, h.Workspace, "weibo") != inbox.Denied || use("s1", 7, other.Workspace, "weibo") != inbox.Denied ||
			use("s1", 7, h.Workspace, "wechat") != inbox.Denied || use("s2", 7, h.Workspace, "weibo") != inbox.Denied {
			t.Error("a state was taken in another session, workspace or platform, or made up")
		}
		if code := use("s1", 7, h.Workspace, "weibo"); code != "" {
			t.Errorf("in its own session: %s", code)
		}
		if use("s1", 7, h.Workspace, "weibo") != inbox.Denied {
			t.Error("a state worked twice")
		}
		must(t, h.AddState(ctx, "s3", 7, h.Workspace, "weibo", h.Bound.ID))
		h.Forward(10 * time.Minute)
		if use("s3", 7, h.Workspace, "weibo") != inbox.Denied {
			t.Error("a state worked after ten minutes")
		}
		if n := h.Count("SELECT COUNT(*) FROM oauth_states WHERE hash IN ('s1', 's3')"); n != 0 {
			t.Error("states are stored readable")
		}
		h.Forward(25 * time.Hour)
		must(t, h.System().ForgetStates(ctx, h.Now()))
		if n := h.Count("SELECT COUNT(*) FROM oauth_states"); n != 0 {
			t.Errorf("%d old states are kept", n)
		}
	})
}

func TestAStateUsedTwiceAtOnceWorksOnce(t *testing.T) {
	storetest.Each(t, func(t *testing.T, h *storetest.House) {
		must(t, h.AddState(t.Context(), "s1", 7, h.Workspace, "weibo", 0))
		processes, won := []*store.Store{h.Store, h.Twin()}, atomic.Int32{}
		together(t, 6, func(i int) error {
			if _, err := processes[i%2].UseState(context.Background(), "s1", 7, h.Workspace, "weibo"); err == nil {
				won.Add(1)
			} else if inbox.CodeOf(err) != inbox.Denied {
				return err
			}
			return nil
		})
		if won.Load() != 1 {
			t.Errorf("it worked %d times", won.Load())
		}
	})
}

func grant(id string) inbox.Grant {
	return inbox.Grant{ExternalID: inbox.ExternalID(id), Name: "晴野", Token: inbox.Token{Access: "fresh"}}
}

func TestAnAccountBelongsToOneWorkspaceAtATime(t *testing.T) {
	storetest.Each(t, func(t *testing.T, h *storetest.House) {
		ctx, other := t.Context(), h.Found("晴野", "1900000002")
		_, err := h.Store.Bind(ctx, other.Workspace, "weibo", grant("1900000001"), 0, storetest.Sources, other.Owner.ID)
		if inbox.CodeOf(err) != inbox.Conflict {
			t.Fatalf("a second workspace bound the account: %v", err)
		}
		if n := h.Count("SELECT COUNT(*) FROM accounts WHERE workspace_id = ?", other.Workspace); n != 1 {
			t.Errorf("the other workspace is left with %d accounts", n)
		}
		must(t, h.SetAccountState(ctx, h.Bound, []inbox.AccountState{inbox.AccountActive}, inbox.AccountUnbound, h.Owner.ID))
		if n := h.Count("SELECT COUNT(*) FROM accounts WHERE id = ? AND sealed_token IS NULL", h.Bound.ID); n != 1 {
			t.Error("unbinding did not forget the token")
		}
		if _, err := h.HookAccount(ctx, "weibo", h.Bound.HookKey); inbox.CodeOf(err) != inbox.NotFound {
			t.Errorf("the webhook of an unbound account still works: %v", err)
		}
		moved, err := h.Store.Bind(ctx, other.Workspace, "weibo", grant("1900000001"), 0, storetest.Sources, other.Owner.ID)
		must(t, err)
		if moved.ID == h.Bound.ID || moved.HookKey == h.Bound.HookKey {
			t.Error("the account took its rows to the other workspace")
		}
	})
}

func TestTwoWorkspacesThatBindAnAccountAtOnceLeaveOneWithIt(t *testing.T) {
	storetest.Each(t, func(t *testing.T, h *storetest.House) {
		houses := []storetest.Brand{h.Brand, h.Found("晴野", "1900000002")}
		processes, won := []*store.Store{h.Store, h.Twin()}, atomic.Int32{}
		together(t, 2, func(i int) error {
			_, err := processes[i].Bind(context.Background(), houses[i].Workspace, "weibo", grant("1900000005"), 0, storetest.Sources, houses[i].Owner.ID)
			if err == nil {
				won.Add(1)
			} else if inbox.CodeOf(err) != inbox.Conflict {
				return err
			}
			return nil
		})
		if won.Load() != 1 || h.Count("SELECT COUNT(*) FROM accounts WHERE external_id = '1900000005'") != 1 {
			t.Errorf("%d workspaces have it", won.Load())
		}
	})
}

func TestReauthorisingGoesOnWhereItStopped(t *testing.T) {
	storetest.Each(t, func(t *testing.T, h *storetest.House) {
		ctx := t.Context()
		h.Arrive(inbox.Batch{Account: h.Bound, Origin: "comments_to_me", Move: &inbox.CursorMove{Source: "comments_to_me", Next: "since:5", Imported: true, NextPoll: h.Now().Add(time.Hour)}})
		must(t, h.RefuseAccount(ctx, h.Bound, &inbox.Refusal{Kind: inbox.RefusedToken, Code: "21327", ZH: "授权已过期", EN: "expired"}))
		a, err := h.Account(ctx, h.Owner, h.Bound.ID)
		must(t, err)
		if a.State != inbox.AccountReauthorise || a.StateReason.ZH != "授权已过期" {
			t.Errorf("the account is %s: %+v", a.State, a.StateReason)
		}
		h.Forward(2 * time.Hour)
		if due, _ := h.System().SourcesToPlan(ctx); len(due) != 0 {
			t.Errorf("%d of its sources are still polled", len(due))
		}
		if _, _, ok, err := h.ClaimSource(ctx, h.Workspace, h.Bound.ID, "comments_to_me", "p", time.Minute); ok || err != nil {
			t.Errorf("its source can be claimed: %v, %v", ok, err)
		}
		must(t, h.System().MarkPlanned(ctx, []inbox.PollPlan{{Source: source(t, h)}})) // just before the platform refused
		_, err = h.Store.Bind(ctx, h.Workspace, "weibo", grant("1900000002"), h.Bound.ID, storetest.Sources, h.Owner.ID)
		if inbox.CodeOf(err) != inbox.Conflict || h.Count("SELECT COUNT(*) FROM accounts") != 1 {
			t.Errorf("the consent of another account was taken: %v", err)
		}
		h.Forward(time.Minute)
		again, err := h.Store.Bind(ctx, h.Workspace, "weibo", grant("1900000001"), h.Bound.ID, storetest.Sources, h.Owner.ID)
		must(t, err)
		if again.ID != h.Bound.ID || again.HookKey != h.Bound.HookKey || again.State != inbox.AccountActive || again.Token.Access.Reveal() != "fresh" {
			t.Errorf("bound again it is %+v", again)
		}
		if s := source(t, h); s.Cursor != "since:5" || !s.Imported || s.NextPollAt.After(h.Now()) {
			t.Errorf("its source stands at %+v", s)
		}
		if s := source(t, h); !s.PlannedAt.IsZero() {
			t.Error("a plan of before keeps it from being read at once")
		}
		if _, _, ok, err := h.ClaimSource(ctx, h.Workspace, h.Bound.ID, "comments_to_me", "p", time.Minute); !ok || err != nil {
			t.Errorf("its source cannot be read at once: %v, %v", ok, err)
		}
	})
}

func TestARefusalOfAnOldTokenSaysNothingAboutTheNewOne(t *testing.T) {
	storetest.Each(t, func(t *testing.T, h *storetest.House) {
		old := h.Bound
		h.Forward(time.Minute)
		_, err := h.Store.Bind(t.Context(), h.Workspace, "weibo", grant("1900000001"), 0, storetest.Sources, h.Owner.ID)
		must(t, err)
		must(t, h.RefuseAccount(t.Context(), old, &inbox.Refusal{Kind: inbox.RefusedToken, ZH: "旧", EN: "old"}))
		if a, _ := h.Account(t.Context(), h.Owner, old.ID); a.State != inbox.AccountActive {
			t.Errorf("the freshly bound account is %s", a.State)
		}
	})
}

func TestAPersonsPauseStaysThroughARefusal(t *testing.T) {
	storetest.Each(t, func(t *testing.T, h *storetest.House) {
		ctx := t.Context()
		must(t, h.SetAccountState(ctx, h.Bound, []inbox.AccountState{inbox.AccountActive}, inbox.AccountPaused, h.Owner.ID))
		must(t, h.RefuseAccount(ctx, h.Bound, &inbox.Refusal{Kind: inbox.RefusedToken, ZH: "x", EN: "x"}))
		if a, _ := h.Account(ctx, h.Owner, h.Bound.ID); a.State != inbox.AccountPaused {
			t.Errorf("the account is %s", a.State)
		}
	})
}

func TestASourceIsPolledByOneProcessAtATime(t *testing.T) {
	storetest.Each(t, func(t *testing.T, h *storetest.House) {
		processes, won := []*store.Store{h.Store, h.Twin()}, atomic.Int32{}
		claim := func(i int) error {
			_, _, ok, err := processes[i%2].ClaimSource(context.Background(), h.Workspace, h.Bound.ID, "mentions", fmt.Sprint(i), time.Minute)
			if ok {
				won.Add(1)
			}
			return err
		}
		together(t, 6, claim)
		if won.Load() != 1 {
			t.Errorf("%d processes have it", won.Load())
		}
		h.Forward(time.Minute) // the one that has it did not come back
		must(t, claim(9))
		if won.Load() != 2 {
			t.Error("a dead process blocks a source for ever")
		}
	})
}

func TestALeaseHasOneHolderUntilItRunsOut(t *testing.T) {
	storetest.Each(t, func(t *testing.T, h *storetest.House) {
		ctx, systems, won := context.Background(), []*store.System{h.System(), h.Twin().System()}, atomic.Int32{}
		together(t, 6, func(i int) error {
			ok, err := systems[i%2].TakeLease(ctx, "scheduler", fmt.Sprint(i), time.Minute)
			if ok {
				won.Add(1)
			}
			return err
		})
		if won.Load() != 1 {
			t.Fatalf("%d hold it", won.Load())
		}
		holder := h.Strings("SELECT holder FROM leases")[0]
		h.Forward(50 * time.Second)
		if ok, err := h.System().TakeLease(ctx, "scheduler", holder, time.Minute); !ok || err != nil {
			t.Errorf("its holder cannot lengthen it: %v", err)
		}
		h.Forward(50 * time.Second)
		if ok, _ := h.System().TakeLease(ctx, "scheduler", "late", time.Minute); ok {
			t.Error("somebody else took a lengthened lease")
		}
		must(t, h.System().DropLease(ctx, "scheduler", "late")) // not his
		if ok, _ := h.System().TakeLease(ctx, "scheduler", "late", time.Minute); ok {
			t.Error("somebody else gave the lease back")
		}
		must(t, h.System().DropLease(ctx, "scheduler", holder))
		if ok, _ := h.System().TakeLease(ctx, "scheduler", "late", time.Minute); !ok {
			t.Error("a lease that was given back is not free")
		}
	})
}

func TestTheSourcesThatArePlannedAreThoseOfWorkingAccounts(t *testing.T) {
	storetest.Each(t, func(t *testing.T, h *storetest.House) {
		paused := h.Bind(h.Owner, "1900000009")
		must(t, h.SetAccountState(t.Context(), paused, []inbox.AccountState{inbox.AccountActive}, inbox.AccountPaused, h.Owner.ID))
		sources, err := h.System().SourcesToPlan(t.Context())
		must(t, err)
		if len(sources) != len(storetest.Sources) {
			t.Fatalf("%d sources are planned", len(sources))
		}
		for _, s := range sources {
			if s.WorkspaceID != h.Workspace || s.AccountID != h.Bound.ID || s.Name == "" || s.Account.ID != h.Bound.ID || s.Account.ExternalID != "1900000001" {
				t.Errorf("planned is %+v", s)
			}
		}
	})
}
