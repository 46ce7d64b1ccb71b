package weibo

import (
	"bytes"
	"encoding/json"
	"strconv"
	"time"
)

// The shapes of docs/platforms/weibo.md §2.5. Only what we use is named; the rest stays in the raw item. Every field is read leniently,
// because the platform itself is of two minds about most of them.

// comment is one comment as the lists give it. Its mid differs from its id and is of no use.
type comment struct {
	ID           id       `json:"id"`
	IDStr        id       `json:"idstr"`
	CreatedAt    word     `json:"created_at"`
	Text         word     `json:"text"`
	User         *user    `json:"user"`
	UID          id       `json:"uid"` // in place of user, when trimmed
	Status       *status  `json:"status"`
	ReplyComment *comment `json:"reply_comment"`
}

func (c *comment) id() id {
	if c == nil {
		return ""
	}
	return prefer(c.IDStr, c.ID)
}

func (c *comment) author() user {
	if c == nil {
		return user{}
	}
	return authorOf(c.User, c.UID)
}

// status is one post.
type status struct {
	ID         id        `json:"id"`
	IDStr      id        `json:"idstr"`
	MID        id        `json:"mid"`
	CreatedAt  word      `json:"created_at"`
	Text       word      `json:"text"`
	User       *user     `json:"user"`
	UID        id        `json:"uid"`
	Deleted    word      `json:"deleted"`
	BigPicture word      `json:"bmiddle_pic"`
	Pictures   []picture `json:"pic_urls"`
	Retweeted  *status   `json:"retweeted_status"`
}

type picture struct {
	Thumbnail word `json:"thumbnail_pic"`
}

// UnmarshalJSON takes a trimmed post too, which is its bare id.
func (s *status) UnmarshalJSON(b []byte) error {
	if bare := id(positiveInteger(string(bytes.Trim(b, `"`)))); bare != "" {
		*s = status{ID: bare}
		return nil
	}
	type shape status
	return lenient(b, (*shape)(s))
}

func (c *comment) UnmarshalJSON(b []byte) error {
	type shape comment
	return lenient(b, (*shape)(c))
}

func (s *status) id() id {
	if s == nil {
		return ""
	}
	return prefer(s.IDStr, s.ID)
}

func (s *status) author() user {
	if s == nil {
		return user{}
	}
	return authorOf(s.User, s.UID)
}

func (s *status) deleted() bool { return s.Deleted == "1" || s.Deleted == "true" }

// user is one person or brand.
type user struct {
	ID           id    `json:"id"`
	IDStr        id    `json:"idstr"`
	ScreenName   word  `json:"screen_name"`
	Name         word  `json:"name"`
	AvatarLarge  word  `json:"avatar_large"`
	Avatar       word  `json:"profile_image_url"`
	Followers    count `json:"followers_count"`
	FollowMe     *bool `json:"follow_me"`
	VerifiedType count `json:"verified_type"`
}

// UnmarshalJSON takes a trimmed user too, which is a bare id.
func (u *user) UnmarshalJSON(b []byte) error {
	if bare := id(positiveInteger(string(bytes.Trim(b, `"`)))); bare != "" {
		*u = user{ID: bare}
		return nil
	}
	type shape user
	return lenient(b, (*shape)(u))
}

func (u user) id() id { return prefer(u.IDStr, u.ID) }

func authorOf(u *user, uid id) user {
	if u != nil && u.id() != "" {
		return *u
	}
	return user{ID: uid}
}

// lenient decodes what it can of an object: a field of the wrong type is left empty. What is no object at all is left empty too.
func lenient(b []byte, into any) error {
	err := json.Unmarshal(b, into)
	if _, wrongType := err.(*json.UnmarshalTypeError); wrongType {
		return nil
	}
	return err
}

// word is a text that may come as a number or a boolean.
type word string

func (w *word) UnmarshalJSON(b []byte) error {
	switch b[0] {
	case '"':
		return json.Unmarshal(b, (*string)(w))
	case '{', '[', 'n':
		*w = ""
	default:
		*w = word(b)
	}
	return nil
}

// count is a whole number that may come in quotes, or not at all.
type count struct {
	known bool
	n     int
}

func (c *count) UnmarshalJSON(b []byte) error {
	n, err := strconv.Atoi(string(bytes.Trim(b, `"`)))
	*c = count{known: err == nil, n: n}
	return nil
}

// pointer is the number for those who say unknown with nil.
func (c count) pointer() *int {
	if !c.known {
		return nil
	}
	return &c.n
}

// at reads created_at, such as "Tue May 31 17:46:55 +0800 2011" (docs/platforms/weibo.md §2.5).
func (w word) at() (time.Time, error) {
	t, err := time.Parse(time.RubyDate, string(w))
	if err != nil {
		return time.Time{}, err
	}
	return t.UTC(), nil
}

// items is a list of whole items. One that is null or {} is empty; one that is missing or anything else is not present.
type items struct {
	present bool
	raw     []json.RawMessage
}

func (i *items) UnmarshalJSON(b []byte) error {
	i.present = b[0] == '[' || b[0] == 'n' || string(b) == "{}"
	if b[0] != '[' {
		return nil
	}
	return json.Unmarshal(b, &i.raw)
}

// list is the envelope of comments/* and statuses/* (docs/platforms/weibo.md §2.4).
type list struct {
	Comments   items `json:"comments"`
	Statuses   items `json:"statuses"`
	NextCursor *id   `json:"next_cursor"` // nil: not told; "": the end
	Total      count `json:"total_number"`
}
