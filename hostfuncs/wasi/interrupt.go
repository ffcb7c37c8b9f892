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
