package store_test

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"weibox/inbox"
	"weibox/inbox/store"
	"weibox/inbox/store/storetest"
)

// canary stands in every text of the house that strangers look into.
const canary = "canary-visible-to-its-own-people"

// seeded is a brand with one of everything.
type seeded struct {
	storetest.Brand
	talk    inbox.Conversation
	message inbox.Message
	reply   inbox.OutboxID
	tag     inbox.TagID
	group   inbox.SkillGroupID
	media   inbox.MediaID
	letter  inbox.DeadLetterID
}

func seed(t *testing.T, h *storetest.House, b storetest.Brand) seeded {
	t.Helper()
	ctx := t.Context()
	dm := h.DM("1", "h:1", canary)
	dm.Contact.Name, dm.Contact.AvatarURL = canary, "https://tvax1.sinaimg.cn/"+canary
	dm.Attachments = []inbox.AttachmentSighting{{Type: "image", Ref: canary}}
	comment := h.Comment("1", "c1", "p1", canary)
	comment.Post.Text, comment.Post.Pictures = canary, []string{"https://wx1.sinaimg.cn/" + canary}
	done := h.Arrive(b.Pushed(dm, comment))
	s := seeded{Brand: b, media: done.Media[b.Workspace][0]}
	s.talk = h.All(b.Owner)[0]
	messages, _, err := h.Messages(ctx, b.Owner, s.talk.ID, inbox.MessagePlace{}, 10)
	must(t, err)
	s.message = messages[0]
	tag, err := h.AddTag(ctx, b.Owner, inbox.Tag{Name: canary, Color: "red"})
	must(t, err)
	group, err := h.SaveSkillGroup(ctx, inbox.SkillGroup{WorkspaceID: b.Workspace, Name: canary, AgentIDs: []inbox.AgentID{b.Lin.ID}})
	must(t, err)
	_, err = h.PublishRules(ctx, b.Owner, inbox.RuleList{Rules: []inbox.Rule{{Name: canary}}})
	must(t, err)
	m, err := h.AddReply(ctx, answer(b.Lin, s.talk.ID, canary), "hash", accept)
	must(t, err)
	unread := b.Pushed()
	unread.Rejects = []inbox.Reject{{Raw: []byte(canary), Err: errors.New(canary)}}
	h.Arrive(unread)
	letters, err := h.DeadLetters(ctx, b.Owner, 1)
	must(t, err)
	s.tag, s.group, s.reply, s.letter = tag.ID, group.ID, m.Reply.ID, letters[0].ID
	return s
}

func answer(by inbox.Agent, id inbox.ConversationID, key string) inbox.NewReply {
	return inbox.NewReply{ConversationID: id, Author: by, Text: canary, Key: key}
}

