package wasi2

import (
	"errors"
	"io"
	"time"

	"github.com/wazedge/wazedge/hostfuncs/hostnet"
	"github.com/wazedge/wazedge/internal/component/exec"
)

// pollable is what can be waited for: a descriptor that can be read or written, a time, or
// something that says itself whether it is ready.
type pollable struct {
	ready      func() bool // nil for always
	descriptor func() int  // of the system; nil or negative where there is none
	direction  hostnet.Direction
	at         time.Time       // a time
	signal     <-chan struct{} // closed when it is ready
}

// now reports whether p is ready, as far as it can tell without the system.
func (p *pollable) now() bool {
	switch {
	case p.ready != nil && p.ready():
		return true
	case p.signal != nil:
		select {
		case <-p.signal:
			return true
		default:
			return false
		}
	case !p.at.IsZero():
		return !time.Now().Before(p.at)
	}
	return p.ready == nil && (p.descriptor == nil || p.descriptor() < 0)
}

// An input is what a component reads from. Read gives up to n bytes, none and no error
// where there are none now, and io.EOF at the end.
type input interface {
	read(n uint64) ([]byte, error)
	pollable() *pollable
}

// An output is what a component writes to. Room is how many bytes it takes now; what is
// written may be more than one call gave room for, and is then waited for.
type output interface {
	room() (uint64, error)
	write(b []byte) error
	flush() error
	pollable() *pollable
}

// streamError is the error of an operation that failed, for a component to look at.
type streamError struct{ err error }

// The cases of stream-error.
const (
	lastOperationFailed = iota
	streamClosed
)

// streamFailure is err as a result.
func (c *call) streamFailure(err error) (exec.Value, error) {
	if errors.Is(err, io.EOF) || errors.Is(err, errClosed) {
		return failed(number(streamClosed)), nil
	}
	if over, is := errors.AsType[*overOutput](err); is {
		return exec.Value{}, over.err
	}
	e, fail := c.add(&streamError{err})
	return failed(variant(lastOperationFailed, e)), fail
}

// errClosed is the error of a stream whose other end is gone.
var errClosed = errors.New("the stream is closed")

// overOutput is the error of a component that writes more than it may, and ends for err.
type overOutput struct{ err error }

func (o *overOutput) Error() string { return o.err.Error() }

// maxRead bounds what a call reads, and maxWrite what one that blocks may write.
const (
	maxRead  = 1 << 16
	maxWrite = 4096
)

const (
	streamResult = "result<_, stream-error>"
	bytesResult  = "result<list<u8>, stream-error>"
	countResult  = "result<u64, stream-error>"
)

