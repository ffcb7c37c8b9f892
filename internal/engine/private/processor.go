package private

import _ "unsafe" // for linkname

// cpuFeatures is what wazero's compiler knows of the processor. wazero has no way to
// be told to do without. Should a version of it not have that variable, this is one of
// ours, and 0.
//
//go:linkname cpuFeatures github.com/tetratelabs/wazero/internal/platform.CpuFeatures
var cpuFeatures uint64

// genericFeatures are those without which wazero compiles nothing.
const genericFeatures = 1

// Processor is what compiled code makes use of in the processor: of this one, as this
// package finds it, or with generic no more than the compiler needs.
func Processor(generic bool) uint64 {
	if generic {
		return Detected() & genericFeatures
	}
	return Detected()
}

// Generic calls f while wazero's compiler uses no more of the processor than it needs.
// Nothing else may be compiled meanwhile.
func Generic(f func()) {
	all := cpuFeatures
	cpuFeatures &= genericFeatures
	defer func() { cpuFeatures = all }()
	f()
}
