package wat_test

import (
	"strings"
	"testing"

	"github.com/wazedge/wazedge/internal/wasm"
	"github.com/wazedge/wazedge/internal/wat"
)

// TestPlace states that the place of every instruction is that of its mnemonic, or of the parenthesis in front of
// it; and that of an end what closes its block.
func TestPlace(t *testing.T) {
	const text = `(module $m
  (import "a" "b" (func $import (param i32)))
  (memory 1) (global $g (mut i32) (i32.const 7))
  (data (i32.const 8) "abc")
  (func $one (param $p i32) (result i32) (local i64 i64)
    (block $b (result i32)
      (if (result i32) (i32.eqz (local.get $p))
        (then (i32.add (global.get $g) (i32.load offset=4 (local.get 0))))
        (else (br $b (i32.const 5)))))
    (if (local.get 0) (then (nop)))
    (loop (br_if 0 (local.tee $p (i32.sub (local.get $p) (i32.const 1))))))
  (func) (func (export "flat") (result i32)
    i32.const 1
    if (result i32)
      i32.const 2
    else
      i32.const 3
      (call $import)
      i32.const 4
    end (; what it is ;)
    block nop end
    i32.const 70000 i32.mul))`
	m, err := wat.Parse([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	bin := wasm.Encode(m)
	made, err := wasm.Decode(bin, wasm.Wasm3)
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(text, "\n")
	n := 0
	for i := range made.Bodies {
		var r wasm.Reader
		if _, err := made.OpenBody(i, &r, wasm.Wasm3, nil); err != nil {
			t.Fatal(err)
		}
		var in wasm.Instr
		for r.More() {
			if err := r.Next(&in); err != nil {
				t.Fatal(err)
			}
			at, ok := wat.Place([]byte(text), in.Offset)
			if !ok {
				t.Fatalf("%s at %#x has no place", in.Op, in.Offset)
			}
			found := lines[at.Line-1][at.Column-1:]
			if want := in.Op.String(); !strings.HasPrefix(strings.TrimPrefix(found, "("), want) && (in.Op != wasm.OpEnd || found[0] != ')') && (in.Op != wasm.OpElse || !strings.HasPrefix(found, "(else")) {
				t.Errorf("%s is at %d:%d, %q", want, at.Line, at.Column, found)
			}
			n++
		}
	}
	if n != 40 {
		t.Errorf("%d instructions", n)
	}
	for _, offset := range []int64{-1, 0, 8, int64(len(bin)), 1 << 40} {
		if at, ok := wat.Place([]byte(text), offset); ok {
			t.Errorf("offset %d is at %v", offset, at)
		}
	}
	if _, ok := wat.Place([]byte("(module"), 9); ok {
		t.Error("what is no module has places")
	}
}
