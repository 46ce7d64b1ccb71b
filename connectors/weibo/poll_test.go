package weibo

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"testing"
	"time"

	"weibox/inbox"
)

// shelf is a comment list as Weibo keeps one: newest first, since_id exclusive, max_id inclusive, hidden items left out after paging.
type shelf struct {
	ids    []int64
	hidden map[int64]bool
	keeps  int // how many it still serves; 0: all
	cursor func(next int64, answer map[string]any)
}

func (s *shelf) put(at time.Time, n int) {
	for i := range n {
		s.ids = append(s.ids, idAt(at.Add(time.Duration(i)*time.Second))+int64(i)+1)
	}
	slices.SortFunc(s.ids, func(a, b int64) int { return int(b>>20 - a>>20) })
}

func (s *shelf) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	num := func(name string, none int64) int64 {
		if n, err := strconv.ParseInt(r.URL.Query().Get(name), 10, 64); err == nil && n > 0 {
			return n
		}
		return none
	}
	served := s.ids
	if s.keeps > 0 {
		served = served[:min(s.keeps, len(served))]
	}
	since, below, count := num("since_id", 0), num("max_id", 1<<62), num("count", 50)
	var page []map[string]any
	next, taken := int64(0), int64(0)
	for _, n := range served {
		if n <= since || n > below {
			continue
		}
		if taken == count {
			next = n
			break
		}
		taken++
		if !s.hidden[n] {
			page = append(page, map[string]any{"id": n, "created_at": timeOf(n).Format(time.RubyDate), "text": "t", "user": 26, "status": 50})
		}
	}
	answer := map[string]any{"comments": page, "next_cursor": next, "total_number": len(served)}
	if s.cursor != nil {
		s.cursor(next, answer)
	}
	_ = json.NewEncoder(w).Encode(answer)
}

// catchUp polls until complete, as the caller does, and returns the pages.
func (r *rig) catchUp(t *testing.T, cursor inbox.Cursor) (pages []inbox.Page, next inbox.Cursor) {
	t.Helper()
	for range 50 {
		page := must(r.Poll(context.Background(), r.account, toMe, cursor))(t)
		pages, cursor = append(pages, page), page.Next
		if page.Complete {
			return pages, cursor
		}
	}
	t.Fatal("the catch-up does not end")
	return nil, ""
}

func keys(pages []inbox.Page) []inbox.ExternalID {
	var all []inbox.ExternalID
	for _, p := range pages {
		for _, in := range p.Items {
			all = append(all, in.ExternalID)
		}
	}
	return all
}

func shelved(t *testing.T) (*rig, *shelf) {
	r := rigged(t)
	s := &shelf{hidden: map[int64]bool{}}
	r.platform.on("/2/comments/to_me.json", s.ServeHTTP)
	return r, s
}

func TestTheFirstCatchUpImportsSeventyTwoHoursSilently(t *testing.T) {
	r, s := shelved(t)
	s.put(march.Add(-80*time.Hour), 30)
	s.put(march.Add(-70*time.Hour), 70)
	pages, cursor := r.catchUp(t, "")
	if got := keys(pages); len(got) != 70 {
		t.Errorf("%d items imported, want 70", len(got))
	}
	for _, p := range pages {
		if !p.Imported || p.Gap != nil || p.Withheld != 0 {
			t.Errorf("imported %t, gap %v, withheld %d", p.Imported, p.Gap, p.Withheld)
		}
	}
	later, _ := r.catchUp(t, cursor)
	if later[0].Imported {
		t.Error("the second catch-up is silent too")
	}
}

func TestNothingOlderThanTheImportIsReadByTheOverlap(t *testing.T) {
	r, s := shelved(t)
	s.put(march.Add(-72*time.Hour-5*time.Minute), 3)
	_, cursor := r.catchUp(t, "")
	pages, _ := r.catchUp(t, cursor)
	if got := keys(pages); len(got) != 0 {
		t.Errorf("%v came as news", got)
	}
}

func TestACatchUpGoesThroughShortAndEmptyPages(t *testing.T) {
	r, s := shelved(t)
	s.put(march.Add(-time.Hour), 170)
	for _, n := range s.ids[50:100] {
		s.hidden[n] = true // a page without a single item
	}
	s.hidden[s.ids[3]] = true
	pages, _ := r.catchUp(t, "")
	if got := keys(pages); len(got) != 119 {
		t.Errorf("%d items, want 119", len(got))
	}
	if got := pages[len(pages)-1].Withheld; got != 51 {
		t.Errorf("%d withheld, want 51", got)
	}
}

