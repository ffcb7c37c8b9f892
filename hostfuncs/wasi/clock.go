package wasi

import (
	"time"

	"github.com/wazedge/wazedge/hostfuncs/abi"
)

// clockResGet tells the resolution of a clock: one nanosecond, as on Linux.
//
//   - id: 0 realtime, 1 monotonic, 2 CPU time of the process, 3 of the thread
//   - result: place for the resolution, u64 nanoseconds
//
// Errors: INVAL for another clock.
//
// Memory: the number 1.
func (h *Host) clockResGet(m memory, id clockid, result ptr64) Errno {
	out, ok := m.U64(result)
	if !ok {
		return EFAULT
	}
	if id > clockThreadCPU {
		return EINVAL
	}
	abi.Put64(out, 1)
	return Success
}

// clockTimeGet tells the time of a clock in nanoseconds. The precision that the
// guest asks for is always met and not looked at.
//
//   - id: as of clockResGet
//   - the precision wanted, u64 nanoseconds
//   - result: place for the time, u64 nanoseconds
//
// Errors: INVAL for another clock.
//
// Memory: the time: since 1970 for the realtime clock, since a moment that does not change
// for the others.
func (h *Host) clockTimeGet(m memory, id clockid, _ uint64, result ptr64) Errno {
	out, ok := m.U64(result)
	if !ok {
		return EFAULT
	}
	t, errno := h.now(id)
	if errno != Success {
		return errno
	}
	abi.Put64(out, t)
	return Success
}

// now is the time of a clock in nanoseconds.
func (h *Host) now(id clockid) (uint64, Errno) {
	switch id {
	case clockRealtime:
		return uint64(time.Now().UnixNano()), Success
	case clockMonotonic:
		// Reading the Go clock does not enter the kernel.
		return uint64(h.boot + time.Since(h.start)), Success
	case clockProcessCPU, clockThreadCPU:
		// A guest's thread may run on several threads of the system, so that
		// none of their clocks is its own, and the process's is the nearest
		// one that never goes back.
		t, err := processTime()
		return uint64(t), errnoOf(err)
	default:
		return 0, EINVAL
	}
}
