package journal

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"strings"
	"testing"
)

// guest is a memory.
type guest []byte

func (g guest) Piece(at, n uint32) ([]byte, bool) {
	if uint64(at)+uint64(n) > uint64(len(g)) {
		return nil, false
	}
	return g[at : at+n], true
}

var (
	fill  = Function{Module: "m", Name: "fill", Params: []byte{0x7f, 0x7f}, Results: []byte{0x7f}}
	print = Function{Module: "m", Name: "print", Params: []byte{0x7f, 0x7f}, Results: []byte{0x7e}}
	leave = Function{Module: "m", Name: "leave", Params: []byte{0x7e}}
)

// run has a guest make n calls by call, from a source of its own, ended by leave.
func run(g guest, n int, call func(f *Function, args []uint64) uint64) string {
	r := rand.New(rand.NewPCG(1, 2))
	var b strings.Builder
	for range n {
		at, size := uint64(r.IntN(len(g)/2)), uint64(r.IntN(len(g)/2))
		f := &fill
		if r.IntN(2) == 0 {
			f = &print
		}
		fmt.Fprint(&b, call(f, []uint64{at | 7<<40, size}), g[at]) // what is above 32 bits means nothing
	}
	call(&leave, []uint64{1 << 63})
	return b.String()
}

// host is what answers run and tells w.
func host(g guest, w *Writer, out io.Writer) func(*Function, []uint64) uint64 {
	r := rand.New(rand.NewPCG(3, 4))
	numbers := map[*Function]uint64{}
	return func(f *Function, args []uint64) uint64 {
		if _, known := numbers[f]; !known {
			numbers[f] = w.Function(f)
		}
		w.Begin(numbers[f], args)
		if f == &leave {
			w.End(nil, &Ending{Exit: true, Status: 3})
			return 0
		}
		at := uint32(args[0])
		b := g[at:][:args[1]]
		half := len(b) / 2
		if f == &fill {
			w.Use(Written, at, b, true)
			for k := range half {
				b[k] = byte(r.Uint32())
			}
			w.Moved(half, 0)
		} else {
			w.Use(Read, at, b, true)
			out.Write(b[:half])
			w.Moved(half, 1)
			w.Say([]byte("said"), 2)
		}
		v := r.Uint64()
		if f == &fill {
			v = uint64(uint32(v))
		}
		w.End([]uint64{v}, nil)
		return v
	}
}

// again is what answers run from p.
func again(t *testing.T, g guest, p *Player) func(*Function, []uint64) uint64 {
	return func(f *Function, args []uint64) uint64 {
		results := make([]uint64, 1)
		e, err := p.Answer(f, args, g, results)
		if err != nil {
			t.Fatal(err)
		}
		if e != nil && (!e.Exit || e.Status != 3 || f != &leave) {
			t.Fatalf("ended by %+v", e)
		}
		return results[0]
	}
}

// recorded is a record of n calls, and what the guest has seen and said.
func recorded(t *testing.T, n int, module string, e *End) (file []byte, seen, said string, g guest) {
	t.Helper()
	var b, out bytes.Buffer
	r := NewRecord(&b, &Header{Module: "a.wasm", Words: []string{"x"}}, func() ([]byte, error) { return []byte(module), nil })
	g = make(guest, 64<<10)
	seen = run(g, n, host(g, NewWriter(nil, r), &out))
	if err := r.Close(e); err != nil {
		t.Fatal(err)
	}
	return b.Bytes(), seen, out.String(), g
}

