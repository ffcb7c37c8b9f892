package validate

import (
	"github.com/wazedge/wazedge/internal/fault"
	"github.com/wazedge/wazedge/internal/wasm"
)

// validator holds the index spaces of a module. They fill up in the order of
// WasmEdge's checks; while bodies are checked they do not change.
type validator struct {
	m        *wasm.Module
	features wasm.Features

	types    *wasm.TypeSpace
	known    int      // types that may be referred to so far
	funcs    []uint32 // type indices
	tables   []wasm.TableType
	memories []wasm.MemoryType
	tags     []uint32 // type indices
	globals  []wasm.GlobalType
	elems    []wasm.ValType
	datas    int

	importedFuncs   int
	importedGlobals int

	rows    *[256]quickRow
	address wasm.ValType // of memory 0, or noType
	callee  wasm.ValType // of indices in table 0 if it has functions, or noType

	declared bitset // functions that bodies may refer to with ref.func
	ops      OpSet
	others   wasm.Features // that bodies use other than by their instructions
	checker  *checker      // for constant expressions
}

func newValidator(m *wasm.Module, f wasm.Features, o Options) *validator {
	store := o.Store
	if store == nil {
		store = wasm.NewTypeStore()
	}
	v := &validator{m: m, features: f, rows: quickRows(f), address: noType, callee: noType}
	v.types = &wasm.TypeSpace{Defs: m.Types, Store: store, IDs: make([]wasm.TypeID, 0, len(m.Types))}
	v.checker = newChecker(v)
	return v
}

// sections checks everything but the bodies, in WasmEdge's order.
func (v *validator) sections() *fault.Error {
	for _, s := range []struct {
		node  string
		check func() *fault.Error
	}{
		{"type section", v.typeSection},
		{"import section", v.importSection},
		{"function section", v.functionSection},
		{"table section", v.tableSection},
		{"memory section", v.memorySection},
		{"global section", v.globalSection},
		{"tag section", v.tagSection},
		{"export section", v.exportSection},
		{"start section", v.startSection},
		{"element section", v.elementSection},
		{"data section", v.dataSection},
	} {
		if e := s.check(); e != nil {
			return at(e, s.node, "module")
		}
	}
	return nil
}

func (v *validator) importSection() *fault.Error {
	for i := range v.m.Imports {
		if e := v.importEntry(&v.m.Imports[i]); e != nil {
			return at(e, "import description")
		}
	}
	return nil
}

func (v *validator) importEntry(i *wasm.Import) *fault.Error {
	switch i.Kind {
	case wasm.ExternFunc:
		if e := v.funcType(fault.InvalidFuncTypeIdx, "function type", i.Type); e != nil {
			return e
		}
		v.funcs = append(v.funcs, i.Type)
		v.importedFuncs++
	case wasm.ExternTable:
		if e := v.tableType(i.Table); e != nil {
			return at(e, "table type")
		}
		v.tables = append(v.tables, i.Table)
	case wasm.ExternMemory:
		if e := v.memoryType(i.Memory); e != nil {
			return at(e, "memory type")
		}
		v.memories = append(v.memories, i.Memory)
	case wasm.ExternTag:
		return v.tag(i.Type)
	case wasm.ExternGlobal:
		if e := v.valType(i.Global.Type); e != nil {
			return at(e, "global type")
		}
		v.globals = append(v.globals, i.Global)
		v.importedGlobals++
	}
	return nil
}

// funcType checks that type x exists and is a function type.
func (v *validator) funcType(c fault.Code, kind string, x uint32) *fault.Error {
	if int64(x) >= int64(v.known) {
		return beyond(c, kind, x, v.known)
	}
	if v.m.Types[x].Kind != wasm.CompFunc {
		return notFuncType(c, x)
	}
	return nil
}

func (v *validator) functionSection() *fault.Error {
	v.funcs = append(make([]uint32, 0, len(v.funcs)+len(v.m.Funcs)), v.funcs...)
	for _, x := range v.m.Funcs {
		if e := v.funcType(fault.InvalidFuncTypeIdx, "function type", x); e != nil {
			return at(e, "function type")
		}
		v.funcs = append(v.funcs, x)
	}
	v.declared = newBitset(len(v.funcs))
	return nil
}

