//go:build darwin || freebsd || netbsd || openbsd

package hostnet

import (
	"math"
	"time"

	"golang.org/x/sys/unix"
)

// systemPoll waits for wait at most, or without end if that is negative. The
// system counts in milliseconds.
func systemPoll(fds []unix.PollFd, wait time.Duration) (int, error) {
	ms := -1
	if wait >= 0 {
		ms = int(min((wait+time.Millisecond-1)/time.Millisecond, math.MaxInt32))
	}
	return unix.Poll(fds, ms)
}

func newWakeup() (r, w int, err error) {
	var fds [2]int
	if err := unix.Pipe(fds[:]); err != nil {
		return 0, 0, err
	}
	for _, fd := range fds {
		unix.CloseOnExec(fd)
		if err := unix.SetNonblock(fd, true); err != nil {
			return 0, 0, err
		}
	}
	return fds[0], fds[1], nil
}

func wakeup(w int) error {
	_, err := unix.Write(w, []byte{1})
	return err
}
