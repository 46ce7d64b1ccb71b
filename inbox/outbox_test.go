package inbox_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"weibox/inbox"
	"weibox/inbox/store/storetest"
)

func TestAReplyGoesOutOnceAndIsSentOnThePlatformsYes(t *testing.T) {
	eachPost(t, func(t *testing.T, p *post) {
		c := p.comment("1")
		p.platform.says(yes("c900"))
		m, err := p.Reply(t.Context(), p.ask(c, "好喝的"))
		mustBe(t, err, "")
		if m.Reply.State != inbox.Queued || m.Reply.Reason.Empty() || m.Text != "好喝的" || m.AuthorName != "lin" || m.Direction != inbox.Out {
			t.Errorf("accepted as %+v, %+v", m, m.Reply)
		}
		if got := p.hints.take(); !slices.Equal(got, []inbox.OutboxID{m.Reply.ID}) {
			t.Errorf("hinted at %v", got)
		}
		p.deliver(m.Reply.ID)
		if p.platform.calls() != 0 {
			t.Error("it left while it could still be taken back")
		}
		p.Forward(settings.UndoPublic)
		for range 3 { // a task may run more than once
			p.deliver(m.Reply.ID)
		}
		r := p.mustBe(m.Reply.ID, inbox.Sent)
		if p.platform.calls() != 1 || r.ExternalID != "c900" || r.Attempt != 1 {
			t.Errorf("%d calls, then %+v", p.platform.calls(), r)
		}
		out := p.platform.sent[0]
		if out.Parent != "c1" || out.Post != "p1" || out.Contact != "1" || out.Text != "好喝的" || out.Kind != inbox.KindComment {
			t.Errorf("the platform was asked to send %+v", out)
		}
		after := p.talk("1")
		if after.Awaiting() || after.Snippet != "好喝的" || after.Problem != "" {
			t.Errorf("the conversation is %+v", after)
		}
		if p.Count("SELECT COUNT(*) FROM episodes WHERE first_reply_at IS NOT NULL") != 1 {
			t.Error("the first reply of the episode has no time")
		}
	})
}

func TestTheFanWaitsUntilThePlatformHasTheAnswer(t *testing.T) {
	eachPost(t, func(t *testing.T, p *post) {
		c := p.dm("1")
		p.platform.says(no(refusal(inbox.RefusedContent)))
		p.deliver(p.write(c, "您好"))
		if !p.talk("1").Awaiting() {
			t.Error("a refused answer ended the waiting")
		}
		p.Forward(time.Minute)
		id := p.write(c, "您好呀")
		p.Forward(time.Minute)
		p.Receive(p.DM("1", "h:later", "还有一个问题"))
		asked := p.Now()
		p.Forward(time.Minute)
		p.deliver(id)
		if c := p.talk("1"); !c.WaitingSince.Equal(asked) {
			t.Errorf("the fan waits since %s, not since the question after the answer, %s", c.WaitingSince, asked)
		}
	})
}

func TestTheSameKeyGivesTheSameReplyAndAnotherBodyIsRefused(t *testing.T) {
	eachPost(t, func(t *testing.T, p *post) {
		c := p.dm("1")
		ask := p.ask(c, "您好")
		first, err := p.Reply(t.Context(), ask)
		mustBe(t, err, "")
		again, err := p.Reply(t.Context(), ask)
		mustBe(t, err, "")
		if again.ID != first.ID || again.Reply.ID != first.Reply.ID || len(p.Said(c)) != 2 {
			t.Errorf("the second click made %+v", again)
		}
		other := ask
		other.Text = "另一句"
		_, err = p.Reply(t.Context(), other)
		mustBe(t, err, inbox.Conflict)
		p.deliver(first.Reply.ID)
		again, err = p.Reply(t.Context(), ask)
		mustBe(t, err, "")
		if again.Reply.State != inbox.Sent {
			t.Errorf("after sending, the key gives a reply that is %s", again.Reply.State)
		}
	})
}

