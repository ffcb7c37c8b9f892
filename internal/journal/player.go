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
	functions []Function
	calls     uint64 // that have been answered
	args      []uint64
	read      [][2]uint32 // of the call that is answered
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
	recorded, err := p.next()
	if err != nil {
		return nil, inside(err)
	}
	p.calls++
	if err := p.compare(recorded, f, args); err != nil {
		return nil, err
	}
	e, err := p.outcome(recorded, results)
	if err == nil {
		err = p.spans(f, g)
	}
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

// next reads the function and the arguments of a call.
func (p *Player) next() (*Function, error) {
	for {
		n, err := binary.ReadUvarint(p.r)
		switch {
		case err != nil:
			return nil, malformed(err)
		case n == 0:
			if err := p.define(); err != nil {
				return nil, inside(err)
			}
			continue
		case n > uint64(len(p.functions)):
			return nil, ErrDamaged
		}
		f := &p.functions[n-1]
		p.args = p.args[:0]
		for _, t := range f.Params {
			v, err := p.value(t)
			if err != nil {
				return nil, err
			}
			p.args = append(p.args, v)
		}
		return f, nil
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
	p.functions = append(p.functions, f)
	return nil
}

// compare reports that the call which is asked for is not the recorded one.
func (p *Player) compare(recorded, f *Function, args []uint64) error {
	same := recorded.Module == f.Module && recorded.Name == f.Name &&
		string(recorded.Params) == string(f.Params) && string(recorded.Results) == string(f.Results)
	for n := range p.args {
		same = same && p.args[n] == f.arg(n, args[n])
	}
	if same {
		return nil
	}
	return &Divergence{p.calls, recorded.text(p.args), f.text(args[:len(f.Params)])}
}

// outcome reads how the call has ended.
func (p *Player) outcome(f *Function, results []uint64) (*Ending, error) {
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
	for n, t := range f.Results {
		if results[n], err = p.value(t); err != nil {
			return nil, err
		}
	}
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
func (p *Player) spans(f *Function, g Guest) error {
	count, err := p.number(maxSpans)
	if err != nil {
		return err
	}
	p.read = p.read[:0]
	for ; count > 0; count-- {
		kind, err := p.r.ReadByte()
		if err != nil {
			return err
		}
		switch kind & 15 {
		case spanWritten:
			err = p.write(f, g)
		case spanRead, spanSent:
			err = p.readSpan(f, kind, g)
		case spanSaid:
			err = p.said(kind)
		default:
			err = ErrDamaged
		}
		if err != nil {
			return err
		}
	}
	return p.check(f, g)
}

// place reads an address and a length.
func (p *Player) place() (at, n uint32, err error) {
	v, err := p.fixed(8)
	return uint32(v), uint32(v >> 32), err
}

// write puts the bytes that follow into g's memory.
func (p *Player) write(f *Function, g Guest) error {
	at, n, err := p.place()
	if err != nil || n == 0 {
		return err
	}
	b, ok := g.Piece(at, n)
	if !ok {
		return &Divergence{p.calls, fmt.Sprintf("%s with %d bytes of memory at 0x%x", f.text(p.args), n, at), "the memory is smaller"}
	}
	_, err = io.ReadFull(p.r, b)
	return err
}

func (p *Player) readSpan(f *Function, kind byte, g Guest) error {
	at, n, err := p.place()
	if err != nil {
		return err
	}
	p.read = append(p.read, [2]uint32{at, n})
	if kind&15 == spanRead || n == 0 {
		return nil
	}
	b, ok := g.Piece(at, n)
	if !ok {
		return &Divergence{p.calls, f.text(p.args), "the memory is smaller"}
	}
	return p.send(kind>>4, b)
}

func (p *Player) said(kind byte) error {
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
func (p *Player) check(f *Function, g Guest) error {
	if len(p.read) == 0 {
		return nil
	}
	var want [8]byte
	if _, err := io.ReadFull(p.r, want[:]); err != nil {
		return err
	}
	sum := uint64(0)
	for _, s := range p.read {
		b, ok := g.Piece(s[0], s[1])
		if !ok {
			return &Divergence{p.calls, f.text(p.args), "the memory is smaller"}
		}
		sum = Sum(sum, b)
	}
	if sum != binary.LittleEndian.Uint64(want[:]) {
		call := f.text(p.args)
		return &Divergence{p.calls, call + " of other bytes", call}
	}
	return nil
}
