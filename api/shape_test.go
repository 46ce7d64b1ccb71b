package api

import (
	"encoding/json"
	"strings"
	"testing"

	"weibox/inbox"
)

func TestShape(t *testing.T) {
	for _, tc := range []struct {
		name, text string
		code       inbox.Code
	}{
		{"a value of each kind", `{"a":[1,-2.5e3,"x",true,null,{}]}`, ""},
		{"a single value", `7`, ""},
		{"32 levels", strings.Repeat("[", 32) + strings.Repeat("]", 32), ""},
		{"33 levels", strings.Repeat("[", 33) + strings.Repeat("]", 33), inbox.TooLarge},
		{"levels beside each other are not below each other", "[" + strings.TrimSuffix(strings.Repeat("[[]],", 100), ",") + "]", ""},
		{"a number that goes on and on", strings.Repeat("9", 129), inbox.TooLarge},
		{"a key twice", `{"a":1,"a":2}`, inbox.Invalid},
		{"a key twice, written differently", `{"a":1,"\u0061":2}`, inbox.Invalid},
		{"the same key in two objects", `[{"a":1},{"a":2}]`, ""},
		{"nothing", ``, inbox.Invalid},
		{"half", `{"a":`, inbox.Invalid},
		{"an open array", `[1`, inbox.Invalid},
		{"two values", `{} {}`, inbox.Invalid},
		{"a comma too many", `[1,]`, inbox.Invalid},
		{"a wrong bracket", `[1}`, inbox.Invalid},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if err := CheckShape([]byte(tc.text)); inbox.CodeOf(err) != tc.code || (tc.code == "" && err != nil) {
				t.Errorf("%v, want %q", err, tc.code)
			}
		})
	}
}

// Whatever comes, nothing panics, and what is let through can be read without surprises.
func FuzzCheckShape(f *testing.F) {
	for _, seed := range []string{`{}`, `[]`, `{"a":[{"b":null}],"c":"\ud83d\ude00"}`, `{"a":1,"a":2}`, `"`, `[1,]`, `{"a" 1}`, "\xff", `1e999`, `{"":{}}x`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		err := CheckShape(text)
		if err == nil && !json.Valid(text) {
			t.Errorf("%q is let through", text)
		}
		if err != nil && inbox.CodeOf(err) == "" {
			t.Errorf("%q: an error without a code: %v", text, err)
		}
	})
}
