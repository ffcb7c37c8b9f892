package guests

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"
)

// serve starts a guest that serves and returns what follows "listening" in its first line. The test fails
// unless the guest ends by itself with status 0.
func serve(t *testing.T, args ...string) string {
	t.Helper()
	cmd := command(t, "wasmedge", args...)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	where, ok := strings.CutPrefix(line, "listening")
	if err != nil || !ok {
		_ = cmd.Wait()
		t.Fatalf("the guest said %q, %v instead of where it listens; stderr %q", line, err, stderr.String())
	}
	t.Cleanup(func() { wantGoodEnd(t, cmd, &stderr) })
	return strings.TrimPrefix(strings.TrimSpace(where), "on ")
}

func wantGoodEnd(t *testing.T, cmd *exec.Cmd, stderr *bytes.Buffer) {
	t.Helper()
	if t.Failed() {
		_ = cmd.Process.Kill()
	}
	if err := cmd.Wait(); err != nil {
		t.Errorf("%v: %v; stderr %q", cmd.Args[1:], err, stderr.String())
	}
}

// echo sends size bytes over a connection while it receives them back, and compares digests.
func echo(conn net.Conn, size int64) error {
	defer conn.Close()
	if err := conn.SetDeadline(time.Now().Add(patience)); err != nil {
		return err
	}
	sent, received := sha256.New(), sha256.New()
	errs := make(chan error, 1)
	go func() {
		text := bytes.Repeat([]byte("a prime number of bytes that repeats"), 1000)[:34_981]
		for left := size; left > 0; {
			n := min(left, int64(len(text)))
			if _, err := io.MultiWriter(sent, conn).Write(text[:n]); err != nil {
				errs <- err
				return
			}
			left -= n
		}
		errs <- nil
	}()
	if _, err := io.CopyN(received, conn, size); err != nil {
		return err
	}
	if err := <-errs; err != nil {
		return err
	}
	if !bytes.Equal(sent.Sum(nil), received.Sum(nil)) {
		return fmt.Errorf("%d bytes came back changed", size)
	}
	return nil
}

func TestTCPServerServesManyAtOnce(t *testing.T) {
	const connections, size = 200, 256 << 10
	address := "127.0.0.1:" + serve(t, guest(t, "guests/tcpecho.wasm"), fmt.Sprint(connections))
	conns := make([]net.Conn, connections)
	for i := range conns { // all of them open before the first one is used
		conn, err := net.DialTimeout("tcp", address, patience)
		if err != nil {
			t.Fatal(err)
		}
		conns[i] = conn
	}
	var wg sync.WaitGroup
	for _, conn := range conns {
		wg.Go(func() {
			if err := echo(conn, size); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
}

func TestTCPServerLosesNothing(t *testing.T) {
	size := int64(1 << 30)
	if testing.Short() {
		size = 16 << 20
	}
	conn, err := net.DialTimeout("tcp", "127.0.0.1:"+serve(t, guest(t, "guests/tcpecho.wasm"), "1"), patience)
	if err != nil {
		t.Fatal(err)
	}
	if err := echo(conn, size); err != nil {
		t.Error(err)
	}
}

func TestHTTPClient(t *testing.T) {
	body := strings.Repeat("body of the page\n", 10_000)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/page" {
			http.NotFound(w, r)
			return
		}
		_, _ = io.WriteString(w, body)
	}))
	defer server.Close()
	_, port, err := net.SplitHostPort(server.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	for _, host := range []string{"127.0.0.1", "localhost"} {
		run(t, guest(t, "guests/httpget.wasm"), host, port, "/page").want(t, body, 0)
	}
}

func TestUDPServer(t *testing.T) {
	address := "127.0.0.1:" + serve(t, guest(t, "guests/udpecho.wasm"), "3")
	conn, err := net.Dial("udp", address)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if err := conn.SetDeadline(time.Now().Add(patience)); err != nil {
		t.Fatal(err)
	}
	buf := make([]byte, 1<<16)
	for _, text := range []string{"one", strings.Repeat("x", 9000), ""} {
		if _, err := conn.Write([]byte(text)); err != nil {
			t.Fatal(err)
		}
		n, err := conn.Read(buf)
		if err != nil || string(buf[:n]) != text {
			t.Fatalf("%d bytes came back of %d, %v", n, len(text), err)
		}
	}
}

func TestFirstGenerationOfSockets(t *testing.T) {
	run(t, guest(t, "guests/udpaddr_v1.wasm")).want(t, "ping from 127.0.0.1 over type 4\n", 0)
}

func TestUNIXServer(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("--allow-af-unix does not work on Windows")
	}
	path := filepath.Join(t.TempDir(), "s")
	serve(t, "--allow-af-unix", guest(t, "guests/unixecho.wasm"), path)
	conn, err := net.Dial("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	if err := conn.SetDeadline(time.Now().Add(patience)); err != nil {
		t.Fatal(err)
	}
	if _, err := conn.Write([]byte("over a path")); err != nil {
		t.Fatal(err)
	}
	if err := conn.(*net.UnixConn).CloseWrite(); err != nil {
		t.Fatal(err)
	}
	if got, err := io.ReadAll(conn); err != nil || string(got) != "over a path" {
		t.Errorf("came back: %q, %v", got, err)
	}
	conn.Close()
}

func TestUNIXSocketsAreOffByDefault(t *testing.T) {
	o := run(t, guest(t, "guests/unixecho.wasm"), filepath.Join(t.TempDir(), "s"))
	if o.status != 1 || !strings.Contains(o.stderr, "sock_open: errno 52") {
		t.Errorf("status %d, stderr %q; want errno 52 (NOSYS)", o.status, o.stderr)
	}
}
