package weibo

import (
	"errors"
	"fmt"
	"strings"

	"weibox/inbox"
)

// Codes that something depends on, beyond their line in the table.
const (
	addressOverLimit  = "10022"
	accountOverLimit  = "10023"
	endpointOverLimit = "10024"
	emptyText         = "20008"
	longComment       = "20012"
	longMessage       = "20013"
	postingTooOften   = "20016"
	captchaAsked      = "20031"
	captchaAskedDM    = "20507"
	delayedSuccess    = "20032"
	consentDenied     = "21330"
)

// verdict is what a code means to us.
type verdict struct {
	kind   inbox.RefusalKind
	zh, en string
}

// table is docs/platforms/weibo.md §6, line by line: codes, what to do, and what to tell the agent.
var table = []struct {
	codes string
	verdict
}{
	{"10001 10002 10003 10009 10010 10011", verdict{inbox.RefusedBusy, "微博系统繁忙，稍后会自动重试", "Weibo is busy; it will be tried again shortly"}},
	{"10004", verdict{inbox.RefusedConfig, "微博不允许本服务器的 IP 调用；请管理员在微博开放平台「应用信息」中把服务器 IP 加入白名单",
		"Weibo does not accept calls from this server's address: ask an admin to add it to the app's allowed addresses on open.weibo.com"}},
	{"10005 10014", verdict{inbox.RefusedPermission, "应用没有该接口的权限；请管理员在微博开放平台「接口管理」中申请，或改用商业接口",
		"the app lacks the permission for this call: ask an admin to apply for it on open.weibo.com, or to use the commercial API"}},
	{"10006", verdict{inbox.RefusedToken, "微博不认识此授权；请管理员在「账号」页重新授权",
		"Weibo does not know this authorisation: ask an admin to re-authorise the account"}},
	{"10007 10008 10012 10016 10017 10018 10020 10021 10025", verdict{inbox.RefusedOther, "微博认为请求不正确；请修改内容后再试，仍失败请联系管理员",
		"Weibo found the request wrong: change the text and try again, or tell an admin"}},
	{"10013", verdict{inbox.RefusedOther, "微博认为该账号不是有效用户；请管理员登录微博检查账号状态",
		"Weibo says the account is not a valid user: ask an admin to log in to Weibo and look"}},
	{"10022", verdict{inbox.RefusedLimit, "本服务器的微博调用次数已用完，到时会自动继续", "this server has used up its calls to Weibo; it goes on by itself after the reset"}},
	{"10023", verdict{inbox.RefusedLimit, "该账号的微博调用次数已用完，到时会自动继续", "this account has used up its calls to Weibo; it goes on by itself after the reset"}},
	{"10024", verdict{inbox.RefusedLimit, "该账号在此接口的调用次数已用完，到时会自动继续",
		"this account has used up its calls of this kind; it goes on by itself after the reset"}},
	{"20003", verdict{inbox.RefusedGone, "该微博用户已不存在，无法回复；可直接结束会话",
		"this Weibo user no longer exists and cannot be answered: the conversation can be resolved"}},
	{"20008", verdict{inbox.RefusedContent, "内容为空，请填写后再发送", "the text is empty: write something and send again"}},
	{"20012 20013 20049", verdict{inbox.RefusedContent, "内容超过微博允许的字数，请缩短后再发送", "the text is longer than Weibo takes: shorten it and send again"}},
	{"20016", verdict{inbox.RefusedLimit, "发布太频繁，几分钟后会自动重试", "the account is posting too often; it will be tried again in some minutes"}},
	{"20017 20019 20038 20111", verdict{inbox.RefusedRepeat, "微博认为与刚发过的内容重复；请改写后再发送",
		"Weibo finds the text too like the last one: reword it and send again"}},
	{"20018 20020 20021", verdict{inbox.RefusedContent, "微博认为内容含有不允许的链接、广告或违规信息；请改写后再发送",
		"Weibo finds a forbidden link, advertising or illegal content: reword the text and send again"}},
	{"20031 20507", verdict{inbox.RefusedOther, "微博要求输入验证码；请用微博 App 登录该账号完成验证，再重新发送",
		"Weibo asks for a captcha: log in to the account in Weibo's own app, pass it, then send again"}},
	{"20033 21334", verdict{inbox.RefusedOther, "该微博账号状态异常；请管理员登录微博 App 处理后再发送",
		"the state of the Weibo account is abnormal: ask an admin to log in to Weibo's own app and settle it, then send again"}},
	{"20101 20132 20135", verdict{inbox.RefusedGone, "该微博已被删除或不可见，无法回复；可改用私信联系",
		"the post is deleted or hidden and cannot be answered: try a private message"}},
	{"20112 20130", verdict{inbox.RefusedAudience, "作者的隐私设置不允许查看或评论；可改用私信联系",
		"the author's privacy settings do not allow reading or commenting: try a private message"}},
	{"20201", verdict{inbox.RefusedGone, "该评论已被删除，无法回复；可改用私信联系", "the comment is deleted and cannot be answered: try a private message"}},
	{"20203", verdict{inbox.RefusedOther, "这不是本账号的评论，不能操作；请刷新页面核对", "this comment is not the account's own: reload the page and look again"}},
	{"20206 20207", verdict{inbox.RefusedAudience, "作者只允许其关注的人或可信用户评论；可改用私信联系",
		"the author takes comments only from people they follow or trust: try a private message"}},
	{"20301", verdict{inbox.RefusedAudience, "对方未关注本账号，微博不允许发私信；可在评论中请对方先关注或来信",
		"the fan does not follow the account, so Weibo takes no private message: ask them in a comment to follow or write first"}},
	{"20302", verdict{inbox.RefusedContent, "微博认为私信内容违规；请改写后再发送", "Weibo finds the message illegal: reword it and send again"}},
	{"20303", verdict{inbox.RefusedOther, "这不是本账号的私信，不能操作；请刷新页面核对", "this message is not the account's own: reload the page and look again"}},
	{"20305", verdict{inbox.RefusedGone, "该私信已不存在，请刷新页面核对", "this message no longer exists: reload the page and look again"}},
	{"20306", verdict{inbox.RefusedRepeat, "微博认为与刚发过的私信重复；请改写后再发送", "Weibo finds the message the same as the last one: reword it and send again"}},
	{"20307", verdict{inbox.RefusedOther, "微博不认识该私信编号，请联系管理员", "Weibo does not know the id of this message: tell an admin"}},
	{"20512", verdict{inbox.RefusedAudience, "对方在本账号的黑名单中；请先在微博 App 中移出黑名单",
		"the fan is on the account's blacklist: take them off it in Weibo's own app first"}},
	{"21301 21314 21315 21316 21317 21319 21327 21332", verdict{inbox.RefusedToken, "授权已失效；请管理员在「账号」页重新授权",
		"the authorisation is no longer valid: ask an admin to re-authorise the account on the accounts page"}},
	{"21321", verdict{inbox.RefusedToken, "授权被取消，或应用未审核而该账号不是测试用户；请管理员在开放平台「测试信息」中添加账号并重新授权",
		"the authorisation was withdrawn, or the app is unreviewed and this is no test user: add the account as a test user on open.weibo.com and re-authorise it"}},
	{"21322", verdict{inbox.RefusedConfig, "授权回调页与微博开放平台登记的不一致；请管理员在「高级信息 → OAuth2.0 授权设置」中填写本系统显示的回调地址",
		"the callback differs from the one registered: ask an admin to enter the address shown here under OAuth2.0 settings on open.weibo.com"}},
	{"21323 21328 21329", verdict{inbox.RefusedOther, "微博认为授权请求不正确；请从头再授权一次，仍失败请联系管理员",
		"Weibo found the authorisation request wrong: start over, or tell an admin"}},
	{"21324", verdict{inbox.RefusedConfig, "AppKey 或 AppSecret 不正确；请管理员核对 weibo.app_key 与 weibo.app_secret",
		"the app key or app secret is wrong: ask an admin to check weibo.app_key and weibo.app_secret"}},
	{"21325", verdict{inbox.RefusedOther, "授权码已过期或已被使用；请从头再授权一次", "the authorisation code is stale or was already used: start over"}},
	{"21326", verdict{inbox.RefusedConfig, "微博不允许该应用使用此授权方式；请管理员在微博开放平台检查应用状态",
		"Weibo does not allow the app to authorise this way: ask an admin to check the app's state on open.weibo.com"}},
	{"21330", verdict{inbox.RefusedOther, "您在微博授权页选择了取消；如需绑定，请再授权一次", "the authorisation was declined on Weibo's page: start over to bind the account"}},
	{"21331", verdict{inbox.RefusedBusy, "微博授权服务暂时不可用，请稍后再试", "Weibo's authorisation is unavailable for the moment: try again later"}},
	{"21335", verdict{inbox.RefusedPermission, "微博只允许读取授权账号自己的内容；请管理员用该账号重新授权",
		"Weibo lets an account read only what is its own: ask an admin to authorise it with that account"}},
}

