package engine

import (
	"math/bits"
	"runtime/debug"

	"github.com/wazedge/wazedge/internal/engine/private"
)

// interpreterFrame is more than a call takes of Go's stack in wazero's interpreter, in
// bytes. On processors of 32 bits, Go has fewer registers to keep values in.
const interpreterFrame = 6400 - 1600*(bits.UintSize/64)

// goStack is Go's own bound for a stack, in bytes.
const goStack = 250_000_000 << (bits.UintSize / 32 & 2)

func init() { private.SetDepth(depthIn(goStack)) }

// SetMaxStack is [debug.SetMaxStack], and [SetInterpreterStack]. It is for who owns the process.
func SetMaxStack(bytes int) {
	debug.SetMaxStack(bytes)
	SetInterpreterStack(bytes)
}

// SetInterpreterStack lets the interpreter's calls be as deep as fits a stack of so many bytes.
// It is for who owns the process, while nothing is interpreted.
func SetInterpreterStack(bytes int) { private.SetDepth(depthIn(bytes)) }

// depthIn is how many calls fit a stack that may have so many bytes, and has a power
// of two of them. Go keeps to twice its own bound, whatever else is set.
func depthIn(bytes int) int {
	bytes = min(bytes, 2*goStack)
	return 1 << (bits.Len(uint(bytes)) - 1) / interpreterFrame
}
