//go:build unix

package wasi

import "golang.org/x/sys/unix"

// openBeneath opens a file or directory beneath d. Opening a pipe waits for its
// other end, as POSIX asks, and stops waiting when the guest is interrupted.
func (h *Host) openBeneath(d *descriptor, path string, how opening) (handle, error) {
	flags := how.sys()
	if !h.guest.Interruptible() || how.flags&fdflagNonblock != 0 {
		return openFileBeneath(d.from(), path, flags, how.follow)
	}
	if s, err := statBeneath(d.from(), path, how.follow); err == nil && s.kind == filetypeUnknown {
		return h.openPatiently(d, func() (handle, error) { return openFileBeneath(d.from(), path, flags, how.follow) })
	}
	// What else could wait, such as a line with a modem, is opened without.
	f, err := openFileBeneath(d.from(), path, flags|unix.O_NONBLOCK, how.follow)
	if err == nil && flags&pathOnly == 0 {
		err = f.setFlags(how.flags)
	}
	return f, err
}

// openPatiently is open, which is left to itself when the guest is interrupted.
func (h *Host) openPatiently(d *descriptor, open func() (handle, error)) (handle, error) {
	opened := make(chan handle)
	err := h.patiently(d, func() error {
		f, err := open()
		if err != nil {
			return err
		}
		go func() {
			select {
			case opened <- f:
			case <-h.guest.Stopped():
				f.close()
			}
		}()
		return nil
	})
	if err != nil {
		return 0, err
	}
	select {
	case f := <-opened:
		return f, nil
	case <-h.guest.Stopped():
		return 0, EINTR
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
