// Package triage decides what an inbound message is about. It is pure: values in, values out, no storage and no clock, so that it can be
// measured, explained, and tried on yesterday's traffic.
package triage

import (
	"slices"
	"strings"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"
)

// Item is what the rules look at.
type Item struct {
	Account int64
	Kind    string
	Text    string
}

// Rule is one line of an ordered list. Conditions that are given must all hold; empty ones always do.
type Rule struct {
	Name     string
	Accounts []int64
	Kinds    []string
	Words    []string // any of these, whatever their case or width
	Tags     []int64
	Group    int64 // 0: this rule chooses none
}

// Match is a rule that held, with the word that decided, if one did.
type Match struct {
	Rule Rule
	Word string
}

// Decision is what the list says of an item: every tag of every rule that held, and the group of the first that names one.
type Decision struct {
	Tags  []Tagged
	Group Grouped
}

// Tagged is a tag with the match that gave it.
type Tagged struct {
	Tag int64
	By  Match
}

// Grouped is a skill group with the match that chose it; Group 0 is none.
type Grouped struct {
	Group int64
	By    Match
}

// Rules is a list made ready for matching. It is safe for concurrent use.
type Rules struct {
	rules  []Rule
	folded [][]string
}

// Compile folds the words of a list once.
func Compile(rules []Rule) *Rules {
	r := &Rules{rules: rules, folded: make([][]string, len(rules))}
	for i, rule := range rules {
		for _, word := range rule.Words {
			r.folded[i] = append(r.folded[i], Fold(word))
		}
	}
	return r
}

// Fold makes texts comparable: full and half width, compatibility forms and case are the same.
func Fold(text string) string { return cases.Fold().String(norm.NFKC.String(text)) }

// Decide runs the list over one item.
func (r *Rules) Decide(item Item) Decision {
	var d Decision
	text := Fold(item.Text)
	for i, rule := range r.rules {
		word, ok := r.holds(i, item, text)
		if !ok {
			continue
		}
		match := Match{Rule: rule, Word: word}
		for _, tag := range rule.Tags {
			if !slices.ContainsFunc(d.Tags, func(t Tagged) bool { return t.Tag == tag }) {
				d.Tags = append(d.Tags, Tagged{Tag: tag, By: match})
			}
		}
		if d.Group.Group == 0 && rule.Group != 0 {
			d.Group = Grouped{Group: rule.Group, By: match}
		}
	}
	return d
}

func (r *Rules) holds(i int, item Item, text string) (word string, ok bool) {
	rule := r.rules[i]
	if len(rule.Accounts) > 0 && !slices.Contains(rule.Accounts, item.Account) {
		return "", false
	}
	if len(rule.Kinds) > 0 && !slices.Contains(rule.Kinds, item.Kind) {
		return "", false
	}
	if len(rule.Words) == 0 {
		return "", true
	}
	for j, folded := range r.folded[i] {
		if folded != "" && strings.Contains(text, folded) {
			return rule.Words[j], true
		}
	}
	return "", false
}
