package api

import "time"

// instant is how moments look on the wire: RFC 3339 in UTC with milliseconds.
type instant struct{ time.Time }

const instantLayout = "2006-01-02T15:04:05.000Z"

// MarshalText makes it so.
func (i instant) MarshalText() ([]byte, error) { return []byte(i.UTC().Format(instantLayout)), nil }

// MarshalJSON is needed because time.Time brings one of its own.
func (i instant) MarshalJSON() ([]byte, error) {
	return []byte(`"` + i.UTC().Format(instantLayout) + `"`), nil
}
