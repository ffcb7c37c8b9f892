package wasi

import (
	"errors"
	"time"
)

// ErrOutputLimit ends a guest that writes more than [Config.MaxOutput] bytes to
// its standard output and error.
var ErrOutputLimit = errors.New("output limit exceeded")

// Interrupt ends the guest: a call that blocks returns, and it as well as every
// later call panics with cause, which the engine hands to whoever called the
// guest. Calls block no longer than a few milliseconds after Interrupt if
// [Config.Interruptible] is set. Only the first cause counts.
func (h *Host) Interrupt(cause error) {
	if h.cause.CompareAndSwap(nil, &cause) {
		close(h.stopped)
		h.wake.wake()
		h.parked.wake()
	}
}

// interrupted reports whether Interrupt has been called.
func (h *Host) interrupted() bool { return h.cause.Load() != nil }

// sleep waits for d without holding a thread of the system.
func (h *Host) sleep(d time.Duration) Errno {
	if d <= 0 {
		return Success
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return Success
	case <-h.stopped:
		return EINTR
	}
}

// patiently runs f, a system call on d of whose length nothing is known and which
// the system does not end when the guest is interrupted. Then f is left to itself,
// and d is kept for it.
func (h *Host) patiently(d *descriptor, f func() error) error {
	if !h.config.Interruptible {
		return f()
	}
	d.refs.Add(1)
	done := make(chan error, 1)
	go func() {
		err := f()
		d.release()
		done <- err
	}()
	select {
	case err := <-done:
		return err
	case <-h.stopped:
		return EINTR
	}
}
