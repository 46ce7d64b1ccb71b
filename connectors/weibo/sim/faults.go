package sim

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"time"
)

// Kinds of faults. Those of the endpoint "push" are about webhook pushes, all others about answers.
const (
	FaultDelay          = "delay"            // answers, or pushes, delay_ms late
	FaultFail           = "fail"             // answers `code`; 20032 on a write performs it and hides it for delay_ms (0: 90 s)
	FaultStatus         = "status"           // answers a bare HTTP status with a page of HTML
	FaultDropBefore     = "drop_before"      // closes the connection and does nothing
	FaultAcceptThenDrop = "accept_then_drop" // does it, then closes the connection without an answer
	FaultGarbage        = "garbage"          // does it, then answers something that is not JSON
	FaultShort          = "short"            // list: half of the page, and a cursor to the other half
	FaultShift          = "shift"            // list: a further page shows the end of the one before again
	FaultLag            = "lag"              // list: what was written in the last delay_ms is not there yet
	FaultForget         = "forget"           // list: only the newest items are left of the history
	FaultDuplicate      = "duplicate"        // push: delivers twice
	FaultReorder        = "reorder"          // push: lets the next one of the same brand overtake it
	FaultDrop           = "drop"             // push: never delivers
)

// Fault is bad weather at one endpoint.
type Fault struct {
	Endpoint string `json:"endpoint"` // "comments/reply" for both families, "comments/reply/biz" for one, "push", "*" for every answer
	Kind     string `json:"kind"`
	Code     int    `json:"code,omitempty"`
	Status   int    `json:"status,omitempty"`
	DelayMS  int    `json:"delay_ms,omitempty"`
	Times    int    `json:"times"` // how often it happens; 0 until ClearFaults
}

var (
	answerFaults = []string{FaultDelay, FaultFail, FaultStatus, FaultDropBefore, FaultAcceptThenDrop, FaultGarbage, FaultShort, FaultShift, FaultLag, FaultForget}
	pushFaults   = []string{FaultDelay, FaultDuplicate, FaultReorder, FaultDrop}
)

func (f Fault) valid() bool {
	if f.Endpoint == pushEndpoint {
		return slices.Contains(pushFaults, f.Kind)
	}
	return f.Endpoint != "" && slices.Contains(answerFaults, f.Kind)
}

// Fault adds bad weather. The oldest fault that fits happens first.
func (s *Sim) Fault(f Fault) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults = append(s.faults, &f)
}

// ClearFaults ends all bad weather.
func (s *Sim) ClearFaults() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults = nil
}

const pushEndpoint = "push"

// takeFault returns the fault that happens to this call of the endpoint, if any, and counts it.
func (s *Sim) takeFault(endpoint string) *Fault {
	for i, f := range s.faults {
		if !f.fits(endpoint) {
			continue
		}
		taken := *f
		if f.Times == 1 {
			s.faults = slices.Delete(s.faults, i, i+1)
		} else if f.Times > 1 {
			f.Times--
		}
		return &taken
	}
	return nil
}

func (f *Fault) fits(endpoint string) bool {
	if endpoint == pushEndpoint {
		return f.Endpoint == pushEndpoint
	}
	return f.Endpoint == "*" || f.Endpoint == endpoint || f.Endpoint == strings.TrimSuffix(endpoint, "/biz")
}

func (f *Fault) is(kind string) bool { return f != nil && f.Kind == kind }

// lost reports whether the answer never reaches the caller in a shape that he can read.
func (f *Fault) lost() bool { return f.is(FaultAcceptThenDrop) || f.is(FaultGarbage) }

func (f *Fault) delay() time.Duration { return time.Duration(f.DelayMS) * time.Millisecond }

// strikesBefore does what a fault does before the call is performed and reports whether that was all.
func (f *Fault) strikesBefore(w http.ResponseWriter, r *http.Request) bool {
	switch {
	case f.is(FaultDelay):
		return !pause(r.Context(), f.delay())
	case f.is(FaultStatus):
		writeHTML(w, f.Status)
	case f.is(FaultDropBefore):
		hangUp(w)
	default:
		return false
	}
	return true
}

// strikesAfter does what a fault does in place of the answer and reports whether it did.
func (f *Fault) strikesAfter(w http.ResponseWriter) bool {
	switch {
	case f.is(FaultAcceptThenDrop):
		hangUp(w)
	case f.is(FaultGarbage):
		writeHTML(w, http.StatusOK)
	default:
		return false
	}
	return true
}

func writeHTML(w http.ResponseWriter, status int) {
	if status == 0 {
		status = http.StatusServiceUnavailable
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	_, _ = w.Write([]byte("<html><head><title>系统繁忙</title></head><body>服务器暂时无法响应，请稍后再试。</body></html>"))
}

// hangUp closes the connection without an answer.
func hangUp(w http.ResponseWriter) {
	if hijacker, ok := w.(http.Hijacker); ok {
		if conn, _, err := hijacker.Hijack(); err == nil {
			_ = conn.Close() // nothing is owed to the peer any more
			return
		}
	}
	panic(http.ErrAbortHandler)
}

// pause waits and reports whether the context lived through it.
func pause(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}
