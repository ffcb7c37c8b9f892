package prepare

import (
	"math"

	"github.com/wazedge/wazedge/internal/machine"
	"github.com/wazedge/wazedge/internal/pipeline"
)

// thereAnyway is how many bytes there are wherever a process starts.
const thereAnyway = 32 << 20

// maxFootprint is the bound of what the process takes while it compiles, in bytes.
func (o *Options) maxFootprint() uint64 {
	if o.CompileMemory > 0 {
		return o.CompileMemory
	}
	if n := machine.Memory(); n > 0 {
		return n / 4 * 3
	}
	return math.MaxInt64
}

// workers are how many compile l.
func (o *Options) workers(l pipeline.Load) int {
	if l.Alone() {
		return 1
	}
	return max(1, l.Affordable(o.Workers, o.maxFootprint()))
}

// tooLarge reports whether compiling l takes more than there may be. For small modules the machine is not asked: that takes longer.
func (o *Options) tooLarge(l pipeline.Load) bool {
	return (o.CompileMemory > 0 || l.Footprint(1) > thereAnyway) && l.Affordable(1, o.maxFootprint()) == 0
}
