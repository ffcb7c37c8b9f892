package hostnet

import (
	"encoding/binary"

	"golang.org/x/sys/unix"
)

// sendFlags are those of every message that is sent: a closed peer is an error
// and no signal.
const sendFlags = unix.MSG_NOSIGNAL

const soBindtodevice = unix.SO_BINDTODEVICE

// systemSocket opens a socket that does not block.
func systemSocket(domain, kind int) (int, error) {
	return unix.Socket(domain, kind|unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC, 0)
}

// systemAccept accepts a connection with a socket that does not block.
func systemAccept(fd int) (int, error) {
	n, _, err := unix.Accept4(fd, unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC)
	return n, err
}

// sysPathMax is how much of a UNIX socket's path an address holds.
const sysPathMax = 108

func (raw *sysAddress) putFamily(f uint16, _ uint32) { binary.NativeEndian.PutUint16(raw[:], f) }

func (raw *sysAddress) family() uint16 { return binary.NativeEndian.Uint16(raw[:]) }
