package sim

import (
	"bytes"
	"image"
	"image/color"
	"image/png"
	"net/http"
	"strings"
	"time"
)

// file is what a fan or a brand has put into the message store (docs/platforms/weibo.md §4.7).
type file struct {
	owner       int64 // brand whose token opens it
	contentType string
	body        []byte
}

// store keeps a file and returns its number for the receiver; the number before it is the sender's.
func (s *Sim) store(f file) int64 {
	for {
		tovfid := 800_000_000 + s.rng.Int64N(90_000_000)
		if s.files[tovfid] == nil && s.files[tovfid-1] == nil && s.files[tovfid+1] == nil {
			s.files[tovfid] = &f
			return tovfid
		}
	}
}

func (s *Sim) imageMessage(b *brand, picture []byte, at time.Time) *message {
	if picture == nil {
		picture = pattern(s.rng.Uint64(), 320)
	}
	return s.fileMessage(b, typeImage, "发了一张图片", file{contentType: http.DetectContentType(picture), body: picture}, at)
}

// voiceMessage is a second of silence in AMR.
func (s *Sim) voiceMessage(b *brand, at time.Time) *message {
	const silence = "\x3c\x91\x17\x16\xbe\x66\x79\xe1\xe0\x01\xe7\xaf\xf0\x00\x00\x00\x80\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"
	voice := []byte("#!AMR\n" + strings.Repeat(silence, 50))
	return s.fileMessage(b, typeVoice, "发了一个语音消息", file{contentType: "audio/amr", body: voice}, at)
}

// download answers mss/msget: bytes for the receiver of the file, and for everybody else there is no such file.
func (s *Sim) download(c *call) (any, *apiError) {
	f := s.files[number(c.form.Get("fid"))]
	if f == nil || f.owner != c.user.uid {
		return nil, refuse(codeNoFile)
	}
	return bytesAnswer{f.contentType, f.body}, nil
}

// uploadLimits are the largest files by type, in bytes.
var uploadLimits = map[string]int{"image": 1 << 20, "voice": 1 << 20, "video": 2 << 20, "thumb": 128 << 10}

func (s *Sim) upload(c *call) (any, *apiError) {
	limit, known := uploadLimits[c.form.Get("type")]
	if !known {
		return nil, refuse(codeBadValue, "type")
	}
	body, found := mediaField(c.r)
	if !found {
		return nil, refuse(codeMissing, "media")
	}
	if len(body) > limit {
		return nil, refuse(codeBadValue, "media")
	}
	id := s.store(file{owner: c.user.uid, contentType: http.DetectContentType(body), body: body})
	return map[string]any{"type": c.form.Get("type"), "media_id": id, "created_at": weiboDate(c.now)}, nil
}

// mediaField returns the multipart field `media`, which has been read already.
func mediaField(r *http.Request) ([]byte, bool) {
	part, _, err := r.FormFile("media")
	if err != nil {
		return nil, false
	}
	defer part.Close()
	var b bytes.Buffer
	_, err = b.ReadFrom(part)
	return b.Bytes(), err == nil
}

func (s *Sim) mountPictures(mux *http.ServeMux) {
	mux.HandleFunc("GET /img/avatar/{size}/{name}", func(w http.ResponseWriter, r *http.Request) {
		size := 180
		if r.PathValue("size") == "50" {
			size = 50
		}
		writePicture(w, pattern(nameSeed(r), size))
	})
	mux.HandleFunc("GET /img/dm/{name}", s.messagePicture)
	for _, size := range []string{"thumbnail", "bmiddle", "large"} {
		mux.HandleFunc("GET /img/"+size+"/{name}", func(w http.ResponseWriter, r *http.Request) {
			writePicture(w, pattern(nameSeed(r), 320))
		})
	}
}

// messagePicture shows a picture of a chat on the control page, which has no token.
func (s *Sim) messagePicture(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	f := s.files[int64(nameSeed(r))]
	s.mu.Unlock()
	if f == nil || !strings.HasPrefix(f.contentType, "image/") {
		http.NotFound(w, r)
		return
	}
	w.Header().Set("Content-Type", f.contentType)
	_, _ = w.Write(f.body) // the peer may be gone; there is nobody to tell
}

func nameSeed(r *http.Request) uint64 {
	name, _, _ := strings.Cut(r.PathValue("name"), ".")
	return uint64(number(name))
}

func writePicture(w http.ResponseWriter, picture []byte) {
	w.Header().Set("Content-Type", "image/png")
	w.Header().Set("Cache-Control", "public, max-age=86400")
	_, _ = w.Write(picture) // the peer may be gone; there is nobody to tell
}

// pattern draws a square PNG, five by five fields mirrored at the middle, that is the same for the same seed.
func pattern(seed uint64, size int) []byte {
	seed = (seed + 0x9e3779b97f4a7c15) * 0xbf58476d1ce4e5b9
	ink := color.RGBA{uint8(60 + seed>>8%140), uint8(60 + seed>>16%140), uint8(60 + seed>>24%140), 255}
	img := image.NewPaletted(image.Rect(0, 0, size, size), color.Palette{color.RGBA{242, 244, 247, 255}, ink})
	for y := range size {
		for x := range size {
			column, row := x*5/size, y*5/size
			field := min(column, 4-column)*5 + row
			img.SetColorIndex(x, y, uint8(seed>>(32+field)&1))
		}
	}
	var b bytes.Buffer
	_ = png.Encode(&b, img) // a buffer takes everything
	return b.Bytes()
}
