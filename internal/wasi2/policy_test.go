package wasi2

import (
	"fmt"
	"net"
	"net/netip"
	"testing"
	"time"

	"github.com/wazedge/wazedge/hostfuncs/abi"
	"github.com/wazedge/wazedge/internal/component/exec"
)

// at is an address of IPv4 as a value.
func at(ip [4]byte, port uint16) exec.Value {
	var parts exec.Value
	for _, b := range ip {
		parts.List = append(parts.List, Number(b))
	}
	return Variant(ipv4, List(Number(port), parts))
}

// TestPolicyHoldsForSockets states that sockets of components are bound, connected and send to
// where the policy of the network allows, and ask for the names that it allows.
func TestPolicyHoldsForSockets(t *testing.T) {
	tcp, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer tcp.Close()
	udp, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer udp.Close()
	portOf := func(a net.Addr) uint16 { return netip.MustParseAddrPort(a.String()).Port() }
	streams, datagrams := portOf(tcp.Addr()), portOf(udp.LocalAddr())
	loopback, other := [4]byte{127, 0, 0, 1}, [4]byte{127, 0, 0, 2}

	for _, allow := range []bool{false, true} {
		var refused []string
		w := newCallerIn(t, abi.GuestConfig{Interruptible: true}, Config{
			Policy: func(name string, at netip.AddrPort) bool {
				return allow && (name == "localhost" || name == "" && at.Addr() == netip.AddrFrom4(loopback))
			},
			Refused: func(name string, at netip.AddrPort) { refused = append(refused, fmt.Sprint(name, " ", at)) },
		})
		network, err := w.call("sockets/instance-network#instance-network")
		if err != nil {
			t.Fatal(err)
		}
		want := map[bool]string{true: "ok", false: "access-denied"}[allow]
		create := func(kind string) exec.Value {
			return w.must("sockets/"+kind+"-create-socket#create-"+kind+"-socket", 0)
		}
		method := func(kind, name string) string { return "sockets/" + kind + "#[method]" + kind + "-socket." + name }

		s := create("tcp")
		if got := w.failing(method("tcp", "start-connect"), s, network, at(loopback, streams)); got != want {
			t.Errorf("allowed %v: start-connect: %s", allow, got)
		}
		if allow {
			pollable, err := w.call(method("tcp", "subscribe"), s)
			if err == nil {
				_, err = w.call("io/poll#[method]pollable.block", pollable)
			}
			if err != nil {
				t.Fatal(err)
			}
			w.must(method("tcp", "finish-connect"), s)
			c, err := tcp.Accept()
			if err != nil {
				t.Fatal(err)
			}
			c.Close()
		}
		s = create("tcp")
		if got := w.failing(method("tcp", "start-bind"), s, network, at(loopback, 0)); got != want {
			t.Errorf("allowed %v: start-bind: %s", allow, got)
		}
		if got := w.failing(method("tcp", "start-connect"), create("tcp"), network, at(other, streams)); got != "access-denied" {
			t.Errorf("start-connect elsewhere: %s", got)
		}
		if got := w.failing(method("tcp", "start-bind"), create("tcp"), network, at(other, 0)); got != "access-denied" {
			t.Errorf("start-bind elsewhere: %s", got)
		}

		u := create("udp")
		if got := w.failing(method("udp", "start-bind"), u, network, at(loopback, 0)); got != want {
			t.Errorf("allowed %v: start-bind: %s", allow, got)
		}
		if allow {
			w.must(method("udp", "finish-bind"), u)
			if got := w.failing(method("udp", "stream"), u, Some(at(other, datagrams))); got != "access-denied" {
				t.Errorf("stream elsewhere: %s", got)
			}
			out := w.must(method("udp", "stream"), u, None).List[1]
			w.must("sockets/udp#[method]outgoing-datagram-stream.check-send", out)
			send := func(to exec.Value) string {
				return w.failing("sockets/udp#[method]outgoing-datagram-stream.send", out, List(List(Bytes([]byte("x")), Some(to))))
			}
			if got := send(at(other, datagrams)); got != "access-denied" {
				t.Errorf("send elsewhere: %s", got)
			}
			if got := send(at(loopback, datagrams)); got != "ok" {
				t.Errorf("send: %s", got)
			}
			if err := udp.SetReadDeadline(time.Now().Add(30 * time.Second)); err != nil {
				t.Fatal(err)
			}
			b := make([]byte, 9)
			if n, _, err := udp.ReadFrom(b); string(b[:n]) != "x" || err != nil {
				t.Errorf("received %q, %v", b[:n], err)
			}
		}

		for name, want := range map[string]string{"localhost": want, "elsewhere.invalid": "access-denied"} {
			l := w.must("sockets/ip-name-lookup#resolve-addresses", network, name)
			pollable, err := w.call("sockets/ip-name-lookup#[method]resolve-address-stream.subscribe", l)
			if err == nil {
				_, err = w.call("io/poll#[method]pollable.block", pollable)
			}
			if err != nil {
				t.Fatal(err)
			}
			if got := w.failing("sockets/ip-name-lookup#[method]resolve-address-stream.resolve-next-address", l); got != want {
				t.Errorf("allowed %v: %s is looked up: %s, want %s", allow, name, got, want)
			}
		}
		if wanted := map[bool]int{true: 5, false: 7}[allow]; len(refused) != wanted {
			t.Errorf("allowed %v: %d were told of as refused: %q", allow, len(refused), refused)
		}
	}
}
