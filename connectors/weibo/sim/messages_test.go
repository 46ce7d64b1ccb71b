package sim

import (
	"bytes"
	"encoding/json"
	"fmt"
	"mime/multipart"
	"net/http"
	"strings"
	"testing"
	"time"
)

func TestReplyIsRefusedOnceTheWindowHasClosed(t *testing.T) {
	w := start(t, withQuotas)
	fan := w.AddFan("小雨")
	w.wantCode(w.dm(fan, "您好"), codeNeverContacted)
	fan.DM("在吗")
	w.forward(48*time.Hour - time.Second)
	w.wantCode(w.dm(fan, "您好"), 0)
	w.forward(time.Second)
	w.wantCode(w.dm(fan, "还在吗"), codeWindowClosed)
	fan.Event(w.brand, "click", "MENU_ORDER")
	w.wantCode(w.dm(fan, "在的"), 0)
}

func TestNinetyNineRepliesAWindow(t *testing.T) {
	w := start(t, withQuotas)
	fan := w.AddFan("小雨").DM("在吗")
	for i := range 99 {
		w.wantCode(w.dm(fan, fmt.Sprint(i)), 0)
	}
	w.wantCode(w.dm(fan, "100"), codeAllowanceSpent)
	fan.DM("说完了吗")
	w.wantCode(w.dm(fan, "101"), 0)
}

func TestAnAtEventAllowsOneReply(t *testing.T) {
	w := start(t, withQuotas)
	fan := w.AddFan("阿May").Verified(celebrity, 46000)
	fan.Mention(w.brand, "探店")
	w.wantCode(w.dm(fan, "谢谢"), 0)
	w.wantCode(w.dm(fan, "再谢"), codeAllowanceSpent)
}

func TestWhoUnfollowedOrBlockedCannotBeAnswered(t *testing.T) {
	w := start(t, withQuotas)
	fan := w.AddFan("小雨").DM("在吗").Unfollow(w.brand)
	w.wantCode(w.dm(fan, "您好"), codeNotFollower)
	fan.Follow(w.brand)
	w.wantCode(w.dm(fan, "您好"), 0)
	fan.Block(w.brand)
	w.wantCode(w.dm(fan, "您好呀"), codeBlacklisted)
}

func TestReplyContent(t *testing.T) {
	w := start(t)
	fan := w.AddFan("小雨").DM("在吗")
	article := `{"display_name":"怎么退货","summary":"三步","image":"https://example.com/1.jpg","url":"https://example.com/1"}`
	cases := []struct {
		kind, data string
		code       int
	}{
		{"text", `{"text":"您好"}`, 0},
		{"text", `{"text":"` + strings.Repeat("长", 300) + `"}`, 0},
		{"text", `{"text":"` + strings.Repeat("长", 301) + `"}`, codeTooLong300},
		{"text", `{"text":""}`, codeEmpty},
		{"text", `%7B%22text%22%3A%22x%22%7D`, codeBadValue}, // encoded twice
		{"articles", `{"articles":[` + article + `]}`, 0},
		{"articles", `{"articles":[` + strings.Repeat(article+",", 8) + article + `]}`, codeBadValue},
		{"position", `{"longitude":"116.308586","latitude":"39.982525"}`, 0},
		{"image", `{"media_id":1}`, codeBadValue},
	}
	for _, c := range cases {
		a := w.post("/m/2/messages/reply.json", "type", c.kind, "data", c.data, "receiver_id", fan.UID)
		if a.code() != c.code {
			t.Errorf("%s %.40s: %s", c.kind, c.data, a.raw)
		}
	}
}

func TestASentMessageHasNoID(t *testing.T) {
	w := start(t)
	fan := w.AddFan("小雨").DM("在吗")
	a := w.dm(fan, "您好")
	if _, present := a.body["id"]; present || a.body["result"] != true || a.body["receiver_id"] != json.Number(fan.UID) {
		t.Errorf("%s", a.raw)
	}
	want := Accepted{
		Seq: 1, At: w.clock(), Endpoint: "messages/reply", Kind: KindDM, UID: w.brand, Target: fan.UID, Text: "您好", Type: "text", Answered: true,
	}
	if got := w.Accepted(); len(got) != 1 || got[0] != want {
		t.Errorf("%+v", got)
	}
}

func TestFilesOpenWithTheTokenOfTheirReceiverOnly(t *testing.T) {
	w := start(t)
	h := w.hook(accepting)
	picture := pattern(1, 32)
	w.AddFan("小雨").Image(picture)
	w.settle()
	data := h.bodies[0].Data.(map[string]any)
	fetch := func(fid any, token string) answer {
		return w.get("/upload/2/mss/msget", "fid", fmt.Sprintf("%.0f", fid), "access_token", token)
	}
	if a := fetch(data["tovfid"], w.token); a.contentType != "image/png" || !bytes.Equal(a.raw, picture) {
		t.Errorf("%s, %d bytes", a.contentType, len(a.raw))
	}
	stranger := w.Authorize(w.AddBrand("晴野户外"))
	for name, a := range map[string]answer{
		"another brand": fetch(data["tovfid"], stranger), "the sender's number": fetch(data["vfid"], w.token),
	} {
		if a.status != http.StatusNotFound || a.code() != codeNoFile {
			t.Errorf("%s: HTTP %d %s", name, a.status, a.raw)
		}
	}
}

func TestUploadsAreLimitedByType(t *testing.T) {
	w := start(t)
	send := func(kind string, size int) answer {
		var body bytes.Buffer
		form := multipart.NewWriter(&body)
		part, _ := form.CreateFormFile("media", "a.png")
		_, _ = part.Write(make([]byte, size))
		form.Close()
		req := w.request("POST", "/upload/2/mss/media_upload.json?type="+kind, &body)
		req.Header.Set("Content-Type", form.FormDataContentType())
		req.Header.Set("Authorization", "OAuth2 "+w.token)
		return w.do(req)
	}
	if a := send("image", 1<<20); a.code() != 0 || a.body["media_id"] == nil {
		t.Errorf("%s", a.raw)
	}
	w.wantCode(send("thumb", 128<<10+1), codeBadValue)
	w.wantCode(send("song", 10), codeBadValue)
}
