package journal

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
)

// Journal is what calls can be answered from.
type Journal interface {
	// Open reads the calls from the first one on.
	Open() (io.Reader, error)
}

// Guest is the memory of a guest whose calls are answered.
type Guest interface {
	// Piece is n bytes of memory at an address, not a copy, and whether they are there.
	Piece(at, n uint32) ([]byte, bool)
}

// Bounds of what is read, which nobody vouches for.
const (
	maxFunctions = 1 << 16
	maxName      = 1 << 12
	maxTypes     = 1 << 10
	maxSpans     = 1 << 20
	maxLines     = 1 << 8
	maxText      = 1 << 16
)

// Errors of answering.
var (
	// ErrEnd says that the journal has no further call.
	ErrEnd = errors.New("the journal ends")
	// ErrDamaged says that what is read is no journal.
	ErrDamaged = errors.New("the journal is damaged")
)

// Stopped is the error of a call at which a [Player] was to stop.
type Stopped struct {
	Call uint64 // its number, from 1 on
	Text string // the call
}

func (e *Stopped) Error() string { return fmt.Sprintf("stopped at host call %d: %s", e.Call, e.Text) }

// Divergence says that a run goes another way than the one that was recorded.
type Divergence struct {
	Call     uint64 // its number, from 1 on
	Recorded string // the call, or what there was in its place
	Asked    string // by this run
}

func (e *Divergence) Error() string {
	return fmt.Sprintf("host call %d differs: recorded: %s; asked now: %s", e.Call, e.Recorded, e.Asked)
}

// Player answers calls from a journal, and touches nothing but the memory of the guest that
// it answers, and Out.
type Player struct {
	// Out are what streams 1 and 2 go to; nil for nowhere.
	Out [3]io.Writer
	// StopAt is the number of the call that is not answered any more; 0 for none.
	StopAt uint64

	src       io.Reader
	r         *bufio.Reader
	open      error
	functions []played
	calls     uint64 // that have been answered
}

// played is a function, and its last call that was written at length, as far as others may be like it.
type played struct {
	Function
	args, results []uint64
	spans         []place
	kept          bool
}

// place is a piece of memory that a call has used, and how.
type place struct {
	kind  byte
	at, n uint32
}

// NewPlayer answers from the first call of j on.
func NewPlayer(j Journal) *Player {
	r, err := j.Open()
	if err != nil {
		return &Player{open: err}
	}
	return &Player{src: r, r: bufio.NewReader(r)}
}

// Calls is how many calls have been answered.
func (p *Player) Calls() uint64 { return p.calls }

// Answer answers the call of f by g: it writes the results and what belongs into the
// memory, or says how the call ends the guest. The error is one of this package, or of
// reading.
func (p *Player) Answer(f *Function, args []uint64, g Guest, results []uint64) (*Ending, error) {
	if p.open != nil {
		return nil, p.open
	}
	if p.StopAt != 0 && p.calls+1 >= p.StopAt {
		return nil, &Stopped{p.calls + 1, f.text(args[:len(f.Params)])}
	}
	c, again, err := p.next()
	if err != nil {
		return nil, inside(err)
	}
	p.calls++
	if err := p.compare(c, f, args); err != nil {
		return nil, err
	}
	if again {
		copy(results, c.results)
		return nil, inside(p.repeat(c, g))
	}
	e, err := p.outcome(c, results)
	if err == nil {
		err = p.spans(c, g)
	}
	c.kept = c.kept && e == nil
	return e, inside(err)
}

// inside is err, with an end that is one of the journal.
func inside(err error) error {
	if err == io.EOF || err == io.ErrUnexpectedEOF {
		return ErrEnd
	}
	return err
}

// Ended reports whether there is no further call.
func (p *Player) Ended() bool {
	if p.open != nil {
		return false
	}
	_, err := p.r.Peek(1)
	return err != nil
}

// End is how the recorded run has ended, once there is no further call; nil if the journal
// does not say. The error is why it cannot be read.
func (p *Player) End() (*End, error) {
	if p.open != nil {
		return nil, p.open
	}
	if _, err := p.r.Peek(1); err != nil && err != io.EOF {
		return nil, err
	}
	if calls, ok := p.src.(*CallReader); ok {
		return calls.End, nil
	}
	return nil, nil
}

