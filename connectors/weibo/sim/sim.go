package sim

import (
	"context"
	"math/rand/v2"
	"net/http"
	"sync"
	"time"
)

// Sim is one pretend Weibo with one registered app.
type Sim struct {
	opts Options

	mu       sync.Mutex // guards everything below
	rng      *rand.Rand // uids, tokens, nonces
	whim     *rand.Rand // what fans do, whatever else goes on
	family   string
	callback string
	usedIDs  map[int64]bool
	people   map[int64]*person
	brands   []*brand
	fans     []*person
	posts    []*post    // ascending by id
	comments []*comment // ascending by id
	chats    map[chatKey]*chat
	files    map[int64]*file
	codes    map[string]*grant
	tokens   map[string]*token
	counters map[string]*counter
	faults   []*Fault
	ledger   Ledger
	lanes    map[laneKey]*lane
	held     map[int64]*delivery // by brand: a push that waits to be overtaken
	underway int                 // pushes not yet settled
	settled  *sync.Cond          // there are none any more
	traffic  traffic
	pending  []later
	said     map[string]int // how often fans have said what
	errors   int            // answered so far; decides between the two shapes of an error

	pushing sync.WaitGroup
	ctx     context.Context
	cancel  context.CancelFunc
}

// New returns a Weibo without people.
func New(opts Options) *Sim {
	opts = opts.withDefaults()
	ctx, cancel := context.WithCancel(context.Background())
	s := &Sim{
		opts:     opts,
		rng:      rand.New(rand.NewPCG(opts.Seed, 1)),
		whim:     rand.New(rand.NewPCG(opts.Seed, 2)),
		family:   opts.Family,
		callback: opts.Callback,
		usedIDs:  map[int64]bool{},
		people:   map[int64]*person{},
		chats:    map[chatKey]*chat{},
		files:    map[int64]*file{},
		codes:    map[string]*grant{},
		tokens:   map[string]*token{},
		counters: map[string]*counter{},
		lanes:    map[laneKey]*lane{},
		held:     map[int64]*delivery{},
		traffic:  traffic{Paused: true, Scene: Daily},
		said:     map[string]int{},
		ctx:      ctx,
		cancel:   cancel,
	}
	s.settled = sync.NewCond(&s.mu)
	return s
}

// Handler serves all endpoints and /control, at paths relative to Options.Base.
func (s *Sim) Handler() http.Handler {
	mux := http.NewServeMux()
	s.mountOAuth(mux)
	s.mountEndpoints(mux)
	s.mountPictures(mux)
	s.mountControl(mux)
	return mux
}

// Run lets the fans live: background traffic, follow-ups, and answers to what the brands write. It returns when ctx ends.
// Pushes and their retries do not wait for it.
func (s *Sim) Run(ctx context.Context) error {
	ticker := time.NewTicker(beat)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-s.ctx.Done():
			return nil
		case <-ticker.C:
			s.live()
		}
	}
}

// Close abandons pushes under way and waits for their goroutines.
func (s *Sim) Close() {
	s.mu.Lock()
	s.cancel()
	s.settled.Broadcast()
	s.mu.Unlock()
	s.pushing.Wait()
}

// SetFamily switches the endpoints that the app key may call.
func (s *Sim) SetFamily(family string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.family = family
}

// Family is the one whose endpoints the app key may call now.
func (s *Sim) Family() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.family
}

func (s *Sim) now() time.Time { return s.opts.Now() }
