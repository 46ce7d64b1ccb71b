package inbox_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"

	"weibox/inbox"
	"weibox/inbox/store/storetest"
)

// counter is the desk over a real database, with one conversation that nobody has.
type counter struct {
	*storetest.House
	*inbox.Desk
	talk inbox.ConversationID
}

func eachCounter(t *testing.T, test func(t *testing.T, c *counter)) {
	t.Helper()
	storetest.Each(t, func(t *testing.T, h *storetest.House) {
		h.Receive(h.DM("1", "h:1", "在吗"))
		test(t, &counter{House: h, Desk: inbox.NewDesk(h.Store, &hints{}), talk: h.Only().ID})
	})
}

func TestOfManyWhoTakeAConversationOneGetsItAndTheOthersLearnWho(t *testing.T) {
	eachCounter(t, func(t *testing.T, c *counter) {
		desks := []*inbox.Desk{c.Desk, inbox.NewDesk(c.Twin(), &hints{})}
		people := []inbox.Agent{c.Lin, c.Wang}
		errs := make([]error, 8)
		var all sync.WaitGroup
		for i := range errs {
			all.Go(func() { _, errs[i] = desks[i%2].Take(context.Background(), people[i%2], c.talk) })
		}
		all.Wait()
		won := c.Only()
		for i, err := range errs {
			if people[i%2].ID == won.AssigneeID {
				mustBe(t, err, "") // taking twice is taking once
				continue
			}
			mustBe(t, err, inbox.Taken)
			var e *inbox.Error
			if errors.As(err, &e); e.AssigneeName != won.AssigneeName || !strings.Contains(e.ZH, won.AssigneeName) {
				t.Errorf("the loser learns %+v", e)
			}
		}
		if n := c.Count("SELECT COUNT(*) FROM facts WHERE kind = 'conversation.taken'"); n != 1 {
			t.Errorf("the journal has %d takings", n)
		}
	})
}

func TestAnAgentMovesHisOwnConversationsAndASupervisorEverybodys(t *testing.T) {
	eachCounter(t, func(t *testing.T, c *counter) {
		ctx, boss := t.Context(), c.Hire("山屿", "chen", inbox.Supervisor)
		assign := func(by inbox.Agent, to inbox.AgentID, code inbox.Code) {
			t.Helper()
			_, err := c.Assign(ctx, by, c.talk, to, nil)
			mustBe(t, err, code)
		}
		assign(c.Lin, c.Wang.ID, inbox.Denied) // nobody's, and not for himself
		assign(c.Lin, c.Lin.ID, "")
		assign(c.Wang, c.Wang.ID, inbox.Denied) // a colleague's
		assign(c.Lin, c.Wang.ID, "")            // his own
		assign(boss, c.Lin.ID, "")
		assign(c.Lin, 0, "") // gives it back
		if got := c.Only(); got.AssigneeID != 0 {
			t.Errorf("it is with %s", got.AssigneeName)
		}
	})
}

func TestAChangeMadeMeanwhileWinsOverAnAssignment(t *testing.T) {
	eachCounter(t, func(t *testing.T, c *counter) {
		shown := inbox.AgentID(0)
		_, err := c.Take(t.Context(), c.Lin, c.talk)
		mustBe(t, err, "")
		_, err = c.Assign(t.Context(), c.Owner, c.talk, c.Wang.ID, &shown)
		mustBe(t, err, inbox.Conflict)
		if got := c.Only(); got.AssigneeID != c.Lin.ID {
			t.Errorf("it went to %s", got.AssigneeName)
		}
	})
}

func TestAConversationGoesOnlyToSomebodyWhoCanAnswerIt(t *testing.T) {
	eachCounter(t, func(t *testing.T, c *counter) {
		viewer := c.Hire("山屿", "guest", inbox.Viewer)
		blind := c.Change(c.Hire("山屿", "new", inbox.Answerer), func(a *inbox.Agent) { a.AllAccounts = false })
		gone := c.Change(c.Hire("山屿", "gone", inbox.Answerer), func(a *inbox.Agent) { a.Disabled = true })
		abroad := c.Found("晴野", "1900000002").Lin
		for who, want := range map[inbox.AgentID]inbox.Code{viewer.ID: inbox.Invalid, blind.ID: inbox.Invalid, gone.ID: inbox.Invalid, abroad.ID: inbox.NotFound, 1 << 40: inbox.NotFound} {
			_, err := c.Assign(t.Context(), c.Owner, c.talk, who, nil)
			mustBe(t, err, want)
			_, err = c.Transfer(t.Context(), c.Owner, c.talk, who, 0, "")
			mustBe(t, err, want)
		}
		_, err := c.Take(t.Context(), blind, c.talk)
		mustBe(t, err, inbox.NotFound)
		_, err = c.Take(t.Context(), abroad, c.talk)
		mustBe(t, err, inbox.NotFound)
	})
}

