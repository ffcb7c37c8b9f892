package wasi2

import (
	"encoding/binary"

	"github.com/wazedge/wazedge/hostfuncs/hostnet"
	"github.com/wazedge/wazedge/internal/component/exec"
)

// onSocket makes a function of one that works on a socket and fails with an error-code.
func onSocket(f func(*Call, *tcpSocket, []exec.Value) (exec.Value, error)) func(*Call, []exec.Value) (exec.Value, error) {
	return func(c *Call, a []exec.Value) (exec.Value, error) {
		return netResult(f(c, Object[*tcpSocket](c, a[0]), a[1:]))
	}
}

// step is onSocket for functions without a value in their result.
func step(f func(s *tcpSocket, a []exec.Value) error) func(*Call, []exec.Value) (exec.Value, error) {
	return func(c *Call, a []exec.Value) (exec.Value, error) {
		v, err := netResult(exec.Value{}, f(Object[*tcpSocket](c, a[0]), a[1:]))
		if err == nil && v.Bits == 0 {
			v = Done
		}
		return v, err
	}
}

// option are two functions: one reads a value of a socket, the other sets it if check
// allows that.
func option(kind, name, typ string, get func(*tcpSocket) exec.Value, set func(*tcpSocket, uint64) error) []Function {
	self := "(self: borrow<" + kind + ">"
	return []Function{
		{"[method]" + kind + "." + name, self + ") -> result<" + typ + ", error-code>", onSocket(func(_ *Call, s *tcpSocket, _ []exec.Value) (exec.Value, error) {
			return get(s), nil
		})},
		{"[method]" + kind + ".set-" + name, self + ", value: " + typ + ") -> result<_, error-code>", step(func(s *tcpSocket, a []exec.Value) error {
			return set(s, a[0].Bits)
		})},
	}
}

// nonzero sets at to a value that may not be 0.
func nonzero[T uint8 | uint32 | uint64](at func(*tcpSocket) *T) func(*tcpSocket, uint64) error {
	return func(s *tcpSocket, v uint64) error {
		if v == 0 {
			return netCode("invalid-argument")
		}
		*at(s) = T(v)
		return nil
	}
}

// bufferSize sets the size of a buffer, of which the system has the last word.
func bufferSize(o hostnet.Option, at func(*tcpSocket) *uint64) func(*tcpSocket, uint64) error {
	return func(s *tcpSocket, v uint64) error {
		if v == 0 {
			return netCode("invalid-argument")
		}
		*at(s) = v
		return s.socket.SetOption(o, binary.NativeEndian.AppendUint32(nil, uint32(min(v, 1<<24))))
	}
}

// common are the functions that sockets of TCP and UDP have.
func common(kind string) []Function {
	self := "(self: borrow<" + kind + ">"
	method := func(name string) string { return "[method]" + kind + "." + name }
	list := []Function{
		{method("start-bind"), self + ", network: borrow<network>, local-address: ip-socket-address) -> result<_, error-code>", step(func(s *tcpSocket, a []exec.Value) error { return s.startBind(a[1]) })},
		{method("finish-bind"), self + ") -> result<_, error-code>", step(func(s *tcpSocket, _ []exec.Value) error { return s.finishBind() })},
		{method("local-address"), self + ") -> result<ip-socket-address, error-code>", onSocket(func(_ *Call, s *tcpSocket, _ []exec.Value) (exec.Value, error) { return s.local() })},
		{method("remote-address"), self + ") -> result<ip-socket-address, error-code>", onSocket(func(_ *Call, s *tcpSocket, _ []exec.Value) (exec.Value, error) { return s.peer() })},
		{method("address-family"), self + ") -> ip-address-family", func(c *Call, a []exec.Value) (exec.Value, error) {
			return Boolean(Object[*tcpSocket](c, a[0]).family == hostnet.Inet6), nil
		}},
		{method("subscribe"), self + ") -> pollable", func(c *Call, a []exec.Value) (exec.Value, error) {
			return c.Add(Object[*tcpSocket](c, a[0]).subscribe())
		}},
	}
	list = append(list, option(kind, "receive-buffer-size", "u64", func(s *tcpSocket) exec.Value { return Number(s.receive) }, bufferSize(hostnet.RcvBuf, func(s *tcpSocket) *uint64 { return &s.receive }))...)
	return append(list, option(kind, "send-buffer-size", "u64", func(s *tcpSocket) exec.Value { return Number(s.out) }, bufferSize(hostnet.SndBuf, func(s *tcpSocket) *uint64 { return &s.out }))...)
}