// TestRecordsPlayBack states that from a record, a guest sees, says and has in its memory
// what it did when it was recorded.
func TestRecordsPlayBack(t *testing.T) {
	for _, n := range []int{0, 1, 400} {
		module := strings.Repeat("module", n*1000)
		file, seen, said, g := recorded(t, n, module, &End{Status: 3})
		rec, err := OpenRecording(bytes.NewReader(file))
		if err != nil {
			t.Fatal(err)
		}
		if string(rec.Code) != module || rec.Module != "a.wasm" || len(rec.Words) != 1 {
			t.Errorf("%d calls: %+v, module of %d bytes", n, rec.Header, len(rec.Code))
		}
		for range 2 { // as often as one likes
			var out, errs bytes.Buffer
			p := NewPlayer(rec)
			p.Out[1], p.Out[2] = &out, &errs
			h := make(guest, len(g))
			if got := run(h, n, again(t, h, p)); got != seen || out.String() != said || !bytes.Equal(g, h) {
				t.Errorf("%d calls: another run", n)
			}
			if strings.Count(errs.String(), "said") != strings.Count(seen, "") && n == 0 && errs.Len() != 0 {
				t.Errorf("%d calls: the host says %q", n, &errs)
			}
			if !p.Ended() {
				t.Errorf("%d calls: something is left", n)
			}
			_, err := p.Answer(&fill, []uint64{0, 0}, h, make([]uint64, 1))
			if !errors.Is(err, ErrEnd) {
				t.Errorf("%d calls: behind the end: %v", n, err)
			}
		}
		c := rec.Calls()
		if _, err := io.Copy(io.Discard, c); err != nil || c.End == nil || c.End.Status != 3 {
			t.Errorf("%d calls: the end is %+v, %v", n, c.End, err)
		}
	}
}

// TestMemoryIsReadWhileItGrows states that whoever is answered from a memory finds every call
// that has ended, and no other, and that it is given up when there is too much.
func TestMemoryIsReadWhileItGrows(t *testing.T) {
	m := NewMemory()
	w := NewWriter(m, nil)
	p := NewPlayer(m)
	g := make(guest, 1024)
	n := w.Function(&fill)
	for k := range 100 {
		args := []uint64{uint64(k), 4}
		if _, err := p.Answer(&fill, args, g, make([]uint64, 1)); !errors.Is(err, ErrEnd) {
			t.Fatalf("call %d before it is made: %v", k, err)
		}
		w.Begin(n, args)
		w.Use(Written, uint32(k), []byte{1, 2, 3, 4}, false)
		w.End([]uint64{uint64(k)}, nil)
		result := make([]uint64, 1)
		if e, err := p.Answer(&fill, args, g, result); e != nil || err != nil || result[0] != uint64(k) || g[k+3] != 4 {
			t.Fatalf("call %d: %v, %v, %d", k, e, err, result[0])
		}
	}
	w.Begin(n, []uint64{0, 0})
	w.Use(Written, 0, make([]byte, memoryBounds.Bytes), false)
	w.End([]uint64{0}, nil)
	if w.Memory() != nil || !w.Lost() {
		t.Error("there is a memory still")
	}
}

// TestDivergenceSays states what is said of a run that goes another way.
func TestDivergenceSays(t *testing.T) {
	file, _, _, _ := recorded(t, 1, "", nil)
	rec, err := OpenRecording(bytes.NewReader(file))
	if err != nil {
		t.Fatal(err)
	}
	_, err = NewPlayer(rec).Answer(&leave, []uint64{5}, make(guest, 64<<10), nil)
	d, ok := errors.AsType[*Divergence](err)
	if !ok || d.Call != 1 || d.Asked != "leave(5)" || !strings.Contains(d.Recorded, "(") || strings.Contains(d.Recorded, "leave") {
		t.Errorf("%v", err)
	}
	p := NewPlayer(rec)
	p.StopAt = 1
	_, err = p.Answer(&leave, []uint64{5}, nil, nil)
	if s, ok := errors.AsType[*Stopped](err); !ok || s.Call != 1 || s.Text != "leave(5)" {
		t.Errorf("%v", err)
	}
}

