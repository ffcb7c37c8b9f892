package wasihttp

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/wazedge/wazedge/internal/component/exec"
	"github.com/wazedge/wazedge/internal/wasi2"
)

// methods are the cases of method, but for the last, other.
var methods = [...]string{"GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH"}

func methodValue(name string) exec.Value {
	for n, m := range methods {
		if m == name {
			return wasi2.Number(n)
		}
	}
	return wasi2.Variant(len(methods), exec.Text(name))
}

func methodOf(v exec.Value) string {
	if v.Bits < uint64(len(methods)) {
		return methods[v.Bits]
	}
	return v.List[0].String()
}

// The cases of scheme.
const (
	schemeHTTP = iota
	schemeHTTPS
	schemeOther
)

func schemeValue(name string) exec.Value {
	switch name {
	case "http":
		return wasi2.Number(schemeHTTP)
	case "https":
		return wasi2.Number(schemeHTTPS)
	}
	return wasi2.Variant(schemeOther, exec.Text(name))
}

func schemeOf(v exec.Value) string {
	switch v.Bits {
	case schemeHTTP:
		return "http"
	case schemeHTTPS:
		return "https"
	}
	return v.List[0].String()
}

// optional is text as an option; nil is none.
func optional(text *string) exec.Value {
	if text == nil {
		return wasi2.None
	}
	return wasi2.Some(exec.Text(*text))
}

// textOf is the text that an option is; nil for none.
func textOf(v exec.Value) *string {
	if v.Bits == 0 {
		return nil
	}
	s := v.List[0].String()
	return &s
}

// incomingRequest is a request that the component answers.
type incomingRequest struct {
	request *http.Request
	https   bool
	body    *source
	headers *fields // once they are asked for
	used    bool    // its body is taken
}

// Close implements [wasi2.Closer].
func (r *incomingRequest) Close() {
	if r.headers != nil {
		r.headers.Close()
	}
	if !r.used {
		r.body.close()
	}
}

// outgoingRequest is a request that the component makes.
type outgoingRequest struct {
	method                  string
	path, scheme, authority *string
	headers                 *fields
	body                    *outgoingBody // once it is asked for
}

// Close implements [wasi2.Closer].
func (r *outgoingRequest) Close() { r.headers.Close() }

// incomingResponse is the answer to a request of the component.
type incomingResponse struct {
	status  int
	headers *fields
	body    *source
	used    bool
}

// Close implements [wasi2.Closer].
func (r *incomingResponse) Close() {
	r.headers.Close()
	if !r.used {
		r.body.close()
	}
}

// outgoingResponse is the component's answer.
type outgoingResponse struct {
	status  int
	headers *fields
	body    *outgoingBody // once it is asked for
}

// Close implements [wasi2.Closer].
func (r *outgoingResponse) Close() { r.headers.Close() }

// newBody is a body to write, behind headers. Too is the code for one that is larger or
// smaller than these say.
func newBody(s *State, headers *fields, too Code) *outgoingBody {
	p := &pipe{state: s, declared: -1, tooLarge: too}
	if v := headers.values("content-length"); len(v) == 1 {
		if n, err := strconv.ParseUint(v[0], 10, 63); err == nil {
			p.declared = int64(n)
		}
	}
	return &outgoingBody{pipe: p}
}

func incomingRequestFunctions() []wasi2.Function {
	const self = "(self: borrow<incoming-request>) -> "
	with := func(f func(*wasi2.Call, *incomingRequest) (exec.Value, error)) func(*wasi2.Call, []exec.Value) (exec.Value, error) {
		return func(c *wasi2.Call, a []exec.Value) (exec.Value, error) {
			return f(c, wasi2.Object[*incomingRequest](c, a[0]))
		}
	}
	return []wasi2.Function{
		{Name: "[method]incoming-request.method", Notation: self + "method", Call: with(func(_ *wasi2.Call, r *incomingRequest) (exec.Value, error) {
			return methodValue(r.request.Method), nil
		})},
		{Name: "[method]incoming-request.path-with-query", Notation: self + "option<string>", Call: with(func(_ *wasi2.Call, r *incomingRequest) (exec.Value, error) {
			return wasi2.Some(exec.Text(r.request.URL.RequestURI())), nil
		})},
		{Name: "[method]incoming-request.scheme", Notation: self + "option<scheme>", Call: with(func(_ *wasi2.Call, r *incomingRequest) (exec.Value, error) {
			if r.https {
				return wasi2.Some(wasi2.Number(schemeHTTPS)), nil
			}
			return wasi2.Some(wasi2.Number(schemeHTTP)), nil
		})},
		{Name: "[method]incoming-request.authority", Notation: self + "option<string>", Call: with(func(_ *wasi2.Call, r *incomingRequest) (exec.Value, error) {
			if r.request.Host == "" {
				return wasi2.None, nil
			}
			return wasi2.Some(exec.Text(r.request.Host)), nil
		})},
		{Name: "[method]incoming-request.headers", Notation: self + "headers", Call: with(func(c *wasi2.Call, r *incomingRequest) (exec.Value, error) {
			if r.headers == nil {
				f, err := of(c).fieldsOf(r.request.Header)
				if err != nil {
					return exec.Value{}, err
				}
				r.headers = f.own()
			}
			return addFields(c, r.headers)
		})},
		{Name: "[method]incoming-request.consume", Notation: self + "result<incoming-body>", Call: with(func(c *wasi2.Call, r *incomingRequest) (exec.Value, error) {
			if r.used {
				return twice, nil
			}
			r.used = true
			v, err := c.Add(&incomingBody{source: r.body})
			return wasi2.OK(v), err
		})},
	}
}

