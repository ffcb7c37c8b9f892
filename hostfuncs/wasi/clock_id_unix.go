//go:build unix && !netbsd

package wasi

import "golang.org/x/sys/unix"

const (
	systemMonotonic   = unix.CLOCK_MONOTONIC
	systemProcessTime = unix.CLOCK_PROCESS_CPUTIME_ID
)
