package weibo

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"weibox/inbox"
)

const mine = `{"id":%d,"created_at":"Mon Mar 04 09:30:%02d +0800 2024","text":"%s","user":{"id":%s},"status":{"id":%s},"reply_comment":{"id":%s,"user":{"id":26}}}`

func ownComments(items ...string) string {
	return `{"comments":[` + strings.Join(items, ",") + `],"next_cursor":0,"total_number":9}`
}

func TestAnAnswerOfUnknownOutcomeIsFoundByPlaceAndWords(t *testing.T) {
	right := fmt.Sprintf(mine, 5008105000000007, 7, "回复@小雨:您好 http://t.cn/A1", "1900000001", "5008090000000000", "5008101234567890")
	out := aReply
	out.Text = "您好 https://shop.example.com/x"
	for name, tc := range map[string]struct {
		item string
		want inbox.ExternalID
	}{
		"the answer itself":  {right, "5008105000000007"},
		"by somebody else":   {strings.Replace(right, "1900000001", "2600000001", 1), ""},
		"under other post":   {strings.Replace(right, "5008090000000000", "5008090000000001", 1), ""},
		"to other comment":   {strings.Replace(right, "5008101234567890", "5008101234567891", 1), ""},
		"other words":        {strings.Replace(right, "您好", "你好", 1), ""},
		"from before it all": {strings.Replace(right, "09:30:07", "09:27:07", 1), ""},
	} {
		r := rigged(t)
		r.platform.says("/2/comments/by_me.json", 200, ownComments(fmt.Sprintf(mine, 5008105000000008, 8, "别的", "1900000001", "1", "2"), tc.item))
		got, err := r.Find(context.Background(), r.account, out, march)
		if got != tc.want || (tc.want == "") != (inbox.CodeOf(err) == inbox.NotFound) {
			t.Errorf("%s: %q %v", name, got, err)
		}
	}
}

func TestAnAnswerUnderAPostHasNoParent(t *testing.T) {
	r := rigged(t)
	under := inbox.Outbound{Kind: inbox.KindMention, Text: "谢谢", Post: "5008102480000000"}
	r.platform.says("/2/comments/by_me.json", 200, ownComments(
		fmt.Sprintf(mine, 5008105000000008, 8, "谢谢", "1900000001", "5008102480000000", "77"),
		fmt.Sprintf(mine, 5008105000000007, 7, "谢谢", "1900000001", "5008102480000000", "0")))
	got, err := r.Find(context.Background(), r.account, under, march)
	if got != "5008105000000007" {
		t.Errorf("%q %v", got, err)
	}
}

func TestAFailedReadBackIsNoAbsence(t *testing.T) {
	r := rigged(t)
	r.platform.says("/2/comments/by_me.json", 503, ``)
	if _, err := r.Find(context.Background(), r.account, aReply, march); err == nil || inbox.CodeOf(err) == inbox.NotFound {
		t.Errorf("%v", err)
	}
	r.platform.says("/2/comments/by_me.json", 200, `{}`)
	if _, err := r.Find(context.Background(), r.account, aReply, march); err == nil || inbox.CodeOf(err) == inbox.NotFound {
		t.Errorf("an answer without a list proved an absence: %v", err)
	}
}

func TestPrivateMessagesCannotBeReadBack(t *testing.T) {
	r := rigged(t)
	if r.CanFind(inbox.KindDM) || !r.CanFind(inbox.KindComment) || !r.CanFind(inbox.KindMention) {
		t.Error("CanFind does not know what it can find")
	}
	if _, err := r.Find(context.Background(), r.account, inbox.Outbound{Kind: inbox.KindDM}, march); inbox.CodeOf(err) != inbox.Unsupported || r.platform.calls() != 0 {
		t.Errorf("%v", err)
	}
}
