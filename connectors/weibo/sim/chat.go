package sim

import "time"

type chatKey struct{ brand, fan int64 }

// chat is the private exchange of a fan with a brand, and the clock that says whether the brand may still answer
// (docs/platforms/weibo.md §4.6).
type chat struct {
	brand       *brand
	fan         *person
	messages    []*message
	contactAt   time.Time // last DM, follow, subscription, menu click or scan
	sent        int       // answers since then
	mentionAt   time.Time // last @ event
	mentionSent int
	unfollowed  bool
	blocked     bool // the fan has put the brand on his blacklist
}

// message is one line of a chat, in either direction.
type message struct {
	fromBrand bool
	kind      string // text, image, voice, position, articles, event, or a type nobody knows
	text      string
	data      any
	subtype   string // of an event
	fid       int64  // file that the receiver may fetch; 0 none
	at        time.Time
}

func (s *Sim) chat(b *brand, fan *person) *chat {
	key := chatKey{b.uid, fan.uid}
	if s.chats[key] == nil {
		s.chats[key] = &chat{brand: b, fan: fan}
	}
	return s.chats[key]
}

// contacted opens a new window with a full allowance.
func (k *chat) contacted(at time.Time) { k.contactAt, k.sent = at, 0 }

// windowUntil returns the end of the window that is open now, or the zero time if none is open or windows have no end.
func (k *chat) windowUntil(q Quotas, now time.Time) time.Time {
	switch {
	case k.unfollowed || k.blocked || q.ReplyWindow == 0:
		return time.Time{}
	case open(k.contactAt, q, now):
		return k.contactAt.Add(q.ReplyWindow)
	case open(k.mentionAt, q, now):
		return k.mentionAt.Add(q.ReplyWindow)
	default:
		return time.Time{}
	}
}

// open reports whether a contact can still be answered. Without a window it always can.
func open(contactAt time.Time, q Quotas, now time.Time) bool {
	return !contactAt.IsZero() && (q.ReplyWindow == 0 || now.Before(contactAt.Add(q.ReplyWindow)))
}

// left returns how many answers may still be sent; -1 is any number.
func (k *chat) left(q Quotas, now time.Time) int {
	switch {
	case k.unfollowed || k.blocked:
		return 0
	case open(k.contactAt, q, now):
		return remaining(q.ReplyAllowance, k.sent)
	case open(k.mentionAt, q, now):
		return remaining(q.MentionAllowance, k.mentionSent)
	default:
		return 0
	}
}

func remaining(allowance, sent int) int {
	if allowance == 0 {
		return -1
	}
	return max(0, allowance-sent)
}

// refusal says why the brand may not write to the fan now, or nil.
func (k *chat) refusal(q Quotas, now time.Time) *apiError {
	switch {
	case k.unfollowed:
		return refuse(codeNotFollower)
	case k.blocked:
		return refuse(codeBlacklisted)
	case k.contactAt.IsZero() && k.mentionAt.IsZero():
		return refuse(codeNeverContacted)
	case !open(k.contactAt, q, now) && !open(k.mentionAt, q, now):
		return refuse(codeWindowClosed)
	case k.left(q, now) == 0:
		return refuse(codeAllowanceSpent)
	default:
		return nil
	}
}

// answered takes one answer from the allowance and shows it in the chat.
func (k *chat) answered(q Quotas, m *message) {
	if open(k.contactAt, q, m.at) {
		k.sent++
	} else {
		k.mentionSent++
	}
	k.messages = append(k.messages, m)
}
