package sim

import (
	"bytes"
	"context"
	"crypto/sha1"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
)

const (
	pushTries    = 3               // in total (docs/platforms/weibo.md §4.2)
	pushPatience = 5 * time.Second // for an answer
	pushLanes    = 8               // pushes of one brand under way at once; one fan's messages keep their order
	overtakeWait = 3 * time.Second // a held push goes out alone when nothing comes to overtake it
)

// pushed is the body of a push: no id, and created_at in whole seconds.
type pushed struct {
	Type       string `json:"type"`
	ReceiverID int64  `json:"receiver_id"`
	SenderID   int64  `json:"sender_id"`
	CreatedAt  string `json:"created_at"`
	Text       string `json:"text"`
	Data       any    `json:"data"`
}

// delivery is one push on its way, through up to three tries.
type delivery struct {
	brand   *brand
	fan     *person
	eventID string // of the ledger only; a push carries no id
	kind    string
	text    string
	body    []byte
	query   url.Values
	lane    laneKey
	attempt int
}

type laneKey struct{ brand, number int64 }

// lane is a queue of pushes that go out one after the other.
type lane struct {
	queue []*delivery
	busy  bool
}

// Signature is how Weibo signs: SHA-1, in hex, of secret, timestamp (ms) and nonce, sorted and joined (§4.1).
func Signature(secret, timestamp, nonce string) string {
	parts := []string{secret, timestamp, nonce}
	slices.Sort(parts)
	sum := sha1.Sum([]byte(strings.Join(parts, "")))
	return hex.EncodeToString(sum[:])
}

func (s *Sim) signed() url.Values {
	timestamp, nonce := fmt.Sprint(s.now().UnixMilli()), fmt.Sprint(10_000_000+s.rng.IntN(90_000_000))
	return url.Values{"signature": {Signature(s.opts.AppSecret, timestamp, nonce)}, "timestamp": {timestamp}, "nonce": {nonce}}
}

