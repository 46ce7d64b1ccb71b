package weibo

import (
	"context"
	"crypto/tls"
	"fmt"
	"net"
	"net/http"
	"net/http/httptrace"
	"sync/atomic"
	"syscall"
	"time"

	"weibox/inbox"
)

// transport is the only way out: no proxy from the environment, no HTTP/2. control, if any, may refuse an address after its name was
// resolved.
func transport(dialTimeout time.Duration, control func(network, address string, _ syscall.RawConn) error) *http.Transport {
	dialer := &net.Dialer{Timeout: dialTimeout, Control: control}
	return &http.Transport{
		DialContext:         dialer.DialContext,
		TLSHandshakeTimeout: dialTimeout,
		TLSClientConfig:     &tls.Config{MinVersion: tls.VersionTLS12},
		MaxIdleConnsPerHost: 16,
		IdleConnTimeout:     75 * time.Second,
	}
}

// writing is a transport with a new connection for every call. On an idle one a write may go out just when the platform closes it, and
// nobody could say whether it arrived.
func writing(dialTimeout time.Duration) *http.Transport {
	t := transport(dialTimeout, nil)
	t.DisableKeepAlives = true
	return t
}

// departure watches whether a byte of a request may have been written: not before a connection was handed over, with its handshake done.
type departure struct{ left atomic.Bool }

// watch returns a context under which the departure sees the request.
func (d *departure) watch(ctx context.Context) context.Context {
	return httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{GotConn: func(httptrace.GotConnInfo) { d.left.Store(true) }})
}

// judge says of a failed request whether it may have arrived.
func (d *departure) judge(err error) error {
	if d.left.Load() {
		return err
	}
	return fmt.Errorf("%w: %w", inbox.ErrNotLeft, err)
}
