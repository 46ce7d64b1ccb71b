package weibo

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"weibox/inbox"
)

const (
	png  = "\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x01\x00\x00\x00\x01\x08\x02\x00\x00\x00\x90wS\xde"
	amr  = "#!AMR\n\x3c\x91\x17\x16"
	html = "<html><script>alert(1)</script></html>"
	svg  = `<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>`
)

func fetch(r *rig, ref string) (inbox.Blob, error) {
	return r.Fetch(context.Background(), r.account, inbox.MediaRef(ref))
}

func TestAFileIsFetchedWithTheBrandsToken(t *testing.T) {
	r := rigged(t)
	r.platform.says("/upload/2/mss/msget", 200, png)
	got := must(fetch(r, "mss:image:821804469"))(t)
	if got.ContentType != "image/png" || string(got.Bytes) != png {
		t.Errorf("%s, %d bytes", got.ContentType, len(got.Bytes))
	}
	if asked := r.platform.last(); asked.query != "fid=821804469" || asked.header.Get("Authorization") != "OAuth2 "+canary {
		t.Errorf("%+v", asked)
	}
	r.platform.says("/upload/2/mss/msget", 200, amr)
	if got := must(fetch(r, "mss:voice:821804470"))(t); got.ContentType != "audio/amr" {
		t.Errorf("%s", got.ContentType)
	}
}

func TestBytesSayWhatTheyAre(t *testing.T) {
	for name, body := range map[string]string{"a page": html, "a drawing with a script": svg, "sound": amr, "nothing": "", "text": "hello"} {
		r := rigged(t)
		r.platform.on("/upload/2/mss/msget", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "image/png")
			_, _ = w.Write([]byte(body))
		})
		if got, err := fetch(r, "mss:image:7"); inbox.CodeOf(err) != inbox.Invalid {
			t.Errorf("%s was kept as %s, %v", name, got.ContentType, err)
		}
	}
}

func TestAFileTooLargeIsNotRead(t *testing.T) {
	r := rigged(t, func(s *Settings) { s.MaxMedia = 100 })
	r.platform.says("/upload/2/mss/msget", 200, png+strings.Repeat("x", 101-len(png)))
	if _, err := fetch(r, "mss:image:7"); inbox.CodeOf(err) != inbox.TooLarge {
		t.Error(err)
	}
	r.platform.says("/upload/2/mss/msget", 200, png+strings.Repeat("x", 100-len(png)))
	must(fetch(r, "mss:image:7"))(t)
}

func TestAFileThatIsGoneOrRefusedIsSaidSo(t *testing.T) {
	r := rigged(t)
	r.platform.says("/upload/2/mss/msget", 404, "")
	if _, err := fetch(r, "mss:image:7"); inbox.RefusalOf(err) == nil || inbox.RefusalOf(err).Kind != inbox.RefusedGone {
		t.Error(err)
	}
	r.platform.says("/upload/2/mss/msget", 200, `{"error":"expired_token","error_code":21327}`)
	if _, err := fetch(r, "mss:image:7"); inbox.RefusalOf(err) == nil || inbox.RefusalOf(err).Kind != inbox.RefusedToken {
		t.Error(err)
	}
}

func TestAPictureOfAConfiguredHostIsFetchedWithoutTheToken(t *testing.T) {
	r := rigged(t)
	r.platform.says("/img/1.png", 200, png)
	must(fetch(r, r.platform.URL+"/img/1.png"))(t)
	if asked := r.platform.last(); asked.header.Get("Authorization") != "" {
		t.Error("the token went along")
	}
}

