package sim

import (
	"cmp"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"time"
)

// comment stands under a post, and may answer another comment.
type comment struct {
	id          int64
	author      *person
	post        *post
	replyTo     *comment
	floor       int
	text        string
	at          time.Time
	visibleFrom time.Time // lists lag behind (20032)
	deleted     bool
	mentions    map[int64]bool
}

func (c *comment) key() int64 { return c.id }

// root is the first-level comment that a thread hangs on.
func (c *comment) root() *comment {
	for c.replyTo != nil {
		c = c.replyTo
	}
	return c
}

// write adds a comment. Its created_at is up to two seconds older than its id says, as in captures (§2.6).
func (s *Sim) write(author *person, under *post, replyTo *comment, text string, at time.Time) *comment {
	under.comments++
	c := &comment{
		id: s.mint(at), author: author, post: under, replyTo: replyTo, floor: under.comments, text: text,
		at: at.Add(-time.Duration(s.rng.IntN(3)) * time.Second), visibleFrom: at, mentions: s.mentioned(text),
	}
	i, _ := slices.BinarySearchFunc(s.comments, c.id, func(other *comment, id int64) int { return cmp.Compare(other.id, id) })
	s.comments = slices.Insert(s.comments, i, c)
	s.notice(c, at)
	return c
}

// notice tells the brands concerned: red dots, and @ events.
func (s *Sim) notice(c *comment, at time.Time) {
	for _, b := range s.brands {
		if c.author == b.person {
			continue
		}
		if c.reaches(b) {
			b.unread.comments++
		}
		if c.mentions[b.uid] {
			s.noticeMention(b, c.author, "comment", c.id, c.text, at)
		}
	}
}

// reaches reports whether a comment is one that the brand has received.
func (c *comment) reaches(b *brand) bool {
	return c.author != b.person && (c.post.author == b.person || c.replyTo != nil && c.replyTo.author == b.person)
}

func (s *Sim) comment(id int64) *comment {
	i, found := slices.BinarySearchFunc(s.comments, id, func(c *comment, id int64) int { return cmp.Compare(c.id, id) })
	if !found {
		return nil
	}
	return s.comments[i]
}

// Delete removes a comment or a post as its author would: it disappears from lists and nobody is told.
func (s *Sim) Delete(id string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if c := s.comment(number(id)); c != nil {
		c.deleted = true
		return nil
	}
	if p := s.post(number(id)); p != nil {
		p.deleted = true
		return nil
	}
	return fmt.Errorf("no comment or post has the id %q", id)
}

func (s *Sim) commentsToMe(c *call) (any, *apiError) {
	return s.commentList(c, func(k *comment) bool { return k.reaches(c.user) && c.chosen(k.author) })
}

func (s *Sim) commentMentions(c *call) (any, *apiError) {
	return s.commentList(c, func(k *comment) bool { return k.mentions[c.user.uid] && c.chosen(k.author) })
}

func (s *Sim) commentsByMe(c *call) (any, *apiError) {
	return s.commentList(c, func(k *comment) bool { return k.author == c.user.person })
}

func (s *Sim) commentsTimeline(c *call) (any, *apiError) {
	return s.commentList(c, func(k *comment) bool { return k.author == c.user.person || k.reaches(c.user) })
}

func (s *Sim) commentsOfPost(c *call) (any, *apiError) {
	under := s.post(number(c.form.Get("id")))
	if under == nil || under.deleted {
		return nil, refuse(codeStatusGone)
	}
	return s.commentList(c, func(k *comment) bool { return k.post == under && c.chosen(k.author) })
}

func (s *Sim) commentList(c *call, fits func(*comment) bool) (any, *apiError) {
	sheet := pageOf(s.comments, (*comment).key, fits, c.paging(50, countLimit))
	view, comments := c.viewer(), []*commentObject{}
	for _, k := range sheet.shown(c.shownComment) {
		comments = append(comments, view.comment(k))
		c.offered = append(c.offered, decimal(k.id))
	}
	return map[string]any{
		"comments": comments, "marks": []any{}, "hasvisible": false, "previous_cursor": 0, "next_cursor": sheet.next,
		"total_number": sheet.total, "since_id": 0, "max_id": 0, "previous_cursor_str": "0", "next_cursor_str": decimal(sheet.next),
		"display_total_number": sheet.total,
	}, nil
}

func (c *call) shownComment(k *comment) bool {
	return !k.deleted && !c.now.Before(k.visibleFrom) && c.shows(k.author)
}