func ioInterfaces() []*iface {
	return []*iface{
		{
			name:  "wasi:io/error",
			types: []definition{{"error", "resource"}},
			functions: []function{
				{"[method]error.to-debug-string", "(self: borrow<error>) -> string", func(c *call, a []exec.Value) (exec.Value, error) {
					return exec.Text(object[*streamError](c, a[0]).err.Error()), nil
				}},
			},
		},
		{
			name:  "wasi:io/poll",
			types: []definition{{"pollable", "resource"}},
			functions: []function{
				{"[method]pollable.ready", "(self: borrow<pollable>) -> bool", func(c *call, a []exec.Value) (exec.Value, error) {
					ready, err := c.poll([]*pollable{object[*pollable](c, a[0])}, 0)
					return boolean(len(ready) > 0), err
				}},
				{"[method]pollable.block", "(self: borrow<pollable>)", func(c *call, a []exec.Value) (exec.Value, error) {
					_, err := c.poll([]*pollable{object[*pollable](c, a[0])}, -1)
					return done, err
				}},
				{"poll", "(in: list<borrow<pollable>>) -> list<u32>", pollList},
			},
		},
		{
			name: "wasi:io/streams",
			uses: []use{{"wasi:io/error", []string{"error"}}, {"wasi:io/poll", []string{"pollable"}}},
			types: []definition{
				{"stream-error", "variant{last-operation-failed(error), closed}"},
				{"input-stream", "resource"},
				{"output-stream", "resource"},
			},
			functions: []function{
				{"[method]input-stream.read", "(self: borrow<input-stream>, len: u64) -> " + bytesResult, reading(false, false)},
				{"[method]input-stream.blocking-read", "(self: borrow<input-stream>, len: u64) -> " + bytesResult, reading(true, false)},
				{"[method]input-stream.skip", "(self: borrow<input-stream>, len: u64) -> " + countResult, reading(false, true)},
				{"[method]input-stream.blocking-skip", "(self: borrow<input-stream>, len: u64) -> " + countResult, reading(true, true)},
				{"[method]input-stream.subscribe", "(self: borrow<input-stream>) -> pollable", func(c *call, a []exec.Value) (exec.Value, error) {
					return c.add(object[input](c, a[0]).pollable())
				}},
				{"[method]output-stream.check-write", "(self: borrow<output-stream>) -> " + countResult, checkWrite},
				{"[method]output-stream.write", "(self: borrow<output-stream>, contents: list<u8>) -> " + streamResult, writing(false)},
				{"[method]output-stream.blocking-write-and-flush", "(self: borrow<output-stream>, contents: list<u8>) -> " + streamResult, writing(true)},
				{"[method]output-stream.flush", "(self: borrow<output-stream>) -> " + streamResult, flushing},
				{"[method]output-stream.blocking-flush", "(self: borrow<output-stream>) -> " + streamResult, flushing},
				{"[method]output-stream.subscribe", "(self: borrow<output-stream>) -> pollable", func(c *call, a []exec.Value) (exec.Value, error) {
					return c.add(object[output](c, a[0]).pollable())
				}},
				{"[method]output-stream.write-zeroes", "(self: borrow<output-stream>, len: u64) -> " + streamResult, writingZeroes(false)},
				{"[method]output-stream.blocking-write-zeroes-and-flush", "(self: borrow<output-stream>, len: u64) -> " + streamResult, writingZeroes(true)},
				{"[method]output-stream.splice", "(self: borrow<output-stream>, src: borrow<input-stream>, len: u64) -> " + countResult, splicing(false)},
				{"[method]output-stream.blocking-splice", "(self: borrow<output-stream>, src: borrow<input-stream>, len: u64) -> " + countResult, splicing(true)},
			},
		},
	}
}

// pollList waits until one of a list is ready, and tells which are.
func pollList(c *call, a []exec.Value) (exec.Value, error) {
	if len(a[0].List) == 0 {
		return exec.Value{}, exec.Trapf("poll of an empty list")
	}
	list := make([]*pollable, len(a[0].List))
	for n, v := range a[0].List {
		list[n] = object[*pollable](c, v)
	}
	ready, err := c.poll(list, -1)
	var b []byte
	for _, n := range ready {
		b = append(b, byte(n), byte(n>>8), byte(n>>16), byte(n>>24))
	}
	return bytesOf(b), err
}

// poll waits until one of list is ready, for wait at most, or without end if that is
// negative, and returns the places of those that are.
func (c *call) poll(list []*pollable, wait time.Duration) ([]int, error) {
	for {
		ready, again, err := c.pollOnce(list, wait)
		if err != nil || len(ready) > 0 || !again {
			return ready, err
		}
	}
}

// pollOnce is poll with one wait of the system; again reports that it may have been too
// short.
func (c *call) pollOnce(list []*pollable, wait time.Duration) (ready []int, again bool, err error) {
	start := time.Now()
	var asked []hostnet.Polled
	var places []int
	waiting, signals := wait, false
	for n, p := range list {
		switch {
		case p.now():
			ready = append(ready, n)
		case !p.at.IsZero():
			if left := max(time.Until(p.at), 0); waiting < 0 || left < waiting {
				waiting, again = left, wait < 0
			}
		case p.signal != nil:
			signals = true
		case p.descriptor != nil:
			d := hostnet.Polled{Descriptor: p.descriptor()}
			d.Asked[p.direction] = true
			asked, places = append(asked, d), append(places, n)
		}
	}
	if len(ready) > 0 {
		waiting = 0
	}
	if signals && waiting != 0 {
		return c.await(list, waiting)
	}
	if waiting == 0 && len(asked) == 0 {
		return ready, again, nil
	}
	if err := c.poller.Wait(asked, &c.waker, start, waiting); err != nil {
		return nil, false, c.interrupted()
	}
	for n, d := range asked {
		if d.Ready[hostnet.ToRead] || d.Ready[hostnet.ToWrite] || d.Hangup || d.Broken {
			ready = append(ready, places[n])
		}
	}
	return ready, again, nil
}

