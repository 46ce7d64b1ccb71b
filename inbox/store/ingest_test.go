package store_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"weibox/inbox"
	"weibox/inbox/store"
	"weibox/inbox/store/storetest"
)

func TestASecondSightingOfAMessageChangesNothing(t *testing.T) {
	storetest.Each(t, func(t *testing.T, h *storetest.House) {
		dm := h.DM("1", "h:a", "在吗")
		h.Receive(dm)
		before, seq := h.Only(), h.Count("SELECT seq FROM workspaces WHERE id = ?", h.Workspace)
		h.Forward(time.Minute)
		if got := h.Receive(dm, dm); got.New != 0 || got.Known != 2 {
			t.Errorf("the second delivery brought %+v", got)
		}
		after := h.Only()
		if after.InboundCount != 1 || after.Version != before.Version || after.Unread != 1 || after.WindowUntil != before.WindowUntil {
			t.Errorf("the conversation changed from %+v to %+v", before, after)
		}
		if n := h.Count("SELECT COUNT(*) FROM changes WHERE workspace_id = ? AND seq > ? AND kind <> 'account'", h.Workspace, seq); n != 0 {
			t.Errorf("%d changes were announced for nothing", n)
		}
	})
}

// Two processes are given the same events at the same moment, in different orders, each several times.
func TestTheSameSightingsAtOnceInTwoProcessesAreOneMessageEach(t *testing.T) {
	storetest.Each(t, func(t *testing.T, h *storetest.House) {
		var items []inbox.Inbound
		for i := range 6 {
			items = append(items, h.DM("1", fmt.Sprintf("h:%d", i), "在吗"), h.Comment("2", fmt.Sprintf("c%d", i), "p1", "好看"))
		}
		backwards := slices.Clone(items)
		slices.Reverse(backwards)
		var news, known int
		var mu sync.Mutex
		together(t, 6, func(i int) error {
			process, order := h.Store, items
			if i%2 == 1 {
				process, order = h.Twin(), backwards
			}
			done, err := process.Ingest(context.Background(), []inbox.Batch{h.Pushed(order...)})
			if err != nil {
				return err
			}
			mu.Lock()
			defer mu.Unlock()
			news, known = news+done.Outcomes[0].New, known+done.Outcomes[0].Known
			return nil
		})
		if n := h.Count("SELECT COUNT(*) FROM messages"); n != len(items) {
			t.Errorf("%d messages are stored, not %d", n, len(items))
		}
		if news != len(items) {
			t.Errorf("%d sightings counted as new, not %d (%d known)", news, len(items), known)
		}
		talks := h.All(h.Owner)
		if len(talks) != 2 {
			t.Fatalf("there are %d conversations, not 2", len(talks))
		}
		for _, c := range talks {
			if c.InboundCount != 6 || c.EpisodeNumber != 1 {
				t.Errorf("conversation %s counts %d messages in episode %d", c.Place, c.InboundCount, c.EpisodeNumber)
			}
		}
		if n := h.Count("SELECT COUNT(*) FROM facts WHERE kind = 'message.received'"); n != len(items) {
			t.Errorf("the journal has %d lines, not %d", n, len(items))
		}
	})
}

func TestTwoFirstMessagesOfOneFanAtOnceMakeOneContactAndOneConversation(t *testing.T) {
	storetest.Each(t, func(t *testing.T, h *storetest.House) {
		processes := []*store.Store{h.Store, h.Twin(), h.Twin()}
		together(t, 6, func(i int) error {
			_, err := processes[i%3].Ingest(context.Background(), []inbox.Batch{h.Pushed(h.DM("1", fmt.Sprintf("h:%d", i), "在吗"))})
			return err
		})
		if n := h.Count("SELECT COUNT(*) FROM contacts"); n != 1 {
			t.Errorf("there are %d contacts", n)
		}
		if c := h.Only(); c.InboundCount != 6 || c.EpisodeNumber != 1 || c.EpisodeID == 0 {
			t.Errorf("the conversation is %+v", c)
		}
		if n := h.Count("SELECT COUNT(*) FROM episodes"); n != 1 {
			t.Errorf("there are %d episodes", n)
		}
	})
}

// together runs n at the same moment.
func together(t *testing.T, n int, do func(i int) error) {
	t.Helper()
	var all sync.WaitGroup
	start, errs := make(chan struct{}), make([]error, n)
	for i := range n {
		all.Go(func() {
			<-start
			errs[i] = do(i)
		})
	}
	close(start)
	all.Wait()
	if err := errors.Join(errs...); err != nil {
		t.Fatal(err)
	}
}

