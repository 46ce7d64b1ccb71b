package weibo_test

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"weibox/connectors/connectortest"
	"weibox/connectors/weibo"
	"weibox/connectors/weibo/sim"
	"weibox/inbox"
)

func TestTheSuiteOnTheCommercialFamily(t *testing.T) {
	connectortest.Run(t, func(t *testing.T) connectortest.Harness { return pretend(t, sim.Commercial) })
}

func TestTheSuiteOnTheOpenFamily(t *testing.T) {
	connectortest.Run(t, func(t *testing.T) connectortest.Harness { return pretend(t, sim.Open) })
}

// world is the connector before the pretend Weibo, with one bound brand whose developer mode points at us.
type world struct {
	*testing.T
	*connectortest.Clock
	connector *weibo.Connector
	sim       *sim.Sim
	server    *httptest.Server
	account   inbox.Account
	post      string
	pushes    chan inbox.Push
}

func pretend(t *testing.T, family string) *world {
	w := &world{T: t, Clock: connectortest.NewClock(time.Date(2026, 3, 4, 2, 0, 0, 0, time.UTC)), pushes: make(chan inbox.Push, 64)}
	w.sim = sim.New(sim.Options{AppKey: "1234567890", AppSecret: "pretend-secret", Now: w.Now, Seed: 7, Family: family, Quotas: sim.DefaultQuotas()})
	w.server = httptest.NewServer(w.sim.Handler())
	settings := weibo.Defaults().Under(w.server.URL)
	settings.AppKey, settings.AppSecret, settings.Family, settings.FallbackIP = "1234567890", "pretend-secret", family, "8.8.4.4"
	w.connector = weibo.New(settings, connectortest.NewMeter(w.Now), w.Now)
	brand := w.sim.AddBrand("示例品牌")
	w.account = inbox.Account{ExternalID: inbox.ExternalID(brand), Name: "示例品牌", Token: inbox.Token{Access: inbox.Secret(w.sim.Authorize(brand))}}
	w.post = w.sim.Post(brand, "新品上市")
	hook := httptest.NewServer(http.HandlerFunc(w.receive))
	t.Cleanup(func() { w.sim.Close(); hook.Close(); w.server.Close() })
	if err := w.sim.SetPush(brand, hook.URL); err != nil {
		t.Fatal(err)
	}
	return w
}

// receive is our webhook: it answers the platform's question, and keeps what is delivered.
func (w *world) receive(rw http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	push := inbox.Push{Method: r.Method, Query: r.URL.Query(), Body: body}
	answer, err := w.connector.Verify(w.account, push, w.Now())
	if err != nil {
		http.Error(rw, "denied", http.StatusForbidden)
		return
	}
	if push.Method == http.MethodPost {
		w.pushes <- push
	}
	_, _ = rw.Write(answer)
}

func (w *world) Connector() inbox.Connector { return w.connector }
func (w *world) Account() inbox.Account     { return w.account }
func (w *world) LoseAnswer() {
	for _, endpoint := range []string{"comments/reply", "comments/create"} {
		w.sim.Fault(sim.Fault{Endpoint: endpoint, Kind: sim.FaultAcceptThenDrop, Times: 1})
	}
}
func (w *world) Revoke() { w.sim.Revoke(string(w.account.ExternalID)) }
func (w *world) GoDown() { w.server.Close() }

func (w *world) Native(comment inbox.ExternalID, text string) {
	if _, err := w.sim.Native(string(w.account.ExternalID), w.post, string(comment), text); err != nil {
		w.Fatal(err)
	}
}

func (w *world) Accepted() []connectortest.Accepted {
	var taken []connectortest.Accepted
	for _, a := range w.sim.Accepted() {
		if a.Kind == sim.KindComment && a.Endpoint != "native" || a.Kind == sim.KindDM {
			taken = append(taken, connectortest.Accepted{Target: inbox.ExternalID(a.Target), Text: a.Text})
		}
	}
	return taken
}

// Consent is a browser without cookies on the pretend consent page.
func (w *world) Consent(page string, agree bool) url.Values {
	decision := map[bool]string{true: "allow", false: "deny"}[agree]
	browser := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	resp, err := browser.Get(page + "&login_as=" + string(w.account.ExternalID) + "&decision=" + decision)
	if err != nil {
		w.Fatal(err)
	}
	defer resp.Body.Close()
	back, err := resp.Location()
	if err != nil {
		body, _ := io.ReadAll(resp.Body)
		w.Fatalf("the consent page leads nowhere: %v %s", err, body)
	}
	return back.Query()
}

func (w *world) Fan(name string) connectortest.Fan { return fan{w, w.sim.AddFan(name).Authorise()} }

// fan is one person of the pretend Weibo, who has authorised the app so that the open family shows him.
type fan struct {
	w *world
	*sim.Fan
}

func (f fan) ID() inbox.ExternalID { return inbox.ExternalID(f.UID) }

func (f fan) Write(text string) inbox.Push {
	f.DM(text)
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	if err := f.w.sim.Settle(ctx); err != nil {
		f.w.Fatal(err)
	}
	select {
	case push := <-f.w.pushes:
		return push
	default:
		f.w.Fatalf("no push was delivered: %+v", f.w.sim.Offered())
		return inbox.Push{}
	}
}

func (f fan) Comment(text string) (comment, post inbox.ExternalID) {
	return inbox.ExternalID(f.Fan.Comment(f.w.post, text, "")), inbox.ExternalID(f.w.post)
}

func (f fan) Mention(text string) inbox.ExternalID {
	return inbox.ExternalID(f.Fan.Mention(string(f.w.account.ExternalID), "@示例品牌 "+strings.TrimSpace(text)))
}
