package compat_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/wazedge/wazedge/compat"
	"github.com/wazedge/wazedge/compat/value"
	"github.com/wazedge/wazedge/internal/fault"
)

// trapOf is the error of calling f of the module of text.
func trapOf(t *testing.T, c compat.Config, text string, args ...value.Value) *compat.InvokeError {
	t.Helper()
	vm := newVM(t, c)
	inst := register(t, vm, "m", text)
	_, err := inst.Invoke(t.Context(), "f", args...)
	e, ok := errors.AsType[*compat.InvokeError](err)
	if !ok {
		t.Fatalf("%s: %v, want a trap", text, err)
	}
	return e
}

// withoutOffsets are information lines with the byte offsets of instructions,
// which depend on the encoding, left out.
func withoutOffsets(lines []string) []string {
	out := make([]string, len(lines))
	for n, l := range lines {
		if before, after, ok := strings.Cut(l, " , Bytecode offset: 0x"); ok {
			l = before + after[len("00000000"):]
		}
		out[n] = l
	}
	return out
}

// The lines are those of WasmEdge's interpreter for the same code.
func TestTrapsAreExplained(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name, text string
		code       fault.Code
		info       []string
	}{
		{
			"unreachable", `(func (export "f") unreachable)`,
			fault.Unreachable, []string{"In instruction: unreachable (0x00)"},
		},
		{
			"signed division", `(func (export "f") (drop (i32.div_s (i32.const -1) (i32.const 0))))`,
			fault.DivideByZero, []string{"In instruction: i32.div_s (0x63) , Args: [-1 , 0]"},
		},
		{
			"unsigned remainder", `(func (export "f") (drop (i64.rem_u (i64.const -1) (i64.const 0))))`,
			fault.DivideByZero, []string{"In instruction: i64.rem_u (0x78) , Args: [18446744073709551615 , 0]"},
		},
		{
			"overflow of a conversion", `(func (export "f") (drop (i64.trunc_f64_s (f64.const inf))))`,
			fault.IntegerOverflow, []string{"In instruction: i64.trunc_f64_s (0xa6) , Args: [inf]"},
		},
		{
			"conversion of a NaN", `(func (export "f") (drop (i32.trunc_f32_u (f32.const nan))))`,
			fault.InvalidConvToInt, []string{"In instruction: i32.trunc_f32_u (0x9f) , Args: [nan]"},
		},
		{
			"load with offset", `(memory 1) (func (export "f") (drop (i64.load offset=65532 (i32.const 0))))`,
			fault.MemoryOutOfBounds, []string{
				"Accessing offset from: 0x0000fffc to: 0x00010003 , Out of boundary: 0x0000ffff",
				"In instruction: i64.load (0x1f)",
			},
		},
		{
			"store beyond 4 GiB", `(memory 1) (func (export "f") (i64.store offset=4294967295 (i32.const 1) (i64.const 0)))`,
			fault.MemoryOutOfBounds, []string{
				"Accessing offset from: 0x100000000 to: 0x100000007 , Out of boundary: 0x0000ffff",
				"In instruction: i64.store (0x2d)",
			},
		},
		{
			"copy from outside", `(memory 1) (func (export "f") (memory.copy (i32.const 65530) (i32.const 65531) (i32.const 10)))`,
			fault.MemoryOutOfBounds, []string{
				"Accessing offset from: 0x0000fffb to: 0x00010004 , Out of boundary: 0x0000ffff",
				"In instruction: memory.copy (0xeb)",
			},
		},
		{
			"init from a dropped segment", `(memory 1) (data $d "abc") (func (export "f") (data.drop $d)
				(memory.init $d (i32.const 0) (i32.const 0) (i32.const 1)))`,
			fault.MemoryOutOfBounds, []string{
				"Accessing offset from: 0x00000000 to: 0x00000000 , Out of boundary: 0x00000000",
				"In instruction: memory.init (0xe9)",
			},
		},
		{
			"table.set", `(table 6 funcref) (func (export "f") (table.set (i32.const -1) (ref.null func)))`,
			fault.TableOutOfBounds, []string{
				"Accessing offset from: 0xffffffff to: 0xffffffff , Out of boundary: 0x00000005",
				"In instruction: table.set (0x1d) , Args: [4294967295]",
			},
		},
		{
			"call of an undefined element", `(table 2 funcref) (func (export "f") (call_indirect (i32.const 2)))`,
			fault.UndefinedElement, []string{"In instruction: call_indirect (0x0e) , Args: [2]"},
		},
		{
			"call of an uninitialized element", `(table 2 funcref) (func (export "f") (call_indirect (i32.const 1)))`,
			fault.UninitializedElement, []string{"In instruction: call_indirect (0x0e) , Args: [1]"},
		},
		{
			"call of another type", `(table 2 funcref) (elem (i32.const 1) func $g) (func $g (param i32))
				(func (export "f") (call_indirect (i32.const 1)))`,
			fault.IndirectCallTypeMismatch, []string{
				"In instruction: call_indirect (0x0e) , Args: [1]",
				"Mismatched function type. Expected: FuncType {params{} returns{}} , Got: FuncType {params{i32} returns{}}",
			},
		},
		{
			"call of a null reference", `(type $t (func)) (func (export "f") (call_ref $t (ref.null $t)))`,
			fault.AccessNullFunc, []string{"In instruction: call_ref (0x11)"},
		},
		{
			"array out of bounds", `(type $a (array (mut i32))) (func (export "f")
				(array.fill $a (array.new_default $a (i32.const 5)) (i32.const 3) (i32.const 0) (i32.const 4)))`,
			fault.ArrayOutOfBounds, []string{
				"Accessing offset from: 0x00000003 to: 0x00000006 , Out of boundary: 0x00000004",
				"In instruction: array.fill (0xd2)",
			},
		},
		{
			"cast to another type", `(type $a (sub (struct))) (type $b (sub $a (struct (field i32)))) (type $c (sub $a (struct (field i64))))
				(func (export "f") (drop (ref.cast (ref $c) (struct.new_default $b))))`,
			fault.CastFailed, []string{
				"Mismatched value type. Expected: ref type_index[2] , Got: ref type_index[1]",
				"In instruction: ref.cast (ref) (0xd8)",
			},
		},
		{
			"second memory", `(memory 1) (memory $b 1) (func (export "f") (drop (i32.load (i32.const 0)))
				(i64.store8 $b (i32.const 65536) (i64.const 1)))`,
			fault.MemoryOutOfBounds, []string{
				"Accessing offset from: 0x00010000 to: 0x00010000 , Out of boundary: 0x0000ffff",
				"In instruction: i64.store8 (0x32)",
			},
		},
		{
			"copy between memories", `(memory $a 1) (memory $b 2) (func (export "f")
				(memory.copy $a $b (i32.const 65536) (i32.const 65535) (i32.const 2)))`,
			fault.MemoryOutOfBounds, []string{
				"Accessing offset from: 0x00010000 to: 0x00010001 , Out of boundary: 0x0000ffff",
				"In instruction: memory.copy (0xeb)",
			},
		},
		{
			"init of a grown second memory", `(memory 0) (memory $b 1) (data $d "abc") (func (export "f")
				(drop (memory.grow $b (i32.const 2)))
				(memory.init $b $d (i32.const 196606) (i32.const 0) (i32.const 3)))`,
			fault.MemoryOutOfBounds, []string{
				"Accessing offset from: 0x0002fffe to: 0x00030000 , Out of boundary: 0x0002ffff",
				"In instruction: memory.init (0xe9)",
			},
		},
		{
			"end of a wide access beyond 64 bits", `(memory i64 1) (func (export "f") (drop (i64.load (i64.const -1))))`,
			fault.MemoryOutOfBounds, []string{
				"Accessing offset from: 0xffffffffffffffff to: 0x10000000000000006 , Out of boundary: 0x0000ffff",
				"In instruction: i64.load (0x1f)",
			},
		},
		{
			"start of a wide access beyond 64 bits", `(memory i64 1) (func (export "f") (drop (i64.load offset=16 (i64.const -1))))`,
			fault.MemoryOutOfBounds, []string{
				"Accessing offset from: 0x1000000000000000f to: 0x10000000000000016 , Out of boundary: 0x0000ffff",
				"In instruction: i64.load (0x1f)",
			},
		},
		{
			"table.copy from outside", `(table 30 funcref) (func (export "f")
				(table.copy (i32.const 0) (i32.const 31) (i32.const 0)))`,
			fault.TableOutOfBounds, []string{
				"Accessing offset from: 0x00000000 to: 0x0000001e , Out of boundary: 0x0000001d",
				"In instruction: table.copy (0xef)",
			},
		},
		{
			"wide table", `(table i64 3 funcref) (func (export "f") (drop (table.get (i64.const 0x100000005))))`,
			fault.TableOutOfBounds, []string{
				"Accessing offset from: 0x100000005 to: 0x100000005 , Out of boundary: 0x00000002",
				"In instruction: table.get (0x1c) , Args: [5]",
			},
		},
		{
			"init from an active segment", `(memory 1) (data $d (i32.const 0) "abc") (func (export "f")
				(memory.init $d (i32.const 0) (i32.const 2) (i32.const 7)))`,
			fault.MemoryOutOfBounds, []string{
				"Accessing offset from: 0x00000002 to: 0x00000008 , Out of boundary: 0x00000000",
				"In instruction: memory.init (0xe9)",
			},
		},
		{
			"too much from a dropped segment", `(table 9 funcref) (elem $e func 0 0) (func (export "f") (elem.drop $e)
				(table.init $e (i32.const 0) (i32.const 0) (i32.const 5)))`,
			fault.TableOutOfBounds, []string{
				"Accessing offset from: 0x00000000 to: 0x00000004 , Out of boundary: 0x00000000",
				"In instruction: table.init (0xed)",
			},
		},
		{
			"memory beside a heap", `(type $s (struct)) (memory 1) (func (export "f")
				(drop (i32.load (i32.const 65536))) (drop (struct.new $s)))`,
			fault.MemoryOutOfBounds, []string{
				"Accessing offset from: 0x00010000 to: 0x00010003 , Out of boundary: 0x0000ffff",
				"In instruction: i32.load (0x1e)",
			},
		},
		{
			"table beside a heap", `(type $s (struct)) (table 3 funcref) (func (export "f")
				(table.set (i32.const 3) (ref.null func)) (drop (struct.new $s)))`,
			fault.TableOutOfBounds, []string{
				"Accessing offset from: 0x00000003 to: 0x00000003 , Out of boundary: 0x00000002",
				"In instruction: table.set (0x1d) , Args: [3]",
			},
		},
		{
			"call of another type beside a heap", `(type $s (struct)) (table 2 funcref) (elem (i32.const 1) func $g)
				(func $g (param i32) (result (ref null $s)) (ref.null $s)) (func (export "f") (call_indirect (i32.const 1)))`,
			fault.IndirectCallTypeMismatch, []string{
				"In instruction: call_indirect (0x0e) , Args: [1]",
				"Mismatched function type. Expected: FuncType {params{} returns{}} , Got: FuncType {params{i32} returns{ref_null type_index[0]}}",
			},
		},
		{
			"call of an element set at run time", `(table 2 funcref) (elem declare func $g) (func $g (result i64) (i64.const 0))
				(func (export "f") (table.set (i32.const 1) (ref.func $g)) (call_indirect (i32.const 1)))`,
			fault.IndirectCallTypeMismatch, []string{
				"In instruction: call_indirect (0x0e) , Args: [1]",
				"Mismatched function type. Expected: FuncType {params{} returns{}} , Got: FuncType {params{} returns{i64}}",
			},
		},
		{
			"call of an undefined element beside a heap", `(type $s (struct)) (table 2 funcref) (func (export "f")
				(call_indirect (i32.const 2)) (drop (struct.new $s)))`,
			fault.UndefinedElement, []string{"In instruction: call_indirect (0x0e) , Args: [2]"},
		},
		{
			"array from data", `(type $a (array i16)) (data $d "abcde") (func (export "f")
				(drop (array.new_data $a $d (i32.const 1) (i32.const 3))))`,
			fault.MemoryOutOfBounds, []string{
				"Accessing offset from: 0x00000001 to: 0x00000006 , Out of boundary: 0x00000004",
				"In instruction: array.new_data (0xcb)",
			},
		},
		{
			"array from elements", `(type $a (array funcref)) (elem $e func 0 0) (func (export "f")
				(drop (array.new_elem $a $e (i32.const 2) (i32.const 1))))`,
			fault.TableOutOfBounds, []string{
				"Accessing offset from: 0x00000002 to: 0x00000002 , Out of boundary: 0x00000001",
				"In instruction: array.new_elem (0xcc)",
			},
		},
		{
			"array initialised beyond the data", `(type $a (array (mut i32))) (data $d "abcdef") (func (export "f")
				(array.init_data $a $d (array.new_default $a (i32.const 9)) (i32.const 0) (i32.const 4) (i32.const 1)))`,
			fault.MemoryOutOfBounds, []string{
				"Accessing offset from: 0x00000004 to: 0x00000007 , Out of boundary: 0x00000005",
				"In instruction: array.init_data (0xd4)",
			},
		},
		{
			"array copied from outside", `(type $a (array (mut i32))) (func (export "f")
				(array.copy $a $a (array.new_default $a (i32.const 1)) (i32.const 1) (array.new_default $a (i32.const 2)) (i32.const 1) (i32.const 3)))`,
			fault.ArrayOutOfBounds, []string{
				"Accessing offset from: 0x00000001 to: 0x00000003 , Out of boundary: 0x00000001",
				"In instruction: array.copy (0xd3)",
			},
		},
		{
			"null array", `(type $a (array i32)) (func (export "f") (drop (array.get $a (ref.null $a) (i32.const 1))))`,
			fault.AccessNullArray, []string{"In instruction: array.get (0xcd)"},
		},
		{
			"cast of a null", `(type $a (struct)) (func (export "f") (drop (ref.cast (ref $a) (ref.null any))))`,
			fault.CastFailed, []string{
				"Mismatched value type. Expected: ref type_index[0] , Got: ref_null none",
				"In instruction: ref.cast (ref) (0xd8)",
			},
		},
		{
			"cast of a null function", `(type $a (func)) (func (export "f") (drop (ref.cast (ref $a) (ref.null func))))`,
			fault.CastFailed, []string{
				"Mismatched value type. Expected: ref type_index[0] , Got: ref_null nofunc",
				"In instruction: ref.cast (ref) (0xd8)",
			},
		},
		{
			"cast of a function", `(type $a (func)) (type $b (func (param i32))) (elem declare func $g) (func $g (type $b))
				(func (export "f") (drop (ref.cast (ref null $a) (ref.func $g))))`,
			fault.CastFailed, []string{
				"Mismatched value type. Expected: ref_null type_index[0] , Got: ref type_index[1]",
				"In instruction: ref.cast (ref.null) (0xd9)",
			},
		},
		{
			"cast of an external reference", `(func (export "f")
				(drop (ref.cast (ref noextern) (extern.convert_any (ref.i31 (i32.const 1))))))`,
			fault.CastFailed, []string{
				"Mismatched value type. Expected: ref noextern , Got: ref extern",
				"In instruction: ref.cast (ref) (0xd8)",
			},
		},
		{
			"cast of an i31", `(type $a (struct)) (func (export "f") (drop (ref.cast (ref $a) (ref.i31 (i32.const 1)))))`,
			fault.CastFailed, []string{
				"Mismatched value type. Expected: ref type_index[0] , Got: ref i31",
				"In instruction: ref.cast (ref) (0xd8)",
			},
		},
	} {
		for _, interpreter := range []bool{false, true} {
			e := trapOf(t, compat.Config{Interpreter: interpreter}, "(module "+tc.text+")")
			if e.Fault.Code != tc.code || !slices.Equal(withoutOffsets(e.Fault.Info), tc.info) {
				t.Errorf("%s (interpreter %v): %v\n\t%s\nwant %v\n\t%s", tc.name, interpreter,
					e.Fault.Code, strings.Join(e.Fault.Info, "\n\t"), tc.code, strings.Join(tc.info, "\n\t"))
			}
		}
	}
}

