//go:build darwin || freebsd || netbsd || openbsd

package hostnet

import (
	"syscall"

	"golang.org/x/sys/unix"
)

// sendFlags are those of every message that is sent. Go's runtime takes care that
// a closed peer is an error and no signal.
const sendFlags = 0

// soBindtodevice is no option of this system.
const soBindtodevice = -1

// systemSocket opens a socket that does not block.
func systemSocket(domain, kind int) (int, error) {
	syscall.ForkLock.RLock()
	defer syscall.ForkLock.RUnlock()
	fd, err := unix.Socket(domain, kind, 0)
	return prepareSocket(fd, err)
}

// systemAccept accepts a connection with a socket that does not block.
func systemAccept(fd int) (int, error) {
	syscall.ForkLock.RLock()
	defer syscall.ForkLock.RUnlock()
	n, _, err := unix.Accept(fd)
	return prepareSocket(n, err)
}

// prepareSocket makes a new socket one that does not block and that other
// programs do not inherit.
func prepareSocket(fd int, err error) (int, error) {
	if err != nil {
		return -1, err
	}
	unix.CloseOnExec(fd)
	if err := unix.SetNonblock(fd, true); err != nil {
		unix.Close(fd)
		return -1, err
	}
	return fd, nil
}

// sysPathMax is how much of a UNIX socket's path an address holds.
const sysPathMax = 104

// putFamily writes the length that an address begins with, and the family.
func (raw *sysAddress) putFamily(f uint16, n uint32) { raw[0], raw[1] = byte(n), byte(f) }

func (raw *sysAddress) family() uint16 { return uint16(raw[1]) }
