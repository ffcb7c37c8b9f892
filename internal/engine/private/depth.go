package private

import _ "unsafe" // for linkname

// callStackCeiling is how many calls may be active in wazero's interpreter. Should a
// version of it not have that variable, this is one of ours, and 0.
//
//go:linkname callStackCeiling github.com/tetratelabs/wazero/internal/engine/interpreter.callStackCeiling
var callStackCeiling int

// firstCeiling is the value that wazero gives it.
const firstCeiling = 2000

// SetDepth lets so many calls be active in wazero's interpreter, if its variable is
// there. Nothing is interpreted meanwhile.
func SetDepth(calls int) {
	if callStackCeiling >= firstCeiling {
		callStackCeiling = calls
	}
}
