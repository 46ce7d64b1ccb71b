package weibo

import (
	"encoding/json"
	"errors"
	"fmt"

	"weibox/inbox"
)

var (
	errNoID     = errors.New("the item has no id")
	errNoAuthor = errors.New("the item has no author")
)

// readComment turns an item of a comment list into a sighting. It is nil for what concerns no fan: our own comment under our own post.
func readComment(account inbox.ExternalID, kind inbox.Kind, raw json.RawMessage) (*inbox.Inbound, error) {
	var c comment
	if err := json.Unmarshal(raw, &c); err != nil {
		return nil, err
	}
	author := c.author()
	switch {
	case c.id() == "":
		return nil, errNoID
	case author.id() == "":
		return nil, errNoAuthor
	}
	at, err := c.CreatedAt.at()
	if err != nil {
		return nil, fmt.Errorf("created_at: %w", err)
	}
	in := &inbox.Inbound{
		Object: inbox.ObjectComment, Kind: kind, ExternalID: c.id().external(), Direction: inbox.In, Contact: contact(author),
		Place: c.place(), Type: "text", Text: decoded(string(c.Text)), At: at, Parent: c.ReplyComment.id().external(),
		Post: readPost(c.Status), Raw: raw,
	}
	if author.id().external() == account {
		return ownComment(account, c, in), nil
	}
	return in, nil
}

// ownComment gives an answer of our own to the fan it was meant for: the author of the comment it answers, else of the post.
func ownComment(account inbox.ExternalID, c comment, in *inbox.Inbound) *inbox.Inbound {
	in.Direction, in.Kind, in.Essence = inbox.Out, inbox.KindComment, essence(in.Text)
	for _, fan := range []user{c.ReplyComment.author(), c.Status.author()} {
		if fan.id() != "" && fan.id().external() != account {
			in.Contact = contact(fan)
			return in
		}
	}
	return nil
}

func (c comment) place() inbox.Place {
	if post := c.Status.id(); post != "" {
		return inbox.UnderPost(post.external())
	}
	return inbox.UnderUnknownPost(c.id().external())
}

// readMention turns a post that mentions us into a sighting. It is nil for our own posts.
func readMention(account inbox.ExternalID, raw json.RawMessage) (*inbox.Inbound, error) {
	var s status
	if err := json.Unmarshal(raw, &s); err != nil {
		return nil, err
	}
	author := s.author()
	switch {
	case s.id() == "":
		return nil, errNoID
	case author.id() == "":
		return nil, errNoAuthor
	case author.id().external() == account:
		return nil, nil
	}
	at, err := s.CreatedAt.at()
	if err != nil {
		return nil, fmt.Errorf("created_at: %w", err)
	}
	return &inbox.Inbound{
		Object: inbox.ObjectPost, Kind: inbox.KindMention, ExternalID: s.id().external(), Direction: inbox.In, Contact: contact(author),
		Place: inbox.UnderPost(s.id().external()), Type: "text", Text: decoded(string(s.Text)), At: at, Post: readPost(&s), Raw: raw,
	}, nil
}

// readPost is what is shown of a post; nil if not even its id is.
func readPost(s *status) *inbox.PostSighting {
	if s.id() == "" {
		return nil
	}
	author := s.author()
	post := &inbox.PostSighting{
		ExternalID: s.id().external(), AuthorID: author.id().external(), AuthorName: author.name(), Text: withOriginal(s), Deleted: s.deleted(),
		Pictures: pictures(s), URL: permalink(author.id(), s),
	}
	post.At, _ = s.CreatedAt.at() // trimmed posts have none
	return post
}

// withOriginal adds to a repost what it reposts, in Weibo's own notation: alone, "转发微博" tells an agent nothing.
func withOriginal(s *status) string {
	text := decoded(string(s.Text))
	if s.Retweeted == nil || s.Retweeted.Text == "" {
		return text
	}
	original := decoded(string(s.Retweeted.Text))
	if name := s.Retweeted.author().name(); name != "" {
		original = "@" + name + ":" + original
	}
	return text + "\n//" + original
}

// pictures are those of the post, or of the post it reposts. A single one is shown larger.
func pictures(s *status) []string {
	var urls []string
	for _, p := range s.Pictures {
		if p.Thumbnail != "" {
			urls = append(urls, string(p.Thumbnail))
		}
	}
	switch {
	case len(urls) <= 1 && s.BigPicture != "":
		return []string{string(s.BigPicture)}
	case len(urls) == 0 && s.Retweeted != nil:
		return pictures(s.Retweeted)
	}
	return urls
}

const site = "https://weibo.com/"

// permalink is the address people open a post at (docs/platforms/weibo.md §2.6).
func permalink(author id, s *status) string {
	if author == "" {
		return ""
	}
	return site + string(author) + "/" + shortMID(string(prefer(s.MID, s.id())))
}

// contact is what is shown of a person; a trimmed user has only an id.
func contact(u user) inbox.ContactSighting {
	return inbox.ContactSighting{
		ExternalID: u.id().external(), Name: u.name(), AvatarURL: u.avatar(), ProfileURL: site + "u/" + string(u.id()),
		Followers: u.Followers.pointer(), Verified: u.verified(), FollowsUs: u.FollowMe,
	}
}

func (u user) name() string {
	if u.ScreenName != "" {
		return string(u.ScreenName)
	}
	return string(u.Name)
}

func (u user) avatar() string {
	if u.AvatarLarge != "" {
		return string(u.AvatarLarge)
	}
	return string(u.Avatar)
}

// verified reads verified_type: 0 is a person, 1 to 7 are organisations, the rest are nobody in particular (docs/platforms/weibo.md §2.5).
func (u user) verified() inbox.Verified {
	t := u.VerifiedType
	switch {
	case !t.known:
		return inbox.VerifiedUnknown
	case t.n == 0:
		return inbox.VerifiedPerson
	case 1 <= t.n && t.n <= 7:
		return inbox.VerifiedOrganisation
	default:
		return inbox.NotVerified
	}
}
