package sim

import (
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// charge says which quotas a call is taken from.
type charge int

const (
	chargeOpen       charge = iota // address, and user by hour and day
	chargeWrite                    // the same and the hourly writes
	chargeUnread                   // as open, unless the setting makes it free
	chargeAddress                  // address only: private messages and files
	chargeCommercial               // address over all of /c
	chargeNothing
)

// endpoint is one API of Weibo.
type endpoint struct {
	method string
	path   string // under Base
	name   string // as faults, denials and quotas call it
	charge charge
	answer func(*Sim, *call) (any, *apiError)
}

var endpoints = []endpoint{
	{"GET", "/2/comments/to_me.json", "comments/to_me", chargeOpen, (*Sim).commentsToMe},
	{"GET", "/2/comments/mentions.json", "comments/mentions", chargeOpen, (*Sim).commentMentions},
	{"GET", "/2/comments/by_me.json", "comments/by_me", chargeOpen, (*Sim).commentsByMe},
	{"GET", "/2/comments/timeline.json", "comments/timeline", chargeOpen, (*Sim).commentsTimeline},
	{"GET", "/2/comments/show.json", "comments/show", chargeOpen, (*Sim).commentsOfPost},
	{"GET", "/2/comments/show_batch.json", "comments/show_batch", chargeOpen, (*Sim).commentBatch},
	{"POST", "/2/comments/create.json", "comments/create", chargeWrite, (*Sim).createComment},
	{"POST", "/2/comments/reply.json", "comments/reply", chargeWrite, (*Sim).replyToComment},
	{"POST", "/2/comments/destroy.json", "comments/destroy", chargeOpen, (*Sim).destroyComment},
	{"GET", "/2/statuses/mentions.json", "statuses/mentions", chargeOpen, (*Sim).statusMentions},
	{"GET", "/2/statuses/user_timeline.json", "statuses/user_timeline", chargeOpen, (*Sim).userTimeline},
	{"GET", "/2/statuses/show.json", "statuses/show", chargeOpen, (*Sim).showStatus},
	{"GET", "/2/users/show.json", "users/show", chargeOpen, (*Sim).showUser},
	{"GET", "/2/account/get_uid.json", "account/get_uid", chargeOpen, (*Sim).ownUID},
	{"GET", "/2/account/rate_limit_status.json", "account/rate_limit_status", chargeNothing, (*Sim).rateLimitStatus},

	{"GET", "/c/2/comments/to_me/biz.json", "comments/to_me/biz", chargeCommercial, (*Sim).commentsToMe},
	{"GET", "/c/2/comments/mentions/biz.json", "comments/mentions/biz", chargeCommercial, (*Sim).commentMentions},
	{"GET", "/c/2/comments/by_me/biz.json", "comments/by_me/biz", chargeCommercial, (*Sim).commentsByMe},
	{"POST", "/c/2/comments/reply/biz.json", "comments/reply/biz", chargeCommercial, (*Sim).replyToComment},
	{"GET", "/c/2/statuses/mentions/biz.json", "statuses/mentions/biz", chargeCommercial, (*Sim).statusMentions},
	{"GET", "/c/2/statuses/user_timeline/other.json", "statuses/user_timeline/other", chargeCommercial, (*Sim).otherTimeline},
	{"POST", "/c/2/messages/reply/biz.json", "messages/reply/biz", chargeCommercial, (*Sim).replyToMessage},

	{"GET", "/rm/2/remind/unread_count.json", "remind/unread_count", chargeUnread, (*Sim).unreadCount},
	{"POST", "/m/2/messages/reply.json", "messages/reply", chargeAddress, (*Sim).replyToMessage},
	{"GET", "/upload/2/mss/msget", "mss/msget", chargeAddress, (*Sim).download},
	{"POST", "/upload/2/mss/media_upload.json", "mss/media_upload", chargeAddress, (*Sim).upload},
}

// commercial reports whether the endpoint belongs to the paid family.
func (e endpoint) commercial() bool { return strings.HasPrefix(e.path, "/c/") }

// request is the endpoint as errors name it.
func (e endpoint) request() string {
	_, path, _ := strings.Cut(e.path, "/2/")
	return "/" + path
}

func (s *Sim) mountEndpoints(mux *http.ServeMux) {
	for _, e := range endpoints {
		mux.HandleFunc(e.path, s.serve(e))
	}
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) { s.writeError(w, r.URL.Path, refuse(codeNoSuchAPI)) })
}