func TestACommentThatIsAlsoAMentionIsOneMessageAndCountsAsAMention(t *testing.T) {
	storetest.Each(t, func(t *testing.T, h *storetest.House) {
		comment := h.Comment("1", "c1", "p1", "@山屿咖啡 好喝吗")
		mention := comment
		mention.Kind = inbox.KindMention
		h.Receive(comment)
		before := h.Only()
		h.Receive(mention)
		after := h.Only()
		if after.Kind != inbox.KindMention || after.Version <= before.Version || after.InboundCount != 1 {
			t.Errorf("the conversation is of kind %s, version %d after %d", after.Kind, after.Version, before.Version)
		}
		h.Receive(comment)
		if said := h.Said(after); len(said) != 1 || said[0].Kind != inbox.KindMention {
			t.Errorf("the messages are %+v", said)
		}
		other := h.Comment("2", "c2", "p1", "@山屿咖啡")
		raised := other
		raised.Kind = inbox.KindMention
		h.Receive(other, raised) // both in one poll
		if n := h.Count("SELECT COUNT(*) FROM messages WHERE external_id = 'c2' AND kind = 'mention'"); n != 1 {
			t.Error("two sightings in one batch are not one mention")
		}
	})
}

func TestExternalIDsAreComparedByteForByte(t *testing.T) {
	storetest.Each(t, func(t *testing.T, h *storetest.House) {
		ids := []string{"abc", "ABC", "abc ", "ábc", "a\u0301bc", "00abc", "9007199254740993", "9007199254740992"}
		for _, id := range ids {
			if got := h.Receive(h.Comment("fan"+id, id, "post"+id, "你好")); got.New != 1 {
				t.Errorf("%q was taken for another id", id)
			}
		}
		if n := h.Count("SELECT COUNT(*) FROM contacts"); n != len(ids) {
			t.Errorf("%d contacts for %d different ids", n, len(ids))
		}
		if n := h.Count("SELECT COUNT(*) FROM posts"); n != len(ids) {
			t.Errorf("%d posts for %d different ids", n, len(ids))
		}
		got := h.Strings("SELECT external_id FROM messages ORDER BY id")
		if !slices.Equal(got, ids) {
			t.Errorf("the ids came back as %q", got)
		}
	})
}

func TestHardTextsAreKeptAsTheyAre(t *testing.T) {
	storetest.Each(t, func(t *testing.T, h *storetest.House) {
		texts := []string{"👨‍👩‍👧‍👦 全家", "‮反向‬", "a\u200bb", "<script>alert(1)</script>", "\x00 nul", "", strings.Repeat("长", 20000), "𠮷野家"}
		for i, text := range texts {
			in := h.DM("1", fmt.Sprintf("h:%d", i), text)
			in.Contact.Name = "<b>粉丝</b>‮"
			h.Receive(in)
			h.Forward(time.Second)
		}
		c := h.Only()
		for i, m := range h.Said(c) {
			if m.Text != texts[i] {
				t.Errorf("%.40q came back as %.40q", texts[i], m.Text)
			}
		}
		if c.Contact.Name != "<b>粉丝</b>‮" {
			t.Errorf("the name came back as %q", c.Contact.Name)
		}
		broken := h.DM("2", "h:broken", "half \xe4\xbd")
		h.Receive(broken)
		if n := h.Count("SELECT COUNT(*) FROM messages WHERE external_id = 'h:broken'"); n != 1 {
			t.Error("a text that is not UTF-8 was not stored")
		}
	})
}

func TestWhatASightingDoesNotKnowErasesNothing(t *testing.T) {
	storetest.Each(t, func(t *testing.T, h *storetest.House) {
		followers, follows := 12, true
		full := h.DM("1", "h:1", "在吗")
		full.Contact = inbox.ContactSighting{ExternalID: "1", Name: "小雨", AvatarURL: "https://tvax1.sinaimg.cn/a.jpg", Followers: &followers, Verified: inbox.VerifiedPerson, FollowsUs: &follows}
		h.Receive(full)
		bare := h.DM("1", "h:2", "?")
		bare.Contact = inbox.ContactSighting{ExternalID: "1"}
		h.Receive(bare)
		c := h.Only().Contact
		if c.Name != "小雨" || c.AvatarURL == "" || c.Followers == nil || *c.Followers != 12 || c.Verified != inbox.VerifiedPerson || c.FollowsUs == nil || !*c.FollowsUs {
			t.Errorf("the contact became %+v", c)
		}
	})
}

