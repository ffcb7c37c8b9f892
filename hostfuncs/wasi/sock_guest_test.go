//go:build unix

package wasi

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"
	"github.com/tetratelabs/wazero/experimental"
	"github.com/tetratelabs/wazero/sys"

	"github.com/wazedge/wazedge/hostfuncs/abi"
	"github.com/wazedge/wazedge/internal/engine"
)

// program is a guest that runs.
type program struct {
	t     *testing.T
	out   *bufio.Reader
	ended chan error
}

// start runs a program of testdata/guests with arguments. It has ended by the end
// of the test.
func start(t *testing.T, gc abi.GuestConfig, c Config, name string, args ...string) *program {
	t.Helper()
	code, err := os.ReadFile(filepath.Join("../../testdata/guests", name+".wasm"))
	if err != nil {
		t.Fatal(err)
	}
	ctx := t.Context()
	own := engine.New(ctx, engine.Config{})
	rt := own.Wazero()
	guest, err := rt.CompileModule(ctx, code)
	if err != nil {
		t.Fatal(err)
	}
	h := New(abi.NewGuest(gc), c)
	var imports []abi.Import
	for _, f := range guest.ImportedFunctions() {
		_, name, _ := f.Import()
		imports = append(imports, abi.Import{Name: name})
	}
	host, err := h.guest.Instantiate(ctx, own, Namespaces()[0], h, imports, nil)
	if err != nil {
		t.Fatal(err)
	}
	ctx = experimental.WithImportResolver(ctx, func(string) api.Module { return host.Wazero() })
	m, err := rt.InstantiateModule(ctx, guest, wazero.NewModuleConfig().WithStartFunctions())
	if err != nil {
		t.Fatal(err)
	}
	r, w := pipe(t)
	h.Init(Environment{Args: append([]string{name}, args...), Stdout: w, Stderr: os.Stderr})
	p := &program{t: t, out: bufio.NewReader(r), ended: make(chan error, 1)}
	go func() {
		_, err := m.ExportedFunction("_start").Call(ctx)
		if e, ok := errors.AsType[*sys.ExitError](err); ok && e.ExitCode() == 0 {
			err = nil
		}
		w.Close()
		p.ended <- errors.Join(err, h.Close(), rt.Close(ctx))
	}()
	return p
}

// wait waits for the end of the program and gives the rest of what it wrote.
func (p *program) wait() string {
	p.t.Helper()
	rest, err := io.ReadAll(p.out)
	if err != nil {
		p.t.Error(err)
	}
	if err := <-p.ended; err != nil {
		p.t.Error("the guest ended with", err)
	}
	return string(rest)
}

// port reads the line by which a program tells where it listens.
func (p *program) port() string {
	p.t.Helper()
	line, err := p.out.ReadString('\n')
	port, ok := strings.CutPrefix(strings.TrimSpace(line), "listening on ")
	if err != nil || !ok {
		p.t.Fatalf("the guest says %q, %v; %v", line, err, <-p.ended)
	}
	return port
}

// echoBytes is how much goes through a server in all: a little, unless the
// environment asks for another number of megabytes.
func echoBytes(t *testing.T) int {
	n := 32
	if testing.Short() {
		n = 4
	}
	if s := os.Getenv("WAZEDGE_ECHO_MB"); s != "" {
		var err error
		if n, err = strconv.Atoi(s); err != nil {
			t.Fatal("WAZEDGE_ECHO_MB:", err)
		}
	}
	return n << 20
}

// A server answers 200 connections that are open at the same time, and nothing of
// what they send is lost.
func TestTCPEchoServer(t *testing.T) {
	const connections = 200
	p := start(t, abi.GuestConfig{Interruptible: true}, Config{}, "tcpecho", strconv.Itoa(connections))
	port := p.port()
	conns := make([]net.Conn, connections)
	for i := range conns {
		c, err := net.Dial("tcp", net.JoinHostPort("127.0.0.1", port))
		if err != nil {
			t.Fatal(err)
		}
		conns[i] = c
	}
	var wg sync.WaitGroup
	for i, c := range conns {
		wg.Go(func() {
			defer c.Close()
			if err := echo(c, uint64(i), echoBytes(t)/connections); err != nil {
				t.Errorf("connection %d: %v", i, err)
			}
		})
	}
	wg.Wait()
	p.wait()
}