// next reads the function and the arguments of a call, or that it is like the function's last one.
func (p *Player) next() (c *played, again bool, err error) {
	for {
		n, err := binary.ReadUvarint(p.r)
		switch {
		case err != nil:
			return nil, false, malformed(err)
		case n == 0:
			if err := p.define(); err != nil {
				return nil, false, inside(err)
			}
			continue
		case (n-1)/2 >= uint64(len(p.functions)):
			return nil, false, ErrDamaged
		}
		c := &p.functions[(n-1)/2]
		if n%2 == 0 {
			if !c.kept {
				return nil, false, ErrDamaged
			}
			return c, true, nil
		}
		c.kept = false     // until it is read
		if c.args == nil { // there is one that is called, and not just one that may be
			c.args, c.results = make([]uint64, len(c.Params)), make([]uint64, len(c.Results))
		}
		for k, t := range c.Params {
			if c.args[k], err = p.value(t); err != nil {
				return nil, false, err
			}
		}
		return c, false, nil
	}
}

// malformed is err of reading a number.
func malformed(err error) error {
	if err == io.EOF || err == io.ErrUnexpectedEOF || errors.Is(err, ErrDamaged) {
		return err
	}
	if _, ok := errors.AsType[*FormatError](err); ok {
		return err
	}
	return ErrDamaged
}

// number reads a number of at most most.
func (p *Player) number(most uint64) (uint64, error) {
	n, err := binary.ReadUvarint(p.r)
	if err != nil {
		return 0, malformed(err)
	}
	if n > most {
		return 0, ErrDamaged
	}
	return n, nil
}

// value reads a value of type t.
func (p *Player) value(t byte) (uint64, error) { return p.fixed(width(t)) }

// fixed reads a number of size bytes, 8 at most.
func (p *Player) fixed(size int) (uint64, error) {
	b, err := p.r.Peek(size)
	if err != nil {
		return 0, inside(err)
	}
	var v uint64
	for n, c := range b {
		v |= uint64(c) << (8 * n)
	}
	_, err = p.r.Discard(size)
	return v, err
}

// text reads a text of at most most bytes.
func (p *Player) text(most uint64) (string, error) {
	n, err := p.number(most)
	if err != nil {
		return "", err
	}
	b := make([]byte, n)
	_, err = io.ReadFull(p.r, b)
	return string(b), err
}

// define reads a function.
func (p *Player) define() error {
	var f Function
	var params, results string
	for _, t := range []struct {
		to   *string
		most uint64
	}{{&f.Module, maxName}, {&f.Name, maxName}, {&params, maxTypes}, {&results, maxTypes}} {
		var err error
		if *t.to, err = p.text(t.most); err != nil {
			return err
		}
	}
	if len(p.functions) == maxFunctions {
		return ErrDamaged
	}
	f.Params, f.Results = []byte(params), []byte(results)
	p.functions = append(p.functions, played{Function: f})
	return nil
}

// compare reports that the call which is asked for is not the recorded one.
func (p *Player) compare(recorded *played, f *Function, args []uint64) error {
	same := recorded.Module == f.Module && recorded.Name == f.Name &&
		string(recorded.Params) == string(f.Params) && string(recorded.Results) == string(f.Results)
	for n, v := range recorded.args {
		same = same && v == f.arg(n, args[n])
	}
	if same {
		return nil
	}
	return &Divergence{p.calls, recorded.said(), f.text(args[:len(f.Params)])}
}

// said is the recorded call as a person reads it.
func (c *played) said() string { return c.text(c.args) }

// outcome reads how the call has ended.
func (p *Player) outcome(c *played, results []uint64) (*Ending, error) {
	kind, err := p.number(outcomes - 1)
	if err != nil {
		return nil, err
	}
	switch kind {
	case exited:
		status, err := p.number(math.MaxUint32)
		return &Ending{Exit: true, Status: uint32(status)}, err
	case faulted:
		return p.fault()
	case errored:
		text, err := p.text(maxText)
		return &Ending{Text: text}, err
	}
	for n, t := range c.Results {
		if c.results[n], err = p.value(t); err != nil {
			return nil, err
		}
	}
	copy(results, c.results)
	return nil, nil
}

