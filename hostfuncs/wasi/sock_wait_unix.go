//go:build unix

package wasi

import (
	"errors"
	"os"
	"sync"
	"time"

	"golang.org/x/sys/unix"
)

// direction is what a call waits for.
type direction int

const (
	toRead direction = iota
	toWrite
)

// park registers s with Go's poller, which sockets that are never waited for are
// spared.
func (s *socket) park() error {
	s.parking.Do(func() {
		s.file = os.NewFile(uintptr(s.fd), "socket")
		s.conn, _ = s.file.SyscallConn()
	})
	if s.conn == nil {
		return EBADF
	}
	return nil
}

// parked holds the sockets that calls wait for, so that Interrupt can wake them.
type parked struct {
	mu    sync.Mutex
	count map[*socket]int
}

// add counts a call that is about to wait for s and sets the time at which that
// gives up. It fails once stopped is closed: Interrupt, which closes it first,
// then finds every call that got past it here.
func (p *parked) add(s *socket, d direction, stopped <-chan struct{}) Errno {
	p.mu.Lock()
	defer p.mu.Unlock()
	select {
	case <-stopped:
		return EINTR
	default:
	}
	var until time.Time
	if t := s.timeout[d].Load(); t > 0 {
		until = time.Now().Add(time.Duration(t))
	}
	set := s.file.SetReadDeadline
	if d == toWrite {
		set = s.file.SetWriteDeadline
	}
	if err := set(until); err != nil {
		return errnoOf(err)
	}
	if p.count == nil {
		p.count = make(map[*socket]int)
	}
	p.count[s]++
	return Success
}

func (p *parked) remove(s *socket) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.count[s]--; p.count[s] == 0 {
		delete(p.count, s)
	}
}

// wake makes all calls that wait give up.
func (p *parked) wake() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for s := range p.count {
		s.file.SetDeadline(time.Unix(0, 1))
	}
}

// block calls try until it returns true, each time that s may have become ready.
// It fails with AGAIN when the socket's timeout has passed.
func (h *Host) block(s *socket, d direction, try func(fd uintptr) bool) Errno {
	if err := s.park(); err != nil {
		return errnoOf(err)
	}
	if errno := h.parked.add(s, d, h.stopped); errno != Success {
		return errno
	}
	defer h.parked.remove(s)
	var err error
	if d == toRead {
		err = s.conn.Read(try)
	} else {
		err = s.conn.Write(try)
	}
	if errors.Is(err, os.ErrDeadlineExceeded) {
		select {
		case <-h.stopped:
			return EINTR
		default:
			return EAGAIN
		}
	}
	return errnoOf(err)
}

// accept waits for a connection to the listening socket s.
func (h *Host) accept(s *socket) (*socket, Errno) {
	var fd int
	var err error
	try := func(uintptr) bool {
		err = again(func() (err error) {
			fd, err = systemAccept(s.fd)
			return err
		})
		return err != unix.EAGAIN
	}
	if !try(0) {
		if s.nonblock.Load() {
			return nil, EAGAIN
		}
		if errno := h.block(s, toRead, try); errno != Success {
			return nil, errno
		}
	}
	if err != nil {
		return nil, errnoOf(err)
	}
	return &socket{fd: fd, stream: s.stream}, Success
}

// connect connects s to a and waits for that if the guest wants it to.
func (h *Host) connect(s *socket, a *address) Errno {
	err := s.startConnect(a)
	if err == unix.EAGAIN && !s.nonblock.Load() {
		err = h.retryConnect(s, a)
	}
	if err != unix.EINPROGRESS || s.nonblock.Load() {
		return errnoOf(err)
	}
	errno := h.block(s, toWrite, func(uintptr) bool { return s.writable() })
	switch errno {
	case Success:
	case EAGAIN:
		return EINPROGRESS
	default:
		return errno
	}
	e, err := unix.GetsockoptInt(s.fd, unix.SOL_SOCKET, unix.SO_ERROR)
	if err != nil {
		return errnoOf(err)
	}
	return errnoOfSyscall(unix.Errno(e))
}

// writable reports whether s can be written, or has failed.
func (s *socket) writable() bool {
	fds := [1]unix.PollFd{{Fd: int32(s.fd), Events: unix.POLLOUT}}
	n, err := unix.Poll(fds[:], 0)
	return err == nil && n > 0
}

// retryConnect connects to a UNIX socket whose queue of connections is full. The
// system does not tell when it has room again.
func (h *Host) retryConnect(s *socket, a *address) error {
	start, limit := time.Now(), time.Duration(s.timeout[toWrite].Load())
	for wait := time.Millisecond; ; wait = min(2*wait, 20*time.Millisecond) {
		if limit > 0 && time.Since(start) > limit {
			return EAGAIN
		}
		if errno := h.sleep(wait); errno != Success {
			return errno
		}
		if err := s.startConnect(a); err != unix.EAGAIN {
			return err
		}
	}
}
