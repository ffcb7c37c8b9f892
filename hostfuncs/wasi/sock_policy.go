package wasi

import (
	"net/netip"
	"strings"
	"sync"

	"github.com/wazedge/wazedge/hostfuncs/hostfs"
)

// maxResolved bounds how many addresses a host remembers the names of.
const maxResolved = 4096

// resolved remembers by which names the guest had addresses resolved, as a
// network policy may allow hosts by name.
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

// permit is ACCES if the network policy keeps the guest from a, or if that is a UNIX
// socket in what is closed to guests; those are no matter of the network.
func (h *Host) permit(a *address) Errno {
	if a.family == familyUnix {
		return h.permitPath(a)
	}
	if h.config.Net == nil {
		return Success
	}
	at := a.addrPort()
	if h.config.Net("", at) {
		return Success
	}
	for _, name := range h.resolved.of(at.Addr()) {
		if h.config.Net(name, at) {
			return Success
		}
	}
	return EACCES
}

// permitPath is permit for a UNIX socket, whose path begins where those of the host do.
func (h *Host) permitPath(a *address) Errno {
	path, _, _ := strings.Cut(string(a.path[:]), "\x00")
	if path == "" || len(h.closed) == 0 {
		return Success // none, or one of the names without files
	}
	return errnoOf(hostfs.NewGuard(h.closed, nil).Refuses(path))
}

// permitListen is permit for where s is, unless that was asked when it was bound:
// one without an address is given any when it listens.
func (h *Host) permitListen(s *socket) Errno {
	if h.config.Net == nil || s.bound.Load() {
		return Success
	}
	a, err := s.local()
	if err != nil {
		return errnoOf(err)
	}
	return h.permit(&a)
}

// permitResolve is ACCES if the network policy keeps the guest from asking for
// the addresses of name.
func (h *Host) permitResolve(name string) Errno {
	if h.config.Net == nil || h.config.Net(name, netip.AddrPort{}) {
		return Success
	}
	return EACCES
}