// tcpFunctions are those that only sockets of TCP have.
func tcpFunctions() []Function {
	const self = "(self: borrow<tcp-socket>"
	list := []Function{
		{"[method]tcp-socket.start-connect", self + ", network: borrow<network>, remote-address: ip-socket-address) -> result<_, error-code>", step(func(s *tcpSocket, a []exec.Value) error { return s.startConnect(a[1]) })},
		{"[method]tcp-socket.finish-connect", self + ") -> result<tuple<input-stream, output-stream>, error-code>", onSocket(func(c *Call, s *tcpSocket, _ []exec.Value) (exec.Value, error) { return s.finishConnect(c) })},
		{"[method]tcp-socket.start-listen", self + ") -> result<_, error-code>", step(func(s *tcpSocket, _ []exec.Value) error { return s.startListen() })},
		{"[method]tcp-socket.finish-listen", self + ") -> result<_, error-code>", step(func(s *tcpSocket, _ []exec.Value) error { return s.finishListen() })},
		{"[method]tcp-socket.accept", self + ") -> result<tuple<tcp-socket, input-stream, output-stream>, error-code>", onSocket(func(c *Call, s *tcpSocket, _ []exec.Value) (exec.Value, error) { return s.accept(c) })},
		{"[method]tcp-socket.is-listening", self + ") -> bool", func(c *Call, a []exec.Value) (exec.Value, error) {
			return Boolean(Object[*tcpSocket](c, a[0]).state == listening), nil
		}},
		{"[method]tcp-socket.set-listen-backlog-size", self + ", value: u64) -> result<_, error-code>", step(func(s *tcpSocket, a []exec.Value) error {
			if a[0].Bits == 0 {
				return netCode("invalid-argument")
			}
			s.backlog = int(min(a[0].Bits, 1<<12))
			return nil
		})},
		{"[method]tcp-socket.shutdown", self + ", shutdown-type: shutdown-type) -> result<_, error-code>", step(func(s *tcpSocket, a []exec.Value) error { return s.shutdown(a[0].Bits) })},
	}
	list = append(list, option("tcp-socket", "keep-alive-enabled", "bool", func(s *tcpSocket) exec.Value { return Boolean(s.keepAlive) }, func(s *tcpSocket, v uint64) error {
		s.keepAlive = v != 0
		return s.socket.SetOption(hostnet.KeepAlive, binary.NativeEndian.AppendUint32(nil, uint32(v)))
	})...)
	list = append(list, option("tcp-socket", "keep-alive-idle-time", "duration", func(s *tcpSocket) exec.Value { return Number(s.idle) }, nonzero(func(s *tcpSocket) *uint64 { return &s.idle }))...)
	list = append(list, option("tcp-socket", "keep-alive-interval", "duration", func(s *tcpSocket) exec.Value { return Number(s.pause) }, nonzero(func(s *tcpSocket) *uint64 { return &s.pause }))...)
	list = append(list, option("tcp-socket", "keep-alive-count", "u32", func(s *tcpSocket) exec.Value { return Number(s.count) }, nonzero(func(s *tcpSocket) *uint32 { return &s.count }))...)
	return append(list, option("tcp-socket", "hop-limit", "u8", func(s *tcpSocket) exec.Value { return Number(s.hops) }, nonzero(func(s *tcpSocket) *uint8 { return &s.hops }))...)
}

