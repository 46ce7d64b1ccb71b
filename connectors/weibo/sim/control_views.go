package sim

import (
	"cmp"
	"fmt"
	"slices"
	"time"
)

// What GET /control shows. Every id is a string and every list is [] rather than null.
type (
	stateView struct {
		Now     time.Time      `json:"now"`
		Family  string         `json:"family"`
		Traffic traffic        `json:"traffic"`
		Quotas  []quotaView    `json:"quotas"`
		Brands  []brandView    `json:"brands"`
		Fans    []fanView      `json:"fans"`
		Faults  []Fault        `json:"faults"`
		Counts  map[string]int `json:"counts"`
	}
	quotaView struct {
		UID        string `json:"uid"`
		UsedToday  int    `json:"used_today"`
		LimitToday int    `json:"limit_today"`
		UsedHour   int    `json:"used_hour"`
	}
	brandView struct {
		UID            string     `json:"uid"`
		Name           string     `json:"name"`
		Avatar         string     `json:"avatar"`
		PushURL        string     `json:"push_url"`
		Mentions       string     `json:"mentions"`
		Authorized     bool       `json:"authorized"`
		TokenExpiresAt *time.Time `json:"token_expires_at"`
		Denied         []string   `json:"denied"`
	}
	fanView struct {
		UID          string   `json:"uid"`
		Name         string   `json:"name"`
		Avatar       string   `json:"avatar"`
		Followers    int      `json:"followers"`
		VerifiedType int      `json:"verified_type"`
		Authorized   bool     `json:"authorized"`
		Follows      []string `json:"follows"`
	}
	postView struct {
		ID        string        `json:"id"`
		UID       string        `json:"uid"`
		Name      string        `json:"name"`
		Avatar    string        `json:"avatar"`
		Text      string        `json:"text"`
		CreatedAt time.Time     `json:"created_at"`
		Picture   string        `json:"picture"`
		Deleted   bool          `json:"deleted"`
		Comments  []commentView `json:"comments"`
	}
	commentView struct {
		ID        string    `json:"id"`
		UID       string    `json:"uid"`
		Name      string    `json:"name"`
		Avatar    string    `json:"avatar"`
		Text      string    `json:"text"`
		CreatedAt time.Time `json:"created_at"`
		ReplyTo   string    `json:"reply_to"`
		Deleted   bool      `json:"deleted"`
	}
	chatView struct {
		Fan         face          `json:"fan"`
		WindowUntil *time.Time    `json:"window_until"`
		Left        int           `json:"left"` // -1: as many as you like
		Messages    []messageView `json:"messages"`
	}
	face struct {
		UID    string `json:"uid"`
		Name   string `json:"name"`
		Avatar string `json:"avatar"`
	}
	messageView struct {
		From      string    `json:"from"` // fan, brand
		Type      string    `json:"type"`
		Text      string    `json:"text"`
		Picture   string    `json:"picture"`
		CreatedAt time.Time `json:"created_at"`
		Event     string    `json:"event"`
	}
)

func (s *Sim) state(base string) stateView {
	s.mu.Lock()
	defer s.mu.Unlock()
	v := stateView{
		Now: s.now(), Family: s.family, Traffic: s.traffic, Quotas: []quotaView{}, Brands: []brandView{}, Fans: []fanView{}, Faults: []Fault{},
		Counts: s.counts(),
	}
	for _, b := range s.brands {
		v.Quotas = append(v.Quotas, s.quotaView(b))
		v.Brands = append(v.Brands, s.brandView(b, base))
	}
	for _, p := range s.fans {
		v.Fans = append(v.Fans, newFanView(p, base))
	}
	for _, f := range s.faults {
		v.Faults = append(v.Faults, *f)
	}
	return v
}

func (s *Sim) counts() map[string]int {
	messages := 0
	for _, k := range s.chats {
		messages += len(k.messages)
	}
	return map[string]int{
		"posts": len(s.posts), "comments": len(s.comments), "messages": messages, "pushes_underway": s.underway,
		"accepted": len(s.ledger.Accepted), "offered": len(s.ledger.Offered),
	}
}

func (s *Sim) quotaView(b *brand) quotaView {
	uid, now := decimal(b.uid), s.now()
	return quotaView{
		UID: uid, UsedToday: s.counter(uid, day, now).used, LimitToday: s.opts.Quotas.UserPerDay, UsedHour: s.counter(uid, time.Hour, now).used,
	}
}

