package api

import (
	"context"
	"errors"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"weibox/inbox"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"
)

var noon = time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)

func measured(t *testing.T, depths func(context.Context) ([]QueueDepth, error)) (*prometheus.Registry, *Metrics) {
	t.Helper()
	r := prometheus.NewRegistry()
	m, err := NewMetrics(r)
	if err != nil {
		t.Fatal(err)
	}
	backlog := func(context.Context) (inbox.Backlog, error) {
		return inbox.Backlog{Replies: map[inbox.ReplyState]int{inbox.Unknown: 2}, Oldest: map[inbox.ReplyState]time.Time{inbox.Unknown: noon.Add(-time.Minute)},
			Expires: noon.Add(time.Hour)}, nil
	}
	if err := RegisterWaiting(r, backlog, depths, func() time.Time { return noon }); err != nil {
		t.Fatal(err)
	}
	return r, m
}

func metricsPage(t *testing.T, r *prometheus.Registry) string {
	t.Helper()
	w := httptest.NewRecorder()
	Admin(func(context.Context) (string, error) { return "", nil }, r).ServeHTTP(w, httptest.NewRequest("GET", "/metrics", nil))
	return w.Body.String()
}

func TestWhatIsStoredAndSentIsCounted(t *testing.T) {
	r, m := measured(t, func(context.Context) ([]QueueDepth, error) {
		return []QueueDepth{{Queue: "deliver", Waiting: 3, Orphans: 1, Oldest: 2 * time.Second}}, nil
	})
	pushed := inbox.Batch{Account: inbox.Account{Platform: "weibo"}, Items: []inbox.Inbound{{At: noon.Add(-3 * time.Second)}}}
	m.Ingested(pushed, inbox.Outcome{New: 1}, noon)
	m.Ingested(pushed, inbox.Outcome{Known: 1}, noon)
	m.Settled("weibo", inbox.Sent, 300*time.Millisecond)
	text := metricsPage(t, r)
	for _, want := range []string{
		`inbox_ingest_events_total{platform="weibo",result="new",source="webhook"} 1`,
		`inbox_ingest_events_total{platform="weibo",result="dup",source="webhook"} 1`,
		`inbox_ingest_delay_seconds_sum{platform="weibo"} 3`,
		`inbox_send_results_total{platform="weibo",result="sent"} 1`,
		`inbox_outbox_messages{state="unknown"} 2`,
		`inbox_outbox_oldest_age_seconds{state="unknown"} 60`,
		`inbox_token_expiry_seconds_min 3600`,
		`inbox_queue_depth{queue="deliver"} 3`,
		`inbox_queue_active_without_lease{queue="deliver"} 1`,
	} {
		if !strings.Contains(text, want) {
			t.Errorf("the page lacks %s:\n%s", want, text)
		}
	}
}

func TestWithoutRedisTheOtherNumbersStand(t *testing.T) {
	r, _ := measured(t, func(context.Context) ([]QueueDepth, error) { return nil, errors.New("away") })
	text := metricsPage(t, r)
	if strings.Contains(text, "inbox_queue_depth") || !strings.Contains(text, "inbox_outbox_messages") {
		t.Errorf("%s", text)
	}
}

func TestTheNamesFollowTheCustomsOfPrometheus(t *testing.T) {
	r, m := measured(t, func(context.Context) ([]QueueDepth, error) { return []QueueDepth{{Queue: "deliver"}}, nil })
	m.Settled("weibo", inbox.Sent, time.Second)
	problems, err := testutil.GatherAndLint(r)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range problems {
		if p.Metric != "inbox_token_expiry_seconds_min" { // the customer's name for it
			t.Errorf("%s: %s", p.Metric, p.Text)
		}
	}
}
