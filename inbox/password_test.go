package inbox

import (
	"strings"
	"testing"
)

func TestPasswordPolicy(t *testing.T) {
	for _, tc := range []struct {
		name, password, login string
		good                  bool
	}{
		{"twelve characters are enough", "kites & tea!", "lin", true},
		{"eleven are not", "kites & tea", "lin", false},
		{"Chinese characters count as one each", "春眠不觉晓处处闻啼鸟夜来", "lin", true},
		{"128 are allowed", strings.Repeat("ab8-", 31) + "wxyz", "lin", true},
		{"129 are not", strings.Repeat("ab8-", 32) + "z", "lin", false},
		{"no rule asks for digits or capitals", "six quiet rivers", "lin", true},
		{"common ones are refused", "password1234", "lin", false},
		{"in any case", "PassWord1234", "lin", false},
		{"common in China", "woaini5201314", "lin", false},
		{"a common one twice", "iloveyouiloveyou", "lin", false},
		{"one character over and over", "zzzzzzzzzzzz", "lin", false},
		{"three characters over and over", "x7!x7!x7!x7!", "lin", false},
		{"the login itself", "Lin.Xiaoyu.Kefu", "lin.xiaoyu.kefu", false},
		{"the login twice", "linxiaoyulinxiaoyu", "linxiaoyu", false},
		{"bytes that are no text", "abcdefghijk\xff", "lin", false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if err := AcceptPassword(tc.password, tc.login); (err == nil) != tc.good {
				t.Errorf("%q: %v", tc.password, err)
			}
		})
	}
}

func TestEveryWordOfTheListIsRefusedWhereItIsLongEnough(t *testing.T) {
	if len(commonPasswords) < 500 {
		t.Fatalf("only %d words", len(commonPasswords))
	}
	for word := range commonPasswords {
		if word != strings.ToLower(word) || strings.TrimSpace(word) == "" {
			t.Errorf("%q can never be met", word)
		}
		if len(word) >= shortestPassword && AcceptPassword(word, "") == nil {
			t.Errorf("%q is accepted", word)
		}
	}
}

func TestAHashFitsItsPasswordAlone(t *testing.T) {
	p := NewPasswords()
	one, err := p.Hash(t.Context(), "six quiet rivers")
	if err != nil {
		t.Fatal(err)
	}
	two, _ := p.Hash(t.Context(), "six quiet rivers")
	if one == two {
		t.Error("two hashes of one password are the same: no salt")
	}
	if !strings.HasPrefix(one.Reveal(), "$argon2id$v=19$m=19456,t=2,p=1$") {
		t.Errorf("hash %q", one.Reveal())
	}
	for password, want := range map[string]bool{"six quiet rivers": true, "six quiet river": false, "": false} {
		if right, stale, err := p.Check(t.Context(), one, password); right != want || stale || err != nil {
			t.Errorf("%q: %v, %v, %v", password, right, stale, err)
		}
	}
}

func TestAnUnknownLoginIsNeverRight(t *testing.T) {
	p := NewPasswords()
	for _, password := range []string{"", "six quiet rivers"} {
		if right, _, err := p.Check(t.Context(), "", password); right || err != nil {
			t.Errorf("%q: %v, %v", password, right, err)
		}
	}
}

func TestAHashAtOtherCostsIsStale(t *testing.T) {
	h := phc{salt: []byte("saltsaltsaltsalt"), memory: 8 * 1024, passes: 1, threads: 1}
	h.key = h.derive("six quiet rivers", keyBytes)
	if right, stale, err := NewPasswords().Check(t.Context(), h.secret(), "six quiet rivers"); !right || !stale || err != nil {
		t.Errorf("%v, %v, %v", right, stale, err)
	}
}

func TestHashesThatCannotBeReadAreErrorsNotMatches(t *testing.T) {
	for _, text := range []string{"x", "$argon2i$v=19$m=1,t=1,p=1$AA$AA", "$argon2id$v=19$m=8,t=0,p=1$AAAA$AAAA", "$argon2id$v=19$m=8,t=1,p=1$AAAA$",
		"$argon2id$v=16$m=8,t=1,p=1$AAAA$AAAA", "$argon2id$v=19$m=8,t=1,p=1$!$AAAA"} {
		if right, _, err := NewPasswords().Check(t.Context(), Secret(text), "six quiet rivers"); right || err == nil {
			t.Errorf("%q: %v, %v", text, right, err)
		}
	}
}

func TestNetworksAreWhatOnePersonCanMoveIn(t *testing.T) {
	for address, want := range map[string]string{
		"192.0.2.7": "192.0.2.0/24", "192.0.2.200": "192.0.2.0/24", "::ffff:192.0.2.7": "192.0.2.0/24",
		"2001:db8:1:2:3:4:5:6": "2001:db8:1:2::/64", "fe80::1%eth0": "fe80::/64", "garbage": "unknown",
	} {
		if got := networkOf(address); got != want {
			t.Errorf("%s is in %s, want %s", address, got, want)
		}
	}
}
