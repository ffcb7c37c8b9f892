package wasi

import (
	"math"

	"github.com/wazedge/wazedge/hostfuncs/abi"
	"github.com/wazedge/wazedge/hostfuncs/hostfs"
)

// open is the descriptor fd if it has the rights in need. The caller releases it.
func (h *Host) open(fd fdnum, need Rights) (*descriptor, Errno) {
	d, errno := h.table.get(fd)
	if errno != Success {
		return nil, errno
	}
	if errno := d.check(need); errno != Success {
		d.Release()
		return nil, errno
	}
	return d, Success
}

// with runs f, which may take long, on the file of descriptor fd if it has the
// rights in need.
func (h *Host) with(fd fdnum, need Rights, f func(hostfs.File) error) Errno {
	d, errno := h.open(fd, need)
	if errno != Success {
		return errno
	}
	defer d.Release()
	return errnoOf(h.patiently(d, func() error { return f(d.file) }))
}

// fdAdvise announces how a part of a file will be used.
//
//   - fd: a descriptor with the right FD_ADVISE
//   - offset, length: the part, in bytes; a length of 0 for all behind offset
//   - a: 0 normal, 1 sequential, 2 random, 3 needed, 4 not needed, 5 not used again
//
// Errors: INVAL for another advice, before fd is looked at, and for a part beyond 2^63-1;
// SPIPE for what has no offset.
//
// Memory: nothing.
func (h *Host) fdAdvise(_ memory, fd fdnum, offset, length uint64, a advice) Errno {
	if a > adviceNoreuse {
		return EINVAL
	}
	return h.with(fd, RightFdAdvise, func(f hostfs.File) error {
		if offset > math.MaxInt64 || length > math.MaxInt64 {
			return EINVAL
		}
		return f.Advise(int64(offset), int64(length), hostAdvice[a])
	})
}

// fdAllocate makes sure that a part of a file has space, and that the file
// reaches to its end.
//
//   - fd: a descriptor with FD_ALLOCATE
//   - offset, length: the part, in bytes
//
// Errors: INVAL for no bytes, or numbers beyond 2^63-1; FBIG if their sum is; NOSPC, and
// what else the system says.
//
// Memory: nothing.
func (h *Host) fdAllocate(_ memory, fd fdnum, offset, length uint64) Errno {
	return h.with(fd, RightFdAllocate, func(f hostfs.File) error {
		if offset > math.MaxInt64 || length > math.MaxInt64 || length == 0 {
			return EINVAL
		}
		if offset+length > math.MaxInt64 {
			return EFBIG
		}
		return f.Allocate(int64(offset), int64(length))
	})
}

// fdClose closes a descriptor, standard streams and preopened directories too.
//
//   - fd: a descriptor
//
// Errors: BADF; what the system says of closing, although fd is free then.
//
// Memory: nothing.
func (h *Host) fdClose(_ memory, fd fdnum) Errno {
	d, ok := h.table.Remove(uint32(fd))
	if !ok {
		return EBADF
	}
	return errnoOf(d.Release())
}

// fdDatasync writes a file's data to its medium.
//
//   - fd: a descriptor with FD_DATASYNC, which FD_SYNC includes
//
// Errors: INVAL for what has no medium; IO.
//
// Memory: nothing.
func (h *Host) fdDatasync(_ memory, fd fdnum) Errno {
	return h.with(fd, RightFdDatasync, hostfs.File.Datasync)
}

// fdSync writes a file's data and attributes to its medium. WasmEdge does not
// take a directory, whatever its rights.
//
//   - fd: a descriptor with FD_SYNC
//
// Errors: BADF, also for a directory; INVAL for what has no medium; IO.
//
// Memory: nothing.
func (h *Host) fdSync(_ memory, fd fdnum) Errno {
	d, errno := h.table.get(fd)
	if errno != Success {
		return errno
	}
	defer d.Release()
	if d.dir != nil {
		return EBADF
	}
	if errno := d.check(RightFdSync); errno != Success {
		return errno
	}
	return errnoOf(h.patiently(d, d.file.Sync))
}

// fdFilestatSetSize cuts a file or extends it with zeros.
//
//   - fd: a descriptor with FD_FILESTAT_SET_SIZE
//   - n: the size
//
// Errors: INVAL beyond 2^63-1, and for what is no file; FBIG.
//
// Memory: nothing.
func (h *Host) fdFilestatSetSize(_ memory, fd fdnum, n uint64) Errno {
	return h.with(fd, RightFdFilestatSetSize, func(f hostfs.File) error {
		if n > math.MaxInt64 {
			return EINVAL
		}
		return f.Truncate(int64(n))
	})
}

// fdRenumber moves a descriptor to a number that is in use, whose own
// descriptor is closed, or to that of a standard stream.
//
//   - from: a descriptor
//   - to: the number that it gets
//
// Errors: BADF, also for a free number that is no standard stream's.
//
// Memory: nothing.
func (h *Host) fdRenumber(_ memory, from, to fdnum) Errno {
	if !h.table.Renumber(uint32(from), uint32(to)) {
		return EBADF
	}
	return Success
}

// fdSeek moves a descriptor's offset and tells the new one.
//
//   - fd: a descriptor with FD_SEEK
//   - offset: i64
//   - from: 0 start, 1 present offset, 2 end
//   - result: place for the new offset, u64
//
// Errors: INVAL for another from, before the place is looked at, and for an offset before
// the start; SPIPE for what has none.
//
// Memory: the new offset.
func (h *Host) fdSeek(m memory, fd fdnum, offset int64, from whence, result ptr64) Errno {
	if from > whenceEnd {
		return EINVAL
	}
	return h.seek(m, fd, RightFdSeek, offset, from, result)
}

// fdTell tells a descriptor's offset.
//
//   - fd: a descriptor with FD_TELL, which FD_SEEK includes
//   - result: place for the offset, u64
//
// Errors: SPIPE for what has no offset.
//
// Memory: the offset.
func (h *Host) fdTell(m memory, fd fdnum, result ptr64) Errno {
	return h.seek(m, fd, RightFdTell, 0, whenceCur, result)
}

func (h *Host) seek(m memory, fd fdnum, need Rights, offset int64, from whence, result ptr64) Errno {
	out, ok := m.U64(result)
	if !ok {
		return EFAULT
	}
	d, errno := h.open(fd, need)
	if errno != Success {
		return errno
	}
	defer d.Release()
	at, err := d.seek(offset, from)
	if err != nil {
		return errnoOf(err)
	}
	abi.Put64(out, uint64(at))
	return Success
}
