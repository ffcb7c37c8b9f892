package wasihttp

import (
	"errors"
	"time"

	"github.com/wazedge/wazedge/internal/component/exec"
	"github.com/wazedge/wazedge/internal/wasi2"
)

// Packages is wasi:http, for components whose host has a [State].
func Packages() map[string]wasi2.Package { return map[string]wasi2.Package{"wasi:http": interfaces} }

func interfaces() []*wasi2.Interface {
	functions := []wasi2.Function{{Name: "http-error-code", Notation: "(err: borrow<io-error>) -> option<error-code>", Call: httpErrorCode}}
	for _, group := range [][]wasi2.Function{
		fieldsFunctions(), incomingRequestFunctions(), outgoingRequestFunctions(), optionsFunctions(), outparamFunctions(),
		responseFunctions(), bodyFunctions(), futureFunctions(),
	} {
		functions = append(functions, group...)
	}
	resource := func(name string) wasi2.Definition { return wasi2.Definition{Name: name, Notation: "resource"} }
	return []*wasi2.Interface{
		{
			Name: "wasi:http/types",
			Uses: []wasi2.Use{
				{From: "wasi:clocks/monotonic-clock", Types: []string{"duration"}},
				{From: "wasi:io/streams", Types: []string{"input-stream", "output-stream"}},
				{From: "wasi:io/error", Types: []string{"error as io-error"}},
				{From: "wasi:io/poll", Types: []string{"pollable"}},
			},
			Types: []wasi2.Definition{
				{Name: "method", Notation: "variant{get, head, post, put, delete, connect, options, trace, patch, other(string)}"},
				{Name: "scheme", Notation: "variant{HTTP, HTTPS, other(string)}"},
				{Name: "DNS-error-payload", Notation: "record{rcode: option<string>, info-code: option<u16>}"},
				{Name: "TLS-alert-received-payload", Notation: "record{alert-id: option<u8>, alert-message: option<string>}"},
				{Name: "field-size-payload", Notation: "record{field-name: option<string>, field-size: option<u32>}"},
				{Name: "error-code", Notation: notation()},
				{Name: "header-error", Notation: "variant{invalid-syntax, forbidden, immutable}"},
				{Name: "field-key", Notation: "string"}, {Name: "field-name", Notation: "field-key"}, {Name: "field-value", Notation: "list<u8>"},
				resource("fields"), {Name: "headers", Notation: "fields"}, {Name: "trailers", Notation: "fields"},
				resource("incoming-request"), resource("outgoing-request"), resource("request-options"), resource("response-outparam"),
				{Name: "status-code", Notation: "u16"},
				resource("incoming-response"), resource("incoming-body"), resource("future-trailers"),
				resource("outgoing-response"), resource("outgoing-body"), resource("future-incoming-response"),
			},
			Functions: functions,
		},
		{
			Name: "wasi:http/outgoing-handler",
			Uses: []wasi2.Use{{From: "wasi:http/types", Types: []string{"outgoing-request", "request-options", "future-incoming-response", "error-code"}}},
			Functions: []wasi2.Function{
				{Name: "handle", Notation: "(request: outgoing-request, options: option<request-options>) -> result<future-incoming-response, error-code>", Call: send},
			},
		},
	}
}

// httpErrorCode is the error-code that the error of a stream is.
func httpErrorCode(c *wasi2.Call, a []exec.Value) (exec.Value, error) {
	if e, ok := errors.AsType[*Error](wasi2.Object[*wasi2.StreamError](c, a[0]).Err); ok {
		return wasi2.Some(e.value()), nil
	}
	return wasi2.None, nil
}

// requestOptions are how long things may take; negative for what the host has.
type requestOptions struct{ connect, firstByte, betweenBytes time.Duration }

func optionsFunctions() []wasi2.Function {
	list := []wasi2.Function{{Name: "[constructor]request-options", Notation: "() -> request-options", Call: func(c *wasi2.Call, _ []exec.Value) (exec.Value, error) {
		return c.Add(&requestOptions{-1, -1, -1})
	}}}
	for _, o := range []struct {
		name string
		at   func(*requestOptions) *time.Duration
	}{
		{"connect-timeout", func(o *requestOptions) *time.Duration { return &o.connect }},
		{"first-byte-timeout", func(o *requestOptions) *time.Duration { return &o.firstByte }},
		{"between-bytes-timeout", func(o *requestOptions) *time.Duration { return &o.betweenBytes }},
	} {
		list = append(list,
			wasi2.Function{Name: "[method]request-options." + o.name, Notation: "(self: borrow<request-options>) -> option<duration>", Call: func(c *wasi2.Call, a []exec.Value) (exec.Value, error) {
				if d := *o.at(wasi2.Object[*requestOptions](c, a[0])); d >= 0 {
					return wasi2.Some(wasi2.Number(uint64(d))), nil
				}
				return wasi2.None, nil
			}},
			wasi2.Function{Name: "[method]request-options.set-" + o.name, Notation: "(self: borrow<request-options>, duration: option<duration>) -> result", Call: func(c *wasi2.Call, a []exec.Value) (exec.Value, error) {
				d := time.Duration(-1)
				if a[1].Bits == 1 {
					d = time.Duration(min(a[1].List[0].Bits, 1<<62))
				}
				*o.at(wasi2.Object[*requestOptions](c, a[0])) = d
				return wasi2.Done, nil
			}})
	}
	return list
}
