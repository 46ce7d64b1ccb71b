package weibo

import (
	"context"
	"encoding/json"
	"fmt"
	"net/url"

	"weibox/inbox"
)

// The lists we poll; their names are stored with their cursors and never change.
const (
	toMe            inbox.SourceName = "comments_to_me"
	commentMentions inbox.SourceName = "comments_mentions"
	postMentions    inbox.SourceName = "statuses_mentions"
	byMe            inbox.SourceName = "comments_by_me" // answers given in Weibo's own app
)

// reader turns an item of a list into a sighting; nil is an item that concerns no fan.
type reader func(account inbox.ExternalID, raw json.RawMessage) (*inbox.Inbound, error)

func commentsAs(kind inbox.Kind) reader {
	return func(account inbox.ExternalID, raw json.RawMessage) (*inbox.Inbound, error) {
		return readComment(account, kind, raw)
	}
}

var sources = []struct {
	inbox.Source
	call string
	read reader
}{
	{inbox.Source{Name: toMe, ZH: "收到的评论", EN: "comments received"}, commentsToMe, commentsAs(inbox.KindComment)},
	{inbox.Source{Name: commentMentions, ZH: "@我的评论", EN: "comments that mention us"}, commentsMentions, commentsAs(inbox.KindMention)},
	{inbox.Source{Name: postMentions, ZH: "@我的微博", EN: "posts that mention us"}, statusesMentions, readMention},
	{inbox.Source{Name: byMe, ZH: "本账号发出的评论", EN: "comments by the account"}, commentsByMe, commentsAs(inbox.KindComment)},
}

// Sources lists what can be polled.
func (c *Connector) Sources() []inbox.Source {
	var list []inbox.Source
	for _, s := range sources {
		list = append(list, s.Source)
	}
	return list
}

// Poll reads one page of a source. The pages of a catch-up go from the newest item down to the cursor less the overlap; the cursor carries
// how far down it came, so that a catch-up survives a crash between two pages, and moves up only when the last page is read.
func (c *Connector) Poll(ctx context.Context, account inbox.Account, source inbox.SourceName, since inbox.Cursor) (inbox.Page, error) {
	for _, s := range sources {
		if s.Name == source {
			return c.page(ctx, account, s.call, s.read, since)
		}
	}
	return inbox.Page{}, fmt.Errorf("weibo has no source %q", source)
}

// page makes the call of a poll.
func (c *Connector) page(ctx context.Context, account inbox.Account, call string, read reader, since inbox.Cursor) (inbox.Page, error) {
	at, err := c.position(since)
	if err != nil {
		return inbox.Page{}, err
	}
	got, err := c.list(ctx, account, call, inbox.ForReading, at.params(c.settings))
	if err != nil {
		return inbox.Page{}, err
	}
	page := inbox.Page{Imported: at.Importing}
	for _, item := range got.items().raw {
		at.collect(&page, account.ExternalID, read, item)
	}
	at.advance(&page, got, c.settings)
	return page, nil
}

// list reads a page of one of the lists. An answer that has none is no empty page: it must not prove that nothing is there.
func (c *Connector) list(ctx context.Context, account inbox.Account, call string, purpose inbox.Purpose, params url.Values) (list, error) {
	var got list
	if err := c.call(ctx, c.request(account, call, purpose, params), &got); err != nil {
		return list{}, err
	}
	if !got.items().present {
		return list{}, fmt.Errorf("weibo %s: the answer has no list", call)
	}
	return got, nil
}

func (l list) items() items {
	if l.Statuses.present {
		return l.Statuses
	}
	return l.Comments
}

// collect adds an item to the page. What could not be read is reported once, not again with every overlap.
func (p position) collect(page *inbox.Page, account inbox.ExternalID, read reader, raw json.RawMessage) {
	in, err := read(account, raw)
	switch {
	case err != nil && !p.passed(numberOf(raw)):
		page.Rejects = append(page.Rejects, inbox.Reject{Raw: raw, Err: err})
	case in != nil:
		page.Items = append(page.Items, *in)
	}
}