func TestOneKeyFromManyClicksAtOnceIsOneReply(t *testing.T) {
	eachPost(t, func(t *testing.T, p *post) {
		ask := p.ask(p.dm("1"), "您好")
		outboxes := []*inbox.Outbox{p.Outbox, p.process(p.Twin(), "other")}
		var all sync.WaitGroup
		ids := make([]inbox.OutboxID, 6)
		for i := range ids {
			all.Go(func() {
				m, err := outboxes[i%2].Reply(context.Background(), ask)
				if err != nil {
					t.Error(err)
					return
				}
				ids[i] = m.Reply.ID
			})
		}
		all.Wait()
		if slices.Sort(ids); ids[0] != ids[5] || p.Count("SELECT COUNT(*) FROM outbox") != 1 {
			t.Errorf("the clicks made replies %v", ids)
		}
	})
}

func TestAnAnswerThatTheComposerHadNotSeenHoldsTheReply(t *testing.T) {
	eachPost(t, func(t *testing.T, p *post) {
		c := p.comment("1")
		seen := c.LastInID
		byWang := p.ask(c, "我来答")
		byWang.Author = p.Wang
		_, err := p.Reply(t.Context(), byWang)
		mustBe(t, err, "")
		mine := p.ask(c, "我也答")
		mine.Seen = seen
		_, err = p.Reply(t.Context(), mine)
		mustBe(t, err, inbox.Collision)
		var e *inbox.Error
		if errors.As(err, &e); e.Newest == nil || e.Newest.Text != "我来答" {
			t.Errorf("the collision shows %+v", e.Newest)
		}
		mine.Anyway = true
		_, err = p.Reply(t.Context(), mine)
		mustBe(t, err, "")

		own := p.ask(c, "补充一句")
		own.Author, own.Seen = p.Lin, p.talk("1").LastOutID-1
		_, err = p.Reply(t.Context(), own) // his own answer is no surprise to him
		mustBe(t, err, "")

		p.Receive(p.Native("1", "c2", "p1", "c1", "店里的人也答了"))
		late := p.ask(c, "再说一句")
		late.Seen = p.Said(c)[len(p.Said(c))-2].ID
		_, err = p.Reply(t.Context(), late)
		mustBe(t, err, inbox.Collision)
	})
}

func TestAnAnswerThatSurelyDidNotGoOutIsNoCollision(t *testing.T) {
	eachPost(t, func(t *testing.T, p *post) {
		c := p.comment("1")
		p.platform.says(no(refusal(inbox.RefusedContent)))
		byWang := p.ask(c, "违规词")
		byWang.Author = p.Wang
		m, err := p.Reply(t.Context(), byWang)
		mustBe(t, err, "")
		p.Forward(settings.UndoPublic)
		p.deliver(m.Reply.ID)
		p.mustBe(m.Reply.ID, inbox.Failed)
		mine := p.ask(c, "我来答")
		mine.Seen = c.LastInID
		_, err = p.Reply(t.Context(), mine)
		mustBe(t, err, "")
	})
}

func TestAReplyThatCannotArriveIsRefusedWhereItIsWritten(t *testing.T) {
	eachPost(t, func(t *testing.T, p *post) {
		c, ctx := p.dm("1"), t.Context()
		try := func(change func(*inbox.NewReply), code inbox.Code) {
			t.Helper()
			ask := p.ask(c, "您好")
			change(&ask)
			_, err := p.Reply(ctx, ask)
			mustBe(t, err, code)
		}
		try(func(r *inbox.NewReply) { r.Text = " \n" }, inbox.Invalid)
		try(func(r *inbox.NewReply) { r.Text = strings.Repeat("字", 140) + "a" }, inbox.TooLong)
		try(func(r *inbox.NewReply) { r.Text = strings.Repeat("字", 139) + "ab" }, "")
		try(func(r *inbox.NewReply) { r.ReplyTo = 1 << 40 }, inbox.NotFound)
		try(func(r *inbox.NewReply) { r.ConversationID = 1 << 40 }, inbox.NotFound)

		mustBe(t, p.SetAccountState(ctx, p.Bound, []inbox.AccountState{inbox.AccountActive}, inbox.AccountPaused, p.Owner.ID), "")
		try(func(*inbox.NewReply) {}, inbox.PausedAccount)
		mustBe(t, p.SetAccountState(ctx, p.Bound, []inbox.AccountState{inbox.AccountPaused}, inbox.AccountActive, p.Owner.ID), "")
		mustBe(t, p.RefuseAccount(ctx, p.Bound, refusal(inbox.RefusedToken)), "")
		try(func(*inbox.NewReply) {}, inbox.NeedsReauthorisation)
		if p.Count("SELECT COUNT(*) FROM outbox") != 1 {
			t.Error("a refused reply left a row")
		}
	})
}

