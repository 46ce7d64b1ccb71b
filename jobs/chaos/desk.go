package chaos

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"io"
	mathrand "math/rand/v2"
	"net/http"
	"sync"
	"sync/atomic"
	"time"
)

// do makes one call to the API as the agent. A no of the program is errRefused; anything else is of the line.
func (h *house) do(ctx context.Context, method, path string, body any, header http.Header, into any) error {
	var content io.Reader
	if body != nil {
		text, err := json.Marshal(body)
		if err != nil {
			return err
		}
		content = bytes.NewReader(text)
	}
	req, err := http.NewRequestWithContext(ctx, method, "http://"+h.front.address()+path, content)
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", "application/json")
	for name, values := range header {
		req.Header[name] = values
	}
	response, err := h.client.Do(req)
	if err != nil {
		return err
	}
	defer drained(response.Body)
	text, err := io.ReadAll(response.Body)
	switch {
	case err != nil:
		return err
	case response.StatusCode >= 500 || response.StatusCode == http.StatusTooManyRequests:
		return fmt.Errorf("%s %s: %s", method, path, response.Status)
	case response.StatusCode >= 400:
		return fmt.Errorf("%w: %s %s: %s: %s", errRefused, method, path, response.Status, text)
	case into != nil:
		return json.Unmarshal(text, into)
	}
	return nil
}

// desk is an agent who answers one conversation after the other, and presses "send" again when the program dies under his hands: with the same
// key, as the composer does.
type desk struct {
	house *house
	hands int
	pause time.Duration

	next     atomic.Int64
	mu       sync.Mutex
	talks    []string
	accepted map[int64]string // by the number of the answer: the id of its reply
	refused  []string
}

func newDesk(h *house, hands int, pause time.Duration) *desk {
	return &desk{house: h, hands: hands, pause: pause, accepted: map[int64]string{}}
}

// run answers until ctx ends; what was begun is finished, so that nobody is left not knowing.
func (d *desk) run(ctx context.Context) {
	var all sync.WaitGroup
	all.Go(func() { d.read(ctx) })
	for range d.hands {
		all.Go(func() {
			for sleep(ctx, d.pause) {
				if talk := d.pick(); talk != "" {
					d.answer(context.WithoutCancel(ctx), talk, d.next.Add(1))
				}
			}
		})
	}
	all.Wait()
}

// read looks for conversations of both sorts.
func (d *desk) read(ctx context.Context) {
	for {
		var talks []string
		for _, kind := range []string{"dm", "comment"} {
			var page struct{ Conversations []struct{ ID string } }
			if err := d.house.do(ctx, http.MethodGet, "/api/v1/conversations?limit=100&kind="+kind, nil, nil, &page); err != nil {
				continue // it is down just now
			}
			for _, c := range page.Conversations {
				talks = append(talks, c.ID)
			}
		}
		if len(talks) > 0 {
			d.mu.Lock()
			d.talks = talks
			d.mu.Unlock()
		}
		if !sleep(ctx, 2*time.Second) {
			return
		}
	}
}

func (d *desk) pick() string {
	d.mu.Lock()
	defer d.mu.Unlock()
	if len(d.talks) == 0 {
		return ""
	}
	return d.talks[mathrand.IntN(len(d.talks))]
}

const answerPatience = 2 * time.Minute

func (d *desk) answer(ctx context.Context, talk string, n int64) {
	ctx, cancel := context.WithTimeout(ctx, answerPatience)
	defer cancel()
	key := http.Header{"Idempotency-Key": {rand.Text()}}
	body := map[string]any{"text": answerText(n), "anyway": true}
	for {
		var message struct{ Reply struct{ ID string } }
		err := d.house.do(ctx, http.MethodPost, "/api/v1/conversations/"+talk+"/replies", body, key, &message)
		switch {
		case err == nil:
			d.note(n, message.Reply.ID, "")
			return
		case isRefusal(err):
			d.note(n, "", err.Error())
			return
		case !sleep(ctx, 200*time.Millisecond):
			return
		}
	}
}

func (d *desk) note(n int64, id, refusal string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if refusal != "" {
		d.refused = append(d.refused, refusal)
		return
	}
	d.accepted[n] = id
}

// sleep waits, and says whether ctx lived through it.
func sleep(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}
