package private

import "golang.org/x/sys/cpu"

// Detected is what the processor says it has, in wazero's terms: the atomic
// instructions.
func Detected() uint64 {
	if cpu.ARM64.HasATOMICS {
		return 1
	}
	return 0
}
