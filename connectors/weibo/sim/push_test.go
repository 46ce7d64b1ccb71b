package sim

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

func TestOfficialSignatureVector(t *testing.T) {
	if got := Signature("xyz123xyz", "1397022061823", "57155157"); got != "90e4c22c90a58f26526c2dd5b6c56c8822edeaa1" {
		t.Error(got)
	}
}

func TestAWebhookMustEchoBeforeItIsKept(t *testing.T) {
	w := start(t)
	for name, handler := range map[string]http.HandlerFunc{
		"instead of 200": func(rw http.ResponseWriter, _ *http.Request) { rw.WriteHeader(http.StatusNoContent) },
		"bare echostr":   func(rw http.ResponseWriter, _ *http.Request) { fmt.Fprint(rw, `"quoted"`) },
		"broke off": func(rw http.ResponseWriter, _ *http.Request) {
			rw.Header().Set("Content-Length", "9")
			fmt.Fprint(rw, "x")
		},
		"did not answer": func(rw http.ResponseWriter, _ *http.Request) { hangUp(rw) },
	} {
		server := httptest.NewServer(handler)
		if err := w.SetPush(w.brand, server.URL); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: %v", name, err)
		}
		server.Close()
	}
	if w.brands[0].hook != "" {
		t.Error("a webhook was kept")
	}
}

func TestEveryTypeOfMessageIsPushed(t *testing.T) {
	w := start(t)
	h := w.hook(accepting)
	fan := w.AddFan("阿May").Verified(celebrity, 46000)
	post := w.Post(w.brand, "新品")
	fan.DM("在吗").Image(nil).Voice().Position("120.1", "30.2").Send("video", "发了一个视频", map[string]int{"vfid": 1})
	for _, subtype := range []string{"follow", "unfollow", "subscribe", "unsubscribe", "scan", "scan_follow", "click", "view", "dance"} {
		fan.Event(w.brand, subtype, "")
	}
	fan.Mention(w.brand, "好喝")
	fan.MentionInComment(w.brand, post, "来了")
	w.settle()
	var got []string
	for _, p := range h.bodies {
		kind := p.Type
		if data := p.Data.(map[string]any); data["subtype"] != nil {
			kind += "/" + data["subtype"].(string)
		}
		if _, err := time.Parse(time.RubyDate, p.CreatedAt); err != nil || decimal(p.ReceiverID) != w.brand || decimal(p.SenderID) != fan.UID {
			t.Errorf("%+v", p)
		}
		got = append(got, kind)
	}
	want := []string{
		"text", "image", "voice", "position", "video", "event/follow", "event/unfollow", "event/subscribe", "event/unsubscribe",
		"event/scan", "event/scan_follow", "event/click", "event/view", "event/dance", "mention/status", "mention/comment",
	}
	if !slices.Equal(got, want) {
		t.Errorf("got  %v\nwant %v", got, want)
	}
}

func TestAtEventsOfOrdinaryPeopleNeedAWiderPermission(t *testing.T) {
	w := start(t)
	h := w.hook(accepting)
	fan := w.AddFan("小雨")
	fan.Mention(w.brand, "一")
	if err := w.GrantMentions(w.brand, MentionsAll); err != nil {
		t.Fatal(err)
	}
	fan.Mention(w.brand, "二")
	w.settle()
	if got := h.texts(); !slices.Equal(got, []string{"@山屿咖啡 二"}) {
		t.Errorf("%v", got)
	}
}

func TestAPushIsTriedThreeTimesThenGone(t *testing.T) {
	w := start(t)
	h := w.hook(func(int) (int, string) { return http.StatusInternalServerError, "" })
	w.AddFan("小雨").DM("在吗")
	w.settle()
	var outcomes []string
	for _, o := range w.Offered() {
		outcomes = append(outcomes, fmt.Sprintf("%d %d %s", o.Attempt, o.Status, o.Outcome))
	}
	if want := []string{"1 500 retry", "2 500 retry", "3 500 gone"}; !slices.Equal(outcomes, want) {
		t.Errorf("%q", outcomes)
	}
	if len(h.bodies) != 3 || h.query[0].Get("nonce") != h.query[2].Get("nonce") {
		t.Errorf("%d tries, nonces %v", len(h.bodies), h.query)
	}
}

