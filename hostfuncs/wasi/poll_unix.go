//go:build unix

package wasi

import (
	"sync"
	"time"

	"golang.org/x/sys/unix"
)

// sysPoller is what the system is asked to watch.
type sysPoller struct{ fds []unix.PollFd }

// pollFiles waits until a descriptor of p is ready or its nearest clock is due.
func (h *Host) pollFiles(p *poller) Errno {
	fds := p.sys.fds[:0]
	for i := range p.files {
		f := &p.files[i]
		fd := unix.PollFd{Fd: int32(f.file.file.Descriptor())}
		if fd.Fd < 0 {
			p.wait = 0 // it is taken for ready
		}
		if f.asked[toRead] {
			fd.Events |= unix.POLLIN
		}
		if f.asked[toWrite] {
			fd.Events |= unix.POLLOUT
		}
		if fd.Events == 0 {
			fd.Fd = -1 // is not looked at
		}
		fds = append(fds, fd)
	}
	p.sys.fds = fds
	if h.guest.Interruptible() {
		w, err := h.wake.fd()
		if err != nil {
			return errnoOf(err)
		}
		p.sys.fds = append(p.sys.fds, unix.PollFd{Fd: int32(w), Events: unix.POLLIN})
	}
	if err := pollUntil(p.sys.fds, p.start, p.wait); err != nil {
		return errnoOf(err)
	}
	if h.guest.Interrupted() {
		return EINTR
	}
	for i := range p.files {
		f, r := &p.files[i], p.sys.fds[i].Revents
		if f.file.file.Descriptor() < 0 {
			f.ready = f.asked
			continue
		}
		failed := r&(unix.POLLERR|unix.POLLHUP) != 0
		f.ready = [2]bool{toRead: failed || r&unix.POLLIN != 0, toWrite: failed || r&unix.POLLOUT != 0}
		f.hangup = r&unix.POLLHUP != 0
		f.broken = r&unix.POLLNVAL != 0
	}
	return Success
}

// pollUntil polls fds, for wait from start on at most, or without end if wait is
// negative. A signal does not end it.
func pollUntil(fds []unix.PollFd, start time.Time, wait time.Duration) error {
	for {
		left := time.Duration(-1)
		if wait >= 0 {
			left = max(0, wait-time.Since(start))
		}
		if _, err := systemPoll(fds, left); err != unix.EINTR {
			return err
		}
	}
}

// waitReady waits until d can be read or written.
func (h *Host) waitReady(d *descriptor, event int16) Errno {
	w, err := h.wake.fd()
	if err != nil {
		return errnoOf(err)
	}
	fds := [2]unix.PollFd{{Fd: int32(d.file.Descriptor()), Events: unix.POLLIN}, {Fd: int32(w), Events: unix.POLLIN}}
	if event == pollOut {
		fds[0].Events = unix.POLLOUT
	}
	if err := pollUntil(fds[:], time.Time{}, -1); err != nil {
		return errnoOf(err)
	}
	if h.guest.Interrupted() {
		return EINTR
	}
	return Success
}

// waker is a descriptor that becomes readable when the guest is interrupted. It
// is made when a call first has to wait.
type waker struct {
	mu     sync.Mutex
	made   bool
	woken  bool
	r, w   int // the ends of a pipe, or one descriptor twice
	broken error
}

// fd is the descriptor to wait for.
func (w *waker) fd() (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if !w.made {
		w.made = true
		if w.r, w.w, w.broken = newWakeup(); w.broken == nil && w.woken {
			w.broken = wakeup(w.w)
		}
	}
	return w.r, w.broken
}

// wake makes the descriptor readable for good.
func (w *waker) wake() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.woken = true
	if w.made && w.broken == nil {
		w.broken = wakeup(w.w)
	}
}

func (w *waker) close() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if !w.made || w.broken != nil {
		return nil
	}
	w.broken = EBADF
	if w.w != w.r {
		unix.Close(w.w)
	}
	return unix.Close(w.r)
}
