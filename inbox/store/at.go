package store

import (
	"database/sql/driver"
	"fmt"
	"time"
)

// at is an instant as it is stored: milliseconds since 1970 in UTC, or NULL for the zero time. Integers sort and compare the same on
// every engine and know no time zone.
type at struct{ time.Time }

func (a at) Value() (driver.Value, error) {
	if a.IsZero() {
		return nil, nil
	}
	return a.UnixMilli(), nil
}

func (a *at) Scan(v any) error {
	switch n := v.(type) {
	case nil:
		a.Time = time.Time{}
	case int64:
		a.Time = time.UnixMilli(n).UTC()
	default:
		return fmt.Errorf("an instant is stored as an integer, not %T", v)
	}
	return nil
}

// GormDataType tells gorm that the column is an integer.
func (at) GormDataType() string { return "bigint" }

// ref is an id that may be absent: 0 is stored as NULL, so that foreign keys hold.
type ref[T ~int64] struct{ ID T }

func (r ref[T]) Value() (driver.Value, error) {
	if r.ID == 0 {
		return nil, nil
	}
	return int64(r.ID), nil
}

func (r *ref[T]) Scan(v any) error {
	switch n := v.(type) {
	case nil:
		r.ID = 0
	case int64:
		r.ID = T(n)
	default:
		return fmt.Errorf("an id is stored as an integer, not %T", v)
	}
	return nil
}

func (ref[T]) GormDataType() string { return "bigint" }

// key is a platform's id that may be absent: "" is stored as NULL, because a unique key must not join two absent ones.
type key string

func (k key) Value() (driver.Value, error) {
	if k == "" {
		return nil, nil
	}
	return string(k), nil
}

func (k *key) Scan(v any) error {
	switch s := v.(type) {
	case nil:
		*k = ""
	case string:
		*k = key(s)
	case []byte:
		*k = key(s)
	default:
		return fmt.Errorf("an external id is stored as text, not %T", v)
	}
	return nil
}

func (key) GormDataType() string { return "string" }
