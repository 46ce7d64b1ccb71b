package sim

import (
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
)

// What POST /control understands.
type (
	brandOrder struct {
		Brand string `json:"brand"`
	}
	nameOrder struct {
		Name string `json:"name"`
	}
	fanOrder struct {
		Name         string `json:"name"`
		Followers    *int   `json:"followers"`
		VerifiedType *int   `json:"verified_type"`
		Authorized   bool   `json:"authorized"`
	}
	postOrder struct {
		Brand   string `json:"brand"`
		Text    string `json:"text"`
		Picture any    `json:"picture"` // anything but false, null and "" gives the post a picture
	}
	dmOrder struct {
		Fan     string `json:"fan"`
		Brand   string `json:"brand"`
		Type    string `json:"type"` // "" is text
		Text    string `json:"text"`
		Picture string `json:"picture"` // base64, with or without a data: prefix; "" makes one up
	}
	commentOrder struct {
		Fan     string `json:"fan"`
		Post    string `json:"post"`
		Text    string `json:"text"`
		ReplyTo string `json:"reply_to"`
	}
	mentionOrder struct {
		Fan         string `json:"fan"`
		Brand       string `json:"brand"`
		Text        string `json:"text"`
		InCommentOf string `json:"in_comment_of"` // a post, or a comment to answer
	}
	eventOrder struct {
		Fan     string `json:"fan"`
		Brand   string `json:"brand"`
		Subtype string `json:"subtype"`
		Key     string `json:"key"`
	}
	nativeOrder struct {
		Brand   string `json:"brand"`
		Comment string `json:"comment"`
		Post    string `json:"post"`
		Text    string `json:"text"`
	}
	burstOrder struct {
		Count int    `json:"count"`
		Brand string `json:"brand"`
		Scene string `json:"scene"`
	}
	trafficOrder struct {
		Paused    *bool    `json:"paused"`
		PerMinute *float64 `json:"per_minute"`
		Scene     *string  `json:"scene"`
	}
	familyOrder struct {
		Family string `json:"family"`
	}
	pushOrder struct {
		Brand    string `json:"brand"`
		URL      string `json:"url"`
		Mentions string `json:"mentions"` // whose @ events are pushed; "" leaves it
	}
	denyOrder struct {
		Brand    string `json:"brand"`
		Endpoint string `json:"endpoint"`
	}
	deleteOrder struct {
		Comment string `json:"comment"`
		Post    string `json:"post"`
	}
	authorizeOrder struct {
		Authorized bool `json:"authorized"`
	}
)

func (s *Sim) orderBrand(o nameOrder) (any, error) {
	if err := s.freeName(o.Name); err != nil {
		return nil, err
	}
	return map[string]string{"uid": s.AddBrand(o.Name)}, nil
}

func (s *Sim) orderFan(o fanOrder) (any, error) {
	if err := s.freeName(o.Name); err != nil {
		return nil, err
	}
	f := s.AddFan(o.Name)
	s.mu.Lock()
	defer s.mu.Unlock()
	p := f.person()
	p.authorised = o.Authorized
	if o.Followers != nil {
		p.followers = *o.Followers
	}
	if o.VerifiedType != nil {
		p.verifiedType = *o.VerifiedType
	}
	return map[string]string{"uid": f.UID}, nil
}

// freeName refuses names that are empty or taken: on Weibo a name is one account.
func (s *Sim) freeName(name string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case strings.TrimSpace(name) == "":
		return errors.New("a name is needed")
	case s.personNamed(name) != nil:
		return fmt.Errorf("the name %q is taken", name)
	default:
		return nil
	}
}

func (s *Sim) orderPost(o postOrder) (any, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	b, err := s.knownBrand(o.Brand)
	if err != nil {
		return nil, err
	}
	if strings.TrimSpace(o.Text) == "" {
		return nil, errors.New("a post needs a text")
	}
	p := s.publish(b.person, o.Text, s.now())
	p.picture = o.Picture != nil && o.Picture != false && o.Picture != ""
	return map[string]string{"id": decimal(p.id)}, nil
}

func (s *Sim) orderDM(o dmOrder) (any, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	b, fan, err := s.pair(o.Brand, o.Fan)
	if err != nil {
		return nil, err
	}
	m, err := s.orderedMessage(b, o)
	if err != nil {
		return nil, err
	}
	s.deliverMessage(b, fan, m)
	return done, nil
}

func (s *Sim) orderedMessage(b *brand, o dmOrder) (*message, error) {
	switch o.Type {
	case "", typeText:
		if strings.TrimSpace(o.Text) == "" {
			return nil, errors.New("a message needs a text")
		}
		return textMessage(o.Text, s.now()), nil
	case typeImage:
		picture, err := decodePicture(o.Picture)
		return s.imageMessage(b, picture, s.now()), err
	case typeVoice:
		return s.voiceMessage(b, s.now()), nil
	case typePosition:
		return positionMessage("120.153576", "30.287459", s.now()), nil
	default:
		return &message{kind: o.Type, text: o.Text, data: struct{}{}, at: s.now()}, nil
	}
}

