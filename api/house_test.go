package api

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/url"
	"sync"
	"time"

	"weibox/inbox"
)

// house is a small inbox in memory: workspace 1 with one of everything, behind the same words as the real one. Its people's tokens are
// their names.
type house struct {
	mu      sync.Mutex
	clock   time.Time
	people  map[inbox.Secret]*inbox.SignedIn
	changes []inbox.Change
	oldest  int64 // numbers up to here are no longer kept
	wake    chan struct{}
	viewers []inbox.Agent // who the domain was asked by, in order
	browser inbox.Browser // of the last sign-in
	heard   int
	looks   int   // for changes
	fail    error // what every call of the domain answers, if set
	panics  bool
	pushes  []inbox.Push
	boosted []inbox.AccountID
	reply   inbox.NewReply
	was     *inbox.AgentID
	filter  inbox.ConversationFilter
	media   inbox.Media
	file    []byte
	block   chan struct{} // Conversations waits for it, if set
}

var roles = map[inbox.Secret]inbox.Role{"owner": inbox.Owner, "admin": inbox.Admin, "super": inbox.Supervisor, "lin": inbox.Answerer,
	"market": inbox.Marketer, "view": inbox.Viewer, "stranger": inbox.Owner}

func newHouse() *house {
	h := &house{clock: time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC), people: map[inbox.Secret]*inbox.SignedIn{}, wake: make(chan struct{}, 1),
		media: inbox.Media{ID: 1, State: inbox.MediaReady, ContentType: "image/png", Path: "a.png"}, file: []byte("\x89PNG\r\n\x1a\npicture")}
	id := int64(10)
	for _, name := range []inbox.Secret{"owner", "admin", "super", "lin", "market", "view", "stranger"} {
		workspace := inbox.WorkspaceID(1)
		if name == "stranger" {
			workspace = 2
		}
		h.people[name] = &inbox.SignedIn{
			Session: inbox.Session{ID: inbox.SessionID(id), UserID: inbox.UserID(id), WorkspaceID: workspace, CreatedAt: h.clock, LastSeenAt: h.clock},
			User:    inbox.User{ID: inbox.UserID(id), Login: string(name), Name: string(name), Locale: "zh-CN"},
			Agent: inbox.Agent{ID: inbox.AgentID(id), WorkspaceID: workspace, UserID: inbox.UserID(id), Name: string(name), Login: string(name),
				Role: roles[name], Presence: inbox.Online, SeenAt: h.clock, Capacity: 20, AllAccounts: true}}
		id++
	}
	return h
}

func (h *house) now() time.Time { h.mu.Lock(); defer h.mu.Unlock(); return h.clock }

// asked notes who asks, and answers with the error that the test wants. Things of workspace 1 are hidden from others.
func (h *house) asked(viewer inbox.Agent) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.viewers = append(h.viewers, viewer)
	if h.panics {
		panic("the roof fell in: canary-panic")
	}
	if h.fail == nil && viewer.WorkspaceID != 1 {
		return inbox.Missing("对象", "thing")
	}
	return h.fail
}

func (h *house) SetupOpen(context.Context) (bool, error) { return true, nil }
func (h *house) Setup(_ context.Context, token string, house inbox.House, b inbox.Browser) (inbox.Secret, inbox.SignedIn, error) {
	if token != "right" {
		return "", inbox.SignedIn{}, &inbox.Error{Code: inbox.Denied, ZH: "不对", EN: "not right"}
	}
	return h.SignIn(context.Background(), "owner", "right", b)
}
func (h *house) SignIn(_ context.Context, login, password string, b inbox.Browser) (inbox.Secret, inbox.SignedIn, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.browser = b
	who, ok := h.people[inbox.Secret(login)]
	if !ok || password != "right" {
		return "", inbox.SignedIn{}, &inbox.Error{Code: inbox.Unauthenticated, ZH: "不对", EN: "not right"}
	}
	h.people["new-"+inbox.Secret(login)] = who
	return "new-" + inbox.Secret(login), *who, nil
}
func (h *house) SignOut(_ context.Context, token inbox.Secret) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	delete(h.people, token)
	return nil
}
func (h *house) Resume(ctx context.Context, token inbox.Secret) (inbox.SignedIn, error) {
	return h.Look(ctx, token)
}
func (h *house) Look(_ context.Context, token inbox.Secret) (inbox.SignedIn, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	who, ok := h.people[token]
	if !ok {
		return inbox.SignedIn{}, &inbox.Error{Code: inbox.Unauthenticated, ZH: "请先登录", EN: "please sign in"}
	}
	return *who, nil
}
func (h *house) Sessions(_ context.Context, who inbox.SignedIn) ([]inbox.Session, error) {
	return []inbox.Session{who.Session}, h.asked(who.Agent)
}
func (h *house) EndSession(_ context.Context, who inbox.SignedIn, _ inbox.SessionID) error {
	return h.asked(who.Agent)
}
func (h *house) Workspaces(_ context.Context, who inbox.SignedIn) ([]inbox.Workspace, error) {
	return []inbox.Workspace{{ID: who.Agent.WorkspaceID, Name: "店"}}, nil
}
func (h *house) Switch(_ context.Context, who inbox.SignedIn, _ inbox.WorkspaceID) (inbox.SignedIn, error) {
	return who, h.asked(who.Agent)
}
func (h *house) ChangePassword(_ context.Context, who inbox.SignedIn, _, _, _ string) error {
	return h.asked(who.Agent)
}
func (h *house) ChangeMe(_ context.Context, who inbox.SignedIn, _ inbox.MeChange) (inbox.SignedIn, error) {
	return who, h.asked(who.Agent)
}
func (h *house) Heard(context.Context, inbox.Agent) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.heard++
	return nil
}

