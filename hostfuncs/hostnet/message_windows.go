package hostnet

import (
	"errors"
	"sync"
	"syscall"
	"unsafe"

	"golang.org/x/sys/windows"
)

// Message is one message on its way between the caller's memory and a socket. It
// describes the buffers to the system, which copies nothing in between.
type Message struct {
	fd windows.Handle
	Direction
	flags     uint32
	name      sysAddress // the other side's
	nameLen   int32      // 0 for none
	bufs      []windows.WSABuf
	next      int  // the first of bufs that is not done
	whole     bool // go on until all buffers are done
	truncated bool
	moved     int
	err       error
	stopped   <-chan struct{}       // ends what goes on
	try       func(fd uintptr) bool // attempt, as a value that is made once
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
	clear(m.bufs) // do not keep the caller's memory alive
	*m = Message{bufs: m.bufs[:0], try: m.try}
	messages.Put(m)
}

// Add adds a buffer.
func (m *Message) Add(b []byte) {
	m.bufs = append(m.bufs, windows.WSABuf{Len: uint32(len(b)), Buf: unsafe.SliceData(b)})
}

// Receive prepares m to be received from s: peek leaves it there for the next call,
// whole waits until all buffers are full, named asks for the sender's address.
func (m *Message) Receive(s *Socket, peek, whole, named bool) {
	m.fd, m.Direction = s.fd, ToRead
	if peek {
		m.flags = windows.MSG_PEEK
	} else if whole {
		m.whole = s.stream && !s.nonblock.Load()
	}
	if named {
		m.nameLen = int32(len(m.name))
	}
}

// send prepares m to be sent over s, to an address if that is not nil. As in the
// system, all of it is sent by a call that may wait.
func (m *Message) send(s *Socket, to *Address) {
	m.fd, m.Direction = s.fd, ToWrite
	m.whole = s.stream && !s.nonblock.Load()
	if to != nil {
		var n uint32
		m.name, n = to.encode()
		m.nameLen = int32(n)
	}
}

// attempt moves what can be moved without waiting, and reports whether m is done.
func (m *Message) attempt(uintptr) bool {
	for {
		n, err := m.exchange()
		if errors.Is(err, windows.WSAEMSGSIZE) && m.Direction == ToRead {
			m.truncated, err = true, nil
		}
		if errors.Is(err, windows.WSAEWOULDBLOCK) {
			return false
		}
		if err != nil {
			m.err = err
			return true
		}
		m.moved += int(n)
		if !m.whole || n == 0 || m.advance(n) {
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

// exchange makes one call of the system with the buffers that are left.
func (m *Message) exchange() (n uint32, err error) {
	bufs := m.bufs[m.next:]
	if len(bufs) == 0 {
		bufs = []windows.WSABuf{{}}
	}
	var name *windows.RawSockaddrAny
	if m.nameLen > 0 {
		name = (*windows.RawSockaddrAny)(unsafe.Pointer(&m.name))
	}
	if m.Direction == ToWrite {
		err = windows.WSASendTo(m.fd, &bufs[0], uint32(len(bufs)), &n, 0, name, m.nameLen, nil, nil)
		return n, err
	}
	flags, length := m.flags, m.nameLen
	if name == nil {
		err = windows.WSARecv(m.fd, &bufs[0], uint32(len(bufs)), &n, &flags, nil, nil)
	} else {
		err = windows.WSARecvFrom(m.fd, &bufs[0], uint32(len(bufs)), &n, &flags, name, &length, nil, nil)
	}
	return n, err
}

// advance takes n bytes off the buffers that are left and reports whether none is.
func (m *Message) advance(n uint32) bool {
	for ; m.next < len(m.bufs); m.next++ {
		b := &m.bufs[m.next]
		if b.Len > n {
			b.Buf = (*byte)(unsafe.Add(unsafe.Pointer(b.Buf), n))
			b.Len -= n
			return false
		}
		n -= b.Len
	}
	return true
}

// Sender is where a message that was received comes from.
func (m *Message) Sender() Address { return m.name.decode() }

// Truncated reports whether a datagram was longer than the buffers for it.
func (m *Message) Truncated() bool { return m.truncated }