func (v *validator) tableSection() *fault.Error {
	for i := range v.m.Tables {
		t := &v.m.Tables[i]
		if e := v.table(t); e != nil {
			return at(e, "table segment")
		}
		v.tables = append(v.tables, t.Type)
	}
	return nil
}

func (v *validator) table(t *wasm.Table) *fault.Error {
	if t.Init.Code != nil {
		if e := v.constExpr(t.Init, t.Type.Elem); e != nil {
			return at(e, "expression")
		}
	} else if !t.Type.Elem.Nullable() {
		return mismatch(fault.TypeCheckFailed, wasm.RefNull(t.Type.Elem.Heap()), t.Type.Elem)
	}
	if e := v.tableType(t.Type); e != nil {
		return at(e, "table type")
	}
	return nil
}

func (v *validator) memorySection() *fault.Error {
	for _, t := range v.m.Memories {
		if e := v.memoryType(t); e != nil {
			return at(e, "memory type")
		}
		v.memories = append(v.memories, t)
	}
	return nil
}

func (v *validator) globalSection() *fault.Error {
	for i := range v.m.Globals {
		g := &v.m.Globals[i]
		if e := v.constExpr(g.Init, g.Type.Type); e != nil {
			return at(e, "expression", "global segment")
		}
		if e := v.valType(g.Type.Type); e != nil {
			return at(e, "global type", "global segment")
		}
		v.globals = append(v.globals, g.Type)
	}
	return nil
}

func (v *validator) tagSection() *fault.Error {
	for _, x := range v.m.Tags {
		if e := v.tag(x); e != nil {
			return e
		}
	}
	return nil
}

// tag checks a tag of type x and adds it (core 3.2, "Tag Types").
func (v *validator) tag(x uint32) *fault.Error {
	if e := v.funcType(fault.InvalidTagIdx, "tag type", x); e != nil {
		return e
	}
	if len(v.m.Types[x].Func.Results) > 0 {
		return fault.New(fault.InvalidTagResultType)
	}
	v.tags = append(v.tags, x)
	return nil
}

func (v *validator) exportSection() *fault.Error {
	names := make(map[string]struct{}, len(v.m.Exports))
	for i := range v.m.Exports {
		x := &v.m.Exports[i]
		if _, dup := names[x.Name]; dup {
			return at(fault.New(fault.DupExportName), "export description")
		}
		names[x.Name] = struct{}{}
		if e := v.export(x); e != nil {
			return at(e, "export description")
		}
	}
	return nil
}

func (v *validator) export(x *wasm.Export) *fault.Error {
	var n int
	var c fault.Code
	switch x.Kind {
	case wasm.ExternFunc:
		n, c = len(v.funcs), fault.InvalidFuncIdx
	case wasm.ExternTable:
		n, c = len(v.tables), fault.InvalidTableIdx
	case wasm.ExternMemory:
		n, c = len(v.memories), fault.InvalidMemoryIdx
	case wasm.ExternGlobal:
		n, c = len(v.globals), fault.InvalidGlobalIdx
	case wasm.ExternTag:
		n, c = len(v.tags), fault.InvalidTagIdx
	}
	if int64(x.Index) >= int64(n) {
		return beyond(c, x.Kind.String(), x.Index, n)
	}
	if x.Kind == wasm.ExternFunc {
		v.declared.add(x.Index)
	}
	return nil
}

func (v *validator) startSection() *fault.Error {
	if v.m.Start == nil {
		return nil
	}
	x := *v.m.Start
	if int64(x) >= int64(len(v.funcs)) {
		return beyond(fault.InvalidFuncIdx, "function", x, len(v.funcs))
	}
	if t := v.m.Types[v.funcs[x]].Func; len(t.Params) > 0 || len(t.Results) > 0 {
		return fault.New(fault.InvalidStartFunc, fault.Mismatched("function type", wasm.FuncType{}.String(), t.String()))
	}
	return nil
}
