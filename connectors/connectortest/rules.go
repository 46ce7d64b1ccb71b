package connectortest

import (
	"context"
	"errors"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"weibox/inbox"
)

func isPresentable(t *testing.T, s *suite) {
	face := s.Connector().Face()
	if s.Connector().Platform() == "" || face.ZH == "" || face.EN == "" || face.Letter == "" || len(face.Color) != 7 || face.Color[0] != '#' {
		t.Errorf("%q %+v", s.Connector().Platform(), face)
	}
}

func bindsTheAccount(t *testing.T, s *suite) {
	binder := ability[inbox.Binder](s)
	b := inbox.Binding{State: "state-7", Callback: "https://inbox.example.com/oauth/callback"}
	first, err := binder.Step(context.Background(), b)
	if err != nil || first.Redirect == "" || first.Grant != nil {
		t.Fatalf("%+v %v", first, err)
	}
	b.Answer = s.Consent(first.Redirect, true)
	if got := b.Answer.Get("state"); got != b.State {
		t.Errorf("the state came back as %q", got)
	}
	last, err := binder.Step(context.Background(), b)
	if err != nil || last.Grant == nil {
		t.Fatalf("%+v %v", last, err)
	}
	g := last.Grant
	expired := !g.Token.ExpiresAt.IsZero() && !g.Token.ExpiresAt.After(s.Now())
	if g.ExternalID != s.Account().ExternalID || g.Name == "" || g.Token.Access == "" || expired {
		t.Errorf("%+v", g)
	}
	if again, err := binder.Step(context.Background(), b); inbox.CodeOf(err) == "" || again.Grant != nil {
		t.Errorf("the same answer was taken twice: %+v %v", again, err)
	}
}

func declinedBindsNothing(t *testing.T, s *suite) {
	binder := ability[inbox.Binder](s)
	b := inbox.Binding{State: "state-7", Callback: "https://inbox.example.com/oauth/callback"}
	first, err := binder.Step(context.Background(), b)
	if err != nil {
		t.Fatal(err)
	}
	b.Answer = s.Consent(first.Redirect, false)
	got, err := binder.Step(context.Background(), b)
	var said *inbox.Error
	if !errors.As(err, &said) || !chinese.MatchString(said.ZH) || said.EN == "" || got.Grant != nil {
		t.Errorf("%+v %v", got, err)
	}
}

func verifiesPushes(t *testing.T, s *suite) {
	verifier := ability[inbox.Verifier](s)
	push := s.Fan("写信的人").Write("在吗")
	if answer, err := verifier.Verify(s.Account(), push, s.Now()); err != nil || answer != nil {
		t.Errorf("the platform's push: %q %v", answer, err)
	}
	for name := range push.Query {
		forged := push
		forged.Query = url.Values{}
		for other, values := range push.Query {
			forged.Query[other] = values
		}
		forged.Query.Set(name, push.Query.Get(name)+"0")
		if _, err := verifier.Verify(s.Account(), forged, s.Now()); inbox.CodeOf(err) != inbox.Denied {
			t.Errorf("a push with another %s: %v", name, err)
		}
	}
	if _, err := verifier.Verify(s.Account(), push, s.Now().Add(24*time.Hour)); inbox.CodeOf(err) != inbox.Denied {
		t.Errorf("yesterday's push: %v", err)
	}
}

func keepsKeys(t *testing.T, s *suite) {
	fan := s.Fan("写信的人")
	push := fan.Write("在吗")
	first, again := s.parse(push), s.parse(push)
	if len(first) != 1 || first[0].Object != inbox.ObjectDM || first[0].Text != "在吗" || first[0].Contact.ExternalID != fan.ID() || first[0].Window.For <= 0 {
		t.Fatalf("%+v", first)
	}
	s.complete(first[0])
	if first[0].ExternalID != again[0].ExternalID {
		t.Error("a second delivery made a second message")
	}
	s.Forward(time.Minute)
	if later := s.parse(fan.Write("在吗")); later[0].ExternalID == first[0].ExternalID {
		t.Error("the same words a minute later are the same message")
	}
}

func mindsTheAccount(t *testing.T, s *suite) {
	push := s.Fan("写信的人").Write("在吗")
	other := s.Account()
	other.ExternalID += "7"
	if got, err := s.Connector().Parse(context.Background(), other, push); err == nil {
		t.Errorf("taken for another account: %+v", got)
	}
}

