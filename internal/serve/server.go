package serve

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"math"
	"net"
	"net/http"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/wazedge/wazedge/compat"
)

// Options are what is served, and how.
type Options struct {
	Path   string
	CGI    bool     // the file is a program of preview 1
	Args   []string // of a program, behind its name
	Config compat.Config

	Concurrency int           // how many requests are answered at once
	Queue       int           // how many more may wait for their turn
	Idle        time.Duration // how long a client may take to send or receive a part of a body
	Grace       time.Duration // how long requests that are under way may take at the end

	Access io.Writer    // gets a line for each request; nil for none
	Say    func(string) // is told what the owner of the server is to know
	Watch  bool         // a newer file takes the place of the one that is served
}

// Defaults of [Options].
const (
	DefaultConcurrency = 64
	DefaultQueue       = 1024
	DefaultIdle        = 30 * time.Second
	DefaultGrace       = 10 * time.Second
)

// maxWait is how long a request may wait for its turn.
const maxWait = 30 * time.Second

// Server answers requests.
type Server struct {
	options Options
	stats   stats
	turns   chan struct{} // holds one for each request that is being answered

	mu      sync.Mutex
	program *program
	file    os.FileInfo // that program was made of

	access sync.Mutex
}

// New loads the file of o. The error is one of the file, or a *[FileError].
func New(ctx context.Context, o Options) (*Server, error) {
	s := &Server{options: o, turns: make(chan struct{}, o.Concurrency)}
	s.file, _ = os.Stat(o.Path)
	p, err := o.load(ctx)
	if err != nil {
		return nil, err
	}
	s.program = p
	return s, nil
}

// Improvable reports whether code of what is served can be optimized for later starts.
func (s *Server) Improvable() bool {
	p := s.take()
	if p == nil {
		return false
	}
	defer p.leave(context.Background())
	if p.script != nil {
		return p.script.Improvable(math.MaxInt64)
	}
	return p.handler.Improvable(math.MaxInt64)
}

// Close releases what s has loaded, once no request needs it.
func (s *Server) Close(ctx context.Context) { s.replace(ctx, nil) }

// replace has later requests answered by p.
func (s *Server) replace(ctx context.Context, p *program) {
	s.mu.Lock()
	old := s.program
	s.program = p
	s.mu.Unlock()
	if old != nil {
		old.leave(ctx)
	}
}

// take is the program that a request is answered by, until the request leaves it.
func (s *Server) take() *program {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.program != nil {
		s.program.use()
	}
	return s.program
}

// Serve answers the requests of l until ctx ends, and then those that are under way.
// Metrics, which may be nil, is where they are asked for.
func (s *Server) Serve(ctx context.Context, l, metrics net.Listener) error {
	answering, stop := context.WithCancelCause(context.Background())
	defer stop(nil)
	server := &http.Server{
		Handler:           s,
		ReadHeaderTimeout: 10 * time.Second,
		IdleTimeout:       120 * time.Second,
		MaxHeaderBytes:    64 << 10,
		ErrorLog:          log.New(io.Discard, "", 0),
		BaseContext:       func(net.Listener) context.Context { return answering },
		Protocols:         new(http.Protocols),
	}
	server.Protocols.SetHTTP1(true)
	server.Protocols.SetUnencryptedHTTP2(true)
	done := make(chan error, 1)
	go func() { done <- server.Serve(l) }()
	if metrics != nil {
		numbers := &http.Server{Handler: s.Metrics(), ReadHeaderTimeout: 10 * time.Second, ErrorLog: server.ErrorLog}
		go func() { _ = numbers.Serve(metrics) }()
		defer numbers.Close()
	}
	if s.options.Watch {
		watching, unwatch := context.WithCancel(ctx)
		defer unwatch()
		go s.watch(watching)
	}
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
	}
	grace, cancel := context.WithTimeout(context.Background(), s.options.Grace)
	defer cancel()
	if err := server.Shutdown(grace); err != nil {
		stop(errStopped)
		last, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		if server.Shutdown(last) != nil {
			_ = server.Close()
		}
	}
	return nil
}