// TestCutRecords states that a record which ends early plays back up to there, and that one
// which ends in front of the calls is refused.
func TestCutRecords(t *testing.T) {
	file, _, _, _ := recorded(t, 40, strings.Repeat("module", 100), &End{Status: 3})
	for cut := 0; cut < len(file); cut += 1 + cut/20 {
		rec, err := OpenRecording(bytes.NewReader(file[:cut]))
		if err != nil {
			if f, ok := errors.AsType[*FormatError](err); !ok || f.Why != ErrTruncated && f.Why != ErrForeign {
				t.Errorf("cut at %d: %v", cut, err)
			}
			continue
		}
		c := rec.Calls()
		if _, err := io.Copy(io.Discard, c); err != nil || c.End != nil {
			t.Errorf("cut at %d: %v, end %+v", cut, err, c.End)
		}
	}
}

// TestDamagedRecords states that whatever byte of a record is another one, that is found.
func TestDamagedRecords(t *testing.T) {
	file, seen, _, _ := recorded(t, 5, "module", &End{Status: 3})
	for at := 0; at < len(file); at += 1 + at/50 {
		b := bytes.Clone(file)
		b[at] ^= 0x20
		if err := playAll(b, 5, seen); err == nil {
			t.Errorf("byte %d is not missed", at)
		}
	}
}

// playAll plays the record b of n calls and says what is wrong with it.
func playAll(b []byte, n int, seen string) error {
	rec, err := OpenRecording(bytes.NewReader(b))
	if err != nil {
		return err
	}
	p, g := NewPlayer(rec), make(guest, 64<<10)
	got := run(g, n, func(f *Function, args []uint64) uint64 {
		results := make([]uint64, 1)
		if _, e := p.Answer(f, args, g, results); e != nil && err == nil {
			err = e
		}
		return results[0]
	})
	if err != nil {
		return err
	}
	c := rec.Calls()
	if _, err := io.Copy(io.Discard, c); err != nil || c.End == nil {
		return fmt.Errorf("the end is %+v, %v", c.End, err)
	}
	if got != seen {
		return errors.New("another run")
	}
	return nil
}

// A writer that fails after some bytes.
type full struct{ left int }

func (f *full) Write(b []byte) (int, error) {
	if f.left -= len(b); f.left < 0 {
		return 0, io.ErrShortWrite
	}
	return len(b), nil
}

// TestFullDisk states that a guest whose record cannot be written goes on, and that the
// error is told in the end.
func TestFullDisk(t *testing.T) {
	for _, room := range []int{0, 100, 100_000} {
		r := NewRecord(&full{room}, &Header{}, func() ([]byte, error) { return nil, nil })
		g := make(guest, 64<<10)
		run(g, 1000, host(g, NewWriter(nil, r), io.Discard))
		if err := r.Close(&End{}); !errors.Is(err, io.ErrShortWrite) {
			t.Errorf("room for %d: %v", room, err)
		}
	}
}

// FuzzRecording states that whatever is in a file, reading it ends in an error or in calls,
// and writes nowhere but into the memory.
func FuzzRecording(f *testing.F) {
	for n := range 3 {
		var b bytes.Buffer
		r := NewRecord(&b, &Header{Module: "a"}, func() ([]byte, error) { return []byte("module"), nil })
		g := make(guest, 256)
		run(g, n, host(g, NewWriter(nil, r), io.Discard))
		if err := r.Close(&End{}); err != nil {
			f.Fatal(err)
		}
		f.Add(b.Bytes())
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		rec, err := OpenRecording(bytes.NewReader(b))
		if err != nil {
			return
		}
		p, g := NewPlayer(rec), make(guest, 256)
		p.Out[1] = io.Discard
		run(g, 3, func(f *Function, args []uint64) uint64 {
			results := make([]uint64, 1)
			p.Answer(f, args, g, results)
			return results[0]
		})
	})
}

