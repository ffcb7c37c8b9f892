package lower_test

import (
	"testing"

	"github.com/wazedge/wazedge/internal/lower"
	"github.com/wazedge/wazedge/internal/sizes"
	"github.com/wazedge/wazedge/internal/wasm"
)

// TestLoweringAddsFewMutableGlobals states that what a module has many of does not
// become as many mutable globals: the engine reads them all again behind every call.
func TestLoweringAddsFewMutableGlobals(t *testing.T) {
	for i := range sizes.Kinds {
		k := &sizes.Kinds[i]
		switch k.Name {
		case "structs that are made", "structs that are cast to", "arrays that are made", "globals that hold structs",
			"functions that are referred to", "tables", "element segments", "tags":
		default:
			continue
		}
		m := k.Module(500)
		steps, err := lower.Lower(m, wasm.GC|wasm.ExceptionHandling, false)
		if err != nil {
			t.Fatalf("%s: %v", k.Name, err)
		}
		n := 0
		for _, g := range steps[len(steps)-1].Module.Globals {
			if g.Type.Mutable {
				n++
			}
		}
		if n > 100 {
			t.Errorf("%s: %d mutable globals", k.Name, n)
		}
	}
}

// TestLoweringIsLinear states that passes write no more than a part of their own for
// each thing that a module has, beside what every module gets.
func TestLoweringIsLinear(t *testing.T) {
	size := func(k *sizes.Kind, n int) int {
		m := k.Module(n)
		steps, err := lower.Lower(m, wasm.GC|wasm.ExceptionHandling, false)
		if err != nil {
			t.Fatalf("%s: %v", k.Name, err)
		}
		return len(wasm.Encode(steps[len(steps)-1].Module))
	}
	for i := range sizes.Kinds {
		k := &sizes.Kinds[i]
		n := max(k.N/20, 12)
		one, two, four := size(k, n), size(k, 2*n), size(k, 4*n)
		if four-two > 3*(two-one)+4096 {
			t.Errorf("%s: %d, %d and %d bytes for %d, twice and four times as many", k.Name, one, two, four, n)
		}
	}
}
