package engine

import (
	"errors"
	_ "unsafe" // for linkname
)

// cpuFeatures is what wazero's compiler knows of the processor. wazero has no way to
// be told to do without. Should a version of it not have that variable, this is one of
// ours, and 0.
//
//go:linkname cpuFeatures github.com/tetratelabs/wazero/internal/platform.CpuFeatures
var cpuFeatures uint64

// genericFeatures are those without which wazero compiles nothing.
const genericFeatures = 1

// Processor is, for the key of anything that is kept of its code, what the compiler
// makes use of in the processor: of this one, or with generic no more than it needs.
// known is false where wazero says otherwise than the processor itself: what its code
// needs cannot be told then, and none must be kept.
func Processor(generic bool) (features uint64, known bool) {
	features, known = cpuFeatures, cpuFeatures == detectedFeatures()
	if generic {
		features &= genericFeatures
	}
	return features, known
}

// errNotGeneric refuses to compile for any processor where wazero cannot be made to.
var errNotGeneric = errors.New("the engine does not compile for other processors than this one")

// compileGeneric calls f while the compiler uses no more of the processor than it
// needs. Nothing else may be compiled meanwhile.
func compileGeneric(f func()) error {
	if _, known := Processor(true); !known {
		return errNotGeneric
	}
	all := cpuFeatures
	cpuFeatures &= genericFeatures
	defer func() { cpuFeatures = all }()
	f()
	return nil
}
