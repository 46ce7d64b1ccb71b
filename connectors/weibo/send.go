package weibo

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/netip"
	"net/url"
	"strings"

	"code.dny.dev/ssrf"

	"weibox/inbox"
)

// Send posts an answer: under a comment, under a post, or as a private message.
func (c *Connector) Send(ctx context.Context, account inbox.Account, out inbox.Outbound) (inbox.Receipt, error) {
	if refused := c.unfit(out); refused != nil {
		return inbox.Receipt{}, refused
	}
	switch {
	case out.Kind == inbox.KindDM:
		return c.sendMessage(ctx, account, out)
	case out.Parent != "":
		return c.replyToComment(ctx, account, out)
	default:
		return c.commentOnPost(ctx, account, out)
	}
}

// unfit says no where the platform surely would, without spending a call on it.
func (c *Connector) unfit(out inbox.Outbound) *inbox.Refusal {
	limits := c.Limits(out.Kind)
	switch {
	case limits.MaxLength == 0:
		return &inbox.Refusal{Kind: inbox.RefusedOther, ZH: "微博不支持回复这类消息", EN: "Weibo takes no answer to a message of this kind"}
	case strings.TrimSpace(out.Text) == "":
		return refusal(emptyText, "empty", commentsReply)
	case limits.CountAs.Length(out.Text) > limits.MaxLength && out.Kind == inbox.KindDM:
		return refusal(longMessage, "too long", messagesReply)
	case limits.CountAs.Length(out.Text) > limits.MaxLength:
		return refusal(longComment, "too long", commentsReply)
	}
	return nil
}

// replyToComment leaves Weibo's prefix 回复@name: on: it keeps equal answers to different fans from being refused as repeated
// (docs/platforms/weibo.md second reading 7).
func (c *Connector) replyToComment(ctx context.Context, account inbox.Account, out inbox.Outbound) (inbox.Receipt, error) {
	if out.Post == "" {
		post, err := c.postOf(ctx, account, out.Parent)
		if err != nil {
			return inbox.Receipt{}, err
		}
		out.Post = post
	}
	params := c.comment(out)
	params.Set("cid", string(out.Parent))
	params.Set("without_mention", "0")
	return c.post(ctx, account, commentsReply, params)
}

func (c *Connector) commentOnPost(ctx context.Context, account inbox.Account, out inbox.Outbound) (inbox.Receipt, error) {
	return c.post(ctx, account, commentsCreate, c.comment(out))
}

func (c *Connector) comment(out inbox.Outbound) url.Values {
	params := url.Values{"id": {string(out.Post)}, "comment": {out.Text}, "comment_ori": {"0"}}
	if ip := c.operatorIP(out.OperatorIP); ip != "" {
		params.Set("rip", ip)
	}
	return params
}

// post makes the write and reads the comment it became. A yes without an id is only Weibo's own "delayed"; anything else that has none is
// of unknown outcome.
func (c *Connector) post(ctx context.Context, account inbox.Account, name string, params url.Values) (inbox.Receipt, error) {
	var made comment
	err := c.call(ctx, c.request(account, name, inbox.ForAnswering, params), &made)
	switch {
	case errors.Is(err, errDelayed):
		return inbox.Receipt{}, nil
	case err != nil:
		return inbox.Receipt{}, needsAddress(err, params)
	case made.id() == "":
		return inbox.Receipt{}, fmt.Errorf("weibo %s: the answer has no comment", name)
	}
	at, _ := made.CreatedAt.at() // the receipt may go without
	return inbox.Receipt{ExternalID: made.id().external(), Text: decoded(string(made.Text)), At: at}, nil
}

// missingParameter is the code for a call that lacks something.
const missingParameter = "10016"

// needsAddress names what is missing when it is the operator's address: then no other text will help.
func needsAddress(err error, params url.Values) error {
	if r := inbox.RefusalOf(err); r != nil && r.Code == missingParameter && !params.Has("rip") {
		r.Kind = inbox.RefusedConfig
		r.ZH = "微博要求操作者的公网 IP，而您的地址是内网地址；请管理员在 weibo.fallback_ip 中填写服务器的出口公网 IP，然后重试"
		r.EN = "Weibo wants the operator's public address and yours is a private one: ask an admin to set weibo.fallback_ip to the server's public address, then resend"
	}
	return err
}

// postOf asks for the post of a comment that so far was only announced: the newest item up to its id, in the list of the mentions that
// are announced. Nothing is posted whatever comes of it.
func (c *Connector) postOf(ctx context.Context, account inbox.Account, cid inbox.ExternalID) (inbox.ExternalID, error) {
	got, err := c.list(ctx, account, commentsMentions, inbox.ForAnswering, url.Values{"max_id": {string(cid)}, "count": {"1"}})
	switch {
	case inbox.RefusalOf(err) != nil:
		return "", err
	case err != nil:
		return "", fmt.Errorf("%w: find the post of the comment: %w", inbox.ErrNotLeft, err)
	}
	for _, raw := range got.items().raw {
		var one comment
		if json.Unmarshal(raw, &one) == nil && one.id().external() == cid && one.Status.id() != "" {
			return one.Status.id().external(), nil
		}
	}
	return "", &inbox.Refusal{Kind: inbox.RefusedOther, Said: "the comment is not in the list", ZH: "微博还没有给出这条评论在哪条微博下；请稍后再发送，或在微博 App 中回复",
		EN: "Weibo has not yet shown which post this comment is under: send again later, or answer in Weibo's own app"}
}

// sendMessage answers a private message. The platform gives no id back (docs/platforms/weibo.md §4.6).
func (c *Connector) sendMessage(ctx context.Context, account inbox.Account, out inbox.Outbound) (inbox.Receipt, error) {
	data, err := json.Marshal(map[string]string{"text": out.Text})
	if err != nil {
		return inbox.Receipt{}, fmt.Errorf("%w: %w", inbox.ErrNotLeft, err)
	}
	params := url.Values{"type": {"text"}, "data": {string(data)}, "receiver_id": {string(out.Contact)}, "save_sender_box": {"1"}}
	var taken struct {
		Result word `json:"result"`
	}
	err = c.call(ctx, c.request(account, messagesReply, inbox.ForAnswering, params), &taken)
	switch {
	case errors.Is(err, errDelayed):
		return inbox.Receipt{}, nil
	case err != nil:
		return inbox.Receipt{}, err
	case taken.Result == "false" || taken.Result == "0":
		return inbox.Receipt{}, fansServiceSaysNo("result=false", "no reason given")
	}
	return inbox.Receipt{}, nil
}

// operatorIP is the address for rip: the platform wants a real one (docs/platforms/weibo.md §3).
func (c *Connector) operatorIP(ip string) string {
	if public(ip) {
		return ip
	}
	return c.settings.FallbackIP
}

// public says that an address is an IPv4 one in the open internet.
func public(ip string) bool {
	addr, err := netip.ParseAddr(ip)
	if err != nil || !addr.Is4() {
		return false
	}
	for _, denied := range ssrf.IPv4DeniedPrefixes {
		if denied.Contains(addr) {
			return false
		}
	}
	return true
}
