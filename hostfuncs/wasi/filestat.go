package wasi

import "github.com/wazedge/wazedge/hostfuncs/abi"

// filestatSize is the size of the structure filestat: dev u64 at 0, ino u64 at
// 8, type u8 at 16, nlink u64 at 24, size u64 at 32, atim u64 at 40, mtim u64 at
// 48, ctim u64 at 56.
const filestatSize = 64

func (s *filestat) put(out []byte) {
	abi.Put64(out, s.dev)
	abi.Put64(out[8:], s.ino)
	out[16] = byte(s.kind)
	abi.Put64(out[24:], s.nlink)
	abi.Put64(out[32:], s.size)
	abi.Put64(out[40:], s.atim)
	abi.Put64(out[48:], s.mtim)
	abi.Put64(out[56:], s.ctim)
}

// fdFilestatGet tells a file's attributes.
func (h *Host) fdFilestatGet(m memory, fd fdnum, result ptr64) Errno {
	out, ok := m.Bytes(ptr(result), filestatSize)
	if !ok {
		return EFAULT
	}
	s, errno := h.statFd(fd)
	if errno == Success {
		s.put(out)
	}
	return errno
}

// statFd is the attributes of descriptor fd's file. Of a standard stream only
// the type is told, so that nothing is learnt about the host.
func (h *Host) statFd(fd fdnum) (filestat, Errno) {
	d, errno := h.open(fd, RightFdFilestatGet)
	if errno != Success {
		return filestat{}, errno
	}
	defer d.Release()
	if d.stdio {
		return filestat{kind: d.kind}, Success
	}
	s, err := d.file.stat()
	return s, errnoOf(err)
}

// pathFilestatGet tells the attributes of the file at a path.
func (h *Host) pathFilestatGet(m memory, fd fdnum, flags lookupflags, path ptr, n size, result ptr64) Errno {
	if flags&^lookupSymlinkFollow != 0 {
		return EINVAL
	}
	out, ok := m.Bytes(ptr(result), filestatSize)
	if !ok {
		return EFAULT
	}
	s, errno := h.statPath(m, fd, flags, path, n)
	if errno == Success {
		s.put(out)
	}
	return errno
}

// statPath is the attributes of the file at a path.
func (h *Host) statPath(m memory, fd fdnum, flags lookupflags, path ptr, n size) (filestat, Errno) {
	name, errno := h.pathAt(m, path, n)
	if errno != Success {
		return filestat{}, errno
	}
	var s filestat
	errno = h.withPath(fd, RightPathFilestatGet, name, func(dir base) (err error) {
		s, err = statBeneath(dir, name, flags&lookupSymlinkFollow != 0)
		return err
	})
	return s, errno
}

// fileTimes are the times to set. Each is in nanoseconds since 1970, or one of
// the two values below.
type fileTimes struct{ atim, mtim timeSpec }

// timeSpec is one of them.
type timeSpec struct {
	set, now bool
	at       uint64
}

// timesOf checks the flags of a set_times call. A time cannot be set to a value
// and to now at once.
func timesOf(atim, mtim uint64, flags fstflags) (fileTimes, Errno) {
	const both = fstflagAtim | fstflagAtimNow
	if flags&^fstflagsAll != 0 || flags&both == both || flags>>2&both == both {
		return fileTimes{}, EINVAL
	}
	spec := func(at uint64, flags fstflags) timeSpec {
		return timeSpec{set: flags&both != 0, now: flags&fstflagAtimNow != 0, at: at}
	}
	return fileTimes{spec(atim, flags), spec(mtim, flags>>2)}, Success
}

// fdFilestatSetTimes sets a file's access and modification times.
func (h *Host) fdFilestatSetTimes(_ memory, fd fdnum, atim, mtim uint64, flags fstflags) Errno {
	t, errno := timesOf(atim, mtim, flags)
	if errno != Success {
		return errno
	}
	return h.with(fd, RightFdFilestatSetTimes, func(f handle) error { return f.setTimes(t) })
}

// pathFilestatSetTimes sets the access and modification times of the file at a path.
func (h *Host) pathFilestatSetTimes(m memory, fd fdnum, flags lookupflags, path ptr, n size, atim, mtim uint64, fst fstflags) Errno {
	if flags&^lookupSymlinkFollow != 0 {
		return EINVAL
	}
	t, errno := timesOf(atim, mtim, fst)
	if errno != Success {
		return errno
	}
	name, errno := h.pathAt(m, path, n)
	if errno != Success {
		return errno
	}
	return h.withPath(fd, RightPathFilestatSetTimes, name, func(dir base) error {
		return setTimesBeneath(dir, name, flags&lookupSymlinkFollow != 0, t)
	})
}
