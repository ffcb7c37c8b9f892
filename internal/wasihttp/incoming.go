package wasihttp

import (
	"errors"
	"io"
	"net/http"
	"strconv"
	"sync"
	"time"

	"github.com/wazedge/wazedge/internal/component/exec"
	"github.com/wazedge/wazedge/internal/wasi2"
)

// ErrNoAnswer is why a component has not answered that returned without an answer.
var ErrNoAnswer = errors.New("the handler has returned without an answer")

// Idle is how long a client may take to send or to receive some of a body.
type Idle struct{ Read, Write time.Duration }

// Exchange is a request that a component answers, and the answer. One goroutine uses it,
// beside the component.
type Exchange struct {
	writer  http.ResponseWriter
	request *http.Request
	control *http.ResponseController
	idle    Idle
	state   *State
	body    *source

	answered *outgoingResponse
	failed   *Error // that the component answers with
	status   int

	mu      sync.Mutex
	timer   *time.Timer   // by which what is written goes out
	pumping chan struct{} // closed when what is written is not passed on any more; nil before it is
	over    bool          // the component has returned
	started bool          // some of the answer has gone out
	sent    uint64        // bytes of the body
	broken  error         // why the client gets no more

	stopping sync.Mutex
	ended    bool // what the client is told from now on is not the component's
}

// NewExchange is what a component does about r.
func NewExchange(w http.ResponseWriter, r *http.Request, idle Idle) *Exchange {
	x := &Exchange{writer: w, request: r, control: http.NewResponseController(w), idle: idle}
	x.body = &source{body: r.Body, trailers: func() http.Header { return r.Trailer }}
	if r.Body != http.NoBody {
		_ = x.control.EnableFullDuplex() // as HTTP/2 has it anyway
		x.body.before = func() func(error) error {
			_ = x.control.SetReadDeadline(time.Now().Add(idle.Read))
			return func(err error) error { return err }
		}
	}
	return x
}

// Arguments are those of the function handle of a component that has the state s.
func (x *Exchange) Arguments(s *State, h *wasi2.Host) ([]exec.Value, error) {
	x.state = s
	h.Guest().OnInterrupt(x)
	request, err := h.Add(&incomingRequest{request: x.request, https: x.request.TLS != nil, body: x.body})
	if err != nil {
		return nil, err
	}
	answer, err := h.Add(&outparam{x})
	return []exec.Value{request, answer}, err
}

// Stop ends what waits for the client, until [Exchange.End].
func (x *Exchange) Stop() {
	x.stopping.Lock()
	defer x.stopping.Unlock()
	if x.ended {
		return
	}
	_ = x.control.SetReadDeadline(time.Unix(1, 0))
	_ = x.control.SetWriteDeadline(time.Unix(1, 0))
}

// Resume does nothing: an exchange has one call.
func (x *Exchange) Resume() {}

// outparam is where a component puts its answer.
type outparam struct{ exchange *Exchange }

func outparamFunctions() []wasi2.Function {
	return []wasi2.Function{
		{Name: "[method]response-outparam.send-informational", Notation: "(self: borrow<response-outparam>, status: u16, headers: headers) -> result<_, error-code>", Call: sendInformational},
		{Name: "[static]response-outparam.set", Notation: "(param: response-outparam, response: result<outgoing-response, error-code>)", Call: func(c *wasi2.Call, a []exec.Value) (exec.Value, error) {
			x := wasi2.Take[*outparam](c, a[0]).exchange
			if a[1].Bits != 0 {
				x.failed = errorOf(a[1].List[0])
				return wasi2.Done, nil
			}
			x.answer(wasi2.Take[*outgoingResponse](c, a[1].List[0]))
			return wasi2.Done, nil
		}},
	}
}

// sendInformational sends headers with a status below 200, before the answer.
func sendInformational(c *wasi2.Call, a []exec.Value) (exec.Value, error) {
	x, status := wasi2.Object[*outparam](c, a[0]).exchange, int(a[1].Bits)
	f := wasi2.Take[*fields](c, a[2])
	defer f.Close()
	if status < 100 || status > 199 || status == http.StatusSwitchingProtocols {
		return failure(&Error{Code: ProtocolError}), nil
	}
	h := x.writer.Header()
	f.addTo(h)
	x.writer.WriteHeader(status)
	clear(h)
	return wasi2.Done, nil
}

// answer begins the answer r.
func (x *Exchange) answer(r *outgoingResponse) {
	switch declared := newBody(x.state, r.headers, ResponseBodySize).pipe.declared; {
	case r.status < 200:
		x.refuse(r, &Error{Code: InternalError, Text: "the status of an answer is 200 or more, not " + strconv.Itoa(r.status)})
		return
	case r.body == nil && declared > 0 && x.hasBody(r.status):
		x.refuse(r, &Error{Code: ResponseBodySize})
		return
	}
	x.answered, x.status = r, r.status
	if r.body == nil {
		return
	}
	p := r.body.pipe
	p.mu.Lock()
	p.written = x.written
	waiting := len(p.buf)
	p.mu.Unlock()
	x.written(waiting)
}

// refuse has the answer r be the error e.
func (x *Exchange) refuse(r *outgoingResponse, e *Error) {
	x.failed = e
	if r.body != nil {
		r.body.pipe.close()
	}
	r.Close()
}

// hasBody reports whether an answer with a status has a body (RFC 9110, section 6.4.1).
func (x *Exchange) hasBody(status int) bool {
	return x.request.Method != http.MethodHead && status != http.StatusNoContent && status != http.StatusNotModified
}

