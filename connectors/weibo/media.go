package weibo

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"code.dny.dev/ssrf"
	"github.com/gabriel-vasile/mimetype"

	"weibox/inbox"
)

// fileScheme begins the reference of a file that came with a private message: "mss:image:821804469".
const fileScheme = "mss"

func fileRef(kind string, fid id) inbox.MediaRef {
	return inbox.MediaRef(fileScheme + ":" + kind + ":" + string(fid))
}

// allowed are the types a reference of each kind may turn out to be, whatever the platform says about it.
var allowed = map[string][]string{
	"image": {"image/jpeg", "image/png", "image/gif", "image/webp"},
	"voice": {"audio/amr", "audio/mpeg", "audio/mp4", "audio/x-m4a", "audio/aac", "audio/wav", "audio/ogg", "video/mp4"},
}

// Fetch reads the file of a private message, or a picture by its address. Addresses of foreign hosts are refused.
func (c *Connector) Fetch(ctx context.Context, account inbox.Account, ref inbox.MediaRef) (inbox.Blob, error) {
	kind, fid, isFile := parseFileRef(ref)
	if isFile {
		return c.file(ctx, account, kind, fid)
	}
	return c.picture(ctx, string(ref))
}

func parseFileRef(ref inbox.MediaRef) (kind, fid string, ok bool) {
	parts := strings.Split(string(ref), ":")
	if len(parts) != 3 || parts[0] != fileScheme || allowed[parts[1]] == nil || positiveInteger(parts[2]) == "" {
		return "", "", false
	}
	return parts[1], parts[2], true
}

// file asks the file service with the brand's token (docs/platforms/weibo.md §4.7). It has no id of its own, so its refusals are read too.
func (c *Connector) file(ctx context.Context, account inbox.Account, kind, fid string) (inbox.Blob, error) {
	r := c.request(account, fileDownload, inbox.ForReading, url.Values{"fid": {fid}})
	p := c.pool(r.account, r.endpoint)
	if err := c.spend(ctx, r.purpose, p); err != nil {
		return inbox.Blob{}, err
	}
	req, err := r.http(ctx)
	if err != nil {
		return inbox.Blob{}, err
	}
	got, err := c.exchange(c.reader, req, c.settings.MaxMedia)
	if err != nil {
		return inbox.Blob{}, fmt.Errorf("weibo %s: %w", fileDownload, err)
	}
	if code, said := codeIn(got.body); code != "" {
		return inbox.Blob{}, c.refused(ctx, p, refusal(code, said, fileDownload))
	}
	return got.blob(kind)
}

func (c *Connector) picture(ctx context.Context, address string) (inbox.Blob, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return inbox.Blob{}, errForeign
	}
	got, err := c.exchange(c.pictures, req, c.settings.MaxMedia)
	if err != nil {
		return inbox.Blob{}, fmt.Errorf("weibo picture: %w", err)
	}
	return got.blob("image")
}

// blob checks what came: the bytes say what they are, not the header.
func (a answer) blob(kind string) (inbox.Blob, error) {
	switch {
	case a.status == http.StatusNotFound || a.status == http.StatusGone:
		return inbox.Blob{}, &inbox.Refusal{Kind: inbox.RefusedGone, Code: fmt.Sprint(a.status), ZH: "微博上已没有这个文件", EN: "Weibo no longer has this file"}
	case a.status != http.StatusOK:
		return inbox.Blob{}, fmt.Errorf("weibo file: HTTP status %d", a.status)
	}
	sniffed := mimetype.Detect(a.body)
	for _, contentType := range allowed[kind] {
		if sniffed.Is(contentType) {
			return inbox.Blob{ContentType: contentType, Bytes: a.body}, nil
		}
	}
	return inbox.Blob{}, &inbox.Error{Code: inbox.Invalid, ZH: "文件类型不受支持，未保存", EN: "the file is of a type that is not kept",
		Cause: errors.New(sniffed.String() + " is no " + kind)}
}

var errForeign = &inbox.Error{Code: inbox.Denied, ZH: "图片不在微博的服务器上，未下载", EN: "the picture is not on Weibo's servers and was not fetched"}

// guard lets pictures be fetched from Weibo's picture hosts, at public addresses only, and from configured hosts wherever they are.
type guard struct {
	trusted, guarded http.RoundTripper
	hosts            map[string]bool // host:port of configured addresses
}

func newGuard(s Settings, trusted http.RoundTripper) *guard {
	g := &guard{trusted: trusted, guarded: transport(s.DialTimeout, ssrf.New().Safe), hosts: map[string]bool{}}
	for _, address := range s.addresses() {
		if u, err := url.Parse(address); err == nil && u.Host != "" {
			g.hosts[u.Host] = true
		}
	}
	return g
}

func (g *guard) RoundTrip(req *http.Request) (*http.Response, error) {
	switch {
	case req.URL.Scheme != "http" && req.URL.Scheme != "https", req.URL.User != nil:
		return nil, errForeign
	case g.hosts[req.URL.Host]:
		return g.trusted.RoundTrip(req)
	case onPictureHost(req.URL):
		return g.guarded.RoundTrip(req)
	default:
		return nil, errForeign
	}
}

const pictureHosts = ".sinaimg.cn"

func onPictureHost(u *url.URL) bool {
	return strings.HasSuffix("."+strings.ToLower(u.Hostname()), pictureHosts)
}

// sameSource follows at most two redirects, each to the host it came from or between Weibo's picture hosts.
func sameSource(req *http.Request, via []*http.Request) error {
	from := via[len(via)-1].URL
	if len(via) > 2 || (req.URL.Host != from.Host && !(onPictureHost(req.URL) && onPictureHost(from))) {
		return errForeign
	}
	return nil
}
