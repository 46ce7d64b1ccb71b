package store_test

import (
	"context"
	"sync/atomic"
	"testing"
	"time"

	"weibox/inbox"
	"weibox/inbox/store"
	"weibox/inbox/store/storetest"
)

var beijing = time.FixedZone("Asia/Shanghai", 8*60*60)

func daily(limit int) inbox.Quota {
	return inbox.Quota{Key: "weibo:account:1:day", ZH: "每日调用", EN: "daily calls", Limit: limit, Window: 24 * time.Hour, Zone: beijing}
}

func TestReadingLeavesAReserveForAnswers(t *testing.T) {
	storetest.Each(t, func(t *testing.T, h *storetest.House) {
		ctx, quota := t.Context(), daily(10)
		spent := func(p inbox.Purpose) (n int) {
			for n < 20 && h.Spend(ctx, p, quota) == nil {
				n++
			}
			return n
		}
		if n := spent(inbox.ForReading); n != 8 {
			t.Errorf("reading got %d of 10", n)
		}
		if n := spent(inbox.ForAnswering); n != 2 {
			t.Errorf("answers got %d more", n)
		}
	})
}

func TestADayBeginsAtMidnightInBeijing(t *testing.T) {
	storetest.Each(t, func(t *testing.T, h *storetest.House) {
		ctx, quota := t.Context(), daily(1)
		must(t, h.Spend(ctx, inbox.ForAnswering, quota)) // 17:00 in Beijing
		r := inbox.RefusalOf(h.Spend(ctx, inbox.ForAnswering, quota))
		midnight := time.Date(2026, 3, 3, 0, 0, 0, 0, beijing)
		if r == nil || r.Kind != inbox.RefusedLimit || !r.RetryAt.Equal(midnight) || r.ZH == "" || r.EN == "" {
			t.Fatalf("the refusal is %+v", r)
		}
		h.Forward(7*time.Hour - time.Millisecond)
		if h.Spend(ctx, inbox.ForAnswering, quota) == nil {
			t.Error("a call was given before midnight")
		}
		h.Forward(time.Millisecond)
		must(t, h.Spend(ctx, inbox.ForAnswering, quota))
	})
}

func TestCallsAreCountedAcrossProcessesAndRestarts(t *testing.T) {
	storetest.Each(t, func(t *testing.T, h *storetest.House) {
		quota, processes, given := daily(7), []*store.Store{h.Store, h.Twin()}, atomic.Int32{}
		together(t, 20, func(i int) error {
			err := processes[i%2].Spend(context.Background(), inbox.ForAnswering, quota)
			if err == nil {
				given.Add(1)
			} else if inbox.RefusalOf(err) == nil {
				return err
			}
			return nil
		})
		if given.Load() != 7 {
			t.Errorf("%d calls were given, not 7", given.Load())
		}
		states, err := h.Twin().QuotaStates(t.Context(), []inbox.Quota{quota})
		must(t, err)
		if states[0].Used != 7 || h.Twin().Spend(t.Context(), inbox.ForAnswering, quota) == nil {
			t.Errorf("after a restart %d are counted", states[0].Used)
		}
	})
}

func TestACallIsTakenFromEveryQuotaOrFromNone(t *testing.T) {
	storetest.Each(t, func(t *testing.T, h *storetest.House) {
		hour, empty := daily(5), daily(1)
		hour.Key, empty.Key = "weibo:app:1:hour", "weibo:ip:1:hour"
		must(t, h.Spend(t.Context(), inbox.ForAnswering, empty))
		if h.Spend(t.Context(), inbox.ForAnswering, hour, empty) == nil {
			t.Error("an empty quota gave a call")
		}
		states, err := h.QuotaStates(t.Context(), []inbox.Quota{hour})
		must(t, err)
		if states[0].Used != 0 {
			t.Errorf("%d calls were taken for nothing", states[0].Used)
		}
		must(t, h.Spend(t.Context(), inbox.ForAnswering, inbox.Quota{Key: "unlimited", Window: time.Hour}))
	})
}

func TestAQuotaThatThePlatformCallsEmptyIsEmptyUntilItsReset(t *testing.T) {
	storetest.Each(t, func(t *testing.T, h *storetest.House) {
		ctx, quota, until := t.Context(), daily(100), h.Now().Add(30*time.Minute)
		must(t, h.Spend(ctx, inbox.ForAnswering, quota))
		must(t, h.Exhaust(ctx, quota, until))
		r := inbox.RefusalOf(h.Spend(ctx, inbox.ForAnswering, quota))
		if r == nil || !r.RetryAt.Equal(until) {
			t.Errorf("the refusal is %+v", r)
		}
		states, err := h.QuotaStates(ctx, []inbox.Quota{quota})
		must(t, err)
		if states[0].Used != 100 || !states[0].ResetsAt.Equal(until) {
			t.Errorf("the page shows %+v", states[0])
		}
		h.Forward(30 * time.Minute)
		must(t, h.Spend(ctx, inbox.ForAnswering, quota))
	})
}
