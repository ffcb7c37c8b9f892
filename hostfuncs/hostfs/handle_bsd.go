//go:build darwin || freebsd || netbsd || openbsd

package hostfs

import (
	"io/fs"
	"os"
	"syscall"

	"golang.org/x/sys/unix"
)

// sysVector is not used: buffers are moved one after another.
type sysVector struct{}

func (f handle) ReadVector(v *Vector) (int, error) {
	done := 0
	for _, b := range v.Bufs {
		if done > 0 && !f.hasInput() {
			break // a second read must not wait when the first has got something
		}
		n, err := f.Read(b)
		if err != nil && done == 0 {
			return 0, err
		}
		done += max(n, 0)
		if err != nil || n < len(b) {
			break
		}
	}
	return done, nil
}

// hasInput reports whether a read would not wait.
func (f handle) hasInput() bool {
	fds := []unix.PollFd{{Fd: int32(f), Events: unix.POLLIN}}
	n, err := unix.Poll(fds, 0)
	return err == nil && n > 0
}

func (f handle) WriteVector(v *Vector) (int, error) {
	return v.each(func(b []byte, _ int) (int, error) { return f.Write(b) })
}

func (f handle) ReadVectorAt(v *Vector, offset int64) (int, error) {
	return v.each(func(b []byte, done int) (int, error) { return f.ReadAt(b, offset+int64(done)) })
}

func (f handle) WriteVectorAt(v *Vector, offset int64) (int, error) {
	return v.each(func(b []byte, done int) (int, error) { return f.WriteAt(b, offset+int64(done)) })
}

func (f handle) Datasync() error { return f.Sync() }

// Advise does nothing: the system has no such call.
func (f handle) Advise(int64, int64, Advice) error {
	_, err := f.Flags()
	return err
}

// Allocate makes the file reach to the end of the range.
func (f handle) Allocate(offset, n int64) error { return f.reach(offset + n) }

// SetTimes sets the file's times, to the microsecond.
func (f handle) SetTimes(t Times) error {
	s, err := f.Stat()
	if err != nil {
		return err
	}
	tv := make([]unix.Timeval, 2)
	for i, ns := range t.resolve(s) {
		tv[i] = unix.NsecToTimeval(ns)
	}
	return unix.Futimes(int(f), tv)
}

// setTimesAt sets the times of what name in the directory is, a symbolic link itself.
func setTimesAt(dir int, name string, t Times) error {
	var s unix.Stat_t
	if err := unix.Fstatat(dir, name, &s, unix.AT_SYMLINK_NOFOLLOW); err != nil {
		return err
	}
	ts := make([]unix.Timespec, 2)
	for i, ns := range t.resolve(statOf(&s)) {
		ts[i] = unix.NsecToTimespec(ns)
	}
	return unix.UtimesNanoAt(dir, name, ts, unix.AT_SYMLINK_NOFOLLOW)
}

// resolve is both times in nanoseconds, those that are not to be set from s.
func (t Times) resolve(s Stat) [2]int64 {
	return [2]int64{t.Access.resolve(s.AccessTime), t.Modify.resolve(s.ModifyTime)}
}

// list is the entries of the directory f, without "." and "..".
func (f handle) list() ([]fs.DirEntry, error) {
	fd, err := unix.Openat(int(f), ".", unix.O_RDONLY|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil, err
	}
	d := os.NewFile(uintptr(fd), ".")
	defer d.Close()
	return d.ReadDir(-1)
}

// inodeOf is the entry's number, or 0 if it is gone.
func inodeOf(e fs.DirEntry) uint64 {
	i, err := e.Info()
	if err != nil {
		return 0
	}
	s, ok := i.Sys().(*syscall.Stat_t)
	if !ok {
		return 0
	}
	return s.Ino
}

// TryNow is NOTSUP: the system cannot be asked not to wait but by a flag that other
// processes share.
func (f *file) TryNow(bool, *Vector) (int, error) { return 0, syscall.ENOTSUP }

// Terminal reports whether f is a terminal.
func (f handle) Terminal() bool {
	_, err := unix.IoctlGetTermios(int(f), unix.TIOCGETA)
	return err == nil
}