// The second run, which tells the operands, gets the answers that the host gave in
// the first one: as long as there are not too many of them.
func TestOperandsAfterCallsOfTheHost(t *testing.T) {
	for _, tc := range []struct {
		name  string
		calls int32
		want  string
	}{
		{"host not called", 0, "In instruction: i32.div_s (0x63) , Args: [1 , 0]"},
		{"host called", 3, "In instruction: i32.div_s (0x63) , Args: [1 , 0]"},
		{"host called too often", 10_000, "In instruction: i32.div_s (0x63)"},
	} {
		for _, interpreter := range []bool{false, true} {
			e := trapOf(t, compat.Config{Interpreter: interpreter}, `(module
				(import "wasi_snapshot_preview1" "random_get" (func $random (param i32 i32) (result i32)))
				(import "wasi_ephemeral_nn" "compute" (func $mock (param i32) (result i32)))
				(memory 1)
				(func (export "f") (param $n i32)
					(block (loop
						(br_if 1 (i32.eqz (local.get $n)))
						(drop (call $random (i32.const 8) (i32.const 4)))
						(i32.store (i32.const 0) (i32.add (i32.load (i32.const 0)) (i32.load (i32.const 8))))
						(local.set $n (i32.sub (local.get $n) (i32.const 1))) (br 0)))
					(drop (i32.div_s
						(call $mock (i32.const 0))
						(i32.sub (i32.load (i32.const 0)) (i32.load (i32.const 0)))))))`, value.OfI32(tc.calls))
			if got := withoutOffsets(e.Fault.Info); len(got) != 1 || got[0] != tc.want {
				t.Errorf("%s (interpreter %v): %q, want %q", tc.name, interpreter, got, tc.want)
			}
		}
	}
}

