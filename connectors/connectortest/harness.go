// Package connectortest is the suite that every connector passes: what the rest of the product relies on, whatever the platform. A
// connector runs it against its pretend platform; rules of an ability that it lacks are skipped.
package connectortest

import (
	"net/url"
	"testing"
	"time"

	"weibox/inbox"
)

// Harness is a connector with one bound account before a pretend platform, and what can happen there. Every method fails the test itself
// when the platform cannot do as asked. Each rule gets a fresh one.
type Harness interface {
	Connector() inbox.Connector
	Account() inbox.Account
	Now() time.Time
	Forward(time.Duration)

	// Fan is a person who so far has had nothing to do with the account.
	Fan(name string) Fan
	// Native answers a comment in the platform's own app.
	Native(comment inbox.ExternalID, text string)
	// Consent opens the page that the wizard leads to, agrees or declines as the account's owner, and returns what the platform sends back.
	Consent(page string, agree bool) url.Values

	// Accepted is what the platform has taken from us, oldest first.
	Accepted() []Accepted
	// LoseAnswer makes the platform take the next write and hang up without a word.
	LoseAnswer()
	// Revoke takes the account's authorisation back.
	Revoke()
	// GoDown makes the platform refuse connections for good.
	GoDown()
}

// Fan is what a person can do on the platform.
type Fan interface {
	ID() inbox.ExternalID
	// Write sends a private message and returns the push that the platform delivers for it.
	Write(text string) inbox.Push
	// Comment writes under a post of the account.
	Comment(text string) (comment, post inbox.ExternalID)
	// Mention publishes a post that mentions the account.
	Mention(text string) (post inbox.ExternalID)
}

// Accepted is one write the platform has taken.
type Accepted struct {
	Target inbox.ExternalID // the comment or post answered, or the fan written to
	Text   string
}

// Run proves the rules, each on its own harness.
func Run(t *testing.T, start func(*testing.T) Harness) {
	for _, r := range []struct {
		name  string
		prove func(*testing.T, *suite)
	}{
		{"is presentable", isPresentable},
		{"binds the account that consented", bindsTheAccount},
		{"binds nothing when consent is declined", declinedBindsNothing},
		{"accepts the platform's own push and no other", verifiesPushes},
		{"gives a message one key however often it is delivered", keepsKeys},
		{"does not take a push for another account", mindsTheAccount},
		{"survives every push that is cut short", survivesDamage},
		{"imports history silently, then finds what is new once", pollsEverything},
		{"sees answers given in the platform's own app", seesNativeAnswers},
		{"sends each answer exactly once", sendsOnce},
		{"refuses too long a text before it leaves", refusesLongTexts},
		{"leaves a lost answer unknown and finds it again", findsLostAnswers},
		{"does not find what was never sent", findsNothing},
		{"says that nothing left when nobody is there", saysNothingLeft},
		{"asks for consent again when it was taken back", noticesRevocation},
		{"checks every capability without writing", checksWithoutWriting},
		{"never shows a token", hidesTokens},
		{"may be used by many at once", isSafeForMany},
	} {
		t.Run(r.name, func(t *testing.T) { r.prove(t, &suite{T: t, Harness: start(t)}) })
	}
}
