package api

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// readyWithin bounds the look at readiness: a load balancer that waits longer has given up.
const readyWithin = 2 * time.Second

// Admin answers for whoever runs the program, on a listener that must not be reachable from outside: alive (touches nothing), ready, and the
// measurements. ready gives a note where something is missing that can be missed, or an error where no work should be sent here.
func Admin(ready func(context.Context) (note string, err error), measured prometheus.Gatherer) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /livez", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprintln(w, "alive") })
	mux.HandleFunc("GET /readyz", func(w http.ResponseWriter, r *http.Request) {
		ctx, cancel := context.WithTimeout(r.Context(), readyWithin)
		defer cancel()
		note, err := ready(ctx)
		if err != nil {
			http.Error(w, "not ready: "+err.Error(), http.StatusServiceUnavailable)
			return
		}
		fmt.Fprintln(w, "ready", note)
	})
	mux.Handle("GET /metrics", promhttp.HandlerFor(measured, promhttp.HandlerOpts{ErrorHandling: promhttp.ContinueOnError}))
	return mux
}