func TestATransferCarriesItsNote(t *testing.T) {
	eachCounter(t, func(t *testing.T, c *counter) {
		ctx := t.Context()
		group, err := c.SaveSkillGroup(ctx, inbox.SkillGroup{WorkspaceID: c.Workspace, Name: "售后", AgentIDs: []inbox.AgentID{c.Wang.ID}})
		mustBe(t, err, "")
		_, err = c.Take(ctx, c.Lin, c.talk)
		mustBe(t, err, "")
		_, err = c.Transfer(ctx, c.Lin, c.talk, c.Wang.ID, group.ID, "")
		mustBe(t, err, inbox.Invalid)
		_, err = c.Transfer(ctx, c.Lin, c.talk, 0, 0, "")
		mustBe(t, err, inbox.Invalid)
		_, err = c.Transfer(ctx, c.Wang, c.talk, c.Wang.ID, 0, "")
		mustBe(t, err, inbox.Denied)
		moved, err := c.Transfer(ctx, c.Lin, c.talk, 0, group.ID, "粉丝要退款")
		mustBe(t, err, "")
		if moved.AssigneeID != 0 || moved.GroupName != "售后" {
			t.Errorf("it went to %q, %q", moved.AssigneeName, moved.GroupName)
		}
		said := c.Said(moved)
		if note := said[len(said)-1]; note.Text != "粉丝要退款" || note.Direction != inbox.Internal || note.AuthorName != "lin" {
			t.Errorf("the note is %+v", note)
		}
		if moved.Snippet != "在吗" || !moved.Awaiting() {
			t.Errorf("a note is shown to the list as %q, waiting %v", moved.Snippet, moved.Awaiting())
		}
		_, err = c.Note(ctx, c.Lin, c.talk, "  ")
		mustBe(t, err, inbox.Invalid)
	})
}

func TestResolvingEndsTheEpisodeAndReopeningBeginsTheNext(t *testing.T) {
	eachCounter(t, func(t *testing.T, c *counter) {
		ctx := t.Context()
		done, err := c.Resolve(ctx, c.Lin, c.talk)
		mustBe(t, err, "")
		if done.State != inbox.Resolved || done.Awaiting() || done.EpisodeID != 0 {
			t.Errorf("resolved it is %+v", done)
		}
		again, err := c.Resolve(ctx, c.Lin, c.talk)
		mustBe(t, err, "")
		if n := c.Count("SELECT COUNT(*) FROM facts WHERE kind = 'conversation.resolved'"); n != 1 || again.State != inbox.Resolved {
			t.Errorf("resolving twice is %d facts", n)
		}
		open, err := c.Reopen(ctx, c.Wang, c.talk)
		mustBe(t, err, "")
		if open.State != inbox.Open || open.EpisodeNumber != 2 || open.EpisodeID == 0 || open.AssigneeID != c.Wang.ID {
			t.Errorf("reopened it is %+v", open)
		}
		if n := c.Count("SELECT COUNT(*) FROM episodes WHERE resolved_at IS NULL"); n != 1 {
			t.Errorf("%d episodes run", n)
		}
	})
}

func TestTaggingTwiceIsTaggingOnce(t *testing.T) {
	eachCounter(t, func(t *testing.T, c *counter) {
		ctx := t.Context()
		tag, err := c.House.Store.AddTag(ctx, c.Owner, inbox.Tag{Name: "售后", Color: "red"})
		mustBe(t, err, "")
		_, err = c.House.Store.AddTag(ctx, c.Owner, inbox.Tag{Name: "售后", Color: "blue"})
		mustBe(t, err, inbox.Conflict)
		for range 2 {
			tagged, err := c.AddTag(ctx, c.Lin, c.talk, tag.ID)
			mustBe(t, err, "")
			if len(tagged.TagIDs) != 1 {
				t.Errorf("its tags are %v", tagged.TagIDs)
			}
		}
		for range 2 {
			bare, err := c.RemoveTag(ctx, c.Lin, c.talk, tag.ID)
			mustBe(t, err, "")
			if len(bare.TagIDs) != 0 {
				t.Errorf("its tags are %v", bare.TagIDs)
			}
		}
		if n := c.Count("SELECT COUNT(*) FROM facts WHERE kind LIKE 'tag.%'"); n != 2 {
			t.Errorf("the journal has %d lines", n)
		}
	})
}

func TestWhatWasReadStaysRead(t *testing.T) {
	eachCounter(t, func(t *testing.T, c *counter) {
		ctx := t.Context()
		c.Receive(c.DM("1", "h:2", "还在吗"))
		said := c.Said(c.Only())
		unread := func(of inbox.Agent) int {
			got, err := c.Conversation(ctx, of, c.talk)
			mustBe(t, err, "")
			return got.Unread
		}
		mustBe(t, c.MarkRead(ctx, c.Lin, c.talk, said[0].ID), "")
		if unread(c.Lin) != 1 || unread(c.Wang) != 2 {
			t.Errorf("Lin has %d unread, Wang %d", unread(c.Lin), unread(c.Wang))
		}
		mustBe(t, c.MarkRead(ctx, c.Lin, c.talk, said[1].ID), "")
		mustBe(t, c.MarkRead(ctx, c.Lin, c.talk, said[0].ID), "") // an older page takes nothing back
		if unread(c.Lin) != 0 {
			t.Errorf("Lin has %d unread", unread(c.Lin))
		}
		c.Receive(c.DM("1", "h:3", "?"))
		if unread(c.Lin) != 1 {
			t.Errorf("after one more Lin has %d unread", unread(c.Lin))
		}
	})
}
