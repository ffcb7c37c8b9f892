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

// TestLargeFunctionsOnOneCore states that a small module is compiled on one core where its functions are so large that the compiler of
// a second one would take a tenth more memory, and on all otherwise.
func TestLargeFunctionsOnOneCore(t *testing.T) {
	for name, tc := range map[string]struct {
		load pipeline.Load
		want int
	}{
		"large functions":         {pipeline.Load{Module: 260 << 10, Code: 240 << 10, Largest: 21 << 10, Second: 9 << 10}, 1},
		"one large function":      {pipeline.Load{Module: 260 << 10, Code: 240 << 10, Largest: 21 << 10, Second: 2 << 10}, 8},
		"small functions":         {pipeline.Load{Module: 260 << 10, Code: 240 << 10, Largest: 2 << 10, Second: 2 << 10}, 8},
		"large functions of many": {pipeline.Load{Module: 5 << 20, Code: 3 << 20, Largest: 31 << 10, Second: 30 << 10}, 8},
	} {
		o := Options{Workers: 8}
		if got := o.workers(tc.load); got != tc.want {
			t.Errorf("%s: compiled by %d workers, want %d", name, got, tc.want)
		}
	}
}
