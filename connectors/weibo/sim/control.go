package sim

import (
	"cmp"
	"encoding/json"
	"fmt"
	"net/http"
)

// mountControl serves what the sandbox page and tests in other languages drive. Ids are strings; an error is {"error": "sentence"}.
func (s *Sim) mountControl(mux *http.ServeMux) {
	mux.HandleFunc("GET /control/state", func(w http.ResponseWriter, r *http.Request) { s.tell(w, s.state(s.base(r)), nil) })
	mux.HandleFunc("GET /control/posts", func(w http.ResponseWriter, r *http.Request) {
		posts, err := s.postsView(r.FormValue("brand"), s.base(r))
		s.tell(w, map[string]any{"posts": posts}, err)
	})
	mux.HandleFunc("GET /control/chats", func(w http.ResponseWriter, r *http.Request) {
		chats, err := s.chatsView(r.FormValue("brand"), s.base(r))
		s.tell(w, map[string]any{"chats": chats}, err)
	})
	mux.HandleFunc("GET /control/ledger", func(w http.ResponseWriter, r *http.Request) { s.tell(w, s.Ledger().orEmpty(), nil) })
	mux.HandleFunc("DELETE /control/faults", func(w http.ResponseWriter, r *http.Request) { s.ClearFaults(); s.tell(w, done, nil) })

	order(s, mux, "brands", s.orderBrand)
	order(s, mux, "fans", s.orderFan)
	order(s, mux, "posts", s.orderPost)
	order(s, mux, "dm", s.orderDM)
	order(s, mux, "comments", s.orderComment)
	order(s, mux, "mentions", s.orderMention)
	order(s, mux, "events", s.orderEvent)
	order(s, mux, "native", s.orderNative)
	order(s, mux, "burst", s.orderBurst)
	order(s, mux, "traffic", s.orderTraffic)
	order(s, mux, "family", s.orderFamily)
	order(s, mux, "push", s.orderPush)
	order(s, mux, "revoke", func(o brandOrder) (any, error) { return s.onBrand(o.Brand, s.Revoke) })
	order(s, mux, "expire", func(o brandOrder) (any, error) { return s.onBrand(o.Brand, s.ExpireToken) })
	order(s, mux, "deny", func(o denyOrder) (any, error) { return done, s.Deny(o.Brand, o.Endpoint) })
	order(s, mux, "delete", func(o deleteOrder) (any, error) { return done, s.Delete(cmp.Or(o.Comment, o.Post)) })
	order(s, mux, "fault", s.orderFault)
	order(s, mux, "authorize_all", func(o authorizeOrder) (any, error) { s.AuthoriseAll(o.Authorized); return done, nil })
	mux.HandleFunc("/control/", func(w http.ResponseWriter, r *http.Request) {
		s.tell(w, nil, fmt.Errorf("there is no %s %s here", r.Method, r.URL.Path))
	})
}

// done answers an order that makes nothing with an id.
var done = map[string]bool{"ok": true}

// order mounts one POST whose body is the JSON of an order.
func order[Order any](s *Sim, mux *http.ServeMux, name string, obey func(Order) (any, error)) {
	mux.HandleFunc("POST /control/"+name, func(w http.ResponseWriter, r *http.Request) {
		var o Order
		decoder := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxBody))
		decoder.DisallowUnknownFields()
		if err := decoder.Decode(&o); err != nil {
			s.tell(w, nil, fmt.Errorf("the body cannot be read: %w", err))
			return
		}
		answer, err := obey(o)
		s.tell(w, answer, err)
	})
}

func (s *Sim) tell(w http.ResponseWriter, answer any, err error) {
	status := http.StatusOK
	if err != nil {
		status, answer = http.StatusBadRequest, map[string]string{"error": err.Error()}
	}
	writeJSON(w, "application/json; charset=utf-8", status, answer)
}
