//go:build !amd64 && !arm64

package private

// TellsStacks says that [Call.Walk] shows what is active where code is compiled.
const TellsStacks = false

// walk shows nothing: wazero has no compiler for this architecture.
func (c *Call) walk(show func(address uintptr)) {}
