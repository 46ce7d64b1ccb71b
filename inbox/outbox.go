package inbox

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"weibox/inbox/faults"
)

// Draft is what deciding about a reply needs to know, read under the lock of its conversation.
type Draft struct {
	Conversation Conversation
	Account      Account
	Target       Message // the inbound message answered
	Newest       Message // the newest answer by somebody else that the composer had not seen; ID 0 if there is none
}

// Verdict is how one attempt ended, or what a person decided about it.
type Verdict struct {
	State     ReplyState
	Reason    Sentence
	Code      string
	Receipt   Receipt
	NotBefore time.Time // Queued: not before then
	CheckAt   time.Time // Unknown: read back then; zero: it cannot be
	SettledBy SettledBy
	Refusal   *Refusal
}

type outboxStore interface {
	// AddReply runs decide under the conversation's lock and stores message and outbox row together. The same key and hash give the stored
	// reply again; the same key with another hash is an error of code Conflict.
	AddReply(ctx context.Context, r NewReply, hash string, decide func(Draft) (Reply, error)) (Message, error)
	// ClaimReply makes a queued reply that is due, and before which none of its conversation is on its way, ours to send. ok is false
	// if there is nothing to do.
	ClaimReply(ctx context.Context, w WorkspaceID, id OutboxID, holder string, lease time.Duration) (r Reply, a Account, ok bool, err error)
	// SettleReply ends the claimed attempt, or the state in from, in one statement that fails softly: false if somebody else settled it.
	SettleReply(ctx context.Context, r Reply, from []ReplyState, v Verdict) (settled bool, next OutboxID, err error)
	Reply(ctx context.Context, w WorkspaceID, id OutboxID) (Reply, Account, error)
	VisibleReply(ctx context.Context, viewer Agent, id OutboxID) (Reply, error)
	Requeue(ctx context.Context, r Reply, from []ReplyState, at time.Time, by AgentID) (bool, error)
	ReplyMessage(ctx context.Context, viewer Agent, id OutboxID) (Message, error)
	ScheduleCheck(ctx context.Context, r Reply, at time.Time, reason Sentence) (bool, error)
	RefuseAccount(ctx context.Context, a Account, r *Refusal) error
}

// OutboxSettings are an installation's choices about sending.
type OutboxSettings struct {
	UndoPublic  time.Duration // how long a public answer waits, so that it can be taken back
	UndoPrivate time.Duration
	Lease       time.Duration // how long an attempt may take before it counts as lost
}

// Outbox is the way out: one row per answer, one automatic attempt that may have reached the platform.
type Outbox struct {
	store      outboxStore
	connectors Connectors
	queue      Queue
	publisher  Publisher
	settings   OutboxSettings
	holder     string // this process
	now        func() time.Time
}

// Connectors are the platforms of this installation.
type Connectors map[Platform]Connector

// Connector is the platform's connector; an error of code Unsupported if it is not part of this installation.
func (c Connectors) Connector(p Platform) (Connector, error) {
	if found, ok := c[p]; ok {
		return found, nil
	}
	return nil, &Error{Code: Unsupported, ZH: "本系统未启用该平台，请联系管理员", EN: "this platform is not part of this installation: ask an admin"}
}

// NewOutbox makes the way out; holder names this process in leases.
func NewOutbox(store outboxStore, connectors Connectors, queue Queue, publisher Publisher, settings OutboxSettings, holder string,
	now func() time.Time) *Outbox {
	return &Outbox{store: store, connectors: connectors, queue: queue, publisher: publisher, settings: settings, holder: holder, now: now}
}

// Reply accepts an answer: from here on it is sent, failed, unknown or cancelled, and the agent sees which.
func (o *Outbox) Reply(ctx context.Context, r NewReply) (Message, error) {
	if strings.TrimSpace(r.Text) == "" {
		return Message{}, &Error{Code: Invalid, Field: "text", ZH: "内容为空，请输入回复", EN: "the reply is empty: write something"}
	}
	m, err := o.store.AddReply(ctx, r, bodyHash(r), func(d Draft) (Reply, error) { return o.decide(d, r) })
	if err != nil {
		return Message{}, err
	}
	o.publisher.Publish(m.WorkspaceID)
	if m.Reply != nil && m.Reply.State == Queued {
		o.queue.Deliver(m.WorkspaceID, m.Reply.ID, m.Reply.Attempt+1, m.Reply.NotBefore)
	}
	return m, nil
}