func TestTheWindowAndItsAllowanceBoundPrivateAnswers(t *testing.T) {
	eachPost(t, func(t *testing.T, p *post) {
		c := p.dm("1")
		for i := range storetest.Allowance {
			p.deliver(p.write(c, fmt.Sprintf("第%d句", i)))
		}
		_, err := p.Reply(t.Context(), p.ask(c, "多一句"))
		mustBe(t, err, inbox.AllowanceSpent)
		p.Receive(p.DM("1", "h:again", "好的"))
		p.deliver(p.write(c, "不客气"))
		p.Forward(storetest.Window)
		_, err = p.Reply(t.Context(), p.ask(c, "还在吗"))
		mustBe(t, err, inbox.WindowClosed)
		p.Receive(p.Comment("2", "c2", "p1", "好喝吗"))
		p.Forward(100 * 24 * time.Hour)
		p.deliver(p.write(p.talk("2"), "好喝")) // public answers have no window
	})
}

func TestThePlatformIsBelievedWhenItSaysThatTheWindowIsOver(t *testing.T) {
	eachPost(t, func(t *testing.T, p *post) {
		c := p.dm("1")
		p.platform.says(no(refusal(inbox.RefusedWindow)))
		id := p.write(c, "您好")
		p.deliver(id)
		p.mustBe(id, inbox.Failed)
		if w := p.talk("1").WindowAt(p.Now()); w.Open {
			t.Errorf("the window is %+v", w)
		}
	})
}

func TestEachAnswerOfThePlatformHasItsVerdict(t *testing.T) {
	wait := &inbox.Refusal{Kind: inbox.RefusedLimit, Code: "10023", ZH: "次数用完", EN: "used up"}
	for _, tc := range []struct {
		name  string
		err   error
		state inbox.ReplyState
		wait  time.Duration // until the next attempt
	}{
		{"a limit waits for its reset", wait, inbox.Queued, 10 * time.Minute},
		{"a limit without a reset waits a minute", refusal(inbox.RefusedLimit), inbox.Queued, time.Minute},
		{"a busy platform is tried again", refusal(inbox.RefusedBusy), inbox.Queued, 2 * time.Second},
		{"what did not leave is tried again", fmt.Errorf("dial: %w", inbox.ErrNotLeft), inbox.Queued, 2 * time.Second},
		{"words are refused for good", refusal(inbox.RefusedContent), inbox.Failed, 0},
		{"a repetition on the first attempt is refused for good", refusal(inbox.RefusedRepeat), inbox.Failed, 0},
		{"a fan who takes no answers", refusal(inbox.RefusedAudience), inbox.Failed, 0},
		{"a target that is gone", refusal(inbox.RefusedGone), inbox.Failed, 0},
		{"a missing permission", refusal(inbox.RefusedPermission), inbox.Failed, 0},
		{"a wrong setting", refusal(inbox.RefusedConfig), inbox.Failed, 0},
		{"a token that is no longer valid", refusal(inbox.RefusedToken), inbox.Failed, 0},
		{"anything else that is said", refusal(inbox.RefusedOther), inbox.Failed, 0},
		{"a connection that breaks", errReset, inbox.Unknown, 0},
		{"a time-out", context.DeadlineExceeded, inbox.Unknown, 0},
	} {
		t.Run(tc.name, func(t *testing.T) {
			eachPost(t, func(t *testing.T, p *post) {
				wait.RetryAt = p.Now().Add(10*time.Minute + settings.UndoPublic)
				c := p.comment("1")
				p.platform.says(no(tc.err))
				id := p.write(c, "您好")
				p.deliver(id)
				r := p.mustBe(id, tc.state)
				if tc.wait > 0 && !r.NotBefore.Equal(p.Now().Add(tc.wait)) || r.Reason.Empty() {
					t.Errorf("next at %s (%s from now), because %+v", r.NotBefore, r.NotBefore.Sub(p.Now()), r.Reason)
				}
				p.deliver(id)
				if p.platform.calls() != 1 {
					t.Error("it was sent again at once")
				}
				if tc.state == inbox.Queued {
					p.Forward(tc.wait)
					p.deliver(id)
					p.mustBe(id, inbox.Sent)
				}
				if tc.state != inbox.Queued && p.talk("1").Problem != tc.state {
					t.Errorf("the list shows %q", p.talk("1").Problem)
				}
			})
		})
	}
}

