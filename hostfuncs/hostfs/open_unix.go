//go:build unix

package hostfs

import (
	"syscall"

	"golang.org/x/sys/unix"
)

// Open implements [Directory].
func (d *directory) Open(path string, how Opening, p Patience) (File, error) {
	h, err := d.open(path, how, p)
	if err != nil {
		return nil, err
	}
	return newFile(h, d.Options), nil
}

// open opens a file or directory beneath d. Opening a pipe waits for its other end, as
// POSIX asks.
func (d *directory) open(path string, how Opening, p Patience) (handle, error) {
	flags := how.sys()
	if !p.Interruptible() || how.Flags&FlagNonblock != 0 {
		return d.openFile(path, flags, how.Follow)
	}
	if s, err := d.StatAt(path, how.Follow); err == nil && s.Kind == KindUnknown {
		return openPatiently(p, func() (handle, error) { return d.openFile(path, flags, how.Follow) })
	}
	// What else could wait, such as a line with a modem, is opened without.
	f, err := d.openFile(path, flags|unix.O_NONBLOCK, how.Follow)
	if err == nil && flags&pathOnly == 0 {
		err = f.SetFlags(how.Flags)
	}
	return f, err
}

// openPatiently is open, which is left to itself when the waiting ends.
func openPatiently(p Patience, open func() (handle, error)) (handle, error) {
	opened, stopped := make(chan handle), p.Stopped()
	err := p.Patiently(func() error {
		f, err := open()
		if err != nil {
			return err
		}
		go func() {
			select {
			case opened <- f:
			case <-stopped:
				f.Close()
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
	case <-stopped:
		return 0, syscall.EINTR
	}
}

// sys are the system's flags for opening, but for whether to follow a link.
func (how Opening) sys() int {
	sys := unix.O_CLOEXEC | unix.O_NOCTTY | how.Flags.sys()
	switch {
	case how.Read && how.Write:
		sys |= unix.O_RDWR
	case how.Write:
		sys |= unix.O_WRONLY
	case how.pathOnly():
		sys |= pathOnly
	}
	if how.Create {
		sys |= unix.O_CREAT
	}
	if how.Directory {
		sys |= unix.O_DIRECTORY
	}
	if how.Exclusive {
		sys |= unix.O_EXCL
	}
	if how.Truncate && how.Write {
		sys |= unix.O_TRUNC
	}
	return sys
}
