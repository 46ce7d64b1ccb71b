package chaos

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"weibox/connectors/weibo/sim"
)

// crowd are the fans. Nine of ten things they write are private messages, which are pushed; the tenth is a comment, which must be polled.
type crowd struct {
	house *house
	fans  []*sim.Fan
	pace  atomic.Int64 // events a second

	written  atomic.Int64
	mu       sync.Mutex
	comments map[string]time.Time // by id: when it was written
	posted   map[string]bool      // texts that we pushed ourselves and that were acknowledged
}

const fansOfHouse = 240

func newCrowd(h *house) *crowd {
	c := &crowd{house: h, comments: map[string]time.Time{}, posted: map[string]bool{}}
	for i := range fansOfHouse {
		c.fans = append(c.fans, h.weibo.AddFan(fmt.Sprintf("粉丝%03d", i)))
	}
	return c
}

const crowdBeat = 20 * time.Millisecond

// run lets the fans write at their pace until ctx ends.
func (c *crowd) run(ctx context.Context) {
	owed := 0.0
	for sleep(ctx, crowdBeat) {
		owed += float64(c.pace.Load()) * crowdBeat.Seconds()
		for ; owed >= 1; owed-- {
			c.write(c.written.Add(1))
		}
	}
}

func (c *crowd) write(n int64) {
	b := c.house.brands[rand.IntN(len(c.house.brands))]
	fan := c.fans[rand.IntN(len(c.fans))].To(b.uid)
	if n%10 != 0 {
		fan.DM(fmt.Sprintf("dm-%d 快递什么时候到？", n))
		return
	}
	id := fan.Comment(b.posts[rand.IntN(len(b.posts))], fmt.Sprintf("comment-%d 好喝吗？", n), "")
	c.mu.Lock()
	defer c.mu.Unlock()
	c.comments[id] = time.Now()
}

// pushTogether delivers one message several times at the same moment, as a platform does that has lost patience.
func (c *crowd) pushTogether(ctx context.Context, times int) {
	n := c.written.Add(1)
	b, fan := c.house.brands[0], c.fans[rand.IntN(len(c.fans))]
	text := fmt.Sprintf("dm-%d 在吗", n)
	body := fmt.Sprintf(`{"type":"text","receiver_id":%s,"sender_id":%s,"created_at":%q,"text":%q,"data":{}}`, b.uid, fan.UID, time.Now().Format(time.RubyDate), text)
	var all sync.WaitGroup
	for range times {
		all.Go(func() {
			if !c.push(ctx, b.hook, body) {
				return
			}
			c.mu.Lock()
			defer c.mu.Unlock()
			c.posted[text] = true
		})
	}
	all.Wait()
}

func (c *crowd) push(ctx context.Context, hook, body string) bool {
	timestamp, nonce := strconv.FormatInt(time.Now().UnixMilli(), 10), strconv.Itoa(rand.IntN(90_000_000)+10_000_000)
	query := url.Values{"timestamp": {timestamp}, "nonce": {nonce}, "signature": {sim.Signature(appSecret, timestamp, nonce)}}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, hook+"?"+query.Encode(), strings.NewReader(body))
	if err != nil {
		return false
	}
	req.Header.Set("Content-Type", "application/json")
	response, err := c.house.client.Do(req)
	if err != nil {
		return false
	}
	drained(response.Body)
	return response.StatusCode == http.StatusOK
}

var answerIn = regexp.MustCompile(`answer-(\d+)`)

func answerText(n int64) string { return fmt.Sprintf("answer-%d 您好，马上为您查询", n) }

// answerOf finds which answer a text is; 0 if none of ours.
func answerOf(text string) int64 {
	found := answerIn.FindStringSubmatch(text)
	if found == nil {
		return 0
	}
	n, _ := strconv.ParseInt(found[1], 10, 64)
	return n
}
