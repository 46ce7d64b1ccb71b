package inbox

import (
	"time"
	"unicode/utf8"
)

// openAfterImport is how fresh the newest imported word of a fan must be for its conversation to arrive open. Everything older arrives
// resolved: a binding must not bury the team under last week's comments.
const openAfterImport = 24 * time.Hour

// Arrival is what one stored message did to its conversation.
type Arrival struct {
	Opened   bool // a new episode begins
	Reopened bool // ... and there had been one before
	Answered bool // the brand answered in its own app
}

// Receive changes the conversation by one message that is new to us. Messages of one conversation may come in any order.
func (c *Conversation) Receive(m Message, now time.Time) (a Arrival) {
	c.Version++
	switch {
	case m.Object == ObjectEvent:
		return a
	case m.Direction == Out:
		c.hearOurselves(m)
		return Arrival{Answered: true}
	case m.Imported:
		a.Opened = c.State != Open && now.Sub(m.SentAt) <= openAfterImport
	default:
		a.Opened = c.State != Open
		a.Reopened = a.Opened && c.EpisodeNumber > 0
		c.InboundCount++
		c.startWaiting(m, now)
	}
	if a.Opened {
		c.open()
	}
	c.hearFan(m)
	return a
}

// open starts the next episode. A conversation that comes back goes to whoever is free now, not to whoever had it then.
func (c *Conversation) open() {
	c.State = Open
	c.EpisodeNumber++
	c.AssigneeID, c.SkillGroupID = 0, 0
}

// startWaiting runs the team's clock from the first word that nobody has answered, on the platform's clock but never from the future.
func (c *Conversation) startWaiting(m Message, now time.Time) {
	since := m.SentAt
	if since.After(now) {
		since = now
	}
	answeredLater := c.LastOutAt.After(m.SentAt)
	if !answeredLater && (c.WaitingSince.IsZero() || since.Before(c.WaitingSince)) {
		c.WaitingSince = since
	}
}

func (c *Conversation) hearFan(m Message) {
	if !m.SentAt.Before(c.LastInAt) {
		c.LastInID, c.LastInAt, c.Kind = m.ID, m.SentAt, m.Kind
	}
	c.show(m)
}

func (c *Conversation) hearOurselves(m Message) {
	if !m.SentAt.Before(c.LastOutAt) {
		c.LastOutID, c.LastOutAt = m.ID, m.SentAt
	}
	if !c.WaitingSince.IsZero() && !m.SentAt.Before(c.LastInAt) {
		c.WaitingSince = time.Time{}
	}
	c.show(m)
}

// show makes the message the line of the list, if it is the newest.
func (c *Conversation) show(m Message) {
	if m.SentAt.Before(c.LastActivityAt) {
		return
	}
	c.LastActivityAt = m.SentAt
	c.Snippet, c.SnippetFrom = snippet(m.Text), m.Direction
}

const snippetLength = 120

func snippet(text string) string {
	if utf8.RuneCountInString(text) <= snippetLength {
		return text
	}
	return string([]rune(text)[:snippetLength-1]) + "…"
}

// Receive moves the reply window by one sighting. Sightings may come late: an older one never shortens the window.
func (c *ContactAccount) Receive(in Inbound) {
	if in.Contact.FollowsUs != nil {
		c.FollowsUs = in.Contact.FollowsUs
	}
	if in.Window.Shut {
		c.shut(in.At)
		return
	}
	if in.Direction == In && in.At.After(c.LastInAt) {
		c.LastInAt = in.At
	}
	c.open(in)
}

// shut ends the window when the fan leaves; WindowUntil is then the instant he left. A word he has written since counts more.
func (c *ContactAccount) shut(left time.Time) {
	if c.LastInAt.After(left) {
		return
	}
	c.WindowShut, c.WindowUntil = true, left
}

func (c *ContactAccount) open(in Inbound) {
	beforeHeLeft := c.WindowShut && !in.At.After(c.WindowUntil)
	until := in.At.Add(in.Window.For)
	if in.Window.For > 0 && until.After(c.WindowUntil) && !beforeHeLeft && !c.narrowedBy(in) {
		c.WindowUntil, c.Allowance, c.Spent, c.WindowShut = until, in.Window.Allowance, 0, false
	}
}

// narrowedBy says whether a sighting would take messages away: an @ allows one answer, and must not replace the ninety-nine that a private
// message has allowed.
func (c *ContactAccount) narrowedBy(in Inbound) bool {
	open := !c.WindowShut && c.WindowUntil.After(in.At)
	fewer := in.Window.Allowance > 0 && (c.Allowance == 0 || in.Window.Allowance < c.Allowance)
	return open && fewer
}

// rank orders kinds: a comment that also mentions us is a mention.
func (k Kind) rank() int {
	switch k {
	case KindMention:
		return 2
	case KindComment, KindDM:
		return 1
	}
	return 0
}

// Outranks says whether a later sighting may raise the kind of a stored message.
func (k Kind) Outranks(other Kind) bool { return k.rank() > other.rank() }

// LearnKind says that a known message turned out to be of a higher kind, or to stand elsewhere.
func (c *Conversation) LearnKind(m MessageID, k Kind) {
	c.Version++
	if c.LastInID == m && k.Outranks(c.Kind) {
		c.Kind = k
	}
}

// Answer makes an agent's answer the newest line. The fan goes on waiting until the platform has accepted it.
func (c *Conversation) Answer(m Message) {
	c.LastOutID, c.LastOutAt = m.ID, m.SentAt
	c.show(m)
}