// FuzzCalls is FuzzRecording for what is in the frames.
func FuzzCalls(f *testing.F) {
	m := NewMemory()
	g := make(guest, 256)
	run(g, 3, host(g, NewWriter(m, nil), io.Discard))
	f.Add(m.b)
	f.Fuzz(func(t *testing.T, b []byte) {
		p, g := NewPlayer(&Memory{b: b, whole: len(b)}), make(guest, 256)
		p.Out[1], p.Out[2] = io.Discard, io.Discard
		run(g, 3, func(f *Function, args []uint64) uint64 {
			results := make([]uint64, 1)
			_, err := p.Answer(f, args, g, results)
			_, differs := errors.AsType[*Divergence](err)
			if err != nil && !differs && !errors.Is(err, ErrEnd) && !Damaged(err) {
				t.Errorf("no error of a journal: %v", err)
			}
			return results[0]
		})
	})
}

// TestMemoryHolds states that a memory which is held keeps everything, and says when that is
// more than somebody wants; and that it is within its bounds again when it is let go.
func TestMemoryHolds(t *testing.T) {
	for _, c := range []struct {
		calls, size int
		lost        bool
	}{{5, 10, false}, {memoryBounds.Calls + 1, 0, true}, {2, memoryBounds.Bytes, true}} {
		m := NewMemory()
		m.Hold()
		w := NewWriter(m, nil)
		f := &Function{Module: "m", Name: "f"}
		n := w.Function(f)
		for range c.calls {
			w.Begin(n, nil)
			w.Use(Written, 0, make([]byte, c.size), false)
			w.End(nil, nil)
		}
		if w.Lost() || m.Calls() != c.calls || !m.Exceeds(Bounds{c.calls - 1, 1 << 30}) || m.Exceeds(Bounds{c.calls, 1 << 30}) || !m.Exceeds(Bounds{c.calls, 1}) {
			t.Errorf("%+v: lost %v, %d calls", c, w.Lost(), m.Calls())
		}
		m.Release()
		p := NewPlayer(m)
		if p.Ended() != c.lost {
			t.Errorf("%+v: nothing left: %v", c, p.Ended())
		}
		w.Begin(n, nil)
		w.End(nil, nil)
		if w.Lost() != c.lost {
			t.Errorf("%+v: lost behind it: %v", c, w.Lost())
		}
	}
}

// likeCall is a call of which few things differ from the one before.
type likeCall struct {
	f           *Function
	arg, result uint64
	place       uint32 // of what is moved
	size, moved int
	guest, host byte // what they write there
	said, ended bool
	abandoned   bool // begun, and begun again
}

// likeCalls are n calls by chance.
func likeCalls(r *rand.Rand, n int) []likeCall {
	often := func(usual, other int) int {
		if r.IntN(10) > 0 {
			return usual
		}
		return other
	}
	list := make([]likeCall, n)
	for k := range list {
		c := &list[k]
		c.f = []*Function{&fill, &print}[r.IntN(2)]
		c.arg, c.result = uint64(often(1, 2)), uint64(often(0, 1))
		c.place, c.size = uint32(often(1000, 2000)), []int{1, 4, 8, 12, 40, 3000}[often(3, r.IntN(6))]
		c.moved = often(c.size, c.size/2)
		c.guest, c.host = byte(often(7, 8)), byte(often(9, 10))
		c.said, c.ended, c.abandoned = often(0, 1) == 1, often(0, 1) == 1, often(0, 1) == 1
	}
	return list
}

// tell tells w of c, made by g.
func (c *likeCall) tell(w *Writer, number uint64, g guest, out io.Writer) {
	if c.abandoned { // by a panic
		w.Begin(number, []uint64{c.arg, 3})
		w.Use(Written, 0, g[:8], false)
	}
	w.Begin(number, []uint64{c.arg, 2})
	w.Use(Read, 0, g[:8], false)
	b := g[c.place:][:c.size]
	if c.f == &fill {
		w.Use(Written, c.place, b, true)
		copy(b[:c.moved], []byte{c.host})
		w.Moved(c.moved, 0)
	} else {
		w.Use(Read, c.place, b, true)
		w.Moved(c.moved, 1)
		out.Write(b[:c.moved])
	}
	if c.said {
		w.Say([]byte("said"), 2)
		io.WriteString(out, "said")
	}
	if c.ended {
		w.End(nil, &Ending{Exit: true, Status: 3})
	} else {
		w.End([]uint64{c.result}, nil)
	}
}

