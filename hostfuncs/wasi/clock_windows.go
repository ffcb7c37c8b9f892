package wasi

import (
	"syscall"
	"time"

	"golang.org/x/sys/windows"
)

// monotonicNow is the time since the system started.
func monotonicNow() time.Duration { return windows.DurationSinceBoot() }

// processTime is the processor time that this process has used.
func processTime() (time.Duration, error) {
	p, err := syscall.GetCurrentProcess()
	if err != nil {
		return 0, err
	}
	var created, exited, kernel, user syscall.Filetime
	if err := syscall.GetProcessTimes(p, &created, &exited, &kernel, &user); err != nil {
		return 0, err
	}
	return ticks(kernel) + ticks(user), nil
}

// ticks is a span of time given in units of 100 ns.
func ticks(t syscall.Filetime) time.Duration {
	return time.Duration(uint64(t.HighDateTime)<<32|uint64(t.LowDateTime)) * 100
}
