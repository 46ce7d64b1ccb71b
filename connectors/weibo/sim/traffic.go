package sim

import (
	"fmt"
	"math"
	"time"
)

// beat is how often the fans are given a chance to do something.
const beat = 500 * time.Millisecond

// traffic is how lively the fans are.
type traffic struct {
	Paused    bool    `json:"paused"`
	PerMinute float64 `json:"per_minute"` // things that fans begin, follow-ups not counted
	Scene     string  `json:"scene"`
}

func (t traffic) check() error {
	if scripts[t.Scene] == nil {
		return fmt.Errorf("scene is %q, %q or %q", Daily, Promotion, Crisis)
	}
	if math.IsNaN(t.PerMinute) || t.PerMinute < 0 || t.PerMinute > 6000 {
		return fmt.Errorf("per_minute is between 0 and 6000")
	}
	return nil
}

// later is something that a fan will do.
type later struct {
	at time.Time
	do func(at time.Time)
}

// live gives the fans one beat: what they meant to do by now, and what comes to their minds.
func (s *Sim) live() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.traffic.Paused {
		return
	}
	now := s.now()
	s.doPending(now)
	for range s.impulses() {
		s.act(nil, s.traffic.Scene, now)
	}
}

// impulses draws how many things begin in one beat.
func (s *Sim) impulses() int {
	expected := s.traffic.PerMinute * beat.Minutes()
	n := int(expected)
	if s.whim.Float64() < expected-float64(n) {
		n++
	}
	return n
}

// doPending does everything that is due, now: an item of a minute ago would be older than what polls have seen.
func (s *Sim) doPending(now time.Time) {
	due := s.pending
	s.pending = nil
	for _, l := range due {
		if l.at.After(now) {
			s.pending = append(s.pending, l)
			continue
		}
		l.do(now)
	}
}

// intend makes somebody do something after a human pause.
func (s *Sim) intend(at time.Time, shortest, longest time.Duration, do func(at time.Time)) {
	wait := shortest + time.Duration(s.whim.Int64N(int64(longest-shortest)))
	s.pending = append(s.pending, later{at.Add(wait), do})
}

// Burst makes n things happen at once, to one brand or ("") to all, from a scene or ("") the current one.
func (s *Sim) Burst(n int, brandUID, scene string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	var b *brand
	if brandUID != "" {
		var err error
		if b, err = s.knownBrand(brandUID); err != nil {
			return err
		}
	}
	if scene == "" {
		scene = s.traffic.Scene
	}
	if err := (traffic{Scene: scene}).check(); err != nil {
		return err
	}
	if len(s.brands) == 0 || len(s.scripted()) == 0 {
		return fmt.Errorf("there is nobody to write; call Populate, or add brands and fans")
	}
	for range n {
		s.act(b, scene, s.now())
	}
	return nil
}

// provoke may make the fan whose comment a brand has answered answer back.
func (s *Sim) provoke(answer *comment) {
	if answer.replyTo == nil || !answer.replyTo.author.scripted || s.whim.Float64() > 0.3 {
		return
	}
	fan := answer.replyTo.author
	s.intend(s.now(), 8*time.Second, 70*time.Second, func(at time.Time) {
		if b := s.brand(answer.author.uid); b != nil && !answer.deleted {
			s.write(fan, answer.post, answer, "回复@"+b.name+":"+s.line(b, Daily, kindBackComment).text, at)
		}
	})
}

// provokeChat does the same in private.
func (s *Sim) provokeChat(k *chat) {
	if !k.fan.scripted || s.whim.Float64() > 0.35 {
		return
	}
	s.intend(s.now(), 6*time.Second, 60*time.Second, func(at time.Time) {
		s.deliverMessage(k.brand, k.fan, textMessage(s.line(k.brand, Daily, kindBackDM).text, at))
	})
}
