package abi

import (
	"errors"
	"sync"
	"sync/atomic"
	"time"

	"github.com/wazedge/wazedge/internal/journal"
)

// Handover is between a guest and its successor: another instance of the same module, which
// is answered from the journal what the first one has been answered, and where that ends
// takes over. From then on the first one makes no call any more. Thus everything is done
// once, by one of the two, and each sees what it would have seen alone.
type Handover struct {
	first     *Guest
	successor *Guest
	player    *journal.Player // of the successor, in its goroutine
	memory    *journal.Memory
	most      journal.Bounds
	full      func() // called once, when the journal has as much as it is to have
	took      func() // called when the successor takes over

	passed   atomic.Bool // the successor has taken over; set with mu held
	answered atomic.Int64
	next     atomic.Pointer[func()] // see [Handover.Next]
	lead     *time.Timer            // runs from the end of the journal on

	mu      sync.Mutex // held during a call that is not answered from the journal
	room    sync.Cond  // of mu: the first one may go on, or must not
	told    bool       // full has been called
	begun   bool       // the successor is at it
	stopped bool       // the first one has ended as nobody is to know
	over    bool       // the first one has ended; there is nothing left to be taken over
	alone   bool       // there is no successor
	differs bool       // the successor has gone another way
}

// errPassed ends a guest whose part another one plays.
var errPassed = errors.New("another instance goes on in the place of this one")

// NewHandover is that of g, which has not called anything yet and journals what it is
// answered. When the journal is larger than most, full is called, and g waits for its
// successor in its next call. g must not be called by what it calls. It is nil where g is
// answered by another journal, or its own is recorded. When the successor takes over, took is
// called.
func NewHandover(g *Guest, most journal.Bounds, full, took func()) *Handover {
	if g.player != nil || g.journal == nil || g.journal.Memory() == nil {
		return nil
	}
	h := &Handover{first: g, memory: g.journal.Memory(), most: most, full: full, took: took}
	h.memory.Hold()
	h.answer()
	return h
}

// Again is a further handover, to a successor that repeats what the first one has done until
// [Handover.TakeOver]: that has ended, and makes no call any more. It is nil where nobody can
// repeat it.
func (h *Handover) Again() *Handover {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.alone {
		return nil
	}
	again := &Handover{first: h.first, memory: h.memory, most: h.most, took: h.took, over: true}
	again.answer()
	return again
}

// answer makes the successor.
func (h *Handover) answer() {
	h.room.L = &h.mu
	h.player = journal.NewPlayer(h.memory)
	h.successor = &Guest{config: h.first.config, stopped: h.first.stopped, relay: h.callLater}
	h.first.relay = h.callFirst
}

// TakeOver has the successor of [Handover.Again] take over, and reports whether it can: it has
// been answered all that the first one has.
func (h *Handover) TakeOver() bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.differs || !h.player.Ended() {
		return false
	}
	h.pass()
	return true
}

// Successor is the guest that takes over.
func (h *Handover) Successor() *Guest { return h.successor }

// callFirst is [Guest.Call] of the first one.
func (h *Handover) callFirst(f *Function, state any, c Caller, stack []uint64) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for !h.alone && !h.passed.Load() && (h.begun || h.memory.Exceeds(h.most)) {
		if !h.told && !h.begun {
			h.told = true
			h.full()
		}
		h.room.Wait()
	}
	if h.passed.Load() || h.stopped || h.over {
		panic(errPassed)
	}
	h.first.perform(f, state, c, stack)
}

// Next has f be called by the goroutine of the successor before its next call, behind what is to be called there.
func (h *Handover) Next(f func()) {
	for {
		before := h.next.Load()
		both := func() {
			if before != nil {
				(*before)()
			}
			f()
		}
		if h.next.CompareAndSwap(before, &both) {
			return
		}
	}
}

// callLater is [Guest.Call] of the successor.
func (h *Handover) callLater(f *Function, state any, c Caller, stack []uint64) {
	if h.next.Load() != nil {
		if next := h.next.Swap(nil); next != nil {
			(*next)()
		}
	}
	if !h.passed.Load() {
		if !h.player.Ended() {
			h.repeat(f, c, stack)
			return
		}
		h.mu.Lock() // when the first one is in no call
		if !h.passed.Load() {
			if !h.player.Ended() {
				h.mu.Unlock()
				h.repeat(f, c, stack)
				return
			}
			if h.over || h.alone {
				h.mu.Unlock()
				panic(errPassed)
			}
			h.pass()
		}
		h.mu.Unlock()
	}
	h.first.perform(f, state, c, stack)
}

// pass has the successor go on in the first one's place. h.mu is held.
func (h *Handover) pass() {
	h.passed.Store(true)
	h.took()
	h.memory.Release()
	h.room.Broadcast()
}

// repeat answers a call of the successor as that of the first one was.
func (h *Handover) repeat(f *Function, c Caller, stack []uint64) {
	is, _ := h.successor.known.of(f)
	e, err := h.player.Answer(&is.Function, stack, c.Memory, stack)
	if err != nil {
		h.differs = true
		panic(err)
	}
	n := h.answered.Add(1)
	if h.lead != nil {
		h.lead.Stop()
	}
	if e != nil {
		panic(ended(e))
	}
	h.leads(n)
}

// Pause has the first one wait in its next call for its successor, or for hearing that there
// is none.
func (h *Handover) Pause() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.begun = true
}

// Begin says that the successor begins. It is called by its goroutine. The first one waits in
// its next call: what it did meanwhile would be done again, and sooner.
func (h *Handover) Begin() {
	h.Pause()
	h.leads(0)
}

// leads has the successor, which has been answered n calls, take over after a while, if there
// are no others.
func (h *Handover) leads(n int64) {
	if h.player.Ended() && !h.passed.Load() {
		h.lead = time.AfterFunc(leading, func() { h.passAt(n) })
	}
}

// leading is how long the successor may have nothing left to be answered until it takes over
// where it is: it works on what the first one takes much longer for.
const leading = 100 * time.Millisecond

// passAt has the successor, which has been answered n calls, take over if these are all that
// there are.
func (h *Handover) passAt(n int64) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if !h.passed.Load() && !h.over && !h.alone && h.answered.Load() == n && int64(h.memory.Calls()) == n {
		h.pass()
	}
}

// Ended says that the first one has come to its end, and reports whether that is the
// guest's: then the successor never takes over.
func (h *Handover) Ended() bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.passed.Load() {
		return false
	}
	h.over = true
	return true
}

// Stopped says that the first one has ended in a way that the successor is to tell: where
// the journal ends, that one takes over.
func (h *Handover) Stopped() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.stopped = true
}

// Abandon says that there will be no successor: the first one goes on alone.
func (h *Handover) Abandon() {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.passed.Load() {
		return
	}
	h.alone, h.over = true, false
	h.memory.Release()
	h.room.Broadcast()
}

// Finish says that the successor has come to its end, and reports whether that is the
// guest's: it has taken over, or has gone the way of the first one as far as that has come.
// It is called by the successor's goroutine.
func (h *Handover) Finish() bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	switch {
	case h.passed.Load():
		return true
	case h.differs || h.over || h.alone || !h.player.Ended():
		return false
	}
	h.pass()
	return true
}

// Passed reports whether the successor has taken over.
func (h *Handover) Passed() bool {
	return h.passed.Load()
}
