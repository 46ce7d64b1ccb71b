package weibo

import (
	"context"
	"strings"
	"testing"
	"time"

	"weibox/inbox"
)

func parsed(t *testing.T, r *rig, body []byte) inbox.Inbound {
	t.Helper()
	got := must(r.Parse(context.Background(), r.account, inbox.Push{Method: "POST", Body: body}))(t)
	if len(got) != 1 {
		t.Fatalf("%d sightings of one push", len(got))
	}
	return got[0]
}

func TestEveryPushOfThePageIsUnderstood(t *testing.T) {
	window := inbox.WindowMove{For: 48 * time.Hour, Allowance: 99}
	mentioned := inbox.WindowMove{For: 48 * time.Hour, Allowance: 1}
	for name, want := range map[string]inbox.Inbound{
		"text":            {Object: "dm", Kind: "dm", Type: "text", Text: "快递什么时候到? <急>", Place: "dm", Window: window},
		"text_no_data":    {Object: "dm", Kind: "dm", Type: "text", Text: "在吗", Place: "dm", Window: window},
		"keyword":         {Object: "event", Kind: "event", Type: "text", Text: "DY ", Place: "dm", Event: inbox.Subscribed, Window: window},
		"image":           {Object: "dm", Kind: "dm", Type: "image", Text: "发了一张图片", Place: "dm", Window: window},
		"voice":           {Object: "dm", Kind: "dm", Type: "voice", Text: "发了一个语音消息", Place: "dm", Window: window},
		"position":        {Object: "dm", Kind: "dm", Type: "position", Text: "我在这里 http://t.cn/zYv1", Place: "dm", Window: window},
		"video":           {Object: "dm", Kind: "dm", Type: "video", Text: "发了一个视频", Place: "dm", Window: window},
		"follow":          {Object: "event", Kind: "event", Type: "event", Text: "关注事件消息", Place: "dm", Event: inbox.Followed, Window: window},
		"unfollow":        {Object: "event", Kind: "event", Type: "event", Text: "取消关注事件消息", Place: "dm", Event: inbox.Unfollowed, Window: inbox.WindowMove{Shut: true}},
		"subscribe":       {Object: "event", Kind: "event", Type: "event", Text: "dy", Place: "dm", Event: inbox.Subscribed, Window: window},
		"unsubscribe":     {Object: "event", Kind: "event", Type: "event", Text: "td", Place: "dm", Event: inbox.Unsubscribed},
		"scan":            {Object: "event", Kind: "event", Type: "event", Text: "扫描二维码 门店7", Place: "dm", Event: inbox.Scanned, Window: window},
		"scan_follow":     {Object: "event", Kind: "event", Type: "event", Text: "扫描二维码 门店7", Place: "dm", Event: inbox.Scanned, Window: window},
		"click":           {Object: "event", Kind: "event", Type: "event", Text: "自定义菜单事件 查订单", Place: "dm", Event: inbox.MenuClicked, Window: window},
		"view":            {Object: "event", Kind: "event", Type: "event", Text: "自定义菜单事件 https://example.com/", Place: "dm", Event: inbox.MenuClicked},
		"event_unknown":   {Object: "event", Kind: "event", Type: "event", Text: "新事件", Place: "dm", Event: "poke"},
		"event_mention":   {Object: "event", Kind: "event", Type: "event", Text: "被@", Place: "dm", Event: "mention", Window: mentioned},
		"mention_status":  {Object: "post", Kind: "mention", Type: "text", Text: "@示例品牌 好看", Place: "post:5008102480000000", ExternalID: "5008102480000000", Window: mentioned},
		"mention_comment": {Object: "comment", Kind: "mention", Type: "text", Text: "@示例品牌 在吗", Place: "comment:5008101234567890", ExternalID: "5008101234567890", Window: mentioned},
		"mention_odd":     {Object: "event", Kind: "event", Type: "mention", Text: "@示例品牌", Place: "dm", Event: "mention", Window: mentioned},
	} {
		t.Run(name, func(t *testing.T) {
			body := fixture(t, "push/"+name+".json")
			got := parsed(t, rigged(t), body)
			if string(got.Raw) != string(body) {
				t.Error("the raw push was not kept whole")
			}
			if got.Direction != inbox.In || got.Contact.ExternalID != "2600000001" || !got.At.Equal(time.Date(2024, 3, 4, 1, 15, 2, 0, time.UTC)) {
				t.Errorf("direction, sender or time: %s", asJSON(got))
			}
			if want.ExternalID == "" && (!strings.HasPrefix(string(got.ExternalID), "h:") || len(got.ExternalID) != 66) {
				t.Errorf("key %q is no hash", got.ExternalID)
			}
			fields := inbox.Inbound{Object: got.Object, Kind: got.Kind, Type: got.Type, Text: got.Text, Place: got.Place, Event: got.Event, Window: got.Window}
			if want.ExternalID != "" {
				fields.ExternalID = got.ExternalID
			}
			if asJSON(fields) != asJSON(want) {
				t.Errorf("got  %s\nwant %s", asJSON(fields), asJSON(want))
			}
		})
	}
}

