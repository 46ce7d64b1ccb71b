package api

import "time"

// instant is how moments look on the wire: RFC 3339 in UTC with milliseconds.
type instant struct{ time.Time }

const instantLayout = "2006-01-02T15:04:05.000Z"

// MarshalJSON takes the place of time.Time's, which writes as many digits as there are.
func (i instant) MarshalJSON() ([]byte, error) {
	return []byte(`"` + i.UTC().Format(instantLayout) + `"`), nil
}
