package weibo

import (
	"crypto/sha1"
	"crypto/subtle"
	"encoding/hex"
	"errors"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"weibox/inbox"
)

// Verify checks the signature of a push or of Weibo's question whether the address is ours (docs/platforms/weibo.md §4.1). The signature
// covers no body and names no account: the secret path and the age of the timestamp do the rest. A nonce never refuses, because a retry
// after a failed commit may carry the same one.
func (c *Connector) Verify(_ inbox.Account, push inbox.Push, now time.Time) ([]byte, error) {
	if c.settings.AppSecret == "" {
		return nil, denied("没有配置 AppSecret，无法验证签名；请管理员设置 weibo.app_secret",
			"no app secret is configured, so the signature cannot be checked: ask an admin to set weibo.app_secret", nil)
	}
	timestamp, nonce := push.Query.Get("timestamp"), push.Query.Get("nonce")
	expected := signature(c.settings.AppSecret.Reveal(), timestamp, nonce)
	if subtle.ConstantTimeCompare([]byte(expected), []byte(push.Query.Get("signature"))) != 1 {
		return nil, denied("签名不正确；请管理员核对 AppSecret 与微博开发者模式中填写的一致",
			"the signature is wrong: ask an admin to compare the app secret with the one in Weibo's developer mode", nil)
	}
	if push.Method == http.MethodGet { // an old question, asked again, learns nothing that it did not bring along
		return []byte(push.Query.Get("echostr")), nil
	}
	if err := c.fresh(timestamp, now); err != nil {
		return nil, denied("推送的时间戳过旧或不正确；请检查服务器时钟", "the timestamp of the push is stale or wrong: check the server's clock", err)
	}
	return nil, nil
}

// signature is the lower-case hex SHA-1 of the three strings, sorted and joined.
func signature(secret, timestamp, nonce string) string {
	parts := []string{secret, timestamp, nonce}
	slices.Sort(parts)
	sum := sha1.Sum([]byte(strings.Join(parts, "")))
	return hex.EncodeToString(sum[:])
}

// fresh looks at the timestamp, in milliseconds. The platform's clock may be ahead of ours as well as behind.
func (c *Connector) fresh(timestamp string, now time.Time) error {
	ms, err := strconv.ParseInt(timestamp, 10, 64)
	if err != nil {
		return err
	}
	if age := now.Sub(time.UnixMilli(ms)).Abs(); age > c.settings.PushFreshness {
		return errors.New("off by " + age.String())
	}
	return nil
}

func denied(zh, en string, cause error) error {
	return &inbox.Error{Code: inbox.Denied, ZH: zh, EN: en, Cause: cause}
}
