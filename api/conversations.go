package api

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"weibox/inbox"
)

// conversations is what the inbox's screens read. What the viewer may not see is NotFound.
type conversations interface {
	Conversations(ctx context.Context, viewer inbox.Agent, f inbox.ConversationFilter) ([]inbox.Conversation, error)
	Conversation(ctx context.Context, viewer inbox.Agent, id inbox.ConversationID) (inbox.Conversation, error)
	ConversationCounts(ctx context.Context, viewer inbox.Agent) (inbox.ConversationCounts, error)
	Messages(ctx context.Context, viewer inbox.Agent, id inbox.ConversationID, before inbox.MessagePlace, limit int) ([]inbox.Message, []inbox.Fact, error)
	MarkRead(ctx context.Context, viewer inbox.Agent, id inbox.ConversationID, upTo inbox.MessageID) error
}

type contactDTO struct {
	ID         inbox.ContactID  `json:"id"`
	ExternalID inbox.ExternalID `json:"external_id"`
	Name       string           `json:"name"`
	AvatarURL  string           `json:"avatar_url,omitempty"`
	Followers  *int             `json:"followers,omitempty"`
	Verified   inbox.Verified   `json:"verified,omitempty"`
	FollowsUs  *bool            `json:"follows_us,omitempty"`
	ProfileURL string           `json:"profile_url,omitempty"`
}

// contactFrom shows a contact. His picture comes through us: the page loads nothing from elsewhere.
func contactFrom(c inbox.Contact) contactDTO {
	dto := contactDTO{ID: c.ID, ExternalID: c.ExternalID, Name: c.Name, Followers: c.Followers, FollowsUs: c.FollowsUs, ProfileURL: c.ProfileURL}
	if c.AvatarURL != "" {
		dto.AvatarURL = "/api/v1/contacts/" + c.ID.String() + "/avatar"
	}
	if c.Verified != inbox.NotVerified {
		dto.Verified = c.Verified
	}
	return dto
}

type postDTO struct {
	ExternalID  inbox.ExternalID `json:"external_id"`
	Text        string           `json:"text"`
	AuthorName  string           `json:"author_name"`
	Ours        bool             `json:"ours"`
	PostedAt    instant          `json:"posted_at,omitzero"`
	URL         string           `json:"url,omitempty"`
	PictureURLs []string         `json:"picture_urls,omitempty"`
	Deleted     bool             `json:"deleted,omitempty"`
}

func postFrom(p *inbox.Post, account inbox.Account) *postDTO {
	if p == nil {
		return nil
	}
	dto := &postDTO{ExternalID: p.ExternalID, Text: p.Text, AuthorName: p.AuthorName, Ours: p.AuthorID == account.ExternalID && p.AuthorID != "",
		PostedAt: instant{p.PostedAt}, URL: p.URL, Deleted: p.Deleted}
	for n := range p.Pictures {
		dto.PictureURLs = append(dto.PictureURLs, fmt.Sprintf("/api/v1/posts/%s/pictures/%d", p.ID, n))
	}
	return dto
}

type windowDTO struct {
	Open  bool            `json:"open"`
	Until instant         `json:"until,omitzero"`
	Left  *int            `json:"left,omitempty"`
	Why   *inbox.Sentence `json:"why,omitempty"`
}

func windowFrom(w inbox.Window) windowDTO {
	return windowDTO{Open: w.Open, Until: instant{w.Until}, Left: w.Left, Why: said(w.Why)}
}

// said is a sentence that is absent in JSON where there is nothing to say.
func said(s inbox.Sentence) *inbox.Sentence {
	if s.Empty() {
		return nil
	}
	return &s
}

type limitsDTO struct {
	MaxLength int            `json:"max_length"`
	CountAs   inbox.Counting `json:"count_as"`
	Public    bool           `json:"public"`
}

type snippetDTO struct {
	Text      string          `json:"text"`
	Direction inbox.Direction `json:"direction"`
	At        instant         `json:"at"`
}

type groupRef struct {
	ID   inbox.SkillGroupID `json:"id"`
	Name string             `json:"name"`
}

type conversationDTO struct {
	ID              inbox.ConversationID    `json:"id"`
	AccountID       inbox.AccountID         `json:"account_id"`
	Platform        inbox.Platform          `json:"platform"`
	AccountName     string                  `json:"account_name,omitempty"`
	Kind            inbox.Kind              `json:"kind"`
	Place           string                  `json:"place"`
	State           inbox.ConversationState `json:"state"`
	Contact         contactDTO              `json:"contact"`
	Assignee        *agentRef               `json:"assignee,omitempty"`
	SkillGroup      *groupRef               `json:"skill_group,omitempty"`
	Tags            []tagDTO                `json:"tags"`
	LastActivityAt  instant                 `json:"last_activity_at"`
	WaitingSince    instant                 `json:"waiting_since,omitzero"`
	Awaiting        bool                    `json:"awaiting"`
	Unread          int                     `json:"unread"`
	Snippet         *snippetDTO             `json:"snippet,omitempty"`
	DeliveryProblem inbox.ReplyState        `json:"delivery_problem"`
	Version         int64                   `json:"version,string"`
	Post            *postDTO                `json:"post,omitempty"`
	Window          windowDTO               `json:"window"`
	Limits          limitsDTO               `json:"limits"`
	AccountState    inbox.AccountState      `json:"account_state,omitempty"`
}

