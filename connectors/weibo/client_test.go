package weibo

import (
	"context"
	"errors"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"weibox/inbox"
)

var aReply = inbox.Outbound{Kind: inbox.KindComment, Text: "您好", Contact: "2600000001", Parent: "5008101234567890", Post: "5008090000000000"}

func send(r *rig, out inbox.Outbound) (inbox.Receipt, error) {
	return r.Send(context.Background(), r.account, out)
}

// outcomeUnknown says that an error promises nothing about what the platform did.
func outcomeUnknown(err error) bool {
	return err != nil && inbox.RefusalOf(err) == nil && !errors.Is(err, inbox.ErrNotLeft)
}

// hangUp closes the connection after the request was read, without an answer.
func hangUp(w http.ResponseWriter, _ *http.Request) {
	conn, _, err := w.(http.Hijacker).Hijack()
	if err == nil {
		_ = conn.Close()
	}
}

func TestAWriteThatMayHaveArrivedIsOfUnknownOutcome(t *testing.T) {
	for name, answer := range map[string]http.HandlerFunc{
		"no answer":       hangUp,
		"503":             func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(503) },
		"500 with a page": func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(500); _, _ = w.Write([]byte("<html>")) },
		"garbage":         func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("{{")) },
		"no comment":      func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("{}")) },
		"half an answer": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "99")
			_, _ = w.Write([]byte(`{"id":5`))
		},
		"a redirect": func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/2/comments/create.json", 307) },
		"a flood": func(w http.ResponseWriter, _ *http.Request) {
			_, _ = w.Write([]byte(`{"id":5,"x":"` + strings.Repeat("x", 5<<20) + `"}`))
		},
		"a comment of 404": func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(404); _, _ = w.Write([]byte(`{"id":5}`)) },
	} {
		t.Run(name, func(t *testing.T) {
			r := rigged(t)
			r.platform.on("/2/comments/reply.json", answer)
			if got, err := send(r, aReply); !outcomeUnknown(err) {
				t.Errorf("%+v %v", got, err)
			}
			if n := r.platform.calls(); n != 1 {
				t.Errorf("the platform was asked %d times", n)
			}
		})
	}
}

func TestAWriteThatTimesOutIsOfUnknownOutcome(t *testing.T) {
	r := rigged(t, func(s *Settings) { s.CallTimeout = 50 * time.Millisecond })
	r.platform.on("/2/comments/reply.json", func(_ http.ResponseWriter, req *http.Request) { <-req.Context().Done() })
	if _, err := send(r, aReply); !outcomeUnknown(err) {
		t.Error(err)
	}
}

func TestAnErrorBeforeTheFirstByteSaysSo(t *testing.T) {
	r := rigged(t)
	r.platform.Close()
	if _, err := send(r, aReply); !errors.Is(err, inbox.ErrNotLeft) {
		t.Errorf("refused connection: %v", err)
	}
	r = rigged(t, func(s *Settings) { s.APIURL = "http://weibo.invalid/2" })
	if _, err := send(r, aReply); !errors.Is(err, inbox.ErrNotLeft) {
		t.Errorf("no such host: %v", err)
	}
	r = rigged(t)
	r.till.Refuse(errors.New("the database is away"))
	if _, err := send(r, aReply); !errors.Is(err, inbox.ErrNotLeft) || r.platform.calls() != 0 {
		t.Errorf("uncounted call: %v", err)
	}
}

// The platform closes idle connections when it restarts. A write on one of them could not be said to have stayed.
func TestAWriteNeverUsesAnIdleConnection(t *testing.T) {
	r := rigged(t)
	r.platform.says("/2/comments/reply.json", 200, `{"id":5008101234567891}`)
	must(send(r, aReply))(t)
	r.platform.Close()
	if _, err := send(r, aReply); !errors.Is(err, inbox.ErrNotLeft) {
		t.Errorf("%v", err)
	}
}

func TestARefusalOfOurOwnQuotaIsHandedOn(t *testing.T) {
	r := rigged(t)
	r.till.Refuse(&inbox.Refusal{Kind: inbox.RefusedLimit, RetryAt: march.Add(time.Hour)})
	_, err := send(r, aReply)
	if got := inbox.RefusalOf(err); got == nil || got.Kind != inbox.RefusedLimit || r.platform.calls() != 0 {
		t.Errorf("%v after %d calls", err, r.platform.calls())
	}
}

func TestNoErrorEverShowsTheToken(t *testing.T) {
	answers := map[string]http.HandlerFunc{
		"hang up": hangUp,
		"garbage": func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("<")) },
		"500":     func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(500) },
	}
	for name, answer := range answers {
		r := rigged(t)
		for _, path := range []string{"/2/comments/reply.json", "/2/comments/to_me.json", "/m/2/messages/reply.json", "/upload/2/mss/msget"} {
			r.platform.on(path, answer)
		}
		_, replied := send(r, aReply)
		_, messaged := send(r, inbox.Outbound{Kind: inbox.KindDM, Text: "好", Contact: "26"})
		_, polled := r.Poll(context.Background(), r.account, toMe, "")
		_, fetched := r.Fetch(context.Background(), r.account, "mss:image:7")
		for _, err := range []error{replied, messaged, polled, fetched} {
			if err == nil || strings.Contains(err.Error(), "canary") || strings.Contains(err.Error(), "access_token") || strings.Contains(err.Error(), "since_id") {
				t.Errorf("%s: %v", name, err)
			}
		}
		for _, got := range r.platform.asked() {
			if strings.Contains(got.query, "canary") || strings.Contains(got.header.Get("Authorization"), "Bearer") || got.header.Get("Idempotency-Key") != "" {
				t.Errorf("%s: %s?%s %v", name, got.path, got.query, got.header)
			}
		}
	}
}

func TestTheEnvironmentsProxyIsNotUsed(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	t.Setenv("HTTP_PROXY", "http://"+listener.Addr().String())
	if got := transport(time.Second, nil).Proxy; got != nil {
		t.Error("the transport asks somebody for a proxy")
	}
	r := rigged(t)
	for _, client := range []*http.Client{r.reader, r.writer} {
		if client.Transport.(*http.Transport).Proxy != nil {
			t.Error("a client has a proxy")
		}
	}
}
