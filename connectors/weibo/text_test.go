package weibo

import (
	"strings"
	"testing"

	"weibox/inbox"
)

func TestTextLengthCountsAsWeiboDoes(t *testing.T) {
	for text, want := range map[string]int{
		"": 0, "a": 1, "ab": 1, "abc": 2, "中": 1, "中a": 2, "中ab": 2, "[泪]": 2, "😀": 1,
		strings.Repeat("汉", 140): 140, strings.Repeat("x", 280): 140, strings.Repeat("x", 281): 141,
	} {
		if got := inbox.CountWeibo.Length(text); got != want {
			t.Errorf("%q: %d, want %d", text, got, want)
		}
	}
}

func TestEntitiesAreDecodedExactlyOnce(t *testing.T) {
	for text, want := range map[string]string{
		"&lt;b&gt;": "<b>", "&lt限量&gt": "<限量>", "&amp;lt;": "&lt;", "a &amp; b": "a & b", "&quot;x&quot;": `"x"`, "&copy;": "&copy;", "A&B": "A&B",
	} {
		if got := decoded(text); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}

func TestOneAnswerHasOneEssenceHoweverWeiboDressesIt(t *testing.T) {
	sent := "您好 <小雨>，请看 https://shop.example.com/item?id=1 谢谢"
	for _, shown := range []string{
		sent, "回复@小雨:" + sent, "回复 @小雨 ：" + sent,
		"回复@小雨:您好 &lt;小雨&gt;，请看 http://t.cn/A1b2C3 谢谢 ",
	} {
		if essence(shown) != essence(sent) {
			t.Errorf("%q became %q, want %q", shown, essence(shown), essence(sent))
		}
	}
	if essence("好的") == essence("好") {
		t.Error("different answers have the same essence")
	}
}