func TestASecondTryThatIsAcceptedEndsIt(t *testing.T) {
	w := start(t)
	h := w.hook(func(n int) (int, string) { return map[bool]int{true: 502, false: 200}[n == 1], "" })
	w.AddFan("小雨").DM("在吗")
	w.settle()
	if len(h.bodies) != 2 || w.Offered()[1].Outcome != OutcomeAccepted {
		t.Errorf("%d tries: %+v", len(h.bodies), w.Offered())
	}
}

// deaf lets the first push wait in vain.
type deaf struct {
	t    *testing.T
	once sync.Once
}

func (d *deaf) RoundTrip(req *http.Request) (*http.Response, error) {
	var err error
	d.once.Do(func() {
		if deadline, set := req.Context().Deadline(); !set || time.Until(deadline) > 5*time.Second {
			d.t.Errorf("a push waits until %v", deadline)
		}
		err = context.DeadlineExceeded
	})
	if err != nil {
		return nil, err
	}
	return http.DefaultTransport.RoundTrip(req)
}

func TestAWebhookThatDoesNotAnswerInTimeIsTriedAgain(t *testing.T) {
	w := start(t)
	h := w.hook(accepting)
	w.opts.Client = &http.Client{Transport: &deaf{t: t}}
	w.AddFan("小雨").DM("在吗")
	w.settle()
	if got := w.Offered(); len(got) != 2 || got[0].Status != 0 || got[0].Outcome != OutcomeRetry || len(h.texts()) != 1 {
		t.Errorf("%+v", got)
	}
}

func TestKeywordsArriveAsEvents(t *testing.T) {
	w := start(t)
	h := w.hook(accepting)
	w.AddFan("小雨").DM("dy").DM("TD")
	w.settle()
	for i, want := range []string{"subscribe", "unsubscribe"} {
		if p := h.bodies[i]; p.Type != "event" || p.Data.(map[string]any)["subtype"] != want || p.Text != []string{"dy", "TD"}[i] {
			t.Errorf("%+v", p)
		}
	}
}

func TestAPassiveReplyIsSentAndCounted(t *testing.T) {
	w := start(t, withQuotas)
	data := url.PathEscape(`{"text":"您好，稍等"}`)
	w.hook(func(int) (int, string) {
		return http.StatusOK, `{"result":true,"sender_id":"1","receiver_id":"2","type":"text","data":"` + data + `"}`
	})
	fan := w.AddFan("小雨").DM("在吗")
	w.settle()
	got := w.Accepted()
	if len(got) != 1 || got[0].Endpoint != "push" || got[0].Text != "您好，稍等" || got[0].Target != fan.UID {
		t.Fatalf("%+v", got)
	}
	chats, _ := w.chatsView(w.brand, "")
	if chats[0].Left != 98 {
		t.Errorf("%d left", chats[0].Left)
	}
}

func TestPushesCanBeDoubledDroppedDelayedAndOvertaken(t *testing.T) {
	cases := []struct {
		fault Fault
		want  []string
	}{
		{Fault{Endpoint: "push", Kind: FaultDuplicate, Times: 1}, []string{"一", "一", "二"}},
		{Fault{Endpoint: "push", Kind: FaultDrop, Times: 1}, []string{"二"}},
		{Fault{Endpoint: "push", Kind: FaultDelay, DelayMS: 1000, Times: 1}, []string{"二", "一"}},
		{Fault{Endpoint: "push", Kind: FaultReorder, Times: 1}, []string{"二", "一"}},
	}
	for _, c := range cases {
		t.Run(c.fault.Kind, func(t *testing.T) {
			w := start(t)
			h := w.hook(accepting)
			w.Fault(c.fault)
			w.AddFan("小雨").DM("一").DM("二")
			w.settle()
			if got := h.texts(); !slices.Equal(got, c.want) {
				t.Errorf("%v", got)
			}
		})
	}
}

func TestPollsAreOfferedInTheLedger(t *testing.T) {
	w := start(t)
	_, _, ids := w.comments(2)
	w.get("/2/comments/to_me.json")
	w.get("/2/comments/to_me.json", "since_id", ids[1]) // shows nothing
	w.Fault(Fault{Endpoint: "comments/to_me", Kind: FaultGarbage, Times: 1})
	w.get("/2/comments/to_me.json", "since_id", ids[0])
	got := w.Offered()
	if len(got) != 2 || !slices.Equal(got[0].IDs, []string{ids[1], ids[0]}) || got[0].Outcome != OutcomeAccepted || got[1].Outcome != OutcomeLost {
		t.Errorf("%+v", got)
	}
}
