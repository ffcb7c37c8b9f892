//go:build !linux

package engine

// touched is not told here.
func touched([]byte) (uint64, bool) { return 0, false }
