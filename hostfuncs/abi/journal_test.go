package abi

import (
	"bytes"
	"testing"

	"github.com/tetratelabs/wazero/api"
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

func (m *testMemory) Write(at uint32, b []byte) bool {
	to, ok := m.Read(at, uint32(len(b)))
	return ok && copy(to, b) == len(b)
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

func (d *dice) count(Memory) uint32 { return d.thrown }

var diceTable = NewTable("dice",
	Fn2("throw", "buf buf_len", (*dice).throw),
	Fn0("count", (*dice).count),
	Raw("drop", "", Signature{}, func(d *dice, _ Caller, _ []uint64) error { d.thrown = 0; return nil }))

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

// Another run gets the answers that the first one got, errors included, and finds in
// memory what that one did. Nothing is done for it.
func TestReplayGivesTheSameAnswers(t *testing.T) {
	calls := func(g *Guest, d *dice, m *testMemory) []uint64 {
		throw(t, g, d, m, "drop")
		return []uint64{
			throw(t, g, d, m, "throw", 100, 16),
			throw(t, g, d, m, "throw", 1<<20, 16),
			throw(t, g, d, m, "throw", 108, 4),
			throw(t, g, d, m, "count"),
		}
	}
	first, second := &testMemory{b: make([]byte, 1024)}, &testMemory{b: make([]byte, 1024)}
	g, again := NewGuest(GuestConfig{Journal: true}), NewGuest(GuestConfig{})
	want := calls(g, &dice{}, first)
	again.Replay(g.Journal())
	untouched := &dice{thrown: 40}
	got := calls(again, untouched, second)
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
}

func TestReplayEndsWhereTheJournalDoes(t *testing.T) {
	for name, second := range map[string]string{"another function": "drop", "one call more": "count"} {
		m := &testMemory{b: make([]byte, 64)}
		g, again := NewGuest(GuestConfig{Journal: true}), NewGuest(GuestConfig{})
		throw(t, g, &dice{}, m, "count")
		again.Replay(g.Journal())
		if second == "count" {
			throw(t, again, &dice{}, m, "count")
		}
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%s is answered", name)
				}
			}()
			throw(t, again, &dice{}, m, second)
		}()
	}
}

func TestJournalIsGivenUpWhenItIsLong(t *testing.T) {
	m := &testMemory{b: make([]byte, maxJournalBytes+64)}
	for name, fill := range map[string]func(*Guest){
		"calls": func(g *Guest) {
			for range maxJournalCalls {
				throw(t, g, &dice{}, m, "count")
			}
		},
		"bytes": func(g *Guest) { throw(t, g, &dice{}, m, "throw", 8, maxJournalBytes+1) },
	} {
		g := NewGuest(GuestConfig{Journal: true})
		fill(g)
		if g.Journal() != nil {
			t.Errorf("%s: there is a journal still", name)
		}
		if n := throw(t, g, &dice{thrown: 3}, m, "count"); n != 3 {
			t.Errorf("%s: a call after the journal was given up: %d", name, n)
		}
	}
}
