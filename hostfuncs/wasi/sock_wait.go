package wasi

import "time"

// direction is what a call waits for.
type direction int

const (
	toRead direction = iota
	toWrite
)

// accept waits for a connection to the listening socket s.
func (h *Host) accept(s *socket) (*socket, Errno) {
	var accepted *socket
	var errno Errno
	try := func(uintptr) bool {
		var err error
		accepted, err = s.accept()
		errno = errnoOf(err)
		return errno != EAGAIN
	}
	if !try(0) && !s.nonblock.Load() {
		if errno := h.block(s, toRead, try); errno != Success {
			return nil, errno
		}
	}
	return accepted, errno
}

// connect connects s to a and waits for that if the guest wants it to.
func (h *Host) connect(s *socket, a *address) Errno {
	errno := errnoOf(s.startConnect(a))
	if s.nonblock.Load() {
		return errno
	}
	if errno == EAGAIN {
		errno = h.retryConnect(s, a)
	}
	if errno != EINPROGRESS {
		return errno
	}
	switch errno := h.block(s, toWrite, func(uintptr) bool { return s.writable() }); errno {
	case Success:
		return errnoOf(s.endConnect(a))
	case EAGAIN:
		return EINPROGRESS
	default:
		return errno
	}
}

// retryConnect connects to a UNIX socket whose queue of connections is full. The
// system does not tell when it has room again.
func (h *Host) retryConnect(s *socket, a *address) Errno {
	start, limit := time.Now(), time.Duration(s.timeout[toWrite].Load())
	for wait := time.Millisecond; ; wait = min(2*wait, 20*time.Millisecond) {
		if limit > 0 && time.Since(start) > limit {
			return EAGAIN
		}
		if errno := h.sleep(wait); errno != Success {
			return errno
		}
		if errno := errnoOf(s.startConnect(a)); errno != EAGAIN {
			return errno
		}
	}
}

// exchange moves m, waiting as long as it takes if the guest wants that, and
// tells how many bytes were moved. What fails after some were is told by the next
// call: the system tells it only once.
func (h *Host) exchange(s *socket, m *message) (int, Errno) {
	if late := Errno(s.late[m.direction].Swap(0)); late != Success {
		return 0, late
	}
	errno := Success
	m.stopped = h.guest.Stopped()
	if !m.attempt(0) {
		errno = EAGAIN
		if !s.nonblock.Load() {
			errno = h.block(s, m.direction, m.try)
		}
	}
	switch {
	case m.moved == 0 && errno != Success:
		return 0, errno
	case m.moved == 0:
		return 0, errnoOf(m.err)
	case m.err != nil:
		s.late[m.direction].Store(uint32(errnoOf(m.err)))
	}
	return m.moved, Success
}
