package sim

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"
)

const callback = "https://inbox.example/oauth/weibo/callback"

func (w *world) authorize(pairs ...string) *http.Response {
	w.t.Helper()
	q := url.Values{"client_id": {"1352222456"}, "redirect_uri": {callback}, "state": {"s t&1"}, "login_as": {w.brand}, "decision": {"allow"}}
	for i := 0; i < len(pairs); i += 2 {
		q.Set(pairs[i], pairs[i+1])
	}
	resp, err := w.client.Do(w.request("GET", "/oauth2/authorize?"+q.Encode(), nil))
	if err != nil {
		w.t.Fatal(err)
	}
	resp.Body.Close()
	return resp
}

func (w *world) code() string {
	w.t.Helper()
	back, err := w.authorize().Location()
	if err != nil {
		w.t.Fatal(err)
	}
	return back.Query().Get("code")
}

func (w *world) exchange(code string, pairs ...string) answer {
	w.t.Helper()
	all := append([]string{
		"client_id", "1352222456", "client_secret", "xyz123xyz", "grant_type", "authorization_code", "code", code, "redirect_uri", callback,
	}, pairs...)
	return w.post("/oauth2/access_token", all...)
}

func TestTokenIsJSONThatCallsItselfPlainText(t *testing.T) {
	w := start(t)
	a := w.exchange(w.code())
	if a.contentType != "text/plain;charset=UTF-8" {
		t.Errorf("Content-Type %q", a.contentType)
	}
	if uid, isString := a.body["uid"].(string); !isString || uid != w.brand {
		t.Errorf("uid %#v", a.body["uid"])
	}
	if _, isNumber := a.body["expires_in"].(json.Number); !isNumber {
		t.Errorf("expires_in %#v", a.body["expires_in"])
	}
	if _, isString := a.body["remind_in"].(string); !isString {
		t.Errorf("remind_in %#v", a.body["remind_in"])
	}
	if !strings.HasPrefix(a.body["access_token"].(string), "2.00") {
		t.Errorf("access_token %v", a.body["access_token"])
	}
	for _, absent := range []string{"token_type", "refresh_token"} {
		if _, present := a.body[absent]; present {
			t.Errorf("%s is there", absent)
		}
	}
}

func TestStateComesBackAndARefusalIsTold(t *testing.T) {
	w := start(t)
	back, _ := w.authorize().Location()
	if back.Query().Get("state") != "s t&1" || back.Query().Get("code") == "" {
		t.Errorf("allowed: %s", back)
	}
	back, _ = w.authorize("decision", "deny").Location()
	if back.Query().Get("error_code") != "21330" || back.Query().Get("state") != "s t&1" || back.Query().Has("code") {
		t.Errorf("denied: %s", back)
	}
}

func TestTheConsentFormIsPosted(t *testing.T) {
	w := start(t)
	form := []string{"client_id", "1352222456", "redirect_uri", callback, "state", "7", "login_as", w.brand, "decision", "allow"}
	if a := w.post("/oauth2/authorize", form...); a.status != http.StatusFound {
		t.Errorf("HTTP %d: %s", a.status, a.raw)
	}
	if a := w.post("/oauth2/authorize", append(form, "login_as", "1")...); a.status != http.StatusBadRequest {
		t.Errorf("an unknown account: HTTP %d", a.status)
	}
}

func TestCodeWorksOnceAndNotForLong(t *testing.T) {
	w := start(t)
	code := w.code()
	w.wantCode(w.exchange(code), 0)
	w.wantCode(w.exchange(code), codeInvalidGrant)
	stale := w.code()
	w.forward(codeLife)
	w.wantCode(w.exchange(stale), codeInvalidGrant)
}

func TestExchangeRefusals(t *testing.T) {
	w := start(t)
	code := w.code()
	cases := []struct {
		name   string
		pairs  []string
		code   int
		status int
	}{
		{"wrong secret", []string{"client_secret", "x"}, codeInvalidClient, 401},
		{"wrong key", []string{"client_id", "1"}, codeInvalidClient, 401},
		{"no secret", []string{"client_secret", ""}, codeInvalidRequest, 400},
		{"grant type", []string{"grant_type", "refresh_token"}, codeGrantType, 400},
		{"another redirect", []string{"redirect_uri", callback + "2"}, codeRedirect, 400},
	}
	for _, c := range cases {
		a := w.exchange(code, c.pairs...)
		if a.code() != c.code || a.status != c.status {
			t.Errorf("%s: HTTP %d, code %d: %s", c.name, a.status, a.code(), a.raw)
		}
	}
	w.wantCode(w.exchange(code), 0)
}

func TestJSONBodyAndBasicAreMissingClientIDs(t *testing.T) {
	w := start(t)
	req := w.request("POST", "/oauth2/access_token", strings.NewReader(`{"client_id":"1352222456","client_secret":"xyz123xyz"}`))
	req.Header.Set("Content-Type", "application/json")
	w.wantCode(w.do(req), codeInvalidRequest)

	req = w.postRequest("/oauth2/access_token", "grant_type", "authorization_code", "code", w.code(), "redirect_uri", callback)
	req.SetBasicAuth("1352222456", "xyz123xyz")
	a := w.do(req)
	w.wantCode(a, codeInvalidRequest)
	if a.body["error_description"] != "miss client id or secret" {
		t.Errorf("%s", a.raw)
	}
}

