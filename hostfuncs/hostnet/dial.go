package hostnet

import (
	"context"
	"net"
	"net/netip"
	"syscall"
)

// Dial connects to a port of host, which is a name or a number, in the form of package
// net. Policy is asked for the name and for each address of it; the error is EACCES if it
// allows none, and a [LookupError] if there are none.
func (n *Net) Dial(ctx context.Context, host string, port uint16) (net.Conn, error) {
	answers, _, err := n.Resolve(ctx, Query{Node: host, Kind: Stream, Protocol: TCP})
	if err != nil {
		return nil, err
	}
	err = syscall.EACCES
	var dialer net.Dialer
	for _, answer := range answers {
		at := netip.AddrPortFrom(answer.IP, port)
		if refused := n.permit(addressOf(at)); refused != nil {
			continue
		}
		var conn net.Conn
		if conn, err = dialer.DialContext(ctx, "tcp", at.String()); err == nil {
			return conn, nil
		}
	}
	return nil, err
}

// addressOf is at as an [Address].
func addressOf(at netip.AddrPort) *Address {
	a := &Address{Family: Inet6, Port: at.Port()}
	if at.Addr().Is4() {
		a.Family = Inet4
		b := at.Addr().As4()
		copy(a.IP[:], b[:])
		return a
	}
	a.IP = at.Addr().As16()
	return a
}
