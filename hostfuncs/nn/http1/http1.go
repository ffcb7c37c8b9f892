// Package http1 is a client of HTTP/1.1 without encryption, for servers nearby: one request
// for each connection, a response of known or unknown length or in chunks. It is here
// because linking net/http costs every start of the program more than all the rest of
// host functions together, whether it is used or not.
package http1

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"time"
)

// What a server may send before the body.
const (
	maxLine   = 16 << 10
	maxHeader = 256 // lines
)

// connectTimeout is how long a server may take to accept a connection.
const connectTimeout = 30 * time.Second

// errMalformed is what a response comes to that is none.
var errMalformed = errors.New("malformed HTTP response")

// Response is the answer to a request. Its body is read until its end or until the
// context of the last [Response.Use] ends; then it is closed.
type Response struct {
	Status int
	Body   io.Reader

	conn net.Conn
	stop func() bool

	mu   sync.Mutex
	uses int // calls of Use: what the context of an earlier one still has to do does not count
}

// Post sends body, of that type, to u.
func Post(ctx context.Context, u *url.URL, contentType string, body []byte) (*Response, error) {
	dialer := net.Dialer{Timeout: connectTimeout}
	conn, err := dialer.DialContext(ctx, "tcp", address(u))
	if err != nil {
		return nil, err
	}
	r := &Response{conn: conn}
	r.Use(ctx)
	if err := r.exchange(u, contentType, body); err != nil {
		r.Close()
		if ctx.Err() != nil {
			err = ctx.Err()
		}
		return nil, err
	}
	return r, nil
}

// address is the one to connect to.
func address(u *url.URL) string {
	if u.Port() != "" {
		return u.Host
	}
	return net.JoinHostPort(u.Hostname(), "80")
}

// Use has what is read of the body from now on end when ctx does.
func (r *Response) Use(ctx context.Context) {
	if r.stop != nil {
		r.stop()
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.uses++
	use := r.uses
	r.conn.SetDeadline(time.Time{})
	r.stop = context.AfterFunc(ctx, func() {
		r.mu.Lock()
		defer r.mu.Unlock()
		if r.uses == use {
			r.conn.SetDeadline(time.Unix(1, 0))
		}
	})
}

// Close ends the connection.
func (r *Response) Close() error {
	r.stop()
	return r.conn.Close()
}

func (r *Response) exchange(u *url.URL, contentType string, body []byte) error {
	path := u.RequestURI()
	head := fmt.Sprintf("POST %s HTTP/1.1\r\nHost: %s\r\nUser-Agent: wazedge\r\nContent-Type: %s\r\nAccept: */*\r\nContent-Length: %d\r\nConnection: close\r\n\r\n",
		path, u.Host, contentType, len(body))
	if _, err := r.conn.Write(append([]byte(head), body...)); err != nil {
		return err
	}
	in := bufio.NewReaderSize(r.conn, maxLine)
	for {
		status, header, err := readHead(in)
		if err != nil {
			return err
		}
		if status >= 100 && status < 200 {
			continue
		}
		r.Status = status
		return r.setBody(in, header)
	}
}

// readHead reads the first line and the header, whose names are in small letters.
func readHead(in *bufio.Reader) (status int, header map[string]string, err error) {
	first, err := readLine(in)
	if err != nil {
		return 0, nil, err
	}
	version, rest, _ := strings.Cut(first, " ")
	code, _, _ := strings.Cut(rest, " ")
	if status, err = strconv.Atoi(code); err != nil || len(code) != 3 || !strings.HasPrefix(version, "HTTP/1.") {
		return 0, nil, errMalformed
	}
	header = map[string]string{}
	for range maxHeader {
		line, err := readLine(in)
		if err != nil {
			return 0, nil, err
		}
		if line == "" {
			return status, header, nil
		}
		name, value, ok := strings.Cut(line, ":")
		if !ok {
			return 0, nil, errMalformed
		}
		header[strings.ToLower(name)] = strings.TrimSpace(value)
	}
	return 0, nil, errMalformed
}

// readLine reads a line without its end.
func readLine(in *bufio.Reader) (string, error) {
	line, err := in.ReadSlice('\n')
	if err != nil {
		if err == io.EOF || err == bufio.ErrBufferFull {
			err = errMalformed
		}
		return "", err
	}
	return strings.TrimRight(string(line), "\r\n"), nil
}

func (r *Response) setBody(in *bufio.Reader, header map[string]string) error {
	switch {
	case strings.EqualFold(header["transfer-encoding"], "chunked"):
		r.Body = &chunks{in: in}
	case header["transfer-encoding"] != "" && !strings.EqualFold(header["transfer-encoding"], "identity"):
		return fmt.Errorf("transfer encoding %q is not supported", header["transfer-encoding"])
	case header["content-length"] != "":
		n, err := strconv.ParseInt(header["content-length"], 10, 64)
		if err != nil || n < 0 {
			return errMalformed
		}
		r.Body = &exactly{in, n}
	default:
		r.Body = in
	}
	return nil
}

// exactly reads left bytes; less is an error.
type exactly struct {
	in   io.Reader
	left int64
}

// Read implements [io.Reader].
func (e *exactly) Read(b []byte) (int, error) {
	if e.left == 0 {
		return 0, io.EOF
	}
	n, err := e.in.Read(b[:min(int64(len(b)), e.left)])
	if e.left -= int64(n); err == io.EOF && e.left > 0 {
		err = io.ErrUnexpectedEOF
	}
	return n, err
}

// chunks reads a body in chunks.
type chunks struct {
	in    *bufio.Reader
	left  int64 // of the chunk
	begun bool  // a chunk has been read
	ended bool
}

// Read implements [io.Reader].
func (c *chunks) Read(b []byte) (int, error) {
	if len(b) == 0 {
		return 0, nil
	}
	if c.left == 0 {
		if err := c.next(); err != nil {
			return 0, err
		}
	}
	n, err := c.in.Read(b[:min(int64(len(b)), c.left)])
	if c.left -= int64(n); err == io.EOF {
		err = io.ErrUnexpectedEOF
	}
	return n, err
}

// next moves to the next chunk; its error is [io.EOF] behind the last.
func (c *chunks) next() error {
	if c.ended {
		return io.EOF
	}
	if c.begun {
		if line, err := readLine(c.in); err != nil || line != "" {
			return orMalformed(err)
		}
	}
	line, err := readLine(c.in)
	if err != nil {
		return err
	}
	size, _, _ := strings.Cut(line, ";")
	n, err := strconv.ParseUint(strings.TrimSpace(size), 16, 62)
	if err != nil {
		return errMalformed
	}
	c.begun, c.left = true, int64(n)
	if n > 0 {
		return nil
	}
	c.ended = true
	return io.EOF // what may follow is of no interest
}

func orMalformed(err error) error {
	if err == nil {
		err = errMalformed
	}
	return err
}
