package weibo

import (
	"bytes"
	"strconv"
	"strings"
	"time"

	"weibox/inbox"
)

// id is a Weibo id in whatever dress it comes: number, string, null, missing. Zero and everything that is no positive integer is "". It
// never passes through a float: some ids have 19 digits (docs/platforms/weibo.md §10.3).
type id string

func (i *id) UnmarshalJSON(b []byte) error {
	*i = id(positiveInteger(string(bytes.Trim(b, `"`))))
	return nil
}

// positiveInteger is text itself if it is the decimal form of a positive 64-bit integer, else "".
func positiveInteger(text string) string {
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || n <= 0 || strconv.FormatInt(n, 10) != text {
		return ""
	}
	return text
}

func (i id) external() inbox.ExternalID { return inbox.ExternalID(i) }

// number is the id for comparing: newer is greater. 0 if there is none.
func (i id) number() int64 {
	n, _ := strconv.ParseInt(string(i), 10, 64)
	return n
}

// prefer is the first id that is there: idstr before id.
func prefer(ids ...id) id {
	for _, i := range ids {
		if i != "" {
			return i
		}
	}
	return ""
}

// Ids of posts and comments carry the second they were made in (docs/platforms/weibo.md §2.6).
const (
	idShift = 22
	idEpoch = 515_483_463
)

// idAt is the smallest id that can have been made at t.
func idAt(t time.Time) int64 { return max(0, (t.Unix()-idEpoch)<<idShift) }

// timeOf is when an id was made, to the second and within three seconds of created_at. Ids before August 2011 have no time in them.
func timeOf(n int64) time.Time { return time.Unix(n>>idShift+idEpoch, 0).UTC() }

const base62 = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"

// shortMID is the form of a post's id in links: groups of seven digits from the right, each in base 62, all but the first padded to four.
func shortMID(mid string) string {
	var out string
	for end := len(mid); end > 0; end -= 7 {
		start := max(0, end-7)
		group := inBase62(mid[start:end])
		if start > 0 {
			group = strings.Repeat("0", max(0, 4-len(group))) + group
		}
		out = group + out
	}
	return out
}

func inBase62(digits string) string {
	n, _ := strconv.Atoi(digits)
	if n == 0 {
		return "0"
	}
	var out []byte
	for ; n > 0; n /= 62 {
		out = append(out, base62[n%62])
	}
	for i, j := 0, len(out)-1; i < j; i, j = i+1, j-1 {
		out[i], out[j] = out[j], out[i]
	}
	return string(out)
}
