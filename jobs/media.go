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

// ReadProfiles learns who contacts are.
type ReadProfiles struct {
	WorkspaceID inbox.WorkspaceID `json:"workspace_id"`
	ContactIDs  []inbox.ContactID `json:"contact_ids"`
}

func (ReadProfiles) Kind() string  { return "contact.read_profiles" }
func (ReadProfiles) Queue() string { return queueBulk }

func (w *Worker) readProfiles(ctx context.Context, job ReadProfiles) error {
	return w.Meeting.Meet(ctx, job.WorkspaceID, job.ContactIDs)
}
