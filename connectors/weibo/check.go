package weibo

import (
	"context"
	"net/url"
	"time"

	"weibox/inbox"
)

// Check asks for one item of each list and takes the rest from the evidence of daily work. It writes nothing.
func (c *Connector) Check(ctx context.Context, account inbox.Account, seen inbox.Evidence) []inbox.Capability {
	comments := c.readable(ctx, account, inbox.ReadComments, commentsToMe)
	mentions := c.readable(ctx, account, inbox.ReadMentions, statusesMentions)
	if mentions.Status == inbox.Proven {
		mentions = c.readable(ctx, account, inbox.ReadMentions, commentsMentions)
	}
	replyComment := answerable(inbox.ReplyComment, seen, inbox.KindComment, inbox.KindMention)
	replyDM := answerable(inbox.ReplyDM, seen, inbox.KindDM)
	if comments.Status == inbox.Absent && verdicts[comments.Code].kind == inbox.RefusedToken {
		replyComment, replyDM = missing(replyComment.Name, comments), missing(replyDM.Name, comments)
	}
	return []inbox.Capability{comments, mentions, receivable(seen), replyComment, replyDM}
}

// missing is a capability that lacks for the same reason as another.
func missing(name inbox.CapabilityName, as inbox.Capability) inbox.Capability {
	as.Name = name
	return as
}

// readable reads one item of a list.
func (c *Connector) readable(ctx context.Context, account inbox.Account, name inbox.CapabilityName, call string) inbox.Capability {
	got, err := c.list(ctx, account, call, inbox.ForReading, url.Values{"count": {"1"}})
	switch refused := inbox.RefusalOf(err); {
	case refused != nil && refused.Kind != inbox.RefusedLimit && refused.Kind != inbox.RefusedBusy:
		return inbox.Capability{Name: name, Status: inbox.Absent, ZH: refused.ZH, EN: refused.EN, Code: refused.Code}
	case refused != nil:
		return inbox.Capability{Name: name, Status: inbox.Granted, ZH: refused.ZH, EN: refused.EN, Code: refused.Code}
	case err != nil:
		return inbox.Capability{Name: name, Status: inbox.Granted, ZH: "暂时无法连接微博，请稍后再检查", EN: "Weibo cannot be reached right now: check again later"}
	}
	return c.read(ctx, account, name, got)
}

// read is the capability of a list that was answered. Of the open family it is proven only by an item, where the platform counts any.
func (c *Connector) read(ctx context.Context, account inbox.Account, name inbox.CapabilityName, got list) inbox.Capability {
	empty := len(got.items().raw) == 0
	if c.settings.family() == OpenFamily && empty && (got.Total.n > 0 || c.unread(ctx, account, name)) {
		return inbox.Capability{Name: name, Status: inbox.Granted,
			ZH: "接口可用，但微博计数显示有内容却没有给出：开放接口可能只返回授权过本应用的用户的内容；如需完整读取，请申请商业接口并将 weibo.api_family 设为 commercial",
			EN: "the call works, but Weibo counts items that it does not show: the open API may give only those of users who authorised this app; " +
				"to read everything, apply for the commercial API and set weibo.api_family to commercial"}
	}
	now := c.now()
	return inbox.Capability{Name: name, Status: inbox.Proven, ProvenAt: &now, ZH: "刚刚读取成功", EN: "read just now"}
}

// unread asks for the red dots of the account, as a hint that a list is emptier than it should be (docs/platforms/weibo.md §2.2, §10.0).
// A person who opens Weibo's app clears them, so zero says nothing.
func (c *Connector) unread(ctx context.Context, account inbox.Account, name inbox.CapabilityName) bool {
	var dots struct {
		Comments       count `json:"cmt"`
		PostMentions   count `json:"mention_status"`
		CommentMention count `json:"mention_cmt"`
	}
	if c.call(ctx, c.request(account, unreadCount, inbox.ForReading, url.Values{"uid": {string(account.ExternalID)}}), &dots) != nil {
		return false
	}
	if name == inbox.ReadComments {
		return dots.Comments.n > 0
	}
	return dots.PostMentions.n+dots.CommentMention.n > 0
}

// receivable is known by what arrived at the webhook.
func receivable(seen inbox.Evidence) inbox.Capability {
	got := inbox.Capability{Name: inbox.ReceiveDM}
	switch {
	case !seen.LastPushAt.IsZero():
		got.Status, got.ProvenAt, got.ZH, got.EN = inbox.Proven, &seen.LastPushAt, "已收到微博推送", "a push from Weibo has arrived"
	case !seen.VerifiedAt.IsZero():
		got.Status, got.ZH, got.EN = inbox.Granted, "微博已验证本地址，等待第一条私信", "Weibo has verified this address; the first private message will prove it"
	default:
		got.Status = inbox.Absent
		got.ZH = "还没有收到微博推送；请在微博「管理中心 → 粉丝服务 → 高级功能 → 开发模式」填写本页的推送地址和 AppKey"
		got.EN = "no push has arrived: enter the webhook address of this page and the app key in Weibo's 管理中心 → 粉丝服务 → 高级功能 → 开发模式 (developer mode)"
	}
	return got
}

// answerable is known by the answers of daily work: the only way to try it would be to write.
func answerable(name inbox.CapabilityName, seen inbox.Evidence, kinds ...inbox.Kind) inbox.Capability {
	var last time.Time
	for _, kind := range kinds {
		if r := seen.LastRefusal[kind]; r != nil && lacks(r.Kind) {
			return inbox.Capability{Name: name, Status: inbox.Absent, ZH: r.ZH, EN: r.EN, Code: r.Code}
		}
		if at := seen.LastReplyAt[kind]; at.After(last) {
			last = at
		}
	}
	if last.IsZero() {
		return inbox.Capability{Name: name, Status: inbox.Granted, ZH: "已授权，第一次回复成功后即可证实", EN: "granted; the first answer will prove it"}
	}
	return inbox.Capability{Name: name, Status: inbox.Proven, ProvenAt: &last, ZH: "最近一次回复成功", EN: "the last answer was accepted"}
}

// lacks says that a refusal is about the account's rights, not about one answer.
func lacks(kind inbox.RefusalKind) bool {
	return kind == inbox.RefusedPermission || kind == inbox.RefusedToken || kind == inbox.RefusedConfig
}
