package wasihttp

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/wazedge/wazedge/hostfuncs/hostnet"
	"github.com/wazedge/wazedge/internal/component/exec"
	"github.com/wazedge/wazedge/internal/wasi2"
)

// patience is how long each step of a request may take where its options do not say.
const patience = 600 * time.Second

// Client makes the requests of components. Connections may serve several of them, one
// after the other: which may be made depends on the policy alone, which is the client's.
// Several goroutines may use it at once.
type Client struct {
	net       hostnet.Net
	transport http.Transport
}

// NewClient is a client that goes where policy allows; nil is everywhere. Refused, unless
// nil, is told what is not allowed.
func NewClient(policy hostnet.Policy, refused func(name string, addr netip.AddrPort)) *Client {
	c := &Client{}
	c.net.Policy, c.net.Refused = policy, refused
	c.transport = http.Transport{
		DialContext:            c.dial,
		DisableCompression:     true,
		MaxIdleConnsPerHost:    32,
		IdleConnTimeout:        30 * time.Second,
		MaxResponseHeaderBytes: maxFields,
		ExpectContinueTimeout:  time.Second,
		WriteBufferSize:        16 << 10,
	}
	return c
}

// Close closes the connections that nobody uses.
func (c *Client) Close() { c.transport.CloseIdleConnections() }

// dialTimeout is the key of how long a connection may take.
type dialTimeout struct{}

// dial connects to a host and port, as the policy allows.
func (c *Client) dial(ctx context.Context, _, addr string) (net.Conn, error) {
	host, port, err := net.SplitHostPort(addr)
	if err != nil {
		return nil, &Error{Code: RequestURIInvalid}
	}
	n, err := strconv.ParseUint(port, 10, 16)
	if err != nil {
		return nil, &Error{Code: RequestURIInvalid}
	}
	limit := patience
	if d, ok := ctx.Value(dialTimeout{}).(time.Duration); ok {
		limit = d
	}
	within, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	conn, err := c.net.Dial(within, host, uint16(n))
	if err != nil && within.Err() != nil && ctx.Err() == nil {
		err = &Error{Code: ConnectionTimeout}
	}
	return conn, err
}

// future is a response that a component waits for.
type future struct {
	cancel context.CancelFunc

	mu       sync.Mutex
	response *http.Response
	err      error
	taken    bool
	dropped  bool
	between  time.Duration
	ready    chan struct{} // closed when there is a response or an error
}

// Close implements [wasi2.Closer].
func (f *future) Close() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.dropped = true
	if !f.taken {
		f.cancel()
	}
}

func (f *future) signal() <-chan struct{} { return f.ready }

// send makes a request.
func send(c *wasi2.Call, a []exec.Value) (exec.Value, error) {
	r := wasi2.Take[*outgoingRequest](c, a[0])
	defer r.Close()
	options := &requestOptions{-1, -1, -1}
	if a[1].Bits == 1 {
		options = wasi2.Take[*requestOptions](c, a[1].List[0])
	}
	s := of(c)
	if s.client == nil {
		return failure(&Error{Code: RequestDenied}), nil
	}
	ctx, cancel := c.Guest().Context()
	if options.connect >= 0 {
		ctx = context.WithValue(ctx, dialTimeout{}, options.connect)
	}
	request, err := r.request(ctx)
	if err == nil && s.requests.Add(1) > maxRequests {
		s.requests.Add(-1)
		err = &Error{Code: ConnectionLimitReached}
	}
	if err != nil {
		cancel()
		if r.body != nil {
			r.body.pipe.close()
		}
		return failure(err), nil
	}
	f := &future{ready: make(chan struct{}), between: orPatience(options.betweenBytes)}
	f.cancel = sync.OnceFunc(func() {
		cancel()
		s.requests.Add(-1)
	})
	go f.run(s.client, request, orPatience(options.firstByte))
	v, err := c.Add(f)
	return wasi2.OK(v), err
}

func orPatience(d time.Duration) time.Duration {
	if d < 0 {
		return patience
	}
	return d
}

