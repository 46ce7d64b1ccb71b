package routing_test

import (
	"testing"

	"weibox/inbox/routing"

	"pgregory.net/rapid"
)

func TestLeastLoad(t *testing.T) {
	for _, tc := range []struct {
		name  string
		seats []routing.Seat
		want  int64 // 0: nobody
	}{
		{"nobody is there", nil, 0},
		{"all are full", []routing.Seat{{1, 5, 5}, {2, 9, 3}}, 0},
		{"no capacity is none", []routing.Seat{{1, 0, 0}}, 0},
		{"the freest by share", []routing.Seat{{1, 2, 4}, {2, 4, 10}}, 2},
		{"fewer conversations among equal shares", []routing.Seat{{1, 4, 8}, {2, 2, 4}}, 2},
		{"the lower id among equals", []routing.Seat{{9, 1, 4}, {3, 1, 4}}, 3},
		{"a full one is passed over", []routing.Seat{{1, 1, 1}, {2, 9, 10}}, 2},
	} {
		t.Run(tc.name, func(t *testing.T) {
			best, ok := routing.LeastLoad(tc.seats)
			if best.ID != tc.want || ok != (tc.want != 0) {
				t.Errorf("chose %+v, %v", best, ok)
			}
		})
	}
}

func TestTheChoiceIsFreeAndDoesNotDependOnTheOrderOfSeats(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var seats []routing.Seat
		for id := range rapid.IntRange(0, 8).Draw(t, "seats") {
			seats = append(seats, routing.Seat{ID: int64(id + 1), Load: rapid.IntRange(0, 6).Draw(t, "load"), Capacity: rapid.IntRange(0, 6).Draw(t, "capacity")})
		}
		best, ok := routing.LeastLoad(seats)
		again, _ := routing.LeastLoad(rapid.Permutation(seats).Draw(t, "order"))
		if best != again || ok && best.Load >= best.Capacity {
			t.Fatalf("%+v, then %+v", best, again)
		}
	})
}
