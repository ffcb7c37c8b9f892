//go:build unix

package machine

import (
	"time"

	"golang.org/x/sys/unix"
)

// CPU is how long processors have worked for this process; 0 where that cannot be told.
func CPU() time.Duration {
	var u unix.Rusage
	if unix.Getrusage(unix.RUSAGE_SELF, &u) != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
