package wasi2

import (
	"encoding/binary"
	"errors"
	"io"
	"syscall"
	"time"

	"github.com/wazedge/wazedge/hostfuncs/hostnet"
	"github.com/wazedge/wazedge/internal/component/exec"
)

// socketState is how far a socket has come.
type socketState uint8

const (
	unbound socketState = iota
	binding
	bound
	connecting
	connected
	listening
	startedListening
)

// sharedSocket is a socket that a resource and its streams share: the last one closes it.
type sharedSocket struct {
	*hostnet.Socket
	users int
}

func (s *sharedSocket) release() {
	if s.users--; s.users == 0 {
		s.Socket.Close()
	}
}

// tcpSocket is a socket of TCP, or one of UDP, which has less.
type tcpSocket struct {
	socket  *sharedSocket
	host    *Host
	family  hostnet.Family
	state   socketState
	remote  hostnet.Address
	backlog int

	keepAlive    bool
	idle, pause  uint64 // of keep-alive, in nanoseconds
	count        uint32
	hops         uint8
	receive, out uint64 // sizes of buffers
}

func (s *tcpSocket) Close() { s.socket.release() }

// What options of a socket are before they are set: the system's usual values.
const (
	defaultIdle    = uint64(2 * time.Hour)
	defaultPause   = uint64(75 * time.Second)
	defaultCount   = 9
	defaultHops    = 64
	defaultBuffer  = 1 << 17
	defaultBacklog = 128
)

// newSocket opens a socket that never waits.
func (c *Call) newSocket(family uint64, kind hostnet.Kind) (*tcpSocket, error) {
	s, err := hostnet.Open(families[family], kind)
	if err != nil {
		return nil, err
	}
	s.SetNonblock(true)
	return &tcpSocket{
		socket: &sharedSocket{s, 1}, host: c.Host, family: families[family], backlog: defaultBacklog,
		idle: defaultIdle, pause: defaultPause, count: defaultCount, hops: defaultHops, receive: defaultBuffer, out: defaultBuffer,
	}, nil
}

// startBind binds s to an address of its family.
func (s *tcpSocket) startBind(v exec.Value) error {
	a := addressOf(v)
	switch {
	case s.state != unbound:
		return netCode("invalid-state")
	case a.Family != s.family:
		return netCode("invalid-argument")
	}
	if s.socket.Stream() {
		// As servers do everywhere: a port is free again when its server ends.
		one := binary.NativeEndian.AppendUint32(nil, 1)
		if err := s.socket.SetOption(hostnet.ReuseAddr, one); err != nil {
			return err
		}
	}
	if err := s.host.net.Bind(s.socket.Socket, &a); err != nil {
		return err
	}
	s.state = binding
	return nil
}

func (s *tcpSocket) finishBind() error {
	if s.state != binding {
		return netCode("not-in-progress")
	}
	s.state = bound
	return nil
}

func (s *tcpSocket) startConnect(v exec.Value) error {
	a := addressOf(v)
	switch {
	case s.state != unbound && s.state != bound:
		return netCode("invalid-state")
	case a.Family != s.family, a.Port == 0, a.AddrPort().Addr().IsUnspecified():
		return netCode("invalid-argument")
	}
	if err := s.host.net.Connect(s.socket.Socket, &a); err != nil && !errors.Is(err, syscall.EINPROGRESS) {
		return err
	}
	s.state, s.remote = connecting, a
	return nil
}

// finishConnect tells how the connection that was begun has ended.
func (s *tcpSocket) finishConnect(c *Call) (exec.Value, error) {
	if s.state != connecting {
		return exec.Value{}, netCode("not-in-progress")
	}
	ready, err := c.poll([]*Pollable{s.Pollable(hostnet.ToWrite)}, 0)
	if err != nil {
		return exec.Value{}, &endsComponent{err}
	}
	if len(ready) == 0 {
		return exec.Value{}, netCode("would-block")
	}
	err = s.host.net.Connect(s.socket.Socket, &s.remote)
	if err != nil && !errors.Is(err, syscall.EISCONN) {
		if errors.Is(err, syscall.EINPROGRESS) || errors.Is(err, syscall.EALREADY) {
			return exec.Value{}, netCode("would-block")
		}
		s.state = unbound
		return exec.Value{}, err
	}
	s.state = connected
	return s.streams(c)
}

// endsComponent is an error that is not the component's to look at.
type endsComponent struct{ err error }

func (e *endsComponent) Error() string { return e.err.Error() }
func (e *endsComponent) Unwrap() error { return e.err }

// streams are those of a connection.
func (s *tcpSocket) streams(c *Call) (exec.Value, error) {
	in, err := c.Add(&socketInput{socketStream{s.socket, s.host}, false})
	if err != nil {
		return in, err
	}
	s.socket.users++
	out, err := c.Add(&socketOutput{socketStream{s.socket, s.host}})
	if err != nil {
		return out, err
	}
	s.socket.users++
	return List(in, out), nil
}

