package sim

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

// decode reads an answer of the control API into its view.
func decode[View any](t *testing.T, a answer) View {
	t.Helper()
	var v View
	if a.status != http.StatusOK {
		t.Fatalf("HTTP %d: %s", a.status, a.raw)
	}
	if err := json.Unmarshal(a.raw, &v); err != nil {
		t.Fatalf("%v: %s", err, a.raw)
	}
	return v
}

func (w *world) ordered(name string, order map[string]any, field string) string {
	w.t.Helper()
	a := w.control(name, order)
	if a.status != http.StatusOK {
		w.t.Fatalf("%s: HTTP %d %s", name, a.status, a.raw)
	}
	id, _ := a.body[field].(string)
	return id
}

type o = map[string]any

func TestEverythingCanBeDrivenOverControl(t *testing.T) {
	w := start(t, withQuotas)
	h := w.hook(accepting)
	brand := w.ordered("brands", o{"name": "晴野户外"}, "uid")
	fan := w.ordered("fans", o{"name": "老陈", "followers": 9, "verified_type": 0, "authorized": true}, "uid")
	post := w.ordered("posts", o{"brand": w.brand, "text": "新品", "picture": true}, "id")
	comment := w.ordered("comments", o{"fan": fan, "post": post, "text": "好看"}, "id")
	answer := w.ordered("native", o{"brand": w.brand, "comment": comment, "text": "谢谢"}, "id")
	w.ordered("comments", o{"fan": fan, "post": post, "text": "不客气", "reply_to": answer}, "id")
	w.ordered("mentions", o{"fan": fan, "brand": w.brand, "text": "推荐"}, "id")
	w.ordered("mentions", o{"fan": fan, "brand": w.brand, "text": "来看", "in_comment_of": post}, "id")
	w.ordered("dm", o{"fan": fan, "brand": w.brand, "text": "在吗"}, "")
	w.ordered("dm", o{"fan": fan, "brand": w.brand, "type": "image"}, "")
	w.ordered("events", o{"fan": fan, "brand": w.brand, "subtype": "click", "key": "MENU"}, "")
	w.ordered("push", o{"brand": brand, "url": h.url, "mentions": "all"}, "")
	w.ordered("deny", o{"brand": brand, "endpoint": "comments/mentions"}, "")
	w.ordered("fault", o{"endpoint": "comments/reply", "kind": "delay", "delay_ms": 5, "times": 3}, "")
	w.ordered("family", o{"family": "commercial"}, "")
	w.settle()

	state := decode[stateView](t, w.get("/control/state"))
	if state.Family != Commercial || len(state.Brands) != 2 || len(state.Fans) != 1 || len(state.Faults) != 1 || state.Quotas[0].LimitToday != 100 {
		t.Errorf("%+v", state)
	}
	if b := state.Brands[1]; b.PushURL != h.url || b.Mentions != MentionsAll || b.Authorized || len(b.Denied) != 1 {
		t.Errorf("%+v", b)
	}
	if state.Fans[0].Followers != 9 || state.Fans[0].VerifiedType != 0 || !state.Fans[0].Authorized {
		t.Errorf("%+v", state.Fans[0])
	}
	posts := decode[struct{ Posts []postView }](t, w.get("/control/posts", "brand", w.brand)).Posts
	if len(posts) != 2 || posts[0].UID != fan || len(posts[1].Comments) != 4 || posts[1].Comments[1].ReplyTo != comment || posts[1].Picture == "" {
		t.Errorf("%+v", posts)
	}
	chats := decode[struct{ Chats []chatView }](t, w.get("/control/chats", "brand", w.brand)).Chats
	if len(chats) != 1 || len(chats[0].Messages) != 3 || chats[0].Left != 99 || !chats[0].WindowUntil.Equal(w.clock().Add(48*time.Hour)) {
		t.Errorf("%+v", chats)
	}
	if picture := w.do(w.request("GET", strings.TrimPrefix(chats[0].Messages[1].Picture, w.url), nil)); picture.contentType != "image/png" {
		t.Errorf("picture of the chat: HTTP %d %s", picture.status, picture.contentType)
	}
	ledger := decode[Ledger](t, w.get("/control/ledger"))
	if len(ledger.Accepted) != 1 || ledger.Accepted[0].Endpoint != "native" || len(ledger.Offered) != 6 {
		t.Errorf("%+v", ledger)
	}
	w.ordered("delete", o{"comment": comment}, "")
	w.ordered("authorize_all", o{"authorized": false}, "")
	w.ordered("expire", o{"brand": w.brand}, "")
	w.wantCode(w.get("/2/account/get_uid.json"), codeExpired)
	w.ordered("revoke", o{"brand": w.brand}, "")
	w.wantCode(w.get("/2/account/get_uid.json"), codeRevoked)
	w.do(w.request("DELETE", "/control/faults", nil))
	if state = decode[stateView](t, w.get("/control/state")); len(state.Faults) != 0 || state.Fans[0].Authorized {
		t.Errorf("%+v", state)
	}
}

