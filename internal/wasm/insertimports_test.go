package wasm

import "testing"

// TestInsertFuncImportsMovesEveryFunctionIndex builds a module that names its own
// function in every place that can and looks at each after an import is added.
func TestInsertFuncImportsMovesEveryFunctionIndex(t *testing.T) {
	var body Emitter
	body.X(OpCall, 1)
	body.X(OpCall, 0)
	body.X(OpRefFunc, 1)
	body.Op(OpDrop)
	body.End()
	var ref Emitter
	ref.X(OpRefFunc, 1)
	ref.End()
	start := uint32(1)
	m := &Module{
		Types:     []SubType{{Kind: CompFunc, Final: true}},
		RecGroups: []RecGroup{{Start: 0, Len: 1}},
		Imports:   []Import{{Module: "a", Name: "b", Kind: ExternFunc}},
		Funcs:     []uint32{0},
		Globals:   []Global{{Type: GlobalType{Type: FuncRef}, Init: Expr{Code: ref.Code}}},
		Exports:   []Export{{Name: "f", Kind: ExternFunc, Index: 1}, {Name: "imported", Kind: ExternFunc, Index: 0}},
		Start:     &start,
		Elems:     []ElemSegment{{Flags: 1, Mode: Passive, Type: FuncRef, Funcs: []uint32{0, 1}}},
		Bodies:    []Body{{Code: append(AppendLocals(nil, nil), body.Code...)}},
	}
	got, err := InsertFuncImports(m, []Import{{Module: "c", Name: "d", Kind: ExternFunc}, {Module: "c", Name: "e", Kind: ExternFunc}})
	if err != nil {
		t.Fatal(err)
	}
	if *got.Start != 3 || got.Exports[0].Index != 3 || got.Exports[1].Index != 0 || got.Elems[0].Funcs[1] != 3 || got.Elems[0].Funcs[0] != 0 {
		t.Errorf("start %d, exports %v, elements %v", *got.Start, got.Exports, got.Elems[0].Funcs)
	}
	if *m.Start != 1 || m.Elems[0].Funcs[1] != 1 || m.Exports[0].Index != 1 || len(m.Imports) != 1 {
		t.Error("the input changed")
	}
	_, r, err := got.Bodies[0].Locals(Wasm3)
	if err != nil {
		t.Fatal(err)
	}
	var in Instr
	for _, want := range []uint32{3, 0, 3} {
		if err := r.Next(&in); err != nil || in.X != want {
			t.Errorf("%s %d, want %d (%v)", in.Op, in.X, want, err)
		}
	}
	r = NewReader(got.Globals[0].Init.Code, 0, Wasm3)
	if err := r.Next(&in); err != nil || in.X != 3 {
		t.Errorf("global's ref.func %d, want 3 (%v)", in.X, err)
	}
}
