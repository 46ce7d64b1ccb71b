package chaos

import (
	"testing"
	"time"

	"weibox/connectors/weibo/sim"
)

func fansOf(comments map[string]time.Time) *crowd {
	return &crowd{comments: comments, posted: map[string]bool{}}
}

// A checker that finds nothing proves nothing: each breach of a promise must be seen.
func TestTheCheckerSeesEveryBreach(t *testing.T) {
	pushed := func(text, outcome string) sim.Offered { return sim.Offered{Way: "push", Text: text, Outcome: outcome} }
	posted := func(n int64) sim.Accepted { return sim.Accepted{Text: "回复@小雨:" + answerText(n)} }
	for _, tc := range []struct {
		name                         string
		ledger                       sim.Ledger
		records                      records
		comments                     map[string]time.Time
		accepted                     map[int64]string
		lost, doubled, limbo, untrue int
	}{
		{name: "all is well", ledger: sim.Ledger{Offered: []sim.Offered{pushed("a", sim.OutcomeAccepted), pushed("b", sim.OutcomeGone)}, Accepted: []sim.Accepted{posted(1)}},
			records:  records{messages: map[string]int{"a": 1}, answers: []answerRow{{id: 1, n: 1, state: "sent"}}, outgoing: map[int64]int{1: 1}},
			accepted: map[int64]string{1: "1"}},
		{name: "acknowledged and not stored", ledger: sim.Ledger{Offered: []sim.Offered{pushed("a", sim.OutcomeAccepted)}}, lost: 1},
		{name: "stored twice", ledger: sim.Ledger{Offered: []sim.Offered{pushed("a", sim.OutcomeAccepted)}}, records: records{messages: map[string]int{"a": 2}}, doubled: 1},
		{name: "a comment that polling missed", comments: map[string]time.Time{"7": {}}, lost: 1},
		{name: "posted twice", ledger: sim.Ledger{Accepted: []sim.Accepted{posted(1), posted(1)}}, records: records{answers: []answerRow{{n: 1, state: "sent"}}}, doubled: 1},
		{name: "shown twice", ledger: sim.Ledger{Accepted: []sim.Accepted{posted(1)}},
			records: records{answers: []answerRow{{n: 1, state: "sent"}}, outgoing: map[int64]int{1: 2}}, doubled: 1},
		{name: "accepted and forgotten", accepted: map[int64]string{1: "1"}, lost: 1},
		{name: "posted without a row", ledger: sim.Ledger{Accepted: []sim.Accepted{posted(1)}}, lost: 1},
		{name: "still queued", records: records{answers: []answerRow{{n: 1, state: "queued"}}}, limbo: 1},
		{name: "still sending", records: records{answers: []answerRow{{n: 1, state: "sending"}}}, limbo: 1},
		{name: "posted as a comment and unknown", ledger: sim.Ledger{Accepted: []sim.Accepted{posted(1)}}, records: records{answers: []answerRow{{n: 1, state: "unknown", kind: "comment"}}}, limbo: 1},
		{name: "posted privately and unknown, which Weibo cannot be asked about", ledger: sim.Ledger{Accepted: []sim.Accepted{posted(1)}},
			records: records{answers: []answerRow{{n: 1, state: "unknown", kind: "dm"}}}},
		{name: "called sent and not posted", records: records{answers: []answerRow{{n: 1, state: "sent"}}}, untrue: 1},
		{name: "called failed and posted", ledger: sim.Ledger{Accepted: []sim.Accepted{posted(1)}}, records: records{answers: []answerRow{{n: 1, state: "failed"}}}, untrue: 1},
		{name: "overtaken", ledger: sim.Ledger{Accepted: []sim.Accepted{posted(2), posted(1)}},
			records: records{answers: []answerRow{{id: 1, n: 1, talk: 5, state: "sent"}, {id: 2, n: 2, talk: 5, state: "sent"}}}, untrue: 1},
	} {
		t.Run(tc.name, func(t *testing.T) {
			var v Verdict
			v.checkMessages(tc.ledger, tc.records, fansOf(nil))
			v.checkComments(tc.records, fansOf(tc.comments))
			v.checkAnswers(tc.ledger, tc.records, &desk{accepted: tc.accepted})
			v.checkOrder(tc.ledger, tc.records)
			if v.Lost != tc.lost || v.Doubled != tc.doubled || v.Limbo != tc.limbo || v.Untrue != tc.untrue {
				t.Errorf("%d lost, %d doubled, %d in limbo, %d untrue: %v", v.Lost, v.Doubled, v.Limbo, v.Untrue, v.Findings)
			}
		})
	}
}

func TestRecoveryIsMeasuredFromTheLastKillThatWasGivenTime(t *testing.T) {
	at := func(seconds int) time.Time { return time.Unix(int64(seconds), 0) }
	kills := []death{{at: at(10), again: at(11)}, {at: at(12), again: at(13)}}
	ledger := sim.Ledger{Offered: []sim.Offered{{Way: "push", Outcome: sim.OutcomeAccepted, At: at(9)}, {Way: "push", Outcome: sim.OutcomeRetry, At: at(14)},
		{Way: "push", Outcome: sim.OutcomeAccepted, At: at(16)}}}
	if got := recovery(kills, ledger); got != 4*time.Second {
		t.Errorf("recovered in %s", got)
	}
}
