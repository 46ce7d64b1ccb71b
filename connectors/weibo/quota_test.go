package weibo

import (
	"context"
	"strings"
	"testing"
	"time"

	"weibox/inbox"
)

func TestEveryCallIsPaidFromItsAddressItsAccountAndItsEndpoint(t *testing.T) {
	r := rigged(t, func(s *Settings) { s.Quotas.AppPerHour = 1000 })
	_, _ = r.Poll(context.Background(), r.account, toMe, "")
	_, _ = send(r, inbox.Outbound{Kind: inbox.KindDM, Text: "好", Contact: "26"})
	for key, want := range map[string]int{
		"weibo:address:open:hour": 2, "weibo:app:123:hour": 2, "weibo:account:1900000001:day": 1, "weibo:account:1900000001:comments/to_me:hour": 1,
		"weibo:account:1900000001:fans_service:hour": 1, "weibo:account:1900000001:writes:hour": 0,
	} {
		if r.till.Spent()[key] != want {
			t.Errorf("%s: %d, want %d", key, r.till.Spent()[key], want)
		}
	}
}

func TestCommercialCallsDoNotDrawOnTheOpenQuotas(t *testing.T) {
	r := rigged(t, func(s *Settings) { s.Family = CommercialFamily })
	_, _ = r.Poll(context.Background(), r.account, toMe, "")
	for key := range r.till.Spent() {
		if strings.HasSuffix(key, ":day") || key == "weibo:address:open:hour" {
			t.Errorf("%s was drawn on", key)
		}
	}
	_, _ = send(r, aReply)
	_, _ = send(r, inbox.Outbound{Kind: inbox.KindMention, Text: "谢谢", Post: "5008102480000000"}) // has no commercial twin
	spent := r.till.Spent()
	if spent["weibo:address:commercial:hour"] != 2 || spent["weibo:address:open:hour"] != 1 ||
		spent["weibo:account:1900000001:commercial_writes:hour"] != 1 || spent["weibo:account:1900000001:writes:hour"] != 1 {
		t.Errorf("%v", spent)
	}
}

func TestTheDocumentedLimitsAreShownForAnAccount(t *testing.T) {
	limits := map[string]int{}
	for _, q := range rigged(t).Quotas(inbox.Account{ExternalID: brand}) {
		if q.ZH == "" || q.EN == "" || q.Window == 0 || limits[q.Key] != 0 {
			t.Errorf("%+v", q)
		}
		limits[q.Key] = q.Limit
	}
	want := map[string]int{"weibo:address:open:hour": 15_000, "weibo:account:1900000001:day": 100, "weibo:account:1900000001:writes:hour": 30}
	if asJSON(limits) != asJSON(want) {
		t.Errorf("%v, want %v", limits, want)
	}
}

func TestTheDayOfAQuotaBeginsAtMidnightInBeijing(t *testing.T) {
	q, _ := accountQuotas(brand, Defaults().Quotas)
	if got := q.Resets(time.Date(2024, 3, 4, 15, 59, 0, 0, time.UTC)); !got.Equal(time.Date(2024, 3, 4, 16, 0, 0, 0, time.UTC)) {
		t.Errorf("%s", got)
	}
}

func TestTwoAccountsShareNoQuotaButThoseOfTheServerAndTheApp(t *testing.T) {
	c := rigged(t, func(s *Settings) { s.Quotas.AppPerHour = 5 }).Connector
	mine := map[string]bool{}
	for _, q := range c.Quotas(inbox.Account{ExternalID: "1"}) {
		mine[q.Key] = true
	}
	for _, q := range c.Quotas(inbox.Account{ExternalID: "2"}) {
		shared := strings.HasPrefix(q.Key, "weibo:address:") || strings.HasPrefix(q.Key, "weibo:app:")
		if mine[q.Key] != shared {
			t.Errorf("%s is shared: %t", q.Key, mine[q.Key])
		}
	}
}
