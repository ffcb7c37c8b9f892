package serve_test

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"

	"github.com/wazedge/wazedge/internal/serve"
)

// origin is what handlers ask.
func origin(t *testing.T) *httptest.Server {
	mux := http.NewServeMux()
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		b, _ := io.ReadAll(r.Body)
		w.Header().Set("X-Origin", "1")
		fmt.Fprintf(w, "%s %s %q from %s, agent %q", r.Method, r.RequestURI, b, r.Header.Get("X-From"), r.Header.Get("User-Agent"))
	})
	mux.HandleFunc("/redirect", func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, "http://127.0.0.1:1/", http.StatusFound)
	})
	mux.HandleFunc("/large", func(w http.ResponseWriter, _ *http.Request) { w.Header().Set("X-Large", strings.Repeat("a", 1<<20)) })
	mux.HandleFunc("/never", func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.ReadAll(r.Body) // or it does not notice that the client is gone
		<-r.Context().Done()
	})
	mux.HandleFunc("/stalls", func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.ReadAll(r.Body)
		fmt.Fprint(w, "part ")
		_ = http.NewResponseController(w).Flush()
		<-r.Context().Done()
	})
	mux.HandleFunc("/breaks", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", "100")
		fmt.Fprint(w, "part ")
		_ = http.NewResponseController(w).Flush()
		panic(http.ErrAbortHandler)
	})
	s := httptest.NewUnstartedServer(mux)
	s.Config.ErrorLog = nil
	s.Start()
	t.Cleanup(s.Close)
	return s
}

// TestOutgoing states what becomes of the requests that handlers make, and that they go
// where the policy of the network allows, by name and by address, and nowhere else.
func TestOutgoing(t *testing.T) {
	to := origin(t)
	_, port, _ := net.SplitHostPort(to.Listener.Addr().String())
	var o serve.Options
	o.Config.WASI.Net = func(name string, at netip.AddrPort) bool {
		if name == "localhost" {
			return !at.IsValid() || fmt.Sprint(at.Port()) == port
		}
		return name == "" && at.Addr() == netip.MustParseAddr("127.0.0.1") && at.Port() != 2
	}
	url := start(t, handler, o)
	garbage, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer garbage.Close()
	go func() {
		for {
			c, err := garbage.Accept()
			if err != nil {
				return
			}
			if r, err := http.ReadRequest(bufio.NewReader(c)); err == nil { // or it would be the connection that breaks
				_, _ = io.Copy(io.Discard, r.Body)
			}
			_, _ = io.WriteString(c, "this is not HTTP\r\n\r\n")
			c.Close()
		}
	}()
	for _, c := range []struct {
		target string
		status int
		body   string
	}{
		{to.URL + "/a%2Fb?c=%20d", 200, `POST /a%2Fb?c=%20d "question" from wasm, agent ""`},
		{to.URL, 200, `POST / "question" from wasm, agent ""`},
		{"http://localhost:" + port + "/", 200, `POST / "question" from wasm, agent ""`},
		{to.URL + "/redirect", 302, ""},
		{to.URL + "/large", 502, "ErrorCode::HttpResponseHeaderSectionSize(None)\n"},
		{to.URL + "/never", 502, "ErrorCode::ConnectionReadTimeout\n"},
		{to.URL + "/stalls", 200, "part Some(ErrorCode::ConnectionReadTimeout)"},
		{to.URL + "/breaks", 200, "part Some(ErrorCode::HttpResponseIncomplete)"},
		{"http://" + garbage.Addr().String() + "/", 502, "ErrorCode::HttpProtocolError\n"},
		{"http://127.0.0.1:1/", 502, "ErrorCode::ConnectionRefused\n"},
		{"http://127.0.0.1:2/", 502, "ErrorCode::HttpRequestDenied\n"},
		{"http://127.0.0.2:" + port + "/", 502, "ErrorCode::HttpRequestDenied\n"},
		{"http://elsewhere.invalid/", 502, "ErrorCode::HttpRequestDenied\n"},
		{"http://localhost:2/", 502, "ErrorCode::HttpRequestDenied\n"},
		{"https://127.0.0.1:" + port + "/", 502, "ErrorCode::TlsProtocolError\n"},
	} {
		r, _ := http.NewRequest(http.MethodPost, url+"/proxy", strings.NewReader("question"))
		r.Header.Set("X-Target", c.target)
		answer, err := http.DefaultTransport.RoundTrip(r)
		if err != nil {
			t.Errorf("%s: %v", c.target, err)
			continue
		}
		b, err := io.ReadAll(answer.Body)
		answer.Body.Close()
		if err != nil || answer.StatusCode != c.status || string(b) != c.body {
			t.Errorf("%s: %d %q, %v; want %d %q", c.target, answer.StatusCode, b, err, c.status, c.body)
		}
		if got := answer.Header.Get("X-Origin"); (got != "") != strings.HasPrefix(c.body, "POST") {
			t.Errorf("%s: headers %v", c.target, answer.Header)
		}
	}
}