func (h *house) Agents(_ context.Context, v inbox.Agent) ([]inbox.Agent, error) {
	return []inbox.Agent{v}, h.asked(v)
}
func (h *house) Agent(_ context.Context, v inbox.Agent, id inbox.AgentID) (inbox.Agent, error) {
	return inbox.Agent{ID: id, Name: "小林", Role: inbox.Answerer, Presence: inbox.Online}, nil
}
func (h *house) AddAgent(_ context.Context, v inbox.Agent, n inbox.NewAgent) (inbox.Agent, error) {
	return inbox.Agent{ID: 30, WorkspaceID: v.WorkspaceID, Name: n.Name, Login: n.Login, Role: n.Role, Presence: inbox.Offline, Capacity: n.Capacity}, h.asked(v)
}
func (h *house) ChangeAgent(_ context.Context, v inbox.Agent, id inbox.AgentID, _ inbox.AgentChange) (inbox.Agent, error) {
	return inbox.Agent{ID: id, Role: inbox.Answerer, Presence: inbox.Offline}, h.asked(v)
}
func (h *house) SkillGroups(_ context.Context, v inbox.Agent) ([]inbox.SkillGroup, error) {
	return []inbox.SkillGroup{{ID: 1, Name: "售后"}}, h.asked(v)
}
func (h *house) SaveSkillGroup(_ context.Context, v inbox.Agent, g inbox.SkillGroup) (inbox.SkillGroup, error) {
	g.ID = max(g.ID, 1)
	return g, h.asked(v)
}
func (h *house) RemoveSkillGroup(_ context.Context, v inbox.Agent, _ inbox.SkillGroupID) error {
	return h.asked(v)
}

var followers = 120

