package sim

import (
	"encoding/json"
	"fmt"
	"testing"
	"time"
)

func TestADayHasAHundredCallsAndRateLimitStatusDoesNotSaySo(t *testing.T) {
	w := start(t, withQuotas)
	for range 4 {
		for range 25 {
			w.wantCode(w.get("/2/comments/to_me.json"), 0)
		}
		w.forward(time.Hour)
	}
	w.wantCode(w.get("/2/comments/to_me.json"), codeUserLimit)
	status := w.get("/2/account/rate_limit_status.json")
	if status.body["remaining_user_hits"] != json.Number("150") || status.body["user_limit"] != json.Number("150") {
		t.Errorf("%s", status.raw)
	}
	if status.body["reset_time"] != "2026-03-04 14:00:00" || status.body["reset_time_in_seconds"] != json.Number("2698") {
		t.Errorf("%s", status.raw)
	}
	w.forward(10 * time.Hour) // still the same Beijing day
	w.wantCode(w.get("/2/comments/to_me.json"), codeUserLimit)
	w.forward(time.Hour)
	w.wantCode(w.get("/2/comments/to_me.json"), 0)
}

func TestHourEndpointAndAddressHaveTheirOwnCodes(t *testing.T) {
	cases := []struct {
		name   string
		quotas Quotas
		code   int
	}{
		{"user", Quotas{UserPerHour: 2}, codeUserLimit},
		{"five minutes", Quotas{UserPerFiveMinutes: 2}, codeUserLimit},
		{"endpoint", Quotas{EndpointPerHour: 2}, codeEndpointLimit},
		{"address", Quotas{IPPerHour: 2}, codeIPLimit},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			w := start(t, func(o *Options) { o.Quotas = c.quotas })
			for range 2 {
				w.wantCode(w.get("/2/comments/to_me.json"), 0)
			}
			w.wantCode(w.get("/2/comments/to_me.json"), c.code)
			w.forward(time.Hour)
			w.wantCode(w.get("/2/comments/to_me.json"), 0)
		})
	}
}

func TestCommercialCallsHaveABudgetOfTheirOwn(t *testing.T) {
	w := start(t, commercial, func(o *Options) { o.Quotas = Quotas{CommercialIPPerHour: 2, UserPerDay: 1} })
	w.wantCode(w.get("/c/2/comments/to_me/biz.json"), 0)
	w.wantCode(w.get("/c/2/comments/mentions/biz.json"), 0)
	w.wantCode(w.get("/c/2/comments/to_me/biz.json"), codeIPLimit)
	w.wantCode(w.get("/2/comments/to_me.json"), 0)
	w.wantCode(w.get("/2/comments/to_me.json"), codeUserLimit)
}

func TestThirtyWritesAnHour(t *testing.T) {
	w := start(t, withQuotas)
	post := w.Post(w.brand, "x")
	write := func(i int) answer {
		return w.post("/2/comments/create.json", "id", post, "comment", fmt.Sprint("第", i, "条"), "rip", w.rip)
	}
	for i := range 30 {
		w.wantCode(write(i), 0)
	}
	w.wantCode(write(30), codeTooOften)
	w.wantCode(w.get("/2/comments/by_me.json"), 0)
	w.forward(time.Hour)
	w.wantCode(write(31), 0)
}

func TestUnreadCountIsCountedUnlessTheSettingSaysItIsFree(t *testing.T) {
	for free, code := range map[bool]int{false: codeUserLimit, true: 0} {
		w := start(t, func(o *Options) { o.Quotas = Quotas{UserPerDay: 1, FreeUnreadCount: free} })
		w.get("/rm/2/remind/unread_count.json")
		if a := w.get("/2/account/get_uid.json"); a.code() != code {
			t.Errorf("free %v: %s", free, a.raw)
		}
	}
}
