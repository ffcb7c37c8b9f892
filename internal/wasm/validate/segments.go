package validate

import (
	"github.com/wazedge/wazedge/internal/fault"
	"github.com/wazedge/wazedge/internal/wasm"
)

func (v *validator) elementSection() *fault.Error {
	v.elems = make([]wasm.ValType, 0, len(v.m.Elems))
	for i := range v.m.Elems {
		s := &v.m.Elems[i]
		if e := v.elem(s); e != nil {
			return at(e, "element segment")
		}
		v.elems = append(v.elems, elemType(s))
	}
	return nil
}

// elemType is the type of a segment's elements; function indices are references
// that are not null.
func elemType(s *wasm.ElemSegment) wasm.ValType {
	if s.Flags&4 == 0 {
		return wasm.Ref(wasm.HeapFunc)
	}
	return s.Type
}

func (v *validator) elem(s *wasm.ElemSegment) *fault.Error {
	t := elemType(s)
	for _, x := range s.Funcs {
		// WasmEdge reads a function index as the instruction ref.func at offset 0.
		if int64(x) >= int64(len(v.funcs)) {
			e := beyond(fault.InvalidFuncIdx, "function", x, len(v.funcs))
			return at(inInstruction(e, wasm.OpRefFunc, 0), "expression")
		}
		v.declared.add(x)
	}
	for _, x := range s.Exprs {
		if e := v.constExpr(x, t); e != nil {
			return at(e, "expression")
		}
	}
	if e := v.valType(t); e != nil {
		return e
	}
	if s.Mode != wasm.Active {
		return nil
	}
	if int64(s.Table) >= int64(len(v.tables)) {
		return beyond(fault.InvalidTableIdx, "table", s.Table, len(v.tables))
	}
	table := v.tables[s.Table]
	if !v.types.Matches(t, table.Elem) {
		return mismatch(fault.TypeCheckFailed, table.Elem, t)
	}
	if e := v.constExpr(s.Offset, table.Limits.AddrType()); e != nil {
		return at(e, "expression")
	}
	return nil
}

func (v *validator) dataSection() *fault.Error {
	v.datas = v.m.Datas.Len()
	if v.m.Datas.Plain() && v.datas > 0 && len(v.memories) > 0 && !v.memories[0].Limits.Addr64 {
		v.checker.seen[wasm.OpI32Const], v.checker.seen[wasm.OpEnd] = true, true
		return nil
	}
	for _, s := range v.m.Datas.All() {
		if s.Mode != wasm.Active {
			continue
		}
		if int64(s.Memory) >= int64(len(v.memories)) {
			return at(beyond(fault.InvalidMemoryIdx, "memory", s.Memory, len(v.memories)), "data segment")
		}
		if e := v.constExpr(s.Offset, v.memories[s.Memory].Limits.AddrType()); e != nil {
			return at(e, "expression", "data segment")
		}
	}
	return nil
}
