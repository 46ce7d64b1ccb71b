package chaos

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/hibiken/asynq"
	"github.com/redis/go-redis/v9"
	"golang.org/x/sys/unix"
)

// cutRedis cuts answers of Redis off: what was asked for is done, and nobody hears of it. asynq then runs tasks twice, loses some, and takes
// its own tasks for somebody else's.
func (p *proof) cutRedis(ctx context.Context) (int, error) {
	return p.cut(ctx, p.house.redisLine)
}

// cutDatabase does the same to commits: the transaction is there, or not.
func (p *proof) cutDatabase(ctx context.Context) (int, error) {
	return p.cut(ctx, p.house.dbLine)
}

func (p *proof) cut(ctx context.Context, line *relay) (int, error) {
	before := line.done.Load()
	for range p.plan.Rounds * 4 {
		line.cuts.Add(5)
		sleep(ctx, 500*time.Millisecond)
	}
	line.cuts.Store(0)
	return int(line.done.Load() - before), nil
}

func (p *proof) redis() *redis.Client {
	return redis.NewClient(&redis.Options{Addr: p.house.redis.address})
}

func (p *proof) flushRedis(ctx context.Context) (int, error) {
	client := p.redis()
	defer func() { _ = client.Close() }()
	for range p.plan.Rounds * 3 {
		if err := client.FlushDB(ctx).Err(); err != nil {
			return 0, err
		}
		sleep(ctx, time.Second)
	}
	return p.plan.Rounds * 3, nil
}

// starveRedis lets Redis refuse every write. asynq asks again at once, which must not cost a processor.
func (p *proof) starveRedis(ctx context.Context) (int, error) {
	client := p.redis()
	defer func() { _ = client.Close() }()
	if err := client.ConfigSet(ctx, "maxmemory", "1").Err(); err != nil {
		return 0, err
	}
	busy := p.idle(ctx)
	return 1, errors.Join(busy, client.ConfigSet(ctx, "maxmemory", "0").Err())
}

func (p *proof) stopRedis(ctx context.Context) (int, error) {
	p.house.redis.kill()
	busy := p.idle(ctx)
	return 1, errors.Join(busy, p.house.redis.start(ctx))
}

const mostBusy = 0.5 // of one processor

// idle lets time go by without fans and says whether a process keeps itself busy.
func (p *proof) idle(ctx context.Context) error {
	pace := p.crowd.pace.Swap(0)
	defer p.crowd.pace.Store(pace)
	sleep(ctx, time.Second)
	var before []time.Duration
	for _, each := range p.house.processes {
		used, err := each.processorTime()
		if err != nil {
			return err
		}
		before = append(before, used)
	}
	sleep(ctx, p.plan.Outage)
	for i, each := range p.house.processes {
		used, err := each.processorTime()
		if err != nil {
			return err
		}
		share := (used - before[i]).Seconds() / p.plan.Outage.Seconds()
		p.busiest = max(p.busiest, share)
		if share > mostBusy {
			return fmt.Errorf("%v used %.0f %% of a processor while Redis was away", each.args, 100*share)
		}
	}
	return nil
}

func (p *proof) killDatabase(ctx context.Context) (int, error) {
	for range p.plan.Rounds {
		p.house.mariadb.kill()
		sleep(ctx, time.Second)
		if err := p.house.mariadb.start(ctx); err != nil {
			return 0, err
		}
		sleep(ctx, 3*time.Second)
	}
	return p.plan.Rounds, nil
}

// overlapJobs enqueues the delivery of each answer many times over, as asynq does by itself when an acknowledgement fails or a handler is slow:
// several copies run at once.
func (p *proof) overlapJobs(ctx context.Context) (int, error) {
	client := asynq.NewClient(asynq.RedisClientOpt{Addr: p.house.redis.address})
	defer func() { _ = client.Close() }()
	copies := 0
	for range p.plan.Rounds * 10 {
		err := p.house.each(ctx, "SELECT workspace_id, id FROM outbox WHERE state IN ('queued', 'sending') OR id > (SELECT MAX(id) - 5 FROM outbox)", func(scan func(...any) error) error {
			var workspace, id string
			if err := scan(&workspace, &id); err != nil {
				return err
			}
			payload, err := json.Marshal(map[string]string{"workspace_id": workspace, "outbox_id": id})
			if err != nil {
				return err
			}
			for range 4 {
				if _, err := client.EnqueueContext(ctx, asynq.NewTask("message.deliver", payload), asynq.Queue("deliver"), asynq.MaxRetry(5)); err != nil {
					return err
				}
				copies++
			}
			return nil
		})
		if err != nil {
			return copies, err
		}
		sleep(ctx, 200*time.Millisecond)
	}
	return copies, nil
}

// fillDisk leaves the database no room for a while. Nothing may be acknowledged then.
func (p *proof) fillDisk(ctx context.Context) (int, error) {
	if !p.house.ownDisk {
		return 0, nil
	}
	filler := filepath.Join(p.house.folder, "data", "filler")
	for range p.plan.Rounds {
		if err := fill(filler); err != nil {
			return 0, err
		}
		sleep(ctx, 2*time.Second)
		if err := os.Remove(filler); err != nil {
			return 0, err
		}
		sleep(ctx, 2*time.Second)
	}
	return p.plan.Rounds, nil
}

// fill writes until there is no room.
func fill(path string) error {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	for size := 1 << 20; size >= 1; {
		if _, err := f.Write(make([]byte, size)); errors.Is(err, unix.ENOSPC) {
			size /= 16
		} else if err != nil {
			return errors.Join(err, f.Close())
		}
	}
	return f.Close()
}

// ownDiskSize is room enough for the long form; memory is taken only as it fills.
const ownDiskSize = "size=600m"

// mountDisk puts the data on a disk of its own, so that it can be filled without hurting anybody. That takes the right to mount.
func (h *house) mountDisk(context.Context) error {
	data := filepath.Join(h.folder, "data")
	if err := os.MkdirAll(data, 0o700); err != nil || h.engine != SQLite {
		return err
	}
	if err := unix.Mount("none", data, "tmpfs", 0, ownDiskSize); err != nil {
		return nil // the proof then goes without a full disk, and its table says so
	}
	h.ownDisk = true
	h.later(func() { _ = unix.Unmount(data, unix.MNT_DETACH) })
	return nil
}
