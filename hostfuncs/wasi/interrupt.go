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

// ready waits until d can be read or written, as the guest's call may be
// interrupted while it waits for that but not in the read or write itself. A
// descriptor that never blocks, or is not to, is always ready.
func (h *Host) ready(d *descriptor, event int16) Errno {
	if !h.config.Interruptible || !d.blocks || d.nonblock.Load() {
		return Success
	}
	return h.waitReady(d, event)
}
