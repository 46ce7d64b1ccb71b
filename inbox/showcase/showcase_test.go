package showcase_test

import (
	"testing"

	"weibox/inbox"
	"weibox/inbox/showcase"
	"weibox/inbox/store/storetest"
)

func TestMain(m *testing.M) { storetest.Main(m) }

func TestTheHouseIsFurnishedOnceAndOpensWithTheNewestPassword(t *testing.T) {
	storetest.Each(t, func(t *testing.T, h *storetest.House) {
		people := inbox.NewPeople(h.Store, inbox.NewPasswords(), inbox.SessionLimits{}, h.Now)
		for _, password := range []string{"demo-firstpassword", "demo-secondpassword"} {
			owner, err := showcase.Furnish(t.Context(), people, h.Store, password)
			if err != nil {
				t.Fatal(err)
			}
			rules, err := h.Rules(t.Context(), owner.Agent)
			if err != nil || rules.Version != 1 || len(rules.Rules) != 4 || rules.Rules[0].SkillGroup == 0 {
				t.Errorf("the rules are %+v, %v", rules, err)
			}
			if owner.Agent.Presence != inbox.Online || owner.Agent.Role != inbox.Owner {
				t.Errorf("the owner is %+v", owner.Agent)
			}
			tags, _ := h.Tags(t.Context(), owner.Agent)
			groups, _ := h.SkillGroups(t.Context(), owner.Agent.WorkspaceID)
			if len(tags) != 4 || len(groups) != 2 || len(groups[0].AgentIDs) != 3 {
				t.Errorf("there are %d tags and groups %+v", len(tags), groups)
			}
		}
	})
}
