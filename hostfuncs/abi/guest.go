package abi

import (
	"io"
	"sync"
	"sync/atomic"
	"time"
)

// GuestConfig is what is to be done about the calls of a guest. The zero value does
// nothing.
type GuestConfig struct {
	// Interruptible makes blocking calls end when [Guest.Interrupt] is called.
	// It may cost system calls.
	Interruptible bool
	Trace         io.Writer // gets a line for each call; nil for none

	// Journal keeps what calls come to, as long as it is little; see [Guest.Journal].
	// The guest must not have threads.
	Journal bool

	// Spent is told how long each call has taken; nil where nobody wants to know.
	Spent func(time.Duration)
}

// Guest is what the namespaces that serve one guest share. Its methods may be called
// by several threads at once.
type Guest struct {
	config  GuestConfig
	watched bool // calls take more than calling
	journal *Journal
	replay  *replay // where answers come from in another run; nil in a first one

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
	if c.Journal {
		g.journal = new(Journal)
	}
	g.watched = c.Trace != nil || c.Spent != nil || c.Journal
	return g
}

// Call runs f for the caller: parameters and results are on the stack, as the engine
// has them. It panics with what ends the guest, for the engine to find.
func (g *Guest) Call(f *Function, state any, c Caller, stack []uint64) {
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
	if g.config.Spent != nil {
		began := time.Now()
		defer func() { g.config.Spent(time.Since(began)) }()
	}
	switch {
	case g.replay != nil:
		g.replay.call(f, c, stack)
	case g.config.Trace != nil:
		g.trace(f, state, c, stack)
	case g.journal != nil:
		g.note(f, state, c, stack)
	default:
		g.end(f.Invoke(state, c, stack))
	}
}
