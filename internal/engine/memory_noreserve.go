//go:build unix && !freebsd && !openbsd && !dragonfly && !zos && !aix && !solaris && !illumos

package engine

import "golang.org/x/sys/unix"

// mapNoReserve keeps the reservation out of the system's account of committed
// memory.
const mapNoReserve = unix.MAP_NORESERVE
