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
	if !g.cause.CompareAndSwap(nil, &cause) {
		return
	}
	close(g.stopped)
	g.wakers.Lock()
	defer g.wakers.Unlock()
	for _, wake := range g.wakers.list {
		wake()
	}
}

// Resume undoes Interrupt, for a guest that is called again. No call may be under way.
func (g *Guest) Resume() {
	g.wakers.Lock()
	defer g.wakers.Unlock()
	if g.Interrupted() {
		g.stopped = make(chan struct{})
		g.cause.Store(nil)
	}
}

// OnInterrupt has Interrupt call wake, which must not block and may be called twice: for
// what waits in another way than for [Guest.Stopped]. It is called at once if the guest
// has been interrupted already.
func (g *Guest) OnInterrupt(wake func()) {
	g.wakers.Lock()
	defer g.wakers.Unlock()
	g.wakers.list = append(g.wakers.list, wake)
	if g.Interrupted() {
		wake()
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

// Stopped is closed when the guest is interrupted.
func (g *Guest) Stopped() <-chan struct{} { return g.stopped }

// Interruptible reports whether calls that block have to look for an interruption.
func (g *Guest) Interruptible() bool { return g.config.Interruptible }

// Context is a context that ends when the guest is interrupted. The caller cancels it.
func (g *Guest) Context() (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancel(context.Background())
	go func() {
		select {
		case <-g.stopped:
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
