package lower

import "github.com/wazedge/wazedge/internal/wasm"

// tableCalls are the functions of the heap's that do instructions on tables. They
// take the instruction's operands, then the table.
var tableCalls = map[wasm.Op]string{
	wasm.OpTableGet:  "table_get",
	wasm.OpTableSet:  "table_set",
	wasm.OpTableSize: "table_size",
	wasm.OpTableGrow: "table_grow",
	wasm.OpTableFill: "table_fill",
}

// table lowers the instructions on tables and element segments.
func (f *gcFunc) table(in *wasm.Instr) bool {
	switch in.Op {
	case wasm.OpTableCopy:
		f.get(f.g.tables[in.X])
		f.get(f.g.tables[in.Y])
		f.call("table_copy")
	case wasm.OpTableInit:
		f.get(f.g.tables[in.Y])
		f.get(f.g.elems[in.X])
		f.call("table_init")
	case wasm.OpElemDrop:
		f.I32(0)
		f.set(f.g.elems[in.X])
	default:
		name, ok := tableCalls[in.Op]
		if !ok {
			return false
		}
		f.get(f.g.tables[in.X])
		f.call(name)
	}
	return true
}
