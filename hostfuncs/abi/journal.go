package abi

import (
	"errors"

	"github.com/tetratelabs/wazero/api"
)

// errJournalEnds ends a guest that has more to ask than a journal answers.
var errJournalEnds = errors.New("abi: the journal has no answer")

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
	result uint64 // if the function has one
	ranges int    // how many there were behind the call
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
func (j *Journal) watch(m Memory) Memory {
	if m.m == nil {
		return m
	}
	j.memory = watchedMemory{m.m, j}
	return Memory{&j.memory}
}

// add notes that the call of f has returned. It reports false when that is too much
// to hold.
func (j *Journal) add(f *Function, stack []uint64) bool {
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
	c := journalCall{name: f.Name, ranges: len(j.ranges)}
	if len(f.Type.Results) > 0 {
		c.result = stack[0]
	}
	j.calls = append(j.calls, c)
	return len(j.calls) < maxJournalCalls
}

// Journal is what g has been answered so far, or nil if that is not known.
func (g *Guest) Journal() *Journal { return g.journal }

// Replay has g, which has not called anything yet, get the answers of j. A call that
// is not the next one in j ends the guest.
func (g *Guest) Replay(j *Journal) {
	if j == nil {
		j = new(Journal)
	}
	g.replay, g.watched = &replay{journal: j}, true
}

// note is a call with what it comes to in g's journal.
func (g *Guest) note(f *Function, state any, c Caller, stack []uint64) {
	c.Memory = g.journal.watch(c.Memory)
	g.end(f.Invoke(state, c, stack))
	if !g.journal.add(f, stack) {
		g.journal = nil
	}
}

// replay answers from a journal.
type replay struct {
	journal *Journal
	next    int // call
	ranges  int // that have been written
	data    int // bytes of the journal that have been written
}

// call answers a call of f.
func (r *replay) call(f *Function, c Caller, stack []uint64) {
	if r.next == len(r.journal.calls) || r.journal.calls[r.next].name != f.Name {
		panic(errJournalEnds)
	}
	answer := &r.journal.calls[r.next]
	r.next++
	for ; r.ranges < answer.ranges; r.ranges++ {
		x := r.journal.ranges[r.ranges]
		c.m.Write(x.at, r.journal.data[r.data:][:x.n])
		r.data += int(x.n)
	}
	if len(f.Type.Results) > 0 {
		stack[0] = answer.result
	}
}
