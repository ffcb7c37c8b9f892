package wasi

import (
	"github.com/wazedge/wazedge/hostfuncs/abi"
	"github.com/wazedge/wazedge/hostfuncs/hostfs"
)

// filestatSize is the size of the structure filestat: dev u64 at 0, ino u64 at
// 8, type u8 at 16, nlink u64 at 24, size u64 at 32, atim u64 at 40, mtim u64 at
// 48, ctim u64 at 56.
const filestatSize = 64

func putStat(out []byte, s *hostfs.Stat) {
	abi.Put64(out, s.Dev)
	abi.Put64(out[8:], s.Ino)
	out[16] = byte(filetypeOf(s.Kind))
	abi.Put64(out[24:], s.Links)
	abi.Put64(out[32:], s.Size)
	abi.Put64(out[40:], s.AccessTime)
	abi.Put64(out[48:], s.ModifyTime)
	abi.Put64(out[56:], s.ChangeTime)
}

// fdFilestatGet tells a file's attributes.
//
//   - fd: a descriptor with FD_FILESTAT_GET
//   - result: place for 64 bytes
//
// Errors: what the system says.
//
// Memory: the structure filestat. What lies between its parts is left alone.
//
//	0:  device u64
//	8:  inode u64
//	16: type u8
//	24: number of links u64
//	32: size u64
//	40: time of access u64, 48: of modification, 56: of change, in nanoseconds since 1970
func (h *Host) fdFilestatGet(m memory, fd fdnum, result ptr64) Errno {
	out, ok := m.Bytes(ptr(result), filestatSize)
	if !ok {
		return EFAULT
	}
	s, errno := h.statFd(fd)
	if errno == Success {
		putStat(out, &s)
	}
	return errno
}

// statFd is the attributes of descriptor fd's file. Of a standard stream only
// the type is told, so that nothing is learnt about the host.
func (h *Host) statFd(fd fdnum) (hostfs.Stat, Errno) {
	d, errno := h.open(fd, RightFdFilestatGet)
	if errno != Success {
		return hostfs.Stat{}, errno
	}
	defer d.Release()
	if d.stdio {
		return hostfs.Stat{Kind: d.kind}, Success
	}
	s, err := d.file.Stat()
	return s, errnoOf(err)
}

// pathFilestatGet tells the attributes of the file at a path.
//
//   - fd: a directory with PATH_FILESTAT_GET
//   - flags: 1 follows a symbolic link at the end
//   - path, n: a path of n bytes beneath fd
//   - result: place for 64 bytes
//
// Errors: INVAL for other flags, before the place is looked at; NOENT; ACCES.
//
// Memory: as fdFilestatGet.
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
		putStat(out, &s)
	}
	return errno
}

// statPath is the attributes of the file at a path.
func (h *Host) statPath(m memory, fd fdnum, flags lookupflags, path ptr, n size) (hostfs.Stat, Errno) {
	name, errno := h.pathAt(m, path, n)
	if errno != Success {
		return hostfs.Stat{}, errno
	}
	var s hostfs.Stat
	errno = h.withPath(fd, RightPathFilestatGet, name, func(dir hostfs.Directory) (err error) {
		s, err = dir.StatAt(name, flags&lookupSymlinkFollow != 0)
		return err
	})
	return s, errno
}

// timesOf checks the flags of a set_times call. A time cannot be set to a value
// and to now at once.
func timesOf(atim, mtim uint64, flags fstflags) (hostfs.Times, Errno) {
	const both = fstflagAtim | fstflagAtimNow
	if flags&^fstflagsAll != 0 || flags&both == both || flags>>2&both == both {
		return hostfs.Times{}, EINVAL
	}
	spec := func(at uint64, flags fstflags) hostfs.Time {
		return hostfs.Time{Set: flags&both != 0, Now: flags&fstflagAtimNow != 0, At: at}
	}
	return hostfs.Times{Access: spec(atim, flags), Modify: spec(mtim, flags>>2)}, Success
}

// fdFilestatSetTimes sets a file's access and modification times.
//
//   - fd: a descriptor with FD_FILESTAT_SET_TIMES
//   - atim, mtim: nanoseconds since 1970
//   - flags: 1 set the time of access to atim, 2 to now; 4 that of modification to mtim, 8
//     to now
//
// Errors: INVAL for other flags and for both ways of one time, before fd is looked at.
//
// Memory: nothing.
func (h *Host) fdFilestatSetTimes(_ memory, fd fdnum, atim, mtim uint64, flags fstflags) Errno {
	t, errno := timesOf(atim, mtim, flags)
	if errno != Success {
		return errno
	}
	return h.with(fd, RightFdFilestatSetTimes, func(f hostfs.File) error { return f.SetTimes(t) })
}

// pathFilestatSetTimes sets the access and modification times of the file at a path.
//
//   - fd: a directory with PATH_FILESTAT_SET_TIMES
//   - flags: 1 follows a symbolic link at the end
//   - path, n: a path of n bytes beneath fd
//   - atim, mtim, fst: as of fdFilestatSetTimes
//
// Errors: INVAL for other flags, before the path is looked at; NOENT; ACCES.
//
// Memory: nothing.
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
	return h.withPath(fd, RightPathFilestatSetTimes, name, func(dir hostfs.Directory) error {
		return dir.SetTimesAt(name, flags&lookupSymlinkFollow != 0, t)
	})
}
