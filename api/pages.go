package api

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io/fs"
	"net/http"
	"path"
	"strings"
	"sync"
)

// page is one file of the front end, in memory with its compressed twin.
type page struct {
	name, kind, tag string
	plain           []byte
	gzipped         func() []byte // nil where it would not be smaller
}

const indexPage = "index.html"

// pages answers everything that is no route: a file of the front end if there is one of that name, else the page that finds its own way.
func (s *Server) pages() (func(*request) error, error) {
	files, err := readPages(s.deps.Pages)
	if err != nil {
		return nil, err
	}
	return func(r *request) error {
		name := strings.TrimPrefix(path.Clean(r.Request.URL.Path), "/")
		if r.Request.Method != http.MethodGet && r.Request.Method != http.MethodHead || reserved(name) {
			return noSuchRoute
		}
		file := files[name]
		if file == nil && path.Ext(name) == "" {
			file = files[indexPage]
		}
		if file == nil {
			return noSuchRoute
		}
		file.send(r.Writer, r.Request)
		return nil
	}, nil
}

// reserved are addresses that programs use: to them a missing route must not look like a page.
func reserved(name string) bool {
	first, _, _ := strings.Cut(name, "/")
	return first == "api" || first == "hooks" || first == "oauth"
}

func readPages(files fs.FS) (map[string]*page, error) {
	pages := map[string]*page{}
	if files == nil {
		return pages, nil
	}
	err := fs.WalkDir(files, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		plain, err := fs.ReadFile(files, name)
		if err != nil {
			return err
		}
		pages[name] = newPage(name, plain)
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("front end: %w", err)
	}
	return pages, nil
}

func newPage(name string, plain []byte) *page {
	sum := sha256.Sum256(plain)
	return &page{name: name, kind: contentType(name), plain: plain, tag: hex.EncodeToString(sum[:8]),
		gzipped: sync.OnceValue(func() []byte { return compress(plain) })}
}

// compress is nil for what is small, or compressed already.
func compress(plain []byte) []byte {
	if len(plain) < 1024 {
		return nil
	}
	var out bytes.Buffer
	w, err := gzip.NewWriterLevel(&out, gzip.BestCompression)
	if err != nil {
		return nil
	}
	if _, err = w.Write(plain); err != nil || w.Close() != nil || out.Len() > len(plain)*9/10 {
		return nil
	}
	return out.Bytes()
}

// send answers with the file. Names under assets hold a hash of their content, so they can be kept for ever; all else is asked about anew.
func (p *page) send(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Content-Type", p.kind)
	h.Set("Vary", "Accept-Encoding")
	h.Set("Cache-Control", "no-cache")
	if strings.HasPrefix(p.name, "assets/") {
		h.Set("Cache-Control", "public, max-age=31536000, immutable")
	}
	body, tag := p.plain, p.tag
	if strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") {
		if small := p.gzipped(); small != nil {
			h.Set("Content-Encoding", "gzip")
			body, tag = small, p.tag+"-gz"
		}
	}
	h.Set("ETag", `"`+tag+`"`)
	if strings.Contains(r.Header.Get("If-None-Match"), h.Get("ETag")) {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	h.Set("Content-Length", fmt.Sprint(len(body)))
	w.WriteHeader(http.StatusOK)
	if r.Method != http.MethodHead {
		_, _ = w.Write(body) // whoever asked has gone
	}
}

// contentTypes is a list of our own, because the same file must look the same whatever machine it is served from.
var contentTypes = map[string]string{".js": "text/javascript; charset=utf-8", ".css": "text/css; charset=utf-8", ".html": "text/html; charset=utf-8",
	".json": "application/json", ".webmanifest": "application/manifest+json", ".txt": "text/plain; charset=utf-8", ".svg": "image/svg+xml",
	".png": "image/png", ".ico": "image/x-icon", ".webp": "image/webp", ".jpg": "image/jpeg", ".woff2": "font/woff2"}

func contentType(name string) string {
	if kind, known := contentTypes[path.Ext(name)]; known {
		return kind
	}
	return "application/octet-stream"
}
