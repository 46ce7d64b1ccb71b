package api

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"weibox/inbox"
)

// changes is what has been committed, in order, as far as the viewer may know of it.
type changes interface {
	// ChangesAfter looks at no more than limit of them. If the last is out of the viewer's sight, it is there by its number alone, without
	// a kind: go on after it. inbox.ErrTooOld: some after seq are no longer kept.
	ChangesAfter(ctx context.Context, viewer inbox.Agent, seq int64, limit int) ([]inbox.Change, error)
	Seq(ctx context.Context, viewer inbox.Agent) (int64, error)
}

// wakes tells that something was committed in a workspace. A wake-up may be late or lost.
type wakes interface {
	Subscribe(workspace inbox.WorkspaceID) (wake <-chan struct{}, cancel func())
}

const (
	changesAtOnce = 256
	comeBackIn    = "retry: 2000\n\n" // milliseconds
)

// listeners keeps each person's streams; when he opens too many, the oldest ends.
type listeners struct {
	mu   sync.Mutex
	each int
	of   map[inbox.UserID][]*listener
}

type listener struct{ end context.CancelFunc }

func newListeners(each int) *listeners {
	return &listeners{each: each, of: map[inbox.UserID][]*listener{}}
}

func (l *listeners) join(ctx context.Context, user inbox.UserID) (context.Context, func()) {
	ctx, end := context.WithCancel(ctx)
	one := &listener{end}
	l.mu.Lock()
	defer l.mu.Unlock()
	if mine := l.of[user]; len(mine) >= l.each {
		mine[0].end()
		l.of[user] = mine[1:]
	}
	l.of[user] = append(slices.Clip(l.of[user]), one)
	return ctx, func() { l.leave(user, one) }
}

func (l *listeners) leave(user inbox.UserID, one *listener) {
	one.end()
	l.mu.Lock()
	defer l.mu.Unlock()
	l.of[user] = slices.DeleteFunc(slices.Clone(l.of[user]), func(other *listener) bool { return other == one })
	if len(l.of[user]) == 0 {
		delete(l.of, user)
	}
}

// stream tells one browser about every change, in the order of commits. It runs in the request's own goroutine and starts no other.
func (s *Server) stream(r *request) error {
	if r.GetHeader("Sec-Fetch-Site") == "cross-site" {
		return foreignSite
	}
	after, given, err := placeIn(r)
	if err != nil {
		return err
	}
	ctx, leave := s.streams.join(r.ctx(), r.who.User.ID)
	defer leave()
	wake, cancel := s.deps.Wakes.Subscribe(r.viewer().WorkspaceID)
	defer cancel()
	l := &live{s: s, ctx: ctx, who: r.who, token: s.token(r.Request), out: r.Writer, control: http.NewResponseController(r.Writer), seq: after}
	if err := l.open(given); err != nil {
		return err
	}
	return l.run(wake)
}

// placeIn is the number after which the browser wants to go on.
func placeIn(r *request) (after int64, given bool, err error) {
	text := r.GetHeader("Last-Event-ID")
	if text == "" {
		text = r.Query("after")
	}
	if text == "" {
		return 0, false, nil
	}
	after, err = strconv.ParseInt(text, 10, 64)
	if err != nil || after < 0 {
		return 0, false, &inbox.Error{Code: inbox.Invalid, Field: "Last-Event-ID", ZH: "续传位置不正确，请刷新页面", EN: "this is no place in the stream: reload the page"}
	}
	return after, true, nil
}

// live is one open stream.
type live struct {
	s       *Server
	ctx     context.Context
	who     inbox.SignedIn
	token   inbox.Secret
	out     http.ResponseWriter
	control *http.ResponseController
	seq     int64 // everything up to here has been told
}

// open says hello with the number in force. Where the browser goes on from an older one, hello carries no id: the browser must not
// believe that it has what it has yet to get.
func (l *live) open(given bool) error {
	newest, err := l.s.deps.Changes.Seq(l.ctx, l.who.Agent)
	if err != nil {
		return err
	}
	h := l.out.Header()
	h.Set("Content-Type", "text/event-stream")
	h.Set("X-Accel-Buffering", "no") // nginx would hold events back
	if given && l.seq <= newest {
		return l.write(comeBackIn + event("hello", noID, map[string]string{"seq": strconv.FormatInt(newest, 10)}))
	}
	ahead := given // of us: another workspace's number, or an older database was put back
	l.seq = newest
	hello := event("hello", newest, map[string]string{"seq": strconv.FormatInt(newest, 10)})
	if ahead {
		hello += resync(newest)
	}
	return l.write(comeBackIn + hello)
}

