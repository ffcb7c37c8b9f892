package hostnet

import (
	"syscall"
	"time"
	"unsafe"

	"golang.org/x/sys/windows"
)

// parked holds nothing: calls that wait look themselves whether they are to go on.
type parked struct{}

func (*parked) wake() {}

func (*parked) waiting() int { return 0 }

// slice is how long a thread waits before it looks whether the guest is
// interrupted.
const slice = 10 * time.Millisecond

// pollFd is the system's structure WSAPOLLFD.
type pollFd struct {
	fd              windows.Handle
	events, revents int16
}

const (
	sysPollIn  = 0x300
	sysPollOut = 0x10
	sysPollHup = 0x2
)

// pollSockets waits for the sockets in fds, for wait at most.
func pollSockets(fds []pollFd, wait time.Duration) error {
	ms := (wait + time.Millisecond - 1) / time.Millisecond
	r, _, err := wsPoll.Call(uintptr(unsafe.Pointer(unsafe.SliceData(fds))), uintptr(len(fds)), uintptr(ms))
	if int32(r) < 0 {
		return err
	}
	return nil
}

// block calls try until it returns true, each time that s may have become ready.
// It fails with AGAIN when the socket's timeout has passed. It holds a thread, as
// Go's poller does not take sockets that others have made.
func (n *Net) block(s *Socket, d Direction, try func(fd uintptr) bool) error {
	start, limit := time.Now(), time.Duration(s.timeout[d].Load())
	for !try(0) {
		select {
		case <-n.stop.channel():
			return syscall.EINTR
		default:
		}
		wait := slice
		if limit > 0 {
			wait = min(wait, limit-time.Since(start))
			if wait <= 0 {
				return syscall.EAGAIN
			}
		}
		if _, err := s.ready(d, wait); err != nil {
			return err
		}
	}
	return nil
}

// ready reports whether s is ready within wait, or has failed.
func (s *Socket) ready(d Direction, wait time.Duration) (bool, error) {
	fds := [1]pollFd{{fd: s.fd, events: sysPollIn}}
	if d == ToWrite {
		fds[0].events = sysPollOut
	}
	err := pollSockets(fds[:], wait)
	return fds[0].revents != 0, err
}

// writable reports whether s can be written, or has failed.
func (s *Socket) writable() bool {
	ok, err := s.ready(ToWrite, 0)
	return ok || err != nil
}
