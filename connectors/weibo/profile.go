package weibo

import (
	"context"
	"fmt"
	"net/url"

	"weibox/inbox"
)

// Profile reads who a fan is: pushes name only an id.
func (c *Connector) Profile(ctx context.Context, account inbox.Account, uid inbox.ExternalID) (inbox.ContactSighting, error) {
	u, err := c.show(ctx, account, uid, inbox.ForReading)
	if err != nil {
		return inbox.ContactSighting{}, err
	}
	return contact(u), nil
}

// show asks users/show and makes sure that the answer is about the user asked for.
func (c *Connector) show(ctx context.Context, account inbox.Account, uid inbox.ExternalID, purpose inbox.Purpose) (user, error) {
	var u user
	if err := c.call(ctx, c.request(account, usersShow, purpose, url.Values{"uid": {string(uid)}}), &u); err != nil {
		return user{}, err
	}
	if u.id().external() != uid {
		return user{}, fmt.Errorf("weibo %s: asked for another user than %q", usersShow, u.id())
	}
	return u, nil
}
