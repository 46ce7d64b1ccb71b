package store

import (
	"context"
	"time"

	"weibox/inbox"
)

// clockMayLag is how far behind the newest stored instant our clock may be: processes on several machines are never quite together.
const clockMayLag = 30 * time.Second

// Problems says what about the database or the clock breaks a promise.
func (y *System) Problems(ctx context.Context) []inbox.Sentence {
	var newest at
	if err := y.db(ctx).Raw("SELECT MAX(at) FROM changes").Row().Scan(&newest); err != nil {
		return []inbox.Sentence{{ZH: "数据库没有响应：新消息暂不能入库，平台会重新推送。请检查数据库", EN: "the database does not answer: nothing can be stored and platforms will push again. Look after the database"}}
	}
	if lag := newest.Sub(y.store.now()); lag > clockMayLag {
		return []inbox.Sentence{{ZH: "系统时钟倒退了 " + lag.Round(time.Second).String() + "：回复窗口和时长会算错。请用 NTP 校准时钟",
			EN: "the clock is " + lag.Round(time.Second).String() + " behind what was stored: windows and durations come out wrong. Set it by NTP"}}
	}
	return nil
}

// DeadLetterCount is how many pushes and items of the workspace could not be read.
func (s *Store) DeadLetterCount(ctx context.Context, viewer inbox.Agent) (n int, err error) {
	err = s.reading(ctx).Raw("SELECT COUNT(*) FROM dead_letters WHERE workspace_id = ? AND replayed_at IS NULL", viewer.WorkspaceID).Row().Scan(&n)
	return n, err
}