// TestLikeCalls states that calls which are like the last one of their function, or nearly so, play
// back as they were made, from memory and from a file.
func TestLikeCalls(t *testing.T) {
	for seed := range uint64(30) {
		var file bytes.Buffer
		rec := NewRecord(&file, &Header{}, func() ([]byte, error) { return nil, nil })
		m := NewMemory()
		m.Hold()
		calls := likeCalls(rand.New(rand.NewPCG(seed, 5)), 500)
		for _, w := range []*Writer{NewWriter(m, nil), NewWriter(nil, rec)} {
			g, out := make(guest, 8<<10), new(bytes.Buffer)
			numbers := map[*Function]uint64{&fill: w.Function(&fill), &print: w.Function(&print)}
			for k := range calls {
				g[4], g[calls[k].place] = calls[k].guest, calls[k].guest
				calls[k].tell(w, numbers[calls[k].f], g, out)
			}
			var from Journal = m
			if w.file != nil {
				if err := rec.Close(&End{}); err != nil {
					t.Fatal(err)
				}
				recording, err := OpenRecording(bytes.NewReader(file.Bytes()))
				if err != nil {
					t.Fatal(err)
				}
				from = recording
			}
			if err := playLike(calls, from, g, out.Bytes()); err != nil {
				t.Fatalf("seed %d, file %v: %v", seed, w.file != nil, err)
			}
		}
	}
}

// playLike plays calls from j, and says what is not as it was: want is the memory in the end, and said
// what was sent to streams.
func playLike(calls []likeCall, j Journal, want guest, said []byte) error {
	var out bytes.Buffer
	p, g := NewPlayer(j), make(guest, len(want))
	p.Out[1], p.Out[2] = &out, &out
	for k := range calls {
		c := &calls[k]
		g[4], g[c.place] = c.guest, c.guest
		results := make([]uint64, 1)
		e, err := p.Answer(c.f, []uint64{c.arg, 2}, g, results)
		if err != nil || (e != nil) != c.ended || e == nil && results[0] != c.result {
			return fmt.Errorf("call %d: %+v, %w, result %d instead of %d", k, e, err, results[0], c.result)
		}
	}
	switch {
	case !bytes.Equal(g, want):
		return errors.New("the memory is another one")
	case !bytes.Equal(out.Bytes(), said):
		return fmt.Errorf("%d bytes were said instead of %d, or others", out.Len(), len(said))
	case !p.Ended():
		return errors.New("there is more")
	}
	return nil
}

// TestSameCallsAreShort states how much a call takes that is the same as the last one: a number, what it
// has written, a checksum.
func TestSameCallsAreShort(t *testing.T) {
	m, g := NewMemory(), make(guest, 1<<10)
	m.Hold()
	w := NewWriter(m, nil)
	n := w.Function(&fill)
	for range 1000 {
		w.Begin(n, []uint64{1, 2})
		w.Use(Read, 0, g[:8], false)
		w.Use(Written, 8, g[8:12], false)
		w.End([]uint64{0}, nil)
	}
	if size := len(m.b); size > 1000*(1+4+8)+100 {
		t.Errorf("%d bytes", size)
	}
}

// TestForwardToNothing states that a call like one that nothing can be like is damage, and no panic.
func TestForwardToNothing(t *testing.T) {
	m := NewMemory()
	w := NewWriter(m, nil)
	w.Function(&leave)
	w.put([]byte{2}) // like the last call
	w.memory.end()
	if _, err := NewPlayer(m).Answer(&leave, []uint64{5}, nil, nil); !errors.Is(err, ErrDamaged) {
		t.Errorf("%v", err)
	}
}