func survivesDamage(t *testing.T, s *suite) {
	push := s.Fan("写信的人").Write("在吗")
	for cut := range push.Body {
		damaged := push
		damaged.Body = push.Body[:cut]
		if got, err := s.Connector().Parse(context.Background(), s.Account(), damaged); err == nil {
			t.Errorf("%d of %d bytes were read as %+v", cut, len(push.Body), got)
		}
	}
}

func pollsEverything(t *testing.T, s *suite) {
	poller := ability[inbox.Poller](s)
	fan, at := s.Fan("评论的人"), reading{}
	old, _ := fan.Comment("从前的评论")
	s.Forward(time.Hour)
	seen, imported := s.poll(poller, at)
	if _, ok := seen[key{inbox.ObjectComment, old}]; !ok || imported == 0 {
		t.Errorf("the import has %d items and the old comment %t", imported, ok)
	}
	comment, post := fan.Comment("新的评论")
	mention := fan.Mention("你们看看")
	s.Forward(time.Minute)
	seen, imported = s.poll(poller, at)
	if imported != 0 {
		t.Errorf("%d items came silently after the import", imported)
	}
	got := seen[key{inbox.ObjectComment, comment}]
	if got.Text != "新的评论" || got.Direction != inbox.In || got.Contact.ExternalID != fan.ID() || got.Place != inbox.UnderPost(post) {
		t.Errorf("the comment: %+v", got)
	}
	got = seen[key{inbox.ObjectPost, mention}]
	if got.Kind != inbox.KindMention || !strings.Contains(got.Text, "你们看看") || got.Place != inbox.UnderPost(mention) {
		t.Errorf("the mention: %+v", got)
	}
	for _, in := range seen {
		s.complete(in)
	}
	s.Forward(time.Hour)
	again, _ := s.poll(poller, at)
	for k := range again {
		if _, known := seen[k]; !known {
			t.Errorf("%v was invented by reading again", k)
		}
	}
}

func seesNativeAnswers(t *testing.T, s *suite) {
	poller := ability[inbox.Poller](s)
	fan, at := s.Fan("评论的人"), reading{}
	s.poll(poller, at)
	comment, post := fan.Comment("几点开门")
	s.Native(comment, "十点开门")
	s.Forward(time.Minute)
	seen, _ := s.poll(poller, at)
	for _, in := range seen {
		if in.Direction == inbox.Out && strings.Contains(in.Text, "十点开门") {
			if in.Contact.ExternalID != fan.ID() || in.Parent != comment || in.Place != inbox.UnderPost(post) {
				t.Errorf("the answer belongs to somebody else: %+v", in)
			}
			return
		}
	}
	t.Error("the answer given in the platform's own app was not seen")
}

func sendsOnce(t *testing.T, s *suite) {
	fan := s.Fan("问的人")
	comment, post := fan.Comment("有货吗")
	mention := fan.Mention("推荐一下")
	s.parse(fan.Write("在吗"))
	for _, out := range []inbox.Outbound{
		{Kind: inbox.KindComment, Text: "有货的", Contact: fan.ID(), Parent: comment, Post: post},
		{Kind: inbox.KindMention, Text: "谢谢推荐", Contact: fan.ID(), Post: mention},
		{Kind: inbox.KindDM, Text: "在的，您请说 <3 & \"好\"", Contact: fan.ID()},
	} {
		before := len(s.Accepted())
		out.OperatorIP = "114.114.114.114"
		receipt, err := s.Connector().Send(context.Background(), s.Account(), out)
		if err != nil {
			t.Errorf("%s: %v", out.Kind, err)
			continue
		}
		taken := s.Accepted()[before:]
		if len(taken) != 1 || !strings.Contains(taken[0].Text, out.Text) {
			t.Errorf("%s: the platform took %+v", out.Kind, taken)
		}
		if out.Kind != inbox.KindDM && receipt.ExternalID == "" {
			t.Errorf("%s: no id in %+v", out.Kind, receipt)
		}
	}
}

func refusesLongTexts(t *testing.T, s *suite) {
	long := strings.Repeat("长", s.Connector().Limits(inbox.KindComment).MaxLength+1)
	_, _, err := s.answer(long)
	s.refusal(err, inbox.RefusedContent)
	if n := len(s.Accepted()); n != 0 {
		t.Errorf("the platform took %d", n)
	}
	if _, _, err := s.answer(long[:len(long)-len("长")]); err != nil {
		t.Errorf("the longest text allowed: %v", err)
	}
}