func TestADeadTokenStopsTheAccountAtTheFirstRefusal(t *testing.T) {
	eachPost(t, func(t *testing.T, p *post) {
		first, second := p.write(p.dm("1"), "一"), p.write(p.dm("2"), "二")
		p.platform.says(no(refusal(inbox.RefusedToken)))
		p.deliver(first)
		if a, _ := p.Account(t.Context(), p.Owner, p.Bound.ID); a.State != inbox.AccountReauthorise {
			t.Errorf("the account is %s", a.State)
		}
		p.deliver(second)
		p.mustBe(second, inbox.Failed)
		if p.platform.calls() != 1 {
			t.Error("the platform was asked again with a dead token")
		}
	})
}

func TestAnUnreachablePlatformIsTriedSixTimesAndNoMore(t *testing.T) {
	eachPost(t, func(t *testing.T, p *post) {
		id := p.write(p.dm("1"), "您好")
		for range 10 {
			p.platform.says(no(inbox.ErrNotLeft))
			p.deliver(id)
			p.Forward(time.Minute)
		}
		if r := p.mustBe(id, inbox.Failed); p.platform.calls() != 6 || r.Attempt != 6 {
			t.Errorf("%d attempts", p.platform.calls())
		}
	})
}

func TestARefusedTargetIsMarkedAsDeleted(t *testing.T) {
	eachPost(t, func(t *testing.T, p *post) {
		c := p.comment("1")
		p.platform.says(no(refusal(inbox.RefusedGone)))
		p.deliver(p.write(c, "您好"))
		if m := p.Said(c)[0]; !m.Deleted {
			t.Errorf("the comment is %+v", m)
		}
	})
}

func TestRepliesOfOneConversationLeaveInTheOrderOfTheClicks(t *testing.T) {
	eachPost(t, func(t *testing.T, p *post) {
		c := p.dm("1")
		first, second := p.write(c, "一"), p.write(c, "二")
		p.hints.take()
		p.deliver(second)
		if p.platform.calls() != 0 {
			t.Fatal("the second left before the first")
		}
		p.platform.says(no(refusal(inbox.RefusedBusy)))
		p.deliver(first) // waits two seconds
		p.deliver(second)
		p.mustBe(second, inbox.Queued)
		p.Forward(2 * time.Second)
		p.hints.take()
		p.deliver(first)
		if got := p.hints.take(); !slices.Equal(got, []inbox.OutboxID{second}) {
			t.Errorf("after the first, hinted at %v", got)
		}
		p.deliver(second)
		if p.platform.sent[1].Text != "一" || p.platform.sent[2].Text != "二" {
			t.Errorf("they left as %+v", p.platform.sent)
		}
		other := p.write(p.dm("2"), "别人")
		p.deliver(other)
		p.mustBe(other, inbox.Sent)
	})
}

func TestAnUnknownOutcomeDoesNotBlockTheConversation(t *testing.T) {
	eachPost(t, func(t *testing.T, p *post) {
		c := p.dm("1")
		first, second := p.write(c, "一"), p.write(c, "二")
		p.platform.says(no(errReset))
		p.deliver(first)
		p.mustBe(first, inbox.Unknown)
		p.deliver(second)
		p.mustBe(second, inbox.Sent)
	})
}

