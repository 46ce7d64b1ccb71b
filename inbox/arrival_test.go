package inbox_test

import (
	"testing"
	"time"

	"weibox/inbox"
)

// The window is the same whatever the order in which the platform's pushes arrive.
func TestTheReplyWindowDoesNotDependOnTheOrderOfArrival(t *testing.T) {
	start := time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	at := func(minutes int) time.Time { return start.Add(time.Duration(minutes) * time.Minute) }
	word := func(minutes int) inbox.Inbound {
		return inbox.Inbound{Direction: inbox.In, At: at(minutes), Window: inbox.WindowMove{For: 48 * time.Hour, Allowance: 99}}
	}
	mention := func(minutes int) inbox.Inbound {
		return inbox.Inbound{Direction: inbox.In, At: at(minutes), Window: inbox.WindowMove{For: 48 * time.Hour, Allowance: 1}}
	}
	left := func(minutes int) inbox.Inbound {
		return inbox.Inbound{Direction: inbox.In, At: at(minutes), Window: inbox.WindowMove{Shut: true}}
	}
	for name, tc := range map[string]struct {
		arrivals  []inbox.Inbound
		shut      bool
		until     time.Time
		allowance int
	}{
		"a word, then he left":                {[]inbox.Inbound{word(0), left(5)}, true, at(5), 99},
		"he left, told before the word":       {[]inbox.Inbound{left(5), word(0)}, true, at(5), 0},
		"he left and wrote again":             {[]inbox.Inbound{word(0), left(5), word(9)}, false, at(9).Add(48 * time.Hour), 99},
		"he wrote again, told before he left": {[]inbox.Inbound{word(0), word(9), left(5)}, false, at(9).Add(48 * time.Hour), 99},
		"an older word comes late":            {[]inbox.Inbound{word(9), word(0)}, false, at(9).Add(48 * time.Hour), 99},
		"an @ takes nothing away":             {[]inbox.Inbound{word(0), mention(9)}, false, at(0).Add(48 * time.Hour), 99},
		"an @ alone":                          {[]inbox.Inbound{mention(9)}, false, at(9).Add(48 * time.Hour), 1},
	} {
		var c inbox.ContactAccount
		for _, in := range tc.arrivals {
			c.Receive(in)
		}
		if c.WindowShut != tc.shut || !c.WindowUntil.Equal(tc.until) || c.Allowance != tc.allowance {
			t.Errorf("%s: shut %v until %s with %d", name, c.WindowShut, c.WindowUntil, c.Allowance)
		}
	}
}
