package sim

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"
)

// world is a Weibo behind HTTP with one brand that has authorised the app, and a clock that only moves when told to.
type world struct {
	*Sim
	t      *testing.T
	url    string
	brand  string
	token  string
	client *http.Client // follows no redirect and keeps no connection

	mu  sync.Mutex
	at  time.Time
	rip string
}

func start(t *testing.T, change ...func(*Options)) *world {
	t.Helper()
	w := &world{t: t, at: time.Date(2026, 3, 4, 9, 15, 2, 0, beijing), rip: "211.156.0.1"}
	opts := Options{AppKey: "1352222456", AppSecret: "xyz123xyz", Seed: 1, Now: w.clock, PushRetry: time.Millisecond}
	for _, c := range change {
		c(&opts)
	}
	w.Sim = New(opts)
	t.Cleanup(w.Close)
	server := httptest.NewServer(w.Handler())
	t.Cleanup(server.Close)
	w.url = server.URL
	w.client = &http.Client{
		Transport:     &http.Transport{DisableKeepAlives: true},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	w.brand = w.AddBrand("山屿咖啡")
	w.token = w.Authorize(w.brand)
	return w
}

func commercial(o *Options) { o.Family = Commercial }
func withQuotas(o *Options) { o.Quotas = DefaultQuotas() }
func (w *world) clock() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.at
}

func (w *world) forward(d time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.at = w.at.Add(d)
}

// answer is what came back.
type answer struct {
	status      int
	contentType string
	raw         []byte
	body        map[string]any
}

// code is the error_code, which is a number or a string; 0 for a success.
func (a answer) code() int {
	switch code := a.body["error_code"].(type) {
	case json.Number:
		n, _ := code.Int64()
		return int(n)
	case string:
		return int(number(code))
	default:
		return 0
	}
}

func (a answer) ids(list string) []string {
	var ids []string
	items, _ := a.body[list].([]any)
	for _, item := range items {
		ids = append(ids, item.(map[string]any)["idstr"].(string))
	}
	return ids
}

func (a answer) first(list string) map[string]any { return a.body[list].([]any)[0].(map[string]any) }

func (w *world) do(req *http.Request) answer {
	w.t.Helper()
	a, err := w.try(req)
	if err != nil {
		w.t.Fatal(err)
	}
	return a
}

func (w *world) try(req *http.Request) (answer, error) {
	resp, err := w.client.Do(req)
	if err != nil {
		return answer{}, err
	}
	defer resp.Body.Close()
	a := answer{status: resp.StatusCode, contentType: resp.Header.Get("Content-Type")}
	if a.raw, err = io.ReadAll(resp.Body); err != nil {
		return a, err
	}
	decoder := json.NewDecoder(bytes.NewReader(a.raw))
	decoder.UseNumber()
	_ = decoder.Decode(&a.body) // some answers are no JSON, which tests then look at raw
	return a, nil
}

func (w *world) request(method, path string, body io.Reader) *http.Request {
	w.t.Helper()
	req, err := http.NewRequest(method, w.url+path, body)
	if err != nil {
		w.t.Fatal(err)
	}
	return req
}

// values reads "k", "v", "k", "v", … and adds the token.
func (w *world) values(pairs []string) url.Values {
	v := url.Values{"access_token": {w.token}}
	for i := 0; i < len(pairs); i += 2 {
		v.Set(pairs[i], pairs[i+1])
	}
	return v
}

func (w *world) get(path string, pairs ...string) answer {
	w.t.Helper()
	return w.do(w.request("GET", path+"?"+w.values(pairs).Encode(), nil))
}

func (w *world) postRequest(path string, pairs ...string) *http.Request {
	req := w.request("POST", path, strings.NewReader(w.values(pairs).Encode()))
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return req
}

func (w *world) post(path string, pairs ...string) answer {
	w.t.Helper()
	return w.do(w.postRequest(path, pairs...))
}

// control posts an order to the control API.
func (w *world) control(name string, order any) answer {
	w.t.Helper()
	body, err := json.Marshal(order)
	if err != nil {
		w.t.Fatal(err)
	}
	return w.do(w.request("POST", "/control/"+name, bytes.NewReader(body)))
}

func (w *world) reply(cid, text string, more ...string) answer {
	w.t.Helper()
	return w.post("/2/comments/reply.json", append([]string{"cid", cid, "id", "1", "comment", text, "rip", w.rip}, more...)...)
}

func (w *world) dm(fan *Fan, text string) answer {
	w.t.Helper()
	data, _ := json.Marshal(map[string]string{"text": text})
	return w.post("/m/2/messages/reply.json", "type", "text", "data", string(data), "receiver_id", fan.UID)
}

// hook is a product's webhook: it verifies, and answers pushes as it is told.
type hook struct {
	url string

	mu     sync.Mutex
	bodies []pushed
	query  []url.Values
	answer func(n int) (status int, body string) // n counts from 1
}

func (w *world) hook(answer func(n int) (int, string)) *hook {
	w.t.Helper()
	h := &hook{answer: answer}
	server := httptest.NewServer(h)
	w.t.Cleanup(server.Close)
	h.url = server.URL
	if err := w.SetPush(w.brand, h.url); err != nil {
		w.t.Fatal(err)
	}
	return h
}

func (h *hook) ServeHTTP(rw http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	if Signature("xyz123xyz", q.Get("timestamp"), q.Get("nonce")) != q.Get("signature") {
		rw.WriteHeader(http.StatusForbidden)
		return
	}
	if r.Method == http.MethodGet {
		fmt.Fprint(rw, q.Get("echostr"))
		return
	}
	var p pushed
	if json.NewDecoder(r.Body).Decode(&p) != nil {
		rw.WriteHeader(http.StatusBadRequest)
		return
	}
	h.mu.Lock()
	h.bodies, h.query = append(h.bodies, p), append(h.query, q)
	n := len(h.bodies)
	h.mu.Unlock()
	status, body := h.answer(n)
	rw.WriteHeader(status)
	fmt.Fprint(rw, body)
}

func (h *hook) texts() []string {
	h.mu.Lock()
	defer h.mu.Unlock()
	var texts []string
	for _, p := range h.bodies {
		texts = append(texts, p.Text)
	}
	return texts
}

func accepting(int) (int, string) { return http.StatusOK, "" }

// settle waits until all pushes are through.
func (w *world) settle() {
	w.t.Helper()
	ctx, cancel := context.WithTimeout(w.t.Context(), 20*time.Second)
	defer cancel()
	if err := w.Settle(ctx); err != nil {
		w.t.Fatal("pushes did not settle: ", err)
	}
}

func (w *world) wantCode(a answer, code int) {
	w.t.Helper()
	if a.code() != code {
		w.t.Fatalf("code %d, want %d: %s", a.code(), code, a.raw)
	}
}
