package jobs

import (
	"context"
	"crypto/rand"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"strconv"
	"strings"
	"time"

	"weibox/inbox"

	"github.com/alicebob/miniredis/v2"
	"github.com/redis/go-redis/v9"
)

// RedisConfig says where Redis is. Without an address, one runs inside the process.
type RedisConfig struct {
	Address          string
	Username         string
	Password         string
	DB               int
	TLS              bool
	Sentinels        []string // with Master: addresses of the sentinels
	Master           string
	SentinelPassword string
}

// Redis is a connection, and the server itself where it runs inside the process.
type Redis struct {
	redis.UniversalClient
	InProcess bool
	inside    *miniredis.Miniredis
	stop      chan struct{}
}

// OpenRedis connects. It does not fail when Redis is away: Redis is disposable, and work goes on when it comes back.
func OpenRedis(cfg RedisConfig) (*Redis, error) {
	if cfg.Address == "" && len(cfg.Sentinels) == 0 {
		return insideRedis()
	}
	options := &redis.UniversalOptions{Addrs: []string{cfg.Address}, Username: cfg.Username, Password: cfg.Password,
		SentinelPassword: cfg.SentinelPassword, DB: cfg.DB, DialTimeout: 2 * time.Second,
		ReadTimeout: 3 * time.Second, WriteTimeout: 3 * time.Second}
	if len(cfg.Sentinels) > 0 {
		options.Addrs, options.MasterName = cfg.Sentinels, cfg.Master
	}
	if cfg.TLS {
		options.TLSConfig = &tls.Config{MinVersion: tls.VersionTLS12}
	}
	r := &Redis{UniversalClient: redis.NewUniversalClient(options)}
	r.AddHook(breather{})
	return r, nil
}

// insideRedis starts a Redis in this process, on loopback behind a password. Its keys would live for ever if its clock were not pushed.
func insideRedis() (*Redis, error) {
	server := miniredis.NewMiniRedis()
	password := rand.Text()
	server.RequireAuth(password)
	if err := server.StartAddr("127.0.0.1:0"); err != nil {
		return nil, fmt.Errorf("start the in-process Redis: %w", err)
	}
	r := &Redis{UniversalClient: redis.NewUniversalClient(&redis.UniversalOptions{Addrs: []string{server.Addr()}, Password: password, PoolSize: 20}),
		InProcess: true, inside: server, stop: make(chan struct{})}
	r.AddHook(breather{})
	go r.pushClock()
	return r, nil
}

func (r *Redis) pushClock() {
	ticker := time.NewTicker(time.Second)
	defer ticker.Stop()
	for {
		select {
		case <-ticker.C:
			r.inside.FastForward(time.Second)
		case <-r.stop:
			return
		}
	}
}

// Close lets go of the connections, and ends an inside server.
func (r *Redis) Close() error {
	err := r.UniversalClient.Close()
	if r.InProcess {
		close(r.stop)
		r.inside.Close()
	}
	return err
}

// Problems says what about the server breaks a promise, or makes work late.
func (r *Redis) Problems(ctx context.Context) []inbox.Sentence {
	if r.InProcess {
		return nil
	}
	info, err := r.Info(ctx, "server", "memory").Result()
	if err != nil {
		return []inbox.Sentence{{ZH: "连不上 Redis：不会丢消息，但分配与发送会推迟到它恢复。请检查 Redis", EN: "Redis does not answer: nothing is lost, but routing and sending wait for it. Look after Redis"}}
	}
	return append(oldVersion(field(info, "redis_version")), eviction(field(info, "maxmemory_policy"))...)
}

func field(info, name string) string {
	for line := range strings.Lines(info) {
		if value, ok := strings.CutPrefix(strings.TrimSpace(line), name+":"); ok {
			return value
		}
	}
	return ""
}

func oldVersion(version string) []inbox.Sentence {
	parts := strings.SplitN(version, ".", 3)
	if len(parts) < 2 {
		return nil
	}
	major, _ := strconv.Atoi(parts[0])
	minor, _ := strconv.Atoi(parts[1])
	if major > 6 || major == 6 && minor >= 2 {
		return nil
	}
	return []inbox.Sentence{{ZH: "Redis " + version + " 版本过低，请升级到 6.2 或以上", EN: "Redis " + version + " is too old: update it to 6.2 or newer"}}
}

func eviction(policy string) []inbox.Sentence {
	if policy == "" || policy == "noeviction" {
		return nil
	}
	return []inbox.Sentence{{ZH: "Redis 会驱逐键（maxmemory-policy " + policy + "），任务会延迟。请设置为 noeviction",
		EN: "Redis evicts keys (maxmemory-policy " + policy + "), so work is late: set it to noeviction"}}
}

// breather pauses after an error. asynq asks again at once when a command fails, which would burn a whole core for as long as Redis is in
// trouble.
type breather struct{}

const breath = 200 * time.Millisecond

func (breather) DialHook(next redis.DialHook) redis.DialHook {
	return func(ctx context.Context, network, addr string) (net.Conn, error) { return next(ctx, network, addr) }
}

func (breather) ProcessHook(next redis.ProcessHook) redis.ProcessHook {
	return func(ctx context.Context, cmd redis.Cmder) error {
		err := next(ctx, cmd)
		if troubled(err) {
			rest(ctx)
		}
		return err
	}
}

func (breather) ProcessPipelineHook(next redis.ProcessPipelineHook) redis.ProcessPipelineHook {
	return func(ctx context.Context, cmds []redis.Cmder) error {
		err := next(ctx, cmds)
		if troubled(err) {
			rest(ctx)
		}
		return err
	}
}

// troubled leaves out what asynq's scripts answer in good health: nothing there, or a task id that exists, or a script not yet loaded.
func troubled(err error) bool {
	if err == nil || errors.Is(err, redis.Nil) || errors.Is(err, context.Canceled) {
		return false
	}
	return !redis.HasErrorPrefix(err, "NOSCRIPT") && !redis.HasErrorPrefix(err, "ERR")
}

func rest(ctx context.Context) {
	select {
	case <-time.After(breath):
	case <-ctx.Done():
	}
}