// request is r as net/http has it. The error is an [Error].
func (r *outgoingRequest) request(ctx context.Context) (*http.Request, error) {
	scheme, path := "https", "/"
	if r.scheme != nil {
		scheme = *r.scheme
	}
	if r.path != nil && *r.path != "" {
		path = *r.path
	}
	if scheme != "http" && scheme != "https" {
		return nil, &Error{Code: ProtocolError}
	}
	if r.authority == nil {
		return nil, &Error{Code: RequestURIInvalid}
	}
	if r.method == "CONNECT" {
		return nil, &Error{Code: RequestMethodInvalid}
	}
	if path[0] == '?' {
		path = "/" + path
	}
	u := &url.URL{Scheme: scheme, Host: *r.authority, Opaque: path} // as it was written
	if strings.HasPrefix(path, "//") {                              // which Opaque would have as an authority
		var err error
		u.Opaque = ""
		u.RawPath, u.RawQuery, u.ForceQuery = strings.Cut(path, "?")
		if u.Path, err = url.PathUnescape(u.RawPath); err != nil {
			return nil, &Error{Code: RequestURIInvalid}
		}
	}
	h := http.Header{}
	r.headers.addTo(h)
	if h["User-Agent"] == nil {
		h["User-Agent"] = []string{""} // has net/http send none of its own
	}
	request := (&http.Request{Method: r.method, URL: u, Host: u.Host, Header: h, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1}).WithContext(ctx)
	h.Del("Content-Length")
	if r.body == nil {
		return request, nil
	}
	p := r.body.pipe
	request.ContentLength = p.declared
	request.Body = &trailing{reader: reader{pipe: p}, request: request}
	if p.declared == 0 {
		request.Body = http.NoBody
	}
	request.Trailer = http.Header{}
	return request, nil
}

// trailing is the body of a request, which puts trailers into the request at its end.
type trailing struct {
	reader
	request *http.Request
}

// Read implements [io.Reader].
func (t *trailing) Read(b []byte) (int, error) {
	n, err := t.reader.Read(b)
	if errors.Is(err, io.EOF) && t.pipe.trailers != nil {
		t.pipe.trailers.addTo(t.request.Trailer)
	}
	return n, err
}

// run makes the request, and waits for the headers of the answer.
func (f *future) run(c *Client, r *http.Request, firstByte time.Duration) {
	late := time.AfterFunc(firstByte, f.cancel)
	response, err := c.transport.RoundTrip(r)
	if !late.Stop() && err != nil {
		err = &Error{Code: ConnectionReadTimeout}
	}
	f.mu.Lock()
	f.response, f.err = response, err
	dropped := f.dropped
	close(f.ready)
	f.mu.Unlock()
	if err != nil || dropped {
		f.cancel()
		if response != nil {
			_ = response.Body.Close()
		}
	}
}

func futureFunctions() []wasi2.Function {
	const self = "(self: borrow<future-incoming-response>) -> "
	return []wasi2.Function{
		{Name: "[method]future-incoming-response.subscribe", Notation: self + "pollable", Call: func(c *wasi2.Call, a []exec.Value) (exec.Value, error) {
			return c.Add(wasi2.NewPollable(wasi2.Object[*future](c, a[0]).signal))
		}},
		{Name: "[method]future-incoming-response.get", Notation: self + "option<result<result<incoming-response, error-code>>>", Call: getResponse},
	}
}

// getResponse is what has become of a request, once.
func getResponse(c *wasi2.Call, a []exec.Value) (exec.Value, error) {
	f := wasi2.Object[*future](c, a[0])
	f.mu.Lock()
	defer f.mu.Unlock()
	switch {
	case f.taken:
		return wasi2.Some(twice), nil
	case f.err != nil:
		f.taken = true
		return wasi2.Some(wasi2.OK(failure(f.err))), nil
	case f.response == nil:
		return wasi2.None, nil
	}
	f.taken = true
	headers, err := of(c).fieldsOf(f.response.Header)
	if err != nil {
		return exec.Value{}, err
	}
	r := f.response
	body := &source{body: &cancelling{r.Body, f.cancel}, before: f.watch, trailers: func() http.Header { return r.Trailer }}
	v, err := c.Add(&incomingResponse{status: r.StatusCode, headers: headers.own(), body: body})
	return wasi2.Some(wasi2.OK(wasi2.OK(v))), err
}

// watch ends the request when a read takes too long.
func (f *future) watch() func(error) error {
	late := time.AfterFunc(f.between, f.cancel)
	return func(err error) error {
		if !late.Stop() && err != nil && !errors.Is(err, io.EOF) {
			return &Error{Code: ConnectionReadTimeout}
		}
		return err
	}
}

// cancelling is a body whose end is that of its request.
type cancelling struct {
	io.ReadCloser
	cancel context.CancelFunc
}

// Close implements [io.Closer].
func (c *cancelling) Close() error {
	err := c.ReadCloser.Close()
	c.cancel()
	return err
}
