package serve_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/wazedge/wazedge/internal/serve"
)

// handler is what testdata/serve/rust has been built to.
const handler = "../../testdata/serve/handler.wasm"

// newServer is a server of the file path.
func newServer(t testing.TB, path string, o serve.Options) *serve.Server {
	t.Helper()
	o.Path = path
	if o.Concurrency == 0 {
		o.Concurrency, o.Queue = serve.DefaultConcurrency, serve.DefaultQueue
	}
	if o.Idle == 0 {
		o.Idle = 5 * time.Second
	}
	if o.Config.Limits.TimeLimit == 0 {
		o.Config.Limits.TimeLimit = 20 * time.Second
	}
	if o.Config.Limits.MaxMemory == 0 {
		o.Config.Limits.MaxMemory = 64 << 20
	}
	o.Config.WASI.Interruptible = true
	o.Config.WASI.Stderr = io.Discard
	s, err := serve.New(context.Background(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close(context.Background()) })
	return s
}

// start serves the file path, and is where.
func start(t testing.TB, path string, o serve.Options) string {
	t.Helper()
	at := httptest.NewServer(newServer(t, path, o))
	at.Config.ErrorLog = log.New(io.Discard, "", 0)
	t.Cleanup(at.Close)
	return at.URL
}

// anew is a client of a connection for each request: Go's asks again where a connection that it has used before
// breaks off.
var anew = &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}

// get asks for url. The error is that of reading the answer, if it is not whole.
func get(t testing.TB, url string) (status int, body string, err error) {
	t.Helper()
	r, err := anew.Get(url)
	if err != nil {
		return 0, "", err
	}
	defer r.Body.Close()
	b, err := io.ReadAll(r.Body)
	return r.StatusCode, string(b), err
}

// TestAnswers states what handlers find of requests, and how their answers come out.
func TestAnswers(t *testing.T) {
	url := start(t, handler, serve.Options{})
	for _, c := range []struct {
		path   string
		status int
		body   string
	}{
		{"/", 200, "hello\n"},
		{"/id?a=b&c", 200, "/id?a=b&c\n"},
		{"/calls", 200, "1\n"},
		{"/calls", 200, "1\n"}, // of another instance
		{"/empty", 200, ""},
		{"/elsewhere", 404, "not found\n"},
		{"/error", 504, "504 Gateway Timeout\n"},
		{"/rules", 200, strings.Join([]string{
			"name with a space: Err(HeaderError::InvalidSyntax)",
			"value with a line: Err(HeaderError::InvalidSyntax)",
			"connection: Err(HeaderError::Forbidden)",
			"own: Ok(())",
			"get: [[49], [50]]",
			`entries: ["X-One", "X-One"]`,
			"delete: Ok(()) false",
			"of a request: Err(HeaderError::Immutable)",
			"of a copy: Ok(())",
			"list: Some(HeaderError::Forbidden)",
			"of a response: Err(HeaderError::Immutable)",
			"status 99: Err(())",
			"body twice: true false",
			"authority: Err(()) Ok(())",
			"path: Err(()) Ok(())",
			"method: Err(()) Ok(())",
			"",
		}, "\n")},
	} {
		status, body, err := get(t, url+c.path)
		if err != nil || status != c.status || body != c.body {
			t.Errorf("%s: %d %q, %v; want %d %q", c.path, status, body, err, c.status, c.body)
		}
	}
}

// TestRequestsAreDescribed states what a handler is told of a request.
func TestRequestsAreDescribed(t *testing.T) {
	url := start(t, handler, serve.Options{})
	r, _ := http.NewRequest("PURGE", url+"/request?q=1", nil)
	r.Header = http.Header{"User-Agent": {"test"}, "X-Two": {"a", "b"}, "Connection": {"close"}}
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	got, _ := io.ReadAll(answer.Body)
	want := "method Method::Other(\"PURGE\")\npath Some(\"/request?q=1\")\nscheme Some(Scheme::Http)\nauthority true\n" +
		"accept-encoding: gzip\nuser-agent: test\nx-two: a\nx-two: b\n"
	if string(got) != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if answer.Header.Get("Content-Type") != "text/plain" || answer.ContentLength != int64(len(got)) {
		t.Errorf("headers: %v", answer.Header)
	}
}

// TestHead states that the answer to HEAD has its headers and no body.
func TestHead(t *testing.T) {
	r, err := http.Head(start(t, handler, serve.Options{}) + "/head")
	if err != nil {
		t.Fatal(err)
	}
	defer r.Body.Close()
	if b, _ := io.ReadAll(r.Body); r.ContentLength != 1000 || len(b) > 0 {
		t.Errorf("a length of %d, and %d bytes", r.ContentLength, len(b))
	}
}

