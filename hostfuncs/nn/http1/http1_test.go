package http1_test

import (
	"context"
	"io"
	"net"
	"net/url"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/wazedge/wazedge/hostfuncs/nn/http1"
)

// post sends a request to a server that answers with these bytes.
func post(t testing.TB, answer string) (status int, body string, err error) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	go func() {
		c, err := l.Accept()
		if err != nil {
			return
		}
		defer c.Close()
		buffer := make([]byte, 4096)
		for n := 0; !strings.HasSuffix(string(buffer[:n]), "\r\n\r\n{}"); {
			k, err := c.Read(buffer[n:])
			if n += k; err != nil {
				return
			}
		}
		io.WriteString(c, answer)
	}()
	u := &url.URL{Scheme: "http", Host: l.Addr().String(), Path: "/x"}
	r, err := http1.Post(context.Background(), u, "application/json", []byte("{}"))
	if err != nil {
		return 0, "", err
	}
	defer r.Close()
	b, err := io.ReadAll(iotest.OneByteReader(io.LimitReader(r.Body, 1<<20)))
	return r.Status, string(b), err
}

func TestResponses(t *testing.T) {
	for name, c := range map[string]struct {
		answer, body string
		status       int
		fails        bool
	}{
		"length":       {"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabcdef", "abc", 200, false},
		"until closed": {"HTTP/1.0 404\r\n\r\nabc", "abc", 404, false},
		"chunks":       {"HTTP/1.1 200 OK\r\ntransfer-encoding: Chunked\r\n\r\n2;x=y\r\nab\r\n1\r\nc\r\n0\r\n\r\n", "abc", 200, false},
		"continue":     {"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", "", 200, false},
		"bare lines":   {"HTTP/1.1 200 OK\nContent-Length: 1\n\na", "a", 200, false},
		"nothing":      {"", "", 0, true},
		"cut":          {"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\na", "a", 200, true},
		"cut chunk":    {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\na", "a", 200, true},
		"no chunk":     {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", "", 200, true},
		"huge chunk":   {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\n", "", 200, true},
		"joined":       {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nab0\r\n", "a", 200, true},
		"length below": {"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n", "", 0, true},
		"no status":    {"HTTP/1.1 OK\r\n\r\n", "", 0, true},
		"other":        {"SSH-2.0-x\r\n\r\n", "", 0, true},
		"no header":    {"HTTP/1.1 200 OK\r\nnonsense\r\n\r\n", "", 0, true},
		"compressed":   {"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n", "", 0, true},
		"many lines":   {"HTTP/1.1 200 OK\r\n" + strings.Repeat("a: b\r\n", 300) + "\r\n", "", 0, true},
	} {
		status, body, err := post(t, c.answer)
		if status != c.status || body != c.body || (err != nil) != c.fails {
			t.Errorf("%s: %d, %q, %v", name, status, body, err)
		}
	}
}

func TestContextEndsReading(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0") // accepts, and answers nothing
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error)
	go func() {
		_, err := http1.Post(ctx, &url.URL{Scheme: "http", Host: l.Addr().String()}, "text/plain", nil)
		done <- err
	}()
	cancel()
	if err := <-done; err == nil {
		t.Error("no error")
	}
}

// TestEarlierContextsEndNothing states that a body is read by the context that was last given,
// whatever becomes of those before, and however late.
func TestEarlierContextsEndNothing(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	const size = 2000
	go func() {
		c, err := l.Accept()
		if err != nil {
			return
		}
		defer c.Close()
		io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Length: 2000\r\n\r\n"+strings.Repeat("a", size))
		io.Copy(io.Discard, c)
	}()
	ctx, cancel := context.WithCancel(t.Context())
	r, err := http1.Post(ctx, &url.URL{Scheme: "http", Host: l.Addr().String()}, "text/plain", nil)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	for n := range size {
		go cancel()
		ctx, cancel = context.WithCancel(t.Context())
		r.Use(ctx)
		if _, err := io.ReadFull(r.Body, make([]byte, 1)); err != nil {
			t.Fatalf("byte %d: %v", n, err)
		}
	}
	cancel()
}
