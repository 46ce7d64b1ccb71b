package sim

import "slices"

// paging are the list parameters of docs/platforms/weibo.md §2.0.
type paging struct {
	since int64 // exclusive
	max   int64 // inclusive; 0 none
	count int
	page  int

	shift int // items of the page before that are shown again
	left  int // of the history; 0 all
}

// countLimit is the most that any list gives; asking for more gives just this.
const countLimit = 200

// How a list is odd in bad weather.
const (
	shiftBy  = 3
	leftOver = 10
)

// lastPage is far behind the end of every list.
const lastPage = 1_000_000

func (c *call) paging(defaultCount, limit int) paging {
	p := paging{
		since: number(c.form.Get("since_id")),
		max:   number(c.form.Get("max_id")),
		count: int(number(c.form.Get("count"))),
		page:  int(number(c.form.Get("page"))),
	}
	if p.count <= 0 {
		p.count = defaultCount
	}
	p.count, p.page = min(p.count, limit), min(max(p.page, 1), lastPage)
	switch {
	case c.fault.is(FaultShort):
		p.count = max(1, p.count/2)
	case c.fault.is(FaultShift) && p.max > 0:
		p.shift = shiftBy
	case c.fault.is(FaultForget):
		p.left = leftOver
	}
	return p
}

// sheet is one page: the items on it before anything is hidden, how many fit the query, and where the next page begins.
type sheet[T any] struct {
	items []T
	total int
	next  int64 // id that the next page starts with, to be given as max_id; 0 at the end
}

// pageOf cuts a page out of items that ascend by id, newest first.
func pageOf[T any](items []T, id func(T) int64, fits func(T) bool, p paging) sheet[T] {
	var matching, above []T
	for _, item := range slices.Backward(items) {
		if id(item) <= p.since || p.left > 0 && len(matching)+len(above) == p.left {
			break
		}
		if !fits(item) {
			continue
		}
		if p.max == 0 || id(item) <= p.max {
			matching = append(matching, item)
		} else {
			above = append(above, item)
		}
	}
	matching = append(slices.Clone(above[max(0, len(above)-p.shift):]), matching...)
	from := min((p.page-1)*p.count, len(matching))
	to := min(from+p.count, len(matching))
	s := sheet[T]{items: matching[from:to], total: len(matching)}
	if to < len(matching) {
		s.next = id(matching[to])
	}
	return s
}

// shown returns the items of a page that are left after Weibo has hidden some: the page becomes shorter, the total does not.
func (s sheet[T]) shown(visible func(T) bool) []T {
	left := []T{}
	for _, item := range s.items {
		if visible(item) {
			left = append(left, item)
		}
	}
	return left
}

// newestOf returns the newest n items that fit, newest first.
func newestOf[T any](items []T, n int, fits func(T) bool) []T {
	var newest []T
	for _, item := range slices.Backward(items) {
		if len(newest) == n {
			break
		}
		if fits(item) {
			newest = append(newest, item)
		}
	}
	return newest
}
