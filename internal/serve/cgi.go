package serve

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/textproto"
	"net/url"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/wazedge/wazedge/compat"
	"github.com/wazedge/wazedge/internal/wasihttp"
)

// run answers r by a run of a program of preview 1 (RFC 3875): the request is its
// environment and standard input, the answer its standard output.
func (p *program) run(ctx context.Context, o *Options, w http.ResponseWriter, r *http.Request, done func()) (end outcome) {
	world := o.Config.WASI
	world.Args, world.Env = scriptArgs(o, r), append(scriptEnv(r), world.Env...)
	out := &scriptOutput{writer: w, control: http.NewResponseController(w), idle: o.Idle}
	in := &scriptInput{body: r.Body, control: out.control, idle: o.Idle}
	if r.Body != http.NoBody {
		_ = out.control.EnableFullDuplex()
	}
	world.Stdin, world.Stdout = in, out
	world.Interruptible = true
	s, err := p.scripts.take(p.newScript)
	if err == nil {
		if s.marked {
			err = s.Store().Reset(&world)
		} else {
			err = s.Store().SetWASI(world)
		}
	}
	if err == nil {
		_, err = s.InvokeWithin(ctx, compat.CallLimits{}, "_start")
		end.used = s.Store().Statistics()
	}
	if cause := context.Cause(ctx); cause != nil {
		err = cause
	}
	in.close()
	exit, exited := errors.AsType[*compat.ExitError](err)
	if exited && exit.Status == 0 {
		err = nil
	}
	end.Outcome = out.end(err)
	if s == nil {
		done()
		return end
	}
	go func() {
		defer done()
		p.scripts.give(s, true)
	}()
	return end
}

// script is an instance of a program, and whether it can be taken back to what it was.
type script struct {
	*compat.Instance
	marked bool
}

func (p *program) newScript() (*script, error) {
	i, err := p.script.Instantiate(context.Background(), compat.StoreConfig{WASI: &compat.WASIConfig{}})
	if err != nil {
		return nil, err
	}
	return &script{i, i.Store().Mark() == nil}, nil
}

func (s *script) reset() error {
	if !s.marked {
		return errUnmarked
	}
	return s.Store().Reset(&compat.WASIConfig{})
}

func (s *script) close() { _ = s.Close(context.Background()) } // of what is a request's alone

// scriptArgs are the words of a program: its name, those of the command line, and the
// words of a query that is no form (RFC 3875, section 4.4).
func scriptArgs(o *Options, r *http.Request) []string {
	args := append([]string{filepath.Base(o.Path)}, o.Args...)
	if q := r.URL.RawQuery; q != "" && !strings.Contains(q, "=") && (r.Method == http.MethodGet || r.Method == http.MethodHead) {
		for word := range strings.SplitSeq(q, "+") {
			word, err := url.PathUnescape(word)
			if err != nil || strings.HasPrefix(word, "-") { // which must not look like an option
				return args[:1+len(o.Args)]
			}
			args = append(args, word)
		}
	}
	return args
}

// scriptEnv is the environment in which a program finds r (RFC 3875, section 4.1), with
// the variables that WAGI adds.
func scriptEnv(r *http.Request) []string {
	host, port, err := net.SplitHostPort(r.Host)
	if err != nil {
		host, port = r.Host, ""
		if local, ok := r.Context().Value(http.LocalAddrContextKey).(net.Addr); ok {
			_, port, _ = net.SplitHostPort(local.String())
		}
	}
	remote, _, _ := net.SplitHostPort(r.RemoteAddr)
	env := []string{
		"GATEWAY_INTERFACE=CGI/1.1", "SERVER_SOFTWARE=wazedge", "SERVER_PROTOCOL=" + r.Proto, "SERVER_NAME=" + host, "SERVER_PORT=" + port,
		"REQUEST_METHOD=" + r.Method, "SCRIPT_NAME=", "PATH_INFO=" + r.URL.Path, "PATH_TRANSLATED=" + r.URL.Path, "QUERY_STRING=" + r.URL.RawQuery,
		"REQUEST_URI=" + r.URL.RequestURI(), "REMOTE_ADDR=" + remote, "REMOTE_HOST=" + remote, "REMOTE_USER=", "AUTH_TYPE=",
		"X_FULL_URL=http://" + r.Host + r.URL.RequestURI(), "X_MATCHED_ROUTE=/...", "X_RAW_PATH_INFO=" + r.URL.EscapedPath(),
	}
	if r.ContentLength >= 0 && r.Body != http.NoBody {
		env = append(env, "CONTENT_LENGTH="+strconv.FormatInt(r.ContentLength, 10))
	}
	if t := r.Header.Get("Content-Type"); t != "" {
		env = append(env, "CONTENT_TYPE="+t)
	}
	if r.Host != "" {
		env = append(env, "HTTP_HOST="+r.Host)
	}
	for name, values := range r.Header {
		if strings.Contains(name, "_") {
			continue // X_User would be taken for X-User, which a proxy may vouch for
		}
		variable := "HTTP_" + strings.ToUpper(strings.ReplaceAll(name, "-", "_"))
		switch variable {
		case "HTTP_PROXY", "HTTP_CONTENT_TYPE", "HTTP_CONTENT_LENGTH", "HTTP_CONNECTION", "HTTP_AUTHORIZATION", "HTTP_PROXY_AUTHORIZATION":
			continue // HTTP_PROXY would be taken for a setting; see RFC 3875, section 4.1.18 for the others
		}
		separator := ", "
		if name == "Cookie" {
			separator = "; "
		}
		env = append(env, variable+"="+strings.ReplaceAll(strings.Join(values, separator), "\x00", ""))
	}
	for n := range env {
		env[n] = strings.ReplaceAll(env[n], "\x00", "")
	}
	return env
}

