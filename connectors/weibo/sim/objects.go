package sim

import (
	"fmt"
	"strings"
)

// The objects of docs/platforms/weibo.md §2.5, as they look on the wire.

type userObject struct {
	ID              int64  `json:"id"`
	IDStr           string `json:"idstr"`
	ScreenName      string `json:"screen_name"`
	Name            string `json:"name"`
	Province        string `json:"province"`
	City            string `json:"city"`
	Location        string `json:"location"`
	Description     string `json:"description"`
	URL             string `json:"url"`
	ProfileImageURL string `json:"profile_image_url"`
	AvatarLarge     string `json:"avatar_large"`
	AvatarHD        string `json:"avatar_hd"`
	ProfileURL      string `json:"profile_url"`
	Gender          string `json:"gender"`
	FollowersCount  int    `json:"followers_count"`
	FriendsCount    int    `json:"friends_count"`
	StatusesCount   int    `json:"statuses_count"`
	Following       bool   `json:"following"`
	FollowMe        bool   `json:"follow_me"`
	AllowAllActMsg  bool   `json:"allow_all_act_msg"`
	AllowAllComment bool   `json:"allow_all_comment"`
	Verified        bool   `json:"verified"`
	VerifiedType    int    `json:"verified_type"`
	VerifiedReason  string `json:"verified_reason"`
	Status          any    `json:"status,omitempty"` // users/show only; {} for people without posts
}

type statusObject struct {
	CreatedAt      string        `json:"created_at"`
	ID             int64         `json:"id"`
	IDStr          string        `json:"idstr"`
	Mid            string        `json:"mid"`
	Text           string        `json:"text"`
	TextLength     int           `json:"textLength"`
	IsLongText     bool          `json:"isLongText"`
	Source         string        `json:"source"`
	Favorited      bool          `json:"favorited"`
	Truncated      bool          `json:"truncated"`
	InReplyTo      string        `json:"in_reply_to_status_id"`
	ThumbnailPic   string        `json:"thumbnail_pic,omitempty"`
	BmiddlePic     string        `json:"bmiddle_pic,omitempty"`
	OriginalPic    string        `json:"original_pic,omitempty"`
	PicURLs        []thumbnail   `json:"pic_urls"`
	Geo            any           `json:"geo"`
	User           any           `json:"user,omitempty"` // userObject, or a bare id when trimmed
	UID            int64         `json:"uid,omitempty"`  // the other shape of a trimmed user
	Retweeted      *statusObject `json:"retweeted_status,omitempty"`
	RepostsCount   int           `json:"reposts_count"`
	CommentsCount  int           `json:"comments_count"`
	AttitudesCount int           `json:"attitudes_count"`
	MLevel         int           `json:"mlevel"`
	Visible        visibility    `json:"visible"`
	Deleted        string        `json:"deleted,omitempty"` // "1"
}

type thumbnail struct {
	URL string `json:"thumbnail_pic"`
}

type visibility struct {
	Type   int `json:"type"`
	ListID int `json:"list_id"`
}

type commentObject struct {
	CreatedAt    string         `json:"created_at"`
	ID           int64          `json:"id"`
	IDStr        string         `json:"idstr"`
	Mid          string         `json:"mid"`
	RootID       int64          `json:"rootid"`
	FloorNumber  int            `json:"floor_number"`
	Text         string         `json:"text"`
	Source       string         `json:"source"`
	SourceType   int            `json:"source_type"`
	DisableReply int            `json:"disable_reply"`
	LikeCount    int            `json:"like_count"`
	User         any            `json:"user,omitempty"`
	UID          int64          `json:"uid,omitempty"`
	Status       any            `json:"status,omitempty"` // missing, {} or marked deleted once the post is gone
	ReplyComment *commentObject `json:"reply_comment,omitempty"`
}

// viewer draws objects for one call.
type viewer struct {
	base string
	trim bool // bare ids in place of users
}

func (c *call) viewer() viewer { return viewer{base: c.base, trim: c.form.Get("trim_user") == "1"} }

