package wasi

import (
	"cmp"
	"math"
)

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

// fdRead reads into a list of buffers from the descriptor's offset on.
func (h *Host) fdRead(m memory, fd fdnum, iovs ptr, n size, nread ptr) Errno {
	return h.transfer(m, reading, fd, iovs, n, 0, nread)
}

// fdWrite writes a list of buffers at the descriptor's offset, or at the end of
// the file if the descriptor appends.
func (h *Host) fdWrite(m memory, fd fdnum, iovs ptr, n size, nwritten ptr) Errno {
	return h.transfer(m, writing, fd, iovs, n, 0, nwritten)
}

// fdPread is fdRead at a given offset, which leaves the descriptor's alone.
func (h *Host) fdPread(m memory, fd fdnum, iovs ptr, n size, offset uint64, nread ptr) Errno {
	return h.transfer(m, readingAt, fd, iovs, n, offset, nread)
}

// fdPwrite is fdWrite at a given offset. Linux appends all the same if the
// descriptor appends.
func (h *Host) fdPwrite(m memory, fd fdnum, iovs ptr, n size, offset uint64, nwritten ptr) Errno {
	return h.transfer(m, writingAt, fd, iovs, n, offset, nwritten)
}

// transfer checks what the four functions have in common and moves the bytes.
func (h *Host) transfer(m memory, kind transferKind, fd fdnum, iovs ptr, n size, offset uint64, count ptr) Errno {
	list, errno := m.checkVector(iovs, n)
	if errno != Success {
		return errno
	}
	out, errno := m.u32(count)
	if errno != Success {
		return errno
	}
	var moved int
	if n == 1 {
		b, errno := m.bytes(ptr(get32(list)), size(get32(list[4:])))
		if errno != Success {
			return errno
		}
		moved, errno = h.transferOne(kind, fd, b, offset)
		if errno != Success {
			return errno
		}
	} else {
		v, errno := m.vector(list)
		if errno != Success {
			return errno
		}
		moved, errno = h.transferMany(kind, fd, v, offset)
		v.free()
		if errno != Success {
			return errno
		}
	}
	put32(out, uint32(moved))
	return Success
}

// transferOne moves one buffer.
func (h *Host) transferOne(kind transferKind, fd fdnum, b []byte, offset uint64) (int, Errno) {
	d, errno := h.table.get(fd)
	if errno != Success {
		return 0, errno
	}
	defer d.release()
	limit, errno := h.prepare(d, kind, offset, len(b))
	if errno != Success {
		return 0, errno
	}
	b = b[:limit]
	var n int
	var err error
	switch kind {
	case reading:
		n, err = d.file.read(b)
	case writing:
		n, err = d.file.write(b)
	case readingAt:
		n, err = d.file.pread(b, int64(offset))
	case writingAt:
		n, err = d.file.pwrite(b, int64(offset))
	}
	return h.finish(d, kind, n, err)
}

// transferMany moves several buffers, or none.
func (h *Host) transferMany(kind transferKind, fd fdnum, v *vector, offset uint64) (int, Errno) {
	d, errno := h.table.get(fd)
	if errno != Success {
		return 0, errno
	}
	defer d.release()
	whole := v.len()
	limit, errno := h.prepare(d, kind, offset, whole)
	if errno != Success {
		return 0, errno
	}
	if limit < whole {
		v.truncate(limit)
	}
	var n int
	var err error
	switch kind {
	case reading:
		n, err = d.file.readv(v)
	case writing:
		n, err = d.file.writev(v)
	case readingAt:
		n, err = d.file.preadv(v, int64(offset))
	case writingAt:
		n, err = d.file.pwritev(v, int64(offset))
	}
	return h.finish(d, kind, n, err)
}

// atomicPipeWrite is what can be written to a pipe or terminal that is ready
// for writing without waiting (POSIX's PIPE_BUF on Linux).
const atomicPipeWrite = 4096

// prepare checks rights and offset, waits until the descriptor is ready if a
// blocking call could not be interrupted, and says how many of n bytes to move.
func (h *Host) prepare(d *descriptor, kind transferKind, offset uint64, n int) (int, Errno) {
	if errno := d.check(transferRights[kind]); errno != Success {
		return 0, errno
	}
	if offset > math.MaxInt64 {
		return 0, EINVAL
	}
	if !kind.writes() {
		return n, h.ready(d, pollIn)
	}
	if h.config.Interruptible && d.blocks {
		n = min(n, atomicPipeWrite)
	}
	if d.stdio && h.config.MaxOutput > 0 {
		left := h.config.MaxOutput - h.written.Load()
		if left <= 0 && n > 0 {
			h.Interrupt(cmp.Or(h.config.OverOutput, ErrOutputLimit))
			return 0, EINTR
		}
		n = int(min(int64(n), left))
	}
	return n, h.ready(d, pollOut)
}

