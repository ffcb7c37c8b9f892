// Command echo measures a TCP echo server: it starts one, connects to it many
// times at once, and sends random bytes over each connection that have to come
// back as they were.
//
//	echo MEGABYTES CONNECTIONS SERVER [ARG...]
//	echo serve CONNECTIONS
//
// The server prints "listening on PORT" for a port of 127.0.0.1 and ends when it
// has served that many connections. The second form is one, without a guest.
package main

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "echo:", err)
		os.Exit(1)
	}
}

func run(args []string) error {
	if len(args) == 2 && args[0] == "serve" {
		connections, err := strconv.Atoi(args[1])
		if err != nil {
			return err
		}
		return serve(connections)
	}
	if len(args) < 3 {
		return errors.New("usage: echo MEGABYTES CONNECTIONS SERVER [ARG...]")
	}
	megabytes, err := strconv.Atoi(args[0])
	if err != nil {
		return err
	}
	connections, err := strconv.Atoi(args[1])
	if err != nil || connections <= 0 {
		return fmt.Errorf("%q connections", args[1])
	}
	return load(megabytes<<20/connections, connections, exec.Command(args[2], args[3:]...))
}

// load sends n bytes over each of so many connections to server.
func load(n, connections int, server *exec.Cmd) error {
	server.Stderr = os.Stderr
	out, err := server.StdoutPipe()
	if err != nil {
		return err
	}
	if err := server.Start(); err != nil {
		return err
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	port, ok := strings.CutPrefix(strings.TrimSpace(line), "listening on ")
	if !ok {
		return errors.Join(fmt.Errorf("the server says %q", line), err, server.Process.Kill(), server.Wait())
	}
	var wg sync.WaitGroup
	failed := make([]error, connections)
	for i := range failed {
		c, err := net.Dial("tcp", net.JoinHostPort("127.0.0.1", port))
		if err != nil {
			return errors.Join(err, server.Process.Kill(), server.Wait())
		}
		wg.Go(func() {
			defer c.Close()
			failed[i] = exchange(c.(*net.TCPConn), uint64(i), n)
		})
	}
	wg.Wait()
	if err := errors.Join(failed...); err != nil {
		return errors.Join(err, server.Process.Kill(), server.Wait())
	}
	return server.Wait()
}

// exchange sends n bytes that depend on seed over c and compares what comes back.
func exchange(c *net.TCPConn, seed uint64, n int) error {
	sent := make(chan error, 1)
	go func() {
		_, err := io.CopyN(c, random(seed), int64(n))
		sent <- errors.Join(err, c.CloseWrite())
	}()
	got, want := make([]byte, 32<<10), make([]byte, 32<<10)
	source := random(seed)
	for left := n; ; {
		r, err := c.Read(got)
		if r > left {
			return fmt.Errorf("%d bytes more than were sent", r-left)
		}
		if _, err := io.ReadFull(source, want[:r]); err != nil {
			return err
		}
		if !bytes.Equal(got[:r], want[:r]) {
			return fmt.Errorf("other bytes after %d", n-left)
		}
		left -= r
		if err == io.EOF && left == 0 {
			return <-sent
		}
		if err != nil {
			return fmt.Errorf("after %d bytes of %d: %w", n-left, n, err)
		}
	}
}

// random is an endless stream of bytes.
func random(seed uint64) io.Reader {
	var key [32]byte
	key[0], key[1] = byte(seed), byte(seed>>8)
	return rand.NewChaCha8(key)
}

// serve is an echo server that ends after so many connections. Its buffers are as
// large as those of the guest that it is compared with.
func serve(connections int) error {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	defer l.Close()
	fmt.Println("listening on", l.Addr().(*net.TCPAddr).Port)
	var wg sync.WaitGroup
	for range connections {
		c, err := l.Accept()
		if err != nil {
			return err
		}
		wg.Go(func() {
			defer c.Close()
			buf := make([]byte, 16<<10)
			for {
				n, err := c.Read(buf)
				if _, werr := c.Write(buf[:n]); err != nil || werr != nil {
					return
				}
			}
		})
	}
	wg.Wait()
	return nil
}
