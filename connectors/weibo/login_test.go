package weibo

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"weibox/inbox"
)

const (
	callback = "https://inbox.example.com/oauth/weibo/callback"
	// granted is a success as captured: a type that lies, a uid in quotes, no token_type (docs/platforms/weibo.md §1.2).
	granted = `{"access_token":"` + canary + `","remind_in":"157679999","expires_in":157679999,"uid":"1900000001","isRealName":"true"}`
	face    = `{"id":1900000001,"idstr":"1900000001","screen_name":"示例品牌","avatar_large":"https://tva1.sinaimg.cn/b.jpg","verified":true,"verified_type":2}`
)

func step(r *rig, answer url.Values) (inbox.Step, error) {
	return r.Step(context.Background(), inbox.Binding{State: "state-1", Callback: callback, Answer: answer})
}

// plain answers the token address as Weibo does.
func plain(status int, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/plain;charset=UTF-8")
		w.WriteHeader(status)
		_, _ = w.Write([]byte(body))
	}
}

func TestTheManagerIsSentToWeiboToLogInAnew(t *testing.T) {
	r := rigged(t, func(s *Settings) { s.Scopes = []string{"email", "direct_messages_read"} })
	got := must(url.Parse(must(step(r, nil))(t).Redirect))(t)
	q := got.Query()
	for key, want := range map[string]string{
		"client_id": "123", "redirect_uri": callback, "state": "state-1", "forcelogin": "true", "scope": "email,direct_messages_read", "response_type": "code",
	} {
		if q.Get(key) != want {
			t.Errorf("%s is %q, want %q", key, q.Get(key), want)
		}
	}
	if got.Path != "/oauth2/authorize" || strings.Contains(got.String(), "xyz123xyz") {
		t.Errorf("%s", got)
	}
}

func TestACodeBecomesAGrantWithAFace(t *testing.T) {
	r := rigged(t)
	r.platform.on("/oauth2/access_token", plain(200, granted))
	r.platform.says("/2/users/show.json", 200, face)
	got := must(step(r, url.Values{"code": {"c0de"}, "state": {"state-1"}}))(t).Grant
	if got == nil || got.ExternalID != brand || got.Name != "示例品牌" || got.AvatarURL != "https://tva1.sinaimg.cn/b.jpg" ||
		got.Token.Access != canary || !got.Token.ExpiresAt.Equal(march.Add(157679999*time.Second)) {
		t.Fatalf("%+v", got)
	}
	exchange := r.platform.asked()[0]
	for key, want := range map[string]string{
		"client_id": "123", "client_secret": "xyz123xyz", "grant_type": "authorization_code", "code": "c0de", "redirect_uri": callback,
	} {
		if exchange.form.Get(key) != want {
			t.Errorf("%s is %q, want %q", key, exchange.form.Get(key), want)
		}
	}
	if exchange.method != "POST" || exchange.header.Get("Authorization") != "" || exchange.query != "" {
		t.Errorf("the secret travelled another way: %+v", exchange)
	}
	if asked := r.platform.last(); asked.path != "/2/users/show.json" || asked.form.Get("uid") != "1900000001" {
		t.Errorf("%+v", asked)
	}
}

func TestTheTypeIsCorrectedForTheTokenAddressAlone(t *testing.T) {
	r := rigged(t, func(s *Settings) { s.TokenURL += "?elsewhere" })
	r.platform.on("/oauth2/access_token", plain(200, granted))
	trip := tokenAnswer{http.DefaultTransport, r.settings.APIURL}
	req := must(http.NewRequest(http.MethodPost, r.platform.URL+"/oauth2/access_token", nil))(t)
	resp := must(trip.RoundTrip(req))(t)
	defer resp.Body.Close()
	if got := resp.Header.Get("Content-Type"); got != "text/plain;charset=UTF-8" {
		t.Errorf("a foreign answer was changed to %s", got)
	}
}

func TestEveryRefusalInTheWizardIsASentence(t *testing.T) {
	for name, tc := range map[string]struct {
		answer url.Values
		token  string
		show   string
		want   inbox.Code
		says   string
	}{
		"declined":         {answer: url.Values{"error": {"access_denied"}, "error_code": {"21330"}}, want: inbox.Denied, says: "取消"},
		"declined, bare":   {answer: url.Values{"error": {"access_denied"}}, want: inbox.Denied, says: "取消"},
		"wrong callback":   {answer: url.Values{"error": {"redirect_uri_mismatch"}, "error_code": {"21322"}}, want: inbox.Unavailable, says: "回调"},
		"no code":          {answer: url.Values{"state": {"state-1"}}, want: inbox.Invalid, says: "授权码"},
		"used code":        {token: `{"error":"invalid_grant","error_code":21325,"error_description":"invalid authorization code"}`, want: inbox.Denied, says: "已被使用"},
		"wrong secret":     {token: `{"error":"invalid_client","error_code":21324,"error_description":"client_secret error."}`, want: inbox.Unavailable, says: "AppSecret"},
		"test users full":  {token: `{"error":"applications over the unaudited use restrictions!","error_code":21321}`, want: inbox.Denied, says: "测试"},
		"app lacks rights": {token: granted, show: `{"error":"Insufficient app permissions!","error_code":10014}`, want: inbox.Unavailable, says: "权限"},
		"no test user":     {token: granted, show: `{"error":"applications over the unaudited use restrictions!","error_code":21321}`, want: inbox.Denied, says: "测试"},
		"address":          {token: granted, show: `{"error":"IP limit","error_code":10004}`, want: inbox.Unavailable, says: "IP"},
		"no uid":           {token: `{"access_token":"t","expires_in":1}`, want: inbox.Unavailable, says: "不完整"},
		"a uid of floats":  {token: `{"access_token":"t","expires_in":1,"uid":1900000001}`, want: inbox.Unavailable, says: "不完整"},
		"garbage":          {token: `<html>`, want: inbox.Unavailable, says: "稍后"},
		"somebody else":    {token: granted, show: strings.ReplaceAll(face, "1900000001", "1900000002"), want: inbox.Unavailable, says: "稍后"},
	} {
		t.Run(name, func(t *testing.T) {
			r := rigged(t)
			status := 200
			if strings.Contains(tc.token, "error_code") {
				status = 400
			}
			r.platform.on("/oauth2/access_token", plain(status, tc.token))
			r.platform.says("/2/users/show.json", 200, tc.show)
			if tc.answer == nil {
				tc.answer = url.Values{"code": {"c0de"}}
			}
			got, err := step(r, tc.answer)
			said, ok := err.(*inbox.Error)
			if !ok || said.Code != tc.want || !strings.Contains(said.ZH, tc.says) || said.EN == "" || got.Grant != nil {
				t.Errorf("%+v %v", got, err)
			}
			if err != nil && strings.Contains(err.Error(), "canary") {
				t.Errorf("the token is in the error: %v", err)
			}
		})
	}
}

func TestWithoutAnAppNobodyIsSentAnywhere(t *testing.T) {
	for _, without := range []func(*Settings){func(s *Settings) { s.AppKey = "" }, func(s *Settings) { s.AppSecret = "" }} {
		r := rigged(t, without)
		if got, err := step(r, nil); inbox.CodeOf(err) != inbox.Unavailable || got.Redirect != "" {
			t.Errorf("%+v %v", got, err)
		}
	}
}
