//go:build unix

package hostnet

import (
	"sync"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

// Message is one message on its way between the caller's memory and a socket. It
// describes the buffers to the system, which copies nothing in between.
type Message struct {
	fd uintptr
	Direction
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
	m := new(Message)
	m.try = m.attempt
	return m
}}

// NewMessage is a message without buffers, to be freed.
func NewMessage() *Message { return messages.Get().(*Message) }

// Free gives m back; it must not be used any more.
func (m *Message) Free() {
	clear(m.iovs) // do not keep the caller's memory alive
	*m = Message{iovs: m.iovs[:0], try: m.try}
	messages.Put(m)
}

// Add adds a buffer.
func (m *Message) Add(b []byte) {
	io := unix.Iovec{Base: unsafe.SliceData(b)}
	io.SetLen(len(b))
	m.iovs = append(m.iovs, io)
}

// Receive prepares m to be received from s: peek leaves it there for the next call,
// whole waits until all buffers are full, named asks for the sender's address.
func (m *Message) Receive(s *Socket, peek, whole, named bool) {
	m.fd, m.Direction = uintptr(s.fd), ToRead
	if peek {
		m.flags |= unix.MSG_PEEK
	} else if whole {
		m.whole = s.stream && !s.nonblock.Load()
	}
	if named {
		m.header.Name, m.header.Namelen = &m.name[0], uint32(len(m.name))
	}
}

// send prepares m to be sent over s, to an address if that is not nil. As in the
// system, all of it is sent by a call that may wait.
func (m *Message) send(s *Socket, to *Address) {
	m.fd, m.Direction, m.flags = uintptr(s.fd), ToWrite, sendFlags
	m.whole = s.stream && !s.nonblock.Load()
	if to != nil {
		m.name, m.header.Namelen = to.encode()
		m.header.Name = &m.name[0]
	}
}

// attempt moves what can be moved without waiting, and reports whether m is done.
func (m *Message) attempt(uintptr) bool {
	call := [...]uintptr{ToRead: unix.SYS_RECVMSG, ToWrite: unix.SYS_SENDMSG}[m.Direction]
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
			m.err = syscall.EINTR
			return true
		default:
		}
	}
}

// advance takes n bytes off the buffers that are left and reports whether none is.
func (m *Message) advance(n int) bool {
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

// Sender is where a message that was received comes from.
func (m *Message) Sender() Address { return m.name.decode() }

// Truncated reports whether a datagram was longer than the buffers for it.
func (m *Message) Truncated() bool { return m.header.Flags&unix.MSG_TRUNC != 0 }
