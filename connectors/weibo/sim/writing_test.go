package sim

import (
	"slices"
	"strings"
	"testing"
	"time"
)

func TestTextIsCountedInChineseCharacters(t *testing.T) {
	w := start(t)
	post := w.Post(w.brand, "x")
	cases := []struct {
		name, text string
		code       int
	}{
		{"140 汉字", strings.Repeat("汉", 140), 0},
		{"141 汉字", strings.Repeat("汉", 141), codeTooLong140},
		{"280 ASCII", strings.Repeat("a", 280), 0},
		{"281 ASCII", strings.Repeat("a", 281), codeTooLong140},
		{"139 汉字 and 2 ASCII", strings.Repeat("字", 139) + "ok", 0},
		{"139 汉字 and 3 ASCII", strings.Repeat("字", 139) + "ok!", codeTooLong140},
		{"empty", "", codeEmpty},
		{"blank", "  \n", codeEmpty},
	}
	for _, c := range cases {
		a := w.post("/2/comments/create.json", "id", post, "comment", c.text, "rip", w.rip)
		if a.code() != c.code {
			t.Errorf("%s: %s", c.name, a.raw)
		}
	}
}

func TestOperatorsAddressIsRequiredAndMustBePublic(t *testing.T) {
	w := start(t)
	post := w.Post(w.brand, "x")
	codes := map[string]int{"": codeMissing, "127.0.0.1": codeBadValue, "192.168.1.7": codeBadValue, "home": codeBadValue, "2408:8400::1": 0}
	for rip, code := range codes {
		if a := w.post("/2/comments/create.json", "id", post, "comment", "你好"+rip, "rip", rip); a.code() != code {
			t.Errorf("%q: %s", rip, a.raw)
		}
	}
}

func TestADemoMayTakePrivateAddresses(t *testing.T) {
	w := start(t, func(o *Options) { o.AcceptPrivateRIP = true })
	w.wantCode(w.post("/2/comments/create.json", "id", w.Post(w.brand, "x"), "comment", "你好", "rip", "127.0.0.1"), 0)
}

func TestTheSameTextTwiceIsRefusedOnAnyTarget(t *testing.T) {
	w := start(t)
	_, _, ids := w.comments(2)
	other := w.AddFan("阿柴").Comment(w.Post(w.brand, "y"), "在吗", "")
	w.wantCode(w.reply(ids[0], "谢谢", "without_mention", "1"), 0)
	w.wantCode(w.reply(other, "谢谢", "without_mention", "1"), codeRepeated)
	w.wantCode(w.reply(other, "谢谢"), 0) // 回复@阿柴: makes it another text
	w.wantCode(w.reply(other, "谢谢"), codeRepeated)
	w.wantCode(w.reply(ids[1], "谢谢"), 0) // 回复@小雨:
	w.wantCode(w.reply(ids[1], "谢谢", "without_mention", "1"), 0)
}

func TestRepliesToWhatIsGoneAreRefused(t *testing.T) {
	w := start(t)
	_, post, ids := w.comments(2)
	if err := w.Delete(ids[0]); err != nil {
		t.Fatal(err)
	}
	w.wantCode(w.reply(ids[0], "谢谢"), codeCommentGone)
	w.wantCode(w.reply("12345", "谢谢"), codeCommentGone)
	if err := w.Delete(post); err != nil {
		t.Fatal(err)
	}
	w.wantCode(w.reply(ids[1], "谢谢"), codeStatusGone)
	w.wantCode(w.post("/2/comments/create.json", "id", post, "comment", "a", "rip", w.rip), codeStatusGone)
}

func TestOnlyOwnCommentsAndThoseUnderOwnPostsCanBeDestroyed(t *testing.T) {
	w := start(t)
	fan, _, ids := w.comments(1)
	foreign := fan.Comment(fan.Mention(w.brand, "看"), "自己的", "")
	w.wantCode(w.post("/2/comments/destroy.json", "cid", foreign), codeNotYourComment)
	w.wantCode(w.post("/2/comments/destroy.json", "cid", ids[0]), 0)
	w.wantCode(w.post("/2/comments/destroy.json", "cid", ids[0]), codeCommentGone)
	if got := w.get("/2/comments/to_me.json").ids("comments"); slices.Contains(got, ids[0]) {
		t.Error("the destroyed comment is still listed")
	}
}

func TestADelayedSuccessIsPostedButNotYetListed(t *testing.T) {
	w := start(t)
	_, _, ids := w.comments(1)
	w.Fault(Fault{Endpoint: "comments/reply", Kind: FaultFail, Code: codeDelayed, Times: 1})
	w.wantCode(w.reply(ids[0], "谢谢"), codeDelayed)
	if n := len(w.get("/2/comments/by_me.json").ids("comments")); n != 0 || len(w.Accepted()) != 1 {
		t.Fatalf("%d listed, %d accepted", n, len(w.Accepted()))
	}
	w.forward(90 * time.Second)
	if n := len(w.get("/2/comments/by_me.json").ids("comments")); n != 1 {
		t.Errorf("%d listed after the delay", n)
	}
}

