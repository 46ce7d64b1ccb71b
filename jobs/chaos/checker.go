package chaos

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"weibox/connectors/weibo/sim"
)

// Verdict is what the ledger of the pretend Weibo and the database say when they are laid side by side.
type Verdict struct {
	Events  int // acknowledged to Weibo, or written where polling must find them
	Refused int // never acknowledged: Weibo gave them up after three tries, as it says it will
	Replies int // accepted from the agent

	Lost    int // acknowledged and not stored, or accepted and not in the outbox
	Doubled int // stored twice, or posted twice
	Limbo   int // answers still on their way, or posted and not known to be
	Untrue  int // answers that say they were sent and were not, or the other way round; and those out of order

	Recovery time.Duration // slowest: from a kill to the next acknowledged event
	Flagged  time.Duration // slowest: from a kill to the mark on a send that it interrupted
	Polled   time.Duration // slowest: from a comment to its row
	Panics   int

	Findings []string // a sentence for each of the above that is not zero
}

// The promises about time: the way in is open again, and an interrupted send is marked, so soon after a kill.
const (
	recoveryPromise = 10 * time.Second
	flagPromise     = 30 * time.Second
)

// checkTimes adds what took longer than promised.
func (v *Verdict) checkTimes() {
	if v.Recovery > recoveryPromise {
		v.Findings = append(v.Findings, fmt.Sprintf("the way in was shut for %s after a kill", v.Recovery))
	}
	if v.Flagged > flagPromise {
		v.Findings = append(v.Findings, fmt.Sprintf("a send that a kill interrupted was not marked for %s", v.Flagged))
	}
}

func (v *Verdict) find(counter *int, format string, args ...any) {
	*counter++
	v.Findings = append(v.Findings, fmt.Sprintf(format, args...))
}

// answerRow is a row of the outbox.
type answerRow struct {
	id, talk          int64
	n                 int64
	state, kind, code string
	startedAt         *int64
	settledBy, reason string
	attempt           int
}

// records are what the database holds.
type records struct {
	messages map[string]int   // private messages received, by text
	comments map[string]int64 // comments received, by the platform's id: when they were stored
	outgoing map[int64]int    // messages sent, by the number of the answer
	answers  []answerRow
}

func (h *house) records(ctx context.Context) (records, error) {
	r, err := h.unsettled(ctx)
	return r, errors.Join(err,
		h.each(ctx, "SELECT text FROM messages WHERE direction = 'in' AND object = 'dm'", func(scan func(...any) error) error {
			var text string
			err := scan(&text)
			r.messages[text]++
			return err
		}),
		h.each(ctx, "SELECT text FROM messages WHERE direction = 'out'", func(scan func(...any) error) error {
			var text string
			err := scan(&text)
			r.outgoing[answerOf(text)]++
			return err
		}),
	)
}

// unsettled are those records that may come to rest late: comments that are polled, and answers.
func (h *house) unsettled(ctx context.Context) (records, error) {
	r := records{messages: map[string]int{}, comments: map[string]int64{}, outgoing: map[int64]int{}}
	return r, errors.Join(
		h.each(ctx, "SELECT external_id, created_at FROM messages WHERE direction = 'in' AND object = 'comment'", func(scan func(...any) error) error {
			var id string
			var at int64
			err := scan(&id, &at)
			r.comments[id] = at
			return err
		}),
		h.each(ctx, "SELECT id, conversation_id, text, state, kind, code, started_at, settled_by, reason_en, attempt FROM outbox ORDER BY id", func(scan func(...any) error) error {
			var a answerRow
			var text string
			err := scan(&a.id, &a.talk, &text, &a.state, &a.kind, &a.code, &a.startedAt, &a.settledBy, &a.reason, &a.attempt)
			a.n = answerOf(text)
			r.answers = append(r.answers, a)
			return err
		}),
	)
}

