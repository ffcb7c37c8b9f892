package wasi2

import (
	"errors"
	"io"
	"reflect"
	"time"

	"github.com/wazedge/wazedge/hostfuncs/hostnet"
	"github.com/wazedge/wazedge/internal/component/exec"
)

// Pollable is what can be waited for: a descriptor that can be read or written, a time, or
// something that says itself whether it is ready.
type Pollable struct {
	ready      func() bool // nil for always
	descriptor func() int  // of the system; nil or negative where there is none
	direction  hostnet.Direction
	at         time.Time // a time

	// signal is a channel that is closed when it is ready, or nil if it is so now. Each
	// wait asks for one.
	signal func() <-chan struct{}
}

// now reports whether p is ready, as far as it can tell without the system.
func (p *Pollable) now() bool {
	switch {
	case p.ready != nil && p.ready():
		return true
	case p.signal != nil:
		return signalled(p.signal())
	case !p.at.IsZero():
		return !time.Now().Before(p.at)
	}
	return p.ready == nil && (p.descriptor == nil || p.descriptor() < 0)
}

// NewPollable is what is ready when the channel that signal returns is closed, or is nil.
// Each wait asks for a channel.
func NewPollable(signal func() <-chan struct{}) *Pollable { return &Pollable{signal: signal} }

func signalled(c <-chan struct{}) bool {
	if c == nil {
		return true
	}
	select {
	case <-c:
		return true
	default:
		return false
	}
}

// An Input is what a component reads from. Read gives up to n bytes, which the component
// has a copy of, none and no error where there are none now, and io.EOF at the end.
type Input interface {
	Read(n uint64) ([]byte, error)
	Pollable() *Pollable
}

// An Output is what a component writes to. Room is how many bytes it takes now; what is
// written may be more than one call gave room for, and is then waited for.
type Output interface {
	Room() (uint64, error)
	Write(b []byte) error
	Flush() error
	Pollable() *Pollable
}

// StreamError is the error of an operation that failed, for a component to look at.
type StreamError struct{ Err error }

// The cases of stream-error.
const (
	lastOperationFailed = iota
	streamClosed
)

// streamFailure is err as a result.
func (c *Call) streamFailure(err error) (exec.Value, error) {
	if errors.Is(err, io.EOF) || errors.Is(err, ErrClosed) {
		return Failed(Number(streamClosed)), nil
	}
	if over, is := errors.AsType[*overOutput](err); is {
		return exec.Value{}, over.err
	}
	if errors.As(err, new(*endsComponent)) {
		return exec.Value{}, err
	}
	e, fail := c.Add(&StreamError{err})
	return Failed(Variant(lastOperationFailed, e)), fail
}

// ErrClosed is the error of a stream whose other end is gone.
var ErrClosed = errors.New("the stream is closed")

// overOutput is the error of a component that writes more than it may, and ends for err.
type overOutput struct{ err error }

func (o *overOutput) Error() string { return o.err.Error() }

// maxRead bounds what a call reads, maxWrite what one that blocks may write, and maxWriteAt
// what one writes at a place of a file.
const (
	maxRead    = 1 << 16
	maxWrite   = 4096
	maxWriteAt = 1 << 20
)

const (
	streamResult = "result<_, stream-error>"
	bytesResult  = "result<list<u8>, stream-error>"
	countResult  = "result<u64, stream-error>"
)