func (h *house) aConversation() inbox.Conversation {
	return inbox.Conversation{ID: 1, WorkspaceID: 1, AccountID: 1, ContactID: 1, Place: inbox.PlaceDM, Kind: inbox.KindDM, State: inbox.Open, AssigneeID: 13,
		AssigneeName: "lin", SkillGroupID: 1, GroupName: "售后", LastActivityAt: h.clock, WaitingSince: h.clock, Snippet: "在吗", SnippetFrom: inbox.In, Unread: 120,
		Version: 7, TagIDs: []inbox.TagID{1, 99}, Counted: inbox.ContactAccount{WindowUntil: h.clock.Add(time.Hour), Allowance: 5, Spent: 2},
		Contact: inbox.Contact{ID: 1, Platform: "weibo", ExternalID: "1900000001", Name: "小雨", AvatarURL: "https://tvax1.sinaimg.cn/x.jpg", Followers: &followers,
			Verified: inbox.NotVerified},
		Post: &inbox.Post{ID: 1, ExternalID: "p1", AuthorID: "5500", AuthorName: "品牌", Text: "新品", Pictures: []string{"https://wx1.sinaimg.cn/1.jpg"}}}
}
func (h *house) Conversations(ctx context.Context, v inbox.Agent, f inbox.ConversationFilter) ([]inbox.Conversation, error) {
	if h.block != nil {
		select {
		case <-h.block:
		case <-ctx.Done():
		}
	}
	h.mu.Lock()
	h.filter = f
	h.mu.Unlock()
	return []inbox.Conversation{h.aConversation()}, h.asked(v)
}
func (h *house) Conversation(_ context.Context, v inbox.Agent, _ inbox.ConversationID) (inbox.Conversation, error) {
	return h.aConversation(), h.asked(v)
}
func (h *house) ConversationCounts(_ context.Context, v inbox.Agent) (inbox.ConversationCounts, error) {
	return inbox.ConversationCounts{Mine: 1, Unassigned: 2, All: 3, AwaitingMine: 1}, h.asked(v)
}
func (h *house) aMessage() inbox.Message {
	return inbox.Message{ID: 5, WorkspaceID: 1, ConversationID: 1, Kind: inbox.KindDM, Direction: inbox.Out, Origin: inbox.FromAgent, Type: "text", Text: "您好",
		AuthorID: 13, AuthorName: "lin", SentAt: h.clock, Raw: json.RawMessage(`{"secret":"canary-raw"}`), Reply: &inbox.Reply{ID: 6, State: inbox.Unknown, Attempt: 1,
			Reason: inbox.Sentence{ZH: "结果未知", EN: "unknown"}}, Attachments: []inbox.Media{{ID: 1, Type: "sticker", State: inbox.MediaReady}}}
}
func (h *house) Messages(_ context.Context, v inbox.Agent, _ inbox.ConversationID, _ inbox.MessagePlace, limit int) ([]inbox.Message, []inbox.Fact, error) {
	event := inbox.Message{ID: 4, ConversationID: 1, Kind: inbox.KindEvent, Direction: inbox.In, Type: "event", Event: inbox.Followed, SentAt: h.clock.Add(-time.Minute)}
	return []inbox.Message{event, h.aMessage()}[:min(2, limit)], []inbox.Fact{{ID: 3, Kind: inbox.ConversationTaken, At: h.clock, ActorID: 13, ActorName: "lin",
		Why: inbox.Sentence{ZH: "接入", EN: "taken"}}}, h.asked(v)
}
func (h *house) MarkRead(_ context.Context, v inbox.Agent, _ inbox.ConversationID, _ inbox.MessageID) error {
	return h.asked(v)
}

func (h *house) Take(_ context.Context, v inbox.Agent, _ inbox.ConversationID) (inbox.Conversation, error) {
	return h.aConversation(), h.asked(v)
}
func (h *house) Assign(_ context.Context, v inbox.Agent, _ inbox.ConversationID, _ inbox.AgentID, was *inbox.AgentID) (inbox.Conversation, error) {
	h.was = was
	return h.aConversation(), h.asked(v)
}
func (h *house) Transfer(_ context.Context, v inbox.Agent, _ inbox.ConversationID, _ inbox.AgentID, _ inbox.SkillGroupID, _ string) (inbox.Conversation, error) {
	return h.aConversation(), h.asked(v)
}
func (h *house) Resolve(_ context.Context, v inbox.Agent, _ inbox.ConversationID) (inbox.Conversation, error) {
	return h.aConversation(), h.asked(v)
}
func (h *house) Reopen(_ context.Context, v inbox.Agent, _ inbox.ConversationID) (inbox.Conversation, error) {
	return h.aConversation(), h.asked(v)
}

// labels has the same words as the tags of a workspace, so it stands apart.
type labels struct{ *house }

func (l labels) AddTag(_ context.Context, v inbox.Agent, t inbox.Tag) (inbox.Tag, error) {
	t.ID = 2
	return t, l.asked(v)
}
func (l labels) ChangeTag(_ context.Context, v inbox.Agent, t inbox.Tag) (inbox.Tag, error) {
	return t, l.asked(v)
}
func (l labels) Tags(context.Context, inbox.Agent) ([]inbox.Tag, error) {
	return []inbox.Tag{{ID: 1, Name: "退款", Color: "red"}}, nil
}

func (h *house) AddTag(_ context.Context, v inbox.Agent, _ inbox.ConversationID, _ inbox.TagID) (inbox.Conversation, error) {
	return h.aConversation(), h.asked(v)
}
func (h *house) RemoveTag(_ context.Context, v inbox.Agent, _ inbox.ConversationID, _ inbox.TagID) (inbox.Conversation, error) {
	return h.aConversation(), h.asked(v)
}
func (h *house) Note(_ context.Context, v inbox.Agent, _ inbox.ConversationID, text string) (inbox.Message, error) {
	return inbox.Message{ID: 8, ConversationID: 1, Kind: inbox.KindNote, Direction: inbox.Internal, Origin: inbox.FromNote, Type: "text", Text: text, SentAt: h.clock}, h.asked(v)
}