func TestForeignAddressesAreNotAsked(t *testing.T) {
	asked := 0
	foreign := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { asked++; _, _ = w.Write([]byte(png)) }))
	defer foreign.Close()
	r := rigged(t)
	host := strings.TrimPrefix(foreign.URL, "http://")
	for _, ref := range []string{
		foreign.URL + "/x.png", "http://169.254.169.254/latest/meta-data", "http://localhost:1/x", "http://[::1]:1/x", "http://evilsinaimg.cn/x.png",
		"http://wx1.sinaimg.cn.evil.example/x.png", "http://wx1.sinaimg.cn@" + host + "/x.png", "file:///etc/passwd", "gopher://wx1.sinaimg.cn/", "//x", "", "mss:image:../7", "mss:exe:7", "\x7f",
	} {
		if got, err := fetch(r, ref); err == nil {
			t.Errorf("%q gave %d bytes", ref, len(got.Bytes))
		}
	}
	if asked != 0 {
		t.Errorf("a foreign host was asked %d times", asked)
	}
}

// way is a transport that only says which one it is.
type way string

func (w way) RoundTrip(*http.Request) (*http.Response, error) { return nil, errors.New(string(w)) }

func TestTheGuardLetsOnlyPictureHostsAndConfiguredOnesThrough(t *testing.T) {
	s := Defaults().Under("http://127.0.0.1:8080/sim/weibo")
	g := newGuard(s, way("trusted"))
	g.guarded = way("guarded")
	for address, want := range map[string]string{
		"http://127.0.0.1:8080/img/1.png": "trusted", "https://wx1.sinaimg.cn/a.jpg": "guarded", "https://WX1.SINAIMG.CN/a.jpg": "guarded",
		"https://sinaimg.cn/a.jpg": "guarded", "http://127.0.0.1:8081/a": "", "http://127.0.0.1/a": "", "https://evilsinaimg.cn/a": "",
		"https://sinaimg.cn.evil.example/a": "", "https://example.com/a": "", "ftp://wx1.sinaimg.cn/a": "", "https://u:p@wx1.sinaimg.cn/a": "",
	} {
		req := must(http.NewRequest(http.MethodGet, address, nil))(t)
		_, err := g.RoundTrip(req)
		if want == "" && inbox.CodeOf(err) != inbox.Denied || want != "" && err.Error() != want {
			t.Errorf("%s: %v, want %q", address, err, want)
		}
	}
}

func TestAPictureHostThatResolvesToAPrivateAddressIsRefused(t *testing.T) {
	r := rigged(t)
	g := newGuard(r.settings, http.DefaultTransport)
	asked := 0
	inside := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { asked++ }))
	defer inside.Close()
	req := must(http.NewRequest(http.MethodGet, inside.URL, nil))(t)
	if resp, err := g.guarded.RoundTrip(req); err == nil {
		resp.Body.Close()
		t.Error("the guard let a loopback address through")
	}
	if asked != 0 {
		t.Error("the inside was asked")
	}
}

func TestARedirectMayNotLeaveItsSource(t *testing.T) {
	r := rigged(t)
	foreign := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte(png)) }))
	defer foreign.Close()
	to := func(address string) http.HandlerFunc {
		return func(w http.ResponseWriter, req *http.Request) { http.Redirect(w, req, address, http.StatusFound) }
	}
	r.platform.says("/img/3.png", 200, png)
	r.platform.on("/img/2.png", to("/img/3.png"))
	r.platform.on("/img/1.png", to("/img/2.png"))
	r.platform.on("/img/0.png", to("/img/1.png"))
	r.platform.on("/img/out.png", to(foreign.URL))
	must(fetch(r, r.platform.URL+"/img/1.png"))(t)
	for _, path := range []string{"/img/0.png", "/img/out.png"} {
		if _, err := fetch(r, r.platform.URL+path); inbox.CodeOf(err) != inbox.Denied {
			t.Errorf("%s: %v", path, err)
		}
	}
	r.platform.on("/upload/2/mss/msget", to(foreign.URL))
	if got, err := fetch(r, "mss:image:7"); err == nil {
		t.Errorf("the file service led elsewhere: %d bytes", len(got.Bytes))
	}
}