var verdicts = func() map[string]verdict {
	byCode := map[string]verdict{}
	for _, line := range table {
		for _, code := range strings.Fields(line.codes) {
			byCode[code] = line.verdict
		}
	}
	return byCode
}()

// envelope is how Weibo says no; error_code comes as number or string, and one old service has names of its own (§6).
type envelope struct {
	Code        word `json:"error_code"`
	OldCode     word `json:"errcode"`
	Word        word `json:"error"`
	Description word `json:"error_description"`
	OldWord     word `json:"errmsg"`
}

func (e envelope) code() string {
	for _, code := range []word{e.Code, e.OldCode} {
		if code != "" && code != "0" {
			return string(code)
		}
	}
	return ""
}

func (e envelope) said() string {
	for _, text := range []word{e.Description, e.Word, e.OldWord} {
		if text != "" {
			return shortened(string(text), 200)
		}
	}
	return ""
}

// codeIn is the code in an answer and the words that came with it; "" if there is none.
func codeIn(body []byte) (code, said string) {
	var env envelope
	if lenient(body, &env) != nil {
		return "", ""
	}
	return env.code(), env.said()
}

// errDelayed says that the platform has taken a post but will show it only in a minute or two: a yes without an id.
var errDelayed = errors.New("taken, but not yet visible")

