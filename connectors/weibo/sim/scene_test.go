package sim

import (
	"context"
	"slices"
	"testing"
	"time"
)

func TestPopulateMakesTwoBrandsFortyFansAndThreeDaysOfHistory(t *testing.T) {
	w := start(t)
	w.Populate()
	if len(w.brands) != 3 || len(w.fans) < 40 {
		t.Fatalf("%d brands, %d fans", len(w.brands), len(w.fans))
	}
	counts := w.state("").Counts
	if counts["comments"] < 50 || counts["messages"] < 50 || counts["posts"] < 12 {
		t.Errorf("the history is thin: %v", counts)
	}
	for _, c := range w.Sim.comments {
		if c.at.After(w.clock()) || c.at.Before(w.clock().Add(-historyDays*day-time.Minute)) {
			t.Errorf("a comment of %s is outside the history", c.at)
		}
		if c.id < c.post.id || c.replyTo != nil && c.id < c.replyTo.id {
			t.Errorf("%q was written before what it answers", c.text)
		}
	}
}

func TestTheSameSeedTellsTheSameStory(t *testing.T) {
	story := func() []string {
		w := start(t)
		w.Populate()
		if err := w.Burst(50, "", Crisis); err != nil {
			t.Fatal(err)
		}
		var texts []string
		for _, c := range w.Sim.comments {
			texts = append(texts, decimal(c.id)+c.author.name+c.text)
		}
		return texts
	}
	if !slices.Equal(story(), story()) {
		t.Error("two runs differ")
	}
}

func TestThereAreAtLeast150DifferentTexts(t *testing.T) {
	texts := map[string]bool{}
	for _, lines := range scripts {
		for _, l := range lines {
			for _, text := range append([]string{l.text}, l.then...) {
				texts[text] = true
			}
		}
	}
	if len(texts) < 150 {
		t.Errorf("%d texts", len(texts))
	}
}

func TestEveryBrandFindsALineOfEveryKind(t *testing.T) {
	kinds := []string{
		kindDM, kindImage, kindVoice, kindPosition, kindClick, kindFollow, kindUnfollow, kindComment, kindAnswer, kindMention, kindInComment,
		kindRepost, kindBackDM, kindBackComment,
	}
	for _, theme := range []string{"", "coffee", "outdoor"} {
		for _, kind := range kinds {
			if len(fitting(scripts[Daily], theme, kind)) == 0 {
				t.Errorf("theme %q has no %s", theme, kind)
			}
		}
	}
	for scene, lines := range scripts {
		for _, l := range lines {
			if !slices.Contains(kinds, l.kind) {
				t.Errorf("%s has a line of the unknown kind %q", scene, l.kind)
			}
		}
	}
}

func TestABurstIsPushedAtOnce(t *testing.T) {
	w := start(t)
	w.Populate()
	h := w.hook(accepting)
	before := w.state("").Counts
	if err := w.Burst(200, w.brand, Promotion); err != nil {
		t.Fatal(err)
	}
	w.settle()
	after := w.state("").Counts
	if grown := after["comments"] + after["posts"] - before["comments"] - before["posts"] + len(h.texts()); grown < 190 {
		t.Errorf("only %d of 200 things happened", grown)
	}
	if len(h.texts()) < 50 {
		t.Errorf("only %d pushes", len(h.texts()))
	}
}

func TestFansAnswerBack(t *testing.T) {
	w := start(t)
	w.Populate()
	w.hook(accepting)
	fan := w.handle(w.fans[0]).To(w.brand)
	for range 20 {
		fan.DM("在吗")
		w.dm(fan, "您好")
	}
	w.forward(2 * time.Minute)
	before := w.state("").Counts["messages"]
	w.live()
	w.settle()
	if grown := w.state("").Counts["messages"] - before; grown < 3 {
		t.Errorf("%d messages came back on 20 answers", grown)
	}
}

func TestPausedTrafficIsSilent(t *testing.T) {
	w := start(t)
	w.Populate()
	w.control("traffic", o{"paused": true, "per_minute": 6000})
	before := w.state("").Counts
	for range 10 {
		w.live()
	}
	if after := w.state("").Counts; after["messages"] != before["messages"] || after["comments"] != before["comments"] {
		t.Errorf("%v became %v", before, after)
	}
}

func TestRunLetsFansLiveUntilItsContextEnds(t *testing.T) {
	w := start(t)
	w.Populate()
	w.hook(accepting)
	w.control("traffic", o{"per_minute": 6000})
	before := w.state("").Counts
	ctx, cancel := context.WithTimeout(t.Context(), 3*beat)
	defer cancel()
	if err := w.Run(ctx); err != nil || ctx.Err() == nil {
		t.Errorf("Run ended with %v", err)
	}
	w.settle()
	after := w.state("").Counts
	if grown := after["comments"] + after["messages"] + after["posts"] - before["comments"] - before["messages"] - before["posts"]; grown < 50 {
		t.Errorf("only %d things happened", grown)
	}
}

func FuzzScriptsAreParsedOrRefused(f *testing.F) {
	f.Add("any dm 在吗 => 你好\n# note\n\ncoffee post #话题#")
	f.Fuzz(func(t *testing.T, text string) {
		lines, err := parseScript(text)
		for _, l := range lines {
			if err == nil && (l.theme == "" || l.kind == "") {
				t.Errorf("%q gave %+v", text, l)
			}
		}
	})
}