func TestMessagesMayArriveInAnyOrder(t *testing.T) {
	storetest.Each(t, func(t *testing.T, h *storetest.House) {
		older, newer := h.DM("1", "h:1", "第一句"), h.DM("1", "h:2", "第二句")
		older.At, newer.At = h.Now().Add(-time.Hour), h.Now().Add(-time.Minute)
		h.Receive(newer)
		h.Receive(older)
		c := h.Only()
		if c.Snippet != "第二句" || !c.LastActivityAt.Equal(newer.At) || !c.LastInAt.Equal(newer.At) {
			t.Errorf("the list shows %q of %s", c.Snippet, c.LastActivityAt)
		}
		if !c.WaitingSince.Equal(older.At) {
			t.Errorf("the fan waits since %s, not since his first word at %s", c.WaitingSince, older.At)
		}
		if !c.WindowUntil.Equal(newer.At.Add(storetest.Window)) {
			t.Errorf("an older message moved the window's end to %s", c.WindowUntil)
		}
		if said := h.Said(c); said[0].Text != "第一句" || said[1].Text != "第二句" {
			t.Errorf("the order is %q, %q", said[0].Text, said[1].Text)
		}
	})
}

func TestAMessageFromTheFutureStartsTheClockNow(t *testing.T) {
	storetest.Each(t, func(t *testing.T, h *storetest.House) {
		in := h.DM("1", "h:1", "在吗")
		in.At = h.Now().Add(time.Hour)
		h.Receive(in)
		if c := h.Only(); !c.WaitingSince.Equal(h.Now()) {
			t.Errorf("the fan waits since %s", c.WaitingSince)
		}
	})
}

func TestImportedHistoryIsSilentAndOpenOnlyIfFresh(t *testing.T) {
	storetest.Each(t, func(t *testing.T, h *storetest.House) {
		old, fresh := h.Comment("old", "c1", "p1", "上周的话"), h.Comment("fresh", "c2", "p1", "刚才的话")
		old.At, fresh.At = h.Now().Add(-25*time.Hour), h.Now().Add(-23*time.Hour)
		batch := h.Pushed(old, fresh)
		batch.Origin, batch.Imported = "comments_to_me", true
		done := h.Arrive(batch)
		if done.Outcomes[0].New != 2 || len(done.Triage) != 0 {
			t.Errorf("the import brought %+v and sent %v to triage", done.Outcomes[0], done.Triage)
		}
		want := map[inbox.ExternalID]inbox.ConversationState{"old": inbox.Resolved, "fresh": inbox.Open}
		for _, c := range h.All(h.Owner) {
			if c.State != want[c.Contact.ExternalID] {
				t.Errorf("the %s one is %s", c.Contact.ExternalID, c.State)
			}
			if c.Awaiting() || c.Unread != 0 || c.InboundCount != 0 {
				t.Errorf("the %s one alarms: waiting %v, unread %d", c.Contact.ExternalID, c.Awaiting(), c.Unread)
			}
		}
		if n := h.Count("SELECT COUNT(*) FROM messages WHERE triage_at IS NOT NULL"); n != 0 {
			t.Errorf("%d imported messages wait for triage", n)
		}
	})
}

func TestAFanWhoComesBackBeginsTheNextEpisodeWithWhoeverIsFree(t *testing.T) {
	storetest.Each(t, func(t *testing.T, h *storetest.House) {
		h.Receive(h.DM("1", "h:1", "在吗"))
		first := h.Only()
		resolve(t, h, first.ID, h.Lin)
		h.Forward(time.Hour)
		h.Receive(h.DM("1", "h:2", "又来了"))
		c := h.Only()
		if c.ID != first.ID || c.State != inbox.Open || c.EpisodeNumber != 2 || c.EpisodeID == first.EpisodeID || c.AssigneeID != 0 {
			t.Errorf("the conversation came back as %+v", c)
		}
		if n := h.Count("SELECT COUNT(*) FROM episodes WHERE reopened = ? AND resolved_at IS NULL AND number = 2", true); n != 1 {
			t.Error("the second episode is not marked as a reopening")
		}
		if n := h.Count("SELECT COUNT(*) FROM facts WHERE kind = 'conversation.reopened' AND episode_id = ?", c.EpisodeID); n != 1 {
			t.Error("the journal does not say that the fan came back")
		}
	})
}

