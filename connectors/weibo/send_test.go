package weibo

import (
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"weibox/inbox"
)

const accepted = `{"created_at":"Mon Mar 04 09:30:01 +0800 2024","id":5008105000000000,"idstr":"5008105000000000","text":"回复@小雨:您好 &lt;3","user":{"id":1900000001}}`

func TestACommentIsAnsweredUnderItself(t *testing.T) {
	r := rigged(t)
	r.platform.says("/2/comments/reply.json", 200, accepted)
	out := aReply
	out.OperatorIP = "114.114.114.114"
	got := must(send(r, out))(t)
	if got.ExternalID != "5008105000000000" || got.Text != "回复@小雨:您好 <3" || !got.At.Equal(march.Add(time.Second)) {
		t.Errorf("receipt %+v", got)
	}
	form := r.platform.last().form
	for key, want := range map[string]string{
		"access_token": canary, "cid": "5008101234567890", "id": "5008090000000000", "comment": "您好", "without_mention": "0", "comment_ori": "0", "rip": "114.114.114.114",
	} {
		if form.Get(key) != want {
			t.Errorf("%s is %q, want %q", key, form.Get(key), want)
		}
	}
	if r.till.Purposes()[0] != inbox.ForAnswering || r.till.Spent()["weibo:account:1900000001:writes:hour"] != 1 {
		t.Errorf("paid as %v from %v", r.till.Purposes(), r.till.Spent())
	}
}

func TestAMentionInAPostIsAnsweredUnderThePost(t *testing.T) {
	r := rigged(t)
	r.platform.says("/2/comments/create.json", 200, accepted)
	must(send(r, inbox.Outbound{Kind: inbox.KindMention, Text: "谢谢", Post: "5008102480000000"}))(t)
	if got := r.platform.last(); got.form.Get("id") != "5008102480000000" || got.form.Has("cid") || got.form.Get("rip") != "8.8.4.4" {
		t.Errorf("%v", got.form)
	}
}

func TestAPrivateMessageIsJSONInsideAFormEncodedOnce(t *testing.T) {
	for family, path := range map[string]string{OpenFamily: "/m/2/messages/reply.json", CommercialFamily: "/c/2/messages/reply/biz.json"} {
		r := rigged(t, func(s *Settings) { s.Family = family })
		r.platform.says(path, 200, `{"result":true,"receiver_id":"2600000001"}`)
		got := must(send(r, inbox.Outbound{Kind: inbox.KindDM, Text: `您好 "100%" & <3`, Contact: "2600000001"}))(t)
		if got.ExternalID != "" {
			t.Errorf("a private message got the id %q", got.ExternalID)
		}
		form := r.platform.last().form
		if want := `{"text":"您好 \"100%\" \u0026 \u003c3"}`; form.Get("data") != want || form.Get("type") != "text" || form.Get("receiver_id") != "2600000001" {
			t.Errorf("%v", form)
		}
	}
}

func TestADelayedPostIsAYes(t *testing.T) {
	for _, status := range []int{200, 400} {
		r := rigged(t)
		r.platform.says("/2/comments/reply.json", status, `{"error":"Updated successfully, but delayed","error_code":"20032"}`)
		if got, err := send(r, aReply); err != nil || got.ExternalID != "" {
			t.Errorf("%+v %v", got, err)
		}
	}
}

func TestWhatThePlatformWouldSurelyRefuseDoesNotLeave(t *testing.T) {
	for name, tc := range map[string]struct {
		out  inbox.Outbound
		kind inbox.RefusalKind
	}{
		"141 characters":       {inbox.Outbound{Kind: inbox.KindComment, Parent: "1", Post: "2", Text: strings.Repeat("长", 141)}, inbox.RefusedContent},
		"301 in a message":     {inbox.Outbound{Kind: inbox.KindDM, Contact: "1", Text: strings.Repeat("长", 301)}, inbox.RefusedContent},
		"nothing":              {inbox.Outbound{Kind: inbox.KindComment, Parent: "1", Post: "2", Text: " \n"}, inbox.RefusedContent},
		"an answer to a event": {inbox.Outbound{Kind: inbox.KindEvent, Text: "好"}, inbox.RefusedOther},
	} {
		r := rigged(t)
		_, err := send(r, tc.out)
		if got := inbox.RefusalOf(err); got == nil || got.Kind != tc.kind || r.platform.calls() != 0 || len(r.till.Spent()) != 0 {
			t.Errorf("%s: %v after %d calls", name, err, r.platform.calls())
		}
	}
}

