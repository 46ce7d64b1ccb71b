package inbox

import (
	"context"
	"log/slog"
	"time"
)

type profileStore interface {
	// ContactsToRead are those of the contacts whose profile was not read since stale, with a working account through which to ask.
	ContactsToRead(ctx context.Context, w WorkspaceID, ids []ContactID, stale time.Time) ([]Acquaintance, error)
	SaveProfile(ctx context.Context, c Contact, seen ContactSighting) error
	RefuseAccount(ctx context.Context, a Account, r *Refusal) error
}

// Acquaintance is a contact with an account he has to do with.
type Acquaintance struct {
	Contact Contact
	Account Account
}

// Meeting learns who contacts are, where a push named only an id.
type Meeting struct {
	store      profileStore
	connectors Connectors
	publisher  Publisher
	now        func() time.Time
}

// NewMeeting makes the service.
func NewMeeting(store profileStore, connectors Connectors, publisher Publisher, now func() time.Time) *Meeting {
	return &Meeting{store: store, connectors: connectors, publisher: publisher, now: now}
}

// profileLife is how long a looked-up profile is good for.
const profileLife = 7 * 24 * time.Hour

// Meet looks contacts up, unless that was done lately. It is a kindness, not a duty: when the platform refuses, the rest is left for their
// next messages, so that calls remain for what matters.
func (m *Meeting) Meet(ctx context.Context, w WorkspaceID, ids []ContactID) error {
	unknown, err := m.store.ContactsToRead(ctx, w, ids, m.now().Add(-profileLife))
	if err != nil || len(unknown) == 0 {
		return err
	}
	defer m.publisher.Publish(w)
	for _, one := range unknown {
		profiles, ok := m.connectors[one.Account.Platform].(Profiles)
		if !ok {
			continue
		}
		seen, err := profiles.Profile(ctx, one.Account, one.Contact.ExternalID)
		if err != nil {
			noteRefusal(ctx, m.store, one.Account, err)
			slog.InfoContext(ctx, "profiles not read", "contacts", len(unknown), "err", err)
			return nil
		}
		if err := m.store.SaveProfile(ctx, one.Contact, seen); err != nil {
			return err
		}
	}
	return nil
}
