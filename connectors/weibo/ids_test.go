package weibo

import (
	"encoding/json"
	"testing"
	"time"
)

func TestIDIsReadFromEveryDressWithoutLosingADigit(t *testing.T) {
	for in, want := range map[string]id{
		`5008101234567890`: "5008101234567890", `"5008101234567890"`: "5008101234567890", `9223372036854775807`: "9223372036854775807",
		`null`: "", `0`: "", `"0"`: "", `-1`: "", `{}`: "", `1.5`: "", `1e3`: "", `"abc"`: "", `"007"`: "", `92233720368547758070`: "",
	} {
		var got struct{ ID id }
		if err := json.Unmarshal([]byte(`{"ID":`+in+`}`), &got); err != nil || got.ID != want {
			t.Errorf("%s: %q %v, want %q", in, got.ID, err, want)
		}
	}
}

func TestShortMIDMatchesThePublishedVectors(t *testing.T) {
	for mid, want := range map[string]string{"3501756485200075": "z0JH2lOMb", "3700057402482222": "B01uAapJQ", "": ""} {
		if got := shortMID(mid); got != want {
			t.Errorf("%s: %s, want %s", mid, got, want)
		}
	}
}

func TestIDsCarryTheirTime(t *testing.T) {
	at := time.Date(2024, 3, 4, 1, 15, 2, 0, time.UTC)
	if got := timeOf(idAt(at)); !got.Equal(at) {
		t.Errorf("%s, want %s", got, at)
	}
	if got := timeOf(3526584588286949).Format(time.DateOnly); got != "2012-12-23" {
		t.Errorf("a comment captured in 2012 is dated %s", got)
	}
	if got := idAt(time.Unix(0, 0)); got != 0 {
		t.Errorf("before the epoch of ids: %d", got)
	}
}
