package sim

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"sync"
	"testing"
)

func TestManyCallersAtOnceSeeEveryCommentOnce(t *testing.T) {
	w := start(t)
	w.hook(accepting)
	fan := w.AddFan("小雨").Authorise()
	post := w.Post(w.brand, "x")
	var all sync.WaitGroup
	for i := range 8 {
		all.Go(func() {
			for j := range 10 {
				fan.Comment(post, fmt.Sprint(i, "-", j), "")
				fan.DM(fmt.Sprint(i, "-", j))
				w.dm(fan, fmt.Sprint("答", i, "-", j))
				w.get("/2/comments/timeline.json")
				w.get("/control/chats", "brand", w.brand)
			}
		})
	}
	all.Wait()
	w.settle()
	seen := map[string]bool{}
	for _, id := range w.get("/2/comments/to_me.json", "count", "200").ids("comments") {
		seen[id] = true
	}
	if len(seen) != 80 || len(w.Accepted()) != 80 {
		t.Errorf("%d comments, %d answers", len(seen), len(w.Accepted()))
	}
}

func TestAbsurdPagesAreEmpty(t *testing.T) {
	w := start(t)
	w.comments(1)
	for _, page := range []string{"9223372036854775807", "2"} {
		if got := w.get("/2/comments/to_me.json", "page", page, "count", "200").ids("comments"); len(got) != 0 {
			t.Errorf("page %s has %v", page, got)
		}
	}
	if got := w.get("/2/comments/to_me.json", "page", "-1", "count", "-1", "since_id", "x").ids("comments"); len(got) != 1 {
		t.Errorf("nonsense is not ignored: %v", got)
	}
}

func TestRevocationIsToldToTheDeauthorisationCallback(t *testing.T) {
	told := make(chan url.Values, 1)
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { told <- r.URL.Query() }))
	defer server.Close()
	w := start(t, func(o *Options) { o.DeauthURL = server.URL })
	w.Revoke(w.brand)
	if q := <-told; q.Get("source") != "1352222456" || q.Get("uid") != w.brand || q.Get("auth_end") != fmt.Sprint(w.clock().Unix()) {
		t.Errorf("%v", q)
	}
}
