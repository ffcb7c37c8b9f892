package serve

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// bounds are the upper ends of the histogram of latencies, in seconds.
var bounds = [...]float64{.0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30}

// stats counts what a [Server] has done.
type stats struct {
	running, waiting atomic.Int64
	refused          atomic.Uint64
	loaded, failed   atomic.Uint64 // newer files

	mu       sync.Mutex
	codes    map[int]uint64
	failures map[string]uint64
	buckets  [len(bounds) + 1]uint64
	seconds  float64
	bytes    uint64
	gas      uint64
}

// add counts a request.
func (s *stats) add(end *outcome, took time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.codes == nil {
		s.codes, s.failures = map[int]uint64{}, map[string]uint64{}
	}
	s.codes[end.Status]++
	if end.Err != nil {
		s.failures[kindOf(end.Err)]++
	}
	n, _ := slices.BinarySearch(bounds[:], took.Seconds())
	s.buckets[n]++
	s.seconds += took.Seconds()
	s.bytes += end.Sent
	s.gas += end.used.GasCosts
}

// Metrics tells what s has done, at the path /metrics, in the text format of Prometheus
// (version 0.0.4).
func (s *Server) Metrics() http.Handler {
	m := http.NewServeMux()
	m.HandleFunc("GET /metrics", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/plain; version=0.0.4; charset=utf-8")
		fmt.Fprint(w, s.stats.text())
	})
	return m
}

func (s *stats) text() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var b strings.Builder
	head := func(name, kind, help string) {
		fmt.Fprintf(&b, "# HELP wazedge_%s %s\n# TYPE wazedge_%s %s\n", name, help, name, kind)
	}
	head("requests_total", "counter", "Requests that were answered, by the status of the answer.")
	codes := make([]int, 0, len(s.codes))
	for code := range s.codes {
		codes = append(codes, code)
	}
	slices.Sort(codes)
	for _, code := range codes {
		fmt.Fprintf(&b, "wazedge_requests_total{code=\"%d\"} %d\n", code, s.codes[code])
	}
	head("request_duration_seconds", "histogram", "From a request to the end of its answer.")
	var sum uint64
	for n, bound := range bounds {
		sum += s.buckets[n]
		fmt.Fprintf(&b, "wazedge_request_duration_seconds_bucket{le=\"%g\"} %d\n", bound, sum)
	}
	sum += s.buckets[len(bounds)]
	fmt.Fprintf(&b, "wazedge_request_duration_seconds_bucket{le=\"+Inf\"} %d\n", sum)
	fmt.Fprintf(&b, "wazedge_request_duration_seconds_sum %g\nwazedge_request_duration_seconds_count %d\n", s.seconds, sum)
	head("failures_total", "counter", "Requests whose handler has not made the whole answer, by what came in between.")
	for _, kind := range kinds {
		fmt.Fprintf(&b, "wazedge_failures_total{kind=\"%s\"} %d\n", kind, s.failures[kind])
	}
	single := func(name, kind, help string, n uint64) {
		head(name, kind, help)
		fmt.Fprintf(&b, "wazedge_%s %d\n", name, n)
	}
	single("response_bytes_total", "counter", "Bytes of the bodies of answers.", s.bytes)
	single("gas_total", "counter", "Gas that handlers have used; 0 where it is not measured.", s.gas)
	single("requests_running", "gauge", "Requests that are being answered.", uint64(max(s.running.Load(), 0)))
	single("requests_waiting", "gauge", "Requests that wait for their turn.", uint64(max(s.waiting.Load(), 0)))
	single("requests_refused_total", "counter", "Requests that were not answered by the handler, as too many were under way.", s.refused.Load())
	single("reloads_total", "counter", "Newer files that have taken the place of the one that was served.", s.loaded.Load())
	single("reload_failures_total", "counter", "Newer files that cannot be served.", s.failed.Load())
	return b.String()
}
