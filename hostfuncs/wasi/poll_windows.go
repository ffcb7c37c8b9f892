package wasi

import "time"

// sysPoller is what the system is asked to watch.
type sysPoller struct{ fds []pollFd }

// pollFiles waits until a socket of p is ready, for wait from start on at most, or
// without end if wait is negative. What is no socket is taken for ready.
func (h *Host) pollFiles(p *poller, start time.Time, wait time.Duration) Errno {
	p.sys.fds = p.sys.fds[:0]
	for i := range p.subs {
		s := &p.subs[i]
		switch {
		case s.file == nil:
		case s.file.sock == nil:
			s.ready, wait = true, 0
		default:
			fd := pollFd{fd: s.file.sock.fd, events: sysPollIn}
			if s.kind == eventFdWrite {
				fd.events = sysPollOut
			}
			p.sys.fds = append(p.sys.fds, fd)
		}
	}
	if len(p.sys.fds) == 0 {
		return Success
	}
	if errno := h.pollUntil(p.sys.fds, start, wait); errno != Success {
		return errno
	}
	next := 0
	for i := range p.subs {
		if s := &p.subs[i]; s.file != nil && s.file.sock != nil {
			r := p.sys.fds[next].revents
			next++
			s.ready = r != 0
			s.hangup = r&sysPollHup != 0
		}
	}
	return Success
}

// pollUntil polls fds in slices, so that the guest can be interrupted.
func (h *Host) pollUntil(fds []pollFd, start time.Time, wait time.Duration) Errno {
	for {
		left := slice
		if wait >= 0 {
			left = min(left, max(0, wait-time.Since(start)))
		}
		if err := pollSockets(fds, left); err != nil {
			return errnoOf(err)
		}
		for i := range fds {
			if fds[i].revents != 0 {
				return Success
			}
		}
		select {
		case <-h.stopped:
			return EINTR
		default:
		}
		if wait >= 0 && time.Since(start) >= wait {
			return Success
		}
	}
}

// waitReady does not wait: a blocked read cannot be interrupted here.
func (h *Host) waitReady(*descriptor, int16) Errno { return Success }

func (f handle) readable() uint64 { return 1 }
func (f handle) writable() uint64 { return 1 }

// waker wakes nothing.
type waker struct{}

func (*waker) wake()        {}
func (*waker) close() error { return nil }
