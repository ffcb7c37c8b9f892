package private

import "golang.org/x/sys/cpu"

// Detected is what the processor says it has, in wazero's terms: SSE 4.1, BMI1,
// and LZCNT, which is taken from what comes with it.
func Detected() (f uint64) {
	x := &cpu.X86
	for i, has := range []bool{x.HasSSE41, x.HasBMI1, x.HasBMI1 && x.HasBMI2 && x.HasPOPCNT} {
		if has {
			f |= 1 << i
		}
	}
	return f
}
