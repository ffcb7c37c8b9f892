//go:build unix

package wasi

import (
	"os"

	"golang.org/x/sys/unix"
)

// handle is a file of the system: its descriptor.
type handle int

// stdioHandle is f's descriptor, which stays f's.
func stdioHandle(f *os.File) handle { return handle(f.Fd()) }

// again calls f until no signal interrupts it.
func again(f func() error) error {
	for {
		if err := f(); err != unix.EINTR {
			return err
		}
	}
}

// close closes f, which a signal does not keep from being closed.
func (f handle) close() error {
	if err := unix.Close(int(f)); err != unix.EINTR {
		return err
	}
	return nil
}

func (f handle) read(b []byte) (int, error) {
	for {
		n, err := unix.Read(int(f), b)
		if err != unix.EINTR {
			return n, err
		}
	}
}

func (f handle) write(b []byte) (int, error) {
	for {
		n, err := unix.Write(int(f), b)
		if err != unix.EINTR {
			return n, err
		}
	}
}

func (f handle) pread(b []byte, offset int64) (int, error) {
	for {
		n, err := unix.Pread(int(f), b, offset)
		if err != unix.EINTR {
			return n, err
		}
	}
}

func (f handle) pwrite(b []byte, offset int64) (int, error) {
	for {
		n, err := unix.Pwrite(int(f), b, offset)
		if err != unix.EINTR {
			return n, err
		}
	}
}

func (f handle) seek(offset int64, from whence) (int64, error) {
	// The values of whence are the system's.
	return unix.Seek(int(f), offset, int(from))
}

func (f handle) truncate(n int64) error {
	return again(func() error { return unix.Ftruncate(int(f), n) })
}

func (f handle) sync() error { return again(func() error { return unix.Fsync(int(f)) }) }

// flags are the descriptor's flags. Those that the system writes as parts of one
// another are told together, as by WasmEdge: a file that is to be written through
// to its medium has all of them.
func (f handle) flags() (fdflags, error) {
	sys, err := unix.FcntlInt(uintptr(f), unix.F_GETFL, 0)
	if err != nil {
		return 0, err
	}
	var flags fdflags
	for _, x := range systemFlags {
		if sys&x.sys != 0 {
			flags |= x.flag
		}
	}
	return flags, nil
}

// setFlags changes the descriptor's flags. The system changes those that it can
// change in an open file: on Linux to append and not to wait.
func (f handle) setFlags(flags fdflags) error {
	_, err := unix.FcntlInt(uintptr(f), unix.F_SETFL, flags.sys())
	return err
}

// systemFlags pairs WASI's flags with the system's.
var systemFlags = [...]struct {
	flag fdflags
	sys  int
}{
	{fdflagAppend, unix.O_APPEND},
	{fdflagDsync, dsync},
	{fdflagNonblock, unix.O_NONBLOCK},
	{fdflagRsync, unix.O_SYNC},
	{fdflagSync, unix.O_SYNC},
}

// sys are the system's flags for flags.
func (flags fdflags) sys() int {
	sys := 0
	for _, x := range systemFlags {
		if flags&x.flag != 0 {
			sys |= x.sys
		}
	}
	return sys
}

// reach extends the file to n bytes if it is shorter.
func (f handle) reach(n int64) error {
	s, err := f.stat()
	if err != nil || int64(s.size) >= n {
		return err
	}
	return f.truncate(n)
}
