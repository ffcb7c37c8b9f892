//go:build unix

package hostfs

import "golang.org/x/sys/unix"

// Descriptor implements [File].
func (f handle) Descriptor() int { return int(f) }

// Readable implements [File].
func (f handle) Readable() uint64 {
	n, err := unix.IoctlGetInt(int(f), fionread)
	if err != nil || n < 0 {
		return 1
	}
	return uint64(n)
}

// Writable implements [File]: only sockets tell.
func (f handle) Writable() uint64 {
	room, err := unix.GetsockoptInt(int(f), unix.SOL_SOCKET, unix.SO_SNDBUF)
	if err != nil {
		return 1
	}
	used, err := unix.IoctlGetInt(int(f), unix.TIOCOUTQ)
	if err != nil || used > room {
		return 1
	}
	return uint64(room - used)
}
