package configs

import (
	"encoding/base64"
	"log/slog"
	"net"
	"net/netip"
	"net/url"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/knadh/koanf/providers/structs"
	"github.com/knadh/koanf/v2"
)

// Validate says everything that would keep a server from running well, as Problems, or nil. It reads nothing but what kind of disk the
// data folder is on.
func (c Config) Validate() error { return c.validate(networkDisk) }

func (c Config) validate(networkDisk func(folder string) (kind string)) error {
	var p Problems
	c.checkPublicURL(&p)
	c.checkListeners(&p)
	c.checkRoles(&p)
	c.checkProxies(&p)
	c.checkLog(&p)
	c.checkMasterKeys(&p)
	c.checkDatabase(&p, networkDisk)
	c.checkRedis(&p)
	c.Weibo.check(&p)
	c.checkNumbers(&p)
	c.checkTimes(&p)
	slices.SortStableFunc(p, func(a, b Problem) int { return strings.Compare(a.Key, b.Key) })
	return p.asError()
}

func (c Config) checkPublicURL(p *Problems) {
	const key = "public_url"
	u, err := url.Parse(c.PublicURL)
	switch {
	case c.PublicURL == "":
		p.add(key, "请填写浏览器访问本系统的地址，如 https://inbox.example.com；平台的回调也用它", "set the address at which browsers reach this server, e.g. https://inbox.example.com; platforms call back to it too")
	case err != nil || !slices.Contains([]string{"http", "https"}, u.Scheme) || u.Hostname() == "":
		p.add(key, "要写成 https://域名 的形式", "write it as https://host")
	case strings.Trim(u.Path, "/") != "" || u.RawQuery != "" || u.Fragment != "" || u.User != nil:
		p.add(key, "只写协议、域名和端口，不带路径", "write scheme, host and port only, no path")
	case u.Scheme == "http" && !onThisMachine(u.Hostname()) && !c.InsecureCookie:
		p.add(key, "公开地址必须用 https，否则登录凭证会被窃取；仅在可信内网试用时可设 insecure_cookie: true",
			"use https: over http anybody on the way can steal a signed-in session; on a trusted network only, set insecure_cookie: true")
	}
}

func onThisMachine(host string) bool {
	ip, err := netip.ParseAddr(host)
	return host == "localhost" || strings.HasSuffix(host, ".localhost") || err == nil && ip.IsLoopback()
}

func (c Config) checkListeners(p *Problems) {
	port := checkAddress(p, "listen", c.Listen)
	if c.AdminListen == "" {
		return // health and metrics are not offered
	}
	if admin := checkAddress(p, "admin_listen", c.AdminListen); admin == port && port != "0" && port != "" {
		p.add("admin_listen", "与 listen 用了同一个端口，请换一个", "listen has the same port; choose another")
	}
}

func checkAddress(p *Problems, key, address string) (port string) {
	_, port, err := net.SplitHostPort(address)
	if err != nil {
		p.add(key, "要写成 地址:端口，如 127.0.0.1:8080 或 :8080", "write it as address:port, e.g. 127.0.0.1:8080 or :8080")
	}
	return port
}

func (c Config) checkRoles(p *Problems) {
	const key = "roles"
	all := []string{RoleAPI, RoleWorker, RoleScheduler}
	for _, role := range c.Roles {
		if !slices.Contains(all, role) {
			p.add(key, "没有 "+role+" 这个角色，可选 api、worker、scheduler", "there is no role "+role+"; choose from api, worker, scheduler")
		}
	}
	if len(c.Roles) == 0 {
		p.add(key, "至少要有一个角色", "name at least one")
	}
	missing := slices.ContainsFunc(all, func(role string) bool { return !slices.Contains(c.Roles, role) })
	if missing && c.Redis.InProcess() {
		p.add(key, "只运行部分角色时，各进程要通过 Redis 协作：请配置 redis.address，或运行全部角色",
			"processes with some of the roles work together through Redis: set redis.address, or run all roles in this one")
	}
}

func (c Config) checkProxies(p *Problems) {
	for _, proxy := range c.TrustedProxies {
		_, errAddr := netip.ParseAddr(proxy)
		_, errNet := netip.ParsePrefix(proxy)
		if errAddr != nil && errNet != nil {
			p.add("trusted_proxies", proxy+" 不是 IP 地址或网段（如 10.0.0.0/8）", proxy+" is neither an address nor a network such as 10.0.0.0/8")
		}
	}
}

