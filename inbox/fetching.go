package inbox

import (
	"bytes"
	"context"
	"image"
	_ "image/gif" // sizes of pictures
	_ "image/jpeg"
	_ "image/png"
	"log/slog"
	"time"
)

type mediaStore interface {
	MediaToFetch(ctx context.Context, w WorkspaceID, id MediaID) (Media, Account, bool, error)
	SettleMedia(ctx context.Context, m Media) error
	RefuseAccount(ctx context.Context, a Account, r *Refusal) error
}

// Files keeps fetched files.
type Files interface {
	// Keep stores bytes and gives the path to find them again. The same bytes give the same path.
	Keep(ctx context.Context, w WorkspaceID, blob Blob) (path string, err error)
}

// Fetching brings in the files that messages refer to, before the platform forgets them.
type Fetching struct {
	store      mediaStore
	files      Files
	connectors Connectors
	publisher  Publisher
	now        func() time.Time
}

// NewFetching makes the service.
func NewFetching(store mediaStore, files Files, connectors Connectors, publisher Publisher, now func() time.Time) *Fetching {
	return &Fetching{store: store, files: files, connectors: connectors, publisher: publisher, now: now}
}

// fetchAttempts is how often a file is asked for before it counts as gone.
const fetchAttempts = 6

// Fetch brings one file in. What cannot be had now is tried again later, ever later, and then said to be gone.
func (f *Fetching) Fetch(ctx context.Context, w WorkspaceID, id MediaID) error {
	m, account, ok, err := f.store.MediaToFetch(ctx, w, id)
	if err != nil || !ok {
		return err
	}
	source, ok := f.connectors[account.Platform].(MediaSource)
	if !ok {
		m.State = MediaGone
		return f.settle(ctx, m)
	}
	m.Attempts++
	blob, err := source.Fetch(ctx, account, m.Ref)
	if err == nil {
		return f.keep(ctx, m, blob)
	}
	slog.InfoContext(ctx, "file not fetched", "media", m.ID, "attempt", m.Attempts, "err", err)
	noteRefusal(ctx, f.store, account, err)
	return f.settle(ctx, f.later(m, err))
}

func (f *Fetching) later(m Media, cause error) Media {
	m.NextTryAt = f.now().Add(5 * time.Second << (2 * m.Attempts))
	r := RefusalOf(cause)
	switch {
	case r != nil && (r.Kind == RefusedLimit || r.Kind == RefusedToken):
		m.Attempts-- // not the file's fault
		if r.RetryAt.After(m.NextTryAt) {
			m.NextTryAt = r.RetryAt
		}
	case r != nil && r.Kind == RefusedGone, CodeOf(cause) != "", m.Attempts >= fetchAttempts:
		m.State, m.NextTryAt = MediaGone, time.Time{}
	}
	return m
}

func (f *Fetching) keep(ctx context.Context, m Media, blob Blob) error {
	path, err := f.files.Keep(ctx, m.WorkspaceID, blob)
	if err != nil {
		return err
	}
	m.State, m.Path, m.ContentType, m.NextTryAt = MediaReady, path, blob.ContentType, time.Time{}
	if size, _, err := image.DecodeConfig(bytes.NewReader(blob.Bytes)); err == nil {
		m.Width, m.Height = size.Width, size.Height
	}
	return f.settle(ctx, m)
}

func (f *Fetching) settle(ctx context.Context, m Media) error {
	if err := f.store.SettleMedia(ctx, m); err != nil {
		return err
	}
	f.publisher.Publish(m.WorkspaceID)
	return nil
}