func outgoingRequestFunctions() []wasi2.Function {
	const self = "(self: borrow<outgoing-request>"
	with := func(f func(*outgoingRequest, []exec.Value) exec.Value) func(*wasi2.Call, []exec.Value) (exec.Value, error) {
		return func(c *wasi2.Call, a []exec.Value) (exec.Value, error) {
			return f(wasi2.Object[*outgoingRequest](c, a[0]), a[1:]), nil
		}
	}
	text := func(at func(*outgoingRequest) **string, valid func(string) bool) func(*wasi2.Call, []exec.Value) (exec.Value, error) {
		return with(func(r *outgoingRequest, a []exec.Value) exec.Value {
			t := textOf(a[0])
			if t != nil && !valid(*t) {
				return wasi2.Failed(wasi2.None)
			}
			*at(r) = t
			return wasi2.Done
		})
	}
	return []wasi2.Function{
		{Name: "[constructor]outgoing-request", Notation: "(headers: headers) -> outgoing-request", Call: func(c *wasi2.Call, a []exec.Value) (exec.Value, error) {
			f := wasi2.Take[*fields](c, a[0])
			f.immutable = true
			return c.Add(&outgoingRequest{method: "GET", headers: f})
		}},
		{Name: "[method]outgoing-request.body", Notation: self + ") -> result<outgoing-body>", Call: func(c *wasi2.Call, a []exec.Value) (exec.Value, error) {
			r := wasi2.Object[*outgoingRequest](c, a[0])
			if r.body != nil {
				return twice, nil
			}
			r.body = newBody(of(c), r.headers, RequestBodySize)
			v, err := c.Add(r.body)
			return wasi2.OK(v), err
		}},
		{Name: "[method]outgoing-request.method", Notation: self + ") -> method", Call: with(func(r *outgoingRequest, _ []exec.Value) exec.Value { return methodValue(r.method) })},
		{Name: "[method]outgoing-request.set-method", Notation: self + ", method: method) -> result", Call: with(func(r *outgoingRequest, a []exec.Value) exec.Value {
			m := methodOf(a[0])
			if !validName(m) {
				return wasi2.Failed(wasi2.None)
			}
			r.method = m
			return wasi2.Done
		})},
		{Name: "[method]outgoing-request.path-with-query", Notation: self + ") -> option<string>", Call: with(func(r *outgoingRequest, _ []exec.Value) exec.Value { return optional(r.path) })},
		{Name: "[method]outgoing-request.set-path-with-query", Notation: self + ", path-with-query: option<string>) -> result", Call: text(func(r *outgoingRequest) **string { return &r.path }, validPath)},
		{Name: "[method]outgoing-request.scheme", Notation: self + ") -> option<scheme>", Call: with(func(r *outgoingRequest, _ []exec.Value) exec.Value {
			if r.scheme == nil {
				return wasi2.None
			}
			return wasi2.Some(schemeValue(*r.scheme))
		})},
		{Name: "[method]outgoing-request.set-scheme", Notation: self + ", scheme: option<scheme>) -> result", Call: with(func(r *outgoingRequest, a []exec.Value) exec.Value {
			if a[0].Bits == 0 {
				r.scheme = nil
				return wasi2.Done
			}
			s := schemeOf(a[0].List[0])
			if !validScheme(s) {
				return wasi2.Failed(wasi2.None)
			}
			r.scheme = &s
			return wasi2.Done
		})},
		{Name: "[method]outgoing-request.authority", Notation: self + ") -> option<string>", Call: with(func(r *outgoingRequest, _ []exec.Value) exec.Value { return optional(r.authority) })},
		{Name: "[method]outgoing-request.set-authority", Notation: self + ", authority: option<string>) -> result", Call: text(func(r *outgoingRequest) **string { return &r.authority }, validAuthority)},
		{Name: "[method]outgoing-request.headers", Notation: self + ") -> headers", Call: func(c *wasi2.Call, a []exec.Value) (exec.Value, error) {
			return addFields(c, wasi2.Object[*outgoingRequest](c, a[0]).headers)
		}},
	}
}

