package hostfs

import (
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

// sysVector is where the system finds the buffers of a vector.
type sysVector []unix.Iovec

// iovecs describes v's buffers to the system.
func (v *Vector) iovecs() (first, count uintptr) {
	v.sys = v.sys[:0]
	for _, b := range v.Bufs {
		if len(b) == 0 {
			continue
		}
		io := unix.Iovec{Base: &b[0]}
		io.SetLen(len(b))
		v.sys = append(v.sys, io)
	}
	return uintptr(unsafe.Pointer(unsafe.SliceData(v.sys))), uintptr(len(v.sys))
}

// vectored makes one of the system calls for vectors. v is in use until it returns,
// and keeps the buffers that the system reaches through numbers alive.
func (f handle) vectored(call uintptr, v *Vector, offset int64, flags uintptr) (int, error) {
	defer func() { clear(v.sys) }()
	base, n := v.iovecs()
	for {
		// The system takes the offset's halves; where a word holds all of it,
		// it does not look at the second.
		r, _, e := unix.Syscall6(call, uintptr(f), base, n, uintptr(offset), uintptr(uint64(offset)>>32), flags)
		switch e {
		case 0:
			return int(r), nil
		case unix.EINTR:
		default:
			return 0, e
		}
	}
}

func (f handle) ReadVector(v *Vector) (int, error)  { return f.vectored(unix.SYS_READV, v, 0, 0) }
func (f handle) WriteVector(v *Vector) (int, error) { return f.vectored(unix.SYS_WRITEV, v, 0, 0) }

func (f handle) ReadVectorAt(v *Vector, offset int64) (int, error) {
	return f.vectored(unix.SYS_PREADV, v, offset, 0)
}

func (f handle) WriteVectorAt(v *Vector, offset int64) (int, error) {
	return f.vectored(unix.SYS_PWRITEV, v, offset, 0)
}

func (f handle) Datasync() error { return again(func() error { return unix.Fdatasync(int(f)) }) }

func (f handle) Advise(offset, n int64, a Advice) error {
	sys := [...]int{
		AdviceNormal:     unix.FADV_NORMAL,
		AdviceSequential: unix.FADV_SEQUENTIAL,
		AdviceRandom:     unix.FADV_RANDOM,
		AdviceWillNeed:   unix.FADV_WILLNEED,
		AdviceDontNeed:   unix.FADV_DONTNEED,
		AdviceNoReuse:    unix.FADV_NOREUSE,
	}
	return unix.Fadvise(int(f), offset, n, sys[a])
}

// Allocate gives the file's range space. Where the file system cannot, the file
// is only made to reach to the end of the range.
func (f handle) Allocate(offset, n int64) error {
	err := again(func() error { return unix.Fallocate(int(f), 0, offset, n) })
	if err != unix.EOPNOTSUPP {
		return err
	}
	return f.reach(offset + n)
}

// SetTimes sets the file's times.
func (f handle) SetTimes(t Times) error {
	ts := t.timespecs()
	_, _, e := unix.Syscall6(unix.SYS_UTIMENSAT, uintptr(f), 0, uintptr(unsafe.Pointer(&ts)), 0, 0, 0)
	if e != 0 {
		return e
	}
	return nil
}

func (t Times) timespecs() [2]unix.Timespec {
	return [2]unix.Timespec{t.Access.timespec(), t.Modify.timespec()}
}

func (t Time) timespec() unix.Timespec {
	switch {
	case !t.Set:
		return unix.Timespec{Nsec: unix.UTIME_OMIT}
	case t.Now:
		return unix.Timespec{Nsec: unix.UTIME_NOW}
	}
	var ts unix.Timespec
	splitTime(t.At, &ts.Sec, &ts.Nsec)
	return ts
}

// setTimesAt sets the times of what name in the directory is, a symbolic link itself.
func setTimesAt(dir int, name string, t Times) error {
	ts := t.timespecs()
	return unix.UtimesNanoAt(dir, name, ts[:], unix.AT_SYMLINK_NOFOLLOW)
}

// splitTime sets sec and nsec, which are as wide as the processor has them, to a time.
func splitTime[T int32 | int64](ns uint64, sec, nsec *T) { *sec, *nsec = T(ns/1e9), T(ns%1e9) }

// TryNow moves the buffers of a pipe or socket without waiting, whatever flags its
// description has, which other processes may share: AGAIN if it would have to
// wait, NOTSUP where the system cannot be asked for that.
func (f *file) TryNow(write bool, v *Vector) (int, error) {
	if f.kind == KindCharacterDevice {
		return 0, syscall.ENOTSUP // terminals wait all the same
	}
	call := uintptr(unix.SYS_PREADV2)
	if write {
		call = unix.SYS_PWRITEV2
	}
	n, err := f.vectored(call, v, -1, unix.RWF_NOWAIT) // at the file's own offset
	switch err {
	case unix.EOPNOTSUPP, unix.ENOSYS, unix.EINVAL, unix.ESPIPE:
		return 0, syscall.ENOTSUP // older kernels, and some files
	}
	return n, err
}

// Terminal reports whether f is a terminal.
func (f handle) Terminal() bool {
	_, err := unix.IoctlGetTermios(int(f), unix.TCGETS)
	return err == nil
}
