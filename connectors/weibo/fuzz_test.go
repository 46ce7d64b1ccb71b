package weibo

import (
	"context"
	"encoding/json"
	"net/url"
	"os"
	"path/filepath"
	"testing"
	"time"
	"unicode/utf8"

	"weibox/inbox"
)

// bare is a connector that never reaches a platform.
func bare() *Connector { return New(Defaults(), nil, func() time.Time { return march }) }

func seed(f *testing.F, glob string) {
	files, err := filepath.Glob(glob)
	if err != nil || len(files) == 0 {
		f.Fatalf("no seeds in %s: %v", glob, err)
	}
	for _, file := range files {
		b, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
}

func FuzzParse(f *testing.F) {
	seed(f, "testdata/push/*.json")
	account := inbox.Account{ExternalID: brand}
	f.Fuzz(func(t *testing.T, body []byte) {
		got, err := bare().Parse(context.Background(), account, inbox.Push{Method: "POST", Body: body, Query: url.Values{}})
		if err != nil {
			return
		}
		for _, in := range got {
			if in.ExternalID == "" || in.Contact.ExternalID == "" || in.Place == "" || in.Object == "" || in.Type == "" || in.At.IsZero() || in.Direction != inbox.In ||
				(in.Object == inbox.ObjectEvent) != (in.Event != "") {
				t.Errorf("an incomplete sighting: %s", asJSON(in))
			}
		}
	})
}

func FuzzPollAnswer(f *testing.F) {
	seed(f, "testdata/*.json")
	f.Fuzz(func(t *testing.T, body []byte) {
		var got list
		if json.Unmarshal(body, &got) != nil {
			return
		}
		at, _ := bare().position("")
		for _, read := range []reader{commentsAs(inbox.KindComment), readMention} {
			var page inbox.Page
			for _, item := range got.items().raw {
				at.collect(&page, brand, read, item)
			}
			for _, in := range page.Items {
				if in.ExternalID == "" || in.Contact.ExternalID == "" || in.Place == "" || (in.Direction == inbox.In && in.Contact.ExternalID == brand) {
					t.Errorf("an incomplete sighting: %s", asJSON(in))
				}
			}
			at.advance(&page, got, Defaults())
			if next, err := bare().position(page.Next); err != nil || next.Since < at.Since || next.Since > at.Since && !page.Complete {
				t.Errorf("from %+v to %+v, complete %t: %v", at, next, page.Complete, err)
			}
			if page.Withheld < 0 {
				t.Errorf("%d withheld", page.Withheld)
			}
		}
	})
}

func FuzzErrorEnvelope(f *testing.F) {
	f.Add([]byte(`{"request":"/x","error_code":"20502","error":"Need you follow uid."}`))
	f.Add([]byte(`{"errcode":20003,"errmsg":"no"}`))
	f.Add([]byte(`{"error_code":{"a":1},"error":[1]}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		code, said := codeIn(body)
		if code == "" {
			return
		}
		for _, name := range []string{commentsToMe, messagesReply} {
			if r := refusal(code, said, name); r.Kind == "" || r.ZH == "" || r.EN == "" || utf8.RuneCountInString(r.Said) > 201 {
				t.Errorf("%+v", r)
			}
		}
	})
}

func FuzzTextLength(f *testing.F) {
	f.Add("中文 abc", "😀")
	f.Fuzz(func(t *testing.T, a, b string) {
		whole, parts := inbox.CountWeibo.Length(a+b), inbox.CountWeibo.Length(a)+inbox.CountWeibo.Length(b)
		if utf8.ValidString(a) && utf8.ValidString(b) && (whole > parts || whole < parts-1) {
			t.Errorf("%q and %q count %d apart and %d together", a, b, parts, whole)
		}
		if essence(essence(a)) != essence(a) && !replyPrefix.MatchString(essence(a)) && decoded(essence(a)) == essence(a) {
			t.Errorf("%q has no stable essence", a)
		}
	})
}

func FuzzCursor(f *testing.F) {
	f.Add(`{"since":5008101234567890,"floor":1,"total":7}`)
	f.Add(`{"since":1,"floor":1,"importing":true,"top":9,"below":5}`)
	f.Add(``)
	f.Fuzz(func(t *testing.T, text string) {
		at, err := bare().position(inbox.Cursor(text))
		if err != nil {
			return
		}
		_ = at.params(Defaults())
		var page inbox.Page
		at.advance(&page, list{}, Defaults())
		if !page.Complete {
			t.Errorf("%s: an empty last page does not end the catch-up: %s", text, page.Next)
		}
	})
}
