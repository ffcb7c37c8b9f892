package engine

import (
	"fmt"
	_ "unsafe" // for linkname
)

// cpuFeatures is what wazero's compiler knows of the processor: whether it has
// SSE 4.1, BMI1 and LZCNT, or the atomic instructions of arm64. wazero has no way to be told to do without.
//
//go:linkname cpuFeatures github.com/tetratelabs/wazero/internal/platform.CpuFeatures
var cpuFeatures uint64

// genericFeatures are those without which wazero compiles nothing.
const genericFeatures = 1

// Processor names, for the key of anything that is kept of its code, what the
// compiler makes use of in the processor: of this one, or with generic no more
// than it needs.
func Processor(generic bool) string {
	if generic {
		return fmt.Sprintf("%x", cpuFeatures&genericFeatures)
	}
	return fmt.Sprintf("%x", cpuFeatures)
}

// compileGeneric calls f while the compiler uses no more of the processor than it
// needs. Nothing else may be compiled meanwhile.
func compileGeneric(f func()) {
	all := cpuFeatures
	cpuFeatures &= genericFeatures
	defer func() { cpuFeatures = all }()
	f()
}
