package abi

import (
	"context"
	"errors"
	"time"
)

// ErrInterrupted is what a call that waits comes to when the guest is interrupted.
var ErrInterrupted = errors.New("interrupted")

// Interrupt ends the guest: a call that blocks returns, and it as well as every
// later call panics with cause, which the engine hands to whoever called the
// guest. Calls block no longer than a few milliseconds after Interrupt if
// [GuestConfig.Interruptible] is set. Only the first cause counts.
func (g *Guest) Interrupt(cause error) {
	g.waiting.Lock()
	defer g.waiting.Unlock()
	if g.cause.CompareAndSwap(nil, &cause) {
		g.stopWaiting()
	}
}

// StopWaiting ends what calls wait for, and has no later one wait, but does not end the
// guest: what they tell it is their own matter.
func (g *Guest) StopWaiting() {
	g.waiting.Lock()
	defer g.waiting.Unlock()
	g.stopWaiting()
}

func (g *Guest) stopWaiting() {
	if g.waiting.ended {
		return
	}
	g.waiting.ended = true
	close(g.stopped)
	for _, w := range g.waiting.list {
		w.Stop()
	}
}

// Resume undoes Interrupt and StopWaiting, for a guest that is called again. No call may
// be under way.
func (g *Guest) Resume() {
	g.waiting.Lock()
	defer g.waiting.Unlock()
	g.cause.Store(nil)
	if !g.waiting.ended {
		return
	}
	g.waiting.ended = false
	g.stopped = make(chan struct{})
	for _, w := range g.waiting.list {
		w.Resume()
	}
}

// Renew makes g as if it had called nothing, without a journal. What waits for it otherwise than
// for [Guest.Stopped] is forgotten: the states of namespaces are made anew. No call may be under way.
func (g *Guest) Renew() {
	g.Resume()
	g.journal, g.known = nil, functions{}
	if g.last != nil {
		g.last.made = 0
		clear(g.last.calls)
	}
	g.waiting.Lock()
	defer g.waiting.Unlock()
	g.waiting.list = nil
}

// Waiting is a way to wait other than for [Guest.Stopped].
type Waiting interface {
	Stop()   // ends what waits, and what is about to; it does not block
	Resume() // undoes that; nothing waits
}

// OnInterrupt has w stopped when waiting ends, at once if that is so already.
func (g *Guest) OnInterrupt(w Waiting) {
	g.waiting.Lock()
	defer g.waiting.Unlock()
	g.waiting.list = append(g.waiting.list, w)
	if g.waiting.ended {
		w.Stop()
	}
}

// Interrupted reports whether Interrupt has been called. What is long by its operands
// is done in pieces, and asks between them.
func (g *Guest) Interrupted() bool { return g.cause.Load() != nil }

// Cause is what the guest has been interrupted for, or nil.
func (g *Guest) Cause() error {
	if cause := g.cause.Load(); cause != nil {
		return *cause
	}
	return nil
}

// Stopped is closed when waiting ends, as it does when the guest is interrupted.
func (g *Guest) Stopped() <-chan struct{} { return g.stopped }

// Interruptible reports whether calls that block have to look for an interruption.
func (g *Guest) Interruptible() bool { return g.config.Interruptible }

// Context is a context that ends when the guest is interrupted. The caller cancels it.
func (g *Guest) Context() (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancel(context.Background())
	stopped := g.stopped
	go func() {
		select {
		case <-stopped:
			cancel()
		case <-ctx.Done():
		}
	}()
	return ctx, cancel
}

// Sleep waits for d without holding a thread of the system, and reports false when it
// was interrupted.
func (g *Guest) Sleep(d time.Duration) bool {
	if d <= 0 {
		return true
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-g.stopped:
		return false
	}
}

// Patiently runs f, of whose length nothing is known and which nothing ends when the
// guest is interrupted. Then f is left to itself, and the error is [ErrInterrupted]. f
// must not use the guest's memory.
func (g *Guest) Patiently(f func() error) error {
	if !g.config.Interruptible {
		return f()
	}
	done := make(chan error, 1)
	go func() { done <- f() }()
	select {
	case err := <-done:
		return err
	case <-g.stopped:
		return ErrInterrupted
	}
}