func ioInterfaces() []*Interface {
	return []*Interface{
		{
			Name:  "wasi:io/error",
			Types: []Definition{{"error", "resource"}},
			Functions: []Function{
				{"[method]error.to-debug-string", "(self: borrow<error>) -> string", func(c *Call, a []exec.Value) (exec.Value, error) {
					return exec.Text(Object[*StreamError](c, a[0]).Err.Error()), nil
				}},
			},
		},
		{
			Name:  "wasi:io/poll",
			Types: []Definition{{"pollable", "resource"}},
			Functions: []Function{
				{"[method]pollable.ready", "(self: borrow<pollable>) -> bool", func(c *Call, a []exec.Value) (exec.Value, error) {
					ready, err := c.poll([]*Pollable{Object[*Pollable](c, a[0])}, 0)
					return Boolean(len(ready) > 0), err
				}},
				{"[method]pollable.block", "(self: borrow<pollable>)", func(c *Call, a []exec.Value) (exec.Value, error) {
					_, err := c.poll([]*Pollable{Object[*Pollable](c, a[0])}, -1)
					return Done, err
				}},
				{"poll", "(in: list<borrow<pollable>>) -> list<u32>", pollList},
			},
		},
		{
			Name: "wasi:io/streams",
			Uses: []Use{{"wasi:io/error", []string{"error"}}, {"wasi:io/poll", []string{"pollable"}}},
			Types: []Definition{
				{"stream-error", "variant{last-operation-failed(error), closed}"},
				{"input-stream", "resource"},
				{"output-stream", "resource"},
			},
			Functions: []Function{
				{"[method]input-stream.read", "(self: borrow<input-stream>, len: u64) -> " + bytesResult, reading(false, false)},
				{"[method]input-stream.blocking-read", "(self: borrow<input-stream>, len: u64) -> " + bytesResult, reading(true, false)},
				{"[method]input-stream.skip", "(self: borrow<input-stream>, len: u64) -> " + countResult, reading(false, true)},
				{"[method]input-stream.blocking-skip", "(self: borrow<input-stream>, len: u64) -> " + countResult, reading(true, true)},
				{"[method]input-stream.subscribe", "(self: borrow<input-stream>) -> pollable", func(c *Call, a []exec.Value) (exec.Value, error) {
					return c.Add(Object[Input](c, a[0]).Pollable())
				}},
				{"[method]output-stream.check-write", "(self: borrow<output-stream>) -> " + countResult, checkWrite},
				{"[method]output-stream.write", "(self: borrow<output-stream>, contents: list<u8>) -> " + streamResult, writing(false)},
				{"[method]output-stream.blocking-write-and-flush", "(self: borrow<output-stream>, contents: list<u8>) -> " + streamResult, writing(true)},
				{"[method]output-stream.flush", "(self: borrow<output-stream>) -> " + streamResult, flushing(false)},
				{"[method]output-stream.blocking-flush", "(self: borrow<output-stream>) -> " + streamResult, flushing(true)},
				{"[method]output-stream.subscribe", "(self: borrow<output-stream>) -> pollable", func(c *Call, a []exec.Value) (exec.Value, error) {
					return c.Add(Object[Output](c, a[0]).Pollable())
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
func pollList(c *Call, a []exec.Value) (exec.Value, error) {
	if len(a[0].List) == 0 {
		return exec.Value{}, exec.Trapf("poll of an empty list")
	}
	list := make([]*Pollable, len(a[0].List))
	for n, v := range a[0].List {
		list[n] = Object[*Pollable](c, v)
	}
	ready, err := c.poll(list, -1)
	var b []byte
	for _, n := range ready {
		b = append(b, byte(n), byte(n>>8), byte(n>>16), byte(n>>24))
	}
	return Bytes(b), err
}

// poll waits until one of list is ready, for wait at most, or without end if that is
// negative, and returns the places of those that are.
func (c *Call) poll(list []*Pollable, wait time.Duration) ([]int, error) {
	for {
		ready, again, err := c.pollOnce(list, wait)
		if err != nil || len(ready) > 0 || !again {
			return ready, err
		}
	}
}

// pollOnce is poll with one wait of the system; again reports that it may have been too
// short.
func (c *Call) pollOnce(list []*Pollable, wait time.Duration) (ready []int, again bool, err error) {
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
	switch {
	case waiting == 0 && len(asked) == 0:
		return ready, again, nil
	case len(asked) == 0:
		return nil, true, c.await(list, waiting)
	case signals && waiting != 0:
		if waiting < 0 || waiting > glance {
			waiting = glance
		}
		if err := c.await(list, waiting); err != nil {
			return nil, false, err
		}
		waiting, again = 0, true
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

// glance is how often descriptors are looked at while something else is waited for beside
// them.
const glance = 5 * time.Millisecond

// await waits for the signals in list, for wait at most unless that is negative.
func (c *Call) await(list []*Pollable, wait time.Duration) error {
	channels := []<-chan struct{}{c.guest.Stopped()}
	for _, p := range list {
		if p.signal == nil {
			continue
		}
		signal := p.signal()
		if signal == nil {
			return nil
		}
		channels = append(channels, signal)
	}
	if waitAny(channels, wait) == 0 {
		return c.interrupted()
	}
	return nil
}

// waitAny waits until one of channels is closed, and is its place; -1 after wait, unless that
// is negative.
func waitAny(channels []<-chan struct{}, wait time.Duration) int {
	var over <-chan time.Time
	if wait >= 0 {
		timer := time.NewTimer(wait)
		defer timer.Stop()
		over = timer.C
	}
	if len(channels) <= 2 {
		var second <-chan struct{}
		if len(channels) == 2 {
			second = channels[1]
		}
		select {
		case <-channels[0]:
			return 0
		case <-second:
			return 1
		case <-over:
			return -1
		}
	}
	cases := make([]reflect.SelectCase, 0, len(channels)+1)
	for _, c := range channels {
		cases = append(cases, reflect.SelectCase{Dir: reflect.SelectRecv, Chan: reflect.ValueOf(c)})
	}
	cases = append(cases, reflect.SelectCase{Dir: reflect.SelectRecv, Chan: reflect.ValueOf(over)})
	if n, _, _ := reflect.Select(cases); n < len(channels) {
		return n
	}
	return -1
}

// reading reads, waiting for something if block is set; with skip what was read is
// dropped, and its length told.
func reading(block, skip bool) func(*Call, []exec.Value) (exec.Value, error) {
	return func(c *Call, a []exec.Value) (exec.Value, error) {
		in, n := Object[Input](c, a[0]), min(a[1].Bits, maxRead)
		b, err := in.Read(n)
		for block && n > 0 && err == nil && len(b) == 0 {
			if _, fail := c.poll([]*Pollable{in.Pollable()}, -1); fail != nil {
				return exec.Value{}, fail
			}
			b, err = in.Read(n)
		}
		switch {
		case err != nil:
			return c.streamFailure(err)
		case skip:
			return OK(Number(uint64(len(b)))), nil
		}
		return OK(Bytes(b)), nil
	}
}

func checkWrite(c *Call, a []exec.Value) (exec.Value, error) {
	n, err := Object[Output](c, a[0]).Room()
	if err != nil {
		return c.streamFailure(err)
	}
	return OK(Number(n)), nil
}

// writing writes, and with block waits until all is written.
func writing(block bool) func(*Call, []exec.Value) (exec.Value, error) {
	return func(c *Call, a []exec.Value) (exec.Value, error) {
		if block && len(a[1].Bytes) > maxWrite {
			return exec.Value{}, exec.Trapf("blocking-write-and-flush of more than %d bytes", maxWrite)
		}
		return c.writeTo(Object[Output](c, a[0]), a[1].Bytes, block)
	}
}

func (c *Call) writeTo(out Output, b []byte, block bool) (exec.Value, error) {
	if err := c.writeAll(out, b, block); err != nil {
		return c.streamFailure(err)
	}
	return Done, nil
}

// writeAll writes b in pieces that there is room for.
func (c *Call) writeAll(out Output, b []byte, block bool) error {
	for len(b) > 0 {
		if c.guest.Interrupted() {
			return &endsComponent{c.interrupted()}
		}
		n, err := out.Room()
		if err != nil {
			return err
		}
		if n == 0 {
			if _, err := c.poll([]*Pollable{out.Pollable()}, -1); err != nil {
				return &endsComponent{err}
			}
			continue
		}
		n = min(n, uint64(len(b)))
		if err := out.Write(b[:n]); err != nil {
			return err
		}
		b = b[n:]
	}
	if block {
		return c.flush(out)
	}
	return nil
}

// flush flushes out, and waits until it takes more.
func (c *Call) flush(out Output) error {
	if err := out.Flush(); err != nil {
		return err
	}
	for {
		n, err := out.Room()
		if err != nil || n > 0 {
			return err
		}
		if _, err := c.poll([]*Pollable{out.Pollable()}, -1); err != nil {
			return &endsComponent{err}
		}
	}
}

// flushing flushes, and with block waits until that is done.
func flushing(block bool) func(*Call, []exec.Value) (exec.Value, error) {
	return func(c *Call, a []exec.Value) (exec.Value, error) {
		out := Object[Output](c, a[0])
		err := out.Flush()
		if block && err == nil {
			err = c.flush(out)
		}
		if err != nil {
			return c.streamFailure(err)
		}
		return Done, nil
	}
}

func writingZeroes(block bool) func(*Call, []exec.Value) (exec.Value, error) {
	return func(c *Call, a []exec.Value) (exec.Value, error) {
		if a[1].Bits > maxRead {
			return exec.Value{}, exec.Trapf("writing of more zeroes than check-write has allowed")
		}
		return c.writeTo(Object[Output](c, a[0]), make([]byte, a[1].Bits), block)
	}
}

// splicing moves bytes from an input to an output.
func splicing(block bool) func(*Call, []exec.Value) (exec.Value, error) {
	return func(c *Call, a []exec.Value) (exec.Value, error) {
		out, in := Object[Output](c, a[0]), Object[Input](c, a[1])
		n, err := out.Room()
		if err != nil {
			return c.streamFailure(err)
		}
		b, err := in.Read(min(a[2].Bits, n, maxRead))
		for block && err == nil && len(b) == 0 && a[2].Bits > 0 {
			if _, fail := c.poll([]*Pollable{in.Pollable()}, -1); fail != nil {
				return exec.Value{}, fail
			}
			b, err = in.Read(min(a[2].Bits, max(n, 1), maxRead))
		}
		if err != nil {
			return c.streamFailure(err)
		}
		if err := c.writeAll(out, b, block); err != nil {
			return c.streamFailure(err)
		}
		return OK(Number(uint64(len(b)))), nil
	}
}
