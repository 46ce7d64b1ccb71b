package store_test

import (
	"testing"

	"weibox/inbox"
	"weibox/inbox/store/storetest"
)

func TestOnlyAChangeOfPresenceIsAFact(t *testing.T) {
	storetest.Each(t, func(t *testing.T, h *storetest.House) {
		const facts = "SELECT COUNT(*) FROM facts WHERE kind = 'agent.presence_changed' AND actor_id = ?"
		before := h.Count(facts, int64(h.Lin.ID))
		h.Change(h.Lin, func(a *inbox.Agent) { a.Presence = inbox.OnBreak })
		h.Change(h.Lin, func(a *inbox.Agent) { a.Capacity = 3 })
		if n := h.Count(facts, int64(h.Lin.ID)) - before; n != 1 {
			t.Errorf("%d facts, want 1", n)
		}
	})
}

func TestAnAgentsLoadIsHisOpenConversations(t *testing.T) {
	storetest.Each(t, func(t *testing.T, h *storetest.House) {
		h.Receive(h.DM("1", "m1", "在吗"), h.DM("2", "m2", "在吗"), h.DM("3", "m3", "在吗"))
		h.Exec("UPDATE conversations SET assignee_id = ?", int64(h.Lin.ID))
		h.Exec("UPDATE conversations SET state = 'resolved' WHERE id = (SELECT m FROM (SELECT MIN(id) AS m FROM conversations) first)")
		agent, err := h.Agent(t.Context(), h.Workspace, h.Lin.ID)
		if err != nil || agent.Load != 2 {
			t.Errorf("load %d, %v, want 2", agent.Load, err)
		}
	})
}

func TestARemovedGroupLeavesItsConversationsToNobody(t *testing.T) {
	storetest.Each(t, func(t *testing.T, h *storetest.House) {
		group, err := h.SaveSkillGroup(t.Context(), inbox.SkillGroup{WorkspaceID: h.Workspace, Name: "临时组", AgentIDs: []inbox.AgentID{h.Lin.ID}})
		if err != nil {
			t.Fatal(err)
		}
		h.Receive(h.DM("1", "m1", "在吗"))
		h.Exec("UPDATE conversations SET skill_group_id = ?", int64(group.ID))
		if err := h.RemoveSkillGroup(t.Context(), h.Workspace, group.ID); err != nil {
			t.Fatal(err)
		}
		if n := h.Count("SELECT COUNT(*) FROM conversations WHERE skill_group_id IS NOT NULL") + h.Count("SELECT COUNT(*) FROM skill_group_agents WHERE skill_group_id = ?", int64(group.ID)); n != 0 {
			t.Errorf("%d rows still name the group", n)
		}
	})
}
