package weibo

import (
	"context"
	"crypto/tls"
	"net"
	"net/http"
	"net/http/httptrace"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
)

// transport is the only way out to the platform: no proxy from the environment, no HTTP/2, and connections that count what they write.
// control, if any, may refuse an address after its name was resolved.
func transport(dialTimeout time.Duration, control func(network, address string, _ syscall.RawConn) error) *http.Transport {
	dialer := &net.Dialer{Timeout: dialTimeout, Control: control}
	return &http.Transport{
		DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
			conn, err := dialer.DialContext(ctx, network, address)
			if err != nil {
				return nil, err
			}
			return &countedConn{Conn: conn}, nil
		},
		TLSHandshakeTimeout: dialTimeout,
		TLSClientConfig:     &tls.Config{MinVersion: tls.VersionTLS12},
		MaxIdleConnsPerHost: 16,
		IdleConnTimeout:     75 * time.Second,
	}
}

// countedConn counts the bytes written to it.
type countedConn struct {
	net.Conn
	written atomic.Int64
}

func (c *countedConn) Write(b []byte) (int, error) {
	n, err := c.Conn.Write(b)
	c.written.Add(int64(n))
	return n, err
}

// departure watches whether any byte of a request was written. The transport may try several connections: an idle one that the platform
// has closed meanwhile, then a new one. What the TLS handshake wrote came before the connection was handed over and does not count.
type departure struct {
	mu    sync.Mutex
	conns map[*countedConn]int64 // what each had written when the request got it
	lost  bool                   // a connection that does not count
}

// watch returns a context under which the departure sees the request.
func (d *departure) watch(ctx context.Context) context.Context {
	return httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{GotConn: func(got httptrace.GotConnInfo) { d.board(got.Conn) }})
}

func (d *departure) board(conn net.Conn) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if secure, ok := conn.(*tls.Conn); ok {
		conn = secure.NetConn()
	}
	counted, ok := conn.(*countedConn)
	if !ok {
		d.lost = true
		return
	}
	if d.conns == nil {
		d.conns = map[*countedConn]int64{}
	}
	d.conns[counted] = counted.written.Load()
}

// left says whether a byte of the request may have been written.
func (d *departure) left() bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	for conn, before := range d.conns {
		if conn.written.Load() > before {
			return true
		}
	}
	return d.lost
}
