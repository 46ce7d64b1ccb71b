package weibo_test

import (
	"context"
	"encoding/json"
	"net/http"
	"testing"
	"time"

	"weibox/connectors/connectortest"
	"weibox/connectors/weibo"
	"weibox/connectors/weibo/sim"
	"weibox/inbox"
)

// catchUp reads one source to its end; the last page also tells all rejects.
func (w *world) catchUp(source inbox.SourceName, cursor inbox.Cursor) (items []inbox.Inbound, last inbox.Page) {
	w.Helper()
	for range 100 {
		page, err := w.connector.Poll(context.Background(), w.account, source, cursor)
		if err != nil {
			w.Fatal(err)
		}
		page.Rejects = append(last.Rejects, page.Rejects...)
		items, last, cursor = append(items, page.Items...), page, page.Next
		if page.Complete {
			return items, last
		}
	}
	w.Fatal("the catch-up does not end")
	return nil, inbox.Page{}
}

func (w *world) send(out inbox.Outbound) error {
	_, err := w.connector.Send(context.Background(), w.account, out)
	return err
}

func refusedAs(t *testing.T, err error, want inbox.RefusalKind) {
	t.Helper()
	if r := inbox.RefusalOf(err); r == nil || r.Kind != want {
		t.Errorf("%v, want a refusal as %s", err, want)
	}
}

func TestACatchUpOfManyPagesMissesNothing(t *testing.T) {
	w := pretend(t, sim.Commercial)
	_, first := w.catchUp("comments_to_me", "")
	someone := w.sim.AddFan("话多的人")
	want := map[inbox.ExternalID]bool{}
	for range 230 {
		w.Forward(20 * time.Second)
		want[inbox.ExternalID(someone.Comment(w.post, "又来了", ""))] = true
	}
	items, last := w.catchUp("comments_to_me", first.Next)
	for _, in := range items {
		delete(want, in.ExternalID)
	}
	if len(want) != 0 || last.Gap != nil || last.Withheld != 0 {
		t.Errorf("%d missed, gap %v, withheld %d", len(want), last.Gap, last.Withheld)
	}
}

func TestTheFilterOfTheOpenFamilyShowsAsWithheld(t *testing.T) {
	w := pretend(t, sim.Open)
	_, first := w.catchUp("comments_to_me", "")
	shy, open := w.sim.AddFan("没授权的人"), w.sim.AddFan("授权的人").Authorise()
	for range 3 {
		w.Forward(time.Minute)
		shy.Comment(w.post, "看得到我吗", "")
	}
	open.Comment(w.post, "看得到我", "")
	w.Forward(time.Minute)
	items, last := w.catchUp("comments_to_me", first.Next)
	if len(items) != 1 || last.Withheld != 3 {
		t.Errorf("%d items, %d withheld; want 1 and 3", len(items), last.Withheld)
	}
}

// The pretend Weibo counts only what since_id leaves; the page does not say so, and the connector finds out.
func TestWhatIsWithheldIsToldAtEveryPollOfABusyAccount(t *testing.T) {
	w := pretend(t, sim.Open)
	shy := w.sim.AddFan("没授权的人")
	for range 30 {
		w.Forward(time.Minute)
		shy.Comment(w.post, "看得到我吗", "")
	}
	w.Forward(time.Hour)
	_, last := w.catchUp("comments_to_me", "")
	for round := range 5 {
		for range 4 {
			w.Forward(15 * time.Minute)
			shy.Comment(w.post, "还看不到吗", "")
		}
		w.Forward(15 * time.Minute) // out of the overlap of the next round
		w.sim.AddFan("授权的人").Authorise().Comment(w.post, "看得到我", "")
		if _, last = w.catchUp("comments_to_me", last.Next); last.Withheld != 4 {
			t.Errorf("round %d: %d withheld, want 4", round, last.Withheld)
		}
	}
}

