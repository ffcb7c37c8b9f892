//go:build !linux

package hostfs

import "time"

// resolve is the time in nanoseconds, old if it is not to be set.
func (t Time) resolve(old uint64) int64 {
	switch {
	case !t.Set:
		return int64(old)
	case t.Now:
		return time.Now().UnixNano()
	default:
		return int64(t.At)
	}
}
