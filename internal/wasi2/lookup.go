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

func (l *lookup) Close() { l.cancel() }

func (l *lookup) signal() <-chan struct{} { return l.answered }

func lookupFunctions() []Function {
	const self = "(self: borrow<resolve-address-stream>"
	return []Function{
		{"resolve-addresses", "(network: borrow<network>, name: string) -> result<resolve-address-stream, error-code>", resolve},
		{"[method]resolve-address-stream.resolve-next-address", self + ") -> result<option<ip-address>, error-code>", nextAddress},
		{"[method]resolve-address-stream.subscribe", self + ") -> pollable", func(c *Call, a []exec.Value) (exec.Value, error) {
			return c.Add(NewPollable(Object[*lookup](c, a[0]).signal))
		}},
	}
}

// maxLookups is how many questions may be under way.
const maxLookups = 64

// resolve asks for the addresses of a name, without waiting for the answer.
func resolve(c *Call, a []exec.Value) (exec.Value, error) {
	if c.lookups.Add(1) > maxLookups {
		c.lookups.Add(-1)
		return Failed(netError(netCode("temporary-resolver-failure"))), nil
	}
	ctx, cancel := c.guest.Context()
	l := &lookup{answered: make(chan struct{}), cancel: cancel}
	name, host := a[1].String(), c.Host
	go func() {
		defer close(l.answered)
		defer host.lookups.Add(-1)
		l.answers, _, l.err = host.net.Resolve(ctx, hostnet.Query{Node: name, Kind: hostnet.Stream, Protocol: hostnet.TCP})
	}()
	v, err := c.Add(l)
	return OK(v), err
}

func nextAddress(c *Call, a []exec.Value) (exec.Value, error) {
	l := Object[*lookup](c, a[0])
	select {
	case <-l.answered:
	default:
		return Failed(netError(netCode("would-block"))), nil
	}
	if l.err != nil {
		return Failed(netError(l.err)), nil
	}
	if len(l.answers) == 0 {
		return OK(None), nil
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
	return OK(Some(ipValue(family, b))), nil
}
