package api

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"runtime/debug"
	"time"

	"weibox/inbox"

	"github.com/gin-gonic/gin"
)

// record is what the log will say of a request. It hangs on the request's context, because it is made before gin and read after it.
type record struct {
	id    string
	route string
	agent inbox.Agent
	err   error
}

type recordKey struct{}

func recordOf(r *http.Request) *record {
	if rec, ok := r.Context().Value(recordKey{}).(*record); ok {
		return rec
	}
	return &record{}
}

func requestID(r *http.Request) string             { return recordOf(r).id }
func noteError(r *http.Request, err error)         { recordOf(r).err = err }
func noteAgent(r *http.Request, agent inbox.Agent) { recordOf(r).agent = agent }
func noteRoute(c *gin.Context)                     { recordOf(c.Request).route = c.FullPath() }
func writeJSON(w http.ResponseWriter, code int, v any) {
	text, err := json.Marshal(v)
	if err != nil {
		code, text = http.StatusInternalServerError, []byte(`{}`)
	}
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(code)
	_, _ = w.Write(text) // whoever asked has gone
}

// recorded gives every request an id, survives panics and writes one line a request: the route's pattern, never the address itself,
// because addresses hold keys and searches.
func (s *Server) recorded(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		rec := &record{id: rand.Text()[:16]}
		r = r.WithContext(context.WithValue(r.Context(), recordKey{}, rec))
		w.Header().Set("X-Request-Id", rec.id)
		out := &statusWriter{ResponseWriter: w}
		began := s.deps.Now()
		defer func() {
			if p := recover(); p != nil {
				s.panicked(out, r, p)
			}
			s.logLine(r, rec, out, s.deps.Now().Sub(began))
		}()
		next.ServeHTTP(out, r)
	})
}

func (s *Server) panicked(w *statusWriter, r *http.Request, p any) {
	if p == http.ErrAbortHandler {
		panic(p)
	}
	err := fmt.Errorf("panic: %v\n%s", p, debug.Stack())
	if w.status != 0 {
		s.report(r, err)
		panic(http.ErrAbortHandler) // half an answer must not look whole
	}
	s.refuseEarly(w, r, err)
}

func (s *Server) logLine(r *http.Request, rec *record, w *statusWriter, took time.Duration) {
	level := slog.LevelDebug
	if w.status >= 500 {
		level = slog.LevelWarn
	}
	attrs := []slog.Attr{slog.String("request", rec.id), slog.String("method", r.Method), slog.String("route", rec.route),
		slog.Int("status", w.status), slog.Duration("took", took)}
	if rec.agent.ID != 0 {
		attrs = append(attrs, slog.String("workspace", rec.agent.WorkspaceID.String()), slog.String("agent", rec.agent.ID.String()))
	}
	if code := inbox.CodeOf(rec.err); code != "" {
		attrs = append(attrs, slog.String("code", string(code)))
	}
	s.deps.Log.LogAttrs(r.Context(), level, "http", attrs...)
}

// statusWriter remembers the status. Deadlines go through Unwrap; Flush is said aloud, because gin's writer asks for nothing else and
// keeps silent where it is missing.
type statusWriter struct {
	http.ResponseWriter
	status int
}

func (w *statusWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }

func (w *statusWriter) Flush() { _ = http.NewResponseController(w.ResponseWriter).Flush() } // the next write tells

func (w *statusWriter) WriteHeader(code int) {
	if w.status == 0 {
		w.status = code
	}
	w.ResponseWriter.WriteHeader(code)
}

func (w *statusWriter) Write(b []byte) (int, error) {
	if w.status == 0 {
		w.status = http.StatusOK
	}
	return w.ResponseWriter.Write(b)
}
