package wasi

import (
	"cmp"
	"errors"
	"math"

	"github.com/wazedge/wazedge/hostfuncs/abi"
	"github.com/wazedge/wazedge/hostfuncs/hostfs"
)

// ErrOutputLimit ends a guest that writes more than [Config.MaxOutput] bytes to
// its standard output and error.
var ErrOutputLimit = errors.New("output limit exceeded")

// transferKind is one of the four ways to move bytes.
type transferKind uint8

const (
	reading transferKind = iota
	writing
	readingAt
	writingAt
)

// transferRights are the rights each kind needs.
var transferRights = [...]Rights{
	reading:   RightFdRead,
	writing:   RightFdWrite,
	readingAt: RightFdRead | RightFdSeek,
	writingAt: RightFdWrite | RightFdSeek,
}

func (k transferKind) writes() bool { return k&1 != 0 }

// buffers is the way that the bytes of the guest's buffers go.
func (k transferKind) buffers() abi.Direction {
	if k.writes() {
		return abi.FromGuest
	}
	return abi.ToGuest
}

// fdRead reads into a list of buffers from the descriptor's offset on.
//
//   - fd: a descriptor with FD_READ
//   - iovs, n: a list of up to 1,024 buffers: address u32 and length u32 each
//   - nread: place for the number of bytes, u32
//
// Errors: INVAL for a longer list; FAULT for a buffer outside of memory, before fd is
// looked at; ISDIR; AGAIN for a descriptor that does not block, and INTR.
//
// Memory: the bytes, one buffer after another, and how many they are: less than there is
// room for at the end of a file, 0 behind it, and whenever a pipe or a socket has no more.
func (h *Host) fdRead(m memory, fd fdnum, iovs ptr32, n size, nread ptr32) Errno {
	return h.transfer(m, reading, fd, iovs, n, 0, nread)
}

// fdWrite writes a list of buffers at the descriptor's offset, or at the end of
// the file if the descriptor appends.
//
//   - fd: a descriptor with FD_WRITE
//   - iovs, n: a list of buffers, as of fdRead
//   - nwritten: place for the number of bytes, u32
//
// Errors: as fdRead; PIPE where nobody reads any more; FBIG, NOSPC, DQUOT.
//
// Memory: how many bytes have been written: all, unless the descriptor does not block or an
// error came between, which the next call tells.
func (h *Host) fdWrite(m memory, fd fdnum, iovs ptr32, n size, nwritten ptr32) Errno {
	return h.transfer(m, writing, fd, iovs, n, 0, nwritten)
}

// fdPread is fdRead at a given offset, which leaves the descriptor's alone.
//
//   - fd: a descriptor with FD_READ and FD_SEEK
//   - iovs, n, nread: as of fdRead
//   - offset: where to read
//
// Errors: as fdRead; INVAL for an offset beyond 2^63-1; SPIPE for what has no offset.
//
// Memory: as fdRead.
func (h *Host) fdPread(m memory, fd fdnum, iovs ptr32, n size, offset uint64, nread ptr32) Errno {
	return h.transfer(m, readingAt, fd, iovs, n, offset, nread)
}

// fdPwrite is fdWrite at a given offset. Linux appends all the same if the
// descriptor appends.
//
//   - fd: a descriptor with FD_WRITE and FD_SEEK
//   - iovs, n, nwritten: as of fdWrite
//   - offset: where to write
//
// Errors: as fdWrite; INVAL for an offset beyond 2^63-1; SPIPE for what has no offset.
//
// Memory: as fdWrite.
func (h *Host) fdPwrite(m memory, fd fdnum, iovs ptr32, n size, offset uint64, nwritten ptr32) Errno {
	return h.transfer(m, writingAt, fd, iovs, n, offset, nwritten)
}

// transfer checks what the four functions have in common and moves the bytes.
func (h *Host) transfer(m memory, kind transferKind, fd fdnum, iovs ptr32, n size, offset uint64, count ptr32) Errno {
	list, errno := checkVector(m, iovs, n)
	if errno != Success {
		return errno
	}
	out, ok := m.U32(count)
	if !ok {
		return EFAULT
	}
	d, errno := h.table.get(fd)
	if errno == Success {
		defer d.Release()
	}
	var moved int
	if n == 1 {
		b, ok := m.Buffer(kind.buffers(), ptr(abi.Get32(list)), size(abi.Get32(list[4:])))
		if !ok {
			return EFAULT
		}
		if errno == Success {
			moved, errno = h.transferOne(kind, d, b, offset)
		}
	} else {
		v, fault := vectorOf(m, kind.buffers(), list)
		if fault != Success {
			return fault
		}
		if errno == Success {
			moved, errno = h.transferMany(kind, d, v, offset)
		}
		v.Free()
	}
	if errno != Success {
		m.Moved(0, 0)
		return errno
	}
	m.Moved(moved, d.stream)
	abi.Put32(out, uint32(moved))
	return Success
}

// transferOne moves one buffer.
func (h *Host) transferOne(kind transferKind, d *descriptor, b []byte, offset uint64) (int, Errno) {
	if d.sock != nil {
		one := [1][]byte{b}
		return h.transferSocket(d, kind, one[:])
	}
	limit, errno := h.prepare(d, kind, offset, len(b))
	if errno != Success {
		return 0, errno
	}
	return h.finish(d, kind, len(b), h.moveOne(d, kind, b[:limit], int64(offset)))
}

// transferMany moves several buffers, or none.
func (h *Host) transferMany(kind transferKind, d *descriptor, v *hostfs.Vector, offset uint64) (int, Errno) {
	if d.sock != nil {
		return h.transferSocket(d, kind, v.Bufs)
	}
	whole := v.Len()
	limit, errno := h.prepare(d, kind, offset, whole)
	if errno != Success {
		return 0, errno
	}
	if limit < whole {
		v.Truncate(limit)
	}
	return h.finish(d, kind, whole, h.moveMany(d, kind, v, int64(offset)))
}

// prepare checks rights and offset, and says how many of n bytes to move.
func (h *Host) prepare(d *descriptor, kind transferKind, offset uint64, n int) (int, Errno) {
	if errno := d.check(transferRights[kind]); errno != Success {
		return 0, errno
	}
	if offset > math.MaxInt64 {
		return 0, EINVAL
	}
	if kind.writes() && d.stdio && h.config.MaxOutput > 0 {
		left := h.config.MaxOutput - h.written.Load()
		if left <= 0 && n > 0 {
			h.overOutput()
			return 0, EINTR
		}
		n = int(min(int64(n), left))
	}
	return n, Success
}

// moved is what came of moving bytes: how many, and an error, which counts for the
// guest only if there were none before it.
type moved struct {
	n   int
	err error
}

// overOutput ends the guest for what it has written, or wants to.
func (h *Host) overOutput() { h.guest.Interrupt(cmp.Or(h.config.OverOutput, ErrOutputLimit)) }

// finish is what the guest is told of m, when it has asked for n bytes. One that has been given less
// than that by its limit of output may not ask again, and is ended here.
func (h *Host) finish(d *descriptor, kind transferKind, n int, m moved) (int, Errno) {
	errno := errnoOf(m.err)
	if errno == EPIPE && d.stdio && h.config.RaisePipe {
		raise(signalPipe)
	}
	if m.n == 0 && errno != Success {
		return 0, errno
	}
	if d.stdio && kind.writes() && h.config.MaxOutput > 0 {
		if h.written.Add(int64(m.n)) >= h.config.MaxOutput && m.n < n {
			h.overOutput()
		}
	}
	return m.n, Success
}
