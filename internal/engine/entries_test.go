package engine_test

import (
	"context"
	"runtime"
	"slices"
	"testing"

	"github.com/wazedge/wazedge/internal/engine"
	"github.com/wazedge/wazedge/internal/wasm"
	"github.com/wazedge/wazedge/internal/wat"
)

// TestEntries states that functions which are compiled after an instance work on its memory and
// globals, that their entries ask for them until then, and that code for another layout is not
// taken.
func TestEntries(t *testing.T) {
	if runtime.GOARCH != "amd64" && runtime.GOARCH != "arm64" {
		t.Skip("nothing is compiled here")
	}
	ctx := context.Background()
	rt := engine.New(ctx, engine.Config{})
	defer rt.Close(ctx)
	compile := func(text string) *engine.Code {
		t.Helper()
		m, err := wat.Parse([]byte(text))
		if err != nil {
			t.Fatal(err)
		}
		code, err := rt.CompileWith(ctx, wasm.Encode(m), engine.CompileOptions{Label: text[:30]})
		if err != nil {
			t.Fatal(err)
		}
		return code
	}
	const surroundings = `(type $t (func (param i32) (result i32))) (memory (export "memory") 1) (global $g (mut i32) (i32.const 7)) (table $all (export "all") 2 funcref)`
	core, err := rt.Instantiate(ctx, compile(`(module (; the core, by itself ;) `+surroundings+`
	  (func (export "f") (param $n i32) (param $x i32) (result i32) (call_indirect $all (type $t) (local.get $x) (local.get $n))))`), engine.Options{})
	if err != nil {
		t.Fatal(err)
	}
	var entries *engine.Entries
	groups := []struct {
		code *engine.Code
		list []uint32
	}{
		{compile(`(module (; a group of one ;) ` + surroundings + ` (func (type $t)
		  (global.set $g (i32.add (global.get $g) (i32.const 1))) (i32.store8 (i32.const 5) (local.get 0))
		  (call_indirect $all (type $t) (i32.mul (global.get $g) (local.get 0)) (i32.const 0))))`), []uint32{1}},
		{compile(`(module (; another group ;) ` + surroundings + ` (func (type $t) (i32.add (local.get 0) (i32.load8_u (i32.const 5)))))`), []uint32{0}},
	}
	var asked []uint64
	host, err := rt.InstantiateFunctions(ctx, "host", []engine.HostFunction{{
		Name: "need", Params: []byte{byte(wasm.I32)},
		Call: func(_ context.Context, _ engine.Caller, stack []uint64) error {
			asked = append(asked, stack[0])
			if g := groups[1-stack[0]]; !entries.Set(g.code, g.list) {
				t.Error("the code of a group is not taken")
			}
			return nil
		},
	}})
	if err != nil {
		t.Fatal(err)
	}
	stubsCode := compile(`(module (; stubs for core ;) (type $t (func (param i32) (result i32)))
	  (import "host" "need" (func $need (param i32))) (import "core" "all" (table $all 2 funcref)) (global $n (mut i32) (i32.const 0))
	  (func unreachable)
	  (func (type $t) (call $need (global.get $n)) (call_indirect $all (type $t) (local.get 0) (global.get $n))))`)
	stubs, err := rt.Instantiate(ctx, stubsCode, engine.Options{Imports: func(name string) *engine.Instance {
		if name == "host" {
			return host
		}
		return core
	}})
	if err != nil {
		t.Fatal(err)
	}
	if entries = core.Entries(stubs, stubsCode, 2, func(int) int { return 0 }, func(int) int { return 1 }); entries == nil {
		t.Fatal("there are no entries")
	}
	for k := range 2 {
		core.Table(0)[k] = entries.Element(k)
	}
	for _, want := range []uint64{8*3 + 3, 9*3 + 3} {
		stack := []uint64{1, 3}
		if err := core.Call(ctx, "f", stack); err != nil || stack[0] != want {
			t.Errorf("got %d, %v, want %d", stack[0], err, want)
		}
	}
	if !slices.Equal(asked, []uint64{1, 0}) {
		t.Errorf("asked for %v", asked)
	}
	if core.Memory()[5] != 3 {
		t.Error("a function works on another memory")
	}
	other := compile(`(module (; another layout ;) (type $t (func (param i32) (result i32))) (memory 1) (global i32 (i32.const 1)) (global i32 (i32.const 1)) (table 2 funcref) (func (type $t) (i32.const 1)))`)
	if entries.Set(other, []uint32{0}) || entries.Set(groups[0].code, []uint32{0, 1}) {
		t.Error("code is taken that works on something else, or is of other functions")
	}
}

// TestUnknownEngineHasNoEntries states that nothing is done by layouts that are not known.
func TestUnknownEngineHasNoEntries(t *testing.T) {
	ctx := context.Background()
	rt := engine.New(ctx, engine.Config{Unknown: true})
	defer rt.Close(ctx)
	code := compileText(t, rt, `(module (global (mut i32) (i32.const 0)) (func))`)
	inst, err := rt.Instantiate(ctx, code, engine.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if inst.Entries(inst, code, 1, func(int) int { return 0 }, func(int) int { return 0 }) != nil {
		t.Error("there are entries")
	}
}
