package weibo

import (
	"context"
	"encoding/json"
	"net/url"
	"strconv"
	"time"

	"weibox/inbox"
)

// CanFind says that comments can be read back; private messages cannot.
func (c *Connector) CanFind(kind inbox.Kind) bool {
	return kind == inbox.KindComment || kind == inbox.KindMention
}

// Find looks through the account's newest comments for an answer of unknown outcome that was attempted at since.
func (c *Connector) Find(ctx context.Context, account inbox.Account, out inbox.Outbound, since time.Time) (inbox.ExternalID, error) {
	if !c.CanFind(out.Kind) {
		return "", &inbox.Error{Code: inbox.Unsupported, ZH: "微博私信无法回查，请在微博 App 中确认是否已发出",
			EN: "Weibo's private messages cannot be read back: look in Weibo's own app whether it was sent"}
	}
	earliest := since.Add(-c.settings.ReadBackSkew)
	for below, page := int64(0), 0; page < c.settings.ReadBackPages; page++ {
		params := url.Values{"count": {strconv.Itoa(c.settings.PageSize)}}
		if below > 0 {
			params.Set("max_id", strconv.FormatInt(below, 10))
		}
		got, err := c.list(ctx, account, commentsByMe, inbox.ForAnswering, params)
		if err != nil {
			return "", err
		}
		found, lowest := match(account.ExternalID, out, earliest, got.items().raw)
		if found != "" {
			return found, nil
		}
		if lowest == 0 || timeOf(lowest).Before(earliest) {
			break
		}
		below = lowest - 1
	}
	return "", inbox.Missing("这条回复", "answer")
}

// match is the id of the comment that is the answer, if it is among these, and the lowest id of all.
func match(account inbox.ExternalID, out inbox.Outbound, earliest time.Time, shown []json.RawMessage) (found inbox.ExternalID, lowest int64) {
	for _, raw := range shown {
		var c comment
		if json.Unmarshal(raw, &c) != nil || c.id() == "" {
			continue
		}
		if n := c.id().number(); lowest == 0 || n < lowest {
			lowest = n
		}
		if found == "" && c.is(account, out, earliest) {
			found = c.id().external()
		}
	}
	return found, lowest
}

// is says whether a comment is the answer: ours, of the same place, the same words, and not from before the attempt.
func (c comment) is(account inbox.ExternalID, out inbox.Outbound, earliest time.Time) bool {
	at, err := c.CreatedAt.at()
	return err == nil && !at.Before(earliest) &&
		c.author().id().external() == account &&
		c.ReplyComment.id().external() == out.Parent &&
		(out.Post == "" || c.Status.id().external() == out.Post) &&
		essence(string(c.Text)) == essence(out.Text)
}

// Essence makes an answer comparable with what Weibo made of it.
func (c *Connector) Essence(text string) string { return essence(text) }
