package sim

import (
	"fmt"
	"time"
)

// Fan is a person who writes to brands. His messages go to the first brand unless To names another.
type Fan struct {
	UID, Name string

	sim   *Sim
	brand string
}

// AddFan opens an ordinary account.
func (s *Sim) AddFan(name string) *Fan {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.handle(s.addFan(name))
}

// Fan returns the fan of a uid, or nil.
func (s *Sim) Fan(uid string) *Fan {
	s.mu.Lock()
	defer s.mu.Unlock()
	p := s.people[number(uid)]
	if p == nil {
		return nil
	}
	return s.handle(p)
}

func (s *Sim) handle(p *person) *Fan { return &Fan{UID: decimal(p.uid), Name: p.name, sim: s} }

// To returns the same fan, writing to another brand.
func (f *Fan) To(brand string) *Fan {
	other := *f
	other.brand = brand
	return &other
}

// Verified gives the fan a badge, e.g. 0 celebrity, 2 enterprise, 3 media (docs/platforms/weibo.md §2.5), and followers.
func (f *Fan) Verified(verifiedType, followers int) *Fan {
	return f.with(func(p *person, _ *brand, _ time.Time) { p.verifiedType, p.followers = verifiedType, followers })
}

// Authorise makes the fan authorise the app himself, so that the open family shows what he writes.
func (f *Fan) Authorise() *Fan {
	return f.with(func(p *person, _ *brand, _ time.Time) { p.authorised = true })
}

// with does something as the fan, toward his brand, under the lock.
func (f *Fan) with(do func(p *person, b *brand, now time.Time)) *Fan {
	f.sim.mu.Lock()
	defer f.sim.mu.Unlock()
	do(f.person(), f.target(), f.sim.now())
	return f
}

func (f *Fan) person() *person { return f.sim.people[number(f.UID)] }

func (f *Fan) target() *brand {
	if f.brand != "" {
		return f.sim.mustBrand(f.brand)
	}
	if len(f.sim.brands) == 0 {
		panic("sim: a fan needs a brand to write to; call AddBrand first")
	}
	return f.sim.brands[0]
}

// DM sends a private message.
func (f *Fan) DM(text string) *Fan {
	return f.with(func(p *person, b *brand, now time.Time) { f.sim.deliverMessage(b, p, textMessage(text, now)) })
}

// Image sends a picture; without bytes, a made-up one.
func (f *Fan) Image(picture []byte) *Fan {
	return f.with(func(p *person, b *brand, now time.Time) {
		f.sim.deliverMessage(b, p, f.sim.imageMessage(b, picture, now))
	})
}

// Voice sends a short voice message.
func (f *Fan) Voice() *Fan {
	return f.with(func(p *person, b *brand, now time.Time) { f.sim.deliverMessage(b, p, f.sim.voiceMessage(b, now)) })
}

// Position sends where the fan is, in decimal degrees.
func (f *Fan) Position(longitude, latitude string) *Fan {
	return f.with(func(p *person, b *brand, now time.Time) {
		f.sim.deliverMessage(b, p, positionMessage(longitude, latitude, now))
	})
}

// Send sends a message of any type, also one that nobody has heard of.
func (f *Fan) Send(kind, text string, data any) *Fan {
	return f.with(func(p *person, b *brand, now time.Time) {
		f.sim.deliverMessage(b, p, &message{kind: kind, text: text, data: data, at: now})
	})
}

// Event does something other than writing: follow, subscribe, scan, click, … or a subtype that nobody has heard of.
func (f *Fan) Event(uid, subtype, key string) *Fan {
	return f.To(uid).with(func(p *person, b *brand, now time.Time) { f.sim.deliverEvent(b, p, subtype, key, now) })
}

// Follow makes the fan follow a brand.
func (f *Fan) Follow(brand string) *Fan { return f.Event(brand, "follow", "") }

// Unfollow makes him stop, after which the brand cannot write to him.
func (f *Fan) Unfollow(brand string) *Fan { return f.Event(brand, "unfollow", "") }

// Block puts a brand on the fan's blacklist.
func (f *Fan) Block(uid string) *Fan {
	return f.To(uid).with(func(p *person, b *brand, _ time.Time) { f.sim.chat(b, p).blocked = true })
}

// Comment writes under a post, in answer to another comment if replyTo is not empty, and returns the comment's id.
func (f *Fan) Comment(postID, text, replyTo string) string {
	s := f.sim
	s.mu.Lock()
	defer s.mu.Unlock()
	c, err := s.commentAs(f.person(), postID, text, replyTo)
	if err != nil {
		panic("sim: " + err.Error())
	}
	return decimal(c.id)
}

// commentAs writes what a person says in his own app: an answer is prefixed as the app does it.
func (s *Sim) commentAs(author *person, postID, text, replyTo string) (*comment, error) {
	var to *comment
	if replyTo != "" {
		if to = s.comment(number(replyTo)); to == nil || to.deleted {
			return nil, fmt.Errorf("no comment has the id %q", replyTo)
		}
		text = "回复@" + to.author.name + ":" + text
	}
	under := s.post(number(postID))
	if to != nil {
		under = to.post
	}
	if under == nil || under.deleted {
		return nil, fmt.Errorf("no post has the id %q", postID)
	}
	return s.write(author, under, to, text, s.now()), nil
}

// Mention publishes a post that @s the brand and returns its id.
func (f *Fan) Mention(brand, text string) string {
	s := f.sim
	s.mu.Lock()
	defer s.mu.Unlock()
	return decimal(s.publish(f.person(), addressed(s.mustBrand(brand), text), s.now()).id)
}

// addressed is the text with an @ of the brand, put in front if it has none.
func addressed(b *brand, text string) string {
	if mentions(text, b.name) {
		return text
	}
	return "@" + b.name + " " + text
}

// MentionInComment @s the brand in a comment under any post and returns the comment's id.
func (f *Fan) MentionInComment(brand, postID, text string) string {
	s := f.sim
	s.mu.Lock()
	text = addressed(s.mustBrand(brand), text)
	s.mu.Unlock()
	return f.Comment(postID, text, "")
}

// Repost forwards a post and returns the id of the new one.
func (f *Fan) Repost(postID, text string) string {
	s := f.sim
	s.mu.Lock()
	defer s.mu.Unlock()
	original := s.post(number(postID))
	if original == nil {
		panic(fmt.Sprintf("sim: no post has the id %q", postID))
	}
	p := s.publish(f.person(), text, s.now())
	p.repostOf = original
	return decimal(p.id)
}