// await waits for signals beside all else, which is looked at now and then.
func (c *call) await(list []*pollable, wait time.Duration) (ready []int, again bool, err error) {
	const glance = 5 * time.Millisecond
	if wait < 0 || wait > glance {
		wait = glance
	}
	for _, p := range list {
		if p.signal != nil {
			timer := time.NewTimer(wait)
			defer timer.Stop()
			select {
			case <-p.signal:
			case <-timer.C:
			case <-c.guest.Stopped():
				return nil, false, c.interrupted()
			}
			break
		}
	}
	return nil, true, nil
}

// reading reads, waiting for something if block is set; with skip what was read is
// dropped, and its length told.
func reading(block, skip bool) func(*call, []exec.Value) (exec.Value, error) {
	return func(c *call, a []exec.Value) (exec.Value, error) {
		in, n := object[input](c, a[0]), min(a[1].Bits, maxRead)
		b, err := in.read(n)
		for block && n > 0 && err == nil && len(b) == 0 {
			if _, fail := c.poll([]*pollable{in.pollable()}, -1); fail != nil {
				return exec.Value{}, fail
			}
			b, err = in.read(n)
		}
		switch {
		case err != nil:
			return c.streamFailure(err)
		case skip:
			return ok(number(uint64(len(b)))), nil
		}
		return ok(bytesOf(b)), nil
	}
}

func checkWrite(c *call, a []exec.Value) (exec.Value, error) {
	n, err := object[output](c, a[0]).room()
	if err != nil {
		return c.streamFailure(err)
	}
	return ok(number(n)), nil
}

// writing writes, and with block waits until all is written.
func writing(block bool) func(*call, []exec.Value) (exec.Value, error) {
	return func(c *call, a []exec.Value) (exec.Value, error) {
		if block && len(a[1].Bytes) > maxWrite {
			return exec.Value{}, exec.Trapf("blocking-write-and-flush of more than %d bytes", maxWrite)
		}
		return c.write(object[output](c, a[0]), a[1].Bytes, block)
	}
}

func (c *call) write(out output, b []byte, block bool) (exec.Value, error) {
	if err := c.writeAll(out, b, block); err != nil {
		return c.streamFailure(err)
	}
	return done, nil
}

// writeAll writes b in pieces that there is room for.
func (c *call) writeAll(out output, b []byte, block bool) error {
	for len(b) > 0 {
		n, err := out.room()
		if err != nil {
			return err
		}
		if n == 0 {
			if _, err := c.poll([]*pollable{out.pollable()}, -1); err != nil {
				return err
			}
			continue
		}
		n = min(n, uint64(len(b)))
		if err := out.write(b[:n]); err != nil {
			return err
		}
		b = b[n:]
	}
	if block {
		return out.flush()
	}
	return nil
}

func flushing(c *call, a []exec.Value) (exec.Value, error) {
	if err := object[output](c, a[0]).flush(); err != nil {
		return c.streamFailure(err)
	}
	return done, nil
}

func writingZeroes(block bool) func(*call, []exec.Value) (exec.Value, error) {
	return func(c *call, a []exec.Value) (exec.Value, error) {
		if a[1].Bits > maxRead {
			return exec.Value{}, exec.Trapf("writing of more zeroes than check-write has allowed")
		}
		return c.write(object[output](c, a[0]), make([]byte, a[1].Bits), block)
	}
}

// splicing moves bytes from an input to an output.
func splicing(block bool) func(*call, []exec.Value) (exec.Value, error) {
	return func(c *call, a []exec.Value) (exec.Value, error) {
		out, in := object[output](c, a[0]), object[input](c, a[1])
		n, err := out.room()
		if err != nil {
			return c.streamFailure(err)
		}
		b, err := in.read(min(a[2].Bits, n, maxRead))
		for block && err == nil && len(b) == 0 && a[2].Bits > 0 {
			if _, fail := c.poll([]*pollable{in.pollable()}, -1); fail != nil {
				return exec.Value{}, fail
			}
			b, err = in.read(min(a[2].Bits, max(n, 1), maxRead))
		}
		if err != nil {
			return c.streamFailure(err)
		}
		if err := c.writeAll(out, b, block); err != nil {
			return c.streamFailure(err)
		}
		return ok(number(uint64(len(b)))), nil
	}
}
