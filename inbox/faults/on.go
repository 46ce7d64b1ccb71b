//go:build chaos

package faults

import (
	"os"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"
)

// What the environment says: which point is deadly at which pass, as "name:3,other:1"; how long the process lives in any case; and the file
// that is told the point died at.
const (
	pointsVariable = "CHAOS_POINTS"
	graceVariable  = "CHAOS_GRACE"
	reportVariable = "CHAOS_REPORT"
)

var armed = read()

type points struct {
	mu     sync.Mutex
	passes map[string]int // still to go, by name
	after  time.Time
}

func read() *points {
	p := &points{passes: map[string]int{}}
	for entry := range strings.SplitSeq(os.Getenv(pointsVariable), ",") {
		name, count, _ := strings.Cut(entry, ":")
		if n, err := strconv.Atoi(count); err == nil {
			p.passes[name] = n
		}
	}
	grace, _ := time.ParseDuration(os.Getenv(graceVariable))
	p.after = time.Now().Add(grace)
	return p
}

// Point is an instant at which a process may die. It does so the way a power cut does: nothing is flushed, nobody is told.
func Point(name string) {
	if !armed.deadly(name) {
		return
	}
	report(name)
	_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
	select {}
}

func (p *points) deadly(name string) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	left, ok := p.passes[name]
	if !ok || time.Now().Before(p.after) {
		return false
	}
	p.passes[name] = left - 1
	return left == 1
}

func report(name string) {
	f, err := os.OpenFile(os.Getenv(reportVariable), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return
	}
	_, _ = f.WriteString(name + "\n")
	_ = f.Close()
}
