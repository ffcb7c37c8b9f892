package ondemand_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/wazedge/wazedge/internal/ondemand"
	"github.com/wazedge/wazedge/internal/wasm"
	"github.com/wazedge/wazedge/internal/wasm/validate"
	"github.com/wazedge/wazedge/internal/wat"
)

// read is the module of text, and what validation has found.
func read(t *testing.T, text string) (*wasm.Module, *validate.Result) {
	t.Helper()
	parsed, err := wat.Parse([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	m, err := wasm.Decode(wasm.Encode(parsed), wasm.Wasm3|wasm.Threads)
	if err != nil {
		t.Fatal(err)
	}
	checked, err := validate.Module(m, wasm.Wasm3|wasm.Threads, validate.Options{Workers: 1, Store: wasm.NewTypeStore()})
	if err != nil {
		t.Fatal(err)
	}
	return m, checked
}

const whole = `(module
  (type $unused (func (param i64)))
  (import "host" "f" (func $f (param i32) (result i64)))
  (import "host" "g" (func $g))
  (memory (export "memory") 2 9)
  (global $a (mut i32) (i32.const 1))
  (global $b i64 (i64.const 2))
  (global $v (mut v128) (v128.const i64x2 1 2))
  (table $t 3 funcref)
  (table $u 2 2 externref)
  (elem (table $t) (i32.const 1) func $one $three)
  (elem (table $t) (i32.const 0) funcref (ref.func $g) (ref.null func))
  (data (i32.const 65536) "abc")
  (func $one (param i32) (result i32)
    (local i64 v128)
    (block (param) (call $g))
    (local.set 1 (call $f (global.get $a)))
    (block (result i32 i32) (i32.const 1) (i32.const 2)) (drop)
    (call $two (f64.const 1)) (i32.add))
  (func $two (param f64) (result i32)
    (global.set $a (i32.wrap_i64 (global.get $b)))
    (table.set $t (i32.const 0) (ref.func $one))
    (drop (table.get $u (i32.const 0)))
    (call_indirect $t (param i32) (result i32) (i32.const 7) (i32.const 1)))
  (func $three (export "_start") (drop (call $one (i32.const 5)))))`

// TestPiecesAreValid states that what is cut of a valid module is valid.
func TestPiecesAreValid(t *testing.T) {
	m, checked := read(t, whole)
	if !ondemand.Possible(m, checked.Uses, &checked.Ops) {
		t.Fatalf("a module with %v cannot be cut", checked.Uses)
	}
	c := ondemand.New(m, nil)
	check := func(name string, piece *wasm.Module, err error) {
		t.Helper()
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		again, err := wasm.Decode(wasm.Encode(piece), wasm.Wasm3)
		if err == nil {
			_, err = validate.Module(again, wasm.Wasm3, validate.Options{Workers: 1, Store: wasm.NewTypeStore()})
		}
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	check("shell", c.Shell(), nil)
	check("caller", c.Caller(), nil)
	check("core", c.Core(), nil)
	stubs, stub := c.Stubs()
	check("stubs", stubs, nil)
	for i, f := range m.Funcs {
		if got := stubs.Funcs[stub(i)]; got != f {
			t.Errorf("function %d has a stub of type %d", i, got)
		}
	}
	for i := range uint32(3) {
		piece, err := c.Single(i)
		check("single", piece, err)
		for _, traced := range []bool{false, true} {
			piece, err = c.Group([]uint32{i}, traced)
			check("group", piece, err)
		}
	}
	piece, err := c.Group([]uint32{2, 0, 1}, false)
	check("group of all", piece, err)
}

// TestElements states what is in the tables that the core leaves empty.
func TestElements(t *testing.T) {
	m, _ := read(t, whole)
	got := map[uint64]int{}
	ondemand.New(m, nil).Elements(func(x uint32, k uint64, entry int) {
		if x != 0 {
			t.Errorf("an element of table %d", x)
		}
		got[k] = entry
	})
	if want := map[uint64]int{0: 3 + 1, 1: -1, 2: 2}; !maps.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

// TestGroupsTellWhatTheyName states that who cuts is told what functions name.
func TestGroupsTellWhatTheyName(t *testing.T) {
	m, _ := read(t, whole)
	c := ondemand.New(m, nil)
	var names []uint32
	c.Called = func(i uint32) { names = append(names, i) }
	if _, err := c.Group([]uint32{1, 0}, false); err != nil || !slices.Equal(names, []uint32{0, 1}) {
		t.Errorf("got %v, %v", names, err)
	}
}

// TestGroupsKnowOrigins states that each instruction of a function in a traced group stands for one
// of the module.
func TestGroupsKnowOrigins(t *testing.T) {
	m, _ := read(t, whole)
	c := ondemand.New(m, nil)
	for i := range uint32(3) {
		piece, err := c.Group([]uint32{i}, true)
		if err != nil {
			t.Fatal(err)
		}
		old, late := m.Bodies[i], piece.Bodies[0]
		_, r, err := late.Locals(wasm.Wasm3)
		if err != nil {
			t.Fatal(err)
		}
		for last := int64(0); r.More(); {
			var in, was wasm.Instr
			if err := r.Next(&in); err != nil {
				t.Fatal(err)
			}
			at := late.Origin(in.Offset)
			if at < last || at >= old.Offset+int64(len(old.Code)) {
				t.Fatalf("function %d: an instruction comes from %#x", i, at)
			}
			last = at
			if err := wasm.NewReader(old.Code[at-old.Offset:], at, wasm.Wasm3).Next(&was); err != nil {
				t.Fatal(err)
			}
			if was.Op != in.Op && was.Op != wasm.OpCall && was.Op != wasm.OpRefFunc {
				t.Errorf("function %d: %v stands for %v", i, in.Op, was.Op)
			}
		}
	}
}

// TestWhatCannotBeCut states which modules are left in one piece.
func TestWhatCannotBeCut(t *testing.T) {
	for name, text := range map[string]string{
		"no memory":     `(module (func))`,
		"no function":   `(module (memory 1))`,
		"shared":        `(module (memory 1 1 shared) (func))`,
		"whole memory":  `(module (memory 65536) (func))`,
		"two memories":  `(module (memory 1) (memory 1) (func))`,
		"64 bits":       `(module (memory i64 1) (func))`,
		"start":         `(module (memory 1) (func $f) (start $f))`,
		"imports":       `(module (import "m" "g" (global i32)) (memory 1) (func))`,
		"passive data":  `(module (memory 1) (data "a") (func))`,
		"tail calls":    `(module (memory 1) (func $f (return_call $f)))`,
		"exceptions":    `(module (memory 1) (tag $t) (func (throw $t)))`,
		"references":    `(module (memory 1) (type $t (func)) (func (param (ref $t)) (call_ref $t (local.get 0))))`,
		"objects":       `(module (memory 1) (type $t (struct)) (func (drop (struct.new $t))))`,
		"table.init":    `(module (memory 1) (table 1 funcref) (elem func $f) (func $f (table.init 0 (i32.const 0) (i32.const 0) (i32.const 0))))`,
		"table.grow":    `(module (memory 1) (table 1 funcref) (func (drop (table.grow (ref.null func) (i32.const 1)))))`,
		"relaxed":       `(module (memory 1) (func (drop (i32x4.relaxed_trunc_f32x4_s (v128.const i64x2 0 0)))))`,
		"reference":     `(module (memory 1) (global funcref (ref.null func)) (func))`,
		"far elements":  `(module (memory 1) (table 1 funcref) (global $g i32 (i32.const 0)) (elem (global.get $g) func 0) (func))`,
		"names of ours": `(module (memory (export "wazedge:core.memory") 1) (func))`,
		"far data":      `(module (import "m" "f" (func)) (memory 1) (global $g i32 (i32.const 1)) (data (global.get $g) "a") (func))`,
	} {
		m, checked := read(t, text)
		if ondemand.Possible(m, checked.Uses, &checked.Ops) {
			t.Errorf("%s: the module can be cut", name)
		}
	}
}

// TestLargeFunctionsAreCalledByTheTable states that a function calls small ones of its group directly, and large ones in a way that other
// code can take their place.
func TestLargeFunctionsAreCalledByTheTable(t *testing.T) {
	m, _ := read(t, fmt.Sprintf(`(module (memory 1)
		(func $large %s) (func $small)
		(func (call $large) (call $small)))`, strings.Repeat("nop ", 2<<10)))
	piece, err := ondemand.New(m, nil).Group([]uint32{0, 1, 2}, false)
	if err != nil {
		t.Fatal(err)
	}
	_, r, err := piece.Bodies[2].Locals(wasm.Wasm3)
	if err != nil {
		t.Fatal(err)
	}
	var got []wasm.Op
	var in wasm.Instr
	for r.More() && r.Next(&in) == nil {
		got = append(got, in.Op)
	}
	if want := []wasm.Op{wasm.OpI32Const, wasm.OpCallIndirect, wasm.OpCall, wasm.OpEnd}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}