func (v viewer) user(p *person) *userObject {
	avatar := func(size int) string { return fmt.Sprintf("%s/img/avatar/%d/%d.png", v.base, size, p.uid) }
	u := &userObject{
		ID: p.uid, IDStr: decimal(p.uid), ScreenName: p.name, Name: p.name,
		Province: "33", City: "1", Location: "浙江 杭州", Gender: []string{"f", "m", "n"}[p.uid%3],
		ProfileImageURL: avatar(50), AvatarLarge: avatar(180), AvatarHD: avatar(180), ProfileURL: "u/" + decimal(p.uid),
		FollowersCount: p.followers, FriendsCount: len(p.follows), StatusesCount: p.posts,
		AllowAllActMsg: true, AllowAllComment: true, Verified: p.verifiedType >= 0 && p.verifiedType < 100, VerifiedType: p.verifiedType,
	}
	if p.verifiedType == enterprise {
		u.VerifiedReason = p.name + "官方微博"
	}
	return u
}

// author returns the two fields that say who wrote an item. A frozen account is left out; a trimmed user is a bare id, whose
// field depends on the server that answers (second reading 4).
func (v viewer) author(p *person, id int64) (user any, uid int64) {
	switch {
	case p.frozen:
		return nil, 0
	case !v.trim:
		return v.user(p), 0
	case turn(id, 2) == 0:
		return p.uid, 0
	default:
		return nil, p.uid
	}
}

func (v viewer) status(p *post) *statusObject {
	o := &statusObject{
		CreatedAt: weiboDate(p.at), ID: p.id, IDStr: decimal(p.id), Mid: decimal(p.id),
		Text: encodeText(p.text, p.id), TextLength: halves(p.text), Source: source(p.author), PicURLs: []thumbnail{},
		CommentsCount: p.comments, AttitudesCount: int(p.id % 97),
	}
	o.User, o.UID = v.author(p.author, p.id)
	if p.picture {
		v.illustrate(o)
	}
	if p.repostOf != nil {
		o.Retweeted = v.original(p.repostOf)
	}
	return o
}

func (v viewer) illustrate(o *statusObject) {
	picture := func(size string) string { return fmt.Sprintf("%s/img/%s/%s.png", v.base, size, o.IDStr) }
	o.ThumbnailPic, o.BmiddlePic, o.OriginalPic = picture("thumbnail"), picture("bmiddle"), picture("large")
	o.PicURLs = []thumbnail{{o.ThumbnailPic}}
}

// original draws a reposted post, or what is left of a deleted one: no user and "deleted":"1".
func (v viewer) original(p *post) *statusObject {
	if !p.deleted {
		return v.status(p)
	}
	return &statusObject{
		CreatedAt: weiboDate(p.at), ID: p.id, IDStr: decimal(p.id), Mid: decimal(p.id), PicURLs: []thumbnail{},
		Text: "抱歉，此微博已被作者删除。查看帮助：http://t.cn/Rfd3rQV", Deleted: "1",
	}
}

func (v viewer) comment(c *comment) *commentObject {
	o := v.bareComment(c)
	o.Status = v.place(c)
	if c.replyTo != nil {
		o.ReplyComment = v.bareComment(c.replyTo)
	}
	return o
}

// bareComment draws a comment without the post that it stands under.
func (v viewer) bareComment(c *comment) *commentObject {
	o := &commentObject{
		CreatedAt: weiboDate(c.at), ID: c.id, IDStr: decimal(c.id), Mid: commentMid(c.id), RootID: c.root().id,
		FloorNumber: c.floor, Text: encodeText(c.text, c.id), Source: source(c.author), SourceType: 1, LikeCount: int(c.id % 5),
	}
	o.User, o.UID = v.author(c.author, c.id)
	return o
}

// place draws the post of a comment. A deleted one is missing, empty or a placeholder, depending on the server that answers.
func (v viewer) place(c *comment) any {
	if !c.post.deleted {
		return v.status(c.post)
	}
	switch turn(c.id, 3) {
	case 0:
		return nil
	case 1:
		return struct{}{}
	default:
		return v.original(c.post)
	}
}

// Texts of lists carry entities; some servers leave their semicolon out (second reading 5).
var (
	entities     = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", `"`, "&quot;")
	bareEntities = strings.NewReplacer("&", "&amp", "<", "&lt", ">", "&gt", `"`, "&quot")
)

func encodeText(text string, id int64) string {
	if turn(id, 8) == 5 {
		return bareEntities.Replace(text)
	}
	return entities.Replace(text)
}

// source is the client that a person writes with: an anchor, plain text, or nothing.
func source(p *person) string {
	anchors := []string{"iPhone客户端", "微博网页版", "HUAWEI Mate 60"}
	switch p.uid % 5 {
	case 0:
		return ""
	case 1:
		return "微博轻享版"
	default:
		return `<a href="http://weibo.com/" rel="nofollow">` + anchors[p.uid%3] + `</a>`
	}
}
