package api

import (
	"net"
	"net/http"
	"net/netip"
	"strings"

	"weibox/inbox"
)

// policy lets the pages load nothing but our own files; pictures of messages come through us too.
const (
	policy     = "default-src 'self'; img-src 'self' data: blob:; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
	filePolicy = "default-src 'none'; sandbox; frame-ancestors 'none'" // for files that somebody else made
	// The reference page styles its parts in the markup.
	referencePolicy = policy + "; style-src 'self' 'unsafe-inline'"
)

// outside is everything that happens to every request, whatever its route.
func (s *Server) outside(next http.Handler) http.Handler {
	return s.recorded(s.withHeaders(s.cross.Handler(next)))
}

func (s *Server) withHeaders(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", policy)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "same-origin")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		h.Set("Permissions-Policy", "camera=(), microphone=(), geolocation=()")
		h.Set("Cache-Control", "no-store")
		if s.public.Scheme == "https" {
			h.Set("Strict-Transport-Security", "max-age=31536000")
		}
		next.ServeHTTP(w, r)
	})
}

// crossOrigin refuses unsafe requests that a browser sends for another site. Platforms send neither of the headers it looks at.
func (s *Server) crossOrigin() (*http.CrossOriginProtection, error) {
	p := http.NewCrossOriginProtection()
	// A proxy in front may change Host; the address that browsers use stays ours.
	if err := p.AddTrustedOrigin(s.public.Scheme + "://" + s.public.Host); err != nil {
		return nil, err
	}
	p.SetDenyHandler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.refuseEarly(w, r, foreignSite)
	}))
	return p, nil
}

// Guard wraps a handler that is mounted beside the server's own routes, so that it has the same headers, session, permission and
// protection against other sites.
func (s *Server) Guard(may inbox.Permission, h http.Handler) http.Handler {
	return s.outside(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		who, err := s.identify(r, may)
		if err != nil {
			s.refuseEarly(w, r, err)
			return
		}
		noteAgent(r, who.Agent)
		h.ServeHTTP(w, r)
	}))
}

// onThisMachine says whether a host can only be reached from the machine itself.
func onThisMachine(host string) bool {
	name := host
	if h, _, err := net.SplitHostPort(host); err == nil {
		name = h
	}
	ip, err := netip.ParseAddr(strings.Trim(name, "[]"))
	return name == "localhost" || strings.HasSuffix(name, ".localhost") || err == nil && ip.IsLoopback()
}