func findsLostAnswers(t *testing.T, s *suite) {
	finder := ability[inbox.ReadBack](s)
	s.LoseAnswer()
	started := s.Now()
	out, _, err := s.answer("稍等，我看一下 https://example.com/a?b=1")
	s.unknown(err)
	if n := len(s.Accepted()); n != 1 {
		t.Fatalf("the platform took %d", n)
	}
	s.Forward(5 * time.Second)
	found, err := finder.Find(context.Background(), s.Account(), out, started)
	if err != nil || found == "" {
		t.Errorf("%q %v", found, err)
	}
	if n := len(s.Accepted()); n != 1 {
		t.Errorf("looking for it made it %d", n)
	}
}

func findsNothing(t *testing.T, s *suite) {
	finder := ability[inbox.ReadBack](s)
	out, _, err := s.answer("这是另一条")
	if err != nil {
		t.Fatal(err)
	}
	out.Text = "从未发出的一条"
	if found, err := finder.Find(context.Background(), s.Account(), out, s.Now()); inbox.CodeOf(err) != inbox.NotFound {
		t.Errorf("%q %v", found, err)
	}
}

func saysNothingLeft(t *testing.T, s *suite) {
	fan := s.Fan("问的人")
	comment, post := fan.Comment("有货吗")
	s.GoDown()
	_, err := s.Connector().Send(context.Background(), s.Account(), inbox.Outbound{Kind: inbox.KindComment, Text: "有", Contact: fan.ID(), Parent: comment, Post: post})
	if !errors.Is(err, inbox.ErrNotLeft) {
		t.Errorf("%v", err)
	}
}

func noticesRevocation(t *testing.T, s *suite) {
	s.Revoke()
	_, _, err := s.answer("您好")
	s.refusal(err, inbox.RefusedToken)
	if poller, ok := s.Connector().(inbox.Poller); ok {
		_, err := poller.Poll(context.Background(), s.Account(), poller.Sources()[0].Name, "")
		s.refusal(err, inbox.RefusedToken)
	}
}

func checksWithoutWriting(t *testing.T, s *suite) {
	checker := ability[inbox.Checker](s)
	s.Fan("评论的人").Comment("有货吗")
	seen := map[inbox.CapabilityName]inbox.Capability{}
	for _, c := range checker.Check(context.Background(), s.Account(), inbox.Evidence{}) {
		seen[c.Name] = c
		if !chinese.MatchString(c.ZH) || c.EN == "" || c.Status == "" {
			t.Errorf("%+v", c)
		}
	}
	for _, name := range []inbox.CapabilityName{inbox.ReadComments, inbox.ReadMentions, inbox.ReceiveDM, inbox.ReplyComment, inbox.ReplyDM} {
		if _, ok := seen[name]; !ok {
			t.Errorf("%s was not checked", name)
		}
	}
	if taken := s.Accepted(); len(taken) != 0 {
		t.Errorf("the check wrote %+v", taken)
	}
}

func hidesTokens(t *testing.T, s *suite) {
	token := s.Account().Token.Access.Reveal()
	if token == "" {
		t.Fatal("the harness has no token")
	}
	errs := []error{}
	fail := func() {
		_, _, err := s.answer("您好")
		errs = append(errs, err)
	}
	s.LoseAnswer()
	fail()
	s.Revoke()
	fail()
	fan := s.Fan("别人")
	comment, post := fan.Comment("有货吗")
	s.GoDown()
	_, err := s.Connector().Send(context.Background(), s.Account(), inbox.Outbound{Kind: inbox.KindComment, Text: "有", Contact: fan.ID(), Parent: comment, Post: post})
	if poller, ok := s.Connector().(inbox.Poller); ok {
		_, polled := poller.Poll(context.Background(), s.Account(), poller.Sources()[0].Name, "")
		errs = append(errs, polled)
	}
	for _, err := range append(errs, err) {
		if err == nil || strings.Contains(err.Error(), token) {
			t.Errorf("%v", err)
		}
	}
}

func isSafeForMany(t *testing.T, s *suite) {
	push := s.Fan("写信的人").Write("在吗")
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			if _, err := s.Connector().Parse(context.Background(), s.Account(), push); err != nil {
				t.Error(err)
			}
			if poller, ok := s.Connector().(inbox.Poller); ok {
				if _, err := poller.Poll(context.Background(), s.Account(), poller.Sources()[0].Name, ""); err != nil {
					t.Error(err)
				}
			}
		})
	}
	all.Wait()
}
