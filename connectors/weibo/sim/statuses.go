package sim

import (
	"cmp"
	"fmt"
	"slices"
	"time"
)

// post is a status (微博).
type post struct {
	id       int64
	author   *person
	text     string
	at       time.Time
	picture  bool
	deleted  bool
	repostOf *post
	comments int            // ever written under it
	mentions map[int64]bool // brands by uid
}

func (p *post) key() int64 { return p.id }

// Post publishes a post of a brand and returns its id.
func (s *Sim) Post(brand, text string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return decimal(s.publish(s.mustBrand(brand).person, text, s.now()).id)
}

// mustBrand returns a brand or panics: a test that misspells a uid should stop at once.
func (s *Sim) mustBrand(uid string) *brand {
	b := s.brand(number(uid))
	if b == nil {
		panic(fmt.Sprintf("sim: no brand has the uid %q", uid))
	}
	return b
}

func (s *Sim) publish(author *person, text string, at time.Time) *post {
	p := &post{id: s.mint(at), author: author, text: text, at: at, mentions: s.mentioned(text)}
	i, _ := slices.BinarySearchFunc(s.posts, p.id, func(other *post, id int64) int { return cmp.Compare(other.id, id) })
	s.posts = slices.Insert(s.posts, i, p)
	author.posts++
	for uid := range p.mentions {
		if uid != author.uid {
			s.noticeMention(s.brand(uid), author, "status", p.id, text, at)
		}
	}
	return p
}

// post returns the post of an id, or nil.
func (s *Sim) post(id int64) *post {
	i, found := slices.BinarySearchFunc(s.posts, id, func(p *post, id int64) int { return cmp.Compare(p.id, id) })
	if !found {
		return nil
	}
	return s.posts[i]
}

// shows reports whether a list of this call shows what a person wrote: the open family leaves out everybody who has not
// authorised the app (docs/platforms/weibo.md §0).
func (c *call) shows(author *person) bool {
	return c.endpoint.commercial() || author.authorised || author == c.user.person
}

// chosen applies filter_by_author (1 people that the user follows, 2 strangers) and filter_by_source (2: 微群, which is empty).
func (c *call) chosen(author *person) bool {
	if c.form.Get("filter_by_source") == "2" {
		return false
	}
	switch c.form.Get("filter_by_author") {
	case "1":
		return c.user.follows[author.uid]
	case "2":
		return !c.user.follows[author.uid]
	default:
		return true
	}
}

func (s *Sim) statusMentions(c *call) (any, *apiError) {
	originals := c.form.Get("filter_by_type") == "1"
	return s.statusList(c, c.paging(20, countLimit), func(p *post) bool {
		return p.mentions[c.user.uid] && p.author != c.user.person && c.chosen(p.author) && !(originals && p.repostOf != nil)
	})
}

// userTimeline shows the newest few posts of the user himself and of nobody else.
func (s *Sim) userTimeline(c *call) (any, *apiError) {
	if uid := c.form.Get("uid"); uid != "" && number(uid) != c.user.uid {
		return nil, refuse(codeOtherUser)
	}
	limit := countLimit
	if s.opts.Quotas.TimelinePosts > 0 {
		limit = s.opts.Quotas.TimelinePosts
	}
	p := c.paging(limit, limit)
	p.page = 1
	return s.statusList(c, p, func(p *post) bool { return p.author == c.user.person })
}

func (s *Sim) otherTimeline(c *call) (any, *apiError) {
	author := s.people[number(c.form.Get("uid"))]
	if author == nil {
		return nil, refuse(codeNoUser)
	}
	return s.statusList(c, c.paging(20, 25), func(p *post) bool { return p.author == author })
}

func (s *Sim) statusList(c *call, p paging, fits func(*post) bool) (any, *apiError) {
	sheet := pageOf(s.posts, (*post).key, fits, p)
	view, statuses := c.viewer(), []*statusObject{}
	for _, p := range sheet.shown(func(p *post) bool { return !p.deleted && c.shows(p.author) }) {
		statuses = append(statuses, view.status(p))
		c.offered = append(c.offered, decimal(p.id))
	}
	return map[string]any{
		"statuses": statuses, "hasvisible": false, "previous_cursor": 0, "next_cursor": sheet.next,
		"total_number": sheet.total, "ad": []any{}, "advertises": []any{}, "states": []any{}, "uve_blank": -1, "has_unread": 0,
	}, nil
}

func (s *Sim) showStatus(c *call) (any, *apiError) {
	p := s.post(number(c.form.Get("id")))
	if p == nil || p.deleted {
		return nil, refuse(codeStatusGone)
	}
	return c.viewer().status(p), nil
}
