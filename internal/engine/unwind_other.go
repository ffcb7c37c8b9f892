//go:build !amd64 && !arm64

package engine

// walk shows nothing: wazero has no compiler for this architecture.
func (c *called) walk(show func(address uintptr)) {}
