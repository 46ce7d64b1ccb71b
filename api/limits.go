package api

import (
	"context"
	"sync"
	"time"

	"weibox/inbox"

	"golang.org/x/time/rate"
)

// Limits are what one request, one person and everybody together may cost. Zero means the default of fill.
type Limits struct {
	ReadHeader, Read, Write, Idle time.Duration
	HeaderBytes                   int
	Connections                   int   // open at once
	Body                          int64 // bytes of a JSON body
	HookBody                      int64 // bytes of a platform's push

	Urgent, Entering, Reading, Slow int           // requests of a class at once
	Wait                            time.Duration // for a place in the class
	Query                           time.Duration // what a screen may cost the database

	PersonRate     float64 // requests a second
	PersonBurst    int
	WorkspaceRate  float64
	WorkspaceBurst int

	StreamsEach int           // live streams of one person
	StreamWrite time.Duration // for one write to a stream
	StreamLook  time.Duration // how often a stream looks by itself, should a wake-up be lost
	StreamBeat  time.Duration // how often a silent stream says that it lives
	StreamPause time.Duration // between two looks, so that a busy workspace is told in batches
}

func (l *Limits) fill() {
	orElse(&l.ReadHeader, 5*time.Second)
	orElse(&l.Read, 15*time.Second)
	orElse(&l.Write, 30*time.Second)
	orElse(&l.Idle, 75*time.Second)
	orElse(&l.HeaderBytes, 16<<10)
	orElse(&l.Connections, 2000)
	orElse(&l.Body, 256<<10)
	orElse(&l.HookBody, 1<<20)
	orElse(&l.Urgent, 256)
	orElse(&l.Entering, 32)
	orElse(&l.Reading, 64)
	orElse(&l.Slow, 8)
	orElse(&l.Wait, 100*time.Millisecond)
	orElse(&l.Query, 3*time.Second)
	orElse(&l.PersonRate, 20)
	orElse(&l.PersonBurst, 60)
	orElse(&l.WorkspaceRate, 400)
	orElse(&l.WorkspaceBurst, 1200)
	orElse(&l.StreamsEach, 5)
	orElse(&l.StreamWrite, 10*time.Second)
	orElse(&l.StreamLook, 5*time.Second)
	orElse(&l.StreamBeat, 20*time.Second)
	orElse(&l.StreamPause, 50*time.Millisecond)
}

func orElse[T comparable](value *T, standard T) {
	var zero T
	if *value == zero {
		*value = standard
	}
}

// class says what is let go first under load. Each has its own places, so that none can take another's.
type class string

const (
	urgent   class = "urgent"   // answering fans, taking webhooks in
	entering class = "entering" // whatever hashes a password
	reading  class = "reading"  // the screens
	slow     class = "slow"     // waits for a platform
	pictures class = "pictures" // what a screen shows many of at once: they wait for a place, but are not counted against the person
	lasting  class = "lasting"  // takes no place: streams, which have a limit of their own, and files from memory
)

func (l Limits) classes() map[class]chan struct{} {
	places := map[class]chan struct{}{}
	for c, n := range map[class]int{urgent: l.Urgent, entering: l.Entering, reading: l.Reading, pictures: l.Reading, slow: l.Slow} {
		places[c] = make(chan struct{}, n)
	}
	return places
}

// enter waits a moment for a place; leave gives it back.
func (s *Server) enter(ctx context.Context, c class) (leave func(), err error) {
	places, bounded := s.classes[c]
	if !bounded {
		return func() {}, nil
	}
	leave = func() { <-places }
	select {
	case places <- struct{}{}:
		return leave, nil
	default:
	}
	wait := time.NewTimer(s.cfg.Limits.Wait)
	defer wait.Stop()
	select {
	case places <- struct{}{}:
		return leave, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	case <-wait.C:
		return nil, &inbox.Error{Code: inbox.Unavailable, RetryAt: s.deps.Now().Add(time.Second), ZH: "系统繁忙，请稍后重试", EN: "we are busy: try again in a moment"}
	}
}

// rates bounds how fast one person, and one workspace, can ask.
type rates struct {
	mu         sync.Mutex
	limits     Limits
	people     map[inbox.UserID]*rate.Limiter
	workspaces map[inbox.WorkspaceID]*rate.Limiter
	sweptAt    time.Time
}

func newRates(l Limits) *rates {
	return &rates{limits: l, people: map[inbox.UserID]*rate.Limiter{}, workspaces: map[inbox.WorkspaceID]*rate.Limiter{}}
}

func (r *rates) admit(who inbox.Agent, now time.Time) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.sweep(now)
	wait := max(wait(r.people, who.UserID, r.limits.PersonRate, r.limits.PersonBurst, now),
		wait(r.workspaces, who.WorkspaceID, r.limits.WorkspaceRate, r.limits.WorkspaceBurst, now))
	if wait == 0 {
		return nil
	}
	return &inbox.Error{Code: inbox.Limited, RetryAt: now.Add(wait), ZH: "操作太频繁，请稍后重试", EN: "too many requests: try again in a moment"}
}

// wait takes one request from a limiter, or says how long until there is one to take.
func wait[K comparable](limiters map[K]*rate.Limiter, who K, perSecond float64, burst int, now time.Time) time.Duration {
	limiter := limiters[who]
	if limiter == nil {
		limiter = rate.NewLimiter(rate.Limit(perSecond), burst)
		limiters[who] = limiter
	}
	taken := limiter.ReserveN(now, 1)
	delay := taken.DelayFrom(now)
	if delay > 0 {
		taken.CancelAt(now)
	}
	return delay
}

// sweep forgets, once a minute, limiters that are full again: a new one would be the same.
func (r *rates) sweep(now time.Time) {
	if now.Sub(r.sweptAt) < time.Minute {
		return
	}
	r.sweptAt = now
	forgetFull(r.people, now)
	forgetFull(r.workspaces, now)
}

func forgetFull[K comparable](limiters map[K]*rate.Limiter, now time.Time) {
	for who, limiter := range limiters {
		if limiter.TokensAt(now) >= float64(limiter.Burst()) {
			delete(limiters, who)
		}
	}
}
