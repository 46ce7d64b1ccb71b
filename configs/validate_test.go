package configs

import (
	"crypto/rand"
	"encoding/base64"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode"
)

func local(string) string { return "" }

func ring(names ...string) Secret {
	var entries []string
	for _, name := range names {
		key := make([]byte, 32)
		_, _ = rand.Read(key)
		entries = append(entries, name+":"+base64.StdEncoding.EncodeToString(key))
	}
	return Secret(strings.Join(entries, ","))
}

// small is one process on one machine; large is several with MySQL and Redis. Both are in order.
func small() Config {
	c := Default()
	c.PublicURL = "https://inbox.example.com"
	return c
}

func large() Config {
	c := small()
	c.Roles = []string{RoleWorker}
	c.Database = Database{Engine: MySQL, DSN: "weibox:tiger@tcp(db:3306)/weibox", Pool: 12}
	c.Redis.Address = "redis:6379"
	c.MasterKeys = ring("k2", "k1")
	return c
}

func TestASmallAndALargeServerAreInOrder(t *testing.T) {
	for _, c := range []Config{small(), large()} {
		if err := c.validate(local); err != nil {
			t.Error(err)
		}
	}
}

func TestWhatWouldKeepAServerFromRunningWellIsAProblem(t *testing.T) {
	weakKey := Secret("k1:" + base64.StdEncoding.EncodeToString(make([]byte, 32)))
	shortKey := Secret("k1:" + base64.StdEncoding.EncodeToString([]byte("0123456789abcdef")))
	for name, tc := range map[string]struct {
		from    Config
		spoil   func(*Config)
		problem string
	}{
		"no public address":                     {small(), func(c *Config) { c.PublicURL = "" }, "public_url"},
		"a public address without a scheme":     {small(), func(c *Config) { c.PublicURL = "inbox.example.com" }, "public_url"},
		"a public address with a path":          {small(), func(c *Config) { c.PublicURL += "/inbox" }, "public_url"},
		"http in public":                        {small(), func(c *Config) { c.PublicURL = "http://inbox.example.com" }, "public_url"},
		"http on a network":                     {small(), func(c *Config) { c.PublicURL = "http://192.168.1.5:8080" }, "public_url"},
		"a listener without a port":             {small(), func(c *Config) { c.Listen = "8080" }, "listen"},
		"two listeners on one port":             {small(), func(c *Config) { c.AdminListen = "127.0.0.1:8080" }, "admin_listen"},
		"no role":                               {large(), func(c *Config) { c.Roles = nil }, "roles"},
		"an unknown role":                       {large(), func(c *Config) { c.Roles = []string{"web"} }, "roles"},
		"some roles without a Redis to share":   {small(), func(c *Config) { c.Roles = []string{RoleAPI, RoleWorker} }, "roles"},
		"a proxy that is no address":            {small(), func(c *Config) { c.TrustedProxies = []string{"10.0.0.0/8", "proxy"} }, "trusted_proxies"},
		"an unknown level":                      {small(), func(c *Config) { c.Log.Level = "loud" }, "log.level"},
		"an unknown format":                     {small(), func(c *Config) { c.Log.Format = "xml" }, "log.format"},
		"mysql without keys":                    {large(), func(c *Config) { c.MasterKeys = "" }, "master_keys"},
		"a key that is all zeroes":              {large(), func(c *Config) { c.MasterKeys = weakKey }, "master_keys"},
		"a key that is too short":               {small(), func(c *Config) { c.MasterKeys = shortKey }, "master_keys"},
		"a key that is not base64":              {small(), func(c *Config) { c.MasterKeys = "k1:secret!" }, "master_keys"},
		"a key without a name":                  {small(), func(c *Config) { c.MasterKeys = ring("") }, "master_keys"},
		"two keys of one name":                  {large(), func(c *Config) { c.MasterKeys = ring("k1", "k1") }, "master_keys"},
		"an unknown engine":                     {small(), func(c *Config) { c.Database.Engine = "oracle" }, "database.engine"},
		"mysql that is nowhere":                 {large(), func(c *Config) { c.Database.DSN = "" }, "database.dsn"},
		"a mysql address for sqlite":            {small(), func(c *Config) { c.Database.DSN = "x" }, "database.dsn"},
		"mysql without a Redis":                 {large(), func(c *Config) { c.Redis.Address, c.Roles = "", Default().Roles }, "redis.address"},
		"no folder":                             {small(), func(c *Config) { c.Data = "" }, "data"},
		"two ways to Redis":                     {large(), func(c *Config) { c.Redis.Sentinel = Sentinel{Addresses: []string{"s:26379"}, Master: "m"} }, "redis.address"},
		"sentinels of nothing":                  {large(), func(c *Config) { c.Redis.Address, c.Redis.Sentinel.Addresses = "", []string{"s:26379"} }, "redis.sentinel"},
		"a Redis without a port":                {large(), func(c *Config) { c.Redis.Address = "redis" }, "redis.address"},
		"an unknown family":                     {small(), func(c *Config) { c.Weibo.Family = "free" }, "weibo.api_family"},
		"an app without its secret":             {small(), func(c *Config) { c.Weibo.AppKey = "1" }, "weibo.app_key"},
		"an address of Weibo that is none":      {small(), func(c *Config) { c.Weibo.RemindURL = "rm.api.weibo.com" }, "weibo.remind_url"},
		"a fallback that is no address":         {small(), func(c *Config) { c.Weibo.FallbackIP = "here" }, "weibo.fallback_ip"},
		"a pace of nothing":                     {small(), func(c *Config) { c.Polling.Every = 0 }, "polling.every"},
		"a negative pause":                      {small(), func(c *Config) { c.Sending.UndoPublic = -time.Second }, "sending.undo_public"},
		"a negative quota":                      {small(), func(c *Config) { c.Weibo.Quotas.AppPerHour = -1 }, "weibo.quotas.app_per_hour"},
		"a rate of nothing":                     {small(), func(c *Config) { c.Limits.PersonRate = 0 }, "limits.person_rate"},
		"a lease shorter than a call":           {small(), func(c *Config) { c.Sending.Lease = 9 * time.Second }, "sending.lease"},
		"sessions that end before they idle":    {small(), func(c *Config) { c.Sessions.Absolute = time.Hour }, "sessions.absolute"},
		"a call that ends before it is dialled": {small(), func(c *Config) { c.Weibo.CallTimeout = time.Second }, "weibo.call_timeout"},
		"changes nobody can catch up on":        {small(), func(c *Config) { c.Retention.Changes = time.Second }, "retention.changes"},
	} {
		t.Run(name, func(t *testing.T) {
			tc.spoil(&tc.from)
			if got := problemKeys(t, tc.from.validate(local)); !slices.Contains(got, tc.problem) {
				t.Errorf("problems with %v, want %s", got, tc.problem)
			}
		})
	}
}

