package abi

import (
	"errors"
	"testing"

	"github.com/wazedge/wazedge/internal/fault"
	"github.com/wazedge/wazedge/internal/journal"
)

// player is an instance that calls by g.
type player struct {
	g      *Guest
	memory *testMemory
}

// call is what a call of name comes to: its first result, or what it ends the guest by.
func (p player) call(d *dice, name string, args ...uint64) (result uint64, end any) {
	f := functionOf(name)
	stack := append(append([]uint64(nil), args...), 0, 0)
	defer func() { end = recover() }()
	p.g.Call(f, d, Caller{Memory: MemoryOf(p.memory)}, stack)
	return stack[0], nil
}

func functionOf(name string) *Function {
	for n := range diceTable.Functions() {
		if f := &diceTable.Functions()[n]; f.Name == name {
			return f
		}
	}
	return nil
}

// pair is a guest and its successor.
func pair(most journal.Bounds) (h *Handover, first, second player, full, took *int) {
	full, took = new(int), new(int)
	g := NewGuest(GuestConfig{Journal: journal.NewWriter(journal.NewMemory(), nil)})
	h = NewHandover(g, most, func() { *full++ }, func() { *took++ })
	return h, player{g, &testMemory{b: make([]byte, 64)}}, player{h.Successor(), &testMemory{b: make([]byte, 64)}}, full, took
}

// plenty is never exceeded here.
var plenty = journal.Bounds{Calls: 1000, Bytes: 1 << 20}

// TestHandover states that the successor is answered what the first one was, that what it
// calls then is done, and that the first one does nothing any more.
func TestHandover(t *testing.T) {
	for took := range 4 {
		d := &dice{}
		h, first, second, _, passed := pair(plenty)
		for range took {
			first.call(d, "throw", 8, 4)
		}
		for range took {
			if r, end := second.call(d, "throw", 8, 4); r != 0 || end != nil {
				t.Fatalf("the successor gets %d, %v", r, end)
			}
		}
		if string(first.memory.b) != string(second.memory.b) || int(d.thrown) != took || h.Passed() {
			t.Errorf("behind %d calls: memories %x and %x, %d done, passed %v", took, first.memory.b, second.memory.b, d.thrown, h.Passed())
		}
		second.call(d, "throw", 8, 4)
		if !h.Passed() || *passed != 1 || int(d.thrown) != took+1 {
			t.Errorf("behind %d calls and another: passed %v, %d done", took, h.Passed(), d.thrown)
		}
		if _, end := first.call(d, "throw", 8, 4); end != errPassed || int(d.thrown) != took+1 {
			t.Errorf("the first one goes on: %v, %d done", end, d.thrown)
		}
		if h.Ended() || !h.Finish() {
			t.Error("the end of the first one counts")
		}
	}
}

// TestHandoverEnds states whose end counts.
func TestHandoverEnds(t *testing.T) {
	d := &dice{}
	h, first, second, _, _ := pair(plenty)
	if _, end := first.call(d, "end"); Ending(end.(error)).Status != 42 {
		t.Fatal(end)
	}
	if !h.Ended() {
		t.Error("the first one's end does not count")
	}
	if _, end := second.call(d, "end"); Ending(end.(error)).Status != 42 || h.Finish() {
		t.Error("the successor's end counts, or is another", end)
	}
	if _, end := second.call(d, "count"); end != errPassed {
		t.Error("the successor goes on behind the end:", end)
	}

	h, first, second, _, _ = pair(plenty)
	first.call(d, "fail")
	h.Stopped()
	if _, end := second.call(d, "fail"); Ending(end.(error)).Code != uint16(fault.HostFuncError) || !h.Finish() {
		t.Error("the successor does not fail as the first one did, or that does not count:", end)
	}

	h, first, second, _, _ = pair(plenty)
	first.call(d, "count")
	first.call(d, "count")
	second.call(d, "count")
	if h.Finish() {
		t.Error("a successor counts that has ended before the first one")
	}
}

// TestHandoverDiffers states that a successor which goes another way does nothing, and that
// the first one goes on.
func TestHandoverDiffers(t *testing.T) {
	for _, c := range []struct {
		name string
		args []uint64
	}{{"count", nil}, {"throw", []uint64{8, 5}}} {
		d := &dice{}
		h, first, second, _, _ := pair(plenty)
		first.call(d, "throw", 8, 4)
		_, end := second.call(d, c.name, c.args...)
		if _, differs := errors.AsType[*journal.Divergence](end.(error)); !differs || h.Finish() || d.thrown != 1 {
			t.Errorf("%s%v: %v, %d done", c.name, c.args, end, d.thrown)
		}
		h.Abandon()
		if _, end := first.call(d, "throw", 8, 4); end != nil || d.thrown != 2 {
			t.Errorf("the first one does not go on: %v", end)
		}
		if h.Again() != nil {
			t.Error("somebody repeats what is not kept")
		}
	}
}

