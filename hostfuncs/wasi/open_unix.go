//go:build unix

package wasi

import (
	"time"

	"golang.org/x/sys/unix"
)

// fifoRetry is how long to wait before looking again for a reader of a pipe that
// is to be opened for writing.
const fifoRetry = 5 * time.Millisecond

// openBeneath opens a file or directory. Opening a pipe waits for its other end,
// as POSIX asks, and stops waiting when the guest is interrupted.
func (h *Host) openBeneath(dir handle, path string, how opening) (handle, error) {
	flags := how.sys()
	if !h.config.Interruptible || how.flags&fdflagNonblock != 0 {
		return openFileBeneath(dir, path, flags, how.follow)
	}
	for {
		// A pipe is opened without waiting. That of the reading end makes no
		// difference to the guest, whose reads wait for a writer.
		f, err := openFileBeneath(dir, path, flags|unix.O_NONBLOCK, how.follow)
		if err != unix.ENXIO || !how.write || how.read {
			if err == nil && flags&pathOnly == 0 {
				err = f.setFlags(how.flags)
			}
			return f, err
		}
		if errno := h.sleep(fifoRetry); errno != Success {
			return 0, errno
		}
	}
}

// sys are the system's flags for opening, but for whether to follow a link.
func (how opening) sys() int {
	sys := unix.O_CLOEXEC | unix.O_NOCTTY | how.flags.sys()
	switch {
	case how.read && how.write:
		sys |= unix.O_RDWR
	case how.write:
		sys |= unix.O_WRONLY
	case !how.read && how.create == oflagDirectory:
		sys |= pathOnly
	}
	if how.create&oflagCreat != 0 {
		sys |= unix.O_CREAT
	}
	if how.create&oflagDirectory != 0 {
		sys |= unix.O_DIRECTORY
	}
	if how.create&oflagExcl != 0 {
		sys |= unix.O_EXCL
	}
	if how.create&oflagTrunc != 0 && how.write {
		sys |= unix.O_TRUNC
	}
	return sys
}
