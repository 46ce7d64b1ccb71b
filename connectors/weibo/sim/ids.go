package sim

import (
	"strconv"
	"time"
)

// idEpoch is the second that status and comment ids count from: unix = id>>22 + idEpoch (docs/platforms/weibo.md §2.6).
const idEpoch = 515483463

// beijing is the zone of every date that Weibo writes.
var beijing = time.FixedZone("CST", 8*60*60)

// mint returns an unused id that encodes the instant; ids of one instant ascend in the order of minting.
func (s *Sim) mint(at time.Time) int64 {
	id := (at.Unix()-idEpoch)<<22 | int64(at.Nanosecond())<<22/int64(time.Second)
	for s.usedIDs[id] {
		id++
	}
	s.usedIDs[id] = true
	return id
}

// mintUID returns an unused ten-digit uid above the floor.
func (s *Sim) mintUID(floor int64) int64 {
	for {
		uid := floor + s.rng.Int64N(90_000_000)
		if s.people[uid] == nil {
			return uid
		}
	}
}

// commentMid returns the mid of a comment, which is not its id (§2.5).
func commentMid(id int64) string { return strconv.FormatInt(2121212000000000+id%1_000_000_000, 10) }

// turn picks one of n shapes for an item, always the same one: different servers of Weibo draw the same object differently.
func turn(id, n int64) int64 { return (id>>22 + id) % n }

// weiboDate writes an instant as "Tue May 31 17:46:55 +0800 2011".
func weiboDate(at time.Time) string { return at.In(beijing).Format(time.RubyDate) }

func decimal(id int64) string { return strconv.FormatInt(id, 10) }

// number reads a decimal id; anything else is 0, which no item has.
func number(text string) int64 {
	id, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return 0
	}
	return id
}

const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"

// word returns n random letters and digits.
func (s *Sim) word(n int) string {
	b := make([]byte, n)
	for i := range b {
		b[i] = letters[s.rng.IntN(len(letters))]
	}
	return string(b)
}
