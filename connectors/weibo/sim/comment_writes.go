package sim

import (
	"net/netip"
	"strings"
	"time"
)

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
