package inbox

import (
	"fmt"
	"unicode/utf8"
)

// Length is how long a platform finds a text. Weibo counts a CJK or other wide character as 1 and two ASCII characters as 1, rounded up
// (docs/platforms/weibo.md §3).
func (c Counting) Length(text string) int {
	if c != CountWeibo {
		return utf8.RuneCountInString(text)
	}
	halves := 0
	for _, r := range text {
		if r < utf8.RuneSelf {
			halves++
		} else {
			halves += 2
		}
	}
	return (halves + 1) / 2
}

// Check refuses a text that the platform would refuse for its length.
func (l Limits) Check(text string) error {
	n := l.CountAs.Length(text)
	if l.MaxLength == 0 || n <= l.MaxLength {
		return nil
	}
	return &Error{Code: TooLong, Field: "text", ZH: fmt.Sprintf("内容过长：%d 字，平台最多 %d 字，请删减后再发", n, l.MaxLength),
		EN: fmt.Sprintf("too long: %d, and the platform takes at most %d; please shorten it", n, l.MaxLength)}
}
