//go:build unix

package wasi

import (
	"time"

	"golang.org/x/sys/unix"
)

// monotonicNow is the system's monotonic clock.
func monotonicNow() time.Duration {
	var t unix.Timespec
	if unix.ClockGettime(systemMonotonic, &t) != nil {
		return 1
	}
	return time.Duration(t.Nano())
}

// processTime is the processor time that this process has used.
func processTime() (time.Duration, error) {
	var t unix.Timespec
	if err := unix.ClockGettime(systemProcessTime, &t); err != nil {
		return 0, err
	}
	return time.Duration(t.Nano()), nil
}
