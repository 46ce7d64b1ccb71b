package weibo

import (
	"net/url"
	"testing"
	"time"

	"weibox/inbox"
)

// officialPush is the example on Weibo's own page (docs/platforms/weibo.md §4.1).
func officialPush(method string) inbox.Push {
	return inbox.Push{Method: method, Query: url.Values{
		"signature": {"90e4c22c90a58f26526c2dd5b6c56c8822edeaa1"}, "timestamp": {"1397022061823"}, "nonce": {"57155157"}, "echostr": {"dnPdpTZz85"},
	}}
}

var officialTime = time.UnixMilli(1397022061823)

func TestTheOfficialSignatureIsAccepted(t *testing.T) {
	r := rigged(t)
	answer, err := r.Verify(r.account, officialPush("GET"), officialTime)
	if err != nil || string(answer) != "dnPdpTZz85" {
		t.Errorf("question: %q %v", answer, err)
	}
	answer, err = r.Verify(r.account, officialPush("POST"), officialTime.Add(9*time.Minute))
	if err != nil || answer != nil {
		t.Errorf("push: %q %v", answer, err)
	}
}

func TestAnOldQuestionIsAnsweredToo(t *testing.T) {
	r := rigged(t)
	if answer, err := r.Verify(r.account, officialPush("GET"), officialTime.AddDate(12, 0, 0)); err != nil || string(answer) != "dnPdpTZz85" {
		t.Errorf("%q %v", answer, err)
	}
}

func TestAPushDeliveredAgainIsNotRefusedForItsNonce(t *testing.T) {
	r := rigged(t)
	for range 3 {
		if _, err := r.Verify(r.account, officialPush("POST"), officialTime); err != nil {
			t.Fatal(err)
		}
	}
}

func TestAForgedOrStalePushIsDenied(t *testing.T) {
	with := func(key, value string) inbox.Push {
		p := officialPush("POST")
		p.Query.Set(key, value)
		return p
	}
	for name, tc := range map[string]struct {
		push inbox.Push
		at   time.Time
	}{
		"other signature":  {with("signature", "00e4c22c90a58f26526c2dd5b6c56c8822edeaa1"), officialTime},
		"no signature":     {with("signature", ""), officialTime},
		"other nonce":      {with("nonce", "57155158"), officialTime},
		"other timestamp":  {with("timestamp", "1397022061824"), officialTime},
		"eleven minutes":   {officialPush("POST"), officialTime.Add(11 * time.Minute)},
		"from the future":  {officialPush("POST"), officialTime.Add(-11 * time.Minute)},
		"nothing whatever": {inbox.Push{Method: "POST", Query: url.Values{}}, officialTime},
	} {
		r := rigged(t)
		if answer, err := r.Verify(r.account, tc.push, tc.at); inbox.CodeOf(err) != inbox.Denied || answer != nil {
			t.Errorf("%s: %q %v", name, answer, err)
		}
	}
}

func TestWithoutASecretNothingIsVerified(t *testing.T) {
	r := rigged(t, func(s *Settings) { s.AppSecret = "" })
	push := officialPush("POST")
	push.Query.Set("signature", signature("", "1397022061823", "57155157"))
	if _, err := r.Verify(r.account, push, officialTime); inbox.CodeOf(err) != inbox.Denied {
		t.Errorf("an empty secret signed a push: %v", err)
	}
}