func TestWhatAnOperatorMayWantIsNoProblem(t *testing.T) {
	for name, allow := range map[string]func(*Config){
		"http on this machine":         func(c *Config) { c.PublicURL = "http://localhost:8080/" },
		"http on loopback":             func(c *Config) { c.PublicURL = "http://[::1]:8080" },
		"http where he takes the risk": func(c *Config) { c.PublicURL, c.InsecureCookie = "http://inbox.lan", true },
		"any free port":                func(c *Config) { c.Listen, c.AdminListen = "127.0.0.1:0", "127.0.0.1:0" },
		"nobody to watch":              func(c *Config) { c.AdminListen = "" },
		"unlimited quotas":             func(c *Config) { c.Weibo.Quotas = WeiboQuotas{} },
		"no time to undo":              func(c *Config) { c.Sending.UndoPublic = 0 },
		"his own keys with sqlite":     func(c *Config) { c.MasterKeys = ring("k1") },
		"sentinels": func(c *Config) {
			c.Redis.Sentinel = Sentinel{Addresses: []string{"a:26379", "b:26379"}, Master: "weibox"}
		},
	} {
		c := small()
		allow(&c)
		if err := c.validate(local); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestSQLiteIsRefusedOnANetworkDiskAlsoBeforeItsFolderIsMade(t *testing.T) {
	mounted := t.TempDir()
	nfs := func(folder string) string {
		if folder == mounted {
			return "NFS"
		}
		return ""
	}
	c := small()
	c.Data = filepath.Join(mounted, "not", "yet")
	if got := problemKeys(t, c.validate(nfs)); !slices.Equal(got, []string{"data"}) {
		t.Errorf("problems with %v", got)
	}
	c = large()
	c.Data = mounted
	if err := c.validate(nfs); err != nil {
		t.Errorf("mysql does not mind: %v", err)
	}
}

func TestAllProblemsAreToldAtOnceInBothLanguagesWithoutSecrets(t *testing.T) {
	c := large()
	c.PublicURL, c.Listen, c.Redis.Address, c.MasterKeys, c.Polling.Every = "", "x", "", "k1:tiger", 0
	err := c.validate(local)
	if got := problemKeys(t, err); len(got) < 5 {
		t.Errorf("only %v", got)
	}
	if strings.Contains(err.Error(), "tiger") {
		t.Errorf("a secret is in %s", err)
	}
	for _, p := range err.(Problems) {
		if !strings.ContainsFunc(p.ZH, func(r rune) bool { return unicode.Is(unicode.Han, r) }) || p.EN == "" {
			t.Errorf("%s says %q and %q", p.Key, p.ZH, p.EN)
		}
	}
}

func TestEveryNumberMustBeMoreThanNothingUnlessNothingMeansSomething(t *testing.T) {
	k := Default().settings()
	for _, key := range k.Keys() {
		if _, isNumber := signOf(k.Get(key)); !isNumber {
			continue
		}
		c, err := Load("", []string{Variable(key) + "=" + zeroOf(k.Get(key))})
		if err != nil {
			t.Fatal(err)
		}
		c.PublicURL = small().PublicURL
		if refused := slices.Contains(problemKeys(t, c.validate(local)), key); refused == mayBeZero(key) {
			t.Errorf("%s of 0: refused is %v", key, refused)
		}
	}
}

func zeroOf(value any) string {
	if _, ok := value.(time.Duration); ok {
		return "0s"
	}
	return fmt.Sprint(0)
}
