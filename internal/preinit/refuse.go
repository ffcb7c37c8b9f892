package preinit

import (
	"fmt"

	"github.com/wazedge/wazedge/internal/engine"
	"github.com/wazedge/wazedge/internal/wasm"
	"github.com/wazedge/wazedge/internal/wasm/validate"
)

// lasting are instructions that change what is not taken over.
var lasting = []struct {
	ops  []wasm.Op
	what string
}{
	{[]wasm.Op{wasm.OpTableSet, wasm.OpTableGrow, wasm.OpTableFill, wasm.OpTableCopy, wasm.OpTableInit, wasm.OpElemDrop}, "tables"},
	{[]wasm.Op{wasm.OpStructSet, wasm.OpArraySet, wasm.OpArrayFill, wasm.OpArrayCopy, wasm.OpArrayInitData, wasm.OpArrayInitElem}, "objects"},
}

// refuse reports why the state of m, which is valid, cannot be taken over as a whole.
func refuse(m *wasm.Module, checked *validate.Result) error {
	for i := range m.Imports {
		if im := &m.Imports[i]; im.Kind != wasm.ExternFunc && im.Kind != wasm.ExternTag {
			return fmt.Errorf("it imports the %v %q of %q, whose state is another's: link it into the module", im.Kind, im.Name, im.Module)
		}
	}
	for _, l := range lasting {
		for _, op := range l.ops {
			if checked.Ops.Has(op) {
				return fmt.Errorf("it may change %s (%s), which cannot be taken over", l.what, op)
			}
		}
	}
	for n := range m.Globals {
		if g := &m.Globals[n]; g.Type.Mutable && g.Type.Type.IsRef() {
			return fmt.Errorf("the mutable global %d is a reference, which cannot be taken over", n)
		}
	}
	for n, t := range m.Memories {
		if t.Limits.Shared {
			return fmt.Errorf("memory %d is shared by threads, whose state cannot be taken over", n)
		}
		if t.Limits.Min >= engine.MaxPages {
			return fmt.Errorf("memory %d has 4 GiB", n)
		}
	}
	return nil
}
