// Command load asks an HTTP server many things at once, checks that each answer is the one
// to its question, and tells how long they took. With -native it is a server that answers as
// the handler in testdata/serve does, for comparison.
//
//	go run ./bench/load -url http://127.0.0.1:8080/id -n 20000 -c 200
package main

import (
	"flag"
	"fmt"
	"io"
	"net/http"
	"os"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

func main() {
	url := flag.String("url", "http://127.0.0.1:8080/id", "what to ask; the question is put behind it, as a query, and is to be in the answer")
	total := flag.Int("n", 20000, "how many questions")
	connections := flag.Int("c", 200, "over how many connections")
	suffix := flag.String("suffix", "\n", "what is behind the path and query in the answer")
	native := flag.String("native", "", "answer at this address instead")
	flag.Parse()
	if *native != "" {
		fmt.Fprintln(os.Stderr, http.ListenAndServe(*native, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", "text/plain")
			fmt.Fprintf(w, "%s\n", r.URL.RequestURI())
		})))
		os.Exit(1)
	}
	r := run(*url, *suffix, *total, *connections)
	fmt.Println(r)
	if r.wrong+r.lost > 0 {
		os.Exit(1)
	}
}

// result is what came of a run.
type result struct {
	total, wrong, lost int
	first              string // that went wrong
	took               time.Duration
	latencies          []time.Duration // sorted
}

// at is the latency that a part of the answers did not exceed.
func (r *result) at(part float64) time.Duration {
	return r.latencies[min(int(part*float64(len(r.latencies))), len(r.latencies)-1)]
}

// String is the result on a line.
func (r *result) String() string {
	text := fmt.Sprintf("%d answers, %d wrong, %d lost; %.0f/s; p50 %v p90 %v p99 %v max %v", r.total-r.wrong-r.lost, r.wrong, r.lost,
		float64(r.total)/r.took.Seconds(), r.at(.5), r.at(.9), r.at(.99), r.at(1))
	if r.first != "" {
		text += "; first: " + r.first
	}
	return text
}

// run asks url for total things over connections.
func run(url, suffix string, total, connections int) *result {
	client := &http.Client{Timeout: time.Minute, Transport: &http.Transport{MaxIdleConnsPerHost: connections, MaxConnsPerHost: connections}}
	r := &result{total: total, latencies: make([]time.Duration, total)}
	var next atomic.Int64
	var mu sync.Mutex
	fail := func(counter *int, text string) {
		mu.Lock()
		defer mu.Unlock()
		*counter++
		if r.first == "" {
			r.first = text
		}
	}
	began := time.Now()
	var all sync.WaitGroup
	for range connections {
		all.Go(func() {
			for n := next.Add(1) - 1; n < int64(total); n = next.Add(1) - 1 {
				asked := time.Now()
				got, want, err := ask(client, url, n)
				r.latencies[n] = time.Since(asked)
				switch {
				case err != nil:
					fail(&r.lost, err.Error())
				case got != want+suffix:
					fail(&r.wrong, fmt.Sprintf("%q, not %q", got, want+suffix))
				}
			}
		})
	}
	all.Wait()
	r.took = time.Since(began)
	slices.Sort(r.latencies)
	return r
}

func ask(c *http.Client, url string, n int64) (got, want string, err error) {
	r, err := http.NewRequest(http.MethodGet, fmt.Sprintf("%s?%d", url, n), nil)
	if err != nil {
		return "", "", err
	}
	answer, err := c.Do(r)
	if err != nil {
		return "", "", err
	}
	defer answer.Body.Close()
	b, err := io.ReadAll(answer.Body)
	if err == nil && answer.StatusCode != http.StatusOK {
		err = fmt.Errorf("status %d", answer.StatusCode)
	}
	return string(b), r.URL.RequestURI(), err
}
