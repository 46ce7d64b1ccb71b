package weibo

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"weibox/inbox"
)

// message is what the fans service pushes (docs/platforms/weibo.md §4.3).
type message struct {
	Type       word            `json:"type"`
	ReceiverID id              `json:"receiver_id"`
	SenderID   id              `json:"sender_id"`
	CreatedAt  word            `json:"created_at"`
	Text       word            `json:"text"`
	Data       json.RawMessage `json:"data"` // an object, or nothing, or something odd
}

// details are the fields of data that some type or other has.
type details struct {
	Subtype word `json:"subtype"`
	Key     word `json:"key"`
	ToVFID  id   `json:"tovfid"` // the file as the receiver may fetch it; vfid is the sender's
}

// Parse reads a push into one sighting. Unknown types and events are kept under the platform's own name: it asks to ignore them, but an
// agent should see that a fan sent something.
func (c *Connector) Parse(_ context.Context, account inbox.Account, push inbox.Push) ([]inbox.Inbound, error) {
	var m message
	if err := lenient(push.Body, &m); err != nil {
		return nil, fmt.Errorf("read the push: %w", err)
	}
	in, err := c.sighting(account, m)
	if err != nil {
		return nil, err
	}
	in.Raw = push.Body
	return []inbox.Inbound{in}, nil
}

func (c *Connector) sighting(account inbox.Account, m message) (inbox.Inbound, error) {
	switch {
	case m.Type == "":
		return inbox.Inbound{}, errors.New("the push has no type")
	case m.SenderID == "":
		return inbox.Inbound{}, errors.New("the push has no sender")
	case m.ReceiverID.external() != account.ExternalID:
		return inbox.Inbound{}, fmt.Errorf("the push is for %q, not for this account", m.ReceiverID)
	}
	at, err := m.CreatedAt.at()
	if err != nil {
		return inbox.Inbound{}, fmt.Errorf("created_at: %w", err)
	}
	in := inbox.Inbound{
		Object: inbox.ObjectDM, Kind: inbox.KindDM, ExternalID: m.hash(), Direction: inbox.In, Place: inbox.PlaceDM, Type: string(m.Type),
		Contact: inbox.ContactSighting{ExternalID: m.SenderID.external(), ProfileURL: site + "u/" + string(m.SenderID)},
		Text:    decoded(string(m.Text)), At: at, Window: c.opened(),
	}
	c.interpret(&in, m)
	return in, nil
}

// interpret refines a sighting by its type. Everything begins as a private message, which also fits the types that came after our page.
func (c *Connector) interpret(in *inbox.Inbound, m message) {
	d := m.details()
	switch m.Type {
	case "text":
		if event, keyword := keywords[strings.ToLower(strings.TrimSpace(in.Text))]; keyword {
			in.Object, in.Kind, in.Event = inbox.ObjectEvent, inbox.KindEvent, event
		}
	case "image", "voice":
		if d.ToVFID != "" {
			in.Attachments = []inbox.AttachmentSighting{{Type: string(m.Type), Ref: fileRef(string(m.Type), d.ToVFID)}}
		}
	case "event":
		c.event(in, d)
	case "mention":
		c.mention(in, d)
	}
}

// keywords subscribe and unsubscribe when written as a private message (docs/platforms/weibo.md §4.2).
var keywords = map[string]inbox.EventName{"dy": inbox.Subscribed, "td": inbox.Unsubscribed}

// happening is what an event subtype means.
type happening struct {
	event   inbox.EventName
	opens   bool // the reply window, as a private message does
	shuts   bool
	follows string // "yes" or "no", if it tells
	keyed   bool   // its key says which menu or code: an agent wants to see it
}

var happenings = map[word]happening{
	"follow":      {event: inbox.Followed, opens: true, follows: "yes"},
	"unfollow":    {event: inbox.Unfollowed, shuts: true, follows: "no"},
	"subscribe":   {event: inbox.Subscribed, opens: true},
	"unsubscribe": {event: inbox.Unsubscribed},
	"scan":        {event: inbox.Scanned, opens: true, keyed: true},
	"scan_follow": {event: inbox.Scanned, opens: true, follows: "yes", keyed: true},
	"click":       {event: inbox.MenuClicked, opens: true, keyed: true},
	"view":        {event: inbox.MenuClicked, keyed: true}, // opens a link: no contact with the brand
}

func (c *Connector) event(in *inbox.Inbound, d details) {
	in.Object, in.Kind, in.Window = inbox.ObjectEvent, inbox.KindEvent, inbox.WindowMove{}
	h := happenings[d.Subtype]
	in.Event = cmp.Or(h.event, inbox.EventName(d.Subtype), inbox.EventName(in.Type))
	switch {
	case h.opens:
		in.Window = c.opened()
	case d.Subtype == "mention":
		in.Window = c.openedByMention()
	}
	in.Window.Shut = h.shuts
	if h.follows != "" {
		follows := h.follows == "yes"
		in.Contact.FollowsUs = &follows
	}
	if h.keyed && d.Key != "" && !strings.Contains(in.Text, string(d.Key)) {
		in.Text = strings.TrimSpace(in.Text + " " + string(d.Key))
	}
}

// mention is the push for what the polled lists show too, under the same key. It tells the id and the text, no more.
func (c *Connector) mention(in *inbox.Inbound, d details) {
	in.Window = c.openedByMention()
	key := id(positiveInteger(string(d.Key)))
	switch {
	case key != "" && d.Subtype == "status":
		in.Object, in.Kind, in.ExternalID, in.Place = inbox.ObjectPost, inbox.KindMention, key.external(), inbox.UnderPost(key.external())
		in.Post = &inbox.PostSighting{ExternalID: key.external(), AuthorID: in.Contact.ExternalID, Text: in.Text, At: in.At}
		in.Type = "text"
	case key != "" && d.Subtype == "comment":
		in.Object, in.Kind, in.ExternalID, in.Place = inbox.ObjectComment, inbox.KindMention, key.external(), inbox.UnderUnknownPost(key.external())
		in.Type = "text"
	default:
		in.Object, in.Kind, in.Event = inbox.ObjectEvent, inbox.KindEvent, inbox.EventName(in.Type)
	}
}

func (c *Connector) opened() inbox.WindowMove {
	return inbox.WindowMove{For: c.settings.DMWindow, Allowance: c.settings.DMAllowance}
}

func (c *Connector) openedByMention() inbox.WindowMove {
	return inbox.WindowMove{For: c.settings.MentionWindow, Allowance: c.settings.MentionAllowance}
}

// details reads data if it is an object.
func (m message) details() details {
	var d details
	if len(m.Data) > 0 && m.Data[0] == '{' && lenient(m.Data, &d) != nil {
		return details{}
	}
	return d
}

// hash is the key of what has no id: the same push delivered twice has the same one, two messages of one second have not, unless they
// agree in everything.
func (m message) hash() inbox.ExternalID {
	parts, _ := json.Marshal([]string{string(m.ReceiverID), string(m.SenderID), string(m.CreatedAt), string(m.Type), string(m.Text), canonical(m.Data)})
	sum := sha256.Sum256(parts)
	return inbox.ExternalID("h:" + hex.EncodeToString(sum[:]))
}

// canonical is JSON with sorted keys and no white space; numbers stay as they are written.
func canonical(data json.RawMessage) string {
	if len(data) == 0 {
		return ""
	}
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.UseNumber()
	var value any
	if decoder.Decode(&value) != nil {
		return string(data)
	}
	sorted, err := json.Marshal(value)
	if err != nil {
		return string(data)
	}
	return string(sorted)
}
