package engine

import (
	"bytes"
	"errors"
	"io"
	"testing"

	"github.com/wazedge/wazedge/internal/engine/private"
	"github.com/wazedge/wazedge/internal/fault"
	"github.com/wazedge/wazedge/internal/wasm"
	"github.com/wazedge/wazedge/internal/wat"
)

// TestUnknownEngine states what is left where the engine is not the one that package
// private was written for: modules run and trap as always, their code is neither saved
// nor loaded nor made for other processors, and traps tell no more than wazero does.
func TestUnknownEngine(t *testing.T) {
	m, err := wat.Parse([]byte(`(module (memory (export "m") 1) (data $d (i32.const 4) "\2a")
		(table $t 3 funcref)
		(func $f (export "f") (param i32) (result i32)
			(if (i32.eqz (local.get 0)) (then (return (i32.load (i32.const 4)))))
			(call $f (i32.sub (local.get 0) (i32.const 1))))
		(func $g (export "g") (param i32) (result i32)
			(if (i32.eqz (local.get 0)) (then unreachable))
			(i32.add (i32.const 1) (call $g (i32.sub (local.get 0) (i32.const 1)))))
		(func (export "again") (memory.init $d (i32.const 0) (i32.const 0) (i32.const 1))))`))
	if err != nil {
		t.Fatal(err)
	}
	ctx := t.Context()
	r := New(ctx, Config{Artifacts: true, Unknown: true})
	defer r.Close(ctx)
	compile := func(o CompileOptions) (*Code, error) { return r.CompileWith(ctx, wasm.Encode(m), o) }
	code, err := compile(CompileOptions{Positions: true, Save: func(Artifact) { t.Error("code is saved") }})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := compile(CompileOptions{Generic: true}); !errors.Is(err, errNotGeneric) {
		t.Errorf("generic code: %v", err)
	}
	if _, err := compile(CompileOptions{Load: io.NopCloser(bytes.NewReader(nil))}); !errors.Is(err, errNotLoaded) {
		t.Errorf("loading code: %v", err)
	}
	inst, err := r.Instantiate(ctx, code, Options{Drop: []int{0}})
	if err != nil {
		t.Fatal(err)
	}
	stack := []uint64{100}
	if err := inst.Call(ctx, "f", stack); err != nil || stack[0] != 42 {
		t.Errorf("f is %d, %v", stack[0], err)
	}
	if !errors.Is(inst.Call(ctx, "again", nil), fault.MemoryOutOfBounds) {
		t.Error("a data segment is not dropped")
	}
	if inst.TableSize(0) != 3 {
		t.Errorf("a table of %d elements", inst.TableSize(0))
	}
	trap, ok := errors.AsType[*Trap](inst.Call(ctx, "g", []uint64{100}))
	if !ok || trap.Code != fault.Unreachable || len(trap.Frames) != private.TextFrames {
		t.Fatalf("trap %v with %d frames", trap, len(trap.Frames))
	}
	for n, f := range trap.Frames {
		if f.Function != 1 || f.Offset <= 0 || f.Return != -1 {
			t.Errorf("frame %d is %+v", n, f)
		}
	}
	if stack := inst.Stack(); stack != nil {
		t.Errorf("active functions are told: %v", stack)
	}
}

// TestContractDecidesWhatIsKept states that what keys are made of goes with the
// contract.
func TestContractDecidesWhatIsKept(t *testing.T) {
	generic, known := Processor(true)
	if here, _ := Processor(false); !known || generic&^here != 0 {
		t.Errorf("generic code makes use of %#x, other of %#x; known: %v", generic, here, known)
	}
	if err := Contract(); err != nil {
		t.Error(err)
	}
}
