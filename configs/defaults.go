package configs

import "time"

// Default is the program as it runs when nothing is set: one process, everything in one folder, Weibo's documented limits.
func Default() Config {
	return Config{
		Listen:         ":8080",
		AdminListen:    "127.0.0.1:9090",
		Data:           "data",
		Roles:          []string{RoleAPI, RoleWorker, RoleScheduler},
		TrustedProxies: []string{},
		Log:            Log{Level: "info", Format: "text"},
		Database:       Database{Engine: SQLite, Pool: 12},
		Redis:          Redis{Sentinel: Sentinel{Addresses: []string{}}},
		Weibo:          defaultWeibo(),
		Polling:        Polling{Every: 30 * time.Second, Floor: 3 * time.Hour, Evenness: 2},
		Sending:        Sending{UndoPublic: 3 * time.Second, Lease: 15 * time.Second},
		Sessions:       Sessions{Idle: 2 * time.Hour, Absolute: 12 * time.Hour},
		Jobs:           Jobs{Concurrency: 16},
		Retention:      Retention{Changes: 24 * time.Hour},
		Limits:         defaultLimits(),
	}
}

// defaultWeibo holds the documented values (docs/platforms/weibo.md §1, §2, §3, §4.6, §7).
func defaultWeibo() Weibo {
	return Weibo{
		Family:           OpenFamily,
		AuthorizeURL:     "https://api.weibo.com/oauth2/authorize",
		TokenURL:         "https://api.weibo.com/oauth2/access_token",
		APIURL:           "https://api.weibo.com/2",
		CommercialAPIURL: "https://c.api.weibo.com/2",
		MessageURL:       "https://m.api.weibo.com/2",
		RemindURL:        "https://rm.api.weibo.com/2",
		UploadURL:        "https://upload.api.weibo.com/2",
		Scopes:           []string{},
		CommentLength:    140,
		DMLength:         300,
		DMWindow:         48 * time.Hour,
		DMAllowance:      99,
		MentionWindow:    48 * time.Hour,
		MentionAllowance: 1,
		PageSize:         50,
		Overlap:          10 * time.Minute,
		ImportDepth:      72 * time.Hour,
		PushFreshness:    10 * time.Minute,
		ReadBackPages:    2,
		ReadBackSkew:     2 * time.Minute,
		TooOftenPause:    5 * time.Minute,
		CaptchaPause:     30 * time.Minute,
		DialTimeout:      3 * time.Second,
		CallTimeout:      10 * time.Second,
		MaxAnswer:        4 << 20,
		MaxMedia:         20 << 20,
		Quotas: WeiboQuotas{
			AccountPerDay:            100,
			WritesPerHour:            30,
			AddressPerHour:           15_000,
			CommercialAddressPerHour: 50_000,
		},
	}
}

func defaultLimits() Limits {
	return Limits{
		ReadHeader:     5 * time.Second,
		Read:           15 * time.Second,
		Write:          30 * time.Second,
		Idle:           75 * time.Second,
		HeaderBytes:    16 << 10,
		Connections:    2000,
		Body:           256 << 10,
		HookBody:       1 << 20,
		Urgent:         256,
		Entering:       32,
		Reading:        64,
		Slow:           8,
		Wait:           100 * time.Millisecond,
		Query:          3 * time.Second,
		PersonRate:     20,
		PersonBurst:    60,
		WorkspaceRate:  400,
		WorkspaceBurst: 1200,
		StreamsEach:    5,
		StreamWrite:    10 * time.Second,
		StreamLook:     5 * time.Second,
		StreamBeat:     20 * time.Second,
		StreamPause:    50 * time.Millisecond,
	}
}
