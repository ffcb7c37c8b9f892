package hostnet

import (
	"net/netip"
	"sync"
	"syscall"
)

// Policy decides whether a guest may connect to, bind to or send to an
// address. name is the host's name if the guest had it resolved, else empty. With
// an address that is not valid it decides whether the guest may ask for the
// addresses of name.
type Policy func(name string, addr netip.AddrPort) bool

// maxResolved bounds how many addresses a [Net] remembers the names of.
const maxResolved = 4096

// resolved remembers by which names the guest had addresses resolved, as a
// policy may allow hosts by name.
type resolved struct {
	mu    sync.Mutex
	names map[netip.Addr][]string
	count int
}

// add remembers that name means addr.
func (r *resolved) add(name string, addr netip.Addr) {
	r.mu.Lock()
	defer r.mu.Unlock()
	addr = addr.Unmap()
	for _, n := range r.names[addr] {
		if n == name {
			return
		}
	}
	if r.count == maxResolved {
		return
	}
	if r.names == nil {
		r.names = make(map[netip.Addr][]string)
	}
	r.names[addr] = append(r.names[addr], name)
	r.count++
}

// of is the names that mean addr. The slice is not changed later.
func (r *resolved) of(addr netip.Addr) []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.names[addr.Unmap()]
}

// permit is EACCES if the policy keeps the guest from a. UNIX sockets are no matter of
// the network.
func (n *Net) permit(a *Address) error {
	if n.Policy == nil || a.Family == Unix {
		return nil
	}
	at := a.AddrPort()
	if n.Policy("", at) {
		return nil
	}
	names := n.resolved.of(at.Addr())
	for _, name := range names {
		if n.Policy(name, at) {
			return nil
		}
	}
	if len(names) == 0 {
		names = []string{""}
	}
	return n.refuse(names[0], at)
}

// refuse is EACCES, of which it tells.
func (n *Net) refuse(name string, at netip.AddrPort) error {
	if n.Refused != nil {
		n.Refused(name, at)
	}
	return syscall.EACCES
}

// permitResolve is EACCES if the policy keeps the guest from asking for the addresses
// of name.
func (n *Net) permitResolve(name string) error {
	if n.Policy == nil || n.Policy(name, netip.AddrPort{}) {
		return nil
	}
	return n.refuse(name, netip.AddrPort{})
}
