package compat_test

import (
	"errors"
	"fmt"
	"testing"

	"github.com/wazedge/wazedge/compat"
	"github.com/wazedge/wazedge/compat/value"
	"github.com/wazedge/wazedge/internal/fault"
	"github.com/wazedge/wazedge/internal/wasm"
	"github.com/wazedge/wazedge/internal/wat"
)

// TestMemoriesOf4GiB states that a memory that begins with all pages can be used to
// its last byte, and that one which begins smaller does not become as large.
func TestMemoriesOf4GiB(t *testing.T) {
	const last = `(i32.store (i32.const -4) (i32.const 77)) (i32.load (i32.const -4))`
	for name, text := range map[string]string{
		"own":      `(module (memory 65536) (func (export "f") (result i32 i32 i32) ` + last + ` (memory.size) (memory.grow (i32.const 1))))`,
		"exported": `(module (memory (export "m") 65536) (func (export "f") (result i32 i32 i32) ` + last + ` (memory.size) (memory.grow (i32.const 1))))`,
		"second": `(module (memory 1) (memory $m 65536) (func (export "f") (result i32 i32 i32)
			(i32.store $m (i32.const -4) (i32.const 77)) (i32.load $m (i32.const -4)) (memory.size $m) (memory.grow $m (i32.const 1))))`,
		"64-bit addresses": `(module (memory i64 65536) (func (export "f") (result i32 i32 i32)
			(i32.store (i64.const 0xfffffffc) (i32.const 77)) (i32.load (i64.const 0xfffffffc))
			(i32.wrap_i64 (memory.size)) (i32.wrap_i64 (memory.grow (i64.const 1)))))`,
		"shared": `(module (memory 65536 65536 shared) (func (export "f") (result i32 i32 i32) ` + last + ` (memory.size) (memory.grow (i32.const 1))))`,
		"grown": `(module (memory 1) (func (export "f") (result i32 i32 i32)
			(i32.const 77) (i32.add (memory.grow (i32.const 65535)) (i32.const 65537)) (memory.grow (i32.const 65536))))`,
	} {
		for _, interpreter := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, interpreter %t", name, interpreter), func(t *testing.T) {
				features := wasm.Wasm3 | wasm.Threads
				vm := compat.New(compat.Config{Features: &features, Interpreter: interpreter, Alone: true})
				defer vm.Close(t.Context())
				m, err := wat.Parse([]byte(text))
				if err == nil {
					err = vm.Load(wasm.Encode(m))
				}
				if err == nil {
					err = vm.Validate()
				}
				if err == nil {
					err = vm.Instantiate(t.Context())
				}
				var got []value.Value
				if err == nil {
					got, err = vm.Invoke(t.Context(), "f")
				}
				if err != nil {
					t.Fatal(err)
				}
				if len(got) != 3 || uint32(got[0].Lo) != 77 || uint32(got[1].Lo) != 65536 || int32(got[2].Lo) != -1 {
					t.Errorf("got %v, want 77, 65536 and -1", got)
				}
			})
		}
	}
}

// TestTooLargeIsAnError states that a memory or table which the engine cannot have is
// an error of WasmEdge's kind, and no defect.
func TestTooLargeIsAnError(t *testing.T) {
	for _, text := range []string{
		`(module (memory i64 65537))`, `(module (memory 1) (memory i64 70000))`,
		`(module (table 134217729 funcref))`, `(module (table 1 funcref) (table i64 0x100000000 externref))`,
	} {
		features := wasm.Wasm3
		vm := compat.New(compat.Config{Features: &features})
		m, err := wat.Parse([]byte(text))
		if err == nil {
			err = vm.Load(wasm.Encode(m))
		}
		if err == nil {
			err = vm.Validate()
		}
		if err != nil {
			t.Fatal(err)
		}
		if _, ok := errors.AsType[*fault.Error](vm.Instantiate(t.Context())); !ok {
			t.Errorf("%s: not refused by a fault", text)
		}
		_ = vm.Close(t.Context())
	}
}
