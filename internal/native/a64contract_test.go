package native

import (
	"bytes"
	"runtime"
	"strings"
	"testing"

	"golang.org/x/arch/arm64/arm64asm"

	"github.com/wazedge/wazedge/internal/engine"
	"github.com/wazedge/wazedge/internal/engine/private"
	"github.com/wazedge/wazedge/internal/wasm"
	"github.com/wazedge/wazedge/internal/wat"
)

// TestA64EngineBodies states that the engine's own functions for arm64 are called, keep their frames, check
// the stack, trap and call as ours do: each has these instructions, in this order.
func TestA64EngineBodies(t *testing.T) {
	if runtime.GOARCH != "arm64" {
		t.Skip("the engine makes code for its own processor alone; .ci/arm64 runs this")
	}
	m, err := wat.Parse([]byte(`(module (import "m" "f" (func $import (param i32) (result i32))) (memory 1)
	  (func (param i32 i64 f32 f64) (result i64) (i64.add (local.get 1) (i64.const 77)))
	  (func (param i64 i64 i64 i64 i64 i64 i64 i64) (result i64) (local.get 7))
	  (func (param i32) (unreachable))
	  (func (param i32) (result i32) (call $import (local.get 0)))
	  (func (param i32) (result i32) (memory.grow (local.get 0)))
	  (func (param i32 i64) (result i64) (local i64) (local.set 2 (call 1 (local.get 0) (local.get 1) (f32.const 0) (f64.const 0))) (i64.add (local.get 1) (local.get 2))))`))
	if err != nil {
		t.Fatal(err)
	}
	r := engine.New(t.Context(), engine.Config{Artifacts: true})
	defer r.Close(t.Context())
	var l private.Layout
	ok := false
	_, err = r.CompileWith(t.Context(), wasm.Encode(m), engine.CompileOptions{Workers: 1, Save: func(a engine.Artifact) {
		l, ok = private.LayoutOf(private.Artifact{Before: bytes.Clone(a.Before), Body: bytes.Clone(a.Body), After: bytes.Clone(a.After)})
	}})
	if err != nil || !ok {
		t.Fatal(err, ok)
	}
	check := []string{"SUB X27, SP, ", "LDR X11, [X0,#40]", "CMP X27, X11", "STR X27, [X0,#64]", "LDR X27, [X0,#80]", "BLR X27"}
	frame := func(inside ...string) []string {
		list := append([]string{"STP X30, XZR, [SP,#-16]!"}, check...)
		return append(append(list, inside...), "LDR X30, [SP],#16", "RET X30")
	}
	for k, want := range [][]string{
		frame("STR XZR, [SP,#-16]!", "ADD X0, X3, ", "ADD SP, SP, #0x10"), // the integers are behind both contexts
		append(append([]string{"X27, XZR, #0x10", "SUB SP, SP, X27", "STP X30, X27, [SP,#-16]!"}, check...), // two parameters on the stack
			"[SP,#40]", "LDR X30, [SP],#16", "ADD SP, SP, #0x10", "RET X30"),
		{"STR W", ", [X0]", "[X0,#56]", "ADR ", "[X0,#48]", "LDR X29, [X0,#16]", "LDR X30, [X0,#32]", "LDR X27, [X0,#24]", "RET X30"},
		frame("STR X1, [X0,#8]", "BLR X"),
		frame("STR X1, [X0,#8]", "LDR X", ", [X0,#72]", "BLR X"),
		frame("BL .+0x", "ADD "),
	} {
		end := uint64(len(l.Code))
		if k+1 < len(l.Offsets) {
			end = l.Offsets[k+1]
		}
		var list []string
		for at := l.Offsets[k]; at+4 <= end; at += 4 {
			if in, err := arm64asm.Decode(l.Code[at:]); err == nil {
				list = append(list, in.String())
			}
		}
		text := strings.Join(list, "\n")
		rest := text
		for _, w := range want {
			_, behind, ok := strings.Cut(rest, w)
			if !ok {
				t.Errorf("function %d: no %q in\n%s", k, w, text)
				break
			}
			rest = behind
		}
	}
}