const mostUnread = 99

// surroundings is what a row of the list needs besides itself, read once for a whole page.
type surroundings struct {
	accounts map[inbox.AccountID]inbox.Account
	tags     map[inbox.TagID]inbox.Tag
	limits   func(inbox.Platform, inbox.Kind) inbox.Limits
	now      time.Time
}

func (s *Server) surroundings(r *request) (surroundings, error) {
	around := surroundings{accounts: map[inbox.AccountID]inbox.Account{}, tags: map[inbox.TagID]inbox.Tag{}, limits: s.deps.Platforms.Limits,
		now: s.deps.Now()}
	accounts, err := s.deps.Accounts.Accounts(r.ctx(), r.viewer())
	if err != nil {
		return around, err
	}
	for _, a := range accounts {
		around.accounts[a.ID] = a
	}
	tags, err := s.deps.Tags.Tags(r.ctx(), r.viewer())
	for _, t := range tags {
		around.tags[t.ID] = t
	}
	return around, err
}

func (a surroundings) conversation(c inbox.Conversation) conversationDTO {
	account := a.accounts[c.AccountID]
	dto := conversationDTO{ID: c.ID, AccountID: c.AccountID, Platform: c.Contact.Platform, AccountName: account.Name, Kind: c.Kind, Place: "post",
		State: c.State, Contact: contactFrom(c.Contact), Tags: a.tagged(c.TagIDs), LastActivityAt: instant{c.LastActivityAt},
		WaitingSince: instant{c.WaitingSince}, Awaiting: c.Awaiting(), Unread: min(max(c.Unread, 0), mostUnread), DeliveryProblem: c.Problem,
		Version: c.Version, Post: postFrom(c.Post, account), Window: windowFrom(c.WindowAt(a.now)), AccountState: account.State}
	limits := a.limits(c.Contact.Platform, c.Kind)
	dto.Limits = limitsDTO{MaxLength: limits.MaxLength, CountAs: limits.CountAs, Public: limits.Public}
	if c.Place == inbox.PlaceDM {
		dto.Place = "dm"
	}
	if c.AssigneeID != 0 {
		dto.Assignee = &agentRef{ID: c.AssigneeID, Name: c.AssigneeName}
	}
	if c.SkillGroupID != 0 {
		dto.SkillGroup = &groupRef{ID: c.SkillGroupID, Name: c.GroupName}
	}
	if c.SnippetFrom == inbox.In || c.SnippetFrom == inbox.Out {
		dto.Snippet = &snippetDTO{Text: c.Snippet, Direction: c.SnippetFrom, At: instant{c.LastActivityAt}}
	}
	return dto
}

func (a surroundings) tagged(ids []inbox.TagID) []tagDTO {
	dtos := make([]tagDTO, 0, len(ids))
	for _, id := range ids {
		if tag, known := a.tags[id]; known {
			dtos = append(dtos, tagFrom(tag))
		}
	}
	return dtos
}

// sendConversation answers with one conversation, as every change of one does.
func (s *Server) sendConversation(r *request, c inbox.Conversation, err error) error {
	if err != nil {
		return err
	}
	around, err := s.surroundings(r)
	if err != nil {
		return err
	}
	return r.send(http.StatusOK, around.conversation(c))
}

func (s *Server) conversation(r *request) error {
	id, err := idIn[inbox.Conversation](r, "id")
	if err != nil {
		return err
	}
	c, err := s.deps.Conversations.Conversation(r.ctx(), r.viewer(), id)
	if err == nil {
		s.boost(r, c)
	}
	return s.sendConversation(r, c, err)
}

// boost lets the account of a conversation that somebody opens be read more often. Reading does not fail for it.
func (s *Server) boost(r *request, c inbox.Conversation) {
	if err := s.deps.Accounts.Boost(r.ctx(), c.WorkspaceID, c.AccountID); err != nil {
		s.deps.Log.WarnContext(r.ctx(), "account not boosted", "account", c.AccountID, "err", err)
	}
}

