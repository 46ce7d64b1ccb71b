package sim

import (
	"fmt"
	"time"
)

// counter counts the calls of one window of Beijing time.
type counter struct {
	window int64 // its number since 1970
	used   int
}

// counted is a limit over a length of time for one name.
type counted struct {
	name  string
	per   time.Duration
	limit int // 0: none
	code  int
}

const day = 24 * time.Hour

// window returns the number of the window of Beijing time that an instant falls in.
func window(at time.Time, per time.Duration) int64 {
	const offset = 8 * 60 * 60
	return (at.Unix() + offset) / int64(per/time.Second)
}

func (s *Sim) counter(name string, per time.Duration, now time.Time) *counter {
	key, current := fmt.Sprint(name, " ", per), window(now, per)
	c := s.counters[key]
	if c == nil || c.window != current {
		c = &counter{window: current}
		s.counters[key] = c
	}
	return c
}

// spend takes one call from every limit, or from none and says which is used up.
func (s *Sim) spend(limits []counted, now time.Time) *apiError {
	for _, l := range limits {
		if l.limit > 0 && s.counter(l.name, l.per, now).used >= l.limit {
			return l.refusal()
		}
	}
	for _, l := range limits {
		s.counter(l.name, l.per, now).used++
	}
	return nil
}

func (l counted) refusal() *apiError {
	if l.code == codeEndpointLimit {
		return refuse(l.code, l.name)
	}
	return refuse(l.code)
}

// limits returns what a call is charged to.
func (s *Sim) limits(c *call) []counted {
	q := s.opts.Quotas
	switch c.endpoint.charge {
	case chargeCommercial:
		return []counted{{"c " + c.ip, time.Hour, q.CommercialIPPerHour, codeIPLimit}}
	case chargeAddress:
		return []counted{{c.ip, time.Hour, q.IPPerHour, codeIPLimit}}
	case chargeUnread:
		if q.FreeUnreadCount {
			return nil
		}
	case chargeNothing:
		return nil
	}
	return s.userLimits(c)
}

func (s *Sim) userLimits(c *call) []counted {
	q, user := s.opts.Quotas, decimal(c.user.uid)
	limits := []counted{
		{c.ip, time.Hour, q.IPPerHour, codeIPLimit},
		{user, day, q.UserPerDay, codeUserLimit},
		{user, time.Hour, q.UserPerHour, codeUserLimit},
		{user, 5 * time.Minute, q.UserPerFiveMinutes, codeUserLimit},
		{user + " " + c.endpoint.name, time.Hour, q.EndpointPerHour, codeEndpointLimit},
	}
	if c.endpoint.charge == chargeWrite {
		limits = append(limits, counted{user + " writes", time.Hour, q.WritesPerHour, codeTooOften})
	}
	return limits
}

// rateLimitStatus answers account/rate_limit_status, which knows the hour and is silent about the day (§7).
func (s *Sim) rateLimitStatus(c *call) (any, *apiError) {
	q := s.opts.Quotas
	reset := c.now.In(beijing).Truncate(time.Hour).Add(time.Hour)
	hitsLeft := func(name string, limit int) int { return max(0, limit-s.counter(name, time.Hour, c.now).used) }
	return map[string]any{
		"ip_limit":              q.IPPerHour,
		"limit_time_unit":       "HOURS",
		"remaining_ip_hits":     hitsLeft(c.ip, q.IPPerHour),
		"remaining_user_hits":   hitsLeft(decimal(c.user.uid), q.UserPerHour),
		"reset_time":            reset.Format(time.DateTime),
		"reset_time_in_seconds": int(reset.Sub(c.now).Seconds()),
		"user_limit":            q.UserPerHour,
		"api_rate_limits": []any{map[string]any{
			"api": "/comments/create", "limit": q.WritesPerHour, "limit_time_unit": "HOURS",
			"remaining_hits": hitsLeft(decimal(c.user.uid)+" writes", q.WritesPerHour),
		}},
	}, nil
}
