package sim

import (
	_ "embed"
	"fmt"
	"slices"
	"strings"
	"time"
)

const (
	historyDays   = 3
	historyEvents = 240  // begun by fans in that time, over all brands
	livePerMinute = 6    // of the live traffic after Populate
	followShare   = 0.6  // of the fans follow a brand
	answeredShare = 0.35 // of the old comments a brand has answered in its own app
)

//go:embed scenes/names.txt
var fanNames string

// Populate makes two blue-V brands with posts, some forty fans and three days of history, and starts the live traffic of an
// ordinary day. Call it before Run and before any webhook is set: history is not pushed.
func (s *Sim) Populate() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.addBrand("山屿咖啡", "coffee")
	s.addBrand("晴野户外", "outdoor")
	s.addNamedFans()
	s.publishHistory()
	s.liveThrough(s.pastMoments(historyEvents))
	s.forgetRedDots()
	s.traffic = traffic{PerMinute: livePerMinute, Scene: Daily}
}

// addNamedFans reads names.txt: "followers verified_type name" per line, where the name runs to the end of the line.
func (s *Sim) addNamedFans() {
	for _, row := range strings.Split(strings.TrimSuffix(fanNames, "\n"), "\n") {
		var followers, verified int
		parts := strings.SplitN(row, " ", 3)
		if _, err := fmt.Sscan(parts[0], &followers); err != nil {
			panic("sim: names.txt: " + row)
		}
		if _, err := fmt.Sscan(parts[1], &verified); err != nil {
			panic("sim: names.txt: " + row)
		}
		s.addScriptedFan(parts[2], followers, verified)
	}
}

func (s *Sim) addScriptedFan(name string, followers, verifiedType int) {
	p := s.addFan(name)
	p.followers, p.verifiedType, p.scripted = followers, verifiedType, true
	p.authorised = s.whim.IntN(8) == 0 // few fans ever authorise an inbox tool, which is what empties the open family's lists
	for _, b := range s.brands {
		if s.whim.Float64() < followShare {
			p.follows[b.uid] = true
		}
	}
}

// publishHistory spreads the written posts of each brand over the days before today.
func (s *Sim) publishHistory() {
	for _, b := range s.brands {
		texts := fitting(brandPosts, b.theme, kindPost)
		for i, l := range texts {
			age := historyDays * day * time.Duration(len(texts)-i) / time.Duration(len(texts))
			p := s.publish(b.person, l.text, s.now().Add(-age))
			p.picture = i%2 == 0
		}
	}
}

// dayCurve weighs the hours of a Beijing day, from midnight: people write at noon and most of all in the evening.
var dayCurve = [24]int{4, 2, 1, 1, 1, 1, 2, 4, 7, 9, 11, 12, 13, 11, 10, 10, 10, 11, 12, 14, 16, 17, 14, 9}

// pastMoments draws n moments of the history, in order, more of them at the hours when people are awake.
func (s *Sim) pastMoments(n int) []time.Time {
	var moments []time.Time
	for len(moments) < n {
		at := s.now().Add(-time.Duration(s.whim.Int64N(int64(historyDays * day))))
		if s.whim.IntN(20) < dayCurve[at.In(beijing).Hour()] {
			moments = append(moments, at)
		}
	}
	slices.SortFunc(moments, time.Time.Compare)
	return moments
}

// liveThrough plays the past: what begins at each moment, what people meant to say next, and the brands' own answers.
func (s *Sim) liveThrough(moments []time.Time) {
	for _, at := range moments {
		s.elapse(at)
		known := len(s.comments)
		s.act(nil, Daily, at)
		if len(s.comments) > known && s.whim.Float64() < answeredShare {
			s.answerNatively(s.comments[len(s.comments)-1], at)
		}
	}
	s.elapse(s.now())
	s.pending = nil // whatever was meant for later belongs to the past
}

// elapse does what is due by then, each thing at its own time, and what comes of it.
func (s *Sim) elapse(until time.Time) {
	for {
		slices.SortStableFunc(s.pending, func(x, y later) int { return x.at.Compare(y.at) })
		if len(s.pending) == 0 || s.pending[0].at.After(until) {
			return
		}
		next := s.pending[0]
		s.pending = s.pending[1:]
		next.do(next.at)
	}
}

// answerNatively lets the brand answer a comment of the past within the hour.
func (s *Sim) answerNatively(c *comment, at time.Time) {
	answers := []string{"收到，谢谢您的留言～", "已经记下来啦，会反馈给同事", "有问题可以私信我们，一对一帮您看～", "谢谢关注[心]", "小编在，感谢支持～"}
	s.intend(at, 5*time.Minute, time.Hour, func(at time.Time) {
		if b := s.brand(c.post.author.uid); b != nil && c.author != b.person {
			s.write(b.person, c.post, c, "回复@"+c.author.name+":"+answers[s.whim.IntN(len(answers))], at)
		}
	})
}

// forgetRedDots leaves the few that a busy account has in the morning.
func (s *Sim) forgetRedDots() {
	for _, b := range s.brands {
		b.unread = unread{comments: s.whim.IntN(9), statusMentions: s.whim.IntN(4), commentMentions: s.whim.IntN(3)}
	}
}
