package jobs

import (
	"context"

	"weibox/inbox"
)

// FetchMedia brings in a file that a message refers to.
type FetchMedia struct {
	WorkspaceID inbox.WorkspaceID `json:"workspace_id"`
	MediaID     inbox.MediaID     `json:"media_id"`
}

func (FetchMedia) Kind() string  { return "media.fetch" }
func (FetchMedia) Queue() string { return queueBulk }

func (w *Worker) fetchMedia(ctx context.Context, job FetchMedia) error {
	return w.Fetching.Fetch(ctx, job.WorkspaceID, job.MediaID)
}

// ReadProfile learns who a contact is.
type ReadProfile struct {
	WorkspaceID inbox.WorkspaceID `json:"workspace_id"`
	ContactID   inbox.ContactID   `json:"contact_id"`
}

func (ReadProfile) Kind() string  { return "contact.read_profile" }
func (ReadProfile) Queue() string { return queueBulk }

func (w *Worker) readProfile(ctx context.Context, job ReadProfile) error {
	return w.Meeting.Meet(ctx, job.WorkspaceID, job.ContactID)
}
