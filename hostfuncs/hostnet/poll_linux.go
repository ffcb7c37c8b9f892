package hostnet

import (
	"time"

	"golang.org/x/sys/unix"
)

// systemPoll waits for wait at most, or without end if that is negative.
func systemPoll(fds []unix.PollFd, wait time.Duration) (int, error) {
	if wait < 0 {
		return unix.Ppoll(fds, nil, nil)
	}
	ts := unix.NsecToTimespec(int64(wait))
	return unix.Ppoll(fds, &ts, nil)
}

func newWakeup() (r, w int, err error) {
	fd, err := unix.Eventfd(0, unix.EFD_CLOEXEC|unix.EFD_NONBLOCK)
	return fd, fd, err
}

func wakeup(w int) error {
	_, err := unix.Write(w, []byte{1, 1, 1, 1, 1, 1, 1, 1}) // any number but 0
	return err
}
