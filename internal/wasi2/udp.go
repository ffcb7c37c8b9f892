package wasi2

import (
	"errors"
	"syscall"

	"github.com/wazedge/wazedge/hostfuncs/hostnet"
	"github.com/wazedge/wazedge/internal/component/exec"
)

// datagrams is one direction of a socket of UDP.
type datagrams struct {
	socket *sharedSocket
	host   *Host
	remote *hostnet.Address // the only one that it is about; nil for all
	allow  uint64           // how many may be sent, by check-send
}

func (d *datagrams) Close() { d.socket.release() }

// maxDatagram is more than any datagram has, and maxDatagrams how many one call moves.
const (
	maxDatagram  = 1 << 16
	maxDatagrams = 16
)

func udpFunctions() []Function {
	const (
		self     = "(self: borrow<udp-socket>"
		incoming = "(self: borrow<incoming-datagram-stream>"
		outgoing = "(self: borrow<outgoing-datagram-stream>"
	)
	list := []Function{
		{"[method]udp-socket.stream", self + ", remote-address: option<ip-socket-address>) -> result<tuple<incoming-datagram-stream, outgoing-datagram-stream>, error-code>", onSocket(openDatagrams)},
		{"[method]incoming-datagram-stream.receive", incoming + ", max-results: u64) -> result<list<incoming-datagram>, error-code>", receive},
		{"[method]incoming-datagram-stream.subscribe", incoming + ") -> pollable", waitFor(hostnet.ToRead)},
		{"[method]outgoing-datagram-stream.check-send", outgoing + ") -> result<u64, error-code>", func(c *Call, a []exec.Value) (exec.Value, error) {
			Object[*datagrams](c, a[0]).allow = maxDatagrams
			return OK(Number(uint64(maxDatagrams))), nil
		}},
		{"[method]outgoing-datagram-stream.send", outgoing + ", datagrams: list<outgoing-datagram>) -> result<u64, error-code>", send},
		{"[method]outgoing-datagram-stream.subscribe", outgoing + ") -> pollable", waitFor(hostnet.ToWrite)},
	}
	return append(list, option("udp-socket", "unicast-hop-limit", "u8", func(s *tcpSocket) exec.Value { return Number(s.hops) }, nonzero(func(s *tcpSocket) *uint8 { return &s.hops }))...)
}

// openDatagrams are the streams of a socket, connected if an address is given.
func openDatagrams(c *Call, s *tcpSocket, a []exec.Value) (exec.Value, error) {
	if s.state != bound && s.state != connected {
		return exec.Value{}, netCode("invalid-state")
	}
	var remote *hostnet.Address
	s.state = bound
	if a[0].Bits == 1 {
		at := addressOf(a[0].List[0])
		if at.Family != s.family || at.Port == 0 {
			return exec.Value{}, netCode("invalid-argument")
		}
		if err := s.host.net.Connect(s.socket.Socket, &at); err != nil {
			return exec.Value{}, err
		}
		s.state, remote = connected, &at
	}
	s.socket.users++
	in, err := c.Add(&datagrams{socket: s.socket, host: s.host, remote: remote})
	if err != nil {
		return in, err
	}
	s.socket.users++
	out, err := c.Add(&datagrams{socket: s.socket, host: s.host, remote: remote})
	return List(in, out), err
}

func waitFor(d hostnet.Direction) func(*Call, []exec.Value) (exec.Value, error) {
	return func(c *Call, a []exec.Value) (exec.Value, error) {
		return c.Add(&Pollable{descriptor: Object[*datagrams](c, a[0]).socket.Descriptor, direction: d})
	}
}

// receive gives what has arrived, up to a number.
func receive(c *Call, a []exec.Value) (exec.Value, error) {
	d := Object[*datagrams](c, a[0])
	var got exec.Value
	for n := uint64(0); n < min(a[1].Bits, maxDatagrams); n++ {
		b := make([]byte, maxDatagram)
		m := hostnet.NewMessage()
		m.Add(b)
		m.Receive(d.socket.Socket, false, false, true)
		size, err := d.host.net.Exchange(d.socket.Socket, m)
		from := m.Sender()
		m.Free()
		if errors.Is(err, syscall.EAGAIN) {
			break
		}
		if err != nil {
			if len(got.List) > 0 {
				break
			}
			return netResult(got, err)
		}
		if d.remote != nil && from.Family == hostnet.Unspecified {
			from = *d.remote
		}
		got.List = append(got.List, List(Bytes(append([]byte(nil), b[:size]...)), addressValue(from)))
	}
	return OK(got), nil
}

// send sends datagrams, and tells how many it has.
func send(c *Call, a []exec.Value) (exec.Value, error) {
	d := Object[*datagrams](c, a[0])
	if uint64(len(a[1].List)) > d.allow {
		return exec.Value{}, exec.Trapf("more datagrams than check-send has allowed")
	}
	for n, v := range a[1].List {
		err := d.sendOne(v)
		if errors.Is(err, syscall.EAGAIN) || err != nil && n > 0 {
			return OK(Number(uint64(n))), nil
		}
		if err != nil {
			return netResult(exec.Value{}, err)
		}
		d.allow--
	}
	return OK(Number(uint64(len(a[1].List)))), nil
}

func (d *datagrams) sendOne(v exec.Value) error {
	var to *hostnet.Address
	switch {
	case v.List[1].Bits == 1:
		at := addressOf(v.List[1].List[0])
		if d.remote != nil && at != *d.remote {
			return netCode("invalid-argument")
		}
		if d.remote == nil {
			to = &at
		}
	case d.remote == nil:
		return netCode("invalid-argument")
	}
	m := hostnet.NewMessage()
	defer m.Free()
	m.Add(v.List[0].Bytes)
	_, err := d.host.net.Send(d.socket.Socket, m, to)
	return err
}