// validPath reports whether s is what may stand behind the authority of a URI.
func validPath(s string) bool {
	if s != "" && s[0] != '/' && s[0] != '?' && s != "*" {
		return false
	}
	for i := 0; i < len(s); i++ {
		if c := s[i]; c <= ' ' || c >= 0x7f || c == '#' {
			return false
		}
	}
	return true
}

// validScheme reports whether s is the scheme of a URI (RFC 3986, section 3.1).
func validScheme(s string) bool {
	for i := 0; i < len(s); i++ {
		c := s[i] | 0x20
		if c >= 'a' && c <= 'z' || i > 0 && (s[i] >= '0' && s[i] <= '9' || strings.IndexByte("+-.", s[i]) >= 0) {
			continue
		}
		return false
	}
	return s != ""
}

// validAuthority reports whether s is a host, and a port if there is one.
func validAuthority(s string) bool {
	u, err := url.Parse("http://" + s + "/")
	return err == nil && u.Host == s && u.User == nil && u.Hostname() != "" && u.Path == "/"
}

func responseFunctions() []wasi2.Function {
	const (
		incoming = "(self: borrow<incoming-response>) -> "
		outgoing = "(self: borrow<outgoing-response>"
	)
	return []wasi2.Function{
		{Name: "[method]incoming-response.status", Notation: incoming + "status-code", Call: func(c *wasi2.Call, a []exec.Value) (exec.Value, error) {
			return wasi2.Number(wasi2.Object[*incomingResponse](c, a[0]).status), nil
		}},
		{Name: "[method]incoming-response.headers", Notation: incoming + "headers", Call: func(c *wasi2.Call, a []exec.Value) (exec.Value, error) {
			return addFields(c, wasi2.Object[*incomingResponse](c, a[0]).headers)
		}},
		{Name: "[method]incoming-response.consume", Notation: incoming + "result<incoming-body>", Call: func(c *wasi2.Call, a []exec.Value) (exec.Value, error) {
			r := wasi2.Object[*incomingResponse](c, a[0])
			if r.used {
				return twice, nil
			}
			r.used = true
			v, err := c.Add(&incomingBody{source: r.body})
			return wasi2.OK(v), err
		}},
		{Name: "[constructor]outgoing-response", Notation: "(headers: headers) -> outgoing-response", Call: func(c *wasi2.Call, a []exec.Value) (exec.Value, error) {
			f := wasi2.Take[*fields](c, a[0])
			f.immutable = true
			return c.Add(&outgoingResponse{status: http.StatusOK, headers: f})
		}},
		{Name: "[method]outgoing-response.status-code", Notation: outgoing + ") -> status-code", Call: func(c *wasi2.Call, a []exec.Value) (exec.Value, error) {
			return wasi2.Number(wasi2.Object[*outgoingResponse](c, a[0]).status), nil
		}},
		{Name: "[method]outgoing-response.set-status-code", Notation: outgoing + ", status-code: status-code) -> result", Call: func(c *wasi2.Call, a []exec.Value) (exec.Value, error) {
			if a[1].Bits < 100 || a[1].Bits > 999 {
				return wasi2.Failed(wasi2.None), nil
			}
			wasi2.Object[*outgoingResponse](c, a[0]).status = int(a[1].Bits)
			return wasi2.Done, nil
		}},
		{Name: "[method]outgoing-response.headers", Notation: outgoing + ") -> headers", Call: func(c *wasi2.Call, a []exec.Value) (exec.Value, error) {
			return addFields(c, wasi2.Object[*outgoingResponse](c, a[0]).headers)
		}},
		{Name: "[method]outgoing-response.body", Notation: outgoing + ") -> result<outgoing-body>", Call: func(c *wasi2.Call, a []exec.Value) (exec.Value, error) {
			r := wasi2.Object[*outgoingResponse](c, a[0])
			if r.body != nil {
				return twice, nil
			}
			r.body = newBody(of(c), r.headers, ResponseBodySize)
			v, err := c.Add(r.body)
			return wasi2.OK(v), err
		}},
	}
}