// useNetwork takes the types of wasi:sockets/network that others are about.
var useNetwork = Use{"wasi:sockets/network", []string{"network", "error-code", "ip-socket-address", "ip-address-family"}}

func socketInterfaces() []*Interface {
	pollable := Use{"wasi:io/poll", []string{"pollable"}}
	create := func(kind string, k hostnet.Kind) Function {
		return Function{"create-" + kind, "(address-family: ip-address-family) -> result<" + kind + ", error-code>", func(c *Call, a []exec.Value) (exec.Value, error) {
			s, err := c.newSocket(a[0].Bits, k)
			if err != nil {
				return Failed(netError(err)), nil
			}
			v, err := c.Add(s)
			return OK(v), err
		}}
	}
	return []*Interface{
		{
			Name: "wasi:sockets/network",
			Types: []Definition{
				{"network", "resource"},
				{"error-code", "enum{" + netErrorNames() + "}"},
				{"ip-address-family", "enum{ipv4, ipv6}"},
				{"ipv4-address", "tuple<u8, u8, u8, u8>"},
				{"ipv6-address", "tuple<u16, u16, u16, u16, u16, u16, u16, u16>"},
				{"ip-address", "variant{ipv4(ipv4-address), ipv6(ipv6-address)}"},
				{"ipv4-socket-address", "record{port: u16, address: ipv4-address}"},
				{"ipv6-socket-address", "record{port: u16, flow-info: u32, address: ipv6-address, scope-id: u32}"},
				{"ip-socket-address", "variant{ipv4(ipv4-socket-address), ipv6(ipv6-socket-address)}"},
			},
		},
		{
			Name: "wasi:sockets/instance-network",
			Uses: []Use{{"wasi:sockets/network", []string{"network"}}},
			Functions: []Function{{"instance-network", "() -> network", func(c *Call, _ []exec.Value) (exec.Value, error) {
				return c.Add(struct{}{})
			}}},
		},
		{
			Name: "wasi:sockets/tcp",
			Uses: []Use{
				{"wasi:io/streams", []string{"input-stream", "output-stream"}}, pollable,
				{"wasi:clocks/monotonic-clock", []string{"duration"}}, useNetwork,
			},
			Types:     []Definition{{"shutdown-type", "enum{receive, send, both}"}, {"tcp-socket", "resource"}},
			Functions: append(common("tcp-socket"), tcpFunctions()...),
		},
		{
			Name:      "wasi:sockets/tcp-create-socket",
			Uses:      []Use{{"wasi:sockets/network", []string{"network", "error-code", "ip-address-family"}}, {"wasi:sockets/tcp", []string{"tcp-socket"}}},
			Functions: []Function{create("tcp-socket", hostnet.Stream)},
		},
		{
			Name: "wasi:sockets/udp",
			Uses: []Use{pollable, useNetwork},
			Types: []Definition{
				{"incoming-datagram", "record{data: list<u8>, remote-address: ip-socket-address}"},
				{"outgoing-datagram", "record{data: list<u8>, remote-address: option<ip-socket-address>}"},
				{"udp-socket", "resource"}, {"incoming-datagram-stream", "resource"}, {"outgoing-datagram-stream", "resource"},
			},
			Functions: append(common("udp-socket"), udpFunctions()...),
		},
		{
			Name:      "wasi:sockets/udp-create-socket",
			Uses:      []Use{{"wasi:sockets/network", []string{"network", "error-code", "ip-address-family"}}, {"wasi:sockets/udp", []string{"udp-socket"}}},
			Functions: []Function{create("udp-socket", hostnet.Datagram)},
		},
		{
			Name:      "wasi:sockets/ip-name-lookup",
			Uses:      []Use{pollable, {"wasi:sockets/network", []string{"network", "error-code", "ip-address"}}},
			Types:     []Definition{{"resolve-address-stream", "resource"}},
			Functions: lookupFunctions(),
		},
	}
}
