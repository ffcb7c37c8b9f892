package abi

import (
	"bytes"
	"errors"
	"testing"

	"github.com/tetratelabs/wazero/api"

	"github.com/wazedge/wazedge/internal/fault"
	"github.com/wazedge/wazedge/internal/journal"
)

// testMemory is a guest's memory without a guest.
type testMemory struct {
	api.Memory // of which only what is below is used
	b          []byte
}

func (m *testMemory) Read(at, n uint32) ([]byte, bool) {
	if uint64(at)+uint64(n) > uint64(len(m.b)) {
		return nil, false
	}
	return m.b[at : at+n : at+n], true
}

// dice is the state of a namespace whose answers are never the same.
type dice struct{ thrown uint32 }

func (d *dice) throw(m Memory, at Ptr, n Size) uint32 {
	b, ok := m.Bytes(at, n)
	if !ok {
		return 7
	}
	d.thrown++
	for i := range b {
		b[i] = byte(d.thrown) + byte(i)
	}
	return 0
}

// fill writes half of a buffer.
func (d *dice) fill(m Memory, at Ptr, n Size) uint32 {
	b, _ := m.Buffer(ToGuest, at, n)
	d.thrown++
	for i := range b[:n/2] {
		b[i] = byte(d.thrown)
	}
	m.Moved(int(n/2), 0)
	return d.thrown
}

// tell sends a text to a stream.
func (d *dice) tell(m Memory, at Ptr, n Size) uint32 {
	m.Buffer(FromGuest, at, n)
	m.Moved(int(n), 1)
	return 0
}

func (d *dice) count(Memory) uint32 { return d.thrown }

var diceTable = NewTable("dice",
	Fn2("throw", "buf buf_len", (*dice).throw),
	Fn2("fill", "buf buf_len", (*dice).fill),
	Fn2("tell", "buf buf_len", (*dice).tell),
	Fn0("count", (*dice).count),
	Raw("drop", "", Signature{}, func(d *dice, _ Caller, _ []uint64) error { d.thrown = 0; return nil }),
	Raw("end", "", Signature{}, func(*dice, Caller, []uint64) error { return Exit(42) }),
	Raw("fail", "", Signature{}, func(*dice, Caller, []uint64) error { return fault.New(fault.HostFuncError, "a line") }))

// throw calls a function of the dice as the engine does.
func throw(t *testing.T, g *Guest, d *dice, m *testMemory, name string, args ...uint64) uint64 {
	t.Helper()
	f, ok := diceTable.Function(name, Signature{})
	if !ok {
		t.Fatalf("no function %s", name)
	}
	stack := append(args, 0)
	g.Call(f, d, Caller{Memory: MemoryOf(m)}, stack)
	return stack[0]
}

// noting is a guest with a journal.
func noting() *Guest {
	return NewGuest(GuestConfig{Journal: journal.NewWriter(journal.NewMemory(), nil)})
}

// replaying is a guest that is answered from the journal of g.
func replaying(g *Guest, out *bytes.Buffer) *Guest {
	again, from := NewGuest(GuestConfig{}), g.Journal()
	p := journal.NewPlayer(from)
	if out != nil {
		p.Out[1] = out
	}
	again.Replay(p, from)
	return again
}

// Another run gets the answers that the first one got, errors included, finds in memory
// what that one did, and says the same. Nothing is done for it.
func TestReplayGivesTheSameAnswers(t *testing.T) {
	calls := func(g *Guest, d *dice, m *testMemory) []uint64 {
		throw(t, g, d, m, "drop")
		copy(m.b[300:], "some text")
		return []uint64{
			throw(t, g, d, m, "throw", 100, 16),
			throw(t, g, d, m, "throw", 1<<20, 16),
			throw(t, g, d, m, "fill", 200, 16),
			throw(t, g, d, m, "tell", 300, 9),
			throw(t, g, d, m, "throw", 108, 4),
			throw(t, g, d, m, "count"),
		}
	}
	first, second := &testMemory{b: make([]byte, 1024)}, &testMemory{b: make([]byte, 1024)}
	g := noting()
	want := calls(g, &dice{}, first)
	untouched := &dice{thrown: 40}
	var out bytes.Buffer
	got := calls(replaying(g, &out), untouched, second)
	if want[1] != 7 {
		t.Errorf("a buffer outside of memory: %d", want[1])
	}
	for n := range want {
		if got[n] != want[n] {
			t.Errorf("call %d: %d, want %d", n, got[n], want[n])
		}
	}
	if !bytes.Equal(first.b, second.b) {
		t.Error("the memories differ")
	}
	if untouched.thrown != 40 {
		t.Error("something was done")
	}
	if out.String() != "some text" {
		t.Errorf("said %q", &out)
	}
}

