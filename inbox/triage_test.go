package inbox_test

import (
	"strings"
	"sync"
	"testing"
	"time"

	"weibox/inbox"
	"weibox/inbox/store/storetest"
)

// desk with rules: refunds go to the after-sales group and get a tag.
type ruled struct {
	*storetest.House
	*inbox.Triage
	tag   inbox.TagID
	group inbox.SkillGroupID
}

func eachRuled(t *testing.T, test func(t *testing.T, r *ruled)) {
	t.Helper()
	storetest.Each(t, func(t *testing.T, h *storetest.House) {
		ctx := t.Context()
		tag, err := h.AddTag(ctx, h.Owner, inbox.Tag{Name: "售后", Color: "red"})
		mustBe(t, err, "")
		group, err := h.SaveSkillGroup(ctx, inbox.SkillGroup{WorkspaceID: h.Workspace, Name: "售后组", AgentIDs: []inbox.AgentID{h.Wang.ID}})
		mustBe(t, err, "")
		_, err = h.PublishRules(ctx, h.Owner, inbox.RuleList{Rules: []inbox.Rule{
			{Name: "退款", Enabled: true, Words: []string{"退款"}, Tags: []inbox.TagID{tag.ID}, SkillGroup: group.ID},
			{Name: "停用的", Words: []string{"退款"}, Tags: []inbox.TagID{tag.ID}}}})
		mustBe(t, err, "")
		test(t, &ruled{House: h, Triage: inbox.NewTriage(h.Store, &hints{}, h.Now), tag: tag.ID, group: group.ID})
	})
}

// arrive stores a private message and says which message it became.
func (r *ruled) arrive(t *testing.T, fan, id, text string) []inbox.MessageID {
	t.Helper()
	return r.Arrive(r.Pushed(r.DM(fan, id, text))).Triage[r.Workspace]
}

func TestTriageTagsGroupsAndRoutesEachWithItsReason(t *testing.T) {
	eachRuled(t, func(t *testing.T, r *ruled) {
		mustBe(t, r.Run(t.Context(), r.Workspace, r.arrive(t, "1", "h:1", "我要退款")), "")
		c := r.Only()
		if len(c.TagIDs) != 1 || c.TagIDs[0] != r.tag || c.SkillGroupID != r.group || c.AssigneeID != r.Wang.ID {
			t.Errorf("the conversation has tags %v, group %q, seat %q", c.TagIDs, c.GroupName, c.AssigneeName)
		}
		_, facts, err := r.Messages(t.Context(), r.Owner, c.ID, inbox.MessagePlace{}, 10)
		mustBe(t, err, "")
		why := map[inbox.FactKind]string{inbox.TagAdded: "规则「退款」v1", inbox.ConversationGrouped: "命中「退款」", inbox.ConversationRouted: "负载最低（0/10）"}
		for _, f := range facts {
			if part, ok := why[f.Kind]; ok {
				if !strings.Contains(f.Why.ZH, part) || f.Why.EN == "" {
					t.Errorf("%s says %q", f.Kind, f.Why.ZH)
				}
				delete(why, f.Kind)
			}
		}
		if len(why) != 0 {
			t.Errorf("no reason is shown for %v", why)
		}
	})
}

