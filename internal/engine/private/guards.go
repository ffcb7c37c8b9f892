package private

import (
	"runtime"
	"unsafe"

	"github.com/tetratelabs/wazero"
)

// Executable is the machine code of m, where it is executed. ok is false where it cannot be told.
func Executable(m wazero.CompiledModule) (code []byte, ok bool) {
	c, ok := CodeAmong(m)
	if !ok {
		return nil, false
	}
	return unsafe.Slice((*byte)(c.executable), c.size), true
}

// AfterExecutable calls f with x some time after the machine code of m, which [Executable] has found, is gone.
func AfterExecutable[T any](m wazero.CompiledModule, f func(T), x T) {
	c, ok := CodeAmong(m)
	if ok && c.owner != nil {
		runtime.AddCleanup((*byte)(c.owner), f, x)
	}
}