func TestEveryKindOfPushOfThePretendWeiboIsUnderstood(t *testing.T) {
	w := pretend(t, sim.Commercial)
	brand := string(w.account.ExternalID)
	if err := w.sim.GrantMentions(brand, sim.MentionsAll); err != nil {
		t.Fatal(err)
	}
	f := w.sim.AddFan("什么都做的人").To(brand)
	for name, act := range map[string]func(){
		"text": func() { f.DM("在吗") }, "image": func() { f.Image(nil) }, "voice": func() { f.Voice() }, "position": func() { f.Position("116.3", "39.9") },
		"follow": func() { f.Follow(brand) }, "subscribe": func() { f.Event(brand, "subscribe", "dy") }, "click": func() { f.Event(brand, "click", "menu") },
		"unknown type": func() { f.Send("sticker", "发了一个表情", nil) }, "unknown event": func() { f.Event(brand, "poke", "") },
		"mention": func() { f.Mention(brand, "@示例品牌 好") }, "keyword": func() { f.DM("dy") }, "unfollow": func() { f.Unfollow(brand) },
	} {
		w.Forward(time.Minute)
		act()
		for _, in := range w.delivered() {
			if in.Contact.ExternalID != inbox.ExternalID(f.UID) || in.ExternalID == "" || in.Type == "" {
				t.Errorf("%s: %+v", name, in)
			}
		}
	}
}

// delivered waits for the pushes under way and reads them; there must be one.
func (w *world) delivered() (all []inbox.Inbound) {
	w.Helper()
	if err := w.sim.Settle(context.Background()); err != nil {
		w.Fatal(err)
	}
	for len(w.pushes) > 0 {
		got, err := w.connector.Parse(context.Background(), w.account, <-w.pushes)
		if err != nil {
			w.Error(err)
		}
		all = append(all, got...)
	}
	if len(all) == 0 {
		w.Error("no push was delivered")
	}
	return all
}

func TestAMentionPushedIsTheMentionPolled(t *testing.T) {
	w := pretend(t, sim.Commercial)
	brand := string(w.account.ExternalID)
	if err := w.sim.GrantMentions(brand, sim.MentionsAll); err != nil {
		t.Fatal(err)
	}
	f := w.sim.AddFan("艾特的人")
	f.MentionInComment(brand, w.sim.Post(brand, "另一条"), "@示例品牌 在吗")
	pushed := w.delivered()[0]
	items, _ := w.catchUp("comments_mentions", "")
	if len(items) != 1 || items[0].Object != pushed.Object || items[0].ExternalID != pushed.ExternalID || !pushed.Place.Provisional() || items[0].Place.Provisional() {
		t.Errorf("pushed %+v, polled %+v", pushed, items)
	}
	// Known from the push alone, it can be answered all the same.
	err := w.send(inbox.Outbound{Kind: inbox.KindMention, Text: "在的", Contact: pushed.Contact.ExternalID, Parent: pushed.ExternalID, OperatorIP: "114.114.114.114"})
	if err != nil || len(w.Accepted()) != 1 {
		t.Errorf("%v, taken %+v", err, w.Accepted())
	}
}

func TestThePlatformsWindowIsTold(t *testing.T) {
	w := pretend(t, sim.Commercial)
	f := w.Fan("写信的人")
	message := inbox.Outbound{Kind: inbox.KindDM, Text: "您好", Contact: f.ID()}
	refusedAs(t, w.send(message), inbox.RefusedWindow)
	f.Write("在吗")
	if err := w.send(message); err != nil {
		t.Error(err)
	}
	w.Forward(49 * time.Hour)
	refusedAs(t, w.send(message), inbox.RefusedWindow)
}

func TestTheWordsAndTargetsOfAnAnswerAreJudgedByThePlatform(t *testing.T) {
	w := pretend(t, sim.Commercial)
	f := w.Fan("评论的人")
	comment, post := f.Comment("有货吗")
	out := inbox.Outbound{Kind: inbox.KindComment, Text: "有货", Contact: f.ID(), Parent: comment, Post: post, OperatorIP: "114.114.114.114"}
	if err := w.send(out); err != nil {
		t.Fatal(err)
	}
	refusedAs(t, w.send(out), inbox.RefusedRepeat)
	if err := w.sim.Delete(string(comment)); err != nil {
		t.Fatal(err)
	}
	out.Text = "还有货"
	refusedAs(t, w.send(out), inbox.RefusedGone)
}