func (h *house) each(ctx context.Context, query string, row func(scan func(...any) error) error) error {
	rows, err := h.db.QueryContext(ctx, query)
	if err != nil {
		return err
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		if err := row(rows.Scan); err != nil {
			return err
		}
	}
	return rows.Err()
}

// check lays ledger and database side by side.
func check(ctx context.Context, h *house, fans *crowd, agent *desk) (Verdict, error) {
	r, err := h.records(ctx)
	if err != nil {
		return Verdict{}, err
	}
	ledger := h.weibo.Ledger()
	var v Verdict
	v.checkMessages(ledger, r, fans)
	v.checkComments(r, fans)
	v.checkAnswers(ledger, r, agent)
	v.checkOrder(ledger, r)
	for _, p := range h.everyProcess() {
		for _, line := range p.panics() {
			v.find(&v.Panics, "%s", line)
		}
	}
	v.Recovery = recovery(h.kills(), ledger)
	return v, nil
}

func (v *Verdict) checkMessages(ledger sim.Ledger, r records, fans *crowd) {
	offered, acknowledged := map[string]bool{}, map[string]bool{}
	for _, o := range ledger.Offered {
		if o.Way != "push" {
			continue
		}
		offered[o.Text] = true
		if o.Outcome == sim.OutcomeAccepted {
			acknowledged[o.Text] = true
		}
	}
	fans.mu.Lock()
	defer fans.mu.Unlock()
	for text := range fans.posted {
		acknowledged[text] = true
	}
	v.Events += len(acknowledged)
	for text := range acknowledged {
		if r.messages[text] == 0 {
			v.find(&v.Lost, "the message %q was acknowledged and is not stored", text)
		}
	}
	for text := range offered {
		if !acknowledged[text] {
			v.Refused++
		}
	}
	for text, n := range r.messages {
		if n > 1 {
			v.find(&v.Doubled, "the message %q is stored %d times", text, n)
		}
	}
}

func (v *Verdict) checkComments(r records, fans *crowd) {
	fans.mu.Lock()
	defer fans.mu.Unlock()
	v.Events += len(fans.comments)
	for id, at := range fans.comments {
		stored, ok := r.comments[id]
		if !ok {
			v.find(&v.Lost, "the comment %s of %s is not stored", id, at.Format(time.TimeOnly))
			continue
		}
		v.Polled = max(v.Polled, time.UnixMilli(stored).Sub(at))
	}
}

// checkAnswers: what left is posted once and said to be; private messages alone may stay unknown, for Weibo cannot be asked about them.
func (v *Verdict) checkAnswers(ledger sim.Ledger, r records, agent *desk) {
	posts := map[int64]int{}
	for _, a := range ledger.Accepted {
		if n := answerOf(a.Text); n != 0 {
			posts[n]++
		}
	}
	rows := map[int64]int{}
	for _, a := range r.answers {
		rows[a.n]++
		v.checkAnswer(a, posts[a.n])
		if r.outgoing[a.n] > 1 {
			v.find(&v.Doubled, "answer %d stands in its conversation %d times", a.n, r.outgoing[a.n])
		}
	}
	for n, times := range posts {
		if times > 1 {
			v.find(&v.Doubled, "answer %d was posted %d times", n, times)
		}
		if rows[n] == 0 {
			v.find(&v.Lost, "answer %d was posted and has no row", n)
		}
	}
	agent.mu.Lock()
	defer agent.mu.Unlock()
	v.Replies = len(agent.accepted)
	for n := range agent.accepted {
		switch {
		case rows[n] == 0:
			v.find(&v.Lost, "answer %d was accepted and has no row", n)
		case rows[n] > 1:
			v.find(&v.Doubled, "answer %d has %d rows", n, rows[n])
		}
	}
}