// SetPush enters the address of a brand's developer mode. Weibo asks it to echo a word first, and keeps it only if it does.
// An empty address switches developer mode off.
func (s *Sim) SetPush(uid, hook string) error {
	s.mu.Lock()
	b := s.brand(number(uid))
	query := s.signed()
	echo := s.word(10)
	s.mu.Unlock()
	if b == nil {
		return fmt.Errorf("no brand has the uid %q", uid)
	}
	if hook != "" {
		query.Set("echostr", echo)
		if err := s.verifyHook(hook, query, echo); err != nil {
			return err
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	b.hook = hook
	return nil
}

func (s *Sim) verifyHook(hook string, query url.Values, echo string) error {
	req, err := http.NewRequestWithContext(s.ctx, http.MethodGet, withQuery(hook, query), nil)
	if err != nil {
		return fmt.Errorf("the URL %q cannot be called: %w", hook, err)
	}
	resp, err := s.opts.Client.Do(req)
	if err != nil {
		return fmt.Errorf("the URL did not answer: %w", err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, 1<<10))
	switch {
	case err != nil:
		return fmt.Errorf("the answer of the URL broke off: %w", err)
	case resp.StatusCode != http.StatusOK:
		return fmt.Errorf("the URL answered with HTTP %d instead of 200", resp.StatusCode)
	case string(body) != echo:
		return fmt.Errorf("the URL did not answer with the bare echostr")
	default:
		return nil
	}
}

func withQuery(address string, query url.Values) string {
	if strings.Contains(address, "?") {
		return address + "&" + query.Encode()
	}
	return address + "?" + query.Encode()
}

// push sends an event to the brand's webhook. People whose own account has a message service are not pushed (§4.2).
func (s *Sim) push(b *brand, from *person, kind, text string, data any, at time.Time) {
	if sender := s.brand(from.uid); b.hook == "" || sender != nil && sender.hook != "" {
		return
	}
	body, err := json.Marshal(pushed{kind, b.uid, from.uid, weiboDate(at), text, data})
	if err != nil {
		s.opts.Logger.Error("push cannot be written", "type", kind, "error", err)
		return
	}
	d := &delivery{
		brand: b, fan: from, eventID: s.word(12), kind: kind, text: text, body: body, query: s.signed(),
		lane: laneKey{b.uid, from.uid % pushLanes},
	}
	s.dispatch(d, s.takeFault(pushEndpoint))
}

// dispatch sends a push into the weather.
func (s *Sim) dispatch(d *delivery, fault *Fault) {
	switch {
	case fault.is(FaultDrop):
		s.offerPush(d, 0, OutcomeDropped)
	case fault.is(FaultDelay):
		s.sendLater(d, fault.delay())
	case fault.is(FaultReorder):
		s.hold(d)
	case fault.is(FaultDuplicate):
		twin := *d
		s.send(d)
		s.send(&twin)
	default:
		s.send(d)
		s.release(d.brand, d.lane)
	}
}

// hold keeps a push back until another one of the brand has overtaken it.
func (s *Sim) hold(d *delivery) {
	s.release(d.brand, d.lane)
	s.held[d.brand.uid] = d
	s.underway++
	s.after(overtakeWait, func() {
		if s.held[d.brand.uid] == d {
			s.release(d.brand, d.lane)
		}
	})
}

func (s *Sim) release(b *brand, behind laneKey) {
	if d := s.held[b.uid]; d != nil {
		delete(s.held, b.uid)
		d.lane = behind
		s.send(d)
		s.finished()
	}
}

func (s *Sim) sendLater(d *delivery, wait time.Duration) {
	s.underway++
	s.after(wait, func() {
		s.send(d)
		s.finished()
	})
}

// after does something under the lock once the time has passed in the world, which a stopped clock does not hold up.
func (s *Sim) after(wait time.Duration, do func()) {
	time.AfterFunc(wait, func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		do()
	})
}

// send queues a push behind those of its lane.
func (s *Sim) send(d *delivery) {
	if s.ctx.Err() != nil {
		return
	}
	l := s.lanes[d.lane]
	if l == nil {
		l = &lane{}
		s.lanes[d.lane] = l
	}
	l.queue = append(l.queue, d)
	s.underway++
	if !l.busy {
		l.busy = true
		s.pushing.Go(func() { s.drain(l) })
	}
}

// drain makes the pushes of a lane until it is empty.
func (s *Sim) drain(l *lane) {
	for {
		d := s.next(l)
		if d == nil {
			return
		}
		status, answer := s.knock(d)
		s.settle(d, status, answer)
	}
}

func (s *Sim) next(l *lane) *delivery {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(l.queue) == 0 {
		l.busy = false
		return nil
	}
	d := l.queue[0]
	l.queue = l.queue[1:]
	d.attempt++
	return d
}

// knock makes one try and returns the HTTP status, 0 if there was no answer in time, and the body.
func (s *Sim) knock(d *delivery) (int, []byte) {
	s.mu.Lock()
	hook := d.brand.hook
	s.mu.Unlock()
	ctx, cancel := context.WithTimeout(s.ctx, pushPatience)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, withQuery(hook, d.query), bytes.NewReader(d.body))
	if err != nil {
		return 0, nil
	}
	req.Header.Set("Content-Type", "application/json")
	resp, err := s.opts.Client.Do(req)
	if err != nil {
		return 0, nil
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(io.LimitReader(resp.Body, 64<<10))
	if err != nil {
		return 0, nil
	}
	return resp.StatusCode, answer
}

// settle records a try: HTTP 200 ends it, the third failure loses the event for good.
func (s *Sim) settle(d *delivery, status int, answer []byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	defer s.finished()
	switch {
	case status == http.StatusOK:
		s.offerPush(d, status, OutcomeAccepted)
		s.takePassiveReply(d, answer)
	case d.attempt < pushTries:
		s.offerPush(d, status, OutcomeRetry)
		s.sendLater(d, s.opts.PushRetry)
	default:
		s.offerPush(d, status, OutcomeGone)
		s.opts.Logger.Warn("push is gone after three tries", "brand", d.brand.uid, "type", d.kind, "status", status)
	}
}

func (s *Sim) offerPush(d *delivery, status int, outcome string) {
	s.offer(Offered{
		At: s.now(), Way: pushEndpoint, UID: decimal(d.brand.uid), EventID: d.eventID, Type: d.kind, Text: d.text, Body: string(d.body),
		Attempt: d.attempt, Status: status, Outcome: outcome,
	})
}

// takePassiveReply sends the message that the product put into its answer to a push (§4.4). `data` is percent-encoded JSON.
func (s *Sim) takePassiveReply(d *delivery, answer []byte) {
	var reply struct {
		Result bool   `json:"result"`
		Type   string `json:"type"`
		Data   string `json:"data"`
	}
	if json.Unmarshal(answer, &reply) != nil || !reply.Result {
		return
	}
	data, err := url.QueryUnescape(reply.Data)
	if err != nil {
		return
	}
	if said, refusal := parseContent(reply.Type, data); refusal == nil {
		// A refusal here is silent, as it is on Weibo: there is no answer left to carry it.
		_ = s.answer(s.chat(d.brand, d.fan), said, pushEndpoint, true)
	}
}

func (s *Sim) finished() {
	s.underway--
	if s.underway == 0 {
		s.settled.Broadcast()
	}
}

// Settle waits until no push is under way, retries included.
func (s *Sim) Settle(ctx context.Context) error {
	stop := context.AfterFunc(ctx, func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.settled.Broadcast()
	})
	defer stop()
	s.mu.Lock()
	defer s.mu.Unlock()
	for s.underway > 0 && ctx.Err() == nil && s.ctx.Err() == nil {
		s.settled.Wait()
	}
	return ctx.Err()
}
