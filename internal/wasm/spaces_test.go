package wasm_test

import (
	"reflect"
	"testing"

	"github.com/wazedge/wazedge/internal/wasm"
	"github.com/wazedge/wazedge/internal/wat"
)

// TestSpacesAgree compares what is looked up in lists with what is searched for.
func TestSpacesAgree(t *testing.T) {
	m, err := wat.Parse([]byte(`(module
		(type $a (func)) (type $b (func (param i32) (result i64 f32)))
		(import "m" "f" (func (type $b))) (import "m" "t" (table i64 3 externref)) (import "m" "g" (global (mut f64)))
		(import "m" "h" (func (type $a))) (import "m" "m" (memory i64 1)) (import "m" "e" (tag (type $a)))
		(func (type $a)) (func (type $b) (unreachable)) (table 2 funcref) (memory 7) (global i32 (i32.const 1)))`))
	if err != nil {
		t.Fatal(err)
	}
	s := m.Spaces()
	same := func(what string, i uint32, got, want any) {
		if !reflect.DeepEqual(got, want) {
			t.Errorf("%s %d: %v, want %v", what, i, got, want)
		}
	}
	for i := range uint32(4) {
		same("type index of function", i, s.TypeIndexOf(i), m.TypeIndexOf(i))
		same("type of function", i, s.FuncTypeOf(i), m.FuncTypeOf(i))
		call := wasm.Instr{Op: wasm.OpCall, X: i}
		pops, pushes, leaves := s.Arity(&call)
		wantPops, wantPushes, wantLeaves := m.Arity(&call)
		same("call", i, []any{pops, pushes, leaves}, []any{wantPops, wantPushes, wantLeaves})
	}
	for i := range uint32(2) {
		same("table", i, s.TableTypeOf(i), m.TableTypeOf(i))
		same("memory", i, s.MemoryTypeOf(i), m.MemoryTypeOf(i))
		same("global", i, s.GlobalTypeOf(i), m.GlobalTypeOf(i))
	}
}
