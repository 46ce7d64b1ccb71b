package sim

import "errors"

// Native lets a brand write in its own app: an answer to a comment, or a comment under a post. It returns the new comment's id.
// Opening the app clears the red dots, which is why unread_count is a hint only (docs/platforms/weibo.md §2.2).
func (s *Sim) Native(brandUID, post, replyTo, text string) (string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	b, err := s.knownBrand(brandUID)
	if err != nil {
		return "", err
	}
	if text == "" {
		return "", errors.New("a comment needs a text")
	}
	c, err := s.commentAs(b.person, post, text, replyTo)
	if err != nil {
		return "", err
	}
	b.unread, b.lastComment = unread{}, c.text
	s.accept(Accepted{
		At: s.now(), Endpoint: "native", Kind: KindComment, UID: brandUID, ID: decimal(c.id), Target: target(c.post, c.replyTo),
		PostID: decimal(c.post.id), Text: c.text,
	})
	s.provoke(c)
	return decimal(c.id), nil
}
