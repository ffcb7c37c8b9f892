//go:build unix

package wasi

import (
	"sync"
	"unsafe"

	"golang.org/x/sys/unix"
)

// message is one message on its way between the guest's memory and a socket. It
// describes the buffers to the system, which copies nothing in between.
type message struct {
	fd     uintptr
	call   uintptr // SYS_RECVMSG or SYS_SENDMSG
	flags  uintptr
	header unix.Msghdr
	name   unix.RawSockaddrAny // the other side's address
	iovs   []unix.Iovec
	next   int  // the first of iovs that is not done
	whole  bool // go on until all buffers are done
	moved  int
	err    error
	try    func(fd uintptr) bool // attempt, as a value that is made once
}

var messages = sync.Pool{New: func() any {
	m := new(message)
	m.try = m.attempt
	return m
}}

// newMessage is a message without buffers, to be freed.
func newMessage() *message { return messages.Get().(*message) }

// free gives m back; it must not be used any more.
func (m *message) free() {
	clear(m.iovs) // do not keep a guest's memory alive
	*m = message{iovs: m.iovs[:0], try: m.try}
	messages.Put(m)
}

// add adds a buffer.
func (m *message) add(b []byte) {
	io := unix.Iovec{Base: unsafe.SliceData(b)}
	io.SetLen(len(b))
	m.iovs = append(m.iovs, io)
}

// receive prepares m to be received from s, with the sender's address if named.
func (m *message) receive(s *socket, flags riflags, named bool) {
	m.fd, m.call = uintptr(s.fd), unix.SYS_RECVMSG
	if flags&riflagPeek != 0 {
		m.flags |= unix.MSG_PEEK
	} else if flags&riflagWaitall != 0 {
		m.whole = s.stream && !s.nonblock.Load()
	}
	if named {
		m.header.Name = (*byte)(unsafe.Pointer(&m.name))
		m.header.Namelen = uint32(unsafe.Sizeof(m.name))
	}
}

// send prepares m to be sent over s, to an address if that is not nil. As in the
// system, all of it is sent by a call that may wait.
func (m *message) send(s *socket, to *address) {
	m.fd, m.call, m.flags = uintptr(s.fd), unix.SYS_SENDMSG, sendFlags
	m.whole = s.stream && !s.nonblock.Load()
	if to != nil {
		m.name, m.header.Namelen = to.encode()
		m.header.Name = (*byte)(unsafe.Pointer(&m.name))
	}
}

// attempt moves what can be moved without waiting, and reports whether m is done.
func (m *message) attempt(uintptr) bool {
	for {
		m.header.Iov = nil
		if left := m.iovs[m.next:]; len(left) > 0 {
			m.header.Iov = &left[0]
		}
		m.header.SetIovlen(len(m.iovs) - m.next)
		r, _, e := unix.Syscall(m.call, m.fd, uintptr(unsafe.Pointer(&m.header)), m.flags)
		switch e {
		case 0:
		case unix.EINTR:
			continue
		case unix.EAGAIN:
			return false
		default:
			m.err = e
			return true
		}
		m.moved += int(r)
		if !m.whole || r == 0 || m.advance(int(r)) {
			return true
		}
	}
}

// advance takes n bytes off the buffers that are left and reports whether none is.
func (m *message) advance(n int) bool {
	for ; m.next < len(m.iovs); m.next++ {
		io := &m.iovs[m.next]
		if rest := int(io.Len) - n; rest > 0 {
			io.Base = (*byte)(unsafe.Add(unsafe.Pointer(io.Base), n))
			io.SetLen(rest)
			return false
		}
		n -= int(io.Len)
	}
	return true
}

// exchange moves m, waiting as long as it takes if the guest wants that, and
// tells how many bytes were moved. What fails after some were is told by the next
// call.
func (h *Host) exchange(s *socket, m *message) (int, Errno) {
	if !m.attempt(0) {
		errno := EAGAIN
		if !s.nonblock.Load() {
			d := toRead
			if m.call == unix.SYS_SENDMSG {
				d = toWrite
			}
			errno = h.block(s, d, m.try)
		}
		if errno != Success && m.moved == 0 {
			return 0, errno
		}
	}
	if m.err != nil && m.moved == 0 {
		return 0, errnoOf(m.err)
	}
	return m.moved, Success
}

// sender is where a message that was received comes from.
func (m *message) sender() address { return decodeAddress(&m.name) }

// roflags are the flags of a message that was received.
func (m *message) roflags() uint16 {
	if m.header.Flags&unix.MSG_TRUNC != 0 {
		return roflagTruncated
	}
	return 0
}