func (v *Verdict) checkAnswer(a answerRow, posts int) {
	sure := posts > 0 == (a.state == "sent")
	switch {
	case a.state == "queued" || a.state == "sending":
		v.find(&v.Limbo, "answer %d is %s (attempt %d, %s)", a.n, a.state, a.attempt, a.reason)
	case a.state == "unknown" && posts > 0 && a.kind != "dm":
		v.find(&v.Limbo, "answer %d was posted as a %s and is still unknown", a.n, a.kind)
	case a.state != "unknown" && !sure:
		v.find(&v.Untrue, "answer %d is %s (%s %s) and was posted %d times", a.n, a.state, a.code, a.reason, posts)
	}
}

// checkOrder: within a conversation, answers reach Weibo in the order in which the agent gave them.
func (v *Verdict) checkOrder(ledger sim.Ledger, r records) {
	rows := map[int64]answerRow{}
	for _, a := range r.answers {
		rows[a.n] = a
	}
	newest := map[int64]int64{}
	for _, a := range ledger.Accepted {
		row, ok := rows[answerOf(a.Text)]
		if !ok {
			continue
		}
		if row.id < newest[row.talk] {
			v.find(&v.Untrue, "answer %d was overtaken by a later one of its conversation", row.n)
		}
		newest[row.talk] = max(newest[row.talk], row.id)
	}
}

// recovery is the longest time from a kill to the next event that was acknowledged. A kill that another one followed before is left out: the
// house was not given the time.
func recovery(kills []death, ledger sim.Ledger) time.Duration {
	var acknowledged []time.Time
	for _, o := range ledger.Offered {
		if o.Way == "push" && o.Outcome == sim.OutcomeAccepted {
			acknowledged = append(acknowledged, o.At)
		}
	}
	slowest := time.Duration(0)
	for i, d := range kills {
		first, _ := slices.BinarySearchFunc(acknowledged, d.again, time.Time.Compare)
		if first == len(acknowledged) || i+1 < len(kills) && kills[i+1].at.Before(acknowledged[first]) {
			continue
		}
		slowest = max(slowest, acknowledged[first].Sub(d.at))
	}
	return slowest
}

// kills are all violent deaths, oldest first.
func (h *house) kills() []death {
	var all []death
	for _, p := range h.everyProcess() {
		all = append(all, p.kills()...)
	}
	slices.SortFunc(all, func(a, b death) int { return a.at.Compare(b.at) })
	return all
}

// settled says whether nothing is on its way any more.
func (h *house) settled(ctx context.Context, fans *crowd) bool {
	r, err := h.unsettled(ctx)
	if err != nil {
		return false
	}
	posts := map[int64]int{}
	for _, a := range h.weibo.Accepted() {
		posts[answerOf(a.Text)]++
	}
	for _, a := range r.answers {
		var v Verdict
		if v.checkAnswer(a, posts[a.n]); v.Limbo > 0 {
			return false
		}
	}
	fans.mu.Lock()
	defer fans.mu.Unlock()
	for id := range fans.comments {
		if _, ok := r.comments[id]; !ok {
			return false
		}
	}
	return true
}

func isRefusal(err error) bool { return errors.Is(err, errRefused) }

// Line is a verdict as a line of the table.
func (v Verdict) Line(name string, t Toll) string {
	return fmt.Sprintf("| %s | %d | %d | %d | %d | %d | %d | %d | %d | %d | %s | %s | %s |", name, t.Kills, t.Faults, v.Events, v.Refused, v.Replies, v.Lost, v.Doubled, v.Limbo, v.Untrue,
		seconds(v.Recovery), seconds(v.Flagged), seconds(v.Polled))
}

// Toll is what the house was made to suffer.
type Toll struct{ Kills, Faults int }

// Head is the head of the table.
var Head = strings.Join([]string{
	"| engine | kills | other faults | events | refused | replies | lost | doubled | in limbo | untrue | slowest recovery | slowest flag | slowest poll |",
	"| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |"}, "\n")

func seconds(d time.Duration) string { return fmt.Sprintf("%.1f s", d.Seconds()) }
