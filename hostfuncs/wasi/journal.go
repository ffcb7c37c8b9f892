package wasi

import (
	"context"
	"errors"

	"github.com/tetratelabs/wazero/api"
)

// errJournalEnds ends a guest that has more to ask than a journal answers.
var errJournalEnds = errors.New("wasi: the journal has no answer")

// What a journal holds at most. A guest that has done more is not answered again.
const (
	maxJournalCalls = 1 << 12
	maxJournalBytes = 1 << 18
)

// Journal is what the calls of a guest have come to, from its first one on: enough
// to give another run of the guest the same answers, without doing anything.
type Journal struct {
	calls  []journalCall
	ranges []journalRange // of memory that calls have looked at or written, in order
	data   []byte         // what was there when they returned
	memory watchedMemory
}

// journalCall is a call that has returned.
type journalCall struct {
	name   string
	errno  Errno
	ranges int // how many there were behind the call
}

type journalRange struct{ at, n uint32 }

// watchedMemory is a guest's memory that notes which parts of it are used.
type watchedMemory struct {
	api.Memory
	journal *Journal
}

// Read implements [api.Memory].
func (m *watchedMemory) Read(at, n uint32) ([]byte, bool) {
	b, ok := m.Memory.Read(at, n)
	if ok {
		m.journal.ranges = append(m.journal.ranges, journalRange{at, n})
	}
	return b, ok
}

// watch is m with the parts of it noted that are used.
func (j *Journal) watch(m memory) memory {
	if m.m == nil {
		return m
	}
	j.memory = watchedMemory{m.m, j}
	return memory{&j.memory}
}

// add notes that the call of f has returned. It reports false when that is too much
// to hold.
func (j *Journal) add(f *function, errno Errno) bool {
	first := 0
	if len(j.calls) > 0 {
		first = j.calls[len(j.calls)-1].ranges
	}
	for _, r := range j.ranges[first:] {
		if len(j.data)+int(r.n) > maxJournalBytes {
			return false
		}
		b, _ := j.memory.Memory.Read(r.at, r.n)
		j.data = append(j.data, b...)
	}
	j.calls = append(j.calls, journalCall{f.name, errno, len(j.ranges)})
	return len(j.calls) < maxJournalCalls
}

// Journal is what h has answered so far, or nil if that is not known.
func (h *Host) Journal() *Journal { return h.journal }

// Replay has h, of which nothing has been registered yet, give the answers of j. A
// call that is not the next one in j ends the guest.
func (h *Host) Replay(j *Journal) {
	if j == nil {
		j = new(Journal)
	}
	h.replay = &replay{journal: j}
}

// journaledEntry is entry with what calls come to in h's journal.
func (h *Host) journaledEntry(f *function, holder api.Module) api.GoModuleFunc {
	return func(_ context.Context, mod api.Module, stack []uint64) {
		if holder != nil {
			mod = holder
		}
		m := memoryOf(mod)
		if h.journal != nil {
			m = h.journal.watch(m)
		}
		errno := f.invoke(h, m, stack)
		if cause := h.cause.Load(); cause != nil {
			panic(*cause)
		}
		if h.journal != nil && !h.journal.add(f, errno) {
			h.journal = nil
		}
		stack[0] = uint64(errno)
	}
}

// replay answers from a journal.
type replay struct {
	journal *Journal
	next    int // call
	ranges  int // that have been written
	data    int // bytes of the journal that have been written
}

// entry is what the engine calls for f.
func (r *replay) entry(f *function, holder api.Module) api.GoModuleFunc {
	return func(_ context.Context, mod api.Module, stack []uint64) {
		if holder != nil {
			mod = holder
		}
		if r.next == len(r.journal.calls) || r.journal.calls[r.next].name != f.name {
			panic(errJournalEnds)
		}
		c := &r.journal.calls[r.next]
		r.next++
		for ; r.ranges < c.ranges; r.ranges++ {
			x := r.journal.ranges[r.ranges]
			mod.Memory().Write(x.at, r.journal.data[r.data:][:x.n])
			r.data += int(x.n)
		}
		stack[0] = uint64(c.errno)
	}
}
