package hostfs

import (
	"sync"
	"syscall"

	"golang.org/x/sys/unix"
)

// pathOnly opens a directory as a place to resolve names from, which needs no
// permission to read it.
const pathOnly = unix.O_PATH

// resolveBeneath makes the kernel refuse, with EXDEV, every path that leaves the
// directory it starts from, even for a moment, and links of /proc that lead to
// open files rather than to paths.
const resolveBeneath = unix.RESOLVE_BENEATH | unix.RESOLVE_NO_MAGICLINKS

// hasOpenat2 reports whether the kernel has openat2 (5.6) and nothing, such as a
// filter of system calls, keeps it from this process.
var hasOpenat2 = sync.OnceValue(func() bool {
	fd, err := unix.Openat2(unix.AT_FDCWD, ".", &unix.OpenHow{Flags: unix.O_PATH | unix.O_CLOEXEC, Resolve: resolveBeneath})
	if err != nil {
		return false
	}
	unix.Close(fd)
	return true
})

// openat2Tries is how often to repeat an openat2 that the kernel gave up because
// something was renamed meanwhile and it could not be sure to be still beneath.
const openat2Tries = 64

// openat2 opens path beneath dir. ok is false if the kernel was not sure each
// time, or does not tell which of two things is wrong; the caller then walks.
func openat2(dir int, path string, flags int, mode uint64) (fd int, ok bool, err error) {
	how := unix.OpenHow{Flags: uint64(flags), Mode: mode, Resolve: resolveBeneath}
	for range openat2Tries {
		fd, err = unix.Openat2(dir, path, &how)
		switch err {
		case unix.EINTR:
		case unix.EAGAIN:
			if flags&unix.O_NONBLOCK != 0 && flags&unix.O_ACCMODE != unix.O_RDONLY {
				return -1, true, err // may as well be the file's own answer
			}
		case unix.EXDEV:
			return -1, true, syscall.EPERM
		case unix.ELOOP:
			if flags&unix.O_NOFOLLOW == 0 {
				return -1, false, nil // too many links, or one of /proc's own
			}
			return -1, true, err
		default:
			return fd, true, err
		}
	}
	return -1, false, nil
}

// openDirectory opens the directory at path as a place to resolve names from.
func (d *directory) openDirectory(path string) (int, error) {
	if !d.Walk && hasOpenat2() {
		fd, ok, err := openat2(int(d.handle), path, pathOnly|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
		if ok {
			return fd, err
		}
	}
	return walkDirectory(int(d.handle), path)
}

// openFile opens the file at path.
func (d *directory) openFile(path string, flags int, follow bool) (handle, error) {
	if flags&(unix.O_CREAT|unix.O_DIRECTORY) == unix.O_CREAT|unix.O_DIRECTORY {
		return 0, syscall.EINVAL // as newer kernels say; older ones make a file
	}
	if !d.Walk && d.Guard == nil && hasOpenat2() {
		sys, mode := flags, uint64(0)
		if !follow {
			sys |= unix.O_NOFOLLOW
		}
		if flags&unix.O_CREAT != 0 {
			mode = 0o644
		}
		if flags&pathOnly != 0 {
			sys &= pathOnly | unix.O_DIRECTORY | unix.O_NOFOLLOW | unix.O_CLOEXEC
		}
		fd, ok, err := openat2(int(d.handle), path, sys, mode)
		if ok {
			return handle(fd), err
		}
	}
	return d.walkFile(path, flags, follow)
}

// plain is the name to give to the system. Linux does not follow a symbolic link
// at the end of a path because of a slash behind it in any call that makes,
// removes or renames, so that the slash can stay for its meaning.
func (p place) plain(bool) (string, error) { return p.name, nil }