func bodyHash(r NewReply) string {
	sum := sha256.Sum256(fmt.Appendf(nil, "%d\x00%d\x00%d\x00%s", r.ConversationID, r.Author.ID, r.ReplyTo, r.Text))
	return hex.EncodeToString(sum[:])
}

// decide is the whole rule of whether an answer may go out, and how.
func (o *Outbox) decide(d Draft, r NewReply) (Reply, error) {
	now := o.now()
	connector, err := o.connectors.Connector(d.Account.Platform)
	if err != nil {
		return Reply{}, err
	}
	if err := d.Account.Refuse(); err != nil {
		return Reply{}, err
	}
	limits := connector.Limits(d.Target.Kind)
	if err := limits.Check(r.Text); err != nil {
		return Reply{}, err
	}
	if err := d.Conversation.refuseClosed(now); err != nil {
		return Reply{}, err
	}
	if d.Newest.ID != 0 && !r.Anyway {
		return Reply{}, collision(d.Newest)
	}
	return o.compose(d, r, limits, now), nil
}

func (c Conversation) refuseClosed(now time.Time) error {
	w := c.WindowAt(now)
	if w.Open {
		return nil
	}
	code := WindowClosed
	if w.Left != nil && *w.Left == 0 {
		code = AllowanceSpent
	}
	return &Error{Code: code, ZH: w.Why.ZH, EN: w.Why.EN}
}

func collision(newest Message) error {
	return &Error{Code: Collision, Newest: &newest, ZH: "在您打开之后，已经有人回复了这位粉丝。请先看看新消息，再决定是否仍然发送",
		EN: "somebody has answered this fan since you looked: read the new message, then decide whether to send yours as well"}
}

func (o *Outbox) compose(d Draft, r NewReply, limits Limits, now time.Time) Reply {
	reply := Reply{WorkspaceID: d.Conversation.WorkspaceID, AccountID: d.Account.ID, ConversationID: d.Conversation.ID,
		ContactID: d.Conversation.ContactID, AuthorID: r.Author.ID, Kind: d.Target.Kind, Text: r.Text, ContactExtID: d.Conversation.Contact.ExternalID,
		PostID: d.Target.PostID, OperatorIP: r.OperatorIP, State: Queued, NotBefore: now.Add(o.settings.UndoPrivate)}
	if d.Target.Object == ObjectComment {
		reply.ParentID = d.Target.ExternalID
	}
	if reader, ok := o.connectors[d.Account.Platform].(ReadBack); ok && reader.CanFind(reply.Kind) {
		reply.Essence = reader.Essence(r.Text)
	}
	if limits.Public {
		reply.NotBefore = now.Add(o.settings.UndoPublic)
	}
	if reply.NotBefore.After(now) {
		reply.Reason = Sentence{"即将发出，可撤回", "leaving in a moment; you can still stop it"}
	}
	return reply
}

// Deliver sends one reply if it is due and nobody else has taken it. It may be called twice, late or never: the row decides.
func (o *Outbox) Deliver(ctx context.Context, w WorkspaceID, id OutboxID) error {
	reply, account, ok, err := o.store.ClaimReply(ctx, w, id, o.holder, o.settings.Lease)
	if err != nil || !ok {
		return err
	}
	faults.Point("send.claimed")
	o.publisher.Publish(w)
	verdict := o.remember(reply, o.attempt(ctx, reply, account))
	// The platform has answered: what it said must be written down even if the process is being stopped.
	// If the sweeper has given the attempt up meanwhile, knowing is still better than not knowing.
	return o.settleSurely(context.WithoutCancel(ctx), reply, account, verdict)
}

const (
	settleTries = 10
	settlePause = time.Second
)

