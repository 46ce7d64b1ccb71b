package sim

import (
	"cmp"
	"fmt"
	"slices"
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
