package wasi

import "time"

// sleep waits for d without holding a thread of the system.
func (h *Host) sleep(d time.Duration) Errno {
	if !h.guest.Sleep(d) {
		return EINTR
	}
	return Success
}

// patiently runs f, a system call on d of whose length nothing is known and which
// the system does not end when the guest is interrupted. Then f is left to itself,
// and d is kept for it.
func (h *Host) patiently(d *descriptor, f func() error) error {
	if !h.guest.Interruptible() {
		return f()
	}
	d.Retain()
	return h.guest.Patiently(func() error {
		defer d.Release()
		return f()
	})
}

// patience is h's for system calls on d.
type patience struct {
	h *Host
	d *descriptor
}

// Interruptible implements [hostfs.Patience].
func (p patience) Interruptible() bool { return p.h.guest.Interruptible() }

// Stopped implements [hostfs.Patience].
func (p patience) Stopped() <-chan struct{} { return p.h.guest.Stopped() }

// Patiently implements [hostfs.Patience].
func (p patience) Patiently(f func() error) error { return p.h.patiently(p.d, f) }
