package weibo

import (
	"context"
	"strings"
	"testing"
	"time"

	"weibox/inbox"
)

const oneComment = `{"comments":[{"id":1,"user":{"id":2},"created_at":"Mon Mar 04 09:15:02 +0800 2024"}],"next_cursor":0,"total_number":9}`

func (r *rig) check(seen inbox.Evidence) map[inbox.CapabilityName]inbox.Capability {
	got := map[inbox.CapabilityName]inbox.Capability{}
	for _, c := range r.Check(context.Background(), r.account, seen) {
		got[c.Name] = c
	}
	return got
}

func (r *rig) listsSay(status int, body string) {
	for _, path := range []string{"/2/comments/to_me.json", "/2/statuses/mentions.json", "/2/comments/mentions.json"} {
		r.platform.says(path, status, body)
	}
}

func TestACheckNamesEveryCapabilityWithItsNextStep(t *testing.T) {
	r := rigged(t)
	r.listsSay(200, oneComment)
	got := r.check(inbox.Evidence{})
	want := map[inbox.CapabilityName]inbox.CapabilityStatus{
		inbox.ReadComments: inbox.Proven, inbox.ReadMentions: inbox.Proven, inbox.ReceiveDM: inbox.Absent, inbox.ReplyComment: inbox.Granted, inbox.ReplyDM: inbox.Granted,
	}
	if len(got) != len(want) {
		t.Errorf("%d capabilities, want %d", len(got), len(want))
	}
	for name, status := range want {
		if c := got[name]; c.Status != status || c.ZH == "" || c.EN == "" || (status == inbox.Proven) != (c.ProvenAt != nil) {
			t.Errorf("%s: %+v, want %s", name, c, status)
		}
	}
	for _, asked := range r.platform.asked() {
		if asked.method != "GET" || asked.form.Get("count") != "1" {
			t.Errorf("a check did %s %s?%s", asked.method, asked.path, asked.query)
		}
	}
}

func TestDailyWorkProvesWhatACheckMayNotTry(t *testing.T) {
	r := rigged(t)
	r.listsSay(200, oneComment)
	pushed, replied := march.Add(-time.Hour), march.Add(-2*time.Hour)
	got := r.check(inbox.Evidence{LastPushAt: pushed, LastReplyAt: map[inbox.Kind]time.Time{inbox.KindMention: replied},
		LastRefusal: map[inbox.Kind]*inbox.Refusal{inbox.KindDM: refusal("10014", "no", messagesReply)}})
	if c := got[inbox.ReceiveDM]; c.Status != inbox.Proven || !c.ProvenAt.Equal(pushed) {
		t.Errorf("%+v", c)
	}
	if c := got[inbox.ReplyComment]; c.Status != inbox.Proven || !c.ProvenAt.Equal(replied) {
		t.Errorf("%+v", c)
	}
	if c := got[inbox.ReplyDM]; c.Status != inbox.Absent || c.Code != "10014" {
		t.Errorf("%+v", c)
	}
	got = r.check(inbox.Evidence{VerifiedAt: pushed, LastReplyAt: map[inbox.Kind]time.Time{inbox.KindDM: replied},
		LastRefusal: map[inbox.Kind]*inbox.Refusal{inbox.KindDM: refusal("20019", "repeat", messagesReply)}})
	if got[inbox.ReceiveDM].Status != inbox.Granted || got[inbox.ReplyDM].Status != inbox.Proven {
		t.Errorf("%+v", got)
	}
}

func TestARefusedCallShowsItsCodeAndADeadTokenTakesAllWithIt(t *testing.T) {
	r := rigged(t)
	r.listsSay(403, `{"error":"Insufficient app permissions!","error_code":10014}`)
	got := r.check(inbox.Evidence{})
	if c := got[inbox.ReadComments]; c.Status != inbox.Absent || c.Code != "10014" || !strings.Contains(c.ZH, "权限") {
		t.Errorf("%+v", c)
	}
	if got[inbox.ReplyComment].Status != inbox.Granted {
		t.Errorf("a missing permission to read says nothing about answers: %+v", got[inbox.ReplyComment])
	}
	r.listsSay(403, `{"error":"expired_token","error_code":21327}`)
	got = r.check(inbox.Evidence{LastReplyAt: map[inbox.Kind]time.Time{inbox.KindDM: march}})
	for _, name := range []inbox.CapabilityName{inbox.ReadComments, inbox.ReadMentions, inbox.ReplyComment, inbox.ReplyDM} {
		if got[name].Status != inbox.Absent || got[name].Code != "21327" {
			t.Errorf("%s: %+v", name, got[name])
		}
	}
}

func TestTroubleIsNoMissingCapability(t *testing.T) {
	for _, body := range []string{`{"error_code":10023,"error":"over"}`, `{"error_code":10001,"error":"busy"}`, `oops`} {
		r := rigged(t)
		r.listsSay(503, body)
		if c := r.check(inbox.Evidence{})[inbox.ReadComments]; c.Status != inbox.Granted || c.ZH == "" {
			t.Errorf("%s: %+v", body, c)
		}
	}
}

func TestTheFilterOfTheOpenAPIIsNoticed(t *testing.T) {
	r := rigged(t)
	r.listsSay(200, `{"comments":[],"next_cursor":0,"total_number":7}`)
	if c := r.check(inbox.Evidence{})[inbox.ReadComments]; c.Status != inbox.Granted || !strings.Contains(c.ZH, "商业接口") {
		t.Errorf("%+v", c)
	}
	paid := rigged(t, func(s *Settings) { s.Family = CommercialFamily })
	paid.platform.says("/c/2/comments/to_me/biz.json", 200, `{"comments":[],"next_cursor":0,"total_number":7}`)
	if c := paid.check(inbox.Evidence{})[inbox.ReadComments]; c.Status != inbox.Proven {
		t.Errorf("the newest comment was deleted, no more: %+v", c)
	}
	r.listsSay(200, `{"comments":[],"next_cursor":0,"total_number":0}`)
	r.platform.says("/rm/2/remind/unread_count.json", 200, `{"cmt":3,"mention_status":0,"mention_cmt":0}`)
	got := r.check(inbox.Evidence{})
	if got[inbox.ReadComments].Status != inbox.Granted || got[inbox.ReadMentions].Status != inbox.Proven {
		t.Errorf("%+v", got)
	}
}
