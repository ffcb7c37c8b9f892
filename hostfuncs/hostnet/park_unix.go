//go:build unix

package hostnet

import (
	"errors"
	"os"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// park registers s with Go's poller, which sockets that are never waited for are
// spared.
func (s *Socket) park() error {
	s.parking.Do(func() {
		s.file = os.NewFile(uintptr(s.fd), "socket")
		s.conn, _ = s.file.SyscallConn()
	})
	if s.conn == nil {
		return syscall.EBADF
	}
	return nil
}

// parked holds the sockets that calls wait for, so that [Net.Stop] can end them.
type parked struct {
	mu    sync.Mutex
	count map[*Socket]int
}

// add counts a call that is about to wait for s and sets the time at which that
// gives up. It fails once stopped is closed: [Net.Stop], which closes it first,
// then finds every call that got past it here.
func (p *parked) add(s *Socket, d Direction, stopped <-chan struct{}) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	select {
	case <-stopped:
		return syscall.EINTR
	default:
	}
	var until time.Time
	if t := s.timeout[d].Load(); t > 0 {
		until = time.Now().Add(time.Duration(t))
	}
	set := s.file.SetReadDeadline
	if d == ToWrite {
		set = s.file.SetWriteDeadline
	}
	if err := set(until); err != nil {
		return err
	}
	if p.count == nil {
		p.count = make(map[*Socket]int)
	}
	p.count[s]++
	return nil
}

func (p *parked) remove(s *Socket) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.count[s]--; p.count[s] == 0 {
		delete(p.count, s)
	}
}

// waiting is how many sockets calls wait for.
func (p *parked) waiting() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.count)
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
func (n *Net) block(s *Socket, d Direction, try func(fd uintptr) bool) error {
	if err := s.park(); err != nil {
		return err
	}
	if err := n.parked.add(s, d, n.stop.channel()); err != nil {
		return err
	}
	defer n.parked.remove(s)
	var err error
	if d == ToRead {
		err = s.conn.Read(try)
	} else {
		err = s.conn.Write(try)
	}
	if errors.Is(err, os.ErrDeadlineExceeded) {
		select {
		case <-n.stop.channel():
			return syscall.EINTR
		default:
			return syscall.EAGAIN
		}
	}
	return err
}

// writable reports whether s can be written, or has failed.
func (s *Socket) writable() bool {
	fds := [1]unix.PollFd{{Fd: int32(s.fd), Events: unix.POLLOUT}}
	n, err := unix.Poll(fds[:], 0)
	return err == nil && n > 0
}
