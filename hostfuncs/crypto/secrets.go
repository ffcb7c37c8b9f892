package crypto

import "github.com/wazedge/wazedge/hostfuncs/abi"

// manager is a secrets_manager: a way to the vault of the host.
type manager struct{ counted }

func (*manager) kind() kind { return managerKind }

// secretsManagerOpen is secrets_manager_open. No option means anything to it.
func (h *Host) secretsManagerOpen(m abi.Memory, opt abi.Ptr, handle abi.Ptr32) Errno {
	o, e := optionalObject[*options](h, m, opt)
	if e != success {
		return e
	}
	o.drop()
	at, e := place(m, handle)
	if e != success {
		return e
	}
	s := &manager{}
	s.own(h, nil)
	return h.add(s, at)
}

// managing calls f if handle n is for a secrets manager.
func (h *Host) managing(n uint32, f func() Errno) Errno {
	return with(h, n, func(*manager) Errno { return f() })
}

// identifierAt is the identifier of n bytes at p. Others than the host gives name nothing.
func identifierAt(m abi.Memory, p abi.Ptr, n abi.Size) (id identifier, e Errno) {
	b, ok := m.Bytes(p, n)
	switch {
	case !ok:
		return id, badAddress
	case len(b) != len(id):
		return id, notFound
	}
	return identifier(b), success
}

// identifierRoom is where an identifier goes that is a result.
func identifierRoom(m abi.Memory, p abi.Ptr, n abi.Size) ([]byte, Errno) {
	b, ok := m.Bytes(p, n)
	switch {
	case !ok:
		return nil, badAddress
	case len(b) < identifierSize:
		return nil, overflow
	}
	return b, success
}

// secretsManagerInvalidate is secrets_manager_invalidate.
func (h *Host) secretsManagerInvalidate(m abi.Memory, n uint32, p abi.Ptr, length abi.Size, version uint64) Errno {
	return h.managing(n, func() Errno {
		id, e := identifierAt(m, p, length)
		if e != success {
			return e
		}
		return h.invalidate(id, version)
	})
}