func TestACatchUpEndsWhateverThePlatformSaysOfTheNextPage(t *testing.T) {
	for name, cursor := range map[string]func(int64, map[string]any){
		"nothing":              func(_ int64, answer map[string]any) { delete(answer, "next_cursor") },
		"zero on a full page":  func(_ int64, answer map[string]any) { answer["next_cursor"] = 0 },
		"always the same":      func(_ int64, answer map[string]any) { answer["next_cursor"] = idAt(march) },
		"the last item itself": func(next int64, answer map[string]any) { answer["next_cursor"] = next + 1<<30 },
		"in quotes":            func(next int64, answer map[string]any) { answer["next_cursor"] = strconv.FormatInt(next, 10) },
	} {
		r, s := shelved(t)
		s.cursor = cursor
		s.put(march.Add(-time.Hour), 170)
		pages, _ := r.catchUp(t, "")
		if got := keys(pages); len(got) != 170 {
			t.Errorf("%s: %d items, want each of 170 once", name, len(got))
		}
	}
}

func TestACatchUpEndsAlthoughEveryPageIsEmptyAndNamesAnother(t *testing.T) {
	r := rigged(t)
	r.platform.says("/2/comments/to_me.json", 200, fmt.Sprintf(`{"comments":[],"next_cursor":%d,"total_number":9}`, idAt(march)))
	if pages, _ := r.catchUp(t, ""); len(pages) != 2 {
		t.Errorf("%d pages", len(pages))
	}
}

func TestNoGapIsReportedWhenALongCatchUpMeetsTheOldItem(t *testing.T) {
	r, s := shelved(t)
	s.put(march.Add(-20*time.Hour), 1)
	_, cursor := r.catchUp(t, "")
	s.put(march.Add(-10*time.Hour), 300)
	pages, _ := r.catchUp(t, cursor)
	if gap := pages[len(pages)-1].Gap; gap != nil || len(pages) < 6 {
		t.Errorf("gap %v after %d pages", gap, len(pages))
	}
}

func TestTheCursorMovesUpOnlyWhenTheLastPageIsRead(t *testing.T) {
	r, s := shelved(t)
	s.put(march.Add(-10*time.Hour), 1)
	_, cursor := r.catchUp(t, "")
	before := position{}
	_ = json.Unmarshal([]byte(cursor), &before)
	s.put(march.Add(-time.Hour), 120)
	for {
		page := must(r.Poll(context.Background(), r.account, toMe, cursor))(t)
		cursor = page.Next
		var at position
		_ = json.Unmarshal([]byte(cursor), &at)
		if page.Complete {
			if at.Since != s.ids[0] || at.Below != 0 {
				t.Errorf("complete, but the cursor is %s", cursor)
			}
			return
		}
		if at.Since != before.Since {
			t.Errorf("the cursor moved to %d before the catch-up was complete", at.Since)
		}
	}
}

func TestACatchUpGoesOnWhereACrashLeftItWhileNewItemsArrive(t *testing.T) {
	r, s := shelved(t)
	_, cursor := r.catchUp(t, "")
	s.put(march.Add(-time.Hour), 120)
	first := must(r.Poll(context.Background(), r.account, toMe, cursor))(t)
	lost := must(r.Poll(context.Background(), r.account, toMe, first.Next))(t) // not stored: the process died
	s.put(march.Add(-time.Minute), 60)
	again := must(r.Poll(context.Background(), r.account, toMe, first.Next))(t)
	if asJSON(keys([]inbox.Page{lost})) != asJSON(keys([]inbox.Page{again})) {
		t.Error("after the crash the page is another one")
	}
	rest, cursor := r.catchUp(t, again.Next)
	newer, _ := r.catchUp(t, cursor)
	seen := map[inbox.ExternalID]bool{}
	for _, k := range keys(append(append([]inbox.Page{first, again}, rest...), newer...)) {
		seen[k] = true
	}
	if len(seen) != 180 {
		t.Errorf("%d of 180 items seen", len(seen))
	}
}

func TestEveryPollReadsTheOverlapAgain(t *testing.T) {
	r, s := shelved(t)
	s.put(march.Add(-time.Hour), 3)
	_, cursor := r.catchUp(t, "")
	late := idAt(march.Add(-time.Hour - 9*time.Minute)) // made before, shown after: replicas lag
	s.ids = append(s.ids, late)
	pages, _ := r.catchUp(t, cursor)
	if !slices.Contains(keys(pages), inbox.ExternalID(strconv.FormatInt(late, 10))) {
		t.Error("the late item was not seen")
	}
}

func TestAGapIsReportedWhenThePlatformForgotBeforeWeCame(t *testing.T) {
	r, s := shelved(t)
	s.put(march.Add(-20*time.Hour), 1)
	_, cursor := r.catchUp(t, "")
	old := s.ids[0]
	s.put(march.Add(-10*time.Hour), 300)
	s.keeps = 100
	pages, _ := r.catchUp(t, cursor)
	gap := pages[len(pages)-1].Gap
	if gap == nil || !gap.From.Equal(timeOf(old)) || !gap.To.Equal(timeOf(s.ids[99])) {
		t.Errorf("gap %v", gap)
	}
}