func TestRedirectMustBeTheRegisteredOne(t *testing.T) {
	w := start(t)
	w.authorize()
	if resp := w.authorize("redirect_uri", "https://elsewhere.example/"); resp.StatusCode != http.StatusBadRequest {
		t.Errorf("HTTP %d", resp.StatusCode)
	}
}

func TestConsentPageListsBrandsAndEscapesTheirNames(t *testing.T) {
	w := start(t)
	w.AddBrand("<i>晴野</i>")
	a := w.get("/oauth2/authorize", "client_id", "1352222456", "redirect_uri", callback)
	page := string(a.raw)
	for _, want := range []string{"山屿咖啡", "&lt;i&gt;晴野", "授权", "取消"} {
		if !strings.Contains(page, want) {
			t.Errorf("the page has no %q", want)
		}
	}
}

func TestARememberedBrowserFlashesThroughUnlessLoginIsForced(t *testing.T) {
	w := start(t)
	cookie := w.authorize().Cookies()[0]
	again := func(force string) int {
		q := url.Values{"client_id": {"1352222456"}, "redirect_uri": {callback}, "forcelogin": {force}}
		req := w.request("GET", "/oauth2/authorize?"+q.Encode(), nil)
		req.AddCookie(cookie)
		return w.do(req).status
	}
	if status := again("false"); status != http.StatusFound {
		t.Errorf("not forced: HTTP %d", status)
	}
	if status := again("true"); status != http.StatusOK {
		t.Errorf("forced: HTTP %d", status)
	}
}

func TestTokenInfoHasNumbersAndExpireInWithoutS(t *testing.T) {
	w := start(t)
	w.forward(time.Hour)
	a := w.post("/oauth2/get_token_info")
	if a.body["uid"] != json.Number(w.brand) || a.body["appkey"] != json.Number("1352222456") || a.body["expire_in"] != json.Number("2588400") {
		t.Errorf("%s", a.raw)
	}
}

func TestTokensDieByRevocationAndByTime(t *testing.T) {
	w := start(t)
	w.wantCode(w.get("/2/account/get_uid.json"), 0)
	w.ExpireToken(w.brand)
	w.wantCode(w.get("/2/account/get_uid.json"), codeExpired)
	w.token = w.Authorize(w.brand)
	w.wantCode(w.get("/2/account/get_uid.json"), 0)
	if a := w.post("/oauth2/revokeoauth2"); a.body["result"] != "true" {
		t.Errorf("revoke answered %s", a.raw)
	}
	w.wantCode(w.get("/2/account/get_uid.json"), codeRevoked)
}

func TestTokenIsTakenFromParameterOrOAuth2SchemeOnly(t *testing.T) {
	w := start(t)
	cases := []struct {
		header string
		code   int
	}{
		{"OAuth2 " + w.token, 0},
		{"Bearer " + w.token, codeUnauthenticated},
		{"", codeNoSource},
		{"OAuth2 2.00unknown", codeInvalidToken},
	}
	for _, c := range cases {
		req := w.request("GET", "/2/account/get_uid.json", nil)
		req.Header.Set("Authorization", c.header)
		if a := w.do(req); a.code() != c.code {
			t.Errorf("%q: %s", c.header, a.raw)
		}
	}
}

func TestAnUnreviewedAppBindsFewBrands(t *testing.T) {
	w := start(t, func(o *Options) { o.Quotas.TestUsers = 1 })
	other := w.AddBrand("晴野户外")
	back, _ := w.authorize("login_as", other).Location()
	w.wantCode(w.exchange(back.Query().Get("code")), codeTestUsers)
}

func TestALostTokenAnswerHasUsedUpItsCode(t *testing.T) {
	for _, kind := range []string{FaultAcceptThenDrop, FaultGarbage} {
		w := start(t)
		code := w.code()
		w.Fault(Fault{Endpoint: "oauth2/access_token", Kind: kind, Times: 1})
		req := w.postRequest("/oauth2/access_token", "client_id", "1352222456", "client_secret", "xyz123xyz",
			"grant_type", "authorization_code", "code", code, "redirect_uri", callback)
		if a, err := w.try(req); err == nil && a.body != nil {
			t.Errorf("%s: %s", kind, a.raw)
		}
		w.wantCode(w.exchange(code), codeInvalidGrant)
	}
}

func TestLoginCanBeDown(t *testing.T) {
	w := start(t)
	w.Fault(Fault{Endpoint: "oauth2/access_token", Kind: FaultFail, Code: codeSystem, Times: 1})
	code := w.code()
	w.wantCode(w.exchange(code), codeSystem)
	w.wantCode(w.exchange(code), 0)
}
