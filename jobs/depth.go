package jobs

import (
	"context"
	"time"

	"github.com/redis/go-redis/v9"
)

// Depth is what waits in one queue of Redis. Hints are not the truth, but their age says whether work is done.
type Depth struct {
	Queue   string
	Waiting int           // due now
	Active  int           // being worked on
	Orphans int           // taken by a worker that nobody hears of any more; the sweeper does their work
	Oldest  time.Duration // the oldest that is due has waited so long
}

// Depths looks at every queue. It reads asynq's own keys, because asynq's inspector also asks for the memory they take, which costs more than
// everything else and which the in-process Redis cannot tell.
func Depths(ctx context.Context, r *Redis, now time.Time) ([]Depth, error) {
	var list []Depth
	for _, queue := range queues {
		keys := "asynq:{" + queue + "}:"
		pipe := r.Pipeline()
		waiting, active, leased := pipe.LLen(ctx, keys+"pending"), pipe.LLen(ctx, keys+"active"), pipe.ZCard(ctx, keys+"lease")
		oldest := pipe.LIndex(ctx, keys+"pending", -1)
		if _, err := pipe.Exec(ctx); err != nil && err != redis.Nil {
			return nil, err
		}
		d := Depth{Queue: queue, Waiting: int(waiting.Val()), Active: int(active.Val()), Orphans: int(max(0, active.Val()-leased.Val()))}
		if since, err := r.HGet(ctx, keys+"t:"+oldest.Val(), "pending_since").Int64(); err == nil {
			d.Oldest = now.Sub(time.Unix(0, since))
		}
		list = append(list, d)
	}
	return list, nil
}
