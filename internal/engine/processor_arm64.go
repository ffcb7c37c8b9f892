package engine

import "golang.org/x/sys/cpu"

// detectedFeatures is what the processor says it has, in wazero's terms: the atomic
// instructions.
func detectedFeatures() uint64 {
	if cpu.ARM64.HasATOMICS {
		return 1
	}
	return 0
}