func (s *Server) conversations(r *request) error {
	filter, err := filterIn(r.Request.URL.Query())
	if err != nil {
		return err
	}
	found, err := s.deps.Conversations.Conversations(r.ctx(), r.viewer(), filter)
	if err != nil {
		return err
	}
	around, err := s.surroundings(r)
	if err != nil {
		return err
	}
	page := struct {
		Conversations []conversationDTO `json:"conversations"`
		NextCursor    string            `json:"next_cursor,omitempty"`
	}{Conversations: make([]conversationDTO, 0, len(found))}
	for _, c := range found {
		page.Conversations = append(page.Conversations, around.conversation(c))
	}
	if len(found) == filter.Limit && len(filter.IDs) == 0 {
		last := found[len(found)-1]
		page.NextCursor = cursorAt(placeOf(last, filter), int64(last.ID))
	}
	return r.send(http.StatusOK, page)
}

const usualPage = 50

// filterIn reads the query. The contract has already refused values that are none of the allowed ones.
func filterIn(q url.Values) (f inbox.ConversationFilter, err error) {
	f = inbox.ConversationFilter{View: inbox.ViewAll, State: inbox.ConversationState(q.Get("state")), Awaiting: q.Get("awaiting") == "true"}
	f.Closing = q.Get("sort") == "closing"
	if view := q.Get("view"); view != "" {
		f.View = inbox.View(view)
	}
	for _, kind := range q["kind"] {
		f.Kinds = append(f.Kinds, inbox.Kind(kind))
	}
	if f.Limit, err = pageSize(q); err != nil {
		return f, err
	}
	if f.Accounts, err = idsIn[inbox.Account](q["account_id"]); err != nil {
		return f, err
	}
	if f.IDs, err = idsIn[inbox.Conversation](q["id"]); err != nil {
		return f, err
	}
	f.Limit = max(f.Limit, len(f.IDs)) // who names rows wants them all
	if f.Assignee, err = oneID[inbox.Agent](q.Get("assignee_id")); err != nil {
		return f, err
	}
	if f.Tag, err = oneID[inbox.Tag](q.Get("tag_id")); err != nil {
		return f, err
	}
	if f.SkillGroup, err = oneID[inbox.SkillGroup](q.Get("skill_group_id")); err != nil {
		return f, err
	}
	at, id, err := readCursor(q.Get("cursor"))
	f.Before = inbox.ListPlace{At: at, ID: inbox.ConversationID(id)}
	return f, err
}

func oneID[T any](text string) (inbox.ID[T], error) {
	if text == "" {
		return 0, nil
	}
	return inbox.ParseID[T](text)
}

func idsIn[T any](texts []string) ([]inbox.ID[T], error) {
	var ids []inbox.ID[T]
	for _, text := range texts {
		id, err := inbox.ParseID[T](text)
		if err != nil {
			return nil, err
		}
		ids = append(ids, id)
	}
	return ids, nil
}

func pageSize(q url.Values) (int, error) {
	text := q.Get("limit")
	if text == "" {
		return usualPage, nil
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 || n > 100 {
		return 0, &inbox.Error{Code: inbox.Invalid, Field: "limit", ZH: "每页数量应在 1 到 100 之间", EN: "a page holds between 1 and 100"}
	}
	return n, nil
}

// cursorAt names a place in a list by the row that a page ended with.
// placeOf is the instant by which the list is ordered.
func placeOf(c inbox.Conversation, f inbox.ConversationFilter) time.Time {
	if f.Closing {
		return c.WindowUntil
	}
	return c.LastActivityAt
}

func cursorAt(at time.Time, id int64) string { return fmt.Sprintf("%d.%d", at.UnixMilli(), id) }

func readCursor(text string) (at time.Time, id int64, err error) {
	if text == "" {
		return at, 0, nil
	}
	var ms int64
	if _, err := fmt.Sscanf(text, "%d.%d", &ms, &id); err != nil || cursorAt(time.UnixMilli(ms), id) != text {
		return at, 0, &inbox.Error{Code: inbox.Invalid, Field: "cursor", ZH: "翻页位置不正确，请从第一页重新开始", EN: "this is no place in the list: start again from the first page"}
	}
	return time.UnixMilli(ms).UTC(), id, nil
}

func (s *Server) conversationCounts(r *request) error {
	counts, err := s.deps.Conversations.ConversationCounts(r.ctx(), r.viewer())
	if err != nil {
		return err
	}
	return r.send(http.StatusOK, struct {
		Mine         int `json:"mine"`
		Unassigned   int `json:"unassigned"`
		All          int `json:"all"`
		AwaitingMine int `json:"awaiting_mine"`
	}(counts))
}

func (s *Server) markRead(r *request) error {
	id, err := idIn[inbox.Conversation](r, "id")
	if err != nil {
		return err
	}
	var form struct {
		Message inbox.MessageID `json:"message_id"`
	}
	if err := r.decode(&form); err != nil {
		return err
	}
	if err := s.deps.Conversations.MarkRead(r.ctx(), r.viewer(), id, form.Message); err != nil {
		return err
	}
	return r.nothing()
}