func TestRefusalsOfAnAnswerAreSorted(t *testing.T) {
	dm := inbox.Outbound{Kind: inbox.KindDM, Text: "好", Contact: "2600000001"}
	for _, tc := range []struct {
		out  inbox.Outbound
		body string
		want inbox.RefusalKind
	}{
		{aReply, `{"error_code":20019,"error":"repeat content!"}`, inbox.RefusedRepeat},
		{aReply, `{"error_code":20201,"error":"target weibo comment does not exist!"}`, inbox.RefusedGone},
		{aReply, `{"error_code":20016,"error":"out of limit"}`, inbox.RefusedLimit},
		{aReply, `{"error_code":20206,"error":"author only allows followings"}`, inbox.RefusedAudience},
		{dm, `{"error_code":20399,"error":"out of 48 hours"}`, inbox.RefusedWindow},
		{dm, `{"error_code":"20301","error":"not your follower"}`, inbox.RefusedAudience},
		{dm, `{"error_code":21332,"error":"invalid_access_token"}`, inbox.RefusedToken},
		{dm, `{"result":false}`, inbox.RefusedWindow},
	} {
		r := rigged(t)
		for _, path := range []string{"/2/comments/reply.json", "/m/2/messages/reply.json"} {
			r.platform.says(path, 403, tc.body)
			if strings.Contains(tc.body, "result") {
				r.platform.says(path, 200, tc.body)
			}
		}
		_, err := send(r, tc.out)
		if got := inbox.RefusalOf(err); got == nil || got.Kind != tc.want {
			t.Errorf("%s: %v, want %s", tc.body, err, tc.want)
		}
	}
}

func TestPostingTooOftenSaysWhenToComeBack(t *testing.T) {
	r := rigged(t)
	r.platform.says("/2/comments/reply.json", 400, `{"error_code":20016,"error":"out of limit"}`)
	_, err := send(r, aReply)
	if got := inbox.RefusalOf(err); got == nil || !got.RetryAt.Equal(march.Add(5*time.Minute)) {
		t.Errorf("%+v", got)
	}
}

func TestTheOperatorsAddressIsSentOnlyIfItIsPublic(t *testing.T) {
	r := rigged(t)
	for ip, want := range map[string]string{
		"114.114.114.114": "114.114.114.114", "10.0.0.1": "8.8.4.4", "127.0.0.1": "8.8.4.4", "192.168.1.9": "8.8.4.4", "100.64.3.2": "8.8.4.4",
		"169.254.169.254": "8.8.4.4", "::1": "8.8.4.4", "": "8.8.4.4", "unknown": "8.8.4.4", "::ffff:10.0.0.1": "8.8.4.4",
	} {
		if got := r.operatorIP(ip); got != want {
			t.Errorf("%q: %q, want %q", ip, got, want)
		}
	}
}

func TestAMissingOperatorAddressIsNamedAndNotBlamedOnTheText(t *testing.T) {
	r := rigged(t, func(s *Settings) { s.FallbackIP = "" })
	r.platform.says("/2/comments/reply.json", 400, `{"error_code":10016,"error":"miss required parameter (rip)"}`)
	out := aReply
	out.OperatorIP = "10.0.0.1"
	_, err := send(r, out)
	if got := inbox.RefusalOf(err); got == nil || got.Kind != inbox.RefusedConfig || !strings.Contains(got.ZH, "weibo.fallback_ip") {
		t.Errorf("%+v", got)
	}
}

func TestAnAnnouncedCommentIsAnsweredAfterLookingUpItsPost(t *testing.T) {
	r := rigged(t)
	out := aReply
	out.Post = ""
	const list = "/2/comments/mentions.json"
	r.platform.says(list, 200, `{"comments":[{"id":5008101234567890,"status":{"id":5008090000000000}}]}`)
	r.platform.says("/2/comments/reply.json", 200, accepted)
	must(send(r, out))(t)
	if got := r.platform.last().form.Get("id"); got != "5008090000000000" {
		t.Errorf("answered under %q", got)
	}
	if asked := r.platform.asked()[0]; asked.form.Get("max_id") != string(out.Parent) || asked.form.Get("count") != "1" {
		t.Errorf("looked for it by %s", asked.query)
	}
	for _, other := range []string{`{"comments":[]}`, `{"comments":[{"id":5008101234567889,"status":{"id":1}}]}`} {
		r.platform.says(list, 200, other)
		if _, err := send(r, out); inbox.RefusalOf(err) == nil || !strings.Contains(inbox.RefusalOf(err).ZH, "稍后") {
			t.Errorf("a comment that is not shown: %v", err)
		}
	}
	r.platform.on(list, http.HandlerFunc(hangUp))
	if _, err := send(r, out); !errors.Is(err, inbox.ErrNotLeft) {
		t.Errorf("the answer did not leave, but: %v", err)
	}
}