func (p *Player) fault() (*Ending, error) {
	code, err := p.number(math.MaxUint16)
	if err != nil {
		return nil, err
	}
	e := &Ending{Code: uint16(code)}
	if e.Line, err = p.text(maxText); err != nil {
		return nil, err
	}
	lines, err := p.number(maxLines)
	for ; err == nil && lines > 0; lines-- {
		var line string
		line, err = p.text(maxText)
		e.Info = append(e.Info, line)
	}
	return e, err
}

// spans does in g's memory, and to streams, what the call has done, and checks what it has
// read.
func (p *Player) spans(c *played, g Guest) error {
	count, err := p.number(maxSpans)
	if err != nil {
		return err
	}
	c.spans, c.kept = c.spans[:0], count <= spansKept
	for ; count > 0; count-- {
		kind, err := p.r.ReadByte()
		if err != nil {
			return err
		}
		if kind&15 == spanSaid {
			c.kept = false
			if err := p.say(kind); err != nil {
				return err
			}
			continue
		}
		v, err := p.fixed(8)
		if err != nil {
			return err
		}
		c.spans = append(c.spans, place{kind, uint32(v), uint32(v >> 32)})
		if err := p.span(c, c.spans[len(c.spans)-1], g); err != nil {
			return err
		}
	}
	return p.check(c, g)
}

// repeat is spans for a call that has the spans of c.
func (p *Player) repeat(c *played, g Guest) error {
	for _, s := range c.spans {
		if err := p.span(c, s, g); err != nil {
			return err
		}
	}
	return p.check(c, g)
}

// span puts the bytes of s, which follow, into g's memory, or sends those that are there to a stream.
func (p *Player) span(c *played, s place, g Guest) error {
	if s.n == 0 || s.kind == spanRead {
		return nil
	}
	b, ok := g.Piece(s.at, s.n)
	switch {
	case s.kind == spanWritten && !ok:
		return &Divergence{p.calls, fmt.Sprintf("%s with %d bytes of memory at 0x%x", c.said(), s.n, s.at), "the memory is smaller"}
	case s.kind == spanWritten:
		_, err := io.ReadFull(p.r, b)
		return err
	case s.kind&15 != spanSent:
		return ErrDamaged
	case !ok:
		return p.smaller(c)
	}
	return p.send(s.kind>>4, b)
}

// smaller says that the memory ends in front of what the call has read.
func (p *Player) smaller(c *played) error {
	return &Divergence{p.calls, c.said(), "the memory is smaller"}
}

// say sends what the host has said, which follows, to a stream.
func (p *Player) say(kind byte) error {
	n, err := p.fixed(4)
	if err != nil {
		return err
	}
	if n > maxText {
		return ErrDamaged
	}
	b := make([]byte, n)
	if _, err := io.ReadFull(p.r, b); err != nil {
		return err
	}
	return p.send(kind>>4, b)
}

// send sends b to a stream. What cannot be written is the writer's matter.
func (p *Player) send(stream byte, b []byte) error {
	if int(stream) >= len(p.Out) {
		return ErrDamaged
	}
	if w := p.Out[stream]; w != nil {
		_, _ = w.Write(b)
	}
	return nil
}

// check compares what the call has read with what it read when it was recorded.
func (p *Player) check(c *played, g Guest) error {
	sum, read := uint64(0), false
	for _, s := range c.spans {
		if s.kind == spanWritten {
			continue
		}
		b, ok := g.Piece(s.at, s.n)
		if !ok {
			return p.smaller(c)
		}
		sum, read = Sum(sum, b), true
	}
	if !read {
		return nil
	}
	want, err := p.fixed(checkRoom)
	if err != nil {
		return err
	}
	if sum != want {
		return &Divergence{p.calls, c.said() + " of other bytes", c.said()}
	}
	return nil
}