// commentBatch answers a bare array.
func (s *Sim) commentBatch(c *call) (any, *apiError) {
	ids := strings.Split(c.form.Get("cids"), ",")
	if limit := s.opts.Quotas.BatchIDs; limit > 0 && len(ids) > limit {
		return nil, refuse(codeBadParameters)
	}
	view, comments := c.viewer(), []*commentObject{}
	for _, id := range ids {
		if k := s.comment(number(id)); k != nil && c.shownComment(k) {
			comments = append(comments, view.comment(k))
			c.offered = append(c.offered, id)
		}
	}
	return comments, nil
}

func (s *Sim) createComment(c *call) (any, *apiError) {
	if refusal := s.require(c, "id", "rip"); refusal != nil {
		return nil, refusal
	}
	under := s.post(number(c.form.Get("id")))
	if under == nil || under.deleted {
		return nil, refuse(codeStatusGone)
	}
	return s.postComment(c, under, nil)
}

func (s *Sim) replyToComment(c *call) (any, *apiError) {
	if refusal := s.require(c, "cid", "id", "rip"); refusal != nil {
		return nil, refusal
	}
	to := s.comment(number(c.form.Get("cid")))
	if to == nil || to.deleted {
		return nil, refuse(codeCommentGone)
	}
	if to.post.deleted {
		return nil, refuse(codeStatusGone)
	}
	return s.postComment(c, to.post, to)
}

// postComment writes what the brand says through the API, once it is neither empty, too long nor what it said last (20019).
func (s *Sim) postComment(c *call, under *post, to *comment) (any, *apiError) {
	text := strings.TrimSpace(c.form.Get("comment"))
	if refusal := checkLength(text, 140, codeTooLong140); refusal != nil {
		return nil, refusal
	}
	if to != nil && c.form.Get("without_mention") != "1" {
		text = "回复@" + to.author.name + ":" + text
	}
	if text == c.user.lastComment {
		return nil, refuse(codeRepeated)
	}
	written := s.write(c.user.person, under, to, text, c.now)
	c.user.lastComment = text
	s.accept(Accepted{
		At: c.now, Endpoint: c.endpoint.name, Kind: KindComment, UID: decimal(c.user.uid), ID: decimal(written.id), Target: target(under, to),
		PostID: decimal(under.id), Text: text, RIP: c.form.Get("rip"), Answered: !c.fault.lost(),
	})
	s.provoke(written)
	if c.fault.is(FaultFail) && c.fault.Code == codeDelayed {
		written.visibleFrom = c.now.Add(c.fault.lag())
		return nil, refuse(codeDelayed)
	}
	return c.viewer().comment(written), nil
}

// lag is how long a delayed success stays out of the lists.
func (f *Fault) lag() time.Duration {
	if f.DelayMS == 0 {
		return 90 * time.Second
	}
	return f.delay()
}

func target(under *post, to *comment) string {
	if to != nil {
		return decimal(to.id)
	}
	return decimal(under.id)
}

func (s *Sim) destroyComment(c *call) (any, *apiError) {
	if refusal := s.require(c, "cid"); refusal != nil {
		return nil, refusal
	}
	k := s.comment(number(c.form.Get("cid")))
	if k == nil || k.deleted {
		return nil, refuse(codeCommentGone)
	}
	if k.author != c.user.person && k.post.author != c.user.person {
		return nil, refuse(codeNotYourComment)
	}
	k.deleted = true
	s.accept(Accepted{
		At: c.now, Endpoint: c.endpoint.name, Kind: KindDestroy, UID: decimal(c.user.uid), ID: decimal(k.id), Target: decimal(k.id),
		PostID: decimal(k.post.id), Text: k.text, Answered: !c.fault.lost(),
	})
	return c.viewer().comment(k), nil
}

// require refuses a call without the named parameters, or with an operator's address that cannot be real.
func (s *Sim) require(c *call, names ...string) *apiError {
	for _, name := range names {
		value := c.form.Get(name)
		if value == "" {
			return refuse(codeMissing, name)
		}
		if name == "rip" && !s.plausible(value) {
			return refuse(codeBadValue, name)
		}
	}
	return nil
}

func (s *Sim) plausible(rip string) bool {
	ip, err := netip.ParseAddr(rip)
	if err != nil {
		return false
	}
	return s.opts.AcceptPrivateRIP || ip.IsGlobalUnicast() && !ip.IsPrivate()
}

// checkLength refuses empty text and text over the limit in 汉字: a Chinese character is one, two ASCII characters are one (§3).
func checkLength(text string, limit, code int) *apiError {
	if text == "" {
		return refuse(codeEmpty)
	}
	if halves(text) > 2*limit {
		return refuse(code)
	}
	return nil
}

func halves(text string) int {
	n := 0
	for _, r := range text {
		if r < 0x80 {
			n++
		} else {
			n += 2
		}
	}
	return n
}
