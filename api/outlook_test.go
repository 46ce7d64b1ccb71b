package api

import (
	"slices"
	"testing"

	"weibox/inbox"
)

func TestTheAccountsPageSaysWhenItIsReadNextAndWhatIsLeft(t *testing.T) {
	for _, tc := range []call{
		{name: "the plan of a list", as: "lin", do: "GET /api/v1/accounts/1", status: 200, has: `"delay_seconds":90,"floor_seconds":7200,"plan":{"zh":"按预计","en":"as expected"}`},
		{name: "the longest interval in force", as: "lin", do: "GET /api/v1/accounts/1", status: 200, has: `"floor_seconds":10800,"capabilities"`},
		{name: "the budget without the reserve for answers", as: "lin", do: "GET /api/v1/accounts/1", status: 200, has: `"used":3,"limit":100,"reads_left":77`},
		{name: "a list that was never planned says nothing", as: "lin", do: "GET /api/v1/accounts", status: 200, hasNot: "delay_seconds"},
	} {
		t.Run(tc.name, tc.run)
	}
}

func TestOpeningAConversationBoostsItsAccount(t *testing.T) {
	s := start(t)
	s.send("lin", "GET /api/v1/conversations", "")
	if len(s.h.boosted) != 0 {
		t.Errorf("the list boosted %v", s.h.boosted)
	}
	s.send("lin", "GET /api/v1/conversations/1", "")
	if !slices.Equal(s.h.boosted, []inbox.AccountID{s.h.aConversation().AccountID}) {
		t.Errorf("opening a conversation boosted %v", s.h.boosted)
	}
}