// TestBodiesAreStreamed states that a handler answers while it is being asked.
func TestBodiesAreStreamed(t *testing.T) {
	url := start(t, handler, serve.Options{})
	in, out := io.Pipe()
	r, _ := http.NewRequest(http.MethodPost, url+"/echo", in)
	answers := make(chan *http.Response, 1)
	go func() {
		answer, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Error(err)
		}
		answers <- answer
	}()
	piece := bytes.Repeat([]byte("0123456789"), 10000)
	if _, err := out.Write(piece[:1]); err != nil {
		t.Fatal(err)
	}
	answer := <-answers
	if answer == nil {
		t.FailNow()
	}
	defer answer.Body.Close()
	got := make([]byte, len(piece))
	if _, err := io.ReadFull(answer.Body, got[:1]); err != nil {
		t.Fatal(err)
	}
	for range 30 {
		go func() { _, _ = out.Write(piece) }()
		if _, err := io.ReadFull(answer.Body, got); err != nil || !bytes.Equal(got, piece) {
			t.Fatalf("it came back as something else, or not: %v", err)
		}
	}
	out.Close()
	if b, err := io.ReadAll(answer.Body); err != nil || len(b) > 0 {
		t.Errorf("%d bytes more, %v", len(b), err)
	}
}

// TestEventsAreNotHeldBack states that what a handler writes arrives before it ends.
func TestEventsAreNotHeldBack(t *testing.T) {
	answer, err := http.Get(start(t, handler, serve.Options{}) + "/hang-later")
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	got := make([]byte, 4)
	if _, err := io.ReadFull(answer.Body, got); err != nil || string(got) != "part" {
		t.Errorf("%q, %v", got, err)
	}
}

// TestTrailers states that trailers come in and go out.
func TestTrailers(t *testing.T) {
	url := start(t, handler, serve.Options{})
	r, _ := http.NewRequest(http.MethodPost, url+"/trailers", io.NopCloser(strings.NewReader("body")))
	r.Trailer = http.Header{"X-Sum": {"7"}}
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	b, err := io.ReadAll(answer.Body)
	if err != nil || string(b) != "1 trailers\n" {
		t.Errorf("%q, %v", b, err)
	}
	if got := answer.Trailer; got.Get("X-Count") != "1" || got.Get("X-Sum") != "7" {
		t.Errorf("trailers %v", got)
	}
}

// hostile are handlers that do not behave, and how they end.
var hostile = []struct {
	path   string
	status int    // 0 where the connection ends
	body   string // as far as it comes
	whole  bool
	reason string
	begun  bool // or its connection breaks off, where the answer has begun already
}{
	{"/loop", 504, "504 Gateway Timeout\n", true, "the time limit is over", false},
	{"/memory", 500, "500 Internal Server Error\n", true, "unreachable", false},
	{"/fields", 500, "500 Internal Server Error\n", true, "fields and bodies of wasi:http need more than 16 MiB", false},
	{"/large-header", 500, "500 Internal Server Error\n", true, "", false},
	{"/trap", 500, "500 Internal Server Error\n", true, "unreachable", false},
	{"/late-trap", 500, "500 Internal Server Error\n", true, "unreachable", true},
	{"/never", 500, "500 Internal Server Error\n", true, "the handler has returned without an answer", false},
	{"/hang", 504, "504 Gateway Timeout\n", true, "the time limit is over", false},
	{"/hang-later", 200, "part", false, "the time limit is over", false},
	{"/unfinished", 500, "500 Internal Server Error\n", true, "the body was given up before its end", true},
	{"/shorter", 502, "502 Bad Gateway\n", true, "HTTP-response-body-size", true},
	{"/longer", 502, "502 Bad Gateway\n", true, "HTTP-response-body-size", true},
	{"/informational", 500, "500 Internal Server Error\n", true, "not 103", false},
	{"/twice", 200, "", true, "unknown handle index", false},
	{"/exit", 500, "500 Internal Server Error\n", true, "the handler has exited with status 1", false},
}