func TestTriageOfTheSameMessagesTwiceOrAtOnceHasOneEffect(t *testing.T) {
	eachRuled(t, func(t *testing.T, r *ruled) {
		ids := append(r.arrive(t, "1", "h:1", "我要退款"), r.arrive(t, "2", "h:2", "退款退款")...)
		runs := []*inbox.Triage{r.Triage, inbox.NewTriage(r.Twin(), &hints{}, r.Now)}
		var all sync.WaitGroup
		for i := range 6 {
			all.Go(func() {
				if err := runs[i%2].Run(t.Context(), r.Workspace, append([]inbox.MessageID(nil), ids...)); err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
		facts := r.Count("SELECT COUNT(*) FROM facts WHERE kind IN ('tag.added', 'conversation.grouped', 'conversation.routed')")
		if facts != 6 {
			t.Errorf("the journal has %d lines, not 3 for each of 2", facts)
		}
		if n := r.Count("SELECT COUNT(*) FROM messages WHERE triage_at IS NOT NULL"); n != 0 {
			t.Errorf("%d messages still wait", n)
		}
		_, err := r.TagConversation(t.Context(), r.Lin, r.All(r.Owner)[0].ID, r.tag, false)
		mustBe(t, err, "")
		mustBe(t, r.Run(t.Context(), r.Workspace, ids), "")
		if c := r.All(r.Owner); len(c[0].TagIDs)+len(c[1].TagIDs) != 1 {
			t.Error("a tag that an agent removed came back")
		}
	})
}

func TestTheSweeperFindsMessagesThatTriageWasNotToldOf(t *testing.T) {
	eachRuled(t, func(t *testing.T, r *ruled) {
		ids, queue := r.arrive(t, "1", "h:1", "我要退款"), &hints{}
		outbox := inbox.NewOutbox(r.Store, nil, queue, queue, settings, "p", r.Now)
		sweeper := inbox.NewSweeper(r.System(), outbox, queue, r.Now)
		mustBe(t, sweeper.Sweep(t.Context()), "")
		if len(queue.triage) != 0 {
			t.Error("a message that has just arrived is hinted at twice")
		}
		r.Forward(6 * time.Second)
		mustBe(t, sweeper.Sweep(t.Context()), "")
		if len(queue.triage) != 1 || queue.triage[0] != ids[0] {
			t.Errorf("hinted at %v", queue.triage)
		}
	})
}

func TestConversationsGoToWhoeverIsPresentAndLeastLoaded(t *testing.T) {
	eachRuled(t, func(t *testing.T, r *ruled) {
		ctx := t.Context()
		r.Change(r.Owner, func(a *inbox.Agent) { a.Presence = inbox.Busy })
		var ids []inbox.MessageID
		for _, fan := range []string{"1", "2", "3", "4"} {
			ids = append(ids, r.arrive(t, fan, "h:"+fan, "有货吗")...)
		}
		mustBe(t, r.Run(ctx, r.Workspace, ids), "")
		if mine, his := r.load(r.Lin), r.load(r.Wang); mine != 2 || his != 2 {
			t.Errorf("Lin has %d, Wang %d", mine, his)
		}
		r.Change(r.Lin, func(a *inbox.Agent) { a.Capacity = 2 })
		r.Change(r.Wang, func(a *inbox.Agent) { a.AllAccounts = false })
		mustBe(t, r.Run(ctx, r.Workspace, r.arrive(t, "5", "h:5", "有货吗")), "")
		r.Change(r.Lin, func(a *inbox.Agent) { a.Capacity = 10 })
		r.Forward(2 * time.Minute) // his browser has not been heard from
		mustBe(t, r.Run(ctx, r.Workspace, r.arrive(t, "6", "h:6", "有货吗")), "")
		if n := r.Count("SELECT COUNT(*) FROM conversations WHERE assignee_id IS NULL"); n != 2 {
			t.Errorf("%d wait for somebody: one was given to a seat that is full, blind or away", n)
		}
	})
}

func (r *ruled) load(a inbox.Agent) int {
	return r.Count("SELECT COUNT(*) FROM conversations WHERE assignee_id = ?", a.ID)
}

func TestTriageTakesNothingFromTheOneWhoHasTheConversation(t *testing.T) {
	eachRuled(t, func(t *testing.T, r *ruled) {
		r.arrive(t, "1", "h:1", "在吗")
		c := r.Only()
		_, err := inbox.NewDesk(r.Store, &hints{}).Take(t.Context(), r.Lin, c.ID)
		mustBe(t, err, "")
		mustBe(t, r.Run(t.Context(), r.Workspace, r.arrive(t, "1", "h:2", "我要退款")), "")
		if got := r.Only(); got.AssigneeID != r.Lin.ID || got.SkillGroupID != 0 || len(got.TagIDs) != 1 {
			t.Errorf("it is with %q in group %q, tags %v", got.AssigneeName, got.GroupName, got.TagIDs)
		}
	})
}

func TestRulesArePublishedFromTheVersionThatWasRead(t *testing.T) {
	eachRuled(t, func(t *testing.T, r *ruled) {
		read, err := r.Rules(t.Context(), r.Owner)
		mustBe(t, err, "")
		_, err = r.PublishRules(t.Context(), r.Owner, read)
		mustBe(t, err, "")
		_, err = r.PublishRules(t.Context(), r.Wang, read)
		mustBe(t, err, inbox.Conflict)
	})
}