func TestACallTooManyWaitsForMidnightInBeijing(t *testing.T) {
	w := pretend(t, sim.Open)
	unlimited := weibo.Defaults().Under(w.server.URL) // does not count itself, so the platform must say it
	unlimited.AppKey, unlimited.AppSecret, unlimited.Quotas = "1234567890", "pretend-secret", weibo.QuotaLimits{}
	meter := connectortest.NewMeter(w.Now)
	c := weibo.New(unlimited, meter, w.Now)
	poll := func() error {
		_, err := c.Poll(context.Background(), w.account, "comments_to_me", "")
		return err
	}
	for n := range 100 {
		w.Forward(5 * time.Minute)
		if err := poll(); err != nil {
			t.Fatalf("call %d: %v", n+1, err)
		}
	}
	err := poll()
	refusedAs(t, err, inbox.RefusedLimit)
	midnight := time.Date(2026, 3, 4, 16, 0, 0, 0, time.UTC)
	if r := inbox.RefusalOf(err); r == nil || !r.RetryAt.Equal(midnight) || len(meter.Emptied()) != 1 {
		t.Errorf("%+v, emptied %v", r, meter.Emptied())
	}
	w.Forward(midnight.Sub(w.Now()))
	if err := poll(); err != nil {
		t.Errorf("after the reset: %v", err)
	}
}

func TestAPictureInAMessageIsFetched(t *testing.T) {
	w := pretend(t, sim.Commercial)
	w.sim.AddFan("发图的人").To(string(w.account.ExternalID)).Image(nil)
	got := w.delivered()[0].Attachments
	if len(got) != 1 {
		t.Fatalf("%+v", got)
	}
	blob, err := w.connector.Fetch(context.Background(), w.account, got[0].Ref)
	if err != nil || blob.ContentType != "image/png" && blob.ContentType != "image/jpeg" || len(blob.Bytes) == 0 {
		t.Errorf("%s %v", blob.ContentType, err)
	}
}

func TestAFaceIsReadForWhomAPushOnlyNumbers(t *testing.T) {
	w := pretend(t, sim.Commercial)
	f := w.Fan("有头像的人")
	got, err := w.connector.Profile(context.Background(), w.account, f.ID())
	if err != nil || got.Name != "有头像的人" || got.AvatarURL == "" || got.Verified != inbox.NotVerified {
		t.Fatalf("%+v %v", got, err)
	}
	if blob, err := w.connector.Fetch(context.Background(), w.account, inbox.MediaRef(got.AvatarURL)); err != nil || len(blob.Bytes) == 0 {
		t.Errorf("%s: %v", got.AvatarURL, err)
	}
	_, err = w.connector.Profile(context.Background(), w.account, "99")
	refusedAs(t, err, inbox.RefusedGone)
}

func TestADeniedListIsAMissingCapability(t *testing.T) {
	w := pretend(t, sim.Commercial)
	if err := w.sim.Deny(string(w.account.ExternalID), "comments/mentions/biz"); err != nil {
		t.Fatal(err)
	}
	for _, c := range w.connector.Check(context.Background(), w.account, inbox.Evidence{}) {
		if want := c.Name == inbox.ReadMentions; (c.Code == "10014") != want {
			t.Errorf("%+v", c)
		}
	}
}

// brands are the uids of all brands, as the control page lists them.
func (w *world) brands() (uids []string) {
	resp, err := http.Get(w.server.URL + "/control/state")
	if err != nil {
		w.Fatal(err)
	}
	defer resp.Body.Close()
	var state struct {
		Brands []struct{ UID string }
	}
	if err := json.NewDecoder(resp.Body).Decode(&state); err != nil {
		w.Fatal(err)
	}
	for _, b := range state.Brands {
		uids = append(uids, b.UID)
	}
	return uids
}

// The pretend Weibo's three days of history hold every odd shape it knows: names of tags and marks, posts that are gone, trimmed users.
func TestThreeDaysOfHistoryAreReadWithoutALoss(t *testing.T) {
	w := pretend(t, sim.Commercial)
	w.sim.Populate()
	read := 0
	for _, brand := range w.brands() {
		as := *w
		as.account = inbox.Account{ExternalID: inbox.ExternalID(brand), Token: inbox.Token{Access: inbox.Secret(w.sim.Authorize(brand))}}
		for _, source := range w.connector.Sources() {
			w.Forward(time.Minute)
			before := len(w.sim.Offered())
			items, last := as.catchUp(source.Name, "")
			lost := map[string]bool{}
			for _, o := range w.sim.Offered()[before:] {
				for _, id := range o.IDs {
					lost[id] = true
				}
			}
			for _, in := range items {
				delete(lost, string(in.ExternalID))
			}
			read += len(items)
			if len(lost) > len(last.Rejects) {
				t.Errorf("%s %s: %d read, %d lost, %d rejected", brand, source.Name, len(items), len(lost), len(last.Rejects))
			}
		}
	}
	if read < 100 {
		t.Errorf("only %d items were read", read)
	}
}
