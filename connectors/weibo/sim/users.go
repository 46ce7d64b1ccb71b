package sim

// showUser answers users/show, which wants exactly one of uid and screen_name.
func (s *Sim) showUser(c *call) (any, *apiError) {
	uid, name := c.form.Get("uid"), c.form.Get("screen_name")
	if (uid == "") == (name == "") {
		return nil, refuse(codeBadParameters)
	}
	p := s.people[number(uid)]
	if name != "" {
		p = s.personNamed(name)
	}
	if p == nil || p.frozen {
		return nil, refuse(codeNoUser)
	}
	user := c.viewer().user(p)
	user.Following, user.FollowMe = c.user.follows[p.uid], p.follows[c.user.uid]
	user.Status = struct{}{}
	if latest := s.latestPost(p); latest != nil {
		user.Status = viewer{base: c.base, trim: true}.status(latest)
	}
	return user, nil
}

func (s *Sim) personNamed(name string) *person {
	for _, p := range s.people {
		if p.name == name {
			return p
		}
	}
	return nil
}

func (s *Sim) latestPost(author *person) *post {
	newest := newestOf(s.posts, 1, func(p *post) bool { return p.author == author && !p.deleted })
	if len(newest) == 0 {
		return nil
	}
	return newest[0]
}

// ownUID answers account/get_uid with a number or, as captured elsewhere, a string.
func (s *Sim) ownUID(c *call) (any, *apiError) {
	if c.user.uid%2 == 0 {
		return map[string]any{"uid": decimal(c.user.uid)}, nil
	}
	return map[string]any{"uid": c.user.uid}, nil
}

// unreadCount answers remind/unread_count: the red dots of the app, which vanish when somebody opens it.
func (s *Sim) unreadCount(c *call) (any, *apiError) {
	if uid := c.form.Get("uid"); uid != "" && number(uid) != c.user.uid {
		return nil, refuse(codeOtherUser)
	}
	u := c.user.unread
	return map[string]int{
		"status": 0, "follower": u.followers, "cmt": u.comments, "dm": u.messages, "mention_status": u.statusMentions,
		"mention_cmt": u.commentMentions, "group": 0, "private_group": 0, "notice": 0, "invite": 0, "badge": 0, "photo": 0, "msgbox": 0,
	}, nil
}