// A guest that asks something else than it did is ended, with what is different.
func TestReplayEndsWhereTheJournalDoes(t *testing.T) {
	for name, tc := range map[string]struct {
		second func(t *testing.T, g *Guest, m *testMemory)
		want   func(error) bool
	}{
		"another function": {func(t *testing.T, g *Guest, m *testMemory) { throw(t, g, &dice{}, m, "count") }, diverges},
		"other arguments":  {func(t *testing.T, g *Guest, m *testMemory) { throw(t, g, &dice{}, m, "tell", 8, 3) }, diverges},
		"other bytes": {func(t *testing.T, g *Guest, m *testMemory) {
			m.b[8] = 'x'
			throw(t, g, &dice{}, m, "tell", 8, 4)
		}, diverges},
		"one call more": {func(t *testing.T, g *Guest, m *testMemory) {
			throw(t, g, &dice{}, m, "tell", 8, 4)
			throw(t, g, &dice{}, m, "count")
		}, func(err error) bool { return errors.Is(err, journal.ErrEnd) }},
	} {
		t.Run(name, func(t *testing.T) {
			m := &testMemory{b: make([]byte, 64)}
			g := noting()
			throw(t, g, &dice{}, m, "tell", 8, 4)
			err := ending1(func() { tc.second(t, replaying(g, nil), m) })
			if err == nil || !tc.want(err) {
				t.Errorf("ended by %v", err)
			}
		})
	}
}

func diverges(err error) bool {
	_, ok := errors.AsType[*journal.Divergence](err)
	return ok
}

// ending1 is the error by which f ends a guest, or nil.
func ending1(f func()) (err error) {
	defer func() { err, _ = recover().(error) }()
	f()
	return nil
}

// A call that has ended the guest does so again, in the same way.
func TestEndingsAreTheSame(t *testing.T) {
	m := &testMemory{b: make([]byte, 64)}
	for _, name := range []string{"end", "fail"} {
		g := noting()
		want := ending1(func() { throw(t, g, &dice{}, m, name) })
		got := ending1(func() { throw(t, replaying(g, nil), &dice{}, m, name) })
		if want == nil || got == nil || got.Error() != want.Error() {
			t.Errorf("%s: ended by %v, want %v", name, got, want)
		}
	}
}

// What a run comes to is kept as long as it is little, and the last calls always are.
func TestJournalIsGivenUpWhenItIsLong(t *testing.T) {
	m := &testMemory{b: make([]byte, 1<<20)}
	for name, fill := range map[string]func(*Guest){
		"calls": func(g *Guest) {
			for range 1 << 13 {
				throw(t, g, &dice{}, m, "count")
			}
		},
		"bytes": func(g *Guest) { throw(t, g, &dice{}, m, "throw", 8, 1<<19) },
	} {
		g := NewGuest(GuestConfig{Journal: journal.NewWriter(journal.NewMemory(), nil), Last: 2})
		fill(g)
		if g.Journal() != nil {
			t.Errorf("%s: there is a journal still", name)
		}
		if n := throw(t, g, &dice{thrown: 3}, m, "count"); n != 3 {
			t.Errorf("%s: a call after the journal was given up: %d", name, n)
		}
		last, all := g.Last()
		if want := map[string]int{"calls": 1<<13 + 1, "bytes": 2}[name]; all != want || len(last) != 2 || last[1].String() != "count() = 3" {
			t.Errorf("%s: the last of %d calls are %v", name, all, last)
		}
	}
}
