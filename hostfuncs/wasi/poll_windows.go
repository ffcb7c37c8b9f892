package wasi

import "time"

// sysPoller is what the system is asked to watch.
type sysPoller struct{ fds []pollFd }

// pollFiles waits until a socket of p is ready or its nearest clock is due. What is
// no socket is taken for ready.
func (h *Host) pollFiles(p *poller) Errno {
	p.sys.fds = p.sys.fds[:0]
	for i := range p.files {
		f := &p.files[i]
		if f.file.sock == nil {
			f.ready, p.wait = f.asked, 0
			continue
		}
		fd := pollFd{fd: f.file.sock.fd}
		if f.asked[toRead] {
			fd.events |= sysPollIn
		}
		if f.asked[toWrite] {
			fd.events |= sysPollOut
		}
		p.sys.fds = append(p.sys.fds, fd)
	}
	if len(p.sys.fds) == 0 {
		return Success
	}
	if errno := h.pollUntil(p.sys.fds, p.start, p.wait); errno != Success {
		return errno
	}
	next := 0
	for i := range p.files {
		if f := &p.files[i]; f.file.sock != nil {
			r := p.sys.fds[next].revents
			next++
			failed := r&^(sysPollIn|sysPollOut) != 0
			f.ready = [2]bool{toRead: failed || r&sysPollIn != 0, toWrite: failed || r&sysPollOut != 0}
			f.hangup = r&sysPollHup != 0
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
		case <-h.guest.Stopped():
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

// waker wakes nothing.
type waker struct{}

func (*waker) wake()        {}
func (*waker) close() error { return nil }
