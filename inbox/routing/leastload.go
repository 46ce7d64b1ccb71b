// Package routing decides which seat a conversation goes to. It is pure: values in, values out.
package routing

import "cmp"

// Seat is an agent as routing sees him: present, allowed on the account and in the group, or he would not be a candidate.
type Seat struct {
	ID       int64
	Load     int // open conversations he has
	Capacity int
}

// free says whether the seat can take one more.
func (s Seat) free() bool { return s.Load < s.Capacity }

// LeastLoad chooses the free seat that is least loaded for its capacity; among equals the one with fewer conversations, then the lower id, so
// that the same question has the same answer. ok is false if no seat is free.
func LeastLoad(seats []Seat) (best Seat, ok bool) {
	for _, s := range seats {
		if s.free() && (!ok || s.before(best)) {
			best, ok = s, true
		}
	}
	return best, ok
}

// before compares loads as fractions of capacity, without dividing.
func (s Seat) before(other Seat) bool {
	return cmp.Or(cmp.Compare(s.Load*other.Capacity, other.Load*s.Capacity), cmp.Compare(s.Load, other.Load), cmp.Compare(s.ID, other.ID)) < 0
}
