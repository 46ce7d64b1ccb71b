package api

import (
	"context"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	"weibox/inbox"
)

type mediaStore interface {
	Media(ctx context.Context, viewer inbox.Agent, id inbox.MediaID) (inbox.Media, error)
	ContactAvatar(ctx context.Context, viewer inbox.Agent, id inbox.ContactID) (inbox.Media, error)
	PostPicture(ctx context.Context, viewer inbox.Agent, id inbox.PostID, n int) (inbox.Media, error)
}

// files opens what was fetched.
type files interface {
	Open(path string) (io.ReadSeekCloser, error)
}

// shownInline are the types a browser may show in our pages. SVG is not among them: it can hold scripts.
var shownInline = map[string]bool{"image/png": true, "image/jpeg": true, "image/gif": true, "image/webp": true,
	"audio/mpeg": true, "audio/mp4": true, "audio/ogg": true, "audio/amr": true, "video/mp4": true}

func (s *Server) media(r *request) error {
	id, err := idIn[inbox.Media](r, "id")
	if err != nil {
		return err
	}
	m, err := s.deps.Media.Media(r.ctx(), r.viewer(), id)
	return s.sendFile(r, m, err)
}

func (s *Server) contactAvatar(r *request) error {
	id, err := idIn[inbox.Contact](r, "id")
	if err != nil {
		return err
	}
	m, err := s.deps.Media.ContactAvatar(r.ctx(), r.viewer(), id)
	return s.sendFile(r, m, err)
}

func (s *Server) postPicture(r *request) error {
	id, err := idIn[inbox.Post](r, "id")
	if err != nil {
		return err
	}
	n, err := strconv.Atoi(r.Param("n"))
	if err != nil {
		return noSuchRoute
	}
	m, err := s.deps.Media.PostPicture(r.ctx(), r.viewer(), id, n)
	return s.sendFile(r, m, err)
}

// stillFetching is when it makes sense to ask again for a file that is on its way.
const stillFetching = 2 * time.Second

func (s *Server) sendFile(r *request, m inbox.Media, err error) error {
	if err != nil {
		return err
	}
	switch m.State {
	case inbox.MediaWaiting:
		return &inbox.Error{Code: inbox.NotFound, RetryAt: s.deps.Now().Add(stillFetching), ZH: "文件正在获取，请稍候", EN: "the file is being fetched: ask again in a moment"}
	case inbox.MediaGone:
		return &inbox.Error{Code: inbox.NotFound, ZH: "平台已不再提供此文件", EN: "the platform no longer has this file"}
	}
	file, err := s.deps.Files.Open(m.Path)
	if err != nil {
		return err
	}
	defer file.Close()
	kind, _, _ := strings.Cut(m.ContentType, ";")
	h := r.Writer.Header()
	if !shownInline[kind] {
		kind = "application/octet-stream"
		h.Set("Content-Disposition", "attachment")
	}
	h.Set("Content-Type", kind)
	h.Set("Content-Security-Policy", filePolicy)
	http.ServeContent(r.Writer, r.Request, "", time.Time{}, file)
	return nil
}