// errStopped is why a request ends when the server does, and errGone when its client does.
var (
	errStopped = errors.New("the server is stopped")
	errGone    = errors.New("the client is gone")
	errBusy    = errors.New("too many requests are under way")
)

// ServeHTTP answers r.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	began := time.Now()
	end := s.answer(w, r)
	if end.Clean && end.Status == 0 {
		end.Status = refuse(w, r, end.Err)
	}
	s.stats.add(&end, time.Since(began))
	s.tell(r, &end, began)
	if end.Err != nil && !end.Clean && !end.Whole {
		panic(http.ErrAbortHandler) // the client must not take what it has got for all
	}
}

func (s *Server) answer(w http.ResponseWriter, r *http.Request) outcome {
	var end outcome
	end.Clean = true
	if end.Err = s.begin(r.Context()); end.Err != nil {
		if errors.Is(end.Err, errBusy) { // not if its client has left while it waited
			s.stats.refused.Add(1)
		}
		return end
	}
	s.stats.running.Add(1)
	p := s.take()
	done := func() {
		if p != nil {
			p.leave(context.Background())
		}
		s.stats.running.Add(-1)
		<-s.turns
	}
	if p == nil {
		done()
		end.Err = errStopped
		return end
	}
	ctx, cancel := context.WithCancelCause(r.Context())
	defer cancel(nil)
	stop := context.AfterFunc(r.Context(), func() { cancel(gone(r.Context())) })
	defer stop()
	return p.answer(ctx, &s.options, w, r, done)
}

// gone is why the context of a request has ended.
func gone(ctx context.Context) error {
	if cause := context.Cause(ctx); errors.Is(cause, errStopped) {
		return cause
	}
	return errGone
}

// begin waits for the turn of a request.
func (s *Server) begin(ctx context.Context) error {
	select {
	case s.turns <- struct{}{}:
		return nil
	default:
	}
	defer s.stats.waiting.Add(-1)
	if s.stats.waiting.Add(1) > int64(s.options.Queue) {
		return errBusy
	}
	patience := time.NewTimer(maxWait)
	defer patience.Stop()
	select {
	case s.turns <- struct{}{}:
		return nil
	case <-ctx.Done():
		return gone(ctx)
	case <-patience.C:
		return errBusy
	}
}

// refuse tells the client, who was told nothing so far, that err has come in between.
func refuse(w http.ResponseWriter, r *http.Request, err error) int {
	status := statusOf(err)
	h := w.Header()
	clear(h)
	h.Set("Content-Type", "text/plain; charset=utf-8")
	if status == http.StatusServiceUnavailable {
		h.Set("Retry-After", "1")
	}
	_ = http.NewResponseController(w).SetWriteDeadline(time.Now().Add(10 * time.Second))
	w.WriteHeader(status)
	if r.Method != http.MethodHead {
		fmt.Fprintf(w, "%d %s\n", status, http.StatusText(status))
	}
	return status
}

// tell writes the line of the access log, in the common log format with the time taken
// behind it, and says what went wrong.
func (s *Server) tell(r *http.Request, end *outcome, began time.Time) {
	if end.Err != nil && !errors.Is(end.Err, errGone) && s.options.Say != nil {
		s.options.Say(fmt.Sprintf("%s %s: %s", legible(r.Method), legible(r.URL.Path), reason(end.Err)))
	}
	if s.options.Access == nil {
		return
	}
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		host = "-"
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%s - - [%s] \"%s %s %s\" %d %d %.3fms\n", host, began.Format("02/Jan/2006:15:04:05 -0700"),
		legible(r.Method), legible(r.RequestURI), r.Proto, end.Status, end.Sent, float64(time.Since(began).Microseconds())/1000)
	s.access.Lock()
	defer s.access.Unlock()
	_, _ = io.WriteString(s.options.Access, b.String())
}

// legible is text of a client on one line, without what would end a quotation.
func legible(text string) string {
	const most = 1000
	var b strings.Builder
	for n, c := range text {
		switch {
		case n > most:
			return b.String() + "..."
		case c < ' ' || c == '"' || c == '\\' || c >= 0x7f:
			fmt.Fprintf(&b, "\\u%04x", c)
		default:
			b.WriteRune(c)
		}
	}
	return b.String()
}