// What is written goes out at the latest after soon, or when enough of it waits: an
// answer that is complete by then goes out in one piece.
const (
	soon   = time.Millisecond
	enough = maxBuffer / 2
)

// written has what is written go out.
func (x *Exchange) written(waiting int) {
	x.mu.Lock()
	defer x.mu.Unlock()
	switch {
	case x.over, x.pumping != nil:
	case waiting >= enough:
		x.pump()
	case x.timer == nil:
		x.timer = time.AfterFunc(soon, func() {
			x.mu.Lock()
			defer x.mu.Unlock()
			if !x.over && x.pumping == nil {
				x.pump()
			}
		})
	}
}

// pump passes on what is written, as it is written.
func (x *Exchange) pump() {
	x.pumping = make(chan struct{})
	go func() {
		defer close(x.pumping)
		x.begin()
		x.drain()
	}()
}

// begin sends the headers of the answer.
func (x *Exchange) begin() {
	x.started = true
	h := x.writer.Header()
	x.answered.headers.addTo(h)
	if h["Content-Type"] == nil {
		h["Content-Type"] = nil // has net/http not guess
	}
	x.writer.WriteHeader(x.status)
}

// drain passes on what is written up to the end of the body.
func (x *Exchange) drain() {
	p := x.answered.body.pipe
	for x.broken == nil {
		b, more, err := p.take()
		switch {
		case err != nil:
			x.broken = err
			if errors.Is(err, io.EOF) {
				x.broken = nil
				x.trailers(p.trailers)
			}
			return
		case more != nil:
			x.flush()
			<-more
		default:
			x.write(b)
			p.back(b)
		}
	}
	p.close()
}

func (x *Exchange) write(b []byte) {
	_ = x.control.SetWriteDeadline(time.Now().Add(x.idle.Write))
	n, err := x.writer.Write(b)
	x.sent += uint64(n)
	if err != nil && !errors.Is(err, http.ErrBodyNotAllowed) {
		x.broken = err
	}
}

func (x *Exchange) flush() {
	_ = x.control.SetWriteDeadline(time.Now().Add(x.idle.Write))
	if err := x.control.Flush(); err != nil && !errors.Is(err, http.ErrNotSupported) {
		x.broken = err
	}
}

func (x *Exchange) trailers(f *fields) {
	if f == nil {
		return
	}
	h := x.writer.Header()
	for _, t := range f.list {
		name := http.TrailerPrefix + http.CanonicalHeaderKey(t.name)
		h[name] = append(h[name], t.value)
	}
}

// Outcome is how an exchange has ended.
type Outcome struct {
	Status int    // of the answer; 0 for none
	Sent   uint64 // bytes of its body
	Err    error  // why the answer is not what the component has made: it has ended with this, or an [*Error] is its answer
	Clean  bool   // nothing has gone out: the client can be told of Err
	Whole  bool   // all of the answer has gone out, whatever came then
}

// End sends what is left of the answer when the component has returned, with err. Without
// an answer that is complete, it says so.
func (x *Exchange) End(err error) Outcome {
	x.mu.Lock()
	x.over = true
	if x.timer != nil {
		x.timer.Stop()
	}
	pumping := x.pumping
	x.mu.Unlock()
	r := x.answered
	if r != nil && r.body != nil {
		r.body.pipe.abort(ErrIncomplete)
	}
	if pumping != nil {
		<-pumping
	}
	defer x.close()
	x.stopping.Lock()
	x.ended = true
	x.stopping.Unlock()
	_ = x.control.SetWriteDeadline(time.Time{})
	switch {
	case r == nil && x.failed != nil && err == nil:
		return Outcome{Err: x.failed, Clean: true}
	case r == nil && err == nil:
		return Outcome{Err: ErrNoAnswer, Clean: true}
	case r == nil:
		return Outcome{Err: err, Clean: true}
	}
	if pumping == nil && !x.whole() {
		return Outcome{Err: firstOf(err, x.broken), Clean: !x.started, Status: x.shown(), Sent: x.sent}
	}
	return Outcome{Status: x.status, Sent: x.sent, Err: firstOf(err, x.broken), Whole: x.broken == nil}
}

func (x *Exchange) shown() int {
	if x.started {
		return x.status
	}
	return 0
}

func firstOf(list ...error) error {
	for _, err := range list {
		if err != nil {
			return err
		}
	}
	return nil
}

// whole sends an answer of which nothing has gone out, if it is complete.
func (x *Exchange) whole() bool {
	b := x.answered.body
	if b == nil {
		x.begin()
		return true
	}
	p := b.pipe
	if p.ended != io.EOF {
		x.broken = p.ended
		return false
	}
	if p.trailers == nil && p.declared < 0 && x.hasBody(x.status) {
		x.writer.Header()["Content-Length"] = []string{strconv.FormatInt(p.got, 10)}
	}
	x.begin()
	if p.trailers != nil {
		x.flush() // or net/http declares a length, and has no place for them
	}
	x.drain()
	return true
}

// rest is how long a client may take to send what the component has not read.
const rest = 5 * time.Second

// close gives back what the answer and the body of the request take.
func (x *Exchange) close() {
	if x.answered != nil {
		if x.answered.body != nil {
			x.answered.body.pipe.close()
		}
		x.answered.Close()
	}
	x.body.mu.Lock()
	reading, ended := x.body.reading, x.body.err != nil
	x.body.mu.Unlock()
	switch {
	case reading:
		_ = x.control.SetReadDeadline(time.Unix(1, 0))
	case !ended && x.request.Body != http.NoBody: // net/http reads some of the rest
		_ = x.control.SetReadDeadline(time.Now().Add(min(x.idle.Read, rest)))
	}
	x.body.close()
}
