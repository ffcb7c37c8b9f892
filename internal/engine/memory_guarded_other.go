//go:build !linux || !amd64

package engine

// reserveAll is for systems with guards.
func reserveAll(uint64) space { return space{} }

// protect is for the same.
func protect([]byte, bool) bool { return false }
