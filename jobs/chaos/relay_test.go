package chaos

import (
	"bufio"
	"io"
	"net"
	"testing"
)

// The point of the relay: what was asked for is done, and the answer does not arrive.
func TestARelayCutsTheAnswerAndNotTheRequest(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	heard := make(chan string, 2)
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			line, _ := bufio.NewReader(conn).ReadString('\n')
			heard <- line
			_, _ = io.WriteString(conn, "done\n")
			_ = conn.Close()
		}
	}()
	r, err := newRelay(listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	ask := func() string {
		conn, err := net.Dial("tcp", r.address())
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		_, _ = io.WriteString(conn, "do it\n")
		answer, _ := io.ReadAll(conn)
		return string(answer)
	}
	r.cuts.Store(1)
	if answer := ask(); answer != "" || <-heard != "do it\n" {
		t.Errorf("the answer was %q", answer)
	}
	if answer := ask(); answer != "done\n" {
		t.Errorf("after the cut the answer was %q", answer)
	}
}
