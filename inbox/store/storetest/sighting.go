package storetest

import (
	"encoding/json"
	"time"

	"weibox/inbox"
)

// Window is how long a private message opens the reply window, and Allowance how many answers fit into it.
const (
	Window    = 48 * time.Hour
	Allowance = 5
)

// DM is a private message of a fan at this moment.
func (h *House) DM(fan, id, text string) inbox.Inbound {
	return inbox.Inbound{Object: inbox.ObjectDM, Kind: inbox.KindDM, ExternalID: inbox.ExternalID(id), Direction: inbox.In, Contact: person(fan),
		Place: inbox.PlaceDM, Type: "text", Text: text, At: h.Now(), Window: inbox.WindowMove{For: Window, Allowance: Allowance},
		Raw: json.RawMessage(`{"id":"` + id + `"}`)}
}

// Comment is a comment of a fan under a post at this moment.
func (h *House) Comment(fan, id, post, text string) inbox.Inbound {
	return inbox.Inbound{Object: inbox.ObjectComment, Kind: inbox.KindComment, ExternalID: inbox.ExternalID(id), Direction: inbox.In, Contact: person(fan),
		Place: inbox.UnderPost(inbox.ExternalID(post)), Type: "text", Text: text, At: h.Now(), Raw: json.RawMessage(`{}`),
		Post: &inbox.PostSighting{ExternalID: inbox.ExternalID(post), AuthorID: "1900000001", AuthorName: "山屿咖啡", Text: "新品上市", At: h.Now().Add(-time.Hour)}}
}

// Announced is a comment of which only its id is known yet.
func (h *House) Announced(fan, id, text string) inbox.Inbound {
	in := h.Comment(fan, id, "", text)
	in.Kind, in.Place, in.Post = inbox.KindMention, inbox.UnderUnknownPost(inbox.ExternalID(id)), nil
	return in
}

// Native is an answer that the brand gave to a fan's comment in the platform's own app.
func (h *House) Native(fan, id, post, parent, text string) inbox.Inbound {
	in := h.Comment(fan, id, post, text)
	in.Direction, in.Parent = inbox.Out, inbox.ExternalID(parent)
	return in
}

func person(fan string) inbox.ContactSighting {
	return inbox.ContactSighting{ExternalID: inbox.ExternalID(fan), Name: "粉丝" + fan}
}

// Pushed is a batch as a webhook brings it.
func (b Brand) Pushed(items ...inbox.Inbound) inbox.Batch {
	return inbox.Batch{Account: b.Bound, Origin: inbox.OriginWebhook, Items: items}
}

// Receive stores a push and says what it changed.
func (h *House) Receive(items ...inbox.Inbound) inbox.Outcome {
	h.t.Helper()
	return h.Arrive(h.Pushed(items...)).Outcomes[0]
}

// Arrive stores batches in one transaction.
func (h *House) Arrive(batches ...inbox.Batch) inbox.Committed {
	h.t.Helper()
	committed, err := h.Ingest(h.t.Context(), batches)
	if err != nil {
		h.t.Fatal(err)
	}
	return committed
}