// TestHandoverIsBounded states that the first one waits when the journal is full, for its
// successor or for hearing that there is none.
func TestHandoverIsBounded(t *testing.T) {
	for _, abandoned := range []bool{false, true} {
		d := &dice{}
		h, first, second, full, _ := pair(journal.Bounds{Calls: 2, Bytes: 1 << 20})
		for range 3 {
			first.call(d, "throw", 8, 4)
		}
		done := make(chan any)
		go func() {
			_, end := first.call(d, "throw", 8, 4)
			done <- end
		}()
		if abandoned {
			h.Abandon()
			if end := <-done; end != nil || d.thrown != 4 {
				t.Errorf("the first one does not go on: %v, %d done", end, d.thrown)
			}
			continue
		}
		for range 4 {
			second.call(d, "throw", 8, 4)
		}
		if end := <-done; end != errPassed || d.thrown != 4 || *full > 1 {
			t.Errorf("the first one goes on: %v, %d done, %d times full", end, d.thrown, *full)
		}
	}
}

// TestHandoverPauses states that the first one waits when its successor has begun, and goes on
// when that turns out to be none.
func TestHandoverPauses(t *testing.T) {
	for _, abandoned := range []bool{false, true} {
		d := &dice{}
		h, first, second, full, _ := pair(plenty)
		first.call(d, "throw", 8, 4)
		h.Begin()
		done := make(chan any)
		go func() {
			_, end := first.call(d, "throw", 8, 4)
			done <- end
		}()
		second.call(d, "throw", 8, 4)
		if abandoned {
			h.Abandon()
			if end := <-done; end != nil || d.thrown != 2 {
				t.Errorf("the first one does not go on: %v, %d done", end, d.thrown)
			}
			continue
		}
		second.call(d, "throw", 8, 4)
		if end := <-done; end != errPassed || d.thrown != 2 || *full != 0 {
			t.Errorf("the first one goes on: %v, %d done, %d times full", end, d.thrown, *full)
		}
	}
}

// TestHandoverAgain states that one who repeats what has ended takes over when all is repeated,
// and not before.
func TestHandoverAgain(t *testing.T) {
	d := &dice{}
	h, first, _, _, passed := pair(plenty)
	first.call(d, "throw", 8, 4)
	first.call(d, "throw", 8, 4)
	again := h.Again()
	second := player{again.Successor(), &testMemory{b: make([]byte, 64)}}
	second.call(d, "throw", 8, 4)
	if again.TakeOver() {
		t.Error("it takes over in between")
	}
	second.call(d, "throw", 8, 4)
	if _, end := second.call(d, "throw", 8, 4); end != errPassed || d.thrown != 2 {
		t.Errorf("it goes on behind what is to be repeated: %v, %d done", end, d.thrown)
	}
	if !again.TakeOver() || *passed != 1 {
		t.Error("it does not take over")
	}
	if _, end := second.call(d, "throw", 8, 4); end != nil || d.thrown != 3 {
		t.Errorf("it does not go on: %v, %d done", end, d.thrown)
	}
}

// TestNext states that what is to be done in the successor's goroutine is done there once, before
// its next call, be it answered or done.
func TestNext(t *testing.T) {
	d := &dice{}
	h, first, second, _, _ := pair(plenty)
	first.call(d, "throw", 8, 4)
	n, at := 0, 0
	h.Next(func() { at = -1 })
	h.Next(func() { n++; at = int(d.thrown) })
	for range 2 {
		second.call(d, "throw", 8, 4)
	}
	if n != 1 || at != 1 {
		t.Errorf("it was done %d times, behind %d calls", n, at)
	}
}

// TestNobodyToHandOver states that guests which are answered by others have no successor.
func TestNobodyToHandOver(t *testing.T) {
	replayed := NewGuest(GuestConfig{})
	replayed.Replay(journal.NewPlayer(journal.NewMemory()), journal.NewMemory())
	for _, g := range []*Guest{NewGuest(GuestConfig{}), replayed, NewGuest(GuestConfig{Journal: journal.NewWriter(nil, nil)})} {
		if NewHandover(g, plenty, nil, nil) != nil {
			t.Error("there is a handover")
		}
	}
}