func TestNoGapIsReportedWhenTheOldItemWasMerelyDeleted(t *testing.T) {
	r, s := shelved(t)
	s.put(march.Add(-20*time.Hour), 1)
	_, cursor := r.catchUp(t, "")
	s.ids = nil
	s.put(march.Add(-time.Hour), 5)
	pages, _ := r.catchUp(t, cursor)
	if gap := pages[len(pages)-1].Gap; gap != nil {
		t.Errorf("gap %v", gap)
	}
}

func TestWhatTheOpenAPIHidesIsCounted(t *testing.T) {
	r, s := shelved(t)
	s.put(march.Add(-20*time.Hour), 2)
	_, cursor := r.catchUp(t, "")
	s.put(march.Add(-time.Hour), 6)
	for _, n := range s.ids[:4] {
		s.hidden[n] = true
	}
	pages, cursor := r.catchUp(t, cursor)
	if got := pages[len(pages)-1].Withheld; got != 4 {
		t.Errorf("%d withheld, want 4", got)
	}
	pages, _ = r.catchUp(t, cursor)
	if got := pages[len(pages)-1].Withheld; got != 0 {
		t.Errorf("%d withheld although nothing is new", got)
	}
}

func TestATotalThatCountsOnlyTheRestIsRecognised(t *testing.T) {
	ten, four := 10, 4
	p := position{Total: &ten, Claimed: &four, Seen: 1, Fresh: 1}
	if p.dropped() != true {
		t.Error("a total that fell from ten to four counts the whole list")
	}
	p.Partial = true
	if got := p.withheld(); got != 3 {
		t.Errorf("%d withheld, want 3", got)
	}
	p = position{Total: &ten, Claimed: &four, Seen: 1, Importing: true}
	if got := p.withheld(); got != 0 {
		t.Errorf("%d withheld during the import, whose total may be the whole list's", got)
	}
}

func TestAnItemThatCannotBeReadIsReportedOnce(t *testing.T) {
	r := rigged(t)
	body := fmt.Sprintf(`{"comments":[{"id":%d,"text":"?"}],"next_cursor":0,"total_number":1}`, idAt(march.Add(-time.Minute)))
	r.platform.says("/2/comments/to_me.json", 200, body)
	pages, cursor := r.catchUp(t, "")
	again, _ := r.catchUp(t, cursor)
	if len(pages[0].Rejects) != 1 || len(again[0].Rejects) != 0 {
		t.Errorf("%d rejects, then %d", len(pages[0].Rejects), len(again[0].Rejects))
	}
}

func TestAnAnswerWithoutAListMovesNothing(t *testing.T) {
	for _, body := range []string{`{}`, `{"result":true}`, `[]`, `<html>`, ``, `null`, `{"comments":"none"}`, `{"comments":{"a":1}}`} {
		r := rigged(t)
		r.platform.says("/2/comments/to_me.json", 200, body)
		if page, err := r.Poll(context.Background(), r.account, toMe, ""); err == nil {
			t.Errorf("%s was taken for a page: %s", body, asJSON(page))
		}
	}
}

func TestTheFamilyDecidesWhichListIsRead(t *testing.T) {
	paths := map[inbox.SourceName][2]string{
		toMe: {"/2/comments/to_me.json", "/c/2/comments/to_me/biz.json"}, commentMentions: {"/2/comments/mentions.json", "/c/2/comments/mentions/biz.json"},
		postMentions: {"/2/statuses/mentions.json", "/c/2/statuses/mentions/biz.json"}, byMe: {"/2/comments/by_me.json", "/c/2/comments/by_me/biz.json"},
	}
	for i, family := range []string{OpenFamily, CommercialFamily} {
		r := rigged(t, func(s *Settings) { s.Family = family })
		for _, source := range r.Sources() {
			_, _ = r.Poll(context.Background(), r.account, source.Name, "")
			got := r.platform.last()
			if got.path != paths[source.Name][i] || got.header.Get("Authorization") != "OAuth2 "+canary || got.form.Get("count") != "50" {
				t.Errorf("%s %s: asked %s %s", family, source.Name, got.path, got.query)
			}
		}
		if r.till.Purposes()[0] != inbox.ForReading {
			t.Error("a poll was paid from the reserve for answers")
		}
	}
}

func TestACursorThatIsNotOursIsAnError(t *testing.T) {
	r := rigged(t)
	for _, cursor := range []inbox.Cursor{"x", `{"since":-1}`, `{"since":"1"}`, `[1]`} {
		if _, err := r.Poll(context.Background(), r.account, toMe, cursor); err == nil {
			t.Errorf("%s was accepted", cursor)
		}
	}
	if _, err := r.Poll(context.Background(), r.account, "elsewhere", ""); err == nil {
		t.Error("an unknown source was polled")
	}
	if r.platform.calls() != 0 {
		t.Error("the platform was asked")
	}
}