// settleSurely does not let a verdict go because the database is away for a moment: what the platform said cannot be asked again.
func (o *Outbox) settleSurely(ctx context.Context, reply Reply, account Account, v Verdict) (err error) {
	for range settleTries {
		if err = o.settle(ctx, reply, account, []ReplyState{Sending, Unknown}, v); err == nil {
			return nil
		}
		slog.WarnContext(ctx, "verdict not written yet", "reply", reply.ID, "state", v.State, "err", err)
		time.Sleep(settlePause)
	}
	return err
}

// Lose gives up an attempt whose process did not come back: it may have reached the platform.
func (o *Outbox) Lose(ctx context.Context, reply Reply) error {
	_, account, err := o.store.Reply(ctx, reply.WorkspaceID, reply.ID)
	if err != nil {
		return err
	}
	return o.settle(ctx, reply, account, []ReplyState{Sending}, o.unknown(reply))
}

func (o *Outbox) attempt(ctx context.Context, reply Reply, account Account) Verdict {
	if err := account.Refuse(); err != nil {
		return failedBy(err)
	}
	connector, err := o.connectors.Connector(account.Platform)
	if err != nil {
		return failedBy(err)
	}
	faults.Point("send.leaving")
	receipt, err := connector.Send(ctx, account, reply.Outbound())
	faults.Point("send.answered")
	if err == nil {
		return Verdict{State: Sent, Receipt: receipt}
	}
	slog.InfoContext(ctx, "send did not succeed", "reply", reply.ID, "attempt", reply.Attempt, "err", err)
	return o.judge(reply, err)
}

// remember keeps a verdict from claiming more than is known: this attempt did not succeed, but an earlier one may have.
func (o *Outbox) remember(reply Reply, v Verdict) Verdict {
	if !reply.Doubted || (v.State != Failed && v.State != Cancelled) {
		return v
	}
	doubt := o.unknown(reply)
	doubt.Refusal, doubt.Code = v.Refusal, v.Code
	doubt.Reason = Sentence{v.Reason.ZH + "；之前那次发送的结果仍然未知", v.Reason.EN + "; the outcome of the attempt before is still unknown"}
	return doubt
}

func failedBy(err error) Verdict {
	v := Verdict{State: Failed, Reason: Sentence{"发送失败，请稍后重试", "sending failed: try again later"}}
	var e *Error
	if errors.As(err, &e) {
		v.Reason = Sentence{e.ZH, e.EN}
	}
	return v
}

// judge classifies what came back. Only an explicit no, or an error before the first byte left, is certain; everything else is unknown.
func (o *Outbox) judge(reply Reply, err error) Verdict {
	refusal := RefusalOf(err)
	switch {
	case refusal == nil && errors.Is(err, ErrNotLeft):
		return o.waitOrFail(reply, backoff(reply.Attempt), Sentence{"暂时连不上平台，稍后自动重试", "the platform cannot be reached: trying again soon"},
			Sentence{"多次尝试都连不上平台，未发出。请检查网络后点「重试」", "the platform could not be reached: nothing was sent. Check the network, then resend"})
	case refusal == nil:
		return o.unknown(reply)
	case refusal.Kind == RefusedLimit:
		return Verdict{State: Queued, NotBefore: later(o.now(), refusal.RetryAt), Reason: Sentence{refusal.ZH, refusal.EN}, Code: refusal.Code, Refusal: refusal}
	case refusal.Kind == RefusedBusy:
		v := o.waitOrFail(reply, backoff(reply.Attempt), Sentence{"平台繁忙，稍后自动重试", "the platform is busy: trying again soon"}, Sentence{refusal.ZH, refusal.EN})
		v.Code = refusal.Code
		return v
	case refusal.Kind == RefusedRepeat && reply.Doubted:
		return o.unknown(reply) // the text the platform has seen may be our own, from the attempt we know nothing of
	default:
		return Verdict{State: Failed, Reason: Sentence{refusal.ZH, refusal.EN}, Code: refusal.Code, Refusal: refusal}
	}
}

// maxAttempts bounds automatic attempts, all of which surely did not reach the platform.
const maxAttempts = 6

func (o *Outbox) waitOrFail(reply Reply, wait time.Duration, waiting, given Sentence) Verdict {
	if reply.Attempt >= maxAttempts {
		return Verdict{State: Failed, Reason: given}
	}
	return Verdict{State: Queued, NotBefore: o.now().Add(wait), Reason: waiting}
}

