package hostnet

import (
	"net/netip"
	"sync"
	"syscall"
	"time"
)

// Net is the network as one guest has it. Its methods may be called by several threads
// at once.
type Net struct {
	// Policy decides where sockets may go; nil for everywhere.
	Policy Policy
	// Refused, unless nil, is told what Policy has refused, in its terms.
	Refused func(name string, addr netip.AddrPort)

	stop     stop
	parked   parked
	resolved resolved // kept if there is a policy
}

// Stop ends the calls that wait, and those that are about to.
func (n *Net) Stop() {
	n.stop.close()
	n.parked.wake()
}

// Resume undoes Stop. No call may be under way.
func (n *Net) Resume() { n.stop.open() }

// stop is a channel that is closed when nothing is to wait any more. It is made when it
// is first asked for.
type stop struct {
	mu     sync.Mutex
	c      chan struct{}
	closed bool
}

func (s *stop) channel() <-chan struct{} {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.made()
}

func (s *stop) made() chan struct{} {
	if s.c == nil {
		s.c = make(chan struct{})
	}
	return s.c
}

func (s *stop) close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.closed {
		s.closed = true
		close(s.made())
	}
}

func (s *stop) open() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		s.closed, s.c = false, nil
	}
}

// Waiting is how many sockets calls wait for, where they do not hold a thread each.
func (n *Net) Waiting() int { return n.parked.waiting() }

// Accept waits for a connection to the listening socket s.
func (n *Net) Accept(s *Socket) (*Socket, error) {
	var accepted *Socket
	var err error
	try := func(uintptr) bool {
		accepted, err = s.accept()
		return err != syscall.EAGAIN
	}
	if !try(0) && !s.nonblock.Load() {
		if err := n.block(s, ToRead, try); err != nil {
			return nil, err
		}
	}
	return accepted, err
}

// Bind gives s an address, if the policy allows it.
func (n *Net) Bind(s *Socket, a *Address) error {
	if err := n.permit(a); err != nil {
		return err
	}
	err := s.bind(a)
	if err == nil {
		s.bound.Store(true)
	}
	return err
}

// Listen makes s wait for connections, of which as many as backlog says, or the system
// thinks enough, may wait to be accepted. A socket without an address is given any, if the
// policy allows it.
func (n *Net) Listen(s *Socket, backlog int) error {
	if n.Policy != nil && !s.bound.Load() {
		a, err := s.Local()
		if err == nil {
			err = n.permit(&a)
		}
		if err != nil {
			return err
		}
	}
	return s.listen(backlog)
}

// Connect connects s to a, if the policy allows it, and waits for that unless s does not
// wait, which gives EINPROGRESS.
func (n *Net) Connect(s *Socket, a *Address) error {
	if err := n.permit(a); err != nil {
		return err
	}
	err := s.startConnect(a)
	if s.nonblock.Load() {
		return err
	}
	if err == syscall.EAGAIN {
		err = n.retryConnect(s, a)
	}
	if err != syscall.EINPROGRESS {
		return err
	}
	switch err := n.block(s, ToWrite, func(uintptr) bool { return s.writable() }); err {
	case nil:
		return s.endConnect(a)
	case syscall.EAGAIN:
		return syscall.EINPROGRESS
	default:
		return err
	}
}

// retryConnect connects to a UNIX socket whose queue of connections is full. The
// system does not tell when it has room again.
func (n *Net) retryConnect(s *Socket, a *Address) error {
	start, limit := time.Now(), time.Duration(s.timeout[ToWrite].Load())
	for wait := time.Millisecond; ; wait = min(2*wait, 20*time.Millisecond) {
		if limit > 0 && time.Since(start) > limit {
			return syscall.EAGAIN
		}
		if err := n.sleep(wait); err != nil {
			return err
		}
		if err := s.startConnect(a); err != syscall.EAGAIN {
			return err
		}
	}
}

func (n *Net) sleep(d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-n.stop.channel():
		return syscall.EINTR
	}
}

// Send moves m over s as Exchange does, the other way: to an address, if that is not nil and the policy allows
// it. As in the system, all of it is sent by a call that may wait.
func (n *Net) Send(s *Socket, m *Message, to *Address) (int, error) {
	if to != nil {
		if err := n.permit(to); err != nil {
			return 0, err
		}
	}
	m.send(s, to)
	return n.Exchange(s, m)
}

// Exchange moves m, which is prepared, over s, waiting as long as it takes unless s does not wait, and
// tells how many bytes were moved. What fails after some were is told by the next
// call: the system tells it only once.
func (n *Net) Exchange(s *Socket, m *Message) (int, error) {
	if late := s.late[m.Direction].Swap(nil); late != nil {
		return 0, *late
	}
	var err error
	m.stopped = n.stop.channel()
	if !m.attempt(0) {
		err = syscall.EAGAIN
		if !s.nonblock.Load() {
			err = n.block(s, m.Direction, m.try)
		}
	}
	switch {
	case m.moved == 0 && err != nil:
		return 0, err
	case m.moved == 0:
		return 0, m.err
	case m.err != nil:
		late := m.err
		s.late[m.Direction].Store(&late)
	}
	return m.moved, nil
}
