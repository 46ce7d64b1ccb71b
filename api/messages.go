package api

import (
	"net/http"

	"weibox/inbox"
)

type attachmentDTO struct {
	Type   string           `json:"type"`
	State  inbox.MediaState `json:"state"`
	URL    string           `json:"url,omitempty"`
	Width  int              `json:"width,omitempty"`
	Height int              `json:"height,omitempty"`
}

func attachmentFrom(m inbox.Media) attachmentDTO {
	dto := attachmentDTO{Type: "file", State: m.State, Width: m.Width, Height: m.Height}
	switch m.Type {
	case "image", "voice", "video":
		dto.Type = m.Type
	}
	if m.State == inbox.MediaReady {
		dto.URL = "/api/v1/media/" + m.ID.String()
	}
	return dto
}

type deliveryDTO struct {
	ID         inbox.OutboxID   `json:"id"`
	State      inbox.ReplyState `json:"state"`
	Attempt    int              `json:"attempt"`
	NotBefore  instant          `json:"not_before,omitzero"`
	Reason     *inbox.Sentence  `json:"reason,omitempty"`
	Code       string           `json:"code,omitempty"`
	ExternalID inbox.ExternalID `json:"external_id,omitempty"`
	SettledBy  inbox.SettledBy  `json:"settled_by,omitempty"`
	CanRecheck bool             `json:"can_recheck"`
}

func deliveryFrom(reply *inbox.Reply) *deliveryDTO {
	if reply == nil {
		return nil
	}
	return &deliveryDTO{ID: reply.ID, State: reply.State, Attempt: reply.Attempt, NotBefore: instant{reply.NotBefore}, Reason: said(reply.Reason),
		Code: reply.Code, ExternalID: reply.ExternalID, SettledBy: reply.SettledBy, CanRecheck: reply.CanRecheck}
}

type messageDTO struct {
	ID             inbox.MessageID      `json:"id"`
	ConversationID inbox.ConversationID `json:"conversation_id"`
	Kind           inbox.Kind           `json:"kind"`
	Direction      inbox.Direction      `json:"direction"`
	Origin         inbox.Origin         `json:"origin,omitempty"`
	Type           string               `json:"type"`
	Text           string               `json:"text"`
	Line           *inbox.Sentence      `json:"line,omitempty"`
	Author         *agentRef            `json:"author,omitempty"`
	Attachments    []attachmentDTO      `json:"attachments,omitempty"`
	SentAt         instant              `json:"sent_at"`
	Imported       bool                 `json:"imported,omitempty"`
	Deleted        bool                 `json:"deleted,omitempty"`
	ExternalID     inbox.ExternalID     `json:"external_id,omitempty"`
	ReplyTo        inbox.MessageID      `json:"reply_to,omitempty"`
	Delivery       *deliveryDTO         `json:"delivery,omitempty"`
}

// messageFrom shows a message. The platform's raw payload never leaves the server.
func messageFrom(m inbox.Message) messageDTO {
	dto := messageDTO{ID: m.ID, ConversationID: m.ConversationID, Kind: m.Kind, Direction: m.Direction, Origin: m.Origin, Type: m.Type, Text: m.Text,
		Line: lineOf(m), SentAt: instant{m.SentAt}, Imported: m.Imported, Deleted: m.Deleted, ExternalID: m.ExternalID, ReplyTo: m.ReplyToID,
		Delivery: deliveryFrom(m.Reply)}
	if m.AuthorID != 0 {
		dto.Author = &agentRef{ID: m.AuthorID, Name: m.AuthorName}
	}
	for _, a := range m.Attachments {
		dto.Attachments = append(dto.Attachments, attachmentFrom(a))
	}
	return dto
}

// What to show for something that is no text: events by their name, the rest by their type.
var (
	eventLines = map[inbox.EventName]inbox.Sentence{
		inbox.Followed:     {ZH: "关注了你们", EN: "followed you"},
		inbox.Unfollowed:   {ZH: "取消了关注", EN: "unfollowed you"},
		inbox.Subscribed:   {ZH: "订阅了消息", EN: "subscribed to messages"},
		inbox.Unsubscribed: {ZH: "退订了消息", EN: "unsubscribed from messages"},
		inbox.Scanned:      {ZH: "扫描了二维码", EN: "scanned the QR code"},
		inbox.MenuClicked:  {ZH: "点击了菜单", EN: "chose from the menu"},
	}
	typeLines = map[string]inbox.Sentence{
		"image":    {ZH: "［图片］", EN: "[picture]"},
		"voice":    {ZH: "［语音］", EN: "[voice message]"},
		"video":    {ZH: "［视频］", EN: "[video]"},
		"position": {ZH: "［位置］", EN: "[location]"},
	}
	otherEvent = inbox.Sentence{ZH: "平台事件", EN: "platform event"}
	otherType  = inbox.Sentence{ZH: "［暂不支持显示的消息，请到平台查看］", EN: "[a kind of message not shown here: look on the platform]"}
)

func lineOf(m inbox.Message) *inbox.Sentence {
	line := otherType
	switch {
	case m.Type == "text" || m.Kind == inbox.KindNote:
		return nil
	case m.Kind == inbox.KindEvent:
		line = otherEvent
		if known, ok := eventLines[m.Event]; ok {
			line = known
		}
	default:
		if known, ok := typeLines[m.Type]; ok {
			line = known
		} else if m.Text != "" || len(m.Attachments) > 0 {
			return nil
		}
	}
	return &line
}

func (s *Server) sendMessage(r *request, status int, m inbox.Message, err error) error {
	if err != nil {
		return err
	}
	return r.send(status, messageFrom(m))
}

type eventDTO struct {
	ID    inbox.FactID   `json:"id"`
	Kind  inbox.FactKind `json:"kind"`
	At    instant        `json:"at"`
	ZH    string         `json:"zh"`
	EN    string         `json:"en"`
	Actor *agentRef      `json:"actor,omitempty"`
}

func eventFrom(f inbox.Fact) eventDTO {
	dto := eventDTO{ID: f.ID, Kind: f.Kind, At: instant{f.At}, ZH: f.Why.ZH, EN: f.Why.EN}
	if f.ActorID != 0 {
		dto.Actor = &agentRef{ID: f.ActorID, Name: f.ActorName}
	}
	return dto
}

func (s *Server) messages(r *request) error {
	id, err := idIn[inbox.Conversation](r, "id")
	if err != nil {
		return err
	}
	query := r.Request.URL.Query()
	limit, err := pageSize(query)
	if err != nil {
		return err
	}
	at, message, err := readCursor(query.Get("before"))
	if err != nil {
		return err
	}
	before := inbox.MessagePlace{At: at, ID: inbox.MessageID(message)}
	found, facts, err := s.deps.Conversations.Messages(r.ctx(), r.viewer(), id, before, limit)
	if err != nil {
		return err
	}
	page := struct {
		Messages      []messageDTO `json:"messages"`
		Events        []eventDTO   `json:"events"`
		EarlierCursor string       `json:"earlier_cursor,omitempty"`
	}{Messages: make([]messageDTO, 0, len(found)), Events: make([]eventDTO, 0, len(facts))}
	for _, m := range found {
		page.Messages = append(page.Messages, messageFrom(m))
	}
	for _, f := range facts {
		page.Events = append(page.Events, eventFrom(f))
	}
	if len(found) == limit {
		page.EarlierCursor = cursorAt(found[0].SentAt, int64(found[0].ID))
	}
	return r.send(http.StatusOK, page)
}