func (s *Sim) brandView(b *brand, base string) brandView {
	v := brandView{
		UID: decimal(b.uid), Name: b.name, Avatar: avatar(base, b.person), PushURL: b.hook, Mentions: b.mentions, Denied: []string{},
	}
	if t := s.liveToken(b); t != nil {
		v.Authorized, v.TokenExpiresAt = true, &t.until
	}
	for endpoint := range b.denied {
		v.Denied = append(v.Denied, endpoint)
	}
	slices.Sort(v.Denied)
	return v
}

func newFanView(p *person, base string) fanView {
	v := fanView{
		UID: decimal(p.uid), Name: p.name, Avatar: avatar(base, p), Followers: p.followers, VerifiedType: p.verifiedType,
		Authorized: p.authorised, Follows: []string{},
	}
	for uid := range p.follows {
		v.Follows = append(v.Follows, decimal(uid))
	}
	slices.Sort(v.Follows)
	return v
}

func avatar(base string, p *person) string {
	return fmt.Sprintf("%s/img/avatar/180/%d.png", base, p.uid)
}

// postsView shows the brand's posts and those that @ it, newest first, with all their comments in the order of writing.
func (s *Sim) postsView(uid, base string) ([]postView, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	b, err := s.knownBrand(uid)
	if err != nil {
		return nil, err
	}
	under := map[*post][]commentView{}
	for _, c := range s.comments {
		under[c.post] = append(under[c.post], newCommentView(c, base))
	}
	posts := []postView{}
	for _, p := range slices.Backward(s.posts) {
		if p.author == b.person || p.mentions[b.uid] {
			posts = append(posts, newPostView(p, under[p], base))
		}
	}
	return posts, nil
}

func newPostView(p *post, comments []commentView, base string) postView {
	v := postView{
		ID: decimal(p.id), UID: decimal(p.author.uid), Name: p.author.name, Avatar: avatar(base, p.author), Text: p.text,
		CreatedAt: p.at, Deleted: p.deleted, Comments: comments,
	}
	if v.Comments == nil {
		v.Comments = []commentView{}
	}
	if p.picture {
		v.Picture = fmt.Sprintf("%s/img/bmiddle/%d.png", base, p.id)
	}
	return v
}

func newCommentView(c *comment, base string) commentView {
	v := commentView{
		ID: decimal(c.id), UID: decimal(c.author.uid), Name: c.author.name, Avatar: avatar(base, c.author), Text: c.text,
		CreatedAt: c.at, Deleted: c.deleted,
	}
	if c.replyTo != nil {
		v.ReplyTo = decimal(c.replyTo.id)
	}
	return v
}

// chatsView shows the brand's chats, the one with the newest message first.
func (s *Sim) chatsView(uid, base string) ([]chatView, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	b, err := s.knownBrand(uid)
	if err != nil {
		return nil, err
	}
	chats := []chatView{}
	for _, k := range s.chats {
		if k.brand == b && len(k.messages) > 0 {
			chats = append(chats, s.chatView(k, base))
		}
	}
	slices.SortFunc(chats, func(x, y chatView) int {
		return cmp.Or(y.last().Compare(x.last()), cmp.Compare(x.Fan.UID, y.Fan.UID))
	})
	return chats, nil
}

func (v chatView) last() time.Time { return v.Messages[len(v.Messages)-1].CreatedAt }

func (s *Sim) chatView(k *chat, base string) chatView {
	now := s.now()
	v := chatView{
		Fan:  face{decimal(k.fan.uid), k.fan.name, avatar(base, k.fan)},
		Left: k.left(s.opts.Quotas, now),
	}
	if until := k.windowUntil(s.opts.Quotas, now); !until.IsZero() {
		v.WindowUntil = &until
	}
	for _, m := range k.messages {
		v.Messages = append(v.Messages, newMessageView(m, base))
	}
	return v
}

func newMessageView(m *message, base string) messageView {
	v := messageView{From: "fan", Type: m.kind, Text: m.text, CreatedAt: m.at, Event: m.subtype}
	if m.fromBrand {
		v.From = "brand"
	}
	if m.kind == typeImage && m.fid != 0 {
		v.Picture = fmt.Sprintf("%s/img/dm/%d.png", base, m.fid)
	}
	return v
}

// orEmpty has [] where there is nothing yet.
func (l Ledger) orEmpty() Ledger {
	if l.Accepted == nil {
		l.Accepted = []Accepted{}
	}
	if l.Offered == nil {
		l.Offered = []Offered{}
	}
	return l
}
