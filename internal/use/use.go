// Package use knows what is under way in a store, and whether that is to end: calls,
// instantiations and threads, of which the last one closes a store that is to be closed.
package use

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"github.com/wazedge/wazedge/internal/fault"
)

// ErrClosed is why nothing is called any more in a store that is closed, or whose Runtime
// is.
var ErrClosed = errors.New("the store is closed")

// Interrupted is the error of what was interrupted for cause.
func Interrupted(cause error) *fault.Error {
	return &fault.Error{Code: fault.Interrupted, Offset: -1, Err: cause}
}

// Interruption is one reason for ending what is under way.
type Interruption struct {
	Fault *fault.Error
	Once  bool // it is over with the call that it has ended
}

// Owner is the store.
type Owner interface {
	Join() bool            // it is used from now on, unless it cannot be
	Interrupt(cause error) // what is under way is to end with cause
	Resume()               // undoes that
}

// Use is the use of one store. Whoever closes the store or interrupts it may be another
// goroutine than that which uses it.
type Use struct {
	owner Owner

	mu            sync.Mutex
	under         int  // calls, instantiations and threads
	joined        bool // the owner has
	closed        bool
	interruptions []*Interruption // in effect is the first
}

// New is the use of o, of which nothing is under way.
func New(o Owner) *Use { return &Use{owner: o} }

// Begin says that something begins, under ctx unless that is nil. The error is why it
// cannot: the store is closed, it has been interrupted, or ctx has ended.
func (u *Use) Begin(ctx context.Context) *fault.Error {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.closed || !u.joined && !u.owner.Join() {
		return Interrupted(ErrClosed)
	}
	u.joined = true
	if ctx != nil && ctx.Err() != nil {
		return Interrupted(context.Cause(ctx))
	}
	if u.under == 0 && len(u.interruptions) > 0 {
		f := u.interruptions[0].Fault
		u.forget(func(i *Interruption) bool { return i.Once })
		return f
	}
	u.under++
	return nil
}

// End says that something is over, with err, and reports whether it was the last, and the
// store is to be closed.
func (u *Use) End(err error) (closing bool) {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.under--
	last := u.under == 0
	if list := u.interruptions; last && len(list) > 0 && endedBy(err, list[0].Fault) {
		u.forget(func(i *Interruption) bool { return i.Once })
	}
	return last && u.closed
}

// endedBy reports whether f is in err.
func endedBy(err error, f *fault.Error) bool {
	e, ok := errors.AsType[*fault.Error](err)
	return ok && e == f
}

// Close says that the store is to be closed, and reports whether that is new, and whether
// nothing is under way.
func (u *Use) Close() (first, idle bool) {
	u.mu.Lock()
	defer u.mu.Unlock()
	first, idle = !u.closed, u.under == 0
	u.closed = true
	return first, idle
}

// Idle reports whether nothing is under way, and whether the store is to be closed.
func (u *Use) Idle() (idle, closed bool) {
	u.mu.Lock()
	defer u.mu.Unlock()
	return u.under == 0, u.closed
}

// Renew has f make the owner as it was in the beginning, without interruptions, and reports
// whether that can be: nothing is under way, and the store is not to be closed.
func (u *Use) Renew(f func()) bool {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.under > 0 || u.closed {
		return false
	}
	u.forget(func(*Interruption) bool { return true })
	f()
	return true
}

// Interrupt ends what is under way, or what begins next.
func (u *Use) Interrupt(i *Interruption) {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.interruptions = append(u.interruptions, i)
	u.owner.Interrupt(i.Fault)
}

// Withdraw undoes Interrupt.
func (u *Use) Withdraw(i *Interruption) {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.forget(func(other *Interruption) bool { return other == i })
}

// forget undoes the interruptions that are over; the first of the others is in effect
// then. u.mu is held.
func (u *Use) forget(over func(*Interruption) bool) {
	u.interruptions = slices.DeleteFunc(u.interruptions, over)
	u.owner.Resume()
	if len(u.interruptions) > 0 {
		u.owner.Interrupt(u.interruptions[0].Fault)
	}
}

// Timer ends what is under way at a time.
type Timer struct {
	timer *time.Timer
	over  chan struct{} // closed when it has done so
}

// After ends what is under way after d, or what begins next, with f.
func (u *Use) After(d time.Duration, f *fault.Error) *Timer {
	t := &Timer{over: make(chan struct{})}
	t.timer = time.AfterFunc(d, func() {
		defer close(t.over)
		u.Interrupt(&Interruption{Fault: f})
	})
	return t
}

// Stop stops t, which may be nil: it does nothing any more.
func (t *Timer) Stop() {
	if t != nil && !t.timer.Stop() {
		<-t.over
	}
}
