package prepare

import (
	"testing"

	"github.com/wazedge/wazedge/internal/pipeline"
)

// TestOneWorkerAtLeast states that as many compile as the memory lets, but one whatever there is.
func TestOneWorkerAtLeast(t *testing.T) {
	l := pipeline.Load{Module: 20 << 20, Code: 14 << 20}
	for want, most := range map[int]uint64{8: l.Footprint(8), 7: l.Footprint(8) - 1, 1: 1} {
		o := Options{Workers: 8, CompileMemory: most}
		if got := o.workers(l); got != want {
			t.Errorf("%d bytes of memory: compiled by %d workers, want %d", most, got, want)
		}
	}
}