// What the host has put into memory is an operand like any other.
func TestOperandsFromTheHost(t *testing.T) {
	e := trapOf(t, compat.Config{}, `(module
		(import "wasi_snapshot_preview1" "args_sizes_get" (func $args (param i32 i32) (result i32)))
		(memory 1)
		(func $begin (drop (call $args (i32.const 0) (i32.const 4))) (i32.store (i32.const 4) (i32.const 70000)))
		(start $begin)
		(func (export "f") (drop (i32.load (i32.add (i32.load (i32.const 0)) (i32.load (i32.const 4)))))))`)
	want := "Accessing offset from: 0x00011170 to: 0x00011173 , Out of boundary: 0x0000ffff"
	if len(e.Fault.Info) != 2 || e.Fault.Info[0] != want {
		t.Errorf("%q, want %q", e.Fault.Info, want)
	}
}

func TestOperandsAfterEarlierCalls(t *testing.T) {
	vm := newVM(t, compat.Config{})
	inst := register(t, vm, "m", `(module (global $g (mut i32) (i32.const 0))
		(func $begin (global.set $g (i32.const 7)))
		(start $begin)
		(func (export "less") (param i32) (global.set $g (i32.sub (global.get $g) (local.get 0))))
		(func (export "f") (result i32) (i32.div_u (i32.const 100) (global.get $g))))`)
	for _, n := range []int32{3, 4} {
		if _, err := inst.Invoke(t.Context(), "less", value.OfI32(n)); err != nil {
			t.Fatal(err)
		}
	}
	_, err := inst.Invoke(t.Context(), "f")
	e, ok := errors.AsType[*compat.InvokeError](err)
	if !ok || len(e.Fault.Info) != 1 || !strings.HasSuffix(e.Fault.Info[0], "Args: [100 , 0]") {
		t.Errorf("f: %v, want the operands 100 and 0", err)
	}
}