func (h *house) Reply(_ context.Context, n inbox.NewReply) (inbox.Message, error) {
	h.reply = n
	return h.aMessage(), h.asked(n.Author)
}
func (h *house) Cancel(_ context.Context, v inbox.Agent, _ inbox.OutboxID) (inbox.Message, error) {
	return h.aMessage(), h.asked(v)
}
func (h *house) Confirm(_ context.Context, v inbox.Agent, _ inbox.OutboxID) (inbox.Message, error) {
	return h.aMessage(), h.asked(v)
}
func (h *house) Recheck(_ context.Context, v inbox.Agent, _ inbox.OutboxID) (inbox.Message, error) {
	return h.aMessage(), h.asked(v)
}
func (h *house) Resend(_ context.Context, v inbox.Agent, _ inbox.OutboxID, _ bool) (inbox.Message, error) {
	return h.aMessage(), h.asked(v)
}

func (h *house) Media(_ context.Context, v inbox.Agent, _ inbox.MediaID) (inbox.Media, error) {
	return h.media, h.asked(v)
}
func (h *house) ContactAvatar(_ context.Context, v inbox.Agent, _ inbox.ContactID) (inbox.Media, error) {
	return h.media, h.asked(v)
}
func (h *house) PostPicture(_ context.Context, v inbox.Agent, _ inbox.PostID, _ int) (inbox.Media, error) {
	return h.media, h.asked(v)
}

type memoryFile struct{ *bytes.Reader }

func (memoryFile) Close() error { return nil }
func (h *house) Open(string) (io.ReadSeekCloser, error) {
	return memoryFile{bytes.NewReader(h.file)}, nil
}

func (h *house) DeadLetters(_ context.Context, v inbox.Agent, _ int) ([]inbox.DeadLetter, error) {
	return []inbox.DeadLetter{{ID: 1, AccountID: 1, Source: inbox.OriginWebhook, Reason: "no such type", Raw: []byte("{\xff"), CreatedAt: h.now()}}, h.asked(v)
}

func (h *house) Status(_ context.Context, v inbox.Agent) (inbox.SystemStatus, error) {
	return inbox.SystemStatus{Engine: "sqlite", RedisInside: true, StartedAt: h.now(), Problems: []inbox.Sentence{{ZH: "时钟", EN: "the clock"}},
		Backlog: inbox.Backlog{Replies: map[inbox.ReplyState]int{inbox.Unknown: 1}, Oldest: map[inbox.ReplyState]time.Time{inbox.Unknown: h.now()}}}, h.asked(v)
}

func (h *house) Replay(_ context.Context, v inbox.Agent, _ inbox.DeadLetterID) error {
	return h.asked(v)
}

func (h *house) Rules(_ context.Context, v inbox.Agent) (inbox.RuleList, error) {
	return inbox.RuleList{Version: 3, Rules: []inbox.Rule{{Name: "退款", Enabled: true, Words: []string{"退款"}, Tags: []inbox.TagID{1}}}}, h.asked(v)
}
func (h *house) PublishRules(_ context.Context, v inbox.Agent, l inbox.RuleList) (inbox.RuleList, error) {
	l.Version++
	return l, h.asked(v)
}

var provenAt = time.Date(2026, 3, 1, 8, 0, 0, 123456789, time.UTC)

func (h *house) anAccount() inbox.Account {
	return inbox.Account{ID: 1, WorkspaceID: 1, Platform: "weibo", ExternalID: "5500", Name: "品牌", State: inbox.AccountActive, HookKey: "canary-hook-key",
		Token: inbox.Token{Access: "canary-token", ExpiresAt: h.clock.Add(90 * 24 * time.Hour)}, BoundAt: h.clock,
		Capabilities: []inbox.Capability{{Name: inbox.ReplyDM, Status: inbox.Proven, ZH: "已证实", EN: "proven", ProvenAt: &provenAt}}}
}
func (h *house) Accounts(context.Context, inbox.Agent) ([]inbox.Account, error) {
	return []inbox.Account{h.anAccount()}, nil
}
func (h *house) Account(_ context.Context, v inbox.Agent, _ inbox.AccountID) (inbox.Account, error) {
	return h.anAccount(), h.asked(v)
}
func (h *house) Sources(context.Context, inbox.Agent, inbox.AccountID) ([]inbox.SourceState, error) {
	return []inbox.SourceState{{Name: "comments_to_me", Imported: true, LastOKAt: h.clock, Floor: 2 * time.Hour}, {Name: "mentions", Floor: 3 * time.Hour}}, nil
}
func (h *house) Quotas(context.Context, inbox.Agent, inbox.Account) ([]inbox.QuotaState, error) {
	return []inbox.QuotaState{{Quota: inbox.Quota{Key: "weibo:app", ZH: "每小时", EN: "an hour", Limit: 100}, Used: 3, ResetsAt: h.clock.Add(time.Hour)}}, nil
}
func (h *house) Boost(_ context.Context, _ inbox.WorkspaceID, id inbox.AccountID) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.boosted = append(h.boosted, id)
	return nil
}

