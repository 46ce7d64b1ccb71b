package sim

import (
	"fmt"
	"strings"
	"unicode"
)

// Verified types of docs/platforms/weibo.md §2.5.
const (
	unverified = -1
	celebrity  = 0
	enterprise = 2
)

// person is anyone with a uid.
type person struct {
	uid          int64
	name         string
	verifiedType int
	followers    int
	posts        int
	authorised   bool // has authorised the app himself, so that the open family shows what he writes
	frozen       bool // items of a frozen account come without `user`
	scripted     bool // lives by the scene and may answer back
	follows      map[int64]bool
}

// brand is a blue-V account that can be bound.
type brand struct {
	*person
	theme       string // which lines of the scenes fit it
	hook        string // webhook address, verified; "" none
	mentions    string // whose @ is pushed: MentionsTrusted, MentionsAll or MentionsNone
	unread      unread
	lastComment string // the text that the next one is compared with (20019)
	denied      map[string]bool
}

// Whose @ events a brand receives by push (§4.3): the permission is granted apart from the rest.
const (
	MentionsNone    = "none"
	MentionsTrusted = "trusted" // verified people only, which is what Weibo starts with
	MentionsAll     = "all"
)

// unread are the red dots of the brand's own app (§2.2).
type unread struct{ comments, statusMentions, commentMentions, messages, followers int }

// AddBrand opens a blue-V account and returns its uid.
func (s *Sim) AddBrand(name string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return decimal(s.addBrand(name, "").uid)
}

func (s *Sim) addBrand(name, theme string) *brand {
	p := s.addPerson(1_900_000_000, name)
	p.verifiedType, p.followers = enterprise, 128_000+s.rng.IntN(90_000)
	b := &brand{person: p, theme: theme, mentions: MentionsTrusted, denied: map[string]bool{}}
	s.brands = append(s.brands, b)
	return b
}

func (s *Sim) addPerson(floor int64, name string) *person {
	p := &person{uid: s.mintUID(floor), name: name, verifiedType: unverified, follows: map[int64]bool{}}
	s.people[p.uid] = p
	return p
}

func (s *Sim) addFan(name string) *person {
	p := s.addPerson(2_600_000_000, name)
	p.followers = 3 + s.rng.IntN(600)
	s.fans = append(s.fans, p)
	return p
}

// brand returns the brand of a uid, or nil.
func (s *Sim) brand(uid int64) *brand {
	for _, b := range s.brands {
		if b.uid == uid {
			return b
		}
	}
	return nil
}

// Freeze closes a person's account to the public: what he wrote stays listed without its `user`.
func (s *Sim) Freeze(uid string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if p := s.people[number(uid)]; p != nil {
		p.frozen = true
	}
}

// Deny takes the app's permission for one endpoint away for a brand (10014), e.g. "comments/mentions".
func (s *Sim) Deny(uid, endpoint string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	b := s.brand(number(uid))
	if b == nil {
		return fmt.Errorf("no brand has the uid %q", uid)
	}
	b.denied[endpoint] = true
	return nil
}

// GrantMentions says whose @ events a brand receives by push.
func (s *Sim) GrantMentions(uid, whose string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	b := s.brand(number(uid))
	if b == nil {
		return fmt.Errorf("no brand has the uid %q", uid)
	}
	b.mentions = whose
	return nil
}

// AuthoriseAll says for every fan whether he has authorised the app.
func (s *Sim) AuthoriseAll(authorised bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, p := range s.fans {
		p.authorised = authorised
	}
}

// mentioned returns the brands that a text @s.
func (s *Sim) mentioned(text string) map[int64]bool {
	found := map[int64]bool{}
	for _, b := range s.brands {
		if mentions(text, b.name) {
			found[b.uid] = true
		}
	}
	return found
}

// mentions reports whether @name stands in the text and ends there (§8).
func mentions(text, name string) bool {
	for rest := text; ; {
		i := strings.Index(rest, "@"+name)
		if i < 0 {
			return false
		}
		rest = rest[i+len("@"+name):]
		if !continuesName(rest) {
			return true
		}
	}
}

func continuesName(rest string) bool {
	for _, r := range rest {
		return r == '_' || r == '-' || unicode.IsLetter(r) || unicode.IsDigit(r)
	}
	return false
}

// Brands are the uids of all brands, in the order they were made.
func (s *Sim) Brands() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	uids := make([]string, len(s.brands))
	for i, b := range s.brands {
		uids[i] = decimal(b.uid)
	}
	return uids
}
