// Package configs reads what an operator can set: defaults, then a YAML file, then the environment. It knows nothing of the program that
// uses the settings; config.example.yaml shows every one of them.
package configs

import "time"

// Config is every setting of the program. The tag of a field is its name in the file; Load says how it is named in the environment.
type Config struct {
	PublicURL      string   `koanf:"public_url"`
	Listen         string   `koanf:"listen"`
	AdminListen    string   `koanf:"admin_listen"`
	Data           string   `koanf:"data"`
	Roles          []string `koanf:"roles"`
	TrustedProxies []string `koanf:"trusted_proxies"`
	InsecureCookie bool     `koanf:"insecure_cookie"`
	MasterKeys     Secret   `koanf:"master_keys"`

	Log       Log       `koanf:"log"`
	Database  Database  `koanf:"database"`
	Redis     Redis     `koanf:"redis"`
	Weibo     Weibo     `koanf:"weibo"`
	Polling   Polling   `koanf:"polling"`
	Sending   Sending   `koanf:"sending"`
	Sessions  Sessions  `koanf:"sessions"`
	Jobs      Jobs      `koanf:"jobs"`
	Retention Retention `koanf:"retention"`
	Limits    Limits    `koanf:"limits"`
}

// What a process can be for. One process may have several roles.
const (
	RoleAPI       = "api"       // browsers and webhooks
	RoleWorker    = "worker"    // polls, sends, sorts
	RoleScheduler = "scheduler" // plans polls, sweeps; one at a time leads
)

// Log says what is written about the program's work, on standard error.
type Log struct {
	Level  string `koanf:"level"`  // debug, info, warn, error
	Format string `koanf:"format"` // text, json
}

// The kinds of database.
const (
	SQLite = "sqlite" // a file in the data folder; one process
	MySQL  = "mysql"  // MariaDB or MySQL; any number of processes
)

// Database says where messages are kept.
type Database struct {
	Engine string `koanf:"engine"`
	DSN    Secret `koanf:"dsn"`  // MySQL: user:password@tcp(host:port)/name
	Pool   int    `koanf:"pool"` // MySQL: connections of one process
}

// Redis carries jobs and wake-ups; nothing in it has to survive.
type Redis struct {
	Address  string   `koanf:"address"`
	Username string   `koanf:"username"`
	Password Secret   `koanf:"password"`
	DB       int      `koanf:"db"`
	TLS      bool     `koanf:"tls"`
	Sentinel Sentinel `koanf:"sentinel"`
}

// Sentinel finds the Redis that leads.
type Sentinel struct {
	Addresses []string `koanf:"addresses"`
	Master    string   `koanf:"master"`
	Password  Secret   `koanf:"password"` // of the sentinels themselves
}

// InProcess says whether the program brings its own Redis, because no other is named.
func (r Redis) InProcess() bool { return r.Address == "" && len(r.Sentinel.Addresses) == 0 }

// The two families of Weibo's API.
const (
	OpenFamily       = "open"
	CommercialFamily = "commercial"
)

// Weibo is the app at open.weibo.com, the addresses of the platform, and its rules with the values it documents (docs/platforms/weibo.md).
type Weibo struct {
	AppKey    string `koanf:"app_key"`
	AppSecret Secret `koanf:"app_secret"`
	Family    string `koanf:"api_family"`

	AuthorizeURL     string `koanf:"authorize_url"`
	TokenURL         string `koanf:"token_url"`
	APIURL           string `koanf:"api_url"`
	CommercialAPIURL string `koanf:"commercial_api_url"`
	MessageURL       string `koanf:"message_url"`
	RemindURL        string `koanf:"remind_url"`
	UploadURL        string `koanf:"upload_url"`

	Scopes     []string `koanf:"scopes"`
	FallbackIP string   `koanf:"fallback_ip"`

	CommentLength    int           `koanf:"comment_length"`
	DMLength         int           `koanf:"dm_length"`
	DMWindow         time.Duration `koanf:"dm_window"`
	DMAllowance      int           `koanf:"dm_allowance"`
	MentionWindow    time.Duration `koanf:"mention_window"`
	MentionAllowance int           `koanf:"mention_allowance"`

	PageSize      int           `koanf:"page_size"`
	Overlap       time.Duration `koanf:"overlap"`
	ImportDepth   time.Duration `koanf:"import_depth"`
	PushFreshness time.Duration `koanf:"push_freshness"`
	ReadBackPages int           `koanf:"read_back_pages"`
	ReadBackSkew  time.Duration `koanf:"read_back_skew"`

	TooOftenPause time.Duration `koanf:"too_often_pause"`
	CaptchaPause  time.Duration `koanf:"captcha_pause"`

	DialTimeout time.Duration `koanf:"dial_timeout"`
	CallTimeout time.Duration `koanf:"call_timeout"`
	MaxAnswer   int64         `koanf:"max_answer"` // bytes
	MaxMedia    int64         `koanf:"max_media"`  // bytes

	Quotas WeiboQuotas `koanf:"quotas"`
}

