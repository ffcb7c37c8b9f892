package hostnet

import (
	"time"

	"golang.org/x/sys/windows"
)

// Poller waits for several descriptors, which are sockets. It may be used again, by one
// call at a time.
type Poller struct{ fds []pollFd }

// Wait waits until one of list is ready, for wait from start on at most, or without end
// if that is negative, or until w, if it is not nil, is woken.
func (p *Poller) Wait(list []Polled, w *Waker, start time.Time, wait time.Duration) error {
	p.fds = p.fds[:0]
	for i := range list {
		x := &list[i]
		if x.Descriptor < 0 {
			x.Ready, wait = x.Asked, 0
			continue
		}
		fd := pollFd{fd: windows.Handle(x.Descriptor)}
		if x.Asked[ToRead] {
			fd.events |= sysPollIn
		}
		if x.Asked[ToWrite] {
			fd.events |= sysPollOut
		}
		p.fds = append(p.fds, fd)
	}
	if len(p.fds) == 0 {
		return nil
	}
	if err := pollUntil(p.fds, w, start, wait); err != nil {
		return err
	}
	next := 0
	for i := range list {
		if x := &list[i]; x.Descriptor >= 0 {
			x.told(p.fds[next].revents)
			next++
		}
	}
	return nil
}

// told takes over what the system says.
func (x *Polled) told(r int16) {
	failed := r&^(sysPollIn|sysPollOut) != 0
	x.Ready = [2]bool{ToRead: failed || r&sysPollIn != 0, ToWrite: failed || r&sysPollOut != 0}
	x.Hangup = r&sysPollHup != 0
}

// pollUntil polls fds in slices, between which it looks whether w has been woken.
func pollUntil(fds []pollFd, w *Waker, start time.Time, wait time.Duration) error {
	for {
		left := slice
		if wait >= 0 {
			left = min(left, max(0, wait-time.Since(start)))
		}
		if err := pollSockets(fds, left); err != nil {
			return err
		}
		for i := range fds {
			if fds[i].revents != 0 {
				return nil
			}
		}
		if w != nil && w.woken.Load() || wait >= 0 && time.Since(start) >= wait {
			return nil
		}
	}
}

// WaitReady does not wait: what is no socket cannot be waited for here.
func WaitReady(int, Direction, *Waker) error { return nil }
