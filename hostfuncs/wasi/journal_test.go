package wasi

import (
	"bytes"
	"context"
	"testing"

	"github.com/tetratelabs/wazero/api"
)

// memoryModule is a module that has a memory and nothing else.
type memoryModule struct {
	api.Module
	mem *testMemory
}

func (m memoryModule) Memory() api.Memory { return m.mem }

func (m *testMemory) Write(offset uint32, b []byte) bool {
	to, ok := m.Read(offset, uint32(len(b)))
	return ok && copy(to, b) == len(b)
}

// callEntry calls what the engine calls for a function of h.
func callEntry(h *Host, m api.Module, name string, args ...uint64) Errno {
	stack := append(args, 0)
	h.entry(find(ModuleName, name), nil)(context.Background(), m, stack)
	return Errno(stack[0])
}

// A second host gives the answers that the first one gave, errors included, and
// puts into memory what that one did.
func TestReplayGivesTheSameAnswers(t *testing.T) {
	g := newGuest(t, Config{Journal: true}, Environment{Args: []string{"prog", "arg"}})
	first := memoryModule{mem: g.mem}
	calls := func(h *Host, m api.Module) (errnos []Errno) {
		return append(errnos,
			callEntry(h, m, "random_get", 1000, 16),
			callEntry(h, m, "args_sizes_get", 1024, 1028),
			callEntry(h, m, "args_get", 1040, 1060),
			callEntry(h, m, "fd_close", 99),
			callEntry(h, m, "clock_time_get", 0, 0, 1100))
	}
	want := calls(g.h, first)
	if want[3] != EBADF {
		t.Errorf("closing a descriptor that does not exist: %v", want[3])
	}
	again := New(Config{})
	defer again.Close()
	again.Replay(g.h.Journal())
	second := memoryModule{mem: &testMemory{b: make([]byte, len(g.mem.b))}}
	got := calls(again, second)
	for n := range want {
		if got[n] != want[n] {
			t.Errorf("call %d: %v, want %v", n, got[n], want[n])
		}
	}
	if !bytes.Equal(first.mem.b, second.mem.b) {
		t.Error("the memories differ")
	}
}

func TestReplayEndsWhereTheJournalDoes(t *testing.T) {
	for name, second := range map[string]string{"another function": "fd_sync", "one call more": "fd_close"} {
		g := newGuest(t, Config{Journal: true}, Environment{})
		m := memoryModule{mem: g.mem}
		callEntry(g.h, m, "fd_close", 99)
		h := New(Config{})
		h.Replay(g.h.Journal())
		if second == "fd_close" {
			callEntry(h, m, "fd_close", 99)
		}
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%s is answered", name)
				}
			}()
			callEntry(h, m, second, 99)
		}()
		h.Close()
	}
}

func TestJournalIsGivenUpWhenItIsLong(t *testing.T) {
	for name, fill := range map[string]func(*Host, api.Module){
		"calls": func(h *Host, m api.Module) {
			for range maxJournalCalls {
				callEntry(h, m, "fd_close", 99)
			}
		},
		"bytes": func(h *Host, m api.Module) { callEntry(h, m, "random_get", 8, maxJournalBytes+1) },
	} {
		g := newGuest(t, Config{Journal: true}, Environment{})
		m := memoryModule{mem: g.mem}
		f := find(ModuleName, "fd_close")
		entry := g.h.entry(f, nil)
		fill(g.h, m)
		if g.h.Journal() != nil {
			t.Errorf("%s: there is a journal still", name)
		}
		stack := []uint64{99}
		if entry(context.Background(), m, stack); Errno(stack[0]) != EBADF {
			t.Errorf("%s: a call after the journal was given up: %v", name, Errno(stack[0]))
		}
	}
}