// call is one request to an endpoint.
type call struct {
	endpoint endpoint
	r        *http.Request
	form     url.Values
	base     string
	ip       string
	now      time.Time
	user     *brand // owner of the token
	fault    *Fault
	offered  []string // ids that the answer shows
}

// bytesAnswer is an answer that is a file.
type bytesAnswer struct {
	contentType string
	body        []byte
}

// maxBody bounds a request; the largest allowed upload is a video of 2 MB.
const maxBody = 3 << 20

func (s *Sim) serve(e endpoint) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		r.Body = http.MaxBytesReader(w, r.Body, maxBody)
		fault := s.faultFor(e.name)
		if fault.strikesBefore(w, r) {
			return
		}
		answer, refusal := s.perform(e, r, fault)
		switch {
		case fault.strikesAfter(w):
		case refusal != nil:
			s.writeError(w, e.request(), refusal)
		default:
			writeAnswer(w, answer)
		}
	}
}

func writeAnswer(w http.ResponseWriter, answer any) {
	file, isFile := answer.(bytesAnswer)
	if !isFile {
		writeJSON(w, "application/json;charset=UTF-8", http.StatusOK, answer)
		return
	}
	w.Header().Set("Content-Type", file.contentType)
	_, _ = w.Write(file.body) // the peer may be gone; there is nobody to tell
}

func (s *Sim) faultFor(name string) *Fault {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.takeFault(name)
}

// perform runs one call from its token to its answer.
func (s *Sim) perform(e endpoint, r *http.Request, fault *Fault) (any, *apiError) {
	form := formOf(r) // reads the body, which may be slow: not under the lock
	s.mu.Lock()
	defer s.mu.Unlock()
	c := &call{endpoint: e, r: r, form: form, base: s.base(r), ip: address(r), now: s.now(), fault: fault}
	if refusal := s.admit(c); refusal != nil {
		return nil, refusal
	}
	answer, refusal := e.answer(s, c)
	if refusal == nil {
		s.recordPoll(c)
	}
	return answer, refusal
}

// admit refuses a call that may not be made at all.
func (s *Sim) admit(c *call) *apiError {
	if c.r.Method != c.endpoint.method {
		return refuse(codeWrongMethod)
	}
	if c.fault.is(FaultFail) && c.fault.Code != codeDelayed {
		return refuse(c.fault.Code)
	}
	if refusal := s.identify(c); refusal != nil {
		return refusal
	}
	if s.forbidden(c) {
		return refuse(codeNoPermission)
	}
	return s.spend(s.limits(c), c.now)
}

// forbidden reports whether the app lacks permission for the endpoint.
func (s *Sim) forbidden(c *call) bool {
	if c.endpoint.commercial() && s.family != Commercial {
		return true
	}
	return c.user.denied[c.endpoint.name] || c.user.denied[strings.TrimSuffix(c.endpoint.name, "/biz")]
}

func (s *Sim) recordPoll(c *call) {
	if len(c.offered) == 0 {
		return
	}
	outcome := OutcomeAccepted
	if c.fault.lost() {
		outcome = OutcomeLost
	}
	s.offer(Offered{At: c.now, Way: c.endpoint.name, UID: decimal(c.user.uid), IDs: c.offered, Outcome: outcome})
}

// formOf reads the parameters of query and body. A body that is no form has none, and Weibo then misses them.
func formOf(r *http.Request) url.Values {
	if strings.HasPrefix(r.Header.Get("Content-Type"), "multipart/form-data") {
		_ = r.ParseMultipartForm(maxBody)
	} else {
		_ = r.ParseForm()
	}
	if r.Form == nil {
		return url.Values{}
	}
	return r.Form
}

// base is the address that the caller reaches this Weibo at.
func (s *Sim) base(r *http.Request) string {
	if s.opts.Base != "" {
		return s.opts.Base
	}
	return "http://" + r.Host
}

func address(r *http.Request) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return r.RemoteAddr
	}
	return host
}
