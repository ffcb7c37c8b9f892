package lower

import "github.com/wazedge/wazedge/internal/wasm"

// reaching tells of each function whether it may come to an instruction that does
// picks: it has one, calls what it cannot know of, is imported, or calls a
// function that reaches one.
func reaching(m *wasm.Module, does func(*wasm.Instr) bool) []bool {
	imported := m.ImportedCount(wasm.ExternFunc)
	reaches := make([]bool, int(imported)+len(m.Funcs))
	callers := make([][]uint32, len(reaches))
	var work []uint32
	mark := func(f uint32) {
		if !reaches[f] {
			reaches[f] = true
			work = append(work, f)
		}
	}
	for f := range imported {
		mark(f)
	}
	for i := range m.Bodies {
		f := imported + uint32(i)
		_, r, err := m.Bodies[i].Locals(everything)
		var in wasm.Instr
		for err == nil && r.More() {
			if err = r.Next(&in); err != nil {
				break
			}
			switch in.Op {
			case wasm.OpCallIndirect, wasm.OpCallRef, wasm.OpReturnCallIndirect, wasm.OpReturnCallRef:
				mark(f)
			case wasm.OpCall, wasm.OpReturnCall:
				callers[in.X] = append(callers[in.X], f)
			default:
				if does(&in) {
					mark(f)
				}
			}
		}
	}
	for len(work) > 0 {
		f := work[len(work)-1]
		work = work[:len(work)-1]
		for _, caller := range callers[f] {
			mark(caller)
		}
	}
	return reaches
}
