package sim

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
)

// scrap writes ten comments, a minute apart, and gives their ids, newest first.
func (w *world) scrap() []string {
	post, fan := w.Post(w.brand, "新品上架"), w.AddFan("小雨")
	var ids []string
	for i := range 10 {
		w.forward(time.Minute)
		ids = append(ids, fan.Comment(post, fmt.Sprintf("第 %d 条", i), ""))
	}
	w.forward(time.Minute)
	slices.Reverse(ids)
	return ids
}

func (w *world) wantIDs(a answer, want []string) {
	w.t.Helper()
	if got := a.ids("comments"); !slices.Equal(got, want) {
		w.t.Errorf("the list shows\n%v, not\n%v", strings.Join(got, " "), strings.Join(want, " "))
	}
}

func TestAShortPageLeadsToTheRestOfIt(t *testing.T) {
	w := start(t, commercial)
	ids := w.scrap()
	w.Fault(Fault{Endpoint: "comments/to_me", Kind: FaultShort, Times: 1})
	short := w.get("/c/2/comments/to_me/biz.json", "count", "10")
	w.wantIDs(short, ids[:5])
	w.wantIDs(w.get("/c/2/comments/to_me/biz.json", "count", "10", "max_id", short.body["next_cursor_str"].(string)), ids[5:])
}

func TestAShiftedPageRepeatsTheEndOfTheOneBefore(t *testing.T) {
	w := start(t, commercial)
	ids := w.scrap()
	w.Fault(Fault{Endpoint: "comments/to_me", Kind: FaultShift, Times: 1})
	w.wantIDs(w.get("/c/2/comments/to_me/biz.json", "count", "5", "max_id", ids[5]), ids[2:7])
}

func TestAListMayLagBehindWhatWasWritten(t *testing.T) {
	w := start(t, commercial)
	ids := w.scrap()
	w.Fault(Fault{Endpoint: "comments/to_me", Kind: FaultLag, DelayMS: int(150 * time.Second / time.Millisecond), Times: 1})
	w.wantIDs(w.get("/c/2/comments/to_me/biz.json"), ids[2:])
	w.wantIDs(w.get("/c/2/comments/to_me/biz.json"), ids)
}

func TestAListMayForgetWhatIsOld(t *testing.T) {
	w := start(t, commercial)
	ids := w.scrap() // and one more: the oldest of eleven is forgotten
	newest := w.AddFan("阿哲").Comment(w.Post(w.brand, "活动"), "第十一条", "")
	w.Fault(Fault{Endpoint: "comments/to_me", Kind: FaultForget, Times: 1})
	w.wantIDs(w.get("/c/2/comments/to_me/biz.json"), append([]string{newest}, ids[:9]...))
}
