package jobs

import (
	"context"
	"os"
	"sync"
	"testing"
	"time"

	"weibox/inbox"
)

// redisServer names a real Redis; without it a small one in this process stands in.
const redisServer = "WEIBOX_TEST_REDIS"

func sharedRedis(t *testing.T) string {
	t.Helper()
	if address := os.Getenv(redisServer); address != "" {
		return address
	}
	return server(t).Addr()
}

// process is the wake-ups of one process of several.
func process(t *testing.T, address string) *Wakes {
	t.Helper()
	w := NewWakes(connect(t, address))
	ctx, cancel := context.WithCancel(context.Background())
	var running sync.WaitGroup
	running.Go(func() { w.Run(ctx) })
	t.Cleanup(running.Wait)
	t.Cleanup(cancel)
	return w
}

func TestACommitWakesTheStreamsOfItsWorkspaceInEveryProcess(t *testing.T) {
	address := sharedRedis(t)
	here, there := process(t, address), process(t, address)
	const mine, other = inbox.WorkspaceID(7001), inbox.WorkspaceID(7002)
	near, cancelNear := here.Subscribe(mine)
	defer cancelNear()
	far, cancelFar := there.Subscribe(mine)
	defer cancelFar()
	stranger, cancelStranger := there.Subscribe(other)
	defer cancelStranger()

	here.Publish(mine)
	within(t, "a stream of the same process wakes", near)
	heard := make(chan struct{})
	go func() { <-far; close(heard) }()
	again := time.NewTicker(10 * time.Millisecond) // until the other process listens
	defer again.Stop()
	for listening := false; !listening; {
		select {
		case <-again.C:
			here.Publish(mine)
		case <-heard:
			listening = true
		case <-time.After(20 * time.Second):
			t.Fatal("a stream of the other process sleeps on")
		}
	}
	select {
	case <-stranger:
		t.Error("a stream of another workspace was woken")
	default:
	}
}

func TestManyCommitsAreOneWakeUpAndACancelledStreamIsForgotten(t *testing.T) {
	w := NewWakes(connect(t, server(t).Addr()))
	wake, cancel := w.Subscribe(1)
	for range 1000 {
		w.Publish(1) // nobody reads: it must not block
	}
	within(t, "the stream wakes", wake)
	select {
	case <-wake:
		t.Error("a thousand commits are more than one wake-up")
	default:
	}
	cancel()
	if len(w.waiting) != 0 {
		t.Errorf("%d workspaces are still waited for", len(w.waiting))
	}
}