func TestAPictureIsFetchedByTheReceiversFile(t *testing.T) {
	got := parsed(t, rigged(t), fixture(t, "push/image.json")).Attachments
	if len(got) != 1 || got[0] != (inbox.AttachmentSighting{Type: "image", Ref: "mss:image:821804469"}) {
		t.Errorf("%+v", got)
	}
	got = parsed(t, rigged(t), fixture(t, "push/voice.json")).Attachments
	if len(got) != 1 || got[0] != (inbox.AttachmentSighting{Type: "voice", Ref: "mss:voice:821804470"}) {
		t.Errorf("%+v", got)
	}
}

func TestFollowingIsLearntFromEvents(t *testing.T) {
	for name, want := range map[string]string{"follow": "true", "unfollow": "false", "scan_follow": "true", "scan": "null", "text": "null"} {
		if got := asJSON(parsed(t, rigged(t), fixture(t, "push/"+name+".json")).Contact.FollowsUs); got != want {
			t.Errorf("%s: follows us is %s, want %s", name, got, want)
		}
	}
}

func TestAMentionByPushAndByPollHaveOneKey(t *testing.T) {
	r := rigged(t)
	pushed := parsed(t, r, fixture(t, "push/mention_status.json"))
	r.platform.says("/2/statuses/mentions.json", 200, string(fixture(t, "statuses_mentions.json")))
	polled := must(r.Poll(context.Background(), r.account, postMentions, ""))(t).Items[0]
	if pushed.Object != polled.Object || pushed.ExternalID != polled.ExternalID || pushed.Place != polled.Place {
		t.Errorf("pushed %s %s, polled %s %s", pushed.Object, pushed.ExternalID, polled.Object, polled.ExternalID)
	}
}

func TestADeliveryAgainHasTheSameKeyAndAnotherMessageHasNot(t *testing.T) {
	r := rigged(t)
	const head = `{"type":"text","receiver_id":1900000001,"sender_id":2600000001,"created_at":"Mon Mar 04 09:15:02 +0800 2024",`
	first := parsed(t, r, []byte(head+`"text":"在吗","data":{"a":1,"b":{"c":12345678901234567890,"d":2}}}`)).ExternalID
	again := parsed(t, r, []byte(head+`"data": {"b":{"d":2,"c":12345678901234567890}, "a":1},"text":"在吗"}`)).ExternalID
	if first != again {
		t.Error("the order of keys made another message of the same push")
	}
	for _, other := range []string{
		head + `"text":"在吗?","data":{"a":1,"b":{"c":12345678901234567890,"d":2}}}`,
		head + `"text":"在吗","data":{"a":1,"b":{"c":12345678901234567891,"d":2}}}`,
		strings.Replace(head, "2600000001", "2600000002", 1) + `"text":"在吗","data":{"a":1,"b":{"c":12345678901234567890,"d":2}}}`,
	} {
		if parsed(t, r, []byte(other)).ExternalID == first {
			t.Errorf("%s has the key of another message", other)
		}
	}
}

func TestAPushThatIsNotUnderstoodIsAnError(t *testing.T) {
	good := string(fixture(t, "push/text.json"))
	for name, body := range map[string]string{
		"other brand":    strings.Replace(good, "1900000001", "1900000002", 1),
		"no receiver":    strings.Replace(good, "receiver_id", "recipient_id", 1),
		"no sender":      strings.Replace(good, "2600000001", "null", 1),
		"no type":        strings.Replace(good, `"type":"text"`, `"typ":"text"`, 1),
		"no time":        strings.Replace(good, "Mon Mar 04", "yesterday", 1),
		"a list":         `[]`,
		"half an object": `{"type":"text"`,
		"nothing":        ``,
	} {
		r := rigged(t)
		if got, err := r.Parse(context.Background(), r.account, inbox.Push{Body: []byte(body)}); err == nil {
			t.Errorf("%s: understood as %s", name, asJSON(got))
		}
	}
}