// echo sends n bytes that depend on seed over c and expects them back.
func echo(c net.Conn, seed uint64, n int) error {
	sent := make(chan error, 1)
	go func() {
		_, err := io.CopyN(c, random(seed), int64(n))
		sent <- errors.Join(err, c.(interface{ CloseWrite() error }).CloseWrite())
	}()
	want, got := make([]byte, 32<<10), make([]byte, 32<<10)
	source := random(seed)
	for n > 0 {
		r, err := c.Read(got[:min(n, len(got))])
		if err != nil {
			return err
		}
		if _, err := io.ReadFull(source, want[:r]); err != nil {
			return err
		}
		if !bytes.Equal(got[:r], want[:r]) {
			return errors.New("what comes back is not what was sent")
		}
		n -= r
	}
	if r, err := c.Read(got); r != 0 || err != io.EOF {
		return errors.Join(errors.New("there is no end"), err)
	}
	return <-sent
}

// random is an endless stream of bytes.
func random(seed uint64) io.Reader {
	var key [32]byte
	key[0], key[1] = byte(seed), byte(seed>>8)
	return rand.NewChaCha8(key)
}

// Connections that clients drop in the middle of everything neither disturb the
// others nor the server.
func TestTCPEchoServerDropped(t *testing.T) {
	const connections = 20
	p := start(t, abi.GuestConfig{}, Config{}, "tcpecho", strconv.Itoa(connections))
	port := p.port()
	var wg sync.WaitGroup
	for i := range connections {
		wg.Go(func() {
			c, err := net.Dial("tcp", net.JoinHostPort("127.0.0.1", port))
			if err != nil {
				t.Error(err)
				return
			}
			defer c.Close()
			if i%2 == 0 {
				c.Write(make([]byte, 100_000))
				c.(*net.TCPConn).SetLinger(0) // reset
				return
			}
			if err := echo(c, uint64(i), 50_000); err != nil {
				t.Errorf("connection %d: %v", i, err)
			}
		})
	}
	wg.Wait()
	p.wait()
}

func TestHTTPClient(t *testing.T) {
	body := make([]byte, 300_000)
	random(1).Read(body)
	text := []byte(strings.Repeat("0123456789\n", 30_000))
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/text":
			w.Write(text)
		case "/bytes":
			w.Write(body)
		default:
			http.NotFound(w, r)
		}
	}))
	defer server.Close()
	_, port, _ := net.SplitHostPort(server.Listener.Addr().String())
	for host, want := range map[string][]byte{"127.0.0.1": text, "localhost": body} {
		path := "/text"
		if host == "localhost" {
			path = "/bytes"
		}
		if got := start(t, abi.GuestConfig{}, Config{}, "httpget", host, port, path).wait(); got != string(want) {
			t.Errorf("%s%s: %d bytes, want %d", host, path, len(got), len(want))
		}
	}
}

func TestUDPEchoServer(t *testing.T) {
	sizes := []int{1, 0, 1400, 9000, 60_000, 5}
	p := start(t, abi.GuestConfig{}, Config{}, "udpecho", strconv.Itoa(len(sizes)))
	c, err := net.Dial("udp", net.JoinHostPort("127.0.0.1", p.port()))
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	sent, got := make([]byte, 1<<16), make([]byte, 1<<16)
	for i, n := range sizes {
		random(uint64(i)).Read(sent[:n])
		if _, err := c.Write(sent[:n]); err != nil {
			t.Fatal(err)
		}
		if r, err := c.Read(got); err != nil || !bytes.Equal(got[:r], sent[:n]) {
			t.Errorf("a datagram of %d bytes comes back with %d, %v", n, r, err)
		}
	}
	p.wait()
}

func TestUnixEchoServer(t *testing.T) {
	path := filepath.Join(t.TempDir(), "s")
	p := start(t, abi.GuestConfig{}, Config{AllowAFUnix: true}, "unixecho", path)
	if line, err := p.out.ReadString('\n'); err != nil || line != "listening\n" {
		t.Fatalf("the guest says %q, %v; %v", line, err, <-p.ended)
	}
	c, err := net.Dial("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if err := echo(c, 1, 1<<20); err != nil {
		t.Error(err)
	}
	p.wait()
}

func TestFirstGenerationGuest(t *testing.T) {
	if got := start(t, abi.GuestConfig{}, Config{}, "udpaddr_v1").wait(); got != "ping from 127.0.0.1 over type 4\n" {
		t.Errorf("the guest says %q", got)
	}
}
