package chaos

import (
	"io"
	"net"
	"sync"
	"sync/atomic"
)

// relay is a wire that can be cut: it passes bytes on between whoever connects and the first of the targets that listens.
type relay struct {
	listener net.Listener
	targets  []string
	next     atomic.Int64
	down     atomic.Bool
	cuts     atomic.Int64 // answers still to be cut off
	done     atomic.Int64 // answers that were cut off

	mu    sync.Mutex
	wires map[net.Conn]bool
}

func newRelay(targets ...string) (*relay, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	r := &relay{listener: listener, targets: targets, wires: map[net.Conn]bool{}}
	go r.accept()
	return r, nil
}

func (r *relay) address() string { return r.listener.Addr().String() }

func (r *relay) accept() {
	for {
		conn, err := r.listener.Accept()
		if err != nil {
			return
		}
		go r.join(conn)
	}
}

// join carries one connection until either end hangs up.
func (r *relay) join(near net.Conn) {
	far := r.dial()
	if far == nil {
		_ = near.Close()
		return
	}
	if !r.keep(near, far) {
		return
	}
	var both sync.WaitGroup
	both.Go(func() { r.carry(far, near, func() bool { return false }) })
	both.Go(func() { r.carry(near, far, r.cut) })
	both.Wait()
	r.drop(near, far)
}

// dial asks the targets in turn, so that several processes share the load and a dead one is passed over.
func (r *relay) dial() net.Conn {
	if r.down.Load() {
		return nil
	}
	for range r.targets {
		if conn, err := net.Dial("tcp", r.targets[int(r.next.Add(1))%len(r.targets)]); err == nil {
			return conn
		}
	}
	return nil
}

func (r *relay) keep(conns ...net.Conn) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, c := range conns {
		if r.down.Load() {
			_ = c.Close()
		}
		r.wires[c] = true
	}
	return true
}

func (r *relay) drop(conns ...net.Conn) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, c := range conns {
		_ = c.Close()
		delete(r.wires, c)
	}
}

// carry copies until an end hangs up, or until an answer is to be cut off: the request has been acted on, and nobody will hear of it.
func (r *relay) carry(to, from net.Conn, cut func() bool) {
	defer func() {
		_ = to.Close()
		_ = from.Close()
	}()
	buffer := make([]byte, 32<<10)
	for {
		n, err := from.Read(buffer)
		if n > 0 && cut() {
			return
		}
		if _, failed := to.Write(buffer[:n]); failed != nil || err != nil {
			return
		}
	}
}

func (r *relay) cut() bool {
	for left := r.cuts.Load(); left > 0; left = r.cuts.Load() {
		if r.cuts.CompareAndSwap(left, left-1) {
			r.done.Add(1)
			return true
		}
	}
	return false
}

// setDown takes the wire down, or up again.
func (r *relay) setDown(down bool) {
	r.down.Store(down)
	if !down {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	for c := range r.wires {
		_ = c.Close()
	}
}

func (r *relay) Close() error {
	r.setDown(true)
	return r.listener.Close()
}

var _ io.Closer = (*relay)(nil)