// office is the platforms' side, apart because its Accounts are not the store's.
type office struct{ *house }

func (o office) Platforms() []inbox.PlatformInfo {
	return []inbox.PlatformInfo{{Platform: "weibo", Face: inbox.PlatformFace{ZH: "微博", EN: "Weibo", Letter: "微", Color: "#D7142A"}, Bindable: true,
		Sources: []inbox.Source{{Name: "comments_to_me", ZH: "评论", EN: "comments"}}}}
}
func (o office) Limits(inbox.Platform, inbox.Kind) inbox.Limits {
	return inbox.Limits{MaxLength: 140, CountAs: inbox.CountWeibo}
}
func (o office) Bind(_ context.Context, v inbox.Agent, _ inbox.SessionID, _ inbox.Platform, _ inbox.AccountID) (inbox.Step, error) {
	return inbox.Step{Redirect: "https://api.weibo.com/oauth2/authorize"}, o.asked(v)
}
func (o office) FinishBinding(_ context.Context, _ inbox.SessionID, v inbox.Agent, _ inbox.Platform, _ url.Values) (inbox.Account, error) {
	return o.anAccount(), o.asked(v)
}
func (o office) Outlooks(context.Context, inbox.Agent, inbox.Account, []inbox.SourceState, time.Time) (map[inbox.SourceName]inbox.Outlook, error) {
	return map[inbox.SourceName]inbox.Outlook{"comments_to_me": {NextAt: o.clock.Add(time.Minute), Delay: 90 * time.Second,
		Plan: inbox.Sentence{ZH: "按预计", EN: "as expected"}}}, nil
}
func (o office) Check(_ context.Context, v inbox.Agent, _ inbox.AccountID) (inbox.Account, error) {
	return o.anAccount(), o.asked(v)
}
func (o office) Pause(_ context.Context, v inbox.Agent, _ inbox.AccountID, _ bool) error {
	return o.asked(v)
}
func (o office) Unbind(_ context.Context, v inbox.Agent, _ inbox.AccountID) error { return o.asked(v) }

func (h *house) Seq(context.Context, inbox.Agent) (int64, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.oldest + int64(len(h.changes)), nil
}
func (h *house) ChangesAfter(_ context.Context, v inbox.Agent, seq int64, limit int) ([]inbox.Change, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.looks++
	if seq < h.oldest {
		return nil, inbox.ErrTooOld
	}
	looked := h.changes[seq-h.oldest : min(int64(len(h.changes)), seq-h.oldest+int64(limit))]
	var seen []inbox.Change
	for i, c := range looked {
		if c.AccountID == 0 || v.Sees(c.AccountID) {
			seen = append(seen, c)
		} else if i == len(looked)-1 {
			seen = append(seen, inbox.Change{Seq: c.Seq})
		}
	}
	return seen, nil
}
func (h *house) commit(changes ...inbox.Change) {
	h.mu.Lock()
	for _, c := range changes {
		c.Seq = h.oldest + int64(len(h.changes)) + 1
		h.changes = append(h.changes, c)
	}
	h.mu.Unlock()
	select {
	case h.wake <- struct{}{}:
	default:
	}
}
func (h *house) Subscribe(inbox.WorkspaceID) (<-chan struct{}, func()) { return h.wake, func() {} }

func (h *house) VerifyHook(_ context.Context, _ inbox.Platform, key string, push inbox.Push) ([]byte, error) {
	return []byte(push.Query.Get("echostr")), h.hook(key)
}
func (h *house) ReceiveHook(_ context.Context, _ inbox.Platform, key string, push inbox.Push) error {
	if err := h.hook(key); err != nil {
		return err
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.pushes = append(h.pushes, push)
	return nil
}
func (h *house) hook(key string) error {
	if key != "known-key" {
		return inbox.Missing("地址", "address")
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.fail
}