func (c Config) checkLog(p *Problems) {
	var level slog.Level
	if level.UnmarshalText([]byte(c.Log.Level)) != nil {
		p.add("log.level", "可选 debug、info、warn、error", "choose from debug, info, warn, error")
	}
	oneOf(p, "log.format", c.Log.Format, "text", "json")
}

func oneOf(p *Problems, key, value string, choices ...string) {
	if !slices.Contains(choices, value) {
		p.add(key, "可选 "+strings.Join(choices, "、"), "choose from "+strings.Join(choices, ", "))
	}
}

const makeKeys = "weibox keys new"

func (c Config) checkMasterKeys(p *Problems) {
	const key = "master_keys"
	if c.MasterKeys == "" {
		if c.Database.Engine == MySQL {
			p.add(key, "使用 mysql 时必须设置，用来加密平台令牌；用 "+makeKeys+" 生成，并另行备份", "is needed with mysql, to encrypt the platforms' tokens; make one with "+makeKeys+" and keep a copy elsewhere")
		}
		return
	}
	names := map[string]bool{}
	for entry := range strings.SplitSeq(c.MasterKeys.Reveal(), ",") {
		name, encoded, _ := strings.Cut(strings.TrimSpace(entry), ":")
		if name == "" || names[name] || weak(encoded) {
			p.add(key, "每把密钥写成 名字:base64（32 个随机字节），名字不重复，逗号分隔；用 "+makeKeys+" 生成",
				"write each key as name:base64 of 32 random bytes, names differing, separated by commas; make one with "+makeKeys)
			return
		}
		names[name] = true
	}
}

// weak says whether a key is not 32 bytes that look drawn at random. Of 32 random bytes, fewer than 16 different ones never happens.
func weak(encoded string) bool {
	key, err := base64.StdEncoding.DecodeString(encoded)
	different := map[byte]bool{}
	for _, b := range key {
		different[b] = true
	}
	return err != nil || len(key) != 32 || len(different) < 16
}

func (c Config) checkDatabase(p *Problems, networkDisk func(string) string) {
	oneOf(p, "database.engine", c.Database.Engine, SQLite, MySQL)
	if c.Data == "" {
		p.add("data", "请指定存放文件的文件夹", "name a folder for files")
	}
	switch c.Database.Engine {
	case SQLite:
		if kind := networkDisk(existing(c.Data)); kind != "" {
			p.add("data", "这个文件夹在网络磁盘（"+kind+"）上，SQLite 在那里会损坏数据；请改用本机磁盘，或改用 mysql",
				"this folder is on a network disk ("+kind+"), where SQLite can corrupt its file; use a local disk, or mysql")
		}
		if c.Database.DSN != "" {
			p.add("database.dsn", "sqlite 不使用它；要连 MySQL/MariaDB 请设 database.engine: mysql", "sqlite has no use for it; for MySQL or MariaDB set database.engine: mysql")
		}
	case MySQL:
		if c.Database.DSN == "" {
			p.add("database.dsn", "请填写连接串，如 weibox:密码@tcp(127.0.0.1:3306)/weibox", "say where it is, e.g. weibox:password@tcp(127.0.0.1:3306)/weibox")
		}
		if c.Redis.InProcess() {
			p.add("redis.address", "使用 mysql 时需要独立的 Redis（6.2 以上），请填写地址，如 127.0.0.1:6379", "mysql needs a Redis of its own (6.2 or later); set its address, e.g. 127.0.0.1:6379")
		}
	}
}

// existing is the folder itself or the nearest above it that is already there.
func existing(folder string) string {
	folder, err := filepath.Abs(folder)
	for err == nil && folder != filepath.Dir(folder) {
		if _, missing := os.Stat(folder); missing == nil {
			break
		}
		folder = filepath.Dir(folder)
	}
	return folder
}

