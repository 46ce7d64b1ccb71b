package weibo

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"strconv"
	"time"

	"weibox/inbox"
)

// position is what the cursor of a source means. Everything after Floor belongs to the running catch-up and is empty between two.
type position struct {
	Since     int64 `json:"since"`               // everything up to this id is here
	Floor     int64 `json:"floor"`               // where the import began: nothing older is ever read
	Total     *int  `json:"total,omitempty"`     // total_number at the last complete catch-up
	Partial   bool  `json:"partial,omitempty"`   // total_number counts only what since_id leaves, as was seen once
	Importing bool  `json:"importing,omitempty"` // this is the first, silent catch-up

	Top     int64 `json:"top,omitempty"`     // the newest id
	Below   int64 `json:"below,omitempty"`   // where the next page starts, inclusive; 0: at the top
	Claimed *int  `json:"claimed,omitempty"` // total_number of the first page
	Seen    int   `json:"seen,omitempty"`    // items so far
	Fresh   int   `json:"fresh,omitempty"`   // those above Since
	Holes   int   `json:"holes,omitempty"`   // items that pages before the last lacked
	Met     bool  `json:"met,omitempty"`     // an item that was here before was seen again
}

// position reads a cursor; an empty one begins the import.
func (c *Connector) position(cursor inbox.Cursor) (position, error) {
	if cursor == "" {
		floor := idAt(c.now().Add(-c.settings.ImportDepth))
		return position{Since: floor, Floor: floor, Importing: true}, nil
	}
	var at position
	if err := json.Unmarshal([]byte(cursor), &at); err != nil {
		return position{}, fmt.Errorf("the cursor is not ours: %w", err)
	}
	if at.Since < 0 || at.Floor < 0 || at.Below < 0 {
		return position{}, errors.New("the cursor is not ours: a negative id")
	}
	return at, nil
}

func (p position) cursor() inbox.Cursor {
	text, _ := json.Marshal(p) // numbers and booleans always marshal
	return inbox.Cursor(text)
}

// params ask for the next page: since_id is exclusive, max_id inclusive (docs/platforms/weibo.md §2.0).
func (p position) params(s Settings) url.Values {
	v := url.Values{"count": {strconv.Itoa(s.PageSize)}, "since_id": {strconv.FormatInt(p.bottom(s.Overlap), 10)}}
	if p.Below > 0 {
		v.Set("max_id", strconv.FormatInt(p.Below, 10))
	}
	return v
}

// bottom is the id down to which a catch-up reads: Since, less the overlap in the time that ids carry.
func (p position) bottom(overlap time.Duration) int64 {
	return max(p.Floor, p.Since-int64(overlap/time.Second)<<idShift)
}

// passed says that an item was already here before this catch-up.
func (p position) passed(n int64) bool { return 0 < n && n <= p.Since }

// advance moves past a page and finishes it: with the cursor of the next page, or at the end of the catch-up with what it came to.
func (p position) advance(page *inbox.Page, got list, s Settings) {
	shown := got.items().raw
	lowest, full := p.count(shown), len(shown) >= s.PageSize
	if p.Below == 0 {
		p.Claimed = got.Total.pointer()
		p.Partial = p.Partial || p.dropped()
	}
	next := p.next(got.NextCursor, lowest, full)
	if next > p.bottom(s.Overlap) {
		p.Holes += max(0, s.PageSize-len(shown))
		p.Below = next
		page.Next = p.cursor()
		return
	}
	page.Complete = true
	page.Withheld = p.withheld()
	page.Gap = p.gap(lowest, full)
	page.Next = position{Since: max(p.Since, p.Top), Floor: p.Floor, Total: p.Claimed, Partial: p.Partial}.cursor()
}

// count takes the items of a page into account; it returns the lowest id, 0 if there is none.
func (p *position) count(shown []json.RawMessage) (lowest int64) {
	p.Seen += len(shown)
	for _, raw := range shown {
		n := numberOf(raw)
		if n == 0 {
			continue
		}
		p.Top = max(p.Top, n)
		if n > p.Since {
			p.Fresh++
		} else {
			p.Met = true
		}
		if lowest == 0 || n < lowest {
			lowest = n
		}
	}
	return lowest
}

// next is where the next page starts, 0 at the end. A short or empty page is not the end while the platform names a further one; a full
// page is not the end although it names none (docs/platforms/weibo.md §2.4). A page that leads no further down ends it in any case.
func (p position) next(named *id, lowest int64, full bool) int64 {
	below := max(0, lowest-1)
	switch {
	case named == nil:
	case *named != "" && below > 0:
		below = min(below, named.number())
	case *named != "":
		below = named.number()
	case !full:
		return 0
	}
	if p.Below > 0 && below >= p.Below {
		return 0
	}
	return below
}

// withheld is how many items the platform claims beyond those it showed. Its page does not say whether total_number counts the whole list
// or only what since_id leaves. Until that is seen the smaller reading of the two counts: it may be too low, and is no false alarm.
func (p position) withheld() int {
	if p.Importing || p.Claimed == nil || p.Total == nil {
		return p.Holes
	}
	ofTheRest, ofTheWhole := *p.Claimed-p.Seen, *p.Claimed-*p.Total-p.Fresh
	if p.Partial {
		return max(p.Holes, ofTheRest)
	}
	return max(p.Holes, min(ofTheRest, ofTheWhole))
}

// dropped says that total_number fell as the count of a whole list never does: deletions take few at a time.
func (p position) dropped() bool {
	return p.Claimed != nil && p.Total != nil && *p.Total >= 10 && *p.Claimed < *p.Total/2
}

// gap says that the platform stopped before an item came that was here before. A single page that was not full stopped because there was
// no more: then the old item has been deleted.
func (p position) gap(lowest int64, full bool) *inbox.Gap {
	onePage := p.Below == 0 && !full
	if p.Importing || p.Met || p.Fresh == 0 || p.Since == p.Floor || onePage {
		return nil
	}
	if lowest == 0 {
		lowest = p.Below
	}
	return &inbox.Gap{From: timeOf(p.Since), To: timeOf(lowest)}
}

// numberOf is the id of a raw item, 0 if it has none.
func numberOf(raw json.RawMessage) int64 {
	var item struct {
		ID    id `json:"id"`
		IDStr id `json:"idstr"`
	}
	if lenient(raw, &item) != nil {
		return 0
	}
	return prefer(item.IDStr, item.ID).number()
}
