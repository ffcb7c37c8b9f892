package wasm_test

import (
	"testing"

	"github.com/wazedge/wazedge/internal/wasm"
	"github.com/wazedge/wazedge/internal/wat"
)

// lookedUp has imports of several kinds mixed.
const lookedUp = `(module
	(import "m" "f" (func (param i32)))
	(import "m" "g" (global i64))
	(import "m" "e" (func (param f32)))
	(import "m" "t" (tag (param f64)))
	(func (param i64))
	(global i32 (i32.const 5))
	(global i32 (i32.add (global.get 1) (i32.const 2)))
	(global i64 (global.get 0))
	(global f64 (f64.const 1))
	(tag (param i32))
	(memory 1)
	(export "f" (func 2))
	(export "m" (memory 0)))`

func parsed(t *testing.T, text string) *wasm.Module {
	t.Helper()
	m, err := wat.Parse([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// TestIndexSpacesBeginWithImports states that an index counts the imports of its kind
// first, in their order, then the module's own.
func TestIndexSpacesBeginWithImports(t *testing.T) {
	m := parsed(t, lookedUp)
	for x, want := range []wasm.ValType{wasm.I32, wasm.F32, wasm.I64} {
		if got := m.FuncTypeOf(uint32(x)).Params[0]; got != want {
			t.Errorf("function %d takes %v, want %v", x, got, want)
		}
	}
	for x, want := range []wasm.ValType{wasm.F64, wasm.I32} {
		if got := m.TagTypeOf(uint32(x)).Params[0]; got != want {
			t.Errorf("tag %d carries %v, want %v", x, got, want)
		}
	}
	if im, _ := m.Imported(wasm.ExternFunc, 1); im == nil || im.Name != "e" {
		t.Errorf("function 1 is import %v", im)
	}
	if im, own := m.Imported(wasm.ExternFunc, 2); im != nil || own != 0 {
		t.Errorf("function 2 is %v, %d", im, own)
	}
}

// TestExported states that an export is found by its name, and is none of another kind.
func TestExported(t *testing.T) {
	m := parsed(t, lookedUp)
	for _, tc := range []struct {
		kind wasm.ExternKind
		name string
		x    uint32
		ok   bool
	}{
		{wasm.ExternFunc, "f", 2, true},
		{wasm.ExternMemory, "m", 0, true},
		{wasm.ExternFunc, "m", 0, false},
		{wasm.ExternFunc, "g", 0, false},
	} {
		if x, ok := m.Exported(tc.kind, tc.name); ok != tc.ok || ok && x != tc.x {
			t.Errorf("%v %q: %d, %t", tc.kind, tc.name, x, ok)
		}
	}
	if f, ok := m.ExportedFunc("f"); !ok || f.Params[0] != wasm.I64 {
		t.Errorf("f: %v, %t", f, ok)
	}
	if _, ok := m.ExportedFunc("m"); ok {
		t.Error("a memory is a function")
	}
}

// TestGlobalConstant states what globals begin with, as far as it is an integer and the
// imported ones are known.
func TestGlobalConstant(t *testing.T) {
	m := parsed(t, lookedUp)
	known := func(im *wasm.Import) (uint64, bool) { return 9, im.Name == "g" }
	unknown := func(*wasm.Import) (uint64, bool) { return 0, false }
	for _, tc := range []struct {
		x        uint32
		imported func(*wasm.Import) (uint64, bool)
		want     uint64
		ok       bool
	}{
		{0, known, 9, true},
		{0, unknown, 0, false},
		{1, unknown, 5, true},
		{2, unknown, 7, true},
		{3, known, 9, true},
		{3, unknown, 0, false},
		{4, known, 0, false},
	} {
		if got, ok := m.GlobalConstant(tc.x, wasm.Wasm3, tc.imported); ok != tc.ok || ok && got != tc.want {
			t.Errorf("global %d: %d, %t, want %d, %t", tc.x, got, ok, tc.want, tc.ok)
		}
	}
}
