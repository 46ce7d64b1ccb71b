package inbox_test

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"testing"

	"weibox/inbox"

	"pgregory.net/rapid"
)

// world is one reply and what really became of it, whatever the inbox believes.
type world struct {
	*post
	rt       *rapid.T
	id       inbox.OutboxID
	fan      string
	posted   int  // times that the platform really took it
	mayHave  bool // an attempt may have reached the platform since an agent last asked
	agentSet bool // an agent said that it arrived
}

// sending is the platform's end of an attempt: an attempt that follows one that may have arrived is the one thing that must never happen.
func (w *world) sending(answer func() (inbox.Receipt, error), posts, certain bool) func() (inbox.Receipt, error) {
	return func() (inbox.Receipt, error) {
		if w.mayHave {
			w.rt.Fatalf("sent again by machine after an attempt that may have arrived")
		}
		if posts {
			w.posted++
		}
		w.mayHave = posts || !certain
		return answer()
	}
}

// outcomes are all ends of an attempt: what comes back, whether the platform took it, and whether we can know.
var outcomes = map[string]func(w *world) func() (inbox.Receipt, error){
	"yes":              func(w *world) func() (inbox.Receipt, error) { return w.sending(yes(w.echoID()), true, true) },
	"taken, no answer": func(w *world) func() (inbox.Receipt, error) { return w.sending(no(errReset), true, false) },
	"lost on the way":  func(w *world) func() (inbox.Receipt, error) { return w.sending(no(errReset), false, false) },
	"not left":         func(w *world) func() (inbox.Receipt, error) { return w.sending(no(inbox.ErrNotLeft), false, true) },
	"busy": func(w *world) func() (inbox.Receipt, error) {
		return w.sending(no(refusal(inbox.RefusedBusy)), false, true)
	},
	"limit": func(w *world) func() (inbox.Receipt, error) {
		return w.sending(no(refusal(inbox.RefusedLimit)), false, true)
	},
	"content": func(w *world) func() (inbox.Receipt, error) {
		return w.sending(no(refusal(inbox.RefusedContent)), false, true)
	},
	"repeat": func(w *world) func() (inbox.Receipt, error) {
		return w.sending(no(refusal(inbox.RefusedRepeat)), false, true)
	},
}

func (w *world) echoID() inbox.ExternalID {
	return inbox.ExternalID(fmt.Sprintf("e%s-%d", w.fan, w.posted))
}

func (w *world) outcome() func() (inbox.Receipt, error) {
	names := slices.Sorted(maps.Keys(outcomes))
	return outcomes[rapid.SampledFrom(names).Draw(w.rt, "outcome")](w)
}

func (w *world) deliverNow(*rapid.T) {
	w.platform.says(w.outcome())
	w.deliver(w.id)
}

// slow lets the sweeper, and perhaps an agent, act while an attempt hangs.
func (w *world) slow(rt *rapid.T) {
	answer := w.outcome()
	again := rapid.Bool().Draw(rt, "an agent sends it again meanwhile")
	w.platform.says(func() (inbox.Receipt, error) {
		receipt, err := answer()
		w.Forward(settings.Lease)
		w.sweep()
		if again {
			w.agentResends(rt)
		}
		return receipt, err
	})
	w.deliver(w.id)
}

// die claims the reply and stops, before or after the platform took it.
func (w *world) die(rt *rapid.T) {
	_, _, ok, err := w.ClaimReply(context.Background(), w.Workspace, w.id, "dead", settings.Lease)
	if err != nil || !ok {
		return
	}
	if rapid.Bool().Draw(rt, "after sending") {
		_, _ = w.sending(no(errReset), true, false)()
	} else {
		w.mayHave = true // nobody can know
	}
	w.Forward(settings.Lease)
	w.sweep()
}

func (w *world) time(*rapid.T) {
	w.Forward(settings.Lease * 8)
	w.sweep()
}

func (w *world) lookUp(rt *rapid.T) {
	w.platform.find = func() (inbox.ExternalID, error) {
		if w.posted > 0 {
			return w.echoID(), nil
		}
		return "", inbox.Missing("评论", "comment")
	}
	if err := w.ReadBack(context.Background(), w.Workspace, w.id); err != nil {
		rt.Fatal(err)
	}
}

func (w *world) poll(*rapid.T) {
	if w.posted == 0 {
		return
	}
	echo := w.Native(w.fan, string(w.echoID()), "p1", "c"+w.fan, "好喝的")
	echo.Essence = w.platform.Essence("好喝的")
	w.Receive(echo)
}

func (w *world) agentResends(*rapid.T) {
	if _, err := w.Resend(context.Background(), w.Lin, w.id, true); err == nil {
		w.mayHave = false // from here on he knows
	}
}

func (w *world) agentConfirms(*rapid.T) {
	if _, err := w.Confirm(context.Background(), w.Lin, w.id); err == nil {
		w.agentSet = true
	}
}

func (w *world) agentCancels(*rapid.T)  { _, _ = w.Cancel(context.Background(), w.Lin, w.id) }
func (w *world) agentRechecks(*rapid.T) { _, _ = w.Recheck(context.Background(), w.Lin, w.id) }

// truthful compares what the inbox says with what happened.
func (w *world) truthful(rt *rapid.T) {
	r := w.row(w.id)
	switch {
	case r.State == inbox.Sent && w.posted == 0 && !w.agentSet:
		rt.Fatalf("called sent, but nothing was posted")
	case (r.State == inbox.Failed || r.State == inbox.Cancelled) && w.posted > 0:
		rt.Fatalf("called %s, but it was posted", r.State)
	case r.State == inbox.Sending:
		rt.Fatalf("left in limbo")
	}
}

// Whatever happens, in whatever order: a reply that may have reached the platform is not sent again unless an agent asks for it, and what the
// inbox says of it is true.
func TestNoPathLeadsFromAnAttemptThatMayHaveLeftToASecondOne(t *testing.T) {
	eachPost(t, func(t *testing.T, p *post) {
		fan := 0
		rapid.Check(t, func(rt *rapid.T) {
			fan++
			w := &world{post: p, rt: rt, fan: fmt.Sprint(fan)}
			kind := rapid.SampledFrom([]string{"private", "comment"}).Draw(rt, "kind")
			if kind == "private" {
				w.id = p.write(p.dm(w.fan), "好喝的")
			} else {
				w.id = p.write(p.comment(w.fan), "好喝的")
			}
			actions := map[string]func(*rapid.T){"deliver": w.deliverNow, "slow": w.slow, "die": w.die, "time": w.time, "look up": w.lookUp,
				"resend": w.agentResends, "confirm": w.agentConfirms, "cancel": w.agentCancels, "recheck": w.agentRechecks, "": w.truthful}
			if kind == "comment" {
				actions["poll"] = w.poll
			}
			rt.Repeat(actions)
		})
	})
}