// backoff doubles from two seconds to one minute.
func backoff(attempt int) time.Duration {
	return min(time.Minute, 2*time.Second<<min(attempt-1, 5))
}

func later(now, t time.Time) time.Time {
	if t.After(now) {
		return t
	}
	return now.Add(time.Minute)
}

func (o *Outbox) unknown(reply Reply) Verdict {
	v := Verdict{State: Unknown, Reason: Sentence{"结果未知：请求已发出，但没有收到平台的答复。该平台无法核对私信，请到平台上确认后选择「标记已发送」或「重新发送」",
		"outcome unknown: the request left and no answer came. It cannot be read back here: look on the platform, then mark it as sent or resend"}}
	if reply.CanRecheck {
		v.CheckAt = o.now().Add(checkAfter[0])
		v.Reason = Sentence{"结果未知：请求已发出，但没有收到平台的答复，正在平台上核对", "outcome unknown: the request left and no answer came; looking it up on the platform"}
	}
	return v
}

// settle writes the verdict, tells everybody, and starts the next reply of the conversation.
func (o *Outbox) settle(ctx context.Context, reply Reply, account Account, from []ReplyState, v Verdict) error {
	settled, next, err := o.store.SettleReply(ctx, reply, from, v)
	if err != nil {
		return err
	}
	faults.Point("send.settled")
	if v.Refusal != nil && v.Refusal.Kind == RefusedToken {
		if err := o.store.RefuseAccount(ctx, account, v.Refusal); err != nil {
			return err
		}
	}
	o.publisher.Publish(reply.WorkspaceID)
	if !settled {
		return nil
	}
	if v.State == Queued {
		o.queue.Deliver(reply.WorkspaceID, reply.ID, reply.Attempt+1, v.NotBefore)
	}
	if next != 0 {
		o.queue.Deliver(reply.WorkspaceID, next, 1, o.now())
	}
	return nil
}

// checkAfter is when an unknown outcome is looked up on the platform, counted from the last look.
var checkAfter = []time.Duration{5 * time.Second, 30 * time.Second, 2 * time.Minute, 10 * time.Minute}

// clockSkew is how far the platform's clock may be behind ours.
const clockSkew = 2 * time.Minute

// ReadBack looks an unknown reply up on the platform. Found: it was sent. Not found after the last look: the agent is told that it
// probably was not, and decides.
func (o *Outbox) ReadBack(ctx context.Context, w WorkspaceID, id OutboxID) error {
	reply, account, err := o.store.Reply(ctx, w, id)
	if err != nil || reply.State != Unknown {
		return err
	}
	connector, err := o.connectors.Connector(account.Platform)
	if err != nil {
		return err
	}
	reader, ok := connector.(ReadBack)
	if !ok || !reader.CanFind(reply.Kind) || !account.Works() {
		return nil
	}
	faults.Point("check.begun")
	found, err := reader.Find(ctx, account, reply.Outbound(), reply.StartedAt.Add(-clockSkew))
	faults.Point("check.answered")
	switch {
	case err == nil:
		return o.settle(ctx, reply, account, []ReplyState{Unknown}, Verdict{State: Sent, Receipt: Receipt{ExternalID: found}, SettledBy: SettledByReadBack})
	case CodeOf(err) == NotFound:
		return o.checkAgain(ctx, reply)
	default:
		slog.WarnContext(ctx, "read back failed", "reply", reply.ID, "err", err)
		return o.postpone(ctx, reply, err)
	}
}

func (o *Outbox) checkAgain(ctx context.Context, reply Reply) error {
	if reply.Checks+1 < len(checkAfter) {
		_, err := o.store.ScheduleCheck(ctx, reply, o.now().Add(checkAfter[reply.Checks+1]), reply.Reason)
		return err
	}
	_, err := o.store.ScheduleCheck(ctx, reply, time.Time{}, Sentence{"在平台上多次核对都没有找到，很可能没有发出。确认后可点「重新发送」",
		"it was looked for on the platform several times and not found: it was probably not sent. You may resend it"})
	o.publisher.Publish(reply.WorkspaceID)
	return err
}