// refusal translates a code.
func refusal(code, said, endpointName string) *inbox.Refusal {
	if v, known := verdicts[code]; known {
		return &inbox.Refusal{Kind: v.kind, Code: code, Said: said, ZH: v.zh, EN: v.en}
	}
	if endpointName == messagesReply && strings.HasPrefix(code, "2") {
		return fansServiceSaysNo(code, said)
	}
	return &inbox.Refusal{Kind: inbox.RefusedOther, Code: code, Said: said,
		ZH: fmt.Sprintf("微博拒绝了请求：%s（%s）；请稍后再试，或联系管理员", said, code),
		EN: fmt.Sprintf("Weibo refused: %s (%s); try again later, or tell an admin", said, code)}
}

// fansServiceSaysNo is for the codes that nobody published. As far as anybody knows they are about the window and the allowance
// (docs/platforms/weibo.md §4.6, second reading 10), so the agent is shown the platform's own words.
func fansServiceSaysNo(code, said string) *inbox.Refusal {
	return &inbox.Refusal{Kind: inbox.RefusedWindow, Code: code, Said: said,
		ZH: fmt.Sprintf("微博拒绝了这条私信：%s（%s）；多为超出回复时限或条数，等对方再次来信后可回复", said, code),
		EN: fmt.Sprintf("Weibo refused this message: %s (%s); mostly the reply window or allowance is over, answer once the fan writes again", said, code)}
}

func errTooLarge(limit int64) error {
	return &inbox.Error{Code: inbox.TooLarge, ZH: "微博返回的内容过大，未读取", EN: "Weibo's answer is too large and was not read",
		Cause: fmt.Errorf("more than %d bytes", limit)}
}
