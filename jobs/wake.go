package jobs

import (
	"context"
	"log/slog"
	"strings"
	"sync"
	"time"

	"weibox/inbox"
)

// Wakes tells streams that something was committed in their workspace: at once in this process, through Redis in the others. A wake-up may
// be lost; streams also look by themselves.
type Wakes struct {
	redis   *Redis
	mu      sync.Mutex
	waiting map[inbox.WorkspaceID]map[chan struct{}]bool
	outward chan inbox.WorkspaceID
}

const wakeChannel = "weibox:changed"

var _ inbox.Publisher = (*Wakes)(nil)

// NewWakes makes the wake-up service; other processes hear of changes while Run runs.
func NewWakes(r *Redis) *Wakes {
	return &Wakes{redis: r, waiting: map[inbox.WorkspaceID]map[chan struct{}]bool{}, outward: make(chan inbox.WorkspaceID, 1000)}
}

// Publish wakes everybody who waits for changes of the workspaces.
func (w *Wakes) Publish(workspaces ...inbox.WorkspaceID) {
	for _, id := range workspaces {
		w.wake(id)
		if w.redis.InProcess {
			continue
		}
		select {
		case w.outward <- id:
		default: // so many are waiting that another one will do
		}
	}
}

func (w *Wakes) wake(id inbox.WorkspaceID) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for ch := range w.waiting[id] {
		select {
		case ch <- struct{}{}:
		default: // it has a wake-up waiting
		}
	}
}

// Subscribe gives a channel that fires after commits in the workspace; several commits may be one wake-up.
func (w *Wakes) Subscribe(id inbox.WorkspaceID) (wake <-chan struct{}, cancel func()) {
	ch := make(chan struct{}, 1)
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.waiting[id] == nil {
		w.waiting[id] = map[chan struct{}]bool{}
	}
	w.waiting[id][ch] = true
	return ch, func() {
		w.mu.Lock()
		defer w.mu.Unlock()
		delete(w.waiting[id], ch)
		if len(w.waiting[id]) == 0 {
			delete(w.waiting, id)
		}
	}
}

// Run carries wake-ups between processes until ctx ends.
func (w *Wakes) Run(ctx context.Context) {
	if w.redis.InProcess {
		<-ctx.Done()
		return
	}
	var both sync.WaitGroup
	both.Go(func() { w.send(ctx) })
	both.Go(func() { w.listen(ctx) })
	both.Wait()
}

// send gathers what is waiting, so that a burst of commits is one message.
func (w *Wakes) send(ctx context.Context) {
	for {
		select {
		case first := <-w.outward:
			message := strings.Join(w.gather(first), ",")
			if err := w.redis.Publish(ctx, wakeChannel, message).Err(); err != nil {
				slog.DebugContext(ctx, "wake-up lost; streams look by themselves", "err", err)
			}
		case <-ctx.Done():
			return
		}
	}
}

func (w *Wakes) gather(first inbox.WorkspaceID) []string {
	seen, list := map[inbox.WorkspaceID]bool{first: true}, []string{first.String()}
	for {
		select {
		case id := <-w.outward:
			if !seen[id] {
				seen[id], list = true, append(list, id.String())
			}
		default:
			return list
		}
	}
}

func (w *Wakes) listen(ctx context.Context) {
	for ctx.Err() == nil {
		w.hear(ctx)
		rest(ctx)
	}
}

func (w *Wakes) hear(ctx context.Context) {
	subscription := w.redis.Subscribe(ctx, wakeChannel)
	defer func() { _ = subscription.Close() }()
	messages := subscription.Channel()
	for {
		select {
		case m, ok := <-messages:
			if !ok {
				return
			}
			for text := range strings.SplitSeq(m.Payload, ",") {
				if id, err := inbox.ParseID[inbox.Workspace](text); err == nil {
					w.wake(id)
				}
			}
		case <-time.After(time.Minute): // the client reconnects by itself; this only bounds the wait
		case <-ctx.Done():
			return
		}
	}
}
