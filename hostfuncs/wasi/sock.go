package wasi

// socketFunctions lists the socket functions.
func socketFunctions() []function {
	return []function{
		fn2("sock_accept", "fd result.fd", (*Host).sockAccept),
		fn3("sock_accept_v2", "fd flags result.fd", (*Host).sockAcceptV2),
		fn6("sock_recv", "fd ri_data ri_data_len ri_flags result.ro_datalen ro_flags", (*Host).sockRecv),
		fn5("sock_send", "fd si_data si_data_len si_flags result.so_datalen", (*Host).sockSend),
		fn2("sock_shutdown", "fd how", (*Host).sockShutdown),
	}
}

func (h *Host) sockAccept(_ memory, fd fdnum, _ ptr) Errno { return h.noSocket(fd) }

func (h *Host) sockAcceptV2(_ memory, fd fdnum, _ fdflags, _ ptr) Errno { return h.noSocket(fd) }

func (h *Host) sockRecv(_ memory, fd fdnum, _ ptr, _ size, _ uint32, _, _ ptr) Errno {
	return h.noSocket(fd)
}

func (h *Host) sockSend(_ memory, fd fdnum, _ ptr, _ size, _ uint32, _ ptr) Errno {
	return h.noSocket(fd)
}

func (h *Host) sockShutdown(_ memory, fd fdnum, _ uint32) Errno { return h.noSocket(fd) }

// noSocket is what a descriptor that cannot be a socket gives.
func (h *Host) noSocket(fd fdnum) Errno {
	d, errno := h.table.get(fd)
	if errno != Success {
		return errno
	}
	d.release()
	return ENOTSOCK
}