func (h *Host) finish(d *descriptor, kind transferKind, n int, err error) (int, Errno) {
	if err != nil {
		errno := errnoOf(err)
		if errno == EPIPE && d.stdio && h.config.RaisePipe {
			raise(signalPipe)
		}
		return 0, errno
	}
	if d.stdio && kind.writes() && h.config.MaxOutput > 0 {
		h.written.Add(int64(n))
	}
	return n, Success
}

// open is the descriptor fd if it has the rights in need. The caller releases it.
func (h *Host) open(fd fdnum, need Rights) (*descriptor, Errno) {
	d, errno := h.table.get(fd)
	if errno != Success {
		return nil, errno
	}
	if errno := d.check(need); errno != Success {
		d.release()
		return nil, errno
	}
	return d, Success
}

// with runs f on the file of descriptor fd if it has the rights in need.
func (h *Host) with(fd fdnum, need Rights, f func(handle) error) Errno {
	d, errno := h.open(fd, need)
	if errno != Success {
		return errno
	}
	defer d.release()
	return errnoOf(f(d.file))
}

// fdAdvise announces how a part of a file will be used.
func (h *Host) fdAdvise(_ memory, fd fdnum, offset, length uint64, a advice) Errno {
	if a > adviceNoreuse {
		return EINVAL
	}
	return h.with(fd, RightFdAdvise, func(f handle) error {
		if offset > math.MaxInt64 || length > math.MaxInt64 {
			return EINVAL
		}
		return f.advise(int64(offset), int64(length), a)
	})
}

// fdAllocate makes sure that a part of a file has space, and that the file
// reaches to its end.
func (h *Host) fdAllocate(_ memory, fd fdnum, offset, length uint64) Errno {
	return h.with(fd, RightFdAllocate, func(f handle) error {
		if offset > math.MaxInt64 || length > math.MaxInt64 || length == 0 {
			return EINVAL
		}
		if offset+length > math.MaxInt64 {
			return EFBIG
		}
		return f.allocate(int64(offset), int64(length))
	})
}

// fdClose closes a descriptor, standard streams and preopened directories too.
func (h *Host) fdClose(_ memory, fd fdnum) Errno {
	d, errno := h.table.remove(fd)
	if errno != Success {
		return errno
	}
	return errnoOf(d.release())
}

// fdDatasync writes a file's data to its medium.
func (h *Host) fdDatasync(_ memory, fd fdnum) Errno {
	return h.with(fd, RightFdDatasync, handle.datasync)
}

// fdSync writes a file's data and attributes to its medium.
func (h *Host) fdSync(_ memory, fd fdnum) Errno { return h.with(fd, RightFdSync, handle.sync) }

// fdFilestatSetSize cuts a file or extends it with zeros.
func (h *Host) fdFilestatSetSize(_ memory, fd fdnum, n uint64) Errno {
	return h.with(fd, RightFdFilestatSetSize, func(f handle) error {
		if n > math.MaxInt64 {
			return EINVAL
		}
		return f.truncate(int64(n))
	})
}

// fdRenumber moves a descriptor to a number that is in use, whose own
// descriptor is closed.
func (h *Host) fdRenumber(_ memory, from, to fdnum) Errno {
	old, errno := h.table.renumber(from, to)
	if old != nil {
		old.release() // POSIX's dup2 does not tell of errors here either
	}
	return errno
}

// fdSeek moves a descriptor's offset and tells the new one.
func (h *Host) fdSeek(m memory, fd fdnum, offset int64, from whence, result ptr) Errno {
	if from > whenceEnd {
		return EINVAL
	}
	return h.seek(m, fd, RightFdSeek, offset, from, result)
}

// fdTell tells a descriptor's offset.
func (h *Host) fdTell(m memory, fd fdnum, result ptr) Errno {
	return h.seek(m, fd, RightFdTell, 0, whenceCur, result)
}

func (h *Host) seek(m memory, fd fdnum, need Rights, offset int64, from whence, result ptr) Errno {
	out, errno := m.u64(result)
	if errno != Success {
		return errno
	}
	d, errno := h.open(fd, need)
	if errno != Success {
		return errno
	}
	defer d.release()
	if d.kind == filetypeDirectory {
		// The offset of a directory is the listing's, and not the guest's.
		return EBADF
	}
	at, err := d.file.seek(offset, from)
	if err != nil {
		return errnoOf(err)
	}
	put64(out, uint64(at))
	return Success
}