func accept(d inbox.Draft) (inbox.Reply, error) {
	return inbox.Reply{Kind: d.Target.Kind, State: inbox.Queued, NotBefore: time.UnixMilli(1), ContactExtID: d.Conversation.Contact.ExternalID}, nil
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// asks are all questions and orders of a viewer that name something of one account: a stranger gets what is not there.
var asks = map[string]func(ctx context.Context, s *store.Store, viewer inbox.Agent, x seeded) (any, error){
	"Account": func(ctx context.Context, s *store.Store, v inbox.Agent, x seeded) (any, error) {
		return s.Account(ctx, v, x.Bound.ID)
	},
	"DeadLetter": func(ctx context.Context, s *store.Store, v inbox.Agent, x seeded) (any, error) {
		l, _, err := s.DeadLetter(ctx, v, x.letter)
		return l, err
	},
	"Conversation": func(ctx context.Context, s *store.Store, v inbox.Agent, x seeded) (any, error) {
		return s.Conversation(ctx, v, x.talk.ID)
	},
	"MarkRead": func(ctx context.Context, s *store.Store, v inbox.Agent, x seeded) (any, error) {
		return nil, s.MarkRead(ctx, v, x.talk.ID, x.message.ID)
	},
	"ChangeConversation": func(ctx context.Context, s *store.Store, v inbox.Agent, x seeded) (any, error) {
		return s.ChangeConversation(ctx, v, x.talk.ID, func(c *inbox.Conversation) ([]inbox.Fact, error) { c.AssigneeID = 0; return nil, nil })
	},
	"AddNote": func(ctx context.Context, s *store.Store, v inbox.Agent, x seeded) (any, error) {
		return s.AddNote(ctx, v, x.talk.ID, "偷看")
	},
	"TagConversation": func(ctx context.Context, s *store.Store, v inbox.Agent, x seeded) (any, error) {
		return s.TagConversation(ctx, v, x.talk.ID, x.tag, true)
	},
	"Messages": func(ctx context.Context, s *store.Store, v inbox.Agent, x seeded) (any, error) {
		messages, facts, err := s.Messages(ctx, v, x.talk.ID, inbox.MessagePlace{}, 10)
		return []any{messages, facts}, err
	},
	"ReplyMessage": func(ctx context.Context, s *store.Store, v inbox.Agent, x seeded) (any, error) {
		return s.ReplyMessage(ctx, v, x.reply)
	},
	"VisibleReply": func(ctx context.Context, s *store.Store, v inbox.Agent, x seeded) (any, error) {
		return s.VisibleReply(ctx, v, x.reply)
	},
	"AddReply": func(ctx context.Context, s *store.Store, v inbox.Agent, x seeded) (any, error) {
		return s.AddReply(ctx, answer(v, x.talk.ID, "stranger"), "hash", accept)
	},
	"Media": func(ctx context.Context, s *store.Store, v inbox.Agent, x seeded) (any, error) {
		return s.Media(ctx, v, x.media)
	},
	"ContactAvatar": func(ctx context.Context, s *store.Store, v inbox.Agent, x seeded) (any, error) {
		return s.ContactAvatar(ctx, v, x.talk.ContactID)
	},
	"PostPicture": func(ctx context.Context, s *store.Store, v inbox.Agent, x seeded) (any, error) {
		return s.PostPicture(ctx, v, x.talk.Post.ID, 0)
	},
}

// lists answer everybody with what is his own.
var lists = map[string]func(ctx context.Context, s *store.Store, viewer inbox.Agent, x seeded) (any, error){
	"Sources": func(ctx context.Context, s *store.Store, v inbox.Agent, x seeded) (any, error) {
		return s.Sources(ctx, v, x.Bound.ID)
	},
	"DeadLetters": func(ctx context.Context, s *store.Store, v inbox.Agent, _ seeded) (any, error) {
		return s.DeadLetters(ctx, v, 10)
	},
	"Accounts": func(ctx context.Context, s *store.Store, v inbox.Agent, _ seeded) (any, error) {
		return s.Accounts(ctx, v)
	},
	"Conversations": func(ctx context.Context, s *store.Store, v inbox.Agent, x seeded) (any, error) {
		var all []any
		for _, f := range []inbox.ConversationFilter{{}, {IDs: []inbox.ConversationID{x.talk.ID}}, {Accounts: []inbox.AccountID{x.Bound.ID}}, {Tag: x.tag},
			{Assignee: x.Lin.ID}, {SkillGroup: x.group}} {
			f.Limit = 10
			list, err := s.Conversations(ctx, v, f)
			if err != nil {
				return nil, err
			}
			all = append(all, list)
		}
		return all, nil
	},
	"ConversationCounts": func(ctx context.Context, s *store.Store, v inbox.Agent, _ seeded) (any, error) {
		return s.ConversationCounts(ctx, v)
	},
	"ChangesAfter": func(ctx context.Context, s *store.Store, v inbox.Agent, _ seeded) (any, error) {
		return s.ChangesAfter(ctx, v, 0, 100)
	},
}

// shared belongs to everybody in a workspace, whatever accounts he sees.
var shared = map[string]func(ctx context.Context, s *store.Store, viewer inbox.Agent, x seeded) (any, error){
	"DeadLetterCount": func(ctx context.Context, s *store.Store, v inbox.Agent, _ seeded) (any, error) {
		return s.DeadLetterCount(ctx, v)
	},
	"Seq":  func(ctx context.Context, s *store.Store, v inbox.Agent, _ seeded) (any, error) { return s.Seq(ctx, v) },
	"Tags": func(ctx context.Context, s *store.Store, v inbox.Agent, _ seeded) (any, error) { return s.Tags(ctx, v) },
	"Rules": func(ctx context.Context, s *store.Store, v inbox.Agent, _ seeded) (any, error) {
		return s.Rules(ctx, v)
	},
	"AddTag": func(ctx context.Context, s *store.Store, v inbox.Agent, _ seeded) (any, error) {
		return s.AddTag(ctx, v, inbox.Tag{Name: "新", Color: "red"})
	},
	"ChangeTag": func(ctx context.Context, s *store.Store, v inbox.Agent, x seeded) (any, error) {
		return s.ChangeTag(ctx, v, inbox.Tag{ID: x.tag, Name: "改", Color: "red"})
	},
	"PublishRules": func(ctx context.Context, s *store.Store, v inbox.Agent, _ seeded) (any, error) {
		return s.PublishRules(ctx, v, inbox.RuleList{})
	},
}

func TestStrangersFindNothingOfAnAccountTheyDoNotSee(t *testing.T) {
	storetest.Each(t, func(t *testing.T, h *storetest.House) {
		house := seed(t, h, h.Found("晴野", "1900000002"))
		abroad := h.Owner // of another workspace, with the same data but the canaries
		h.Receive(h.DM("1", "h:1", "在吗"), h.Comment("1", "c1", "p1", "好看"))
		blind := h.Change(house.Wang, func(a *inbox.Agent) { a.AllAccounts = false })
		for who, viewer := range map[string]inbox.Agent{"another workspace": abroad, "no grant on the account": blind} {
			for name, ask := range asks {
				got, err := ask(t.Context(), h.Store, viewer, house)
				if inbox.CodeOf(err) != inbox.NotFound {
					t.Errorf("%s with %s: %v", name, who, err)
				}
				hides(t, name+" with "+who, got)
			}
			for name, list := range lists {
				got, err := list(t.Context(), h.Store, viewer, house)
				if err != nil && inbox.CodeOf(err) != inbox.NotFound {
					t.Errorf("%s with %s: %v", name, who, err)
				}
				hides(t, name+" with "+who, got)
			}
		}
		for name, call := range shared {
			got, err := call(t.Context(), h.Store, abroad, house)
			if err != nil && inbox.CodeOf(err) != inbox.NotFound {
				t.Errorf("%s: %v", name, err)
			}
			hides(t, name, got)
		}
		if tags, _ := h.Tags(t.Context(), house.Owner); len(tags) != 1 || tags[0].Name != canary {
			t.Errorf("the strangers changed the tags to %+v", tags)
		}
		if c, err := h.Conversation(t.Context(), house.Owner, house.talk.ID); err != nil || len(c.TagIDs) != 0 {
			t.Errorf("the strangers changed the conversation to %+v, %v", c, err)
		}
	})
}

// hides looks for the canary in an answer, whatever its shape.
func hides(t *testing.T, what string, answer any) {
	t.Helper()
	if strings.Contains(fmt.Sprintf("%+v", answer), canary) {
		t.Errorf("%s shows %+v", what, answer)
	}
}

func TestOwnPeopleFindWhatStrangersDoNot(t *testing.T) {
	storetest.Each(t, func(t *testing.T, h *storetest.House) {
		house := seed(t, h, h.Brand)
		for name, ask := range asks {
			if _, err := ask(t.Context(), h.Store, house.Lin, house); err != nil {
				t.Errorf("%s: %v", name, err)
			}
		}
	})
}

func TestEveryMethodThatTakesAViewerIsTriedWithAStranger(t *testing.T) {
	tried := map[string]bool{"AddReply": true}
	for _, table := range []map[string]func(context.Context, *store.Store, inbox.Agent, seeded) (any, error){asks, lists, shared} {
		for name := range table {
			tried[name] = true
		}
	}
	people := []string{"AddAgent", "Enter"} // they take an agent to be, not one who looks
	for m := range reflect.TypeFor[*store.Store]().Methods() {
		for in := range m.Type.Ins() {
			if in == reflect.TypeFor[inbox.Agent]() && !tried[m.Name] && !slices.Contains(people, m.Name) {
				t.Errorf("%s is not tried", m.Name)
			}
		}
	}
}

// Work in the background names its workspace: the right id in the wrong workspace is nothing.
func TestBackgroundWorkFindsNothingUnderTheWrongWorkspace(t *testing.T) {
	storetest.Each(t, func(t *testing.T, h *storetest.House) {
		house, ctx := seed(t, h, h.Found("晴野", "1900000002")), t.Context()
		for name, call := range map[string]func(w inbox.WorkspaceID) error{
			"Reply":          func(w inbox.WorkspaceID) error { _, _, err := h.Reply(ctx, w, house.reply); return err },
			"WorkingAccount": func(w inbox.WorkspaceID) error { _, err := h.WorkingAccount(ctx, w, house.Bound.ID); return err },
			"Agent":          func(w inbox.WorkspaceID) error { _, err := h.Agent(ctx, w, house.Lin.ID); return err },
			"MediaToFetch":   func(w inbox.WorkspaceID) error { _, _, _, err := h.MediaToFetch(ctx, w, house.media); return err },
			"ClaimReply": func(w inbox.WorkspaceID) error {
				_, _, _, err := h.ClaimReply(ctx, w, house.reply, "p", time.Minute)
				return err
			},
			"ContactsToRead": func(w inbox.WorkspaceID) error {
				found, err := h.ContactsToRead(ctx, w, []inbox.ContactID{house.talk.ContactID}, h.Now())
				if err == nil && len(found) == 0 {
					return inbox.Missing("粉丝", "fan")
				}
				return err
			},
			"RemoveSkillGroup": func(w inbox.WorkspaceID) error { return h.RemoveSkillGroup(ctx, w, house.group) },
		} {
			if err := call(h.Workspace); inbox.CodeOf(err) != inbox.NotFound {
				t.Errorf("%s under another workspace: %v", name, err)
			}
			if err := call(house.Workspace); err != nil {
				t.Errorf("%s under its own workspace: %v", name, err)
			}
		}
		if _, _, ok, _ := h.ClaimSource(ctx, h.Workspace, house.Bound.ID, "mentions", "p", time.Minute); ok {
			t.Error("a source was claimed under another workspace")
		}
	})
}
