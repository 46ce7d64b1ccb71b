package connectortest

import (
	"context"
	"errors"
	"regexp"
	"testing"

	"weibox/inbox"
)

// suite is a harness with the words that rules are written in.
type suite struct {
	*testing.T
	Harness
}

// ability is the connector as something it may or may not be; the rule is skipped where it is not.
func ability[A any](s *suite) A {
	s.Helper()
	a, ok := s.Connector().(A)
	if !ok {
		s.Skip("the connector has no such ability")
	}
	return a
}

// parse verifies and reads a push, as the webhook does.
func (s *suite) parse(push inbox.Push) []inbox.Inbound {
	s.Helper()
	if v, ok := s.Connector().(inbox.Verifier); ok {
		if _, err := v.Verify(s.Account(), push, s.Now()); err != nil {
			s.Fatalf("the platform's own push is refused: %v", err)
		}
	}
	got, err := s.Connector().Parse(context.Background(), s.Account(), push)
	if err != nil {
		s.Fatalf("the platform's own push is not understood: %v", err)
	}
	return got
}

// key is what a message is known by.
type key struct {
	object inbox.Object
	id     inbox.ExternalID
}

// reading is where every source of an account stands.
type reading map[inbox.SourceName]inbox.Cursor

// poll reads every source to its end and returns the sightings by key, with how many of them belong to the silent import.
func (s *suite) poll(p inbox.Poller, at reading) (seen map[key]inbox.Inbound, imported int) {
	s.Helper()
	seen = map[key]inbox.Inbound{}
	for _, source := range p.Sources() {
		for pages := 0; ; pages++ {
			page, err := p.Poll(context.Background(), s.Account(), source.Name, at[source.Name])
			if err != nil || pages > 100 {
				s.Fatalf("%s after %d pages: %v", source.Name, pages, err)
			}
			for _, in := range page.Items {
				seen[key{in.Object, in.ExternalID}] = in
				if page.Imported {
					imported++
				}
			}
			at[source.Name] = page.Next
			if page.Complete {
				break
			}
		}
	}
	return seen, imported
}

// answer sends a text to a fan's comment.
func (s *suite) answer(text string) (inbox.Outbound, inbox.Receipt, error) {
	fan := s.Fan("问的人")
	comment, post := fan.Comment("请问有货吗")
	out := inbox.Outbound{Kind: inbox.KindComment, Text: text, Contact: fan.ID(), Parent: comment, Post: post, OperatorIP: "114.114.114.114"}
	receipt, err := s.Connector().Send(context.Background(), s.Account(), out)
	return out, receipt, err
}

// complete fails unless a sighting has everything the inbox needs.
func (s *suite) complete(in inbox.Inbound) {
	s.Helper()
	if in.Object == "" || in.Kind == "" || in.ExternalID == "" || in.Contact.ExternalID == "" || in.Place == "" || in.Type == "" ||
		in.At.IsZero() || len(in.Raw) == 0 || (in.Direction != inbox.In && in.Direction != inbox.Out) {
		s.Errorf("an incomplete sighting: %+v", in)
	}
}

var chinese = regexp.MustCompile(`\p{Han}`)

// refusal fails unless err is a refusal of one of these kinds that says in both languages what to do.
func (s *suite) refusal(err error, kinds ...inbox.RefusalKind) {
	s.Helper()
	r := inbox.RefusalOf(err)
	if r == nil {
		s.Errorf("no refusal: %v", err)
		return
	}
	if !chinese.MatchString(r.ZH) || r.EN == "" {
		s.Errorf("a refusal without sentences: %+v", r)
	}
	for _, kind := range kinds {
		if r.Kind == kind {
			return
		}
	}
	s.Errorf("refused as %s, want %v: %v", r.Kind, kinds, err)
}

// unknown fails unless err leaves open what the platform did.
func (s *suite) unknown(err error) {
	s.Helper()
	if err == nil || inbox.RefusalOf(err) != nil || errors.Is(err, inbox.ErrNotLeft) {
		s.Errorf("the outcome is not unknown: %v", err)
	}
}
