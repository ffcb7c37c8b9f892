package engine

import (
	"math/bits"
	"runtime/debug"
	_ "unsafe" // for go:linkname
)

// interpreterDepth is how many calls may be active in wazero's interpreter, in a
// variable that it does not export.
//
//go:linkname interpreterDepth github.com/tetratelabs/wazero/internal/engine/interpreter.callStackCeiling
var interpreterDepth int

// interpreterFrame is more than a call takes of Go's stack there, in bytes.
const interpreterFrame = 4800

// goStack is Go's own bound for a stack, in bytes.
const goStack = 250_000_000 << (bits.UintSize / 32 & 2)

func init() { interpreterDepth = depthIn(goStack) }

// SetMaxStack is [debug.SetMaxStack], and lets the interpreter's calls be as deep as
// fits. It is for who owns the process.
func SetMaxStack(bytes int) {
	debug.SetMaxStack(bytes)
	interpreterDepth = depthIn(bytes)
}

// depthIn is how many calls fit a stack that may have so many bytes, and has a power
// of two of them.
func depthIn(bytes int) int { return 1 << (bits.Len(uint(bytes)) - 1) / interpreterFrame }
