package weibo

import (
	"regexp"
	"strings"
	"unicode"
)

// entity matches the four that Weibo writes, and the same without the semicolon, as its pages document them (§2.3, second reading 5).
var entity = regexp.MustCompile(`&(amp|lt|gt|quot|#39);?`)

var entities = map[string]string{"amp": "&", "lt": "<", "gt": ">", "quot": `"`, "#39": "'"}

// decoded replaces entities once: what a fan typed as &amp;lt; stays &lt;.
func decoded(text string) string {
	if !strings.Contains(text, "&") {
		return text
	}
	return entity.ReplaceAllStringFunc(text, func(found string) string {
		return entities[strings.Trim(found, "&;")]
	})
}

var (
	replyPrefix = regexp.MustCompile(`^回复\s*@[^:：\s]{1,60}\s*[:：]`)
	link        = regexp.MustCompile(`https?://[!-~]+`)
)

// essence is what remains of a text when everything is taken away that Weibo adds or changes on the way: the reply prefix, entities,
// shortened links, white space. Two texts of one essence are the same answer.
func essence(text string) string {
	text = replyPrefix.ReplaceAllString(strings.TrimSpace(decoded(text)), "")
	text = link.ReplaceAllString(text, "http://t.cn/")
	return strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) || r == '\u200b' {
			return -1
		}
		return r
	}, text)
}

// shortened cuts a foreign text to n characters, for showing it inside a sentence.
func shortened(text string, n int) string {
	runes := []rune(strings.TrimSpace(text))
	if len(runes) <= n {
		return string(runes)
	}
	return string(runes[:n]) + "…"
}