func (s *tcpSocket) startListen() error {
	if s.state != bound {
		return netCode("invalid-state")
	}
	if err := s.host.net.Listen(s.socket.Socket, s.backlog); err != nil {
		return err
	}
	s.state = startedListening
	return nil
}

func (s *tcpSocket) finishListen() error {
	if s.state != startedListening {
		return netCode("not-in-progress")
	}
	s.state = listening
	return nil
}

// accept is a connection that somebody has made, with its streams.
func (s *tcpSocket) accept(c *Call) (exec.Value, error) {
	if s.state != listening {
		return exec.Value{}, netCode("invalid-state")
	}
	made, err := s.host.net.Accept(s.socket.Socket)
	if err != nil {
		return exec.Value{}, err
	}
	made.SetNonblock(true)
	t := *s
	t.socket, t.state = &sharedSocket{made, 1}, connected
	v, err := c.Add(&t)
	if err != nil {
		return v, err
	}
	streams, err := t.streams(c)
	if err != nil {
		return v, err
	}
	return List(v, streams.List[0], streams.List[1]), nil
}

func (s *tcpSocket) local() (exec.Value, error) {
	if s.state == unbound || s.state == binding {
		return exec.Value{}, netCode("invalid-state")
	}
	a, err := s.socket.Local()
	return addressValue(a), err
}

func (s *tcpSocket) peer() (exec.Value, error) {
	if s.state != connected {
		return exec.Value{}, netCode("invalid-state")
	}
	a, err := s.socket.Peer()
	return addressValue(a), err
}

func (s *tcpSocket) shutdown(how uint64) error {
	if s.state != connected {
		return netCode("invalid-state")
	}
	return s.socket.Shutdown([...]hostnet.Directions{hostnet.Receiving, hostnet.Sending, hostnet.Receiving | hostnet.Sending}[how])
}

func (s *tcpSocket) Pollable(d hostnet.Direction) *Pollable {
	return &Pollable{descriptor: s.socket.Descriptor, direction: d}
}

// subscribe waits for what the socket does next.
func (s *tcpSocket) subscribe() *Pollable {
	switch s.state {
	case connecting:
		return s.Pollable(hostnet.ToWrite)
	case listening:
		return s.Pollable(hostnet.ToRead)
	}
	return &Pollable{}
}

// socketStream is one direction of a connection.
type socketStream struct {
	socket *sharedSocket
	host   *Host
}

func (s *socketStream) Close() { s.socket.release() }

func (s *socketStream) waitingFor(d hostnet.Direction) *Pollable {
	return &Pollable{descriptor: s.socket.Descriptor, direction: d}
}

// socketInput is what a connection receives.
type socketInput struct {
	socketStream
	ended bool
}

func (s *socketInput) Read(n uint64) ([]byte, error) {
	switch {
	case s.ended:
		return nil, io.EOF
	case n == 0:
		return nil, nil
	}
	b := make([]byte, n)
	m := hostnet.NewMessage()
	defer m.Free()
	m.Add(b)
	m.Receive(s.socket.Socket, false, false, false)
	got, err := s.host.net.Exchange(s.socket.Socket, m)
	b, err = readResult(b, got, err)
	s.ended = errors.Is(err, io.EOF)
	return b, err
}

func (s *socketInput) Pollable() *Pollable { return s.waitingFor(hostnet.ToRead) }

// socketOutput is what a connection sends.
type socketOutput struct{ socketStream }

// room is how much a write may have, as long as the system takes any.
func (s *socketOutput) Room() (uint64, error) {
	ready := []hostnet.Polled{{Descriptor: s.socket.Descriptor(), Asked: [2]bool{hostnet.ToWrite: true}}}
	if err := s.host.poller.Wait(ready, &s.host.waker, time.Now(), 0); err != nil {
		return 0, err
	}
	if !ready[0].Ready[hostnet.ToWrite] && !ready[0].Broken {
		return 0, nil
	}
	return maxRead, nil
}

func (s *socketOutput) Write(b []byte) error {
	for len(b) > 0 {
		n, err := s.send(b)
		switch {
		case errors.Is(err, syscall.EPIPE), errors.Is(err, syscall.ECONNRESET):
			return ErrClosed
		case errors.Is(err, syscall.EAGAIN):
			c := &Call{Host: s.host}
			if _, err := c.poll([]*Pollable{s.Pollable()}, -1); err != nil {
				return err
			}
		case err != nil:
			return err
		}
		b = b[n:]
	}
	return nil
}

func (s *socketOutput) send(b []byte) (int, error) {
	m := hostnet.NewMessage()
	defer m.Free()
	m.Add(b)
	n, err := s.host.net.Send(s.socket.Socket, m, nil)
	return max(n, 0), err
}

func (s *socketOutput) Flush() error        { return nil }
func (s *socketOutput) Pollable() *Pollable { return s.waitingFor(hostnet.ToWrite) }
