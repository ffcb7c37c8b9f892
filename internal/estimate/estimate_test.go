package estimate_test

import (
	"testing"
	"time"

	"github.com/wazedge/wazedge/internal/estimate"
	"github.com/wazedge/wazedge/internal/sizes"
)

// steep are the kinds of modules for which the engine's compiler was seen to take
// seconds, tens of seconds for most.
var steep = []string{
	"if/else in a row", "loops in a row", "nested loops", "nested ifs", "nested loops with branches",
	"branches to one block", "branches to one loop", "branches that return", "br_tables in a row",
	"ifs that each set a local", "ifs that each set a local of a loop", "loops that each set a local",
	"a deep expression over ifs", "values over joins", "mutable globals and calls", "mutable globals and functions", "types and functions",
}

// flat are those for which it takes less than a second.
var flat = []string{
	"a switch of many cases", "a switch of many cases in a loop", "locals that are live at once", "many locals",
	"a chain of selects", "a deep expression", "a deep expression over a call", "straight code", "stores in a row",
	"calls in a row", "parameters", "calls with many arguments", "ifs with many results", "functions", "globals",
}

func kind(t *testing.T, name string) *sizes.Kind {
	for i := range sizes.Kinds {
		if k := &sizes.Kinds[i]; k.Name == name {
			return k
		}
	}
	t.Fatalf("no kind %q", name)
	return nil
}

func TestSteepShapesAreSeen(t *testing.T) {
	for _, name := range steep {
		k := kind(t, name)
		if e := estimate.Module(k.Module(k.N)); e.Excess < time.Second {
			t.Errorf("%s: an excess of %s, want seconds", name, e.Excess)
		}
	}
}

func TestFlatShapesAreSeen(t *testing.T) {
	for _, name := range flat {
		k := kind(t, name)
		if e := estimate.Module(k.Module(k.N)); e.Excess > 300*time.Millisecond {
			t.Errorf("%s: an excess of %s, want next to none", name, e.Excess)
		}
	}
}

// TestExcessGrowsFaster states that an excess is one: it more than doubles with the
// size.
func TestExcessGrowsFaster(t *testing.T) {
	for _, name := range steep {
		k := kind(t, name)
		half, whole := estimate.Module(k.Module(k.N/2)), estimate.Module(k.Module(k.N))
		if whole.Excess < 2*half.Excess {
			t.Errorf("%s: %s for half of what takes %s", name, half.Excess, whole.Excess)
		}
	}
}
