package cli

import (
	"github.com/wazedge/wazedge/compat"
	"github.com/wazedge/wazedge/internal/legible"
)

// explainMemory tells a person which limit is less than the memory that the module begins with, if that may be why it was
// not instantiated.
func (r *runner) explainMemory() {
	if !r.explains() || r.vm.Stage() != compat.Validated {
		return
	}
	m, _ := r.vm.Checked()
	all, largest := uint64(0), uint64(0)
	for _, memory := range m.Memories {
		all += memory.Limits.Min
		largest = max(largest, memory.Limits.Min)
	}
	all <<= 16
	if most := r.options.MaxMemory; most > 0 && all > most {
		r.say("hint: --max-memory of %s is less than the %s of memory that %s begins with: give it that or more",
			legible.Bytes(int64(most)), legible.Bytes(int64(all)), legible.Name(r.path))
	}
	if n := len(r.options.MemoryPageLimit); n > 0 && largest > uint64(uint32(r.options.MemoryPageLimit[n-1])) {
		r.say("hint: --memory-page-limit %d is less than the %s that %s begins with: give it that or more",
			uint32(r.options.MemoryPageLimit[n-1]), legible.Count(int(largest), "page"), legible.Name(r.path))
	}
}