// A caller whose call is its first instruction is left out; the function that was
// invoked comes first in any case.
func TestCallingStack(t *testing.T) {
	e := trapOf(t, compat.Config{}, `(module
		(func $a unreachable)
		(func $b nop (call $a))
		(func $c nop (call $b))
		(func $d (call $c))
		(func (export "f") nop (call $d)))`)
	if want := []uint32{4, 4, 2, 1}; !slices.Equal(e.Stack, want) {
		t.Errorf("calling stack %v, want %v", e.Stack, want)
	}
	want := []string{"calling stack:4, 4, 2, 1", `    When executing function name: "f"`}
	if got := e.Tail(); !slices.Equal(got, want) {
		t.Errorf("Tail() = %q, want %q", got, want)
	}
}

func TestUncaughtExceptionHasNoPlace(t *testing.T) {
	e := trapOf(t, compat.Config{}, `(module (tag $e) (func (export "f") nop (throw $e)))`)
	if e.Fault.Code != fault.UncaughtException || len(e.Fault.Info) != 0 || len(e.Stack) != 0 || !e.Traced {
		t.Errorf("%v, calling stack %v, traced %v", e, e.Stack, e.Traced)
	}
}

func TestArgumentsThatDoNotFit(t *testing.T) {
	e := trapOf(t, compat.Config{}, `(module (func (export "f") (param i32 i64)))`, value.OfI32(1))
	want := "Mismatched function type. Expected: FuncType {params{i32 , i64} returns{}} , Got: FuncType {params{i32} returns{}}"
	if e.Fault.Code != fault.FuncSigMismatch || len(e.Fault.Info) != 1 || e.Fault.Info[0] != want || e.Traced {
		t.Errorf("%v (traced %v), want %q", e, e.Traced, want)
	}
}
