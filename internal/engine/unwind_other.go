//go:build !amd64 && !arm64

package engine

// TellsStacks says that [Instance.Stack] does where code is compiled.
const TellsStacks = false

// walk shows nothing: wazero has no compiler for this architecture.
func (c *called) walk(show func(address uintptr)) {}
