package api

import (
	"context"
	"errors"
	"time"

	"weibox/inbox"

	"github.com/prometheus/client_golang/prometheus"
)

// Metrics measures what happens. No label names a workspace or an account: their number has no bound; the log has them.
type Metrics struct {
	events   *prometheus.CounterVec
	delay    *prometheus.HistogramVec
	polls    *prometheus.CounterVec
	gaps     *prometheus.CounterVec
	sends    *prometheus.CounterVec
	sendTime *prometheus.HistogramVec
}

var _ inbox.Watch = (*Metrics)(nil)

// QueueDepth is what waits in one queue of Redis.
type QueueDepth struct {
	Queue   string
	Waiting int
	Active  int
	Orphans int // active in Redis, but no worker holds them
	Oldest  time.Duration
}

// NewMetrics registers the measurements of what happens.
func NewMetrics(r prometheus.Registerer) (*Metrics, error) {
	m := &Metrics{
		events: counter("inbox_ingest_events_total", "Sightings of messages, by what became of them.", "platform", "source", "result"),
		delay: histogram("inbox_ingest_delay_seconds", "From the platform's time of a message to its commit here.",
			[]float64{.1, .5, 1, 2, 5, 10, 30, 60, 300, 1800, 7200, 86400}, "platform"),
		polls:    counter("inbox_poll_requests_total", "Poll calls that were answered and stored.", "platform", "endpoint"),
		gaps:     counter("inbox_gap_events_total", "Times a platform's history ended before it met what we had.", "platform"),
		sends:    counter("inbox_send_results_total", "Attempts to send, by the state they ended in.", "platform", "result"),
		sendTime: histogram("inbox_send_duration_seconds", "How long an attempt to send took.", prometheus.ExponentialBuckets(.02, 2, 11), "platform"),
	}
	var errs []error
	for _, c := range []prometheus.Collector{m.events, m.delay, m.polls, m.gaps, m.sends, m.sendTime} {
		errs = append(errs, r.Register(c))
	}
	return m, errors.Join(errs...)
}

func counter(name, help string, labels ...string) *prometheus.CounterVec {
	return prometheus.NewCounterVec(prometheus.CounterOpts{Name: name, Help: help}, labels)
}

func histogram(name, help string, buckets []float64, labels ...string) *prometheus.HistogramVec {
	return prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: name, Help: help, Buckets: buckets}, labels)
}

// Ingested counts what a committed batch brought, and how late its messages are.
func (m *Metrics) Ingested(b inbox.Batch, o inbox.Outcome, now time.Time) {
	platform, source := string(b.Account.Platform), "poll"
	if b.Move == nil {
		source = "webhook"
	} else {
		m.polls.WithLabelValues(platform, string(b.Move.Source)).Inc()
		if b.Move.Gap != nil {
			m.gaps.WithLabelValues(platform).Inc()
		}
	}
	for result, n := range map[string]int{"new": o.New, "dup": o.Known, "invalid": o.Rejected} {
		m.events.WithLabelValues(platform, source, result).Add(float64(n))
	}
	if o.Known == 0 && !b.Imported { // where all are new; a re-read overlap would count old ones again
		for _, item := range b.Items {
			m.delay.WithLabelValues(platform).Observe(now.Sub(item.At).Seconds())
		}
	}
}

// Settled counts an attempt that came to its end.
func (m *Metrics) Settled(p inbox.Platform, state inbox.ReplyState, took time.Duration) {
	m.sends.WithLabelValues(string(p), string(state)).Inc()
	m.sendTime.WithLabelValues(string(p)).Observe(took.Seconds())
}

var (
	repliesDesc  = prometheus.NewDesc("inbox_outbox_messages", "Replies that wait, by state.", []string{"state"}, nil)
	oldestDesc   = prometheus.NewDesc("inbox_outbox_oldest_age_seconds", "Age of the oldest reply in a waiting state.", []string{"state"}, nil)
	overdueDesc  = prometheus.NewDesc("inbox_poll_overdue_sources", "Sources that should have been polled a minute ago.", nil, nil)
	untriaged    = prometheus.NewDesc("inbox_triage_messages", "Messages that wait for triage.", nil, nil)
	expiryDesc   = prometheus.NewDesc("inbox_token_expiry_seconds_min", "Time until the first token expires.", nil, nil)
	depthDesc    = prometheus.NewDesc("inbox_queue_depth", "Hints that are due, by queue.", []string{"queue"}, nil)
	activeDesc   = prometheus.NewDesc("inbox_queue_active", "Hints being worked on, by queue.", []string{"queue"}, nil)
	orphansDesc  = prometheus.NewDesc("inbox_queue_active_without_lease", "Hints taken by a worker that is gone, by queue.", []string{"queue"}, nil)
	queueAgeDesc = prometheus.NewDesc("inbox_queue_oldest_age_seconds", "How long the oldest due hint has waited, by queue.", []string{"queue"}, nil)
)

// RegisterWaiting registers the measurements of what waits. backlog and depths are asked when somebody looks: a number kept beside the rows
// could drift.
func RegisterWaiting(r prometheus.Registerer, backlog func(context.Context) (inbox.Backlog, error), depths func(context.Context) ([]QueueDepth, error), now func() time.Time) error {
	return r.Register(&waitingCollector{backlog: backlog, depths: depths, now: now})
}

type waitingCollector struct {
	backlog func(context.Context) (inbox.Backlog, error)
	depths  func(context.Context) ([]QueueDepth, error)
	now     func() time.Time
}

func (c *waitingCollector) Describe(ch chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{repliesDesc, oldestDesc, overdueDesc, untriaged, expiryDesc, depthDesc, activeDesc, orphansDesc, queueAgeDesc} {
		ch <- d
	}
}

// lookWithin bounds what a look at the rows may cost.
const lookWithin = 3 * time.Second

func (c *waitingCollector) Collect(ch chan<- prometheus.Metric) {
	ctx, cancel := context.WithTimeout(context.Background(), lookWithin)
	defer cancel()
	c.collectQueues(ctx, ch)
	b, err := c.backlog(ctx)
	if err != nil {
		ch <- prometheus.NewInvalidMetric(repliesDesc, err)
		return
	}
	for state, n := range b.Replies {
		gauge(ch, repliesDesc, float64(n), string(state))
		gauge(ch, oldestDesc, c.now().Sub(b.Oldest[state]).Seconds(), string(state))
	}
	gauge(ch, overdueDesc, float64(b.Overdue))
	gauge(ch, untriaged, float64(b.Untriaged))
	if !b.Expires.IsZero() {
		gauge(ch, expiryDesc, b.Expires.Sub(c.now()).Seconds())
	}
}

// collectQueues tells nothing while Redis is away: no number is better than a zero.
func (c *waitingCollector) collectQueues(ctx context.Context, ch chan<- prometheus.Metric) {
	depths, err := c.depths(ctx)
	if err != nil {
		return
	}
	for _, d := range depths {
		gauge(ch, depthDesc, float64(d.Waiting), d.Queue)
		gauge(ch, activeDesc, float64(d.Active), d.Queue)
		gauge(ch, orphansDesc, float64(d.Orphans), d.Queue)
		gauge(ch, queueAgeDesc, d.Oldest.Seconds(), d.Queue)
	}
}

func gauge(ch chan<- prometheus.Metric, d *prometheus.Desc, value float64, labels ...string) {
	ch <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, value, labels...)
}