// WeiboQuotas are Weibo's limits on calls. Zero is unlimited.
type WeiboQuotas struct {
	AccountPerDay            int `koanf:"account_per_day"`
	AccountPerHour           int `koanf:"account_per_hour"`
	WritesPerHour            int `koanf:"writes_per_hour"`
	FansServicePerHour       int `koanf:"fans_service_per_hour"`
	AppPerHour               int `koanf:"app_per_hour"`
	AddressPerHour           int `koanf:"address_per_hour"`
	CommercialAddressPerHour int `koanf:"commercial_address_per_hour"`
	CommercialWritesPerHour  int `koanf:"commercial_writes_per_hour"`
}

// Polling is the reading of what a platform does not push.
type Polling struct {
	Every    time.Duration `koanf:"every"`    // no source is asked more often
	Floor    time.Duration `koanf:"floor"`    // none is left alone for longer, where the quotas allow it
	Evenness float64       `koanf:"evenness"` // 1: the least mean delay; more: fewer long waits
}

// Sending is the way out.
type Sending struct {
	UndoPublic  time.Duration `koanf:"undo_public"`  // how long a public answer waits, so that it can be taken back
	UndoPrivate time.Duration `koanf:"undo_private"` // the same for private messages
	Lease       time.Duration `koanf:"lease"`        // how long an attempt may take before it counts as lost
}

// Sessions says how long a person stays signed in.
type Sessions struct {
	Idle     time.Duration `koanf:"idle"`     // without a request
	Absolute time.Duration `koanf:"absolute"` // whatever happens
}

// Jobs is the work in the background.
type Jobs struct {
	Concurrency       int           `koanf:"concurrency"`         // answers on their way at once; the other classes of work get a part of it each
	TaskCheckInterval time.Duration `koanf:"task_check_interval"` // how often an idle worker looks for work; 0: by the kind of Redis
}

// TaskCheckInterval is how often an idle worker asks Redis for work. Unset, it is what costs little: 20 ms, or 50 ms where Redis shares
// the process.
func (c Config) TaskCheckInterval() time.Duration {
	switch {
	case c.Jobs.TaskCheckInterval > 0:
		return c.Jobs.TaskCheckInterval
	case c.Redis.InProcess():
		return 50 * time.Millisecond
	default:
		return 20 * time.Millisecond
	}
}

// Retention says how long things are kept that are needed for a while only.
type Retention struct {
	Changes time.Duration `koanf:"changes"` // what a browser can catch up on after a break; older than that it loads anew
}

// Limits are what one request, one person and everybody together may cost.
type Limits struct {
	ReadHeader  time.Duration `koanf:"read_header"`
	Read        time.Duration `koanf:"read"`
	Write       time.Duration `koanf:"write"`
	Idle        time.Duration `koanf:"idle"`
	HeaderBytes int           `koanf:"header_bytes"`
	Connections int           `koanf:"connections"`
	Body        int64         `koanf:"body"`      // bytes
	HookBody    int64         `koanf:"hook_body"` // bytes

	Urgent   int           `koanf:"urgent"` // requests at once: answering fans, taking webhooks in
	Entering int           `koanf:"entering"`
	Reading  int           `koanf:"reading"`
	Slow     int           `koanf:"slow"`
	Wait     time.Duration `koanf:"wait"`
	Query    time.Duration `koanf:"query"`

	PersonRate     float64 `koanf:"person_rate"` // requests a second
	PersonBurst    int     `koanf:"person_burst"`
	WorkspaceRate  float64 `koanf:"workspace_rate"`
	WorkspaceBurst int     `koanf:"workspace_burst"`

	StreamsEach int           `koanf:"streams_each"`
	StreamWrite time.Duration `koanf:"stream_write"`
	StreamLook  time.Duration `koanf:"stream_look"`
	StreamBeat  time.Duration `koanf:"stream_beat"`
	StreamPause time.Duration `koanf:"stream_pause"`
}
