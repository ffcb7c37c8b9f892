//go:build unix

package hostnet

import (
	"sync"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// Poller waits for several descriptors. It may be used again, by one call at a time.
type Poller struct{ fds []unix.PollFd }

// Wait waits until one of list is ready, for wait from start on at most, or without end
// if that is negative, or until w, if it is not nil, is woken.
func (p *Poller) Wait(list []Polled, w *Waker, start time.Time, wait time.Duration) error {
	p.fds = p.fds[:0]
	for i := range list {
		x := &list[i]
		fd := unix.PollFd{Fd: int32(x.Descriptor)}
		if x.Asked[ToRead] {
			fd.Events |= unix.POLLIN
		}
		if x.Asked[ToWrite] {
			fd.Events |= unix.POLLOUT
		}
		if fd.Fd < 0 {
			wait = 0 // it is ready
		} else if fd.Events == 0 {
			fd.Fd = -1 // is not looked at
		}
		p.fds = append(p.fds, fd)
	}
	if w != nil {
		fd, err := w.fd()
		if err != nil {
			return err
		}
		p.fds = append(p.fds, unix.PollFd{Fd: int32(fd), Events: unix.POLLIN})
	}
	if err := pollUntil(p.fds, start, wait); err != nil {
		return err
	}
	for i := range list {
		list[i].told(p.fds[i].Revents)
	}
	return nil
}

// told takes over what the system says.
func (x *Polled) told(r int16) {
	if x.Descriptor < 0 {
		x.Ready = x.Asked
		return
	}
	failed := r&(unix.POLLERR|unix.POLLHUP) != 0
	x.Ready = [2]bool{ToRead: failed || r&unix.POLLIN != 0, ToWrite: failed || r&unix.POLLOUT != 0}
	x.Hangup = r&unix.POLLHUP != 0
	x.Broken = r&unix.POLLNVAL != 0
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

// WaitReady waits until a descriptor can be read or written, or w is woken.
func WaitReady(descriptor int, d Direction, w *Waker) error {
	wake, err := w.fd()
	if err != nil {
		return err
	}
	fds := [2]unix.PollFd{{Fd: int32(descriptor), Events: unix.POLLIN}, {Fd: int32(wake), Events: unix.POLLIN}}
	if d == ToWrite {
		fds[0].Events = unix.POLLOUT
	}
	return pollUntil(fds[:], time.Time{}, -1)
}

// Waker ends the waiting of calls. The zero Waker is ready for use: its
// descriptor, which becomes readable, is made when a call first has to wait.
type Waker struct {
	mu     sync.Mutex
	made   bool
	woken  bool
	r, w   int // the ends of a pipe, or one descriptor twice
	broken error
}

// fd is the descriptor to wait for.
func (w *Waker) fd() (int, error) {
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

// Stop ends what waits, and what is about to.
func (w *Waker) Stop() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.woken = true
	if w.made && w.broken == nil {
		w.broken = wakeup(w.w)
	}
}

// Resume undoes Stop. Nothing may wait.
func (w *Waker) Resume() {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.woken && w.made && w.broken == nil {
		w.free() // the next one that waits makes another
		w.made = false
	}
	w.woken = false
}

// Close frees w, which nothing waits with any more.
func (w *Waker) Close() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if !w.made || w.broken != nil {
		return nil
	}
	w.broken = syscall.EBADF
	return w.free()
}

func (w *Waker) free() error {
	if w.w != w.r {
		unix.Close(w.w)
	}
	return unix.Close(w.r)
}
