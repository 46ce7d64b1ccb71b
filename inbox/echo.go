package inbox

import (
	"html"
	"regexp"
	"strings"
	"unicode"
)

var (
	replyPrefix = regexp.MustCompile(`^回复 ?@[^:：]{1,60}[:：]`)
	link        = regexp.MustCompile(`https?://[!-~]+`)
)

// SameText says whether a platform's version of a text is the text we sent. Platforms put a reply prefix before it, shorten links, escape
// signs and touch white space.
func SameText(sent, seen string) bool { return essence(sent) == essence(seen) }

func essence(text string) string {
	text = html.UnescapeString(text)
	text = replyPrefix.ReplaceAllString(strings.TrimSpace(text), "")
	text = link.ReplaceAllString(text, "")
	return strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) || unicode.Is(unicode.Cf, r) {
			return -1
		}
		return r
	}, text)
}

// Echoes says whether a sighting of an own answer is this reply, whose outcome we do not know yet.
func (in Inbound) Echoes(r Reply) bool {
	sameTarget := in.Parent == r.ParentID && (in.Post == nil || r.PostID == "" || in.Post.ExternalID == r.PostID)
	return sameTarget && !in.At.Before(r.StartedAt.Add(-clockSkew)) && SameText(r.Text, in.Text)
}
