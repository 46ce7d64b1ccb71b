package sim

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"
)

// comments writes n comments under one post, a second apart, and returns fan, post and comment ids in the order of writing.
func (w *world) comments(n int) (fan *Fan, post string, ids []string) {
	fan, post = w.AddFan("小雨"), w.Post(w.brand, "新豆上架")
	fan.Authorise()
	for i := range n {
		w.forward(time.Second)
		ids = append(ids, fan.Comment(post, fmt.Sprintf("第%d条", i), ""))
	}
	return fan, post, ids
}

func TestIDsEncodeTheTime(t *testing.T) {
	w := start(t)
	id := number(w.Post(w.brand, "x"))
	if unix := id>>22 + idEpoch; unix != w.clock().Unix() {
		t.Errorf("id %d says %d, the clock %d", id, unix, w.clock().Unix())
	}
	if len(decimal(id)) != 16 {
		t.Errorf("id %d has not 16 digits", id)
	}
}

func TestNewestFirstSinceExclusiveMaxInclusive(t *testing.T) {
	w := start(t)
	_, _, ids := w.comments(5)
	got := w.get("/2/comments/to_me.json", "since_id", ids[1], "max_id", ids[3]).ids("comments")
	if want := []string{ids[3], ids[2]}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestDeletedItemsMakeShortPagesThatTheTotalStillCounts(t *testing.T) {
	w := start(t)
	_, _, ids := w.comments(5)
	if err := w.Delete(ids[3]); err != nil {
		t.Fatal(err)
	}
	a := w.get("/2/comments/to_me.json", "count", "2")
	if got := a.ids("comments"); !slices.Equal(got, []string{ids[4]}) {
		t.Errorf("page 1 has %v", got)
	}
	if a.body["total_number"] != json.Number("5") || a.body["next_cursor"] != json.Number(ids[2]) {
		t.Errorf("total %v, next %v", a.body["total_number"], a.body["next_cursor"])
	}
	a = w.get("/2/comments/to_me.json", "count", "2", "max_id", ids[2])
	if got := a.ids("comments"); !slices.Equal(got, []string{ids[2], ids[1]}) {
		t.Errorf("from the cursor on: %v", got)
	}
	if a = w.get("/2/comments/to_me.json", "count", "2", "page", "3"); a.body["next_cursor"] != json.Number("0") {
		t.Errorf("the last page has next_cursor %v", a.body["next_cursor"])
	}
}

func TestOpenFamilyHidesPeopleWhoHaveNotAuthorisedTheApp(t *testing.T) {
	w := start(t, commercial)
	post := w.Post(w.brand, "新品")
	stranger, user := w.AddFan("路人"), w.AddFan("用户").Authorise()
	hidden, shown := stranger.Comment(post, "看不见我", ""), user.Comment(post, "看得见我", "")
	at := stranger.Mention(w.brand, "你好")

	a := w.get("/2/comments/to_me.json")
	if got := a.ids("comments"); !slices.Equal(got, []string{shown}) || a.body["total_number"] != json.Number("2") {
		t.Errorf("open: %v of %v", got, a.body["total_number"])
	}
	if got := w.get("/2/statuses/mentions.json").ids("statuses"); len(got) != 0 {
		t.Errorf("open mentions: %v", got)
	}
	if got := w.get("/c/2/comments/to_me/biz.json").ids("comments"); !slices.Equal(got, []string{shown, hidden}) {
		t.Errorf("commercial: %v", got)
	}
	if got := w.get("/c/2/statuses/mentions/biz.json").ids("statuses"); !slices.Equal(got, []string{at}) {
		t.Errorf("commercial mentions: %v", got)
	}
}

func TestCommercialEndpointsRefuseAnOpenApp(t *testing.T) {
	w := start(t)
	w.wantCode(w.get("/c/2/comments/to_me/biz.json"), codeNoPermission)
	w.SetFamily(Commercial)
	w.wantCode(w.get("/c/2/comments/to_me/biz.json"), 0)
}

func TestOneCommentIsInSeveralLists(t *testing.T) {
	w := start(t)
	fan, post, ids := w.comments(1)
	own := w.reply(ids[0], "谢谢").body["idstr"].(string)
	back := fan.Comment(post, "还有货吗", own)
	lists := map[string][]string{
		"/2/comments/to_me.json":    {back, ids[0]},
		"/2/comments/mentions.json": {back}, // 回复@山屿咖啡: is an @
		"/2/comments/by_me.json":    {own},
		"/2/comments/timeline.json": {back, own, ids[0]},
	}
	for path, want := range lists {
		if got := w.get(path).ids("comments"); !slices.Equal(got, want) {
			t.Errorf("%s: %v, want %v", path, got, want)
		}
	}
	if got := w.get("/2/comments/show.json", "id", post).ids("comments"); !slices.Equal(got, []string{back, own, ids[0]}) {
		t.Errorf("comments/show: %v", got)
	}
}

func TestCommentHasTheShapesOfTheWire(t *testing.T) {
	w := start(t)
	fan, post, ids := w.comments(1)
	fan.Comment(post, `<b>"1 & 2"</b>`, ids[0])
	c := w.get("/2/comments/to_me.json").first("comments")
	if c["id"] != json.Number(c["idstr"].(string)) || c["mid"] == c["idstr"] {
		t.Errorf("id %v, idstr %v, mid %v", c["id"], c["idstr"], c["mid"])
	}
	if text := c["text"].(string); strings.ContainsAny(text, `<>"`) || !strings.Contains(text, "&lt") {
		t.Errorf("text %s", text)
	}
	if _, err := time.Parse(time.RubyDate, c["created_at"].(string)); err != nil {
		t.Error(err)
	}
	if c["rootid"] != json.Number(ids[0]) || c["reply_comment"].(map[string]any)["idstr"] != ids[0] {
		t.Errorf("rootid %v, reply_comment %v", c["rootid"], c["reply_comment"])
	}
	if _, present := c["reply_comment"].(map[string]any)["status"]; present {
		t.Error("reply_comment has a status")
	}
	if c["status"].(map[string]any)["user"].(map[string]any)["verified_type"] != json.Number("2") {
		t.Errorf("the brand is not blue: %v", c["status"])
	}
}

func TestAPostThatIsGoneLeavesThreeShapesOfStatus(t *testing.T) {
	w := start(t)
	_, post, _ := w.comments(6)
	if err := w.Delete(post); err != nil {
		t.Fatal(err)
	}
	shapes := map[string]bool{}
	for _, item := range w.get("/2/comments/to_me.json").body["comments"].([]any) {
		status, present := item.(map[string]any)["status"].(map[string]any)
		switch {
		case !present:
			shapes["missing"] = true
		case len(status) == 0:
			shapes["empty"] = true
		case status["deleted"] == "1":
			shapes["placeholder"] = true
		}
	}
	if len(shapes) != 3 {
		t.Errorf("only %v", shapes)
	}
}

func TestADeletedOriginalIsAStringAndHasNoUser(t *testing.T) {
	w := start(t)
	fan, original := w.AddFan("小雨").Authorise(), w.Post(w.brand, "原文")
	fan.Repost(original, "转发微博 @山屿咖啡")
	if err := w.Delete(original); err != nil {
		t.Fatal(err)
	}
	left := w.get("/2/statuses/mentions.json").first("statuses")["retweeted_status"].(map[string]any)
	if _, present := left["user"]; left["deleted"] != "1" || present {
		t.Errorf("%v", left)
	}
}

func TestUserIsMissingOnceFrozenAndBareWhenTrimmed(t *testing.T) {
	w := start(t)
	fan, _, _ := w.comments(4)
	shapes := map[string]bool{}
	for _, item := range w.get("/2/comments/timeline.json", "trim_user", "1").body["comments"].([]any) {
		for _, field := range []string{"user", "uid"} {
			if item.(map[string]any)[field] == json.Number(fan.UID) {
				shapes[field] = true
			}
		}
	}
	if len(shapes) != 2 {
		t.Errorf("trimmed users came as %v", shapes)
	}
	w.Freeze(fan.UID)
	if c := w.get("/2/comments/to_me.json").first("comments"); c["user"] != nil {
		t.Errorf("a frozen author is shown: %v", c["user"])
	}
}

func TestUsersShowWantsExactlyOneName(t *testing.T) {
	w := start(t)
	fan := w.AddFan("小雨")
	w.wantCode(w.get("/2/users/show.json"), codeBadParameters)
	w.wantCode(w.get("/2/users/show.json", "uid", fan.UID, "screen_name", "小雨"), codeBadParameters)
	w.wantCode(w.get("/2/users/show.json", "uid", "1"), codeNoUser)
	a := w.get("/2/users/show.json", "screen_name", "小雨")
	if a.body["idstr"] != fan.UID || len(a.body["status"].(map[string]any)) != 0 {
		t.Errorf("%s", a.raw)
	}
}

func TestOwnTimelineIsShortAndForeignOnesAreRefused(t *testing.T) {
	w := start(t, withQuotas)
	for range 7 {
		w.Post(w.brand, "x")
	}
	if n := len(w.get("/2/statuses/user_timeline.json", "count", "100").ids("statuses")); n != 5 {
		t.Errorf("%d posts", n)
	}
	w.wantCode(w.get("/2/statuses/user_timeline.json", "uid", "1234567890"), codeOtherUser)
}

func TestShowBatchIsABareArrayOfLimitedLength(t *testing.T) {
	w := start(t, withQuotas)
	_, _, ids := w.comments(2)
	var list []map[string]any
	if err := json.Unmarshal(w.get("/2/comments/show_batch.json", "cids", strings.Join(ids, ",")).raw, &list); err != nil || len(list) != 2 {
		t.Errorf("%v: %v", err, list)
	}
	w.wantCode(w.get("/2/comments/show_batch.json", "cids", strings.Repeat("1,", 20)+"1"), codeBadParameters)
}

func TestErrorCodeIsANumberOrAStringAndStatusVaries(t *testing.T) {
	w := start(t)
	kinds, statuses := map[string]bool{}, map[int]bool{}
	for range 2 {
		a := w.get("/2/comments/show.json", "id", "1")
		w.wantCode(a, codeStatusGone)
		kinds[fmt.Sprintf("%T", a.body["error_code"])] = true
		statuses[a.status] = true
	}
	if len(kinds) != 2 || len(statuses) != 2 {
		t.Errorf("%v %v", kinds, statuses)
	}
}

func TestUnknownAPIsAndMethods(t *testing.T) {
	w := start(t)
	w.wantCode(w.get("/2/comments/nothing.json"), codeNoSuchAPI)
	w.wantCode(w.get("/2/comments/create.json"), codeWrongMethod)
	w.wantCode(w.post("/2/comments/to_me.json"), codeWrongMethod)
}

func TestUnreadCountVanishesWhenTheBrandOpensItsApp(t *testing.T) {
	w := start(t)
	_, _, ids := w.comments(3)
	count := func() any { return w.get("/rm/2/remind/unread_count.json", "uid", w.brand).body["cmt"] }
	if count() != json.Number("3") {
		t.Errorf("cmt %v", count())
	}
	if _, err := w.Native(w.brand, "", ids[0], "谢谢"); err != nil {
		t.Fatal(err)
	}
	if count() != json.Number("0") {
		t.Errorf("cmt %v after opening the app", count())
	}
	w.wantCode(w.get("/rm/2/remind/unread_count.json", "uid", "1"), codeOtherUser)
}

func TestAMentionEndsWhereTheNameEnds(t *testing.T) {
	cases := map[string]bool{
		"@山屿咖啡": true, "看 @山屿咖啡，好喝": true, "@山屿咖啡 好": true, "@山屿咖啡馆": false, "@山屿咖啡_2": false, "@山屿咖啡馆 @山屿咖啡": true, "山屿咖啡": false,
	}
	for text, want := range cases {
		if mentions(text, "山屿咖啡") != want {
			t.Errorf("%q: want %v", text, want)
		}
	}
}

func TestPicturesArePNG(t *testing.T) {
	w := start(t)
	for _, path := range []string{"/img/avatar/50/1900000001.png", "/img/large/5008101234567890.png"} {
		if a := w.get(path); a.status != http.StatusOK || http.DetectContentType(a.raw) != "image/png" {
			t.Errorf("%s: HTTP %d", path, a.status)
		}
	}
}
