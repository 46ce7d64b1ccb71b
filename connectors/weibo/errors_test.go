package weibo

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"
	"unicode"

	"weibox/inbox"
)

func TestEveryRefusalSpeaksBothLanguages(t *testing.T) {
	for code, v := range verdicts {
		if v.kind == "" || !strings.ContainsFunc(v.zh, func(r rune) bool { return unicode.Is(unicode.Han, r) }) || strings.ContainsFunc(v.en, func(r rune) bool { return unicode.Is(unicode.Han, r) }) {
			t.Errorf("%s: %+v", code, v)
		}
	}
}

func TestNoCodeStandsInTheTableTwice(t *testing.T) {
	n := 0
	for _, line := range table {
		n += len(strings.Fields(line.codes))
	}
	if n != len(verdicts) {
		t.Errorf("%d codes in the table, %d verdicts", n, len(verdicts))
	}
}

func TestTheCodeDecidesWhateverTheStatusAndItsDress(t *testing.T) {
	for body, want := range map[string]inbox.RefusalKind{
		`{"request":"/2/x","error_code":"20502","error":"Need you follow uid."}`: inbox.RefusedOther,
		`{"error":"expired_token","error_code":21327,"request":"/2/x"}`:          inbox.RefusedToken,
		`{"error_code":10014,"error":"Insufficient app permissions!"}`:           inbox.RefusedPermission,
		`{"error":"system error","error_code":"10001"}`:                          inbox.RefusedBusy,
		`{"errcode":20003,"errmsg":"user does not exists"}`:                      inbox.RefusedGone,
		`{"error_code":10004,"error":"IP limit"}`:                                inbox.RefusedConfig,
		`{"error_code":99999,"error":"something new"}`:                           inbox.RefusedOther,
	} {
		for _, status := range []int{200, 400, 401, 403, 404, 500, 503} {
			r := rigged(t)
			r.platform.says("/2/comments/to_me.json", status, body)
			_, err := r.Poll(context.Background(), r.account, toMe, "")
			if got := inbox.RefusalOf(err); got == nil || got.Kind != want || got.ZH == "" || got.EN == "" {
				t.Errorf("%d %s: %v, want %s", status, body, err, want)
			}
		}
	}
}

func TestAnUnknownRefusalShowsThePlatformsWords(t *testing.T) {
	r := rigged(t)
	r.platform.says("/2/comments/to_me.json", 400, `{"error_code":29999,"error":"the moon is full"}`)
	_, err := r.Poll(context.Background(), r.account, toMe, "")
	got := inbox.RefusalOf(err)
	if got == nil || got.Said != "the moon is full" || !strings.Contains(got.ZH, got.Said) || !strings.Contains(got.EN, "29999") {
		t.Errorf("%+v", got)
	}
}

func TestAnEmptiedQuotaIsTheOneThePlatformNamed(t *testing.T) {
	hour, midnight := march.Add(30*time.Minute), time.Date(2024, 3, 4, 16, 0, 0, 0, time.UTC) // Beijing's midnight
	for code, want := range map[int]struct {
		key   string
		until time.Time
	}{
		10022: {"weibo:address:open:hour", hour},
		10023: {"weibo:account:1900000001:day", midnight},
		10024: {"weibo:account:1900000001:comments/to_me:hour", hour},
	} {
		r := rigged(t)
		r.platform.says("/2/comments/to_me.json", 403, fmt.Sprintf(`{"error_code":%d,"error":"over"}`, code))
		_, err := r.Poll(context.Background(), r.account, toMe, "")
		got := inbox.RefusalOf(err)
		if got == nil || got.Kind != inbox.RefusedLimit || !got.RetryAt.Equal(want.until) || !r.till.Emptied()[want.key].Equal(want.until) || len(r.till.Emptied()) != 1 {
			t.Errorf("%d: %+v, exhausted %v", code, got, r.till.Emptied())
		}
	}
}

func TestWithAnHourlyLimitTheHourIsEmptiedFirst(t *testing.T) {
	r := rigged(t, func(s *Settings) { s.Quotas.AccountPerHour = 150 })
	r.platform.says("/2/comments/to_me.json", 403, `{"error_code":10023,"error":"over"}`)
	_, _ = r.Poll(context.Background(), r.account, toMe, "")
	if _, ok := r.till.Emptied()["weibo:account:1900000001:hour"]; !ok || len(r.till.Emptied()) != 1 {
		t.Errorf("exhausted %v", r.till.Emptied())
	}
}

func TestACaptchaPausesTheWritesOfTheAccount(t *testing.T) {
	r := rigged(t)
	r.platform.says("/2/comments/reply.json", 400, `{"error_code":20031,"error":"test and verify"}`)
	_, err := r.Send(context.Background(), r.account, inbox.Outbound{Kind: inbox.KindComment, Text: "好", Parent: "1", Post: "2"})
	if inbox.RefusalOf(err) == nil || !r.till.Emptied()["weibo:account:1900000001:writes:hour"].Equal(march.Add(30*time.Minute)) {
		t.Errorf("%v, exhausted %v", err, r.till.Emptied())
	}
}
