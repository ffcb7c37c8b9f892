package wasihttp

import (
	"errors"
	"io"

	"github.com/wazedge/wazedge/internal/component/exec"
	"github.com/wazedge/wazedge/internal/wasi2"
)

// incomingBody is a body that a component reads.
type incomingBody struct {
	source *source
	opened bool
}

// Close implements [wasi2.Closer].
func (b *incomingBody) Close() { b.source.close() }

// futureTrailers are the trailers of a body that a component has finished.
type futureTrailers struct {
	source *source
	taken  bool
}

// Close implements [wasi2.Closer].
func (t *futureTrailers) Close() { t.source.close() }

// outgoingBody is a body that a component writes.
type outgoingBody struct {
	pipe   *pipe
	opened bool
}

// Close implements [wasi2.Closer]: the body was not finished.
func (b *outgoingBody) Close() { b.pipe.abort(ErrIncomplete) }

// twice is the error of what can be had once only.
var twice = wasi2.Failed(wasi2.None)

func bodyFunctions() []wasi2.Function {
	return []wasi2.Function{
		{Name: "[method]incoming-body.stream", Notation: "(self: borrow<incoming-body>) -> result<input-stream>", Call: func(c *wasi2.Call, a []exec.Value) (exec.Value, error) {
			b := wasi2.Object[*incomingBody](c, a[0])
			if b.opened {
				return twice, nil
			}
			b.opened = true
			v, err := c.Add(b.source)
			return wasi2.OK(v), err
		}},
		{Name: "[static]incoming-body.finish", Notation: "(this: incoming-body) -> future-trailers", Call: func(c *wasi2.Call, a []exec.Value) (exec.Value, error) {
			return c.Add(&futureTrailers{source: wasi2.Take[*incomingBody](c, a[0]).source})
		}},
		{Name: "[method]future-trailers.subscribe", Notation: "(self: borrow<future-trailers>) -> pollable", Call: func(c *wasi2.Call, a []exec.Value) (exec.Value, error) {
			return c.Add(wasi2.NewPollable(wasi2.Object[*futureTrailers](c, a[0]).source.drained))
		}},
		{Name: "[method]future-trailers.get", Notation: "(self: borrow<future-trailers>) -> option<result<result<option<trailers>, error-code>>>", Call: getTrailers},
		{Name: "[method]outgoing-body.write", Notation: "(self: borrow<outgoing-body>) -> result<output-stream>", Call: func(c *wasi2.Call, a []exec.Value) (exec.Value, error) {
			b := wasi2.Object[*outgoingBody](c, a[0])
			if b.opened {
				return twice, nil
			}
			b.opened = true
			v, err := c.Add(b.pipe)
			return wasi2.OK(v), err
		}},
		{Name: "[static]outgoing-body.finish", Notation: "(this: outgoing-body, trailers: option<trailers>) -> result<_, error-code>", Call: finishBody},
	}
}

// getTrailers is what has become of trailers, once.
func getTrailers(c *wasi2.Call, a []exec.Value) (exec.Value, error) {
	t := wasi2.Object[*futureTrailers](c, a[0])
	if t.taken {
		return wasi2.Some(twice), nil
	}
	t.source.drained()
	end := t.source.end()
	if end == nil {
		return wasi2.None, nil
	}
	t.taken = true
	if !errors.Is(end, io.EOF) {
		return wasi2.Some(wasi2.OK(failure(end))), nil
	}
	got := t.source.trailers()
	if len(got) == 0 {
		return wasi2.Some(wasi2.OK(wasi2.OK(wasi2.None))), nil
	}
	f, err := of(c).fieldsOf(got)
	if err != nil {
		return exec.Value{}, err
	}
	v, err := addFields(c, f)
	return wasi2.Some(wasi2.OK(wasi2.OK(wasi2.Some(v)))), err
}

func finishBody(c *wasi2.Call, a []exec.Value) (exec.Value, error) {
	b := wasi2.Take[*outgoingBody](c, a[0])
	var trailers *fields
	if a[1].Bits == 1 {
		trailers = wasi2.Take[*fields](c, a[1].List[0])
	}
	if err := b.pipe.finish(trailers); err != nil {
		return failure(err), nil
	}
	return wasi2.Done, nil
}
