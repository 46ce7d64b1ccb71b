package inbox

import (
	"crypto/sha256"
	"encoding/hex"
	"net/netip"
	"time"
)

// Failures are the recent tries to sign in under one name: of one login, from one network, or of everybody. Tries that succeed are
// taken back.
type Failures struct {
	Name         string
	Count        int
	LastAt       time.Time
	BlockedUntil time.Time
}

// ladder is how waiting grows with the number of failures. There is no lock that only an admin can open: a stranger must not be able to
// keep somebody out for good.
type ladder struct {
	free    int           // failures without waiting
	first   time.Duration // the first wait; each further failure doubles it
	longest time.Duration
	forget  time.Duration // after so long without a failure all is forgotten
}

var (
	ofLogin     = ladder{free: 5, first: 5 * time.Second, longest: 15 * time.Minute, forget: 24 * time.Hour}
	ofNetwork   = ladder{free: 50, first: 5 * time.Second, longest: 15 * time.Minute, forget: time.Hour}
	ofEverybody = ladder{free: 1000, first: time.Second, longest: 10 * time.Second, forget: 10 * time.Minute}
	ladders     = [...]ladder{ofLogin, ofNetwork, ofEverybody} // in the order of throttleNames
)

// throttleNames are what a try counts under. The login is hashed: people type their password there by mistake.
func throttleNames(login, address string) []string {
	sum := sha256.Sum256([]byte(login))
	return []string{"login:" + hex.EncodeToString(sum[:16]), "address:" + networkOf(address), "everybody"}
}

// networkOf is the /24, or for IPv6 the /64, that an address belongs to: who has one address of it has them all.
func networkOf(address string) string {
	ip, err := netip.ParseAddr(address)
	if err != nil {
		return "unknown"
	}
	ip = ip.Unmap().WithZone("")
	bits := 64
	if ip.Is4() {
		bits = 24
	}
	network, _ := ip.Prefix(bits) // cannot fail: bits fit the family
	return network.String()
}

// countTry refuses a try that comes too early, and otherwise counts it as failed until it is forgiven.
func (p *People) countTry(known []Failures) ([]Failures, error) {
	now := p.now()
	for _, f := range known {
		if now.Before(f.BlockedUntil) {
			return nil, &Error{Code: Limited, RetryAt: f.BlockedUntil, ZH: "尝试次数过多，请稍后再登录", EN: "too many tries: wait a little before signing in again"}
		}
	}
	for i := range known {
		ladders[i].climb(&known[i], now)
	}
	return known, nil
}

// climb counts one failure.
func (l ladder) climb(f *Failures, now time.Time) {
	if now.Sub(f.LastAt) > l.forget {
		f.Count = 0
	}
	f.Count, f.LastAt, f.BlockedUntil = f.Count+1, now, time.Time{}
	if f.Count < l.free {
		return
	}
	wait := l.first
	for i := l.free; i < f.Count && wait < l.longest; i++ {
		wait *= 2
	}
	f.BlockedUntil = now.Add(min(wait, l.longest))
}

// forgive takes a try back that turned out right: the login starts afresh, the others are as before.
func (p *People) forgive(known []Failures) ([]Failures, error) {
	for i := range known {
		f := &known[i]
		f.Count = max(0, f.Count-1)
		if i == 0 {
			f.Count = 0
		}
		if f.Count < ladders[i].free {
			f.BlockedUntil = time.Time{}
		}
	}
	return known, nil
}
