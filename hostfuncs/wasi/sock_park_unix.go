//go:build unix

package wasi

import (
	"errors"
	"os"
	"sync"
	"time"

	"golang.org/x/sys/unix"
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
	if errno := h.parked.add(s, d, h.guest.Stopped()); errno != Success {
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
		case <-h.guest.Stopped():
			return EINTR
		default:
			return EAGAIN
		}
	}
	return errnoOf(err)
}

// writable reports whether s can be written, or has failed.
func (s *socket) writable() bool {
	fds := [1]unix.PollFd{{Fd: int32(s.fd), Events: unix.POLLOUT}}
	n, err := unix.Poll(fds[:], 0)
	return err == nil && n > 0
}