// TestHostileHandlersEndAlone states how handlers end that do not behave, and that others
// do not notice: neither one that is being called nor those that come after.
func TestHostileHandlersEndAlone(t *testing.T) {
	var mu sync.Mutex
	var said []string
	o := serve.Options{Say: func(text string) {
		mu.Lock()
		defer mu.Unlock()
		said = append(said, text)
	}}
	o.Config.Limits.MaxMemory = 8 << 20
	o.Config.Limits.TimeLimit = 5 * time.Second
	limited := start(t, handler, o)
	o.Config.Limits.TimeLimit = time.Hour // what no limit of time is to end may take its time
	patient := start(t, handler, o)
	var all sync.WaitGroup
	for _, c := range hostile {
		url := patient
		if strings.Contains(c.reason, "time limit") {
			url = limited
		}
		all.Go(func() {
			status, body, err := get(t, url+c.path)
			if !(c.begun && err != nil) && (status != c.status || body != c.body || (err == nil) != c.whole) {
				t.Errorf("%s: %d %q, %v; want %d %q", c.path, status, body, err, c.status, c.body)
			}
			if status, body, err := get(t, url+"/calls"); status != 200 || body != "1\n" || err != nil {
				t.Errorf("behind %s: %d %q %v", c.path, status, body, err)
			}
		})
	}
	if _, body, err := get(t, patient+"/stream"); body != "data: 0\n\ndata: 1\n\ndata: 2\n\n" || err != nil {
		t.Errorf("beside them: %q, %v", body, err)
	}
	all.Wait()
	mu.Lock()
	defer mu.Unlock()
	for _, c := range hostile {
		n := slices.IndexFunc(said, func(text string) bool { return strings.HasPrefix(text, "GET "+c.path+": ") })
		if n < 0 || !strings.Contains(said[n], c.reason) {
			t.Errorf("%s is told as none of %q", c.path, said)
		}
	}
	if len(said) != len(hostile) {
		t.Errorf("%d handlers are told of, not %d", len(said), len(hostile))
	}
}

// TestLimitsOfGas states that the limit of gas is each request's own.
func TestLimitsOfGas(t *testing.T) {
	var o serve.Options
	gas := uint64(100_000)
	o.Config.Limits.GasLimit = &gas
	s := newServer(t, handler, o)
	at := httptest.NewServer(s)
	defer at.Close()
	for range 20 {
		if status, _, err := get(t, at.URL+"/"); status != 200 || err != nil {
			t.Fatalf("%d, %v", status, err)
		}
	}
	if status, _, _ := get(t, at.URL+"/loop"); status != 500 {
		t.Errorf("an endless loop ends with %d", status)
	}
	text := metrics(s)
	if !strings.Contains(text, "wazedge_failures_total{kind=\"gas\"} 1\n") || strings.Contains(text, "wazedge_gas_total 0\n") {
		t.Error(text)
	}
}

func metrics(s *serve.Server) string {
	w := httptest.NewRecorder()
	s.Metrics().ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/metrics", nil))
	return w.Body.String()
}

// TestSlowClients states that a client that sends its body, or takes its answer, slower than
// is allowed does not keep an instance.
func TestSlowClients(t *testing.T) {
	s := newServer(t, handler, serve.Options{Concurrency: 1, Queue: 1, Idle: time.Second})
	at := httptest.NewServer(s)
	at.Config.ErrorLog = log.New(io.Discard, "", 0)
	defer at.Close()
	for _, request := range []string{
		"POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nabc",
		"GET /flood HTTP/1.1\r\nHost: a\r\n\r\n",
	} {
		c, err := net.Dial("tcp", at.Listener.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		if _, err := io.WriteString(c, request); err != nil {
			t.Fatal(err)
		}
		if _, err := io.ReadFull(c, make([]byte, 10)); err != nil && strings.HasPrefix(request, "GET") {
			t.Fatal(err)
		}
		// The one instance there may be is free again.
		if status, _, err := get(t, at.URL+"/"); status != 200 || err != nil {
			t.Errorf("behind %q: %d, %v", request, status, err)
		}
	}
}

// TestClientsThatLeave states that a handler ends when nobody waits for its answer.
func TestClientsThatLeave(t *testing.T) {
	url := start(t, handler, serve.Options{Concurrency: 1, Queue: 1})
	ctx, leave := context.WithCancel(t.Context())
	r, _ := http.NewRequestWithContext(ctx, http.MethodGet, url+"/hang-later", nil)
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	leave()
	answer.Body.Close()
	if status, _, err := get(t, url+"/"); status != 200 || err != nil {
		t.Errorf("%d, %v", status, err)
	}
}

// TestBounds states that no more requests are answered and wait than may.
func TestBounds(t *testing.T) {
	o := serve.Options{Concurrency: 1, Queue: 1}
	o.Config.Limits.TimeLimit = time.Hour
	s := newServer(t, handler, o)
	at := httptest.NewServer(s)
	defer at.Close()
	ctx, leave := context.WithCancel(t.Context())
	statuses := make(chan int, 3)
	for range 3 {
		go func() {
			r, _ := http.NewRequestWithContext(ctx, http.MethodGet, at.URL+"/hang", nil)
			answer, err := anew.Do(r)
			if err != nil {
				statuses <- 0
				return
			}
			answer.Body.Close()
			statuses <- answer.StatusCode
		}()
	}
	if first := <-statuses; first != 503 {
		t.Errorf("the third request is answered with %d", first)
	}
	leave()
	for range 2 {
		if status := <-statuses; status != 0 {
			t.Errorf("a request that hangs is answered with %d", status)
		}
	}
	if text := metrics(s); !strings.Contains(text, "wazedge_requests_refused_total 1\n") {
		t.Error(text)
	}
}

// TestManyAtOnce states that no answer is lost or another's.
func TestManyAtOnce(t *testing.T) {
	url := start(t, handler, serve.Options{Concurrency: 8, Queue: 100})
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 50}}
	defer client.CloseIdleConnections()
	var all sync.WaitGroup
	for n := range 50 {
		all.Go(func() {
			for i := range 20 {
				path := fmt.Sprintf("/id?%d-%d", n, i)
				r, err := client.Get(url + path)
				if err != nil {
					t.Error(err)
					return
				}
				b, err := io.ReadAll(r.Body)
				r.Body.Close()
				if err != nil || string(b) != path+"\n" {
					t.Errorf("%q for %s, %v", b, path, err)
				}
			}
		})
	}
	all.Wait()
}

