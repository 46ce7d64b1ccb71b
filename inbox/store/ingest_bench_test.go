package store_test

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"testing"
	"time"

	"weibox/inbox"
	"weibox/inbox/store/storetest"
)

// BenchmarkIngest stores groups of a hundred pushes in one transaction each: of fans nobody has met, and of fans who write again.
func BenchmarkIngest(b *testing.B) {
	storetest.Bench(b, func(b *testing.B, h *storetest.House) {
		for _, fans := range []string{"new", "known"} {
			b.Run(fans, func(b *testing.B) {
				const group = 100
				n := 0
				for b.Loop() {
					batches := make([]inbox.Batch, group)
					for i := range batches {
						n++
						fan := n
						if fans == "known" {
							fan = i
						}
						batches[i] = inbox.Batch{Account: h.Bound, Origin: inbox.OriginWebhook, Items: []inbox.Inbound{privateMessage(fan, n)}}
					}
					if _, err := h.Store.Ingest(context.Background(), batches); err != nil {
						b.Fatal(err)
					}
				}
				b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(b.N*group), "µs/msg")
			})
		}
	})
}

func privateMessage(fan, n int) inbox.Inbound {
	return inbox.Inbound{Object: inbox.ObjectDM, Kind: inbox.KindDM, ExternalID: inbox.ExternalID(fmt.Sprintf("h:%d:%064d", os.Getpid(), n)), Direction: inbox.In,
		Contact: inbox.ContactSighting{ExternalID: inbox.ExternalID(fmt.Sprint(2600000000 + fan))}, Place: inbox.PlaceDM, Type: "text",
		Text: "快递什么时候到？已经等了三天了，麻烦帮我看一下物流，谢谢[泪]", At: time.Now(),
		Window: inbox.WindowMove{For: 48 * time.Hour, Allowance: 99}, Raw: json.RawMessage(`{"type":"text","receiver_id":1900000001,"sender_id":2600000001,"data":{}}`)}
}