func resolve(t *testing.T, h *storetest.House, id inbox.ConversationID, by inbox.Agent) {
	t.Helper()
	_, err := h.ChangeConversation(t.Context(), by, id, func(c *inbox.Conversation) ([]inbox.Fact, error) {
		c.AssigneeID = by.ID
		fact, err := c.Resolve(by)
		return []inbox.Fact{fact}, err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestAPlatformEventMovesTheWindowAndOpensNothing(t *testing.T) {
	storetest.Each(t, func(t *testing.T, h *storetest.House) {
		event := func(id string, name inbox.EventName, move inbox.WindowMove) inbox.Inbound {
			in := h.DM("1", id, "")
			in.Object, in.Kind, in.Type, in.Event, in.Window = inbox.ObjectEvent, inbox.KindEvent, "event", name, move
			return in
		}
		h.Receive(event("e1", inbox.Followed, inbox.WindowMove{For: storetest.Window, Allowance: 5}))
		c := h.Only()
		if c.State != inbox.Resolved || c.Awaiting() || c.Unread != 0 || !c.WindowAt(h.Now()).Open {
			t.Errorf("after following: %+v, window %+v", c, c.WindowAt(h.Now()))
		}
		h.Receive(event("e2", inbox.Unfollowed, inbox.WindowMove{Shut: true}))
		if w := h.Only().WindowAt(h.Now()); w.Open || w.Why.Empty() {
			t.Errorf("after leaving the window is %+v", w)
		}
		h.Forward(time.Minute)
		h.Receive(h.DM("1", "h:1", "我又来了"))
		if w := h.Only().WindowAt(h.Now()); !w.Open {
			t.Errorf("after writing again the window is %+v", w)
		}
	})
}

func TestTheWindowOpensLengthensAndNeverShrinksForALateMessage(t *testing.T) {
	storetest.Each(t, func(t *testing.T, h *storetest.House) {
		h.Receive(h.DM("1", "h:1", "一"))
		first := h.Only().Counted.WindowUntil
		h.Forward(10 * time.Hour)
		h.Receive(h.DM("1", "h:2", "二"))
		second := h.Only().Counted.WindowUntil
		if second.Sub(first) != 10*time.Hour {
			t.Errorf("the window went from %s to %s", first, second)
		}
		late := h.DM("1", "h:0", "零")
		late.At = h.Now().Add(-20 * time.Hour)
		h.Receive(late)
		if c := h.Only(); !c.Counted.WindowUntil.Equal(second) || !c.WindowUntil.Equal(second) {
			t.Errorf("a late message moved the window to %s", c.Counted.WindowUntil)
		}
		h.Forward(storetest.Window)
		if w := h.Only().WindowAt(h.Now()); w.Open || w.Why.Empty() {
			t.Errorf("after its end the window is %+v", w)
		}
	})
}

func TestAnAnswerGivenInTheNativeAppEndsTheWaiting(t *testing.T) {
	storetest.Each(t, func(t *testing.T, h *storetest.House) {
		h.Receive(h.Comment("1", "c1", "p1", "好喝吗"))
		h.Forward(time.Minute)
		h.Receive(h.Native("1", "c2", "p1", "c1", "好喝"))
		c := h.Only()
		if c.Awaiting() || c.Unread != 1 || c.Snippet != "好喝" || c.SnippetFrom != inbox.Out {
			t.Errorf("the conversation is %+v", c)
		}
		if said := h.Said(c); said[1].Origin != inbox.FromNative || said[1].Direction != inbox.Out {
			t.Errorf("the answer is %+v", said[1])
		}
	})
}

func TestAnAnnouncedCommentMovesToItsPostOnceThatIsKnown(t *testing.T) {
	storetest.Each(t, func(t *testing.T, h *storetest.House) {
		h.Receive(h.Announced("1", "c1", "@山屿咖啡 好喝吗"))
		before := h.Only()
		if !before.Place.Provisional() {
			t.Fatalf("the place is %s", before.Place)
		}
		h.Receive(h.Comment("1", "c1", "p1", "@山屿咖啡 好喝吗"))
		after := h.Only()
		if after.ID != before.ID || after.Place != "post:p1" || after.Post == nil || after.Version <= before.Version {
			t.Errorf("the conversation became %s, version %d after %d", after.Place, after.Version, before.Version)
		}
		if said := h.Said(after); len(said) != 1 || said[0].PostID != "p1" || said[0].Kind != inbox.KindMention {
			t.Errorf("its messages are %+v", said)
		}
		h.Receive(h.Announced("1", "c1", "@山屿咖啡 好喝吗")) // delivered a second time, late
		h.Receive(h.Comment("1", "c2", "p1", "还有吗"))
		if c := h.Only(); c.InboundCount != 2 {
			t.Errorf("the next comment under the post did not join it: %+v", c)
		}
	})
}

func TestACommentReadBeforeItIsAnnouncedLeavesNoEmptyConversation(t *testing.T) {
	storetest.Each(t, func(t *testing.T, h *storetest.House) {
		read, announced := h.Comment("1", "c1", "p1", "@山屿咖啡"), h.Announced("1", "c1", "@山屿咖啡")
		h.Receive(read)
		h.Receive(announced)
		if c := h.Only(); c.Place != "post:p1" || c.Kind != inbox.KindMention {
			t.Errorf("the conversation is at %s, of kind %s", c.Place, c.Kind)
		}
		h.Arrive(h.Pushed(h.Announced("2", "c2", "@山屿咖啡")), h.Pushed(h.Comment("2", "c2", "p1", "@山屿咖啡"))) // both in one group
		h.Arrive(h.Pushed(h.Comment("3", "c3", "p1", "@山屿咖啡")), h.Pushed(h.Announced("3", "c3", "@山屿咖啡")))
		for _, c := range h.All(h.Owner) {
			if c.Place != "post:p1" || c.InboundCount != 1 || c.Kind != inbox.KindMention {
				t.Errorf("fan %s has a conversation at %s with %d messages, of kind %s", c.Contact.ExternalID, c.Place, c.InboundCount, c.Kind)
			}
		}
	})
}

func TestAPostIsKeptAsItWasLastSeen(t *testing.T) {
	storetest.Each(t, func(t *testing.T, h *storetest.House) {
		h.Receive(h.Comment("1", "c1", "p1", "好看"))
		edited := h.Comment("1", "c2", "p1", "更好看了")
		edited.Post.Text, edited.Post.Pictures = "新品上市（已编辑）", []string{"https://wx1.sinaimg.cn/a.jpg"}
		h.Receive(edited)
		if p := h.Only().Post; p == nil || p.Text != "新品上市（已编辑）" || len(p.Pictures) != 1 || p.AuthorID != "1900000001" {
			t.Errorf("the post is %+v", p)
		}
	})
}

func TestAttachmentsAreFetchedOnce(t *testing.T) {
	storetest.Each(t, func(t *testing.T, h *storetest.House) {
		picture := h.DM("1", "h:1", "")
		picture.Type, picture.Attachments = "image", []inbox.AttachmentSighting{{Type: "image", Ref: "123"}, {Type: "image", Ref: "124"}}
		again := picture
		again.ExternalID = "h:2"
		again.Attachments = picture.Attachments[:1]
		done := h.Arrive(h.Pushed(picture), h.Pushed(again))
		if n := h.Count("SELECT COUNT(*) FROM media"); n != 2 {
			t.Errorf("%d files for two references", n)
		}
		if len(done.Media[h.Workspace]) == 0 {
			t.Error("nobody is asked to fetch them")
		}
		said := h.Said(h.Only())
		if len(said[0].Attachments) != 2 || len(said[1].Attachments) != 1 || said[1].Attachments[0].State != inbox.MediaWaiting {
			t.Errorf("the attachments are %+v and %+v", said[0].Attachments, said[1].Attachments)
		}
	})
}

func TestABatchAndItsCursorAreStoredTogetherOrNotAtAll(t *testing.T) {
	storetest.Each(t, func(t *testing.T, h *storetest.House) {
		state := source(t, h)
		batch := h.Pushed(h.Comment("1", "c1", "p1", "好看"))
		batch.Origin = "comments_to_me"
		batch.Move = &inbox.CursorMove{Source: state.Name, Version: state.Version, Next: "since:c1", Complete: true, NextPoll: h.Now().Add(time.Minute)}
		impossible := h.Pushed(h.DM("1", "h:1", "在吗"))
		impossible.Account.ID += 1000 // a foreign key refuses it
		if _, err := h.Ingest(t.Context(), []inbox.Batch{batch, impossible}); err == nil {
			t.Fatal("a batch for no account was stored")
		}
		if got := source(t, h); got.Version != state.Version || got.Cursor != "" {
			t.Errorf("the cursor moved to %q without its rows", got.Cursor)
		}
		for _, table := range []string{"messages", "contacts", "conversations", "facts WHERE kind LIKE 'message%'", "changes WHERE kind = 'conversation'"} {
			if n := h.Count("SELECT COUNT(*) FROM " + table); n != 0 {
				t.Errorf("%d rows of a failed transaction are in %s", n, table)
			}
		}
		h.Arrive(batch)
		if got := source(t, h); got.Version != state.Version+1 || got.Cursor != "since:c1" || !got.NextPollAt.Equal(h.Now().Add(time.Minute)) {
			t.Errorf("the cursor is %+v", got)
		}
	})
}

func source(t *testing.T, h *storetest.House) inbox.SourceState {
	t.Helper()
	states, err := h.Sources(t.Context(), h.Owner, h.Bound.ID)
	if err != nil || len(states) != 2 {
		t.Fatalf("the sources are %+v, %v", states, err)
	}
	return states[0]
}

func TestAStaleCursorKeepsItsItemsAndMovesNothing(t *testing.T) {
	storetest.Each(t, func(t *testing.T, h *storetest.House) {
		move := func(id, next string, version int64) inbox.Batch {
			b := h.Pushed(h.Comment("1", id, "p1", "好看"))
			b.Origin, b.Move = "comments_to_me", &inbox.CursorMove{Source: "comments_to_me", Version: version, Next: inbox.Cursor(next), NextPoll: h.Now()}
			return b
		}
		h.Arrive(move("c1", "first", 0))
		h.Arrive(move("c2", "stale", 0))
		if got := source(t, h); got.Cursor != "first" || got.Version != 1 {
			t.Errorf("the cursor is %q, version %d", got.Cursor, got.Version)
		}
		if c := h.Only(); c.InboundCount != 2 {
			t.Errorf("%d items were kept", c.InboundCount)
		}
	})
}

func TestWhatCannotBeReadIsKeptWholeAndOnce(t *testing.T) {
	storetest.Each(t, func(t *testing.T, h *storetest.House) {
		raw := json.RawMessage(`{"id":"?","text":"\u0000😀"}`)
		batch := inbox.Batch{Account: h.Bound, Origin: "mentions", Rejects: []inbox.Reject{{Raw: raw, Err: errors.New("no author " + strings.Repeat("长", 2000))}}}
		for range 3 { // the overlap meets it again
			if got := h.Arrive(batch).Outcomes[0]; got.Rejected != 1 {
				t.Errorf("the outcome is %+v", got)
			}
		}
		if got := h.Strings("SELECT raw FROM dead_letters"); len(got) != 1 || got[0] != string(raw) {
			t.Errorf("kept was %q", got)
		}
	})
}

func TestAGapInThePlatformsHistoryIsWrittenDown(t *testing.T) {
	storetest.Each(t, func(t *testing.T, h *storetest.House) {
		h.Arrive(inbox.Batch{Account: h.Bound, Origin: "mentions", Move: &inbox.CursorMove{Source: "mentions", Next: "x", NextPoll: h.Now(),
			Gap: &inbox.Gap{From: h.Now().Add(-time.Hour), To: h.Now()}}})
		if got := h.Strings("SELECT data FROM facts WHERE kind = 'account.history_gap'"); len(got) != 1 || !strings.Contains(got[0], `"source":"mentions"`) {
			t.Errorf("the journal says %q", got)
		}
	})
}

func TestOneGroupMayHoldBatchesOfManyWorkspaces(t *testing.T) {
	storetest.Each(t, func(t *testing.T, h *storetest.House) {
		other := h.Found("晴野", "1900000002")
		done := h.Arrive(h.Pushed(h.DM("1", "h:1", "在吗")), other.Pushed(h.DM("1", "h:1", "在吗")))
		if done.Outcomes[0].New != 1 || done.Outcomes[1].New != 1 || len(done.Triage) != 2 {
			t.Errorf("the outcome is %+v", done)
		}
		if mine, theirs := h.All(h.Owner), h.All(other.Owner); len(mine) != 1 || len(theirs) != 1 || mine[0].ContactID == theirs[0].ContactID {
			t.Errorf("mine %+v, theirs %+v", mine, theirs)
		}
	})
}