func decodePicture(text string) ([]byte, error) {
	if text == "" {
		return nil, nil
	}
	if _, encoded, found := strings.Cut(text, ";base64,"); found {
		text = encoded
	}
	picture, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		return nil, errors.New("the picture is not base64")
	}
	return picture, nil
}

func (s *Sim) orderComment(o commentOrder) (any, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	fan, err := s.knownPerson(o.Fan)
	if err != nil {
		return nil, err
	}
	return written(s.commentAs(fan, o.Post, o.Text, o.ReplyTo))
}

func written(c *comment, err error) (any, error) {
	if err != nil {
		return nil, err
	}
	return map[string]string{"id": decimal(c.id)}, nil
}

func (s *Sim) orderMention(o mentionOrder) (any, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	b, fan, err := s.pair(o.Brand, o.Fan)
	if err != nil {
		return nil, err
	}
	text := addressed(b, o.Text)
	switch {
	case s.comment(number(o.InCommentOf)) != nil:
		return written(s.commentAs(fan, "", text, o.InCommentOf))
	case o.InCommentOf != "":
		return written(s.commentAs(fan, o.InCommentOf, text, ""))
	}
	return map[string]string{"id": decimal(s.publish(fan, text, s.now()).id)}, nil
}

func (s *Sim) orderEvent(o eventOrder) (any, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	b, fan, err := s.pair(o.Brand, o.Fan)
	if err != nil {
		return nil, err
	}
	s.deliverEvent(b, fan, o.Subtype, o.Key, s.now())
	return done, nil
}

// orderNative lets the brand answer in its own app, which also clears its red dots.
func (s *Sim) orderNative(o nativeOrder) (any, error) {
	id, err := s.Native(o.Brand, o.Post, o.Comment, o.Text)
	return map[string]string{"id": id}, err
}

func (s *Sim) orderBurst(o burstOrder) (any, error) {
	if o.Count < 1 || o.Count > 10_000 {
		return nil, errors.New("count is between 1 and 10000")
	}
	return done, s.Burst(o.Count, o.Brand, o.Scene)
}

func (s *Sim) orderTraffic(o trafficOrder) (any, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	next := s.traffic
	if o.Paused != nil {
		next.Paused = *o.Paused
	}
	if o.PerMinute != nil {
		next.PerMinute = *o.PerMinute
	}
	if o.Scene != nil {
		next.Scene = *o.Scene
	}
	if err := next.check(); err != nil {
		return nil, err
	}
	s.traffic = next
	return next, nil
}

func (s *Sim) orderFamily(o familyOrder) (any, error) {
	if o.Family != Open && o.Family != Commercial {
		return nil, fmt.Errorf("family is %q or %q", Open, Commercial)
	}
	s.SetFamily(o.Family)
	return done, nil
}

func (s *Sim) orderPush(o pushOrder) (any, error) {
	switch o.Mentions {
	case "":
	case MentionsNone, MentionsTrusted, MentionsAll:
		if err := s.GrantMentions(o.Brand, o.Mentions); err != nil {
			return nil, err
		}
	default:
		return nil, fmt.Errorf("mentions is %q, %q or %q", MentionsNone, MentionsTrusted, MentionsAll)
	}
	return done, s.SetPush(o.Brand, o.URL)
}

func (s *Sim) orderFault(f Fault) (any, error) {
	if !f.valid() {
		return nil, fmt.Errorf("no fault of kind %q can happen to %q", f.Kind, f.Endpoint)
	}
	s.Fault(f)
	return done, nil
}

func (s *Sim) onBrand(uid string, do func(string)) (any, error) {
	s.mu.Lock()
	_, err := s.knownBrand(uid)
	s.mu.Unlock()
	if err != nil {
		return nil, err
	}
	do(uid)
	return done, nil
}

func (s *Sim) pair(brandUID, fanUID string) (*brand, *person, error) {
	b, err := s.knownBrand(brandUID)
	if err != nil {
		return nil, nil, err
	}
	fan, err := s.knownPerson(fanUID)
	return b, fan, err
}

func (s *Sim) knownBrand(uid string) (*brand, error) {
	if b := s.brand(number(uid)); b != nil {
		return b, nil
	}
	return nil, fmt.Errorf("no brand has the uid %q", uid)
}

func (s *Sim) knownPerson(uid string) (*person, error) {
	if p := s.people[number(uid)]; p != nil {
		return p, nil
	}
	return nil, fmt.Errorf("nobody has the uid %q", uid)
}