func TestImpossibleOrdersAreRefusedWithASentence(t *testing.T) {
	w := start(t)
	fan := w.AddFan("小雨").UID
	cases := []struct {
		name  string
		order o
	}{
		{"brands", o{"name": " "}},
		{"brands", o{"name": "小雨"}},
		{"fans", o{"nmae": "x"}},
		{"dm", o{"fan": "1", "brand": w.brand, "text": "x"}},
		{"dm", o{"fan": fan, "brand": w.brand, "text": " "}},
		{"dm", o{"fan": fan, "brand": w.brand, "type": "image", "picture": "?"}},
		{"comments", o{"fan": fan, "post": "1", "text": "x"}},
		{"comments", o{"fan": fan, "post": w.Post(w.brand, "x"), "reply_to": "1", "text": "x"}},
		{"mentions", o{"fan": fan, "brand": fan, "text": "x"}},
		{"native", o{"brand": w.brand, "comment": "1", "text": "x"}},
		{"native", o{"brand": w.brand, "comment": "1"}},
		{"burst", o{"count": 0}},
		{"burst", o{"count": 1, "scene": "party"}},
		{"traffic", o{"per_minute": -1}},
		{"traffic", o{"scene": "party"}},
		{"family", o{"family": "royal"}},
		{"push", o{"brand": w.brand, "url": "http://127.0.0.1:1/hook"}},
		{"push", o{"brand": w.brand, "mentions": "some"}},
		{"revoke", o{"brand": "1"}},
		{"expire", o{"brand": ""}},
		{"deny", o{"brand": "1", "endpoint": "x"}},
		{"delete", o{"comment": "1"}},
		{"fault", o{"endpoint": "comments/reply", "kind": "duplicate"}},
		{"fault", o{"endpoint": "push", "kind": "garbage"}},
		{"fault", o{"kind": "delay"}},
		{"nothing", o{}},
	}
	for _, c := range cases {
		a := w.control(c.name, c.order)
		if sentence, _ := a.body["error"].(string); a.status != http.StatusBadRequest || sentence == "" {
			t.Errorf("%s %v: HTTP %d %s", c.name, c.order, a.status, a.raw)
		}
	}
}

func TestTheHandlerWorksUnderAPrefix(t *testing.T) {
	w := start(t, func(o *Options) { o.Base = "https://demo.example/sim/weibo" })
	mux := http.NewServeMux()
	mux.Handle("/sim/weibo/", http.StripPrefix("/sim/weibo", w.Handler()))
	fan := w.AddFan("小雨").Authorise()
	fan.Comment(w.Post(w.brand, "x"), "好看", "")
	recorder := httptest.NewRecorder()
	mux.ServeHTTP(recorder, httptest.NewRequest("GET", "/sim/weibo/2/comments/to_me.json?access_token="+w.token, nil))
	if body := recorder.Body.String(); !strings.Contains(body, "https://demo.example/sim/weibo/img/avatar/50/"+fan.UID+".png") {
		t.Error(body)
	}
}