func (c Config) checkRedis(p *Problems) {
	sentinel := c.Redis.Sentinel
	if c.Redis.Address != "" && len(sentinel.Addresses) > 0 {
		p.add("redis.address", "与 redis.sentinel 只能二选一", "set either this or redis.sentinel, not both")
	}
	if (len(sentinel.Addresses) > 0) != (sentinel.Master != "") {
		p.add("redis.sentinel", "addresses 与 master 要一起填写", "set addresses and master together")
	}
	for _, address := range append([]string{c.Redis.Address}, sentinel.Addresses...) {
		if _, _, err := net.SplitHostPort(address); err != nil && address != "" {
			p.add("redis.address", address+" 要写成 地址:端口", "write "+address+" as address:port")
		}
	}
}

func (w Weibo) check(p *Problems) {
	oneOf(p, "weibo.api_family", w.Family, OpenFamily, CommercialFamily)
	if (w.AppKey == "") != (w.AppSecret == "") {
		p.add("weibo.app_key", "app_key 与 app_secret 要一起填写（open.weibo.com → 我的应用 → 应用信息）", "set app_key and app_secret together (open.weibo.com → my apps → app information)")
	}
	for key, address := range map[string]string{
		"authorize_url": w.AuthorizeURL, "token_url": w.TokenURL, "api_url": w.APIURL, "commercial_api_url": w.CommercialAPIURL,
		"message_url": w.MessageURL, "remind_url": w.RemindURL, "upload_url": w.UploadURL,
	} {
		if u, err := url.Parse(address); err != nil || !slices.Contains([]string{"http", "https"}, u.Scheme) || u.Host == "" {
			p.add("weibo."+key, "要写成 https:// 开头的完整地址", "write a whole address that begins with https://")
		}
	}
	if _, err := netip.ParseAddr(w.FallbackIP); err != nil && w.FallbackIP != "" {
		p.add("weibo.fallback_ip", "要写一个 IP 地址", "write an IP address")
	}
}

// mayBeZero are the numbers for which nothing is a meaning of its own; the rest must be more than nothing.
func mayBeZero(key string) bool {
	return strings.HasPrefix(key, "weibo.quotas.") ||
		slices.Contains([]string{"redis.db", "sending.undo_public", "sending.undo_private", "jobs.task_check_interval", "weibo.dm_allowance", "weibo.mention_allowance"}, key)
}

// checkNumbers looks at every number and duration there is, so that a new one is not forgotten.
func (c Config) checkNumbers(p *Problems) {
	k := c.settings()
	for _, key := range k.Keys() {
		sign, isNumber := signOf(k.Get(key))
		switch {
		case !isNumber || sign > 0 || sign == 0 && mayBeZero(key):
		case mayBeZero(key):
			p.add(key, "不能小于 0", "must not be less than 0")
		default:
			p.add(key, "要大于 0", "must be more than 0")
		}
	}
}

func signOf(value any) (sign int, isNumber bool) {
	v := reflect.ValueOf(value)
	switch {
	case v.CanInt():
		return int(min(1, max(-1, v.Int()))), true
	case v.CanFloat():
		return map[bool]int{true: 1}[v.Float() > 0], true
	}
	return 0, false
}

// checkTimes looks at durations that only make sense together.
func (c Config) checkTimes(p *Problems) {
	if c.Sending.Lease <= c.Weibo.CallTimeout {
		p.add("sending.lease", "要比 weibo.call_timeout 长，否则还在发送的回复会被当成下落不明", "must be longer than weibo.call_timeout, or an answer still on its way counts as lost")
	}
	if c.Polling.Floor < c.Polling.Every {
		p.add("polling.floor", "不能短于 polling.every", "must not be shorter than polling.every")
	}
	if c.Sessions.Absolute < c.Sessions.Idle {
		p.add("sessions.absolute", "不能短于 sessions.idle", "must not be shorter than sessions.idle")
	}
	if c.Weibo.CallTimeout < c.Weibo.DialTimeout {
		p.add("weibo.call_timeout", "不能短于 weibo.dial_timeout", "must not be shorter than weibo.dial_timeout")
	}
	if c.Retention.Changes < time.Minute {
		p.add("retention.changes", "不能短于 1 分钟，否则浏览器断线后总要重新加载", "must be a minute or more, or browsers load anew after every break")
	}
}

// settings are the values by their full names.
func (c Config) settings() *koanf.Koanf {
	k := koanf.New(separator)
	_ = k.Load(structs.Provider(c, "koanf"), nil) // a struct in memory always loads
	return k
}
