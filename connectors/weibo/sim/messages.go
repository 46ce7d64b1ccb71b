package sim

import (
	"encoding/json"
	"strings"
	"time"
)

// Types of pushed messages (docs/platforms/weibo.md §4.3).
const (
	typeText     = "text"
	typeImage    = "image"
	typeVoice    = "voice"
	typePosition = "position"
	typeEvent    = "event"
	typeMention  = "mention"
	typeArticles = "articles"
)

// events have a default phrase each, and some open a window for answers (§4.6).
var events = map[string]struct {
	text  string
	opens bool
}{
	"follow":      {"关注事件消息", true},
	"unfollow":    {"取消关注事件消息", false},
	"subscribe":   {"订阅事件消息", true},
	"unsubscribe": {"退订事件消息", false},
	"scan":        {"扫描二维码事件消息", true},
	"scan_follow": {"扫描二维码并关注事件消息", true},
	"click":       {"自定义菜单点击事件消息", true},
	"view":        {"自定义菜单跳转事件消息", true},
}

// keywords are messages that are orders: they arrive as an event with the keyword as its text (§4.2).
var keywords = map[string]string{"dy": "subscribe", "td": "unsubscribe"}

// deliverMessage brings a private message of a fan to the brand: into the chat, onto the clock, out by push.
func (s *Sim) deliverMessage(b *brand, fan *person, m *message) {
	if subtype, isKeyword := keywords[strings.ToLower(m.text)]; isKeyword && m.kind == typeText {
		s.happen(b, fan, subtype, m.text, map[string]string{"subtype": subtype}, m.at)
		return
	}
	k := s.chat(b, fan)
	k.messages = append(k.messages, m)
	k.contacted(m.at)
	b.unread.messages++
	s.push(b, fan, m.kind, m.text, m.data, m.at)
}

// fileMessage is an image or voice message. The sender views the file as vfid, the receiver as tovfid.
func (s *Sim) fileMessage(b *brand, kind, phrase string, f file, at time.Time) *message {
	f.owner = b.uid
	tovfid := s.store(f)
	return &message{kind: kind, text: phrase, data: map[string]int64{"vfid": tovfid - 1, "tovfid": tovfid}, fid: tovfid, at: at}
}

func positionMessage(longitude, latitude string, at time.Time) *message {
	data := map[string]string{"longitude": longitude, "latitude": latitude}
	return &message{kind: typePosition, text: "发送了一个位置 http://t.cn/z8Ae3kR", data: data, at: at}
}

func textMessage(text string, at time.Time) *message {
	return &message{kind: typeText, text: text, data: struct{}{}, at: at}
}

// deliverEvent does what an event says and tells the brand. Nobody need have heard of the subtype.
func (s *Sim) deliverEvent(b *brand, fan *person, subtype, key string, at time.Time) {
	data := map[string]string{"subtype": subtype}
	if key != "" {
		data["key"] = key
	}
	if strings.HasPrefix(subtype, "scan") {
		data["ticket"] = s.word(24)
	}
	s.happen(b, fan, subtype, events[subtype].text, data, at)
}

func (s *Sim) happen(b *brand, fan *person, subtype, text string, data any, at time.Time) {
	k := s.chat(b, fan)
	s.follow(k, subtype)
	if events[subtype].opens {
		k.contacted(at)
	}
	k.messages = append(k.messages, &message{kind: typeEvent, text: text, data: data, subtype: subtype, at: at})
	s.push(b, fan, typeEvent, text, data, at)
}

func (s *Sim) follow(k *chat, subtype string) {
	switch subtype {
	case "follow", "scan_follow":
		k.fan.follows[k.brand.uid] = true
		k.unfollowed = false
		k.brand.unread.followers++
	case "unfollow":
		delete(k.fan.follows, k.brand.uid)
		k.unfollowed = true
	}
}

// noticeMention tells a brand that it was @ed: red dot always, push only if the permission covers the writer.
func (s *Sim) noticeMention(b *brand, author *person, subtype string, id int64, text string, at time.Time) {
	if subtype == "comment" {
		b.unread.commentMentions++
	} else {
		b.unread.statusMentions++
	}
	if !b.hears(author) {
		return
	}
	k := s.chat(b, author)
	k.mentionAt, k.mentionSent = at, 0
	s.push(b, author, typeMention, text, map[string]string{"subtype": subtype, "key": decimal(id)}, at)
}

func (b *brand) hears(author *person) bool {
	return b.mentions == MentionsAll || b.mentions == MentionsTrusted && author.verifiedType >= celebrity
}

// content is what a brand sends privately: text, articles or a position, as in §4.4.
type content struct {
	kind     string
	Text     string `json:"text"`
	Articles []struct {
		DisplayName string `json:"display_name"`
		Summary     string `json:"summary"`
		Image       string `json:"image"`
		URL         string `json:"url"`
	} `json:"articles"`
	Longitude string `json:"longitude"`
	Latitude  string `json:"latitude"`
}

// maxArticles is the most that one message holds (§4.4).
const maxArticles = 8

func parseContent(kind, data string) (content, *apiError) {
	c := content{kind: kind}
	if json.Unmarshal([]byte(data), &c) != nil {
		return c, refuse(codeBadValue, "data")
	}
	switch {
	case kind == typeText:
		return c, checkLength(strings.TrimSpace(c.Text), 300, codeTooLong300)
	case kind == typeArticles && 0 < len(c.Articles) && len(c.Articles) <= maxArticles:
		return c, nil
	case kind == typePosition && c.Longitude != "" && c.Latitude != "":
		return c, nil
	default:
		return c, refuse(codeBadValue, "type")
	}
}

// line is the content as a chat shows it.
func (c content) line(at time.Time) *message {
	text := c.Text
	switch c.kind {
	case typeArticles:
		text = c.Articles[0].DisplayName + " " + c.Articles[0].URL
	case typePosition:
		text = c.Longitude + "," + c.Latitude
	}
	return &message{fromBrand: true, kind: c.kind, text: text, at: at}
}

// replyToMessage answers messages/reply of both families. Success gives no id, so that it cannot be read back (§4.6).
func (s *Sim) replyToMessage(c *call) (any, *apiError) {
	if refusal := s.require(c, "type", "data", "receiver_id"); refusal != nil {
		return nil, refusal
	}
	fan := s.people[number(c.form.Get("receiver_id"))]
	if fan == nil {
		return nil, refuse(codeNoUser)
	}
	said, refusal := parseContent(c.form.Get("type"), c.form.Get("data"))
	if refusal == nil {
		refusal = s.answer(s.chat(c.user, fan), said, c.endpoint.name, !c.fault.lost())
	}
	if refusal != nil {
		return nil, refusal
	}
	return map[string]any{
		"result": true, "sender_id": c.user.uid, "receiver_id": fan.uid, "type": said.kind, "data": c.form.Get("data"),
	}, nil
}

// answer sends what a brand says to a fan, if window and allowance let it.
func (s *Sim) answer(k *chat, said content, way string, told bool) *apiError {
	now := s.now()
	if refusal := k.refusal(s.opts.Quotas, now); refusal != nil {
		return refusal
	}
	m := said.line(now)
	k.answered(s.opts.Quotas, m)
	s.accept(Accepted{
		At: now, Endpoint: way, Kind: KindDM, UID: decimal(k.brand.uid), Target: decimal(k.fan.uid), Text: m.text, Type: m.kind, Answered: told,
	})
	s.provokeChat(k)
	return nil
}
