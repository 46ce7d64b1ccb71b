package triage_test

import (
	"testing"

	"weibox/inbox/triage"
)

var rules = []triage.Rule{
	{Name: "refund", Words: []string{"退款", "Refund", "ＶＩＰ"}, Tags: []int64{1, 2}, Group: 10},
	{Name: "mention", Kinds: []string{"mention"}, Tags: []int64{2, 3}, Group: 11},
	{Name: "brand", Accounts: []int64{7}, Words: []string{"好看"}, Group: 12},
	{Name: "no words that could match", Words: []string{""}, Tags: []int64{9}},
	{Name: "everything", Tags: []int64{4}},
}

func TestRules(t *testing.T) {
	for _, tc := range []struct {
		name  string
		item  triage.Item
		tags  []int64
		group int64
		word  string // that chose the group
	}{
		{"a word decides", triage.Item{Kind: "dm", Text: "我要退款"}, []int64{1, 2, 4}, 10, "退款"},
		{"case does not matter", triage.Item{Kind: "dm", Text: "i want a REFUND"}, []int64{1, 2, 4}, 10, "Refund"},
		{"width does not matter", triage.Item{Kind: "dm", Text: "ｒｅｆｕｎｄ"}, []int64{1, 2, 4}, 10, "Refund"},
		{"nor the width of the rule's word", triage.Item{Kind: "dm", Text: "vip"}, []int64{1, 2, 4}, 10, "ＶＩＰ"},
		{"a kind decides without words", triage.Item{Kind: "mention", Text: "你好"}, []int64{2, 3, 4}, 11, ""},
		{"the first group stands, all tags add up, each once", triage.Item{Kind: "mention", Text: "退款"}, []int64{1, 2, 3, 4}, 10, "退款"},
		{"all conditions must hold", triage.Item{Account: 8, Kind: "dm", Text: "好看"}, []int64{4}, 0, ""},
		{"and do", triage.Item{Account: 7, Kind: "dm", Text: "真好看"}, []int64{4}, 12, "好看"},
		{"nothing said", triage.Item{Kind: "dm"}, []int64{4}, 0, ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			d := triage.Compile(rules).Decide(tc.item)
			var tags []int64
			for _, tagged := range d.Tags {
				tags = append(tags, tagged.Tag)
			}
			if !equal(tags, tc.tags) || d.Group.Group != tc.group || d.Group.By.Word != tc.word {
				t.Errorf("tags %v, group %d by %q", tags, d.Group.Group, d.Group.By.Word)
			}
		})
	}
}

// equal says whether the same tags are there, in whatever order.
func equal(got, want []int64) bool {
	if len(got) != len(want) {
		return false
	}
	seen := map[int64]bool{}
	for _, tag := range got {
		seen[tag] = true
	}
	for _, tag := range want {
		if !seen[tag] {
			return false
		}
	}
	return true
}

func TestATagIsGivenByTheFirstRuleThatHeld(t *testing.T) {
	d := triage.Compile(rules).Decide(triage.Item{Kind: "mention", Text: "退款"})
	for _, tagged := range d.Tags {
		if tagged.Tag == 2 && tagged.By.Rule.Name != "refund" {
			t.Errorf("tag 2 is explained by %q", tagged.By.Rule.Name)
		}
	}
}

func FuzzDecide(f *testing.F) {
	f.Add("我要退款", "退款")
	f.Add("\xff\xfe", "\x00")
	f.Add("ﷺ", "ß")
	f.Fuzz(func(t *testing.T, text, word string) {
		triage.Compile([]triage.Rule{{Words: []string{word}, Tags: []int64{1}}}).Decide(triage.Item{Text: text})
	})
}

func BenchmarkDecide(b *testing.B) {
	compiled := triage.Compile(rules)
	item := triage.Item{Kind: "dm", Text: "请问这款什么时候补货？已经等了两个星期了，再没有我就要申请退款啦[泪]"}
	for b.Loop() {
		compiled.Decide(item)
	}
}
