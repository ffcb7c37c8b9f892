//go:build unix

package hostfs

import (
	"os"

	"golang.org/x/sys/unix"
)

// handle is a file of the system: its descriptor.
type handle int

// handleOf is f's descriptor, which stays f's.
func handleOf(f *os.File) handle { return handle(f.Fd()) }

func handleOfSocket(fd int) handle { return handle(fd) }

// again calls f until no signal interrupts it.
func again(f func() error) error {
	for {
		if err := f(); err != unix.EINTR {
			return err
		}
	}
}

// Close closes f, which a signal does not keep from being closed.
func (f handle) Close() error {
	if err := unix.Close(int(f)); err != unix.EINTR {
		return err
	}
	return nil
}

func (f handle) Read(b []byte) (int, error) {
	for {
		n, err := unix.Read(int(f), b)
		if err != unix.EINTR {
			return n, err
		}
	}
}

func (f handle) Write(b []byte) (int, error) {
	for {
		n, err := unix.Write(int(f), b)
		if err != unix.EINTR {
			return n, err
		}
	}
}

func (f handle) ReadAt(b []byte, offset int64) (int, error) {
	for {
		n, err := unix.Pread(int(f), b, offset)
		if err != unix.EINTR {
			return n, err
		}
	}
}

func (f handle) WriteAt(b []byte, offset int64) (int, error) {
	for {
		n, err := unix.Pwrite(int(f), b, offset)
		if err != unix.EINTR {
			return n, err
		}
	}
}

func (f handle) Seek(offset int64, whence int) (int64, error) {
	// The values of whence are the system's.
	return unix.Seek(int(f), offset, whence)
}

func (f handle) Truncate(n int64) error {
	return again(func() error { return unix.Ftruncate(int(f), n) })
}

func (f handle) Sync() error { return again(func() error { return unix.Fsync(int(f)) }) }

// Flags are the descriptor's flags. Those that the system writes as parts of one
// another are told together, as by WasmEdge: a file that is to be written through
// to its medium has all of them.
func (f handle) Flags() (Flags, error) {
	sys, err := unix.FcntlInt(uintptr(f), unix.F_GETFL, 0)
	if err != nil {
		return 0, err
	}
	var flags Flags
	for _, x := range systemFlags {
		if sys&x.sys != 0 {
			flags |= x.flag
		}
	}
	return flags, nil
}

// SetFlags changes the descriptor's flags. The system changes those that it can
// change in an open file: on Linux to append and not to wait.
func (f handle) SetFlags(flags Flags) error {
	_, err := unix.FcntlInt(uintptr(f), unix.F_SETFL, flags.sys())
	return err
}

// systemFlags pairs WASI's flags with the system's.
var systemFlags = [...]struct {
	flag Flags
	sys  int
}{
	{FlagAppend, unix.O_APPEND},
	{FlagDsync, dsync},
	{FlagNonblock, unix.O_NONBLOCK},
	{FlagRsync, unix.O_SYNC},
	{FlagSync, unix.O_SYNC},
}

// sys are the system's flags for flags.
func (flags Flags) sys() int {
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
	s, err := f.Stat()
	if err != nil || int64(s.Size) >= n {
		return err
	}
	return f.Truncate(n)
}