func TestOneReplyOfAConversationIsInFlightAlsoWhenAnOlderOneIsSentAgain(t *testing.T) {
	eachPost(t, func(t *testing.T, p *post) {
		c := p.dm("1")
		first, second := p.write(c, "一"), p.write(c, "二")
		p.platform.says(no(refusal(inbox.RefusedContent)))
		p.deliver(first)
		inside, finish := make(chan struct{}), make(chan struct{})
		p.platform.says(func() (inbox.Receipt, error) { close(inside); <-finish; return inbox.Receipt{}, nil })
		done := make(chan error, 1)
		go func() { done <- p.Deliver(context.Background(), p.Workspace, second) }()
		<-inside
		_, err := p.Resend(t.Context(), p.Lin, first, false)
		mustBe(t, err, "")
		p.deliver(first)
		p.mustBe(first, inbox.Queued)
		close(finish)
		mustBe(t, <-done, "")
		p.deliver(first)
		p.mustBe(first, inbox.Sent)
	})
}

func TestAReplyIsSentOnceHoweverManyWorkersTakeIt(t *testing.T) {
	eachPost(t, func(t *testing.T, p *post) {
		id := p.write(p.dm("1"), "您好")
		outboxes := []*inbox.Outbox{p.Outbox, p.process(p.Twin(), "other")}
		var all sync.WaitGroup
		for i := range 12 {
			all.Go(func() {
				if err := outboxes[i%2].Deliver(context.Background(), p.Workspace, id); err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
		if p.platform.calls() != 1 {
			t.Errorf("it was sent %d times", p.platform.calls())
		}
		p.mustBe(id, inbox.Sent)
	})
}

// lose claims a reply as a process that then dies, and lets the sweeper find it.
func (p *post) lose(id inbox.OutboxID) {
	p.t.Helper()
	_, _, ok, err := p.ClaimReply(p.t.Context(), p.Workspace, id, "dead", settings.Lease)
	if mustBe(p.t, err, ""); !ok {
		p.t.Fatal("the reply could not be taken")
	}
	p.Forward(settings.Lease)
	p.sweep()
}

func (p *post) sweep() {
	p.t.Helper()
	mustBe(p.t, inbox.NewSweeper(p.System(), p.Outbox, p.hints, p.Now).Sweep(p.t.Context()), "")
}

func TestAnAttemptWhoseProcessDiedIsUnknownAndNotRepeated(t *testing.T) {
	eachPost(t, func(t *testing.T, p *post) {
		id := p.write(p.dm("1"), "您好")
		_, _, ok, err := p.ClaimReply(t.Context(), p.Workspace, id, "dead", settings.Lease)
		if mustBe(t, err, ""); !ok {
			t.Fatal("not claimed")
		}
		p.Forward(settings.Lease - time.Second)
		p.sweep()
		p.mustBe(id, inbox.Sending)
		p.Forward(time.Second)
		p.sweep()
		p.mustBe(id, inbox.Unknown)
		p.deliver(id)
		p.Forward(time.Hour)
		p.sweep()
		p.deliver(id)
		if p.platform.calls() != 0 {
			t.Error("it was sent again without an agent")
		}
		if c := p.talk("1"); c.Problem != inbox.Unknown {
			t.Errorf("the list shows %q", c.Problem)
		}
	})
}

func TestTheSweeperHintsAtRepliesThatNoHintHasLedTo(t *testing.T) {
	eachPost(t, func(t *testing.T, p *post) {
		id := p.write(p.dm("1"), "您好")
		p.hints.take()
		p.Forward(4 * time.Second) // with the time to take it back, more than five since it was due
		p.sweep()
		if got := p.hints.take(); !slices.Equal(got, []inbox.OutboxID{id}) {
			t.Errorf("hinted at %v", got)
		}
	})
}

func TestAnUnknownCommentIsLookedUpAndFound(t *testing.T) {
	eachPost(t, func(t *testing.T, p *post) {
		id := p.write(p.comment("1"), "好喝的")
		p.platform.says(no(errReset))
		p.deliver(id)
		r := p.mustBe(id, inbox.Unknown)
		if !r.CheckAt.Equal(p.Now().Add(5 * time.Second)) {
			t.Errorf("it is looked up at %s", r.CheckAt)
		}
		p.platform.find = func() (inbox.ExternalID, error) { return "c900", nil }
		p.Forward(5 * time.Second)
		p.sweep()
		if p.hints.readBacks != 1 {
			t.Errorf("%d hints to look it up", p.hints.readBacks)
		}
		mustBe(t, p.ReadBack(t.Context(), p.Workspace, id), "")
		if r := p.mustBe(id, inbox.Sent); r.SettledBy != inbox.SettledByReadBack || r.ExternalID != "c900" {
			t.Errorf("settled as %+v", r)
		}
	})
}

func TestAnUnknownCommentThatIsNotFoundFourTimesIsLeftToTheAgent(t *testing.T) {
	eachPost(t, func(t *testing.T, p *post) {
		id := p.write(p.comment("1"), "好喝的")
		p.platform.says(no(errReset))
		p.deliver(id)
		p.platform.find = func() (inbox.ExternalID, error) { return "", inbox.Missing("评论", "comment") }
		var waits []time.Duration
		for range 4 {
			r := p.row(id)
			waits = append(waits, r.CheckAt.Sub(p.Now()))
			p.Forward(waits[len(waits)-1])
			mustBe(t, p.ReadBack(t.Context(), p.Workspace, id), "")
		}
		if !slices.Equal(waits, []time.Duration{5 * time.Second, 30 * time.Second, 2 * time.Minute, 10 * time.Minute}) {
			t.Errorf("it was looked up after %v", waits)
		}
		r := p.mustBe(id, inbox.Unknown)
		if !r.CheckAt.IsZero() || !strings.Contains(r.Reason.ZH, "很可能没有发出") {
			t.Errorf("at the end it says %+v, next look %s", r.Reason, r.CheckAt)
		}
	})
}

func TestNotBeingAbleToLookIsNotALook(t *testing.T) {
	eachPost(t, func(t *testing.T, p *post) {
		id := p.write(p.comment("1"), "好喝的")
		p.platform.says(no(errReset))
		p.deliver(id)
		reset := p.Now().Add(time.Hour)
		p.platform.find = func() (inbox.ExternalID, error) {
			return "", &inbox.Refusal{Kind: inbox.RefusedLimit, Code: "10023", ZH: "用完", EN: "used up", RetryAt: reset}
		}
		mustBe(t, p.ReadBack(t.Context(), p.Workspace, id), "")
		if r := p.mustBe(id, inbox.Unknown); r.Checks != 0 || !r.CheckAt.Equal(reset) {
			t.Errorf("%d looks, the next at %s", r.Checks, r.CheckAt)
		}
		p.platform.find = func() (inbox.ExternalID, error) { return "", errReset }
		mustBe(t, p.ReadBack(t.Context(), p.Workspace, id), "")
		if r := p.row(id); r.Checks != 0 || !r.CheckAt.Equal(p.Now().Add(time.Minute)) {
			t.Errorf("%d looks, the next at %s", r.Checks, r.CheckAt)
		}
	})
}

func TestAPrivateMessageOfUnknownOutcomeWaitsForTheAgent(t *testing.T) {
	eachPost(t, func(t *testing.T, p *post) {
		id := p.write(p.dm("1"), "您好")
		p.platform.says(no(errReset))
		p.deliver(id)
		if r := p.mustBe(id, inbox.Unknown); !r.CheckAt.IsZero() || r.CanRecheck {
			t.Errorf("it is to be looked up: %+v", r)
		}
		_, err := p.Recheck(t.Context(), p.Lin, id)
		mustBe(t, err, inbox.Unsupported)
		m, err := p.Confirm(t.Context(), p.Lin, id)
		mustBe(t, err, "")
		if m.Reply.State != inbox.Sent || m.Reply.SettledBy != inbox.SettledByAgent {
			t.Errorf("confirmed as %+v", m.Reply)
		}
		if p.talk("1").Awaiting() {
			t.Error("the fan still waits")
		}
		_, err = p.Confirm(t.Context(), p.Lin, id)
		mustBe(t, err, inbox.Closed)
	})
}

// A slow attempt is given up by the sweeper; then its answer arrives all the same.
func TestLateKnowledgeIsBetterThanNone(t *testing.T) {
	for name, tc := range map[string]struct {
		answer func() (inbox.Receipt, error)
		state  inbox.ReplyState
		spent  int
	}{
		"yes":      {yes(""), inbox.Sent, 1},
		"no":       {no(refusal(inbox.RefusedContent)), inbox.Failed, 0},
		"no idea":  {no(errReset), inbox.Unknown, 1},
		"not left": {no(inbox.ErrNotLeft), inbox.Queued, 0},
	} {
		t.Run(name, func(t *testing.T) {
			eachPost(t, func(t *testing.T, p *post) {
				id := p.write(p.dm("1"), "您好")
				p.platform.says(func() (inbox.Receipt, error) {
					p.Forward(settings.Lease)
					p.sweep()
					p.mustBe(id, inbox.Unknown)
					return tc.answer()
				})
				p.deliver(id)
				p.mustBe(id, tc.state)
				if c := p.talk("1"); c.Counted.Spent != tc.spent {
					t.Errorf("%d messages of the window are counted, not %d", c.Counted.Spent, tc.spent)
				}
			})
		})
	}
}

func TestAnOldAttemptSaysNothingAboutANewerOne(t *testing.T) {
	eachPost(t, func(t *testing.T, p *post) {
		id := p.write(p.dm("1"), "您好")
		p.platform.says(func() (inbox.Receipt, error) { // the first attempt hangs; meanwhile it is given up and sent again
			p.Forward(settings.Lease)
			p.sweep()
			_, err := p.Resend(context.Background(), p.Lin, id, true)
			mustBe(t, err, "")
			p.platform.says(no(errReset))
			p.deliver(id)
			return inbox.Receipt{}, refusal(inbox.RefusedContent)
		})
		p.deliver(id)
		if r := p.mustBe(id, inbox.Unknown); r.Attempt != 2 {
			t.Errorf("attempt %d", r.Attempt)
		}
	})
}

func TestOurOwnAnswerThatComesBackByPollingIsNotASecondMessage(t *testing.T) {
	eachPost(t, func(t *testing.T, p *post) {
		echo := func(fan, text string) inbox.Inbound {
			in := p.Native(fan, "e"+fan, "p1", "c"+fan, text)
			in.Essence = p.platform.Essence(text)
			return in
		}
		// after the receipt
		p.platform.says(yes("e1"))
		p.deliver(p.write(p.comment("1"), "好喝的"))
		p.Receive(echo("1", "好喝的"))
		// while the outcome is unknown
		lost := p.write(p.comment("2"), "好 喝的")
		p.lose(lost)
		p.Receive(echo("2", "好喝 的"))
		if r := p.mustBe(lost, inbox.Sent); r.ExternalID != "e2" || r.SettledBy != inbox.SettledByReadBack {
			t.Errorf("settled as %+v", r)
		}
		// while it is on its way: the platform's list is faster than its answer
		slow := p.write(p.comment("3"), "好喝的")
		p.platform.says(func() (inbox.Receipt, error) {
			p.Receive(echo("3", "好喝的"))
			return inbox.Receipt{ExternalID: "e3"}, nil
		})
		p.deliver(slow)
		p.mustBe(slow, inbox.Sent)
		// changed by the platform beyond recognition, so that it was taken for an answer from elsewhere, until the receipt says whose it is
		changed := p.write(p.comment("4"), "好喝的")
		p.platform.says(func() (inbox.Receipt, error) {
			p.Receive(echo("4", "完全不同"))
			return inbox.Receipt{ExternalID: "e4"}, nil
		})
		p.deliver(changed)
		for _, fan := range []string{"1", "2", "3", "4"} {
			said := p.Said(p.talk(fan))
			if len(said) != 2 || said[1].Origin != inbox.FromAgent || said[1].ExternalID != inbox.ExternalID("e"+fan) {
				t.Errorf("fan %s: %d messages, the last %+v", fan, len(said), said[len(said)-1])
			}
		}
		// somebody else's words under the same comment are his own
		p.lose(p.write(p.comment("5"), "好喝的"))
		p.Receive(echo("5", "不好喝"))
		if said := p.Said(p.talk("5")); len(said) != 3 {
			t.Errorf("an answer from elsewhere was taken for ours: %d messages", len(said))
		}
	})
}

func TestWhatHasNotLeftCanBeTakenBack(t *testing.T) {
	eachPost(t, func(t *testing.T, p *post) {
		c := p.comment("1")
		first, second := p.write(c, "一"), p.write(c, "二")
		p.hints.take()
		m, err := p.Cancel(t.Context(), p.Lin, first)
		mustBe(t, err, "")
		if m.Reply.State != inbox.Cancelled {
			t.Errorf("it is %s", m.Reply.State)
		}
		if got := p.hints.take(); !slices.Equal(got, []inbox.OutboxID{second}) {
			t.Errorf("the next one was not hinted at: %v", got)
		}
		p.deliver(first)
		p.deliver(second)
		if p.platform.calls() != 1 || p.platform.sent[0].Text != "二" {
			t.Errorf("the platform got %+v", p.platform.sent)
		}
		for _, id := range []inbox.OutboxID{first, second} {
			_, err = p.Cancel(t.Context(), p.Lin, id)
			mustBe(t, err, inbox.Closed)
			_, err = p.Resend(t.Context(), p.Lin, id, true)
			mustBe(t, err, inbox.Closed)
		}
	})
}

func TestResendingAnUnknownOutcomeAsksTwice(t *testing.T) {
	eachPost(t, func(t *testing.T, p *post) {
		id := p.write(p.dm("1"), "您好")
		p.lose(id)
		_, err := p.Resend(t.Context(), p.Lin, id, false)
		mustBe(t, err, inbox.Conflict)
		p.mustBe(id, inbox.Unknown)
		_, err = p.Resend(t.Context(), p.Lin, id, true)
		mustBe(t, err, "")
		p.deliver(id)
		if r := p.mustBe(id, inbox.Sent); r.Attempt != 2 || p.platform.calls() != 1 {
			t.Errorf("attempt %d, %d calls", r.Attempt, p.platform.calls())
		}
		if p.Count("SELECT COUNT(*) FROM facts WHERE kind = 'reply.resent' AND actor_id = ?", p.Lin.ID) != 1 {
			t.Error("the journal does not say who sent it again")
		}
	})
}

// Once an attempt may have arrived, nothing may call the reply unsent.
func TestWhatMayHaveArrivedIsNeverCalledUnsent(t *testing.T) {
	resend := func(p *post, id inbox.OutboxID) {
		p.t.Helper()
		_, err := p.Resend(p.t.Context(), p.Lin, id, true)
		mustBe(p.t, err, "")
	}
	for name, after := range map[string]func(p *post, id inbox.OutboxID){
		"the second attempt is refused": func(p *post, id inbox.OutboxID) {
			p.platform.says(no(refusal(inbox.RefusedContent)))
			p.deliver(id)
		},
		"the platform has seen the text before": func(p *post, id inbox.OutboxID) {
			p.platform.says(no(refusal(inbox.RefusedRepeat)))
			p.deliver(id)
		},
		"the second attempt is taken back": func(p *post, id inbox.OutboxID) {
			_, err := p.Cancel(p.t.Context(), p.Lin, id)
			mustBe(p.t, err, "")
		},
	} {
		t.Run(name, func(t *testing.T) {
			eachPost(t, func(t *testing.T, p *post) {
				id := p.write(p.dm("1"), "您好")
				p.lose(id)
				resend(p, id)
				after(p, id)
				p.mustBe(id, inbox.Unknown)
			})
		})
	}
}

func TestAnEchoStopsAReplyThatWasToBeSentAgain(t *testing.T) {
	eachPost(t, func(t *testing.T, p *post) {
		id := p.write(p.comment("1"), "好喝的")
		p.lose(id)
		_, err := p.Resend(t.Context(), p.Lin, id, true)
		mustBe(t, err, "")
		echo := p.Native("1", "e1", "p1", "c1", "好喝的")
		echo.Essence = p.platform.Essence("好喝的")
		p.Receive(echo)
		p.mustBe(id, inbox.Sent)
		p.deliver(id)
		if p.platform.calls() != 0 {
			t.Error("it was sent again although it had arrived")
		}
	})
}

func TestSendAndResolveEndsTheConversation(t *testing.T) {
	eachPost(t, func(t *testing.T, p *post) {
		c := p.comment("1")
		ask := p.ask(c, "好喝的")
		ask.Resolve = true
		_, err := p.Reply(t.Context(), ask)
		mustBe(t, err, "")
		if after := p.talk("1"); after.State != inbox.Resolved || after.Awaiting() || after.EpisodeID != 0 {
			t.Errorf("the conversation is %+v", after)
		}
	})
}
