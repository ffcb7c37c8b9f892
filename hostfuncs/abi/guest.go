package abi

import (
	"io"
	"sync"
	"sync/atomic"
	"time"

	"github.com/wazedge/wazedge/internal/journal"
)

// GuestConfig is what is to be done about the calls of a guest. The zero value does
// nothing.
type GuestConfig struct {
	// Interruptible makes blocking calls end when [Guest.Interrupt] is called.
	// It may cost system calls.
	Interruptible bool
	Trace         io.Writer // gets a line for each call; nil for none

	// Journal is told what calls come to; nil for none. The guest must not have threads.
	Journal *journal.Writer

	// Last is how many of the last calls are remembered; see [Guest.Last].
	Last int

	// Tally, unless nil, counts the calls.
	Tally *Tally

	// Spent is told how long each call has taken; nil where nobody wants to know.
	Spent func(time.Duration)
}

// Guest is what the namespaces that serve one guest share. Its methods may be called
// by several threads at once.
type Guest struct {
	config  GuestConfig
	watched bool            // calls take more than calling
	journal *journal.Writer // until it is lost
	player  *journal.Player // where answers come from in another run; nil in a first one
	again   journal.Journal // what player answers from
	known   functions       // as the journal or the player has them
	last    *last           // calls; nil if nobody wants to know
	order   atomic.Int64    // of calls, where ordered
	tracing sync.Mutex      // held while a line is traced

	// relay, unless nil, is Call: of a guest with a successor, or of one that is.
	relay func(f *Function, state any, c Caller, stack []uint64)

	cause   atomic.Pointer[error]
	stopped chan struct{} // closed by StopWaiting
	waiting struct {
		sync.Mutex
		ended bool
		list  []Waiting
	}
}

// NewGuest is a guest that has not called anything.
func NewGuest(c GuestConfig) *Guest {
	g := &Guest{config: c, stopped: make(chan struct{})}
	g.journal = c.Journal
	if c.Last > 0 {
		g.last = &last{calls: make([]Made, c.Last)}
	}
	g.watched = c.Trace != nil || c.Spent != nil || c.Journal != nil || c.Last > 0 || c.Tally != nil
	return g
}

// Call runs f for the caller: parameters and results are on the stack, as the engine
// has them. It panics with what ends the guest, for the engine to find.
func (g *Guest) Call(f *Function, state any, c Caller, stack []uint64) {
	if ordered {
		g.order.Add(1)
		defer g.order.Add(1)
	}
	if g.relay != nil {
		g.relay(f, state, c, stack)
		return
	}
	g.perform(f, state, c, stack)
}

// perform is Call without what is between guests.
func (g *Guest) perform(f *Function, state any, c Caller, stack []uint64) {
	if g.watched {
		g.watch(f, state, c, stack)
		return
	}
	g.end(f.Invoke(state, c, stack))
}

// end panics if the guest has been interrupted or err ends it.
func (g *Guest) end(err error) {
	if cause := g.cause.Load(); cause != nil {
		panic(*cause)
	}
	if err != nil {
		panic(err)
	}
}

// watch is Call with the time of the call told, if that is wanted.
func (g *Guest) watch(f *Function, state any, c Caller, stack []uint64) {
	if g.config.Spent != nil || g.config.Tally != nil {
		began := time.Now()
		defer func() {
			d := time.Since(began)
			if g.config.Spent != nil {
				g.config.Spent(d)
			}
			if g.config.Tally != nil {
				g.config.Tally.add(f, d)
			}
		}()
	}
	if g.last != nil {
		g.last.begin(f, stack)
	}
	if g.config.Trace != nil {
		g.trace(f, state, c, stack)
	} else if err := g.answer(f, state, c, stack); err != nil {
		panic(err)
	}
	if g.last != nil {
		g.last.end(stack)
	}
}

// answer is what a call comes to: what f does, or what it did when it was recorded. The
// error is what ends the guest.
func (g *Guest) answer(f *Function, state any, c Caller, stack []uint64) error {
	switch {
	case g.player != nil:
		return g.play(f, c, stack)
	case g.journal != nil:
		return g.note(f, state, c, stack)
	}
	err := f.Invoke(state, c, stack)
	if cause := g.cause.Load(); cause != nil {
		return *cause
	}
	return err
}