// TestReload states that a newer file takes the place of the older one, if it can be served.
func TestReload(t *testing.T) {
	path := filepath.Join(t.TempDir(), "handler.wasm")
	put := func(b []byte) {
		if err := os.WriteFile(path+".new", b, 0o666); err != nil {
			t.Fatal(err)
		}
		if err := os.Rename(path+".new", path); err != nil {
			t.Fatal(err)
		}
	}
	b, err := os.ReadFile(handler)
	if err != nil {
		t.Fatal(err)
	}
	put(b)
	said := make(chan string, 10)
	s := newServer(t, path, serve.Options{Watch: true, Say: func(text string) { said <- text }})
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- s.Serve(ctx, l, nil) }()
	url := "http://" + l.Addr().String()
	expect := func(want string) {
		t.Helper()
		if status, body, err := get(t, url+"/"); status != 200 || body != want || err != nil {
			t.Errorf("%d %q, %v; want %q", status, body, err, want)
		}
	}
	expect("hello\n")
	put([]byte("\x00asm\x0d\x00\x01\x00 is no component"))
	if text := <-said; !strings.Contains(text, "is not served") {
		t.Error(text)
	}
	expect("hello\n")
	put(bytes.ReplaceAll(b, []byte("hello\n"), []byte("hallo\n")))
	if text := <-said; !strings.Contains(text, "serving the newer") {
		t.Error(text)
	}
	expect("hallo\n")
	stop()
	if err := <-ended; err != nil {
		t.Error(err)
	}
	if _, _, err := get(t, url+"/"); err == nil {
		t.Error("it is served when the server has been stopped")
	}
}

// TestStop states that requests that are under way are answered when the server is stopped,
// and those that take too long are not.
func TestStop(t *testing.T) {
	for _, c := range []struct {
		path, want string
		grace      time.Duration
	}{
		{"/stream", "data: 0\n\ndata: 1\n\ndata: 2\n\n<nil>", time.Hour},
		{"/hang-later", "partunexpected EOF", 2 * time.Second},
	} {
		s := newServer(t, handler, serve.Options{Grace: c.grace})
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		ctx, stop := context.WithCancel(t.Context())
		ended := make(chan error, 1)
		go func() { ended <- s.Serve(ctx, l, nil) }()
		answer, err := http.Get("http://" + l.Addr().String() + c.path)
		if err != nil {
			t.Fatal(err)
		}
		stop()
		b, err := io.ReadAll(answer.Body)
		answer.Body.Close()
		if got := fmt.Sprint(string(b), err); got != c.want {
			t.Errorf("%s: %q, want %q", c.path, got, c.want)
		}
		if err := <-ended; err != nil {
			t.Error(err)
		}
	}
}

// TestAccessLog states that each request is a line, whatever is in it.
func TestAccessLog(t *testing.T) {
	var b strings.Builder
	s := newServer(t, handler, serve.Options{Access: &b})
	r := httptest.NewRequest(http.MethodGet, "/id?\"%0a", nil)
	r.RequestURI = "/id?\"\n"
	s.ServeHTTP(httptest.NewRecorder(), r)
	line := regexp.MustCompile(`^192\.0\.2\.1 - - \[[^]]+\] "GET /id\?\\u0022\\u000a HTTP/1\.1" 200 \d+ [0-9.]+ms\n$`)
	if !line.MatchString(b.String()) {
		t.Errorf("%q", b.String())
	}
}

// TestFilesThatAreNotServed states what is said of them.
func TestFilesThatAreNotServed(t *testing.T) {
	for _, c := range []struct {
		path, want string
		cgi        bool
	}{
		{"../../testdata/guests/hello.wasm", "it is a module, not a component: --cgi serves programs of preview 1", false},
		{handler, "it is a component: serve it without --cgi", true},
		{"missing.wasm", "no such file", false},
	} {
		_, err := serve.New(t.Context(), serve.Options{Path: c.path, CGI: c.cgi, Concurrency: 1})
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", c.path, err, c.want)
		}
	}
}
