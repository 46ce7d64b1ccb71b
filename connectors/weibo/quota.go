package weibo

import (
	"context"
	"time"

	"weibox/inbox"
)

// beijing is the clock on which Weibo's days begin (docs/platforms/weibo.md §7, reset_time).
var beijing = time.FixedZone("Asia/Shanghai", 8*60*60)

const day = 24 * time.Hour

// pool is what one call draws on. The named quotas are those that a refusal of the platform empties.
type pool struct {
	address  inbox.Quota // 10022
	account  inbox.Quota // 10023
	endpoint inbox.Quota // 10024
	writing  inbox.Quota // a captcha; no key where the call writes nothing
	others   []inbox.Quota
}

func (p pool) all() []inbox.Quota {
	all := append([]inbox.Quota{p.address, p.account, p.endpoint}, p.others...)
	if p.writing.Key != "" {
		all = append(all, p.writing)
	}
	return all
}

// Quotas lists the limited quotas that the calls of an account draw on.
func (c *Connector) Quotas(account inbox.Account) []inbox.Quota {
	seen := map[string]bool{}
	var limited []inbox.Quota
	for _, name := range []string{commentsToMe, commentsCreate, commentsReply, messagesReply, usersShow} {
		for _, q := range c.pool(account.ExternalID, c.settings.endpoint(name)).all() {
			if q.Limit > 0 && !seen[q.Key] {
				seen[q.Key] = true
				limited = append(limited, q)
			}
		}
	}
	return limited
}

// PollQuotas lists the quotas that one poll of a source draws on. Those without a limit are among them: the platform may still say that
// they are empty.
func (c *Connector) PollQuotas(account inbox.Account, source inbox.SourceName) []inbox.Quota {
	for _, s := range sources {
		if s.Name == source {
			return c.pool(account.ExternalID, c.settings.endpoint(s.call)).all()
		}
	}
	return nil
}

// pool gathers the quotas of a call by the account uid.
func (c *Connector) pool(uid inbox.ExternalID, e endpoint) pool {
	limits := c.settings.Quotas
	p := pool{address: openAddress(limits), endpoint: endpointQuota(uid, e)}
	switch {
	case e.commercial:
		p.address = commercialAddress(limits)
		p.account = hourly("weibo:account:"+string(uid)+":commercial:hour", 0, "商业接口调用（每小时）", "commercial calls per hour")
	case e.fansService():
		p.account = hourly("weibo:account:"+string(uid)+":fans_service:hour", limits.FansServicePerHour, "粉丝服务调用（每小时）",
			"fans service calls per hour")
	default:
		p.account, p.others = accountQuotas(uid, limits)
	}
	if limits.AppPerHour > 0 {
		p.others = append(p.others, hourly("weibo:app:"+c.settings.AppKey+":hour", limits.AppPerHour, "本应用调用（每小时）", "calls of the app per hour"))
	}
	if e.writes() {
		p.writing = c.writeQuota(uid, e)
	}
	return p
}

// accountQuotas puts the shortest window first: that is the one to empty when the platform says "over the limit" without saying which. If
// the day is spent as well, it will say so again after the hour.
func accountQuotas(uid inbox.ExternalID, limits QuotaLimits) (first inbox.Quota, rest []inbox.Quota) {
	daily := inbox.Quota{Key: "weibo:account:" + string(uid) + ":day", ZH: "账号调用（每天）", EN: "calls of the account per day",
		Limit: limits.AccountPerDay, Window: day, Zone: beijing}
	if limits.AccountPerHour == 0 {
		return daily, nil
	}
	return hourly("weibo:account:"+string(uid)+":hour", limits.AccountPerHour, "账号调用（每小时）", "calls of the account per hour"),
		[]inbox.Quota{daily}
}

// writeQuota is shared by all comments of an account in one family. Private messages are limited by their window instead
// (docs/platforms/weibo.md §4.6).
func (c *Connector) writeQuota(uid inbox.ExternalID, e endpoint) inbox.Quota {
	limits, account := c.settings.Quotas, "weibo:account:"+string(uid)
	switch {
	case e.name == messagesReply:
		return hourly(account+":messages:hour", 0, "账号发私信（每小时）", "private messages by the account per hour")
	case e.commercial:
		return hourly(account+":commercial_writes:hour", limits.CommercialWritesPerHour, "账号通过商业接口发评论（每小时）", "comments by the commercial API per hour")
	default:
		return hourly(account+":writes:hour", limits.WritesPerHour, "账号发评论（每小时）", "comments by the account per hour")
	}
}

func endpointQuota(uid inbox.ExternalID, e endpoint) inbox.Quota {
	return hourly("weibo:account:"+string(uid)+":"+e.name+":hour", 0, "接口 "+e.name+"（每小时）", "calls of "+e.name+" per hour")
}

func openAddress(limits QuotaLimits) inbox.Quota {
	return hourly("weibo:address:open:hour", limits.AddressPerHour, "本服务器调用开放接口（每小时）", "open API calls from this server per hour")
}

func commercialAddress(limits QuotaLimits) inbox.Quota {
	return hourly("weibo:address:commercial:hour", limits.CommercialAddressPerHour, "本服务器调用商业接口（每小时）",
		"commercial API calls from this server per hour")
}

func hourly(key string, limit int, zh, en string) inbox.Quota {
	return inbox.Quota{Key: key, ZH: zh, EN: en, Limit: limit, Window: time.Hour, Zone: beijing}
}

// exhaust empties the quota that the platform declared empty, and tells the refusal when to come back.
func (c *Connector) exhaust(ctx context.Context, p pool, r *inbox.Refusal) error {
	now := c.now()
	var spent inbox.Quota
	switch r.Code {
	case addressOverLimit:
		spent = p.address
	case accountOverLimit:
		spent = p.account
	case endpointOverLimit:
		spent = p.endpoint
	default:
		return nil
	}
	r.RetryAt = spent.Resets(now)
	return c.meter.Exhaust(ctx, spent, r.RetryAt)
}