func TestAcceptedWritesAreInTheLedger(t *testing.T) {
	w := start(t)
	_, post, ids := w.comments(1)
	id := w.reply(ids[0], "谢谢").body["idstr"].(string)
	w.reply(ids[0], "谢谢") // refused
	want := Accepted{
		Seq: 1, At: w.clock(), Endpoint: "comments/reply", Kind: KindComment, UID: w.brand, ID: id, Target: ids[0], PostID: post,
		Text: "回复@小雨:谢谢", RIP: w.rip, Answered: true,
	}
	if got := w.Accepted(); len(got) != 1 || got[0] != want {
		t.Errorf("got %+v\nwant %+v", got, want)
	}
}

func TestAcceptThenDropPostsAndHangsUp(t *testing.T) {
	w := start(t)
	_, _, ids := w.comments(1)
	w.Fault(Fault{Endpoint: "comments/reply", Kind: FaultAcceptThenDrop, Times: 1})
	req := w.postRequest("/2/comments/reply.json", "cid", ids[0], "id", "1", "comment", "谢谢", "rip", w.rip)
	if a, err := w.try(req); err == nil {
		t.Fatalf("there was an answer: %s", a.raw)
	}
	if got := w.Accepted(); len(got) != 1 || got[0].Answered {
		t.Errorf("ledger: %+v", got)
	}
	if n := len(w.get("/2/comments/by_me.json").ids("comments")); n != 1 {
		t.Errorf("%d comments can be read back", n)
	}
}

func TestFaultsThatDoNothingDoNothing(t *testing.T) {
	w := start(t)
	_, _, ids := w.comments(1)
	send := func() (answer, error) {
		return w.try(w.postRequest("/2/comments/reply.json", "cid", ids[0], "id", "1", "comment", "谢谢", "rip", w.rip))
	}
	w.Fault(Fault{Endpoint: "*", Kind: FaultDropBefore, Times: 1})
	if a, err := send(); err == nil {
		t.Errorf("drop_before answered %s", a.raw)
	}
	w.Fault(Fault{Endpoint: "comments/reply", Kind: FaultStatus, Status: 503, Times: 1})
	if a, _ := send(); a.status != 503 || !strings.HasPrefix(string(a.raw), "<html>") {
		t.Errorf("status answered HTTP %d %s", a.status, a.raw)
	}
	w.Fault(Fault{Endpoint: "comments/reply", Kind: FaultFail, Code: codeSystem, Times: 2})
	for range 2 {
		a, _ := send()
		w.wantCode(a, codeSystem)
	}
	if got := w.Accepted(); len(got) != 0 {
		t.Errorf("accepted %+v", got)
	}
	a, _ := send()
	w.wantCode(a, 0)
}

func TestGarbageComesAfterTheDeed(t *testing.T) {
	w := start(t)
	_, _, ids := w.comments(1)
	w.Fault(Fault{Endpoint: "comments/reply", Kind: FaultGarbage, Times: 1})
	if a := w.reply(ids[0], "谢谢"); a.status != 200 || a.body != nil {
		t.Errorf("HTTP %d %s", a.status, a.raw)
	}
	if len(w.Accepted()) != 1 {
		t.Error("nothing was accepted")
	}
}

func TestAFaultWithoutTimesLastsUntilItIsCleared(t *testing.T) {
	w := start(t)
	w.Fault(Fault{Endpoint: "account/get_uid", Kind: FaultFail, Code: codeSystem})
	for range 3 {
		w.wantCode(w.get("/2/account/get_uid.json"), codeSystem)
	}
	w.ClearFaults()
	w.wantCode(w.get("/2/account/get_uid.json"), 0)
}

func TestEveryErrorIsAWholeSentence(t *testing.T) {
	for code := range wording {
		if text := refuse(code).text(); text == "" || strings.Contains(text, "%") {
			t.Errorf("%d: %q", code, text)
		}
	}
}

func TestADeniedEndpointIsDeniedInBothFamilies(t *testing.T) {
	w := start(t, commercial)
	if err := w.Deny(w.brand, "comments/mentions"); err != nil {
		t.Fatal(err)
	}
	w.wantCode(w.get("/2/comments/mentions.json"), codeNoPermission)
	w.wantCode(w.get("/c/2/comments/mentions/biz.json"), codeNoPermission)
	w.wantCode(w.get("/2/comments/to_me.json"), 0)
}

func FuzzTextLengthIsNeverMoreThanTwoPerCharacter(f *testing.F) {
	f.Add("汉字 and ASCII 🐱")
	f.Fuzz(func(t *testing.T, text string) {
		if n := halves(text); n > 2*len([]rune(text)) || n < len([]rune(text)) {
			t.Errorf("%q has %d halves", text, n)
		}
	})
}