// postpone looks again later without counting: not being able to look is not a look.
func (o *Outbox) postpone(ctx context.Context, reply Reply, cause error) error {
	at := o.now().Add(time.Minute)
	if r := RefusalOf(cause); r != nil && r.RetryAt.After(at) {
		at = r.RetryAt
	}
	reply.Checks-- // ScheduleCheck counts one
	_, err := o.store.ScheduleCheck(ctx, reply, at, reply.Reason)
	return err
}

// Cancel stops a reply that has not left.
func (o *Outbox) Cancel(ctx context.Context, viewer Agent, id OutboxID) (Message, error) {
	return o.byHand(ctx, viewer, id, []ReplyState{Held, Queued}, Verdict{State: Cancelled, Reason: Sentence{"已取消，没有发出", "cancelled; it did not leave"}},
		Sentence{"已经来不及取消：回复已发出或正在发出", "too late to cancel: it has left or is leaving"})
}

// Confirm is the agent's word that an unknown reply did arrive.
func (o *Outbox) Confirm(ctx context.Context, viewer Agent, id OutboxID) (Message, error) {
	return o.byHand(ctx, viewer, id, []ReplyState{Unknown}, Verdict{State: Sent, SettledBy: SettledByAgent},
		Sentence{"只有结果未知的回复才需要标记", "only a reply of unknown outcome can be marked"})
}

func (o *Outbox) byHand(ctx context.Context, viewer Agent, id OutboxID, from []ReplyState, v Verdict, otherwise Sentence) (Message, error) {
	reply, err := o.store.VisibleReply(ctx, viewer, id)
	if err != nil {
		return Message{}, err
	}
	settled, next, err := o.store.SettleReply(ctx, reply, from, o.remember(reply, v))
	if err != nil {
		return Message{}, err
	}
	if !settled {
		return Message{}, &Error{Code: Closed, ZH: otherwise.ZH, EN: otherwise.EN}
	}
	o.publisher.Publish(viewer.WorkspaceID)
	if next != 0 {
		o.queue.Deliver(viewer.WorkspaceID, next, 1, o.now())
	}
	return o.store.ReplyMessage(ctx, viewer, id)
}

// Resend is a new attempt that a person asks for. For an unknown outcome he must say that he knows the fan may read it twice.
func (o *Outbox) Resend(ctx context.Context, viewer Agent, id OutboxID, althoughUnknown bool) (Message, error) {
	reply, err := o.store.VisibleReply(ctx, viewer, id)
	if err != nil {
		return Message{}, err
	}
	if reply.State == Unknown && !althoughUnknown {
		return Message{}, &Error{Code: Conflict, ZH: "上一次的结果未知，重新发送可能让粉丝收到两次。确认后再发送", EN: "the last outcome is unknown: the fan may get it twice. Confirm to resend"}
	}
	ok, err := o.store.Requeue(ctx, reply, []ReplyState{Failed, Unknown}, o.now(), viewer.ID)
	if err != nil {
		return Message{}, err
	}
	if !ok {
		return Message{}, &Error{Code: Closed, ZH: "这条回复不需要重发：它已发出、正在发出或已取消", EN: "nothing to resend: it was sent, is being sent, or was cancelled"}
	}
	o.publisher.Publish(viewer.WorkspaceID)
	o.queue.Deliver(viewer.WorkspaceID, id, reply.Attempt+1, o.now())
	return o.store.ReplyMessage(ctx, viewer, id)
}

// Recheck looks an unknown reply up now.
func (o *Outbox) Recheck(ctx context.Context, viewer Agent, id OutboxID) (Message, error) {
	reply, err := o.store.VisibleReply(ctx, viewer, id)
	if err != nil {
		return Message{}, err
	}
	if reply.State != Unknown || !reply.CanRecheck {
		return Message{}, &Error{Code: Unsupported, ZH: "这条回复无法在平台上核对", EN: "this reply cannot be looked up on the platform"}
	}
	if _, err := o.store.ScheduleCheck(ctx, reply, o.now(), reply.Reason); err != nil {
		return Message{}, err
	}
	o.queue.ReadBack(viewer.WorkspaceID, id, reply.Checks+1)
	return o.store.ReplyMessage(ctx, viewer, id)
}
