package sim

import (
	"strings"
	"time"
)

func (s *Sim) commentsToMe(c *call) (any, *apiError) {
	return s.commentList(c, func(k *comment) bool { return k.reaches(c.user) && c.chosen(k.author) })
}

func (s *Sim) commentMentions(c *call) (any, *apiError) {
	return s.commentList(c, func(k *comment) bool { return k.mentions[c.user.uid] && c.chosen(k.author) })
}

func (s *Sim) commentsByMe(c *call) (any, *apiError) {
	return s.commentList(c, func(k *comment) bool { return k.author == c.user.person })
}

func (s *Sim) commentsTimeline(c *call) (any, *apiError) {
	return s.commentList(c, func(k *comment) bool { return k.author == c.user.person || k.reaches(c.user) })
}

func (s *Sim) commentsOfPost(c *call) (any, *apiError) {
	under := s.post(number(c.form.Get("id")))
	if under == nil || under.deleted {
		return nil, refuse(codeStatusGone)
	}
	return s.commentList(c, func(k *comment) bool { return k.post == under && c.chosen(k.author) })
}

func (s *Sim) commentList(c *call, fits func(*comment) bool) (any, *apiError) {
	sheet := pageOf(s.comments, (*comment).key, fits, c.paging(50, countLimit))
	view, comments := c.viewer(), []*commentObject{}
	for _, k := range sheet.shown(c.shownComment) {
		comments = append(comments, view.comment(k))
		c.offered = append(c.offered, decimal(k.id))
	}
	return map[string]any{
		"comments": comments, "marks": []any{}, "hasvisible": false, "previous_cursor": 0, "next_cursor": sheet.next,
		"total_number": sheet.total, "since_id": 0, "max_id": 0, "previous_cursor_str": "0", "next_cursor_str": decimal(sheet.next),
		"display_total_number": sheet.total,
	}, nil
}

func (c *call) shownComment(k *comment) bool {
	lag := time.Duration(0)
	if c.fault.is(FaultLag) {
		lag = c.fault.delay()
	}
	return !k.deleted && !c.now.Before(k.visibleFrom.Add(lag)) && c.shows(k.author)
}

// commentBatch answers a bare array.
func (s *Sim) commentBatch(c *call) (any, *apiError) {
	ids := strings.Split(c.form.Get("cids"), ",")
	if limit := s.opts.Quotas.BatchIDs; limit > 0 && len(ids) > limit {
		return nil, refuse(codeBadParameters)
	}
	view, comments := c.viewer(), []*commentObject{}
	for _, id := range ids {
		if k := s.comment(number(id)); k != nil && c.shownComment(k) {
			comments = append(comments, view.comment(k))
			c.offered = append(c.offered, id)
		}
	}
	return comments, nil
}
