package lower_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/wazedge/wazedge/internal/heap"
	"github.com/wazedge/wazedge/internal/lower"
	"github.com/wazedge/wazedge/internal/sizes"
	"github.com/wazedge/wazedge/internal/wasm"
)

// TestEqualTypesAreOne states that of very many equal types, and of those that objects
// leave behind, the engine gets one each.
func TestEqualTypesAreOne(t *testing.T) {
	for i := range sizes.Kinds {
		k := &sizes.Kinds[i]
		switch k.Name {
		case "equal types and functions", "structs that are made", "structs that are cast to":
		default:
			continue
		}
		steps, err := lower.Lower(k.Module(3_000), wasm.GC, false)
		if err != nil {
			t.Fatalf("%s: %v", k.Name, err)
		}
		if n := len(steps[len(steps)-1].Module.Types); n > 100 {
			t.Errorf("%s: %d types", k.Name, n)
		}
	}
}

// TestEqualTypesStayEqual calls functions by types that are equal to theirs, and by
// others, with so many of both that equal ones are merged.
func TestEqualTypesStayEqual(t *testing.T) {
	const n = 1_200
	var text strings.Builder
	text.WriteString(`(module (type $other (func (param i64) (result i32)))`)
	for i := range n {
		fmt.Fprintf(&text, "(type $t%d (func (param i32) (result i32)))\n", i)
	}
	fmt.Fprintf(&text, "(table %d funcref) (elem (i32.const 0) func", n)
	for i := range n {
		fmt.Fprintf(&text, " $f%d", i)
	}
	text.WriteString(")\n")
	for i := range n {
		fmt.Fprintf(&text, "(func $f%d (type $t%d) (local.get 0) (block (type $t%d) (i32.add (i32.const %d))))\n", i, i, (i+1)%n, i)
	}
	text.WriteString(`(func (export "call") (param i32 i32) (result i32) (call_indirect (type $t7) (local.get 1) (local.get 0)))
		(func (export "mismatch") (param i32) (result i32) (call_indirect (type $other) (i64.const 1) (local.get 0))))`)
	engines(t, func(t *testing.T, interpreter bool) {
		p := run(t, text.String(), interpreter, heap.Config{})
		if len(p.steps) == 0 {
			t.Error("no pass has merged types")
		}
		check(t, p, []row{
			{"call", []uint64{0, 5}, "5"},
			{"call", []uint64{1_100, 5}, "1105"},
			{"mismatch", []uint64{3}, "execution failed: indirect call type mismatch, Code: 0x40d"},
		})
	})
}