// scriptInput is the body of a request as a program reads it. A read may be left behind
// when the program is ended.
type scriptInput struct {
	body    io.ReadCloser
	control *http.ResponseController
	idle    time.Duration

	mu     sync.Mutex
	closed bool
}

// Read implements [io.Reader].
func (s *scriptInput) Read(b []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed || s.body == http.NoBody {
		return 0, io.EOF
	}
	_ = s.control.SetReadDeadline(time.Now().Add(s.idle))
	return s.body.Read(b)
}

// close ends a read that was left behind, and all later ones.
func (s *scriptInput) close() {
	if s.body == http.NoBody {
		return
	}
	if !s.mu.TryLock() {
		_ = s.control.SetReadDeadline(time.Unix(1, 0))
		s.mu.Lock()
	}
	defer s.mu.Unlock()
	s.closed = true
	_ = s.control.SetReadDeadline(time.Now().Add(min(s.idle, 5*time.Second)))
}

// maxScriptHeader is how many bytes the header of an answer may take.
const maxScriptHeader = 64 << 10

// scriptOutput is the answer that a program writes (RFC 3875, section 6). A write may be
// left behind when the program is ended.
type scriptOutput struct {
	writer  http.ResponseWriter
	control *http.ResponseController
	idle    time.Duration

	mu      sync.Mutex
	header  []byte // until it is complete
	begun   bool   // it is
	status  int
	sent    uint64
	err     error
	flusher *time.Timer
	closed  bool
}

// errHeader is why an answer is none.
var errHeader = errors.New("the program has written no header that RFC 3875 knows: Content-Type, Location or Status, and an empty line")

// Write implements [io.Writer].
func (s *scriptOutput) Write(b []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.closed:
		return 0, errStopped
	case s.err != nil:
		return len(b), nil // the program need not know: it has failed
	case s.begun:
		return len(b), s.pass(b)
	}
	s.header = append(s.header, b...)
	n := endOfHeader(s.header)
	if n < 0 {
		if len(s.header) > maxScriptHeader {
			s.err = errHeader
		}
		return len(b), nil
	}
	rest := s.header[n:]
	if s.err = s.begin(s.header[:n]); s.err == nil && len(rest) > 0 {
		return len(b), s.pass(rest)
	}
	return len(b), nil
}

// endOfHeader is where the body begins; negative before it does.
func endOfHeader(b []byte) int {
	for at := 0; ; {
		n := bytes.IndexByte(b[at:], '\n')
		if n < 0 {
			return -1
		}
		if line := bytes.TrimRight(b[at:at+n], "\r"); len(line) == 0 {
			return at + n + 1
		}
		at += n + 1
	}
}

// begin takes over the header b.
func (s *scriptOutput) begin(b []byte) error {
	read, err := textproto.NewReader(bufio.NewReader(bytes.NewReader(b))).ReadMIMEHeader()
	if err != nil || len(read) == 0 {
		return errHeader
	}
	s.status = http.StatusOK
	if location := read.Get("Location"); location != "" {
		s.status = http.StatusFound
	}
	if status := read.Get("Status"); status != "" {
		code, _, _ := strings.Cut(status, " ")
		if s.status, err = strconv.Atoi(code); err != nil || s.status < 200 || s.status > 999 {
			return fmt.Errorf("the program has answered with the status %q", legible(status))
		}
	} else if read.Get("Location") == "" && read.Get("Content-Type") == "" {
		return errHeader
	}
	h := s.writer.Header()
	for name, values := range read {
		switch name {
		case "Status", "Connection", "Transfer-Encoding", "Keep-Alive", "Upgrade":
		default:
			h[name] = values
		}
	}
	if h["Content-Type"] == nil {
		h["Content-Type"] = nil // has net/http not guess
	}
	s.begun, s.header = true, nil
	return nil
}

// pass passes b on, at the latest soon: a program that writes little by little is not
// slowed down by it.
func (s *scriptOutput) pass(b []byte) error {
	const soon = 5 * time.Millisecond
	if s.sent == 0 {
		s.writer.WriteHeader(s.status)
	}
	_ = s.control.SetWriteDeadline(time.Now().Add(s.idle))
	n, err := s.writer.Write(b)
	s.sent += uint64(n)
	if errors.Is(err, http.ErrBodyNotAllowed) {
		return nil
	}
	if s.flusher == nil {
		s.flusher = time.AfterFunc(soon, s.flush)
	} else {
		s.flusher.Reset(soon)
	}
	s.err = err
	return err
}

func (s *scriptOutput) flush() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.closed && s.err == nil {
		s.err = s.control.Flush()
	}
}

// end is how the answer has ended when the program has, with err.
func (s *scriptOutput) end(err error) wasihttp.Outcome {
	if !s.mu.TryLock() {
		_ = s.control.SetWriteDeadline(time.Unix(1, 0)) // for a write that was left behind
		s.mu.Lock()
	}
	defer s.mu.Unlock()
	s.closed = true
	if s.flusher != nil {
		s.flusher.Stop()
	}
	_ = s.control.SetWriteDeadline(time.Now().Add(s.idle))
	if err == nil {
		err = s.err
	}
	if err == nil && !s.begun {
		err = errHeader
	}
	if err == nil && s.sent == 0 {
		s.writer.WriteHeader(s.status)
	}
	if err != nil && s.sent > 0 {
		_ = s.control.Flush() // before the connection ends
	}
	end := wasihttp.Outcome{Status: s.status, Sent: s.sent, Err: err, Clean: err != nil && s.sent == 0}
	if end.Clean {
		end.Status = 0
	}
	return end
}
