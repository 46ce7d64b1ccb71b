package inbox_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"weibox/inbox"
	"weibox/inbox/store"
	"weibox/inbox/store/storetest"
)

// post is the way out over a real database, to a platform that does what the test says.
type post struct {
	*storetest.House
	*inbox.Outbox
	t        *testing.T
	platform *platform
	hints    *hints
	keys     int
}

var settings = inbox.OutboxSettings{UndoPublic: 5 * time.Second, Lease: 15 * time.Second}

func eachPost(t *testing.T, test func(t *testing.T, p *post)) {
	t.Helper()
	storetest.Each(t, func(t *testing.T, h *storetest.House) {
		p := &post{House: h, t: t, platform: &platform{now: h.Now}, hints: &hints{}}
		p.Outbox = p.process(h.Store, "this")
		test(t, p)
	})
}

// process is the outbox of one process of several.
func (p *post) process(s *store.Store, holder string) *inbox.Outbox {
	return inbox.NewOutbox(s, inbox.Connectors{"weibo": p.platform}, p.hints, p.hints, settings, holder, p.Now)
}

// dm is a conversation in which a fan has just written a private message; comment is one under a post.
func (p *post) dm(fan string) inbox.Conversation {
	p.t.Helper()
	p.Receive(p.DM(fan, "h:"+fan, "在吗"))
	return p.talk(fan)
}

func (p *post) comment(fan string) inbox.Conversation {
	p.t.Helper()
	p.Receive(p.Comment(fan, "c"+fan, "p1", "好喝吗"))
	return p.talk(fan)
}

func (p *post) talk(fan string) inbox.Conversation {
	p.t.Helper()
	for _, c := range p.All(p.Owner) {
		if c.Contact.ExternalID == inbox.ExternalID(fan) {
			return c
		}
	}
	p.t.Fatalf("fan %s has no conversation", fan)
	return inbox.Conversation{}
}

// ask is an answer of Lin with a key of its own, seen everything.
func (p *post) ask(c inbox.Conversation, text string) inbox.NewReply {
	p.keys++
	return inbox.NewReply{ConversationID: c.ID, Author: p.Lin, Text: text, Key: "key-" + inbox.OutboxID(p.keys).String(), Seen: 1 << 40}
}

// write has an answer accepted and lets the time pass in which it could be taken back.
func (p *post) write(c inbox.Conversation, text string) inbox.OutboxID {
	p.t.Helper()
	m, err := p.Reply(p.t.Context(), p.ask(c, text))
	mustBe(p.t, err, "")
	p.Forward(settings.UndoPublic)
	return m.Reply.ID
}

func (p *post) deliver(id inbox.OutboxID) {
	p.t.Helper()
	mustBe(p.t, p.Deliver(p.t.Context(), p.Workspace, id), "")
}

func (p *post) row(id inbox.OutboxID) inbox.Reply {
	p.t.Helper()
	r, _, err := p.Store.Reply(p.t.Context(), p.Workspace, id)
	mustBe(p.t, err, "")
	return r
}

func (p *post) mustBe(id inbox.OutboxID, state inbox.ReplyState) inbox.Reply {
	p.t.Helper()
	r := p.row(id)
	if r.State != state {
		p.t.Fatalf("the reply is %s (%s), not %s", r.State, r.Reason.EN, state)
	}
	if state != inbox.Sent && state != inbox.Queued && state != inbox.Sending && (r.Reason.ZH == "" || r.Reason.EN == "") {
		p.t.Errorf("%s without a reason: %+v", state, r.Reason)
	}
	return r
}

// platform is a connector that answers what it is told, and writes down what it was asked to send.
type platform struct {
	mu      sync.Mutex
	now     func() time.Time
	answers []func() (inbox.Receipt, error)
	sent    []inbox.Outbound
	find    func() (inbox.ExternalID, error)
}

var _ inbox.ReadBack = (*platform)(nil)

func (p *platform) Platform() inbox.Platform { return "weibo" }
func (p *platform) Face() inbox.PlatformFace { return inbox.PlatformFace{} }
func (p *platform) Limits(kind inbox.Kind) inbox.Limits {
	return inbox.Limits{MaxLength: 140, CountAs: inbox.CountWeibo, Public: kind != inbox.KindDM}
}
func (p *platform) Parse(context.Context, inbox.Account, inbox.Push) ([]inbox.Inbound, error) {
	return nil, errors.New("not asked for")
}
func (p *platform) Send(_ context.Context, _ inbox.Account, out inbox.Outbound) (inbox.Receipt, error) {
	p.mu.Lock()
	p.sent = append(p.sent, out)
	answer := func() (inbox.Receipt, error) { return inbox.Receipt{}, nil }
	if len(p.answers) > 0 {
		answer, p.answers = p.answers[0], p.answers[1:]
	}
	p.mu.Unlock()
	return answer()
}
func (p *platform) CanFind(kind inbox.Kind) bool { return kind != inbox.KindDM }
func (p *platform) Essence(text string) string   { return strings.Join(strings.Fields(text), "") }
func (p *platform) Find(context.Context, inbox.Account, inbox.Outbound, time.Time) (inbox.ExternalID, error) {
	return p.find()
}

// says makes the platform give these answers, one a call, and then say yes.
func (p *platform) says(answers ...func() (inbox.Receipt, error)) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.answers = answers
}

func (p *platform) calls() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.sent)
}

func yes(id inbox.ExternalID) func() (inbox.Receipt, error) {
	return func() (inbox.Receipt, error) { return inbox.Receipt{ExternalID: id}, nil }
}

func no(err error) func() (inbox.Receipt, error) {
	return func() (inbox.Receipt, error) { return inbox.Receipt{}, err }
}

func refusal(kind inbox.RefusalKind) *inbox.Refusal {
	return &inbox.Refusal{Kind: kind, Code: "20000", Said: "no", ZH: "平台拒绝了", EN: "the platform said no"}
}

var errReset = errors.New("connection reset by peer")

// hints remembers what work was hinted at; nothing is done about it.
type hints struct {
	mu        sync.Mutex
	delivers  []inbox.OutboxID
	readBacks int
	triage    []inbox.MessageID
	polls     int
}

func (h *hints) Publish(...inbox.WorkspaceID) {}
func (h *hints) Triage(_ inbox.WorkspaceID, ids []inbox.MessageID) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.triage = append(h.triage, ids...)
}
func (h *hints) Deliver(_ inbox.WorkspaceID, id inbox.OutboxID, _ int, _ time.Time) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.delivers = append(h.delivers, id)
}
func (h *hints) ReadBack(inbox.WorkspaceID, inbox.OutboxID, int) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.readBacks++
}
func (h *hints) FetchMedia(inbox.WorkspaceID, inbox.MediaID)       {}
func (h *hints) ReadProfiles(inbox.WorkspaceID, []inbox.ContactID) {}
func (h *hints) Check(inbox.WorkspaceID, inbox.AccountID)          {}
func (h *hints) Poll(inbox.WorkspaceID, inbox.AccountID, inbox.SourceName) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.polls++
}

// take forgets the hints so far and says which deliveries were among them.
func (h *hints) take() []inbox.OutboxID {
	h.mu.Lock()
	defer h.mu.Unlock()
	taken := h.delivers
	h.delivers = nil
	return taken
}
