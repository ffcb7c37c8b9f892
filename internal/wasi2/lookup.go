package wasi2

import (
	"context"

	"github.com/wazedge/wazedge/hostfuncs/hostnet"
	"github.com/wazedge/wazedge/internal/component/exec"
)

// lookup is a question for the addresses of a name, and what is left of its answers.
type lookup struct {
	answered chan struct{} // closed when err or answers are there
	answers  []hostnet.Answer
	err      error
	cancel   context.CancelFunc
}

func (l *lookup) close() { l.cancel() }

func lookupFunctions() []function {
	const self = "(self: borrow<resolve-address-stream>"
	return []function{
		{"resolve-addresses", "(network: borrow<network>, name: string) -> result<resolve-address-stream, error-code>", resolve},
		{"[method]resolve-address-stream.resolve-next-address", self + ") -> result<option<ip-address>, error-code>", nextAddress},
		{"[method]resolve-address-stream.subscribe", self + ") -> pollable", func(c *call, a []exec.Value) (exec.Value, error) {
			return c.add(&pollable{signal: object[*lookup](c, a[0]).answered})
		}},
	}
}

// resolve asks for the addresses of a name, without waiting for the answer.
func resolve(c *call, a []exec.Value) (exec.Value, error) {
	ctx, cancel := c.guest.Context()
	l := &lookup{answered: make(chan struct{}), cancel: cancel}
	name := a[1].String()
	go func() {
		defer close(l.answered)
		l.answers, _, l.err = c.net.Resolve(ctx, hostnet.Query{Node: name, Kind: hostnet.Stream, Protocol: hostnet.TCP})
	}()
	v, err := c.add(l)
	return ok(v), err
}

func nextAddress(c *call, a []exec.Value) (exec.Value, error) {
	l := object[*lookup](c, a[0])
	select {
	case <-l.answered:
	default:
		return failed(netError(netCode("would-block"))), nil
	}
	if l.err != nil {
		return failed(netError(l.err)), nil
	}
	if len(l.answers) == 0 {
		return ok(none), nil
	}
	ip := l.answers[0].IP
	l.answers = l.answers[1:]
	family, b := hostnet.Inet6, [16]byte{}
	if ip.Is4() {
		v4 := ip.As4()
		family = hostnet.Inet4
		copy(b[:], v4[:])
	} else {
		b = ip.As16()
	}
	return ok(some(ipValue(family, b))), nil
}