// run tells what is committed until somebody has had enough: the browser, the session, or we.
func (l *live) run(wake <-chan struct{}) error {
	look := time.NewTicker(l.s.cfg.Limits.StreamLook)
	defer look.Stop()
	beat := time.NewTicker(l.s.cfg.Limits.StreamBeat)
	defer beat.Stop()
	for first := true; ; first = false {
		if !first {
			if err := l.pause(); err != nil {
				return nil
			}
		}
		if err := l.tell(); err != nil {
			return ended(err)
		}
		var err error
		select {
		case <-l.ctx.Done():
			return nil
		case <-l.s.draining:
			return ended(l.write(comeBackIn))
		case <-wake:
		case <-look.C:
			err = l.lookAgain()
		case <-beat.C:
			err = l.write(": beat\n\n")
		}
		if err != nil {
			return ended(err)
		}
	}
}

// ended is what remains to be said when a stream ends: nothing where the browser or the session has gone.
func ended(err error) error {
	if inbox.CodeOf(err) != "" || errors.Is(err, context.Canceled) {
		return nil
	}
	return err
}

// pause lets changes gather, so that a busy workspace is told about in batches.
func (l *live) pause() error {
	t := time.NewTimer(l.s.cfg.Limits.StreamPause)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-l.ctx.Done():
		return l.ctx.Err()
	}
}

// lookAgain reads afresh who is listening: a session may have ended, grants may have changed. The person counts as present.
func (l *live) lookAgain() error {
	who, err := l.s.deps.People.Look(l.ctx, l.token)
	if err != nil {
		return err
	}
	if who.Agent.WorkspaceID != l.who.Agent.WorkspaceID || !who.Agent.Role.May(inbox.MayRead) {
		return signedElsewhere
	}
	l.who = who
	return l.s.deps.People.Heard(l.ctx, who.Agent)
}

var signedElsewhere = &inbox.Error{Code: inbox.Denied, ZH: "会话已切换到其他工作区", EN: "the session has gone on in another workspace"}

// tell writes everything committed since.
func (l *live) tell() error {
	for {
		changes, err := l.s.deps.Changes.ChangesAfter(l.ctx, l.who.Agent, l.seq, changesAtOnce)
		if errors.Is(err, inbox.ErrTooOld) {
			return l.startOver()
		}
		if err != nil || len(changes) == 0 {
			return err
		}
		if err := l.write(lines(changes)); err != nil {
			return err
		}
		l.seq = changes[len(changes)-1].Seq
		if l.concerned(changes) { // what he may see has changed, perhaps
			if err := l.lookAgain(); err != nil {
				return err
			}
		}
	}
}

func (l *live) startOver() error {
	newest, err := l.s.deps.Changes.Seq(l.ctx, l.who.Agent)
	if err != nil {
		return err
	}
	l.seq = newest
	return l.write(resync(newest))
}

// concerned says whether the listener himself is among what changed.
func (l *live) concerned(changes []inbox.Change) bool {
	return slices.ContainsFunc(changes, func(c inbox.Change) bool {
		return c.Kind == inbox.AgentChanged && c.ID == int64(l.who.Agent.ID)
	})
}

type changeDTO struct {
	Kind inbox.ChangeKind `json:"kind"`
	ID   int64            `json:"id,string"`
	Seq  int64            `json:"seq,string"`
}

// lines are the changes as events. What the listener may not see is a number alone: it moves his place and tells him nothing.
func lines(changes []inbox.Change) string {
	var text strings.Builder
	for _, c := range changes {
		if c.Kind == "" {
			fmt.Fprintf(&text, "id: %d\n\n", c.Seq)
			continue
		}
		text.WriteString(event("change", c.Seq, changeDTO{Kind: c.Kind, ID: c.ID, Seq: c.Seq}))
	}
	return text.String()
}

func resync(seq int64) string {
	return event("resync", seq, map[string]string{"seq": strconv.FormatInt(seq, 10)})
}

// noID leaves the browser's place as it is.
const noID = -1

// event is one server-sent event.
func event(name string, id int64, data any) string {
	text, err := json.Marshal(data)
	if err != nil {
		panic(err) // only our own small values are sent
	}
	if id == noID {
		return fmt.Sprintf("event: %s\ndata: %s\n\n", name, text)
	}
	return fmt.Sprintf("id: %d\nevent: %s\ndata: %s\n\n", id, name, text)
}

// write sends at once, and gives up on a browser that takes nothing.
func (l *live) write(text string) error {
	if err := l.control.SetWriteDeadline(time.Now().Add(l.s.cfg.Limits.StreamWrite)); err != nil && !errors.Is(err, http.ErrNotSupported) {
		return err
	}
	if _, err := l.out.Write([]byte(text)); err != nil {
		return context.Canceled // the browser has gone
	}
	if err := l.control.Flush(); err != nil {
		return context.Canceled
	}
	return nil
}
