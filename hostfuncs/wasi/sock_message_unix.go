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
	fd uintptr
	direction
	flags   uintptr
	header  unix.Msghdr
	name    sysAddress // the other side's
	iovs    []unix.Iovec
	next    int  // the first of iovs that is not done
	whole   bool // go on until all buffers are done
	moved   int
	err     error
	stopped <-chan struct{}       // ends what goes on
	try     func(fd uintptr) bool // attempt, as a value that is made once
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
	m.fd, m.direction = uintptr(s.fd), toRead
	if flags&riflagPeek != 0 {
		m.flags |= unix.MSG_PEEK
	} else if flags&riflagWaitall != 0 {
		m.whole = s.stream && !s.nonblock.Load()
	}
	if named {
		m.header.Name, m.header.Namelen = &m.name[0], uint32(len(m.name))
	}
}

// send prepares m to be sent over s, to an address if that is not nil. As in the
// system, all of it is sent by a call that may wait.
func (m *message) send(s *socket, to *address) {
	m.fd, m.direction, m.flags = uintptr(s.fd), toWrite, sendFlags
	m.whole = s.stream && !s.nonblock.Load()
	if to != nil {
		m.name, m.header.Namelen = to.encode()
		m.header.Name = &m.name[0]
	}
}

// attempt moves what can be moved without waiting, and reports whether m is done.
func (m *message) attempt(uintptr) bool {
	call := [...]uintptr{toRead: unix.SYS_RECVMSG, toWrite: unix.SYS_SENDMSG}[m.direction]
	for {
		m.header.Iov = nil
		if left := m.iovs[m.next:]; len(left) > 0 {
			m.header.Iov = &left[0]
		}
		m.header.SetIovlen(len(m.iovs) - m.next)
		r, _, e := unix.Syscall(call, m.fd, uintptr(unsafe.Pointer(&m.header)), m.flags)
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
		select {
		case <-m.stopped:
			m.err = EINTR
			return true
		default:
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

// sender is where a message that was received comes from.
func (m *message) sender() address { return m.name.decode() }

// roflags are the flags of a message that was received.
func (m *message) roflags() uint16 {
	if m.header.Flags&unix.MSG_TRUNC != 0 {
		return roflagTruncated
	}
	return 0
}
