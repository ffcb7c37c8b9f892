package limits

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/wazedge/wazedge/internal/wasm"
	"github.com/wazedge/wazedge/internal/wasm/validate"
	"github.com/wazedge/wazedge/internal/wat"
)

// several is a module with all that metering adds: functions for instructions that take long, and types for blocks with
// several results.
const several = `(module
	(import "host" "f" (func $f (param i32) (result i32)))
	(memory 1) (table 3 funcref) (elem (i32.const 0) $pair $fill)
	(func $fill (param i32) (memory.fill (i32.const 0) (i32.const 1) (local.get 0)))
	(func $copy (param i32) (memory.copy (i32.const 0) (i32.const 1) (local.get 0)) (table.copy (i32.const 0) (i32.const 1) (local.get 0)))
	(func $pair (param i32) (result i32 i32)
		(call $fill (i32.const 2)) (if (local.get 0) (then (return (i32.const 1) (i32.const 2))))
		(loop (call $copy (i32.const 3)) (br_if 0 (call $f (i32.const 1)))) (i32.const 3) (call $f (i32.const 4)))
	(func (export "run") (param i32) (drop (drop (call $pair (local.get 0)))))
	(export "pair" (func $pair)))`

// TestFormsAreMetered states that functions that are metered when they are asked for are those that [Meter] makes, in
// any order and by any goroutine, and that what it adds is there.
func TestFormsAreMetered(t *testing.T) {
	modules := map[string][]byte{}
	files, err := filepath.Glob("../bench/guests/*.wasm")
	if err != nil || len(files) == 0 {
		t.Fatalf("no guests: %v", err)
	}
	for _, file := range files {
		if modules[filepath.Base(file)], err = os.ReadFile(file); err != nil {
			t.Fatal(err)
		}
	}
	parsed, err := wat.Parse([]byte(several))
	if err != nil {
		t.Fatal(err)
	}
	modules["several"] = wasm.Encode(parsed)
	limit := uint64(1 << 40)
	for name, b := range modules {
		for _, c := range []Config{{Instructions: true}, {Interruptible: true}, {Instructions: true, Gas: true, Costs: UnitCosts(), GasLimit: &limit}, {MaxDepth: 9, Profile: true}} {
			t.Run(fmt.Sprintf("%s %+v", name, c.Variant()), func(t *testing.T) {
				m, err := wasm.Decode(b, wasm.Wasm2)
				if err != nil {
					t.Skip(err)
				}
				checked, err := validate.Module(m, wasm.Wasm2, validate.Options{})
				if err != nil {
					t.Skip(err)
				}
				want, err := Meter(m, c.Variant())
				if err != nil {
					t.Fatal(err)
				}
				form, err := NewForm(m, c.Variant(), checked.Ops.Has)
				if err != nil || form == nil {
					t.Fatalf("no form: %v", err)
				}
				whole := *form.Module()
				whole.Bodies = slices.Clone(whole.Bodies)
				done := make(chan error)
				for part := range 2 {
					go func() {
						f := form.Another()
						for i := len(whole.Bodies) - 1 - part; i >= 0; i -= 2 {
							body, err := f.Body(uint32(i), false)
							if err != nil {
								done <- fmt.Errorf("function %d: %w", i, err)
								return
							}
							whole.Bodies[i] = body
						}
						done <- nil
					}()
				}
				for range 2 {
					if err := <-done; err != nil {
						t.Fatal(err)
					}
				}
				if name != "several" && !bytes.Equal(wasm.Encode(&whole), wasm.Encode(want)) {
					t.Error("the module is another one")
				}
				if len(whole.Bodies) != len(want.Bodies) || len(whole.Globals) != len(want.Globals) {
					t.Errorf("%d functions and %d globals, want %d and %d", len(whole.Bodies), len(whole.Globals), len(want.Bodies), len(want.Globals))
				}
				again, err := wasm.Decode(wasm.Encode(&whole), wasm.Wasm2)
				if err == nil {
					_, err = validate.Module(again, wasm.Wasm2, validate.Options{})
				}
				if err != nil {
					t.Errorf("the metered module is not valid: %v", err)
				}
			})
		}
	}
}

// TestWhatHasNoForm states for which modules all of the code is looked at.
func TestWhatHasNoForm(t *testing.T) {
	for name, ops := range map[string][]wasm.Op{
		"a segment":         {wasm.OpMemoryInit},
		"one of two tables": {wasm.OpTableFill},
	} {
		m := &wasm.Module{Tables: make([]wasm.Table, 2), Memories: make([]wasm.MemoryType, 1)}
		f, err := NewForm(m, Variant{Checked: true}, func(op wasm.Op) bool { return slices.Contains(ops, op) })
		if f != nil || err != nil {
			t.Errorf("%s: got a form, %v", name, err)
		}
	}
	if f, err := NewForm(&wasm.Module{}, Variant{}, func(wasm.Op) bool { return false }); f != nil || err != nil {
		t.Errorf("nothing to be metered has a form, %v", err)
	}
}
