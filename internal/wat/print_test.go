package wat

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/wazedge/wazedge/internal/wasm"
)

func printed(t *testing.T, m *wasm.Module) string {
	t.Helper()
	var b strings.Builder
	if err := Print(&b, m); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// TestPrintReadsBack prints a module that has everything, and reads it back.
func TestPrintReadsBack(t *testing.T) {
	m := parse(t, `(module $m
		(@custom "first" (before first) "\00\ff\"")
		(rec (type $a (sub (struct (field $x i32) (field (mut i8))))) (type (sub final $a (struct (field i32) (field (mut i8)) (field (ref null $a))))))
		(rec (type $f (func (param i32 i64) (result f32))))
		(type (array (mut i16)))
		(import "a\n" "\u{200b}é" (func $im (param i32)))
		(import "a" "t" (table i64 1 2 (ref null $a)))
		(import "a" "m" (memory $mm i64 1))
		(import "a" "g" (global (mut v128)))
		(import "a" "tag" (tag (param i32)))
		(table $t 1 funcref) (table 3 (ref func) (ref.func $im))
		(memory 1 2 shared)
		(tag $e (type $f))
		(global $g (mut i32) (i32.add (i32.const 1) (i32.const -2)))
		(global $" odd name\"" f64 (f64.const nan:0x1))
		(export "x" (func $im)) (export "" (table $t))
		(start $s)
		(func $s (local i32 i32) (local $y i64)
			(block $l (result i32) (loop (br $l (i32.const 0))) (unreachable)) drop
			(if (i32.const 0) (then nop) (else (try_table (catch $e 0) (catch_all_ref 1))))
			(drop (f32.const 0x1.8p-149)) (drop (f64.const -1e300)) (drop (f32.const -inf))
			(drop (i8x16.shuffle 0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 31 (v128.const i64x2 -1 2) (v128.const f32x4 1 2 3 4)))
			(v128.store8_lane $mm offset=0x1_0000_0000 15 (i64.const 0) (v128.const i64x2 0 0))
			(drop (i32.load 1 align=1 (i32.const 0)))
			(drop (struct.get $a $x (ref.null $a)))
			(drop (ref.cast (ref null $a) (ref.null none)))
			(drop (ref.test (ref eq) (ref.null none)))
			(block (result anyref) (br_on_cast 0 anyref (ref i31) (ref.null any))) drop
			(memory.init 1 $d (i32.const 0) (i32.const 0) (i32.const 0))
			(table.init $t $el (i32.const 0) (i32.const 0) (i32.const 0))
			(memory.copy 1 0 (i32.const 0) (i64.const 0) (i32.const 0))
			(drop (call_indirect $t (type $f) (i32.const 0) (i64.const 0) (i32.const 0)))
			(drop (select (result i32) (i32.const 0) (i32.const 0) (i32.const 0)))
			(local.set $y (i64.const 0x8000000000000000)) (atomic.fence) (br_table 0 0 (i32.const 0)))
		(elem $el func $s $im) (elem declare func $s) (elem (table $t) (i32.const 0) funcref (ref.func $s) (item ref.null func))
		(elem (table 2) (offset global.get $g) (ref func) (ref.func 0))
		(data $d "abc\00\"") (data (memory 1) (i32.const 0) "") (data (i64.const 3) "x")
		(@custom "after" (after code) "zz"))`)
	text := printed(t, m)
	again := parse(t, text)
	if got := printed(t, again); got != text {
		t.Errorf("printed again as\n%s\nfirst\n%s", got, text)
	}
	if !bytes.Equal(wasm.Encode(again), wasm.Encode(m)) {
		t.Errorf("reads back as another module:\n%s", text)
	}
}

// TestPrintNames prints names of a name section that cannot all be identifiers.
func TestPrintNames(t *testing.T) {
	m := parse(t, `(func $a) (func $b) (func)`)
	n := wasm.Names{Funcs: []wasm.Name{{Index: 0, Name: "same"}, {Index: 1, Name: "same"}, {Index: 2, Name: "once"}, {Index: 9, Name: "beyond"}}}
	m.Customs = []wasm.Custom{n.Custom()}
	text := printed(t, m)
	for _, want := range []string{"(func (;0;)", "(func (;1;)", "(func $once", `(@custom "name"`} {
		if !strings.Contains(text, want) {
			t.Errorf("no %s in\n%s", want, text)
		}
	}
	if again := parse(t, text); !bytes.Equal(wasm.Encode(again), wasm.Encode(m)) {
		t.Errorf("reads back as another module:\n%s", text)
	}
}

// TestPrintGuests holds the guests that are built modules to come back from text.
func TestPrintGuests(t *testing.T) {
	files, err := filepath.Glob("../../testdata/*/*.wasm")
	if err != nil || len(files) == 0 {
		t.Fatalf("no guests: %v", err)
	}
	for _, file := range files {
		bin, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		m, err := wasm.Decode(bin, everything)
		if err != nil {
			continue // some are hostile in that they do not decode
		}
		text := printed(t, m)
		again, err := Parse([]byte(text))
		if err != nil {
			t.Errorf("%s: %v", file, err)
			continue
		}
		if got := printed(t, again); got != text {
			t.Errorf("%s: printed again as something else", file)
		}
	}
}
