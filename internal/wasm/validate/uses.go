package validate

import "github.com/wazedge/wazedge/internal/wasm"

// uses finds the proposals that a valid module makes use of: those of its
// instructions, and those that brought syntax which it has elsewhere.
func (v *validator) uses() wasm.Features {
	u := v.typeUses() | v.others
	for op := range wasm.NumOps {
		if v.ops.Has(op) {
			u |= op.Info().Needs
		}
	}
	for i := range v.m.Imports {
		if g := &v.m.Imports[i]; g.Kind == wasm.ExternGlobal && g.Global.Mutable {
			u |= wasm.MutableGlobals
		}
	}
	for _, x := range v.m.Exports {
		if x.Kind == wasm.ExternGlobal && v.globals[x.Index].Mutable {
			u |= wasm.MutableGlobals
		}
	}
	for i := range v.m.Elems {
		s := &v.m.Elems[i]
		if s.Mode != wasm.Active || s.Flags&4 != 0 {
			u |= wasm.BulkMemory
		}
		if s.Flags&4 != 0 {
			u |= elemUses(s.Type)
		}
	}
	if !v.m.Datas.Plain() {
		for _, s := range v.m.Datas.All() {
			if s.Mode != wasm.Active {
				u |= wasm.BulkMemory
			}
		}
	}
	if len(v.tags) > 0 {
		u |= wasm.ExceptionHandling
	}
	if len(v.tables) > 1 {
		u |= wasm.ReferenceTypes
	}
	if len(v.memories) > 1 {
		u |= wasm.MultiMemory
	}
	return u | v.spaceUses()
}

// spaceUses are the proposals behind the types of tables, memories and globals.
func (v *validator) spaceUses() (u wasm.Features) {
	for _, t := range v.tables {
		u |= elemUses(t.Elem) | limitUses(t.Limits)
	}
	for i := range v.m.Tables {
		if v.m.Tables[i].Init.Code != nil {
			u |= wasm.FunctionReferences
		}
	}
	for _, t := range v.memories {
		u |= limitUses(t.Limits)
	}
	for _, t := range v.globals {
		u |= valUses(t.Type)
	}
	return u
}

func (v *validator) typeUses() (u wasm.Features) {
	for _, g := range v.m.RecGroups {
		if g.Explicit {
			u |= wasm.GC
		}
	}
	for i := range v.m.Types {
		t := &v.m.Types[i]
		if t.Kind != wasm.CompFunc || !t.Final || len(t.Supers) > 0 {
			u |= wasm.GC
		}
		if len(t.Func.Results) > 1 {
			u |= wasm.MultiValue
		}
		for _, types := range [][]wasm.ValType{t.Func.Params, t.Func.Results} {
			for _, t := range types {
				u |= valUses(t)
				if t.IsRef() && int64(t.Heap()) >= int64(i) {
					u |= wasm.GC // recursive types came with it
				}
			}
		}
		for _, f := range t.Fields {
			u |= valUses(f.Type)
		}
	}
	return u
}

func limitUses(l wasm.Limits) (u wasm.Features) {
	if l.Addr64 {
		u |= wasm.Memory64
	}
	if l.Shared {
		u |= wasm.Threads
	}
	return u
}

// elemUses is valUses for a table's elements, where funcref always was.
func elemUses(t wasm.ValType) wasm.Features {
	if t == wasm.FuncRef {
		return 0
	}
	return valUses(t)
}

func valUses(t wasm.ValType) wasm.Features {
	switch {
	case t == wasm.V128:
		return wasm.SIMD
	case !t.IsRef():
		return 0
	case t.Heap() == wasm.HeapExn:
		return wasm.ExceptionHandling
	case t.Heap() == wasm.HeapNoExn:
		return wasm.ExceptionHandling | wasm.GC
	case t == wasm.FuncRef || t == wasm.ExternRef:
		return wasm.ReferenceTypes
	case t.Heap().IsIndex() || t.Heap() == wasm.HeapFunc || t.Heap() == wasm.HeapExtern:
		return wasm.FunctionReferences
	}
	return wasm.GC
}
