package api

import (
	"context"
	"net/http"
	"unicode/utf8"

	"weibox/inbox"
)

type deadLetters interface {
	DeadLetters(ctx context.Context, viewer inbox.Agent, limit int) ([]inbox.DeadLetter, error)
}

type replayer interface {
	Replay(ctx context.Context, viewer inbox.Agent, id inbox.DeadLetterID) error
}

type deadLetterDTO struct {
	ID        inbox.DeadLetterID `json:"id"`
	AccountID inbox.AccountID    `json:"account_id"`
	Source    string             `json:"source"`
	Reason    string             `json:"reason"`
	Raw       string             `json:"raw"`
	CreatedAt instant            `json:"created_at"`
}

// shownRaw bounds what the page gets of each; the whole stays stored.
const (
	shownRaw     = 4 << 10
	shownLetters = 100
)

func (s *Server) deadLetters(r *request) error {
	letters, err := s.deps.DeadLetters.DeadLetters(r.ctx(), r.viewer(), shownLetters)
	if err != nil {
		return err
	}
	dtos := make([]deadLetterDTO, 0, len(letters))
	for _, l := range letters {
		dtos = append(dtos, deadLetterDTO{ID: l.ID, AccountID: l.AccountID, Source: l.Source, Reason: l.Reason, Raw: readable(l.Raw), CreatedAt: instant{l.CreatedAt}})
	}
	return r.send(http.StatusOK, struct {
		DeadLetters []deadLetterDTO `json:"dead_letters"`
	}{dtos})
}

// readable shows bytes that may be anything.
func readable(raw []byte) string {
	if len(raw) > shownRaw {
		raw = raw[:shownRaw]
	}
	text := make([]rune, 0, len(raw))
	for len(raw) > 0 {
		c, size := utf8.DecodeRune(raw)
		text, raw = append(text, c), raw[size:]
	}
	return string(text)
}

func (s *Server) replayDeadLetter(r *request) error {
	id, err := idIn[inbox.DeadLetter](r, "id")
	if err != nil {
		return err
	}
	if err := s.deps.Replayer.Replay(r.ctx(), r.viewer(), id); err != nil {
		return err
	}
	return r.nothing()
}
