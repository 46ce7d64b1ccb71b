package store

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"weibox/inbox"
)

// Folder keeps fetched files below a folder, named by their content: the same picture lies there once a workspace.
type Folder struct{ root *os.Root }

// OpenFolder makes the folder if it is missing. Paths cannot lead out of it.
func OpenFolder(path string) (*Folder, error) {
	if err := os.MkdirAll(path, 0o700); err != nil {
		return nil, fmt.Errorf("media folder: %w", err)
	}
	root, err := os.OpenRoot(path)
	if err != nil {
		return nil, fmt.Errorf("media folder: %w", err)
	}
	return &Folder{root: root}, nil
}

// Keep stores bytes durably before it returns their path.
func (f *Folder) Keep(_ context.Context, w inbox.WorkspaceID, blob inbox.Blob) (string, error) {
	sum := sha256.Sum256(blob.Bytes)
	name := hex.EncodeToString(sum[:])
	folder := filepath.Join(w.String(), name[:2])
	path := filepath.Join(folder, name)
	if info, err := f.root.Stat(path); err == nil && info.Size() == int64(len(blob.Bytes)) {
		return path, nil
	}
	if err := f.root.MkdirAll(folder, 0o700); err != nil {
		return "", err
	}
	return path, f.write(path, blob.Bytes)
}

// write goes through a second name, so that a half-written file is never found.
func (f *Folder) write(path string, content []byte) error {
	part := path + ".part"
	file, err := f.root.OpenFile(part, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	_, err = file.Write(content)
	if err == nil {
		err = file.Sync()
	}
	if closed := file.Close(); err == nil {
		err = closed
	}
	if err != nil {
		return err
	}
	return f.root.Rename(part, path)
}

// Open reads a kept file.
func (f *Folder) Open(path string) (io.ReadSeekCloser, error) { return f.root.Open(path) }

// Close lets go of the folder.
func (f *Folder) Close() error { return f.root.Close() }
