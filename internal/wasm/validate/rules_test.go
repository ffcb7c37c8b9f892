package validate_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/wazedge/wazedge/internal/fault"
	"github.com/wazedge/wazedge/internal/wasm"
	"github.com/wazedge/wazedge/internal/wasm/validate"
	"github.com/wazedge/wazedge/internal/wat"
)

// module decodes the encoding of a module in text, so that it has file offsets.
func module(t testing.TB, src string, f wasm.Features) *wasm.Module {
	t.Helper()
	m, err := wat.Parse([]byte(src))
	if err != nil {
		t.Fatalf("%s: %v", src, err)
	}
	if m, err = wasm.Decode(wasm.Encode(m), f); err != nil {
		t.Fatalf("%s: %v", src, err)
	}
	return m
}

// summary is err's code and information lines, without the syntax nodes from the
// section on and without byte offsets.
func summary(err error) string {
	var e *fault.Error
	if !errors.As(err, &e) {
		return "valid"
	}
	lines := []string{e.Code.Message()}
	for _, l := range e.Info {
		if strings.HasPrefix(l, "At AST node: ") && strings.HasSuffix(l, "section") {
			break
		}
		l, _, _ = strings.Cut(l, " , Bytecode offset")
		lines = append(lines, strings.TrimPrefix(l, "At AST node: "))
	}
	return strings.Join(lines, "; ")
}

const inBody = "; expression; code segment"

// TestErrors holds the information lines to those that WasmEdge prints: in which
// order checks are made, what they call expected and found, and where they are.
func TestErrors(t *testing.T) {
	for _, tc := range []struct{ name, src, want string }{
		// Operands and blocks.
		{"the last operand is looked at first", `(func i64.const 0 f32.const 0 i32.add drop)`,
			"type mismatch; Mismatched value type. Expected: i32 , Got: f32; In instruction: i32.add (0x60)" + inBody},
		{"operands are left over", `(func i32.const 0)`, "type mismatch; Value stack underflow.; In instruction: end (0x08)" + inBody},
		{"a block does not see operands below it", `(func i32.const 0 (block drop) drop)`, "type mismatch; Value stack underflow.; In instruction: drop (0x13)" + inBody},
		{"an if without else has to leave what it takes", `(func (result i32) (i32.const 0) if (result i32) i32.const 1 end)`,
			"type mismatch; Mismatched value types. Expected: types{i32} , Got: types{}; In instruction: if (0x04)" + inBody},
		{"which is said before what is wrong inside", `(func i32.const 0 if (result i32) i64.const 0 i32.eqz block end i32.const 0 if else end end drop)`,
			"type mismatch; Mismatched value types. Expected: types{i32} , Got: types{}; In instruction: if (0x04)" + inBody},
		{"and not if an else follows", `(func (result i32) i32.const 0 if (result i32) f32.const 0 else i32.const 0 end)`,
			"type mismatch; Mismatched value type. Expected: i32 , Got: f32; In instruction: else (0x05)" + inBody},
		{"no label is so far out", `(func (block br 2))`, "unknown label; When checking label index: 2 , Out of boundary: 1; In instruction: br (0x09)" + inBody},
		{"the labels of a table agree in number", `(func (result i32) (block i32.const 0 i32.const 0 br_table 1 0) unreachable)`,
			"type mismatch; Mismatched value types. Expected: types{} , Got: types{i32}; In instruction: br_table (0x0b)" + inBody},
		{"and are not forgotten in unreachable code", `(func (block (result f32) (block (result i64) unreachable i64.const 0 i32.const 0 br_table 0 1) drop f32.const 0) drop)`,
			"type mismatch; Mismatched value type. Expected: f32 , Got: i64; In instruction: br_table (0x0b)" + inBody},
		{"a block has a function type", `(type (struct)) (func (block (type 0)))`, "type mismatch; In instruction: block (0x02)" + inBody},
		{"select wants numbers", `(func (param externref) local.get 0 local.get 0 i32.const 0 select drop)`,
			"type mismatch; Mismatched value type. Expected: i32 , Got: ref_null extern; In instruction: select (0x14)" + inBody},
		{"that are equal", `(func i64.const 0 f32.const 0 i32.const 0 select drop)`,
			"type mismatch; Mismatched value type. Expected: f32 , Got: i64; In instruction: select (0x14)" + inBody},
		{"locals without a default begin unset", `(func (local (ref func)) local.get 0 drop)`, "uninitialized local; In instruction: local.get (0x17)" + inBody},
		{"and are again after the block", `(func (param (ref func)) (local (ref func)) (block local.get 0 local.set 1) local.get 1 drop)`,
			"uninitialized local; In instruction: local.get (0x17)" + inBody},
		{"a local's type exists", `(func (local (ref null 7)))`, "unknown type; When checking function type index: 7 , Out of boundary: 0; code segment"},

		// Calls.
		{"a tail call returns what the function does", `(func $f (result i64) i64.const 0) (func (result i32) return_call $f)`,
			"type mismatch; Mismatched value types. Expected: types{i32} , Got: types{i64}; In instruction: return_call (0x0f)" + inBody},
		{"calls go through tables of functions", `(table 1 externref) (func i32.const 0 call_indirect)`,
			"type mismatch; Mismatched value type. Expected: ref_null func , Got: ref_null extern; In instruction: call_indirect (0x0e)" + inBody},
		{"and take an index of the table's address type", `(table i64 1 funcref) (func i32.const 0 call_indirect)`,
			"type mismatch; Mismatched value type. Expected: i64 , Got: i32; In instruction: call_indirect (0x0e)" + inBody},
		{"calls are of function types", `(type (struct)) (func unreachable call_ref 0)`, "type mismatch; In instruction: call_ref (0x11)" + inBody},

		// Exceptions.
		{"a handler hands over what its label takes", `(tag (param i32)) (func (block (result i64) (try_table (catch 0 0)) unreachable) drop)`,
			"type mismatch; Mismatched value type. Expected: i64 , Got: i32; In instruction: try_table (0x16)" + inBody},
		{"and the exception with it", `(tag (param i32)) (func (block (result i32) (try_table (catch_ref 0 0)) unreachable) drop)`,
			"type mismatch; Mismatched value type. Expected: i32 , Got: ref exn; In instruction: try_table (0x16)" + inBody},
		{"in number", `(tag (param i32)) (func (block (try_table (catch 0 0))))`, "type mismatch; Value stack underflow.; In instruction: try_table (0x16)" + inBody},
		{"tags have no results", `(tag (result i32))`, "non-empty tag result type"},
		{"tags have function types", `(type (struct)) (tag (type 0))`, "unknown tag; Defined type index 0 is not a function type."},

		// References.
		{"branches on null want references", `(func (block i32.const 0 br_on_null 0 drop))`, "invalid br ref type; In instruction: br_on_null (0xc0)" + inBody},
		{"branches on non-null hand one over", `(func (param funcref) (block local.get 0 br_on_non_null 0))`, "invalid br ref type; In instruction: br_on_non_null (0xc1)" + inBody},
		{"null is of references", `(func i32.const 0 ref.is_null drop)`, "type mismatch; Mismatched value type. Expected: ref_null func , Got: i32; In instruction: ref.is_null (0xbc)" + inBody},
		{"what is not null in unreachable code is a reference all the same", `(func unreachable ref.as_non_null i32.eqz drop)`,
			"type mismatch; Mismatched value type. Expected: i32 , Got: ref bottom; In instruction: i32.eqz (0x3b)" + inBody},
		{"casts stay in the hierarchy", `(func (param externref) local.get 0 ref.test (ref i31) drop)`,
			"type mismatch; Mismatched value type. Expected: ref_null extern , Got: ref i31; In instruction: ref.test (ref) (0xd6)" + inBody},
		{"casting branches go down", `(func (param (ref i31)) (block (result anyref) local.get 0 br_on_cast 0 (ref i31) anyref))`,
			"type mismatch; Mismatched value type. Expected: ref i31 , Got: ref_null any; In instruction: br_on_cast (0xda)" + inBody},
		{"functions referred to are declared", `(import "m" "f" (func)) (func ref.func 0 drop)`, "undeclared function reference; In instruction: ref.func (0xbd)" + inBody},

		// Structures and arrays.
		{"constant fields stay", `(type (struct (field i32))) (func unreachable i32.const 0 struct.set 0 0)`, "immutable field; In instruction: struct.set (0xc7)" + inBody},
		{"packed fields are extended", `(type (struct (field i8))) (func unreachable struct.get 0 0 drop)`, "field is packed; In instruction: struct.get (0xc4)" + inBody},
		{"others are not", `(type (struct (field i32))) (func unreachable struct.get_u 0 0 drop)`, "field is unpacked; In instruction: struct.get_u (0xc6)" + inBody},
		{"fields without a default need a value", `(type (struct (field (ref any)))) (func struct.new_default 0 drop)`,
			"type mismatch; Value type should be defaultable.; In instruction: struct.new_default (0xc3)" + inBody},
		{"constant arrays stay", `(type (array i32)) (func unreachable array.set 0)`, "immutable array; In instruction: array.set (0xd0)" + inBody},
		{"arrays of references hold no data", `(type (array funcref)) (data "") (func unreachable array.new_data 0 0 drop)`, "array type is not numeric or vector; In instruction: array.new_data (0xcb)" + inBody},
		{"arrays copied fit", `(type (array (mut i8))) (type (array i16)) (func unreachable array.copy 0 1)`,
			"array types do not match; Mismatched value type. Expected: i8 , Got: i16; In instruction: array.copy (0xd3)" + inBody},
		{"a type is what the instruction makes", `(type (array i8)) (func struct.new 0 drop)`, "type mismatch; In instruction: struct.new (0xc2)" + inBody},

		// Memories, tables, segments.
		{"alignment has an upper bound", `(memory 1) (func i32.const 0 i32.load align=8 drop)`,
			"alignment must not be larger than natural; Mismatched memory alignment. Expected: need to == 4 , Got: 3; In instruction: i32.load (0x1e)" + inBody},
		{"lanes exist", `(func (param v128) (result i32) local.get 0 i8x16.extract_lane_s 16)`,
			"invalid lane index; When checking lane index: 16 , Out of boundary: 15; In instruction: i8x16.extract_lane_s (0x08)" + inBody},
		{"offsets are addresses", `(memory 1) (func i32.const 0 i32.load offset=0x100000000 drop)`, "offset out of range; In instruction: i32.load (0x1e)" + inBody},
		{"the shorter address type measures copies", `(memory i64 1) (memory 1) (func i64.const 0 i32.const 0 i64.const 0 memory.copy 0 1)`,
			"type mismatch; Mismatched value type. Expected: i32 , Got: i64; In instruction: memory.copy (0xeb)" + inBody},
		{"tables take elements of their type", `(table 1 externref) (elem func) (func i32.const 0 i32.const 0 i32.const 0 table.init 0)`,
			"type mismatch; Mismatched value type. Expected: ref_null extern , Got: ref func; In instruction: table.init (0xed)" + inBody},
		{"memories are of at most 2^16 pages", `(memory 70000)`, "memory size; In Limit type: { min: 70000 }; limit; memory type"},
		{"so are imported ones", `(import "m" "m" (memory 1 70000))`, "memory size; In Limit type: { min: 1 , max: 70000 }; limit; memory type; import description"},
		{"shared memories are bounded", `(memory 1 shared)`, "shared memory must have maximum; limit; memory type"},
		{"tables of non-null references need a value", `(table 1 (ref func))`, "type mismatch; Mismatched value type. Expected: ref_null func , Got: ref func; table segment"},

		// Module.
		{"the start function takes nothing", `(func $f (param i32)) (start $f)`, "start function; Mismatched function type. Expected: FuncType {params{} returns{}} , Got: FuncType {params{i32} returns{}}"},
		{"exports exist", `(export "t" (tag 0))`, "unknown tag; When checking tag index: 0 , Out of boundary: empty; export description"},
		{"constant expressions do not read variables", `(global (import "m" "g") (mut i32)) (global i32 global.get 0)`, "constant expression required; In instruction: global.get (0x1a); expression; global segment"},
		{"nor what comes later", `(global i32 global.get 1) (global i32 i32.const 0)`, "unknown global; When checking global index: 1 , Out of boundary: empty; In instruction: global.get (0x1a); expression; global segment"},
		{"instructions that are not constant come before types", `(global i32 i64.const 0 i32.popcnt)`, "constant expression required; In instruction: i32.popcnt (0x5f); expression; global segment"},
		{"data goes into memories", `(data (i32.const 0) "")`, "unknown memory; When checking memory index: 0 , Out of boundary: empty; data segment"},

		// Types.
		{"a type comes before those that extend it", `(rec (type (sub 1 (struct))) (type (sub (struct))))`, "sub type; Super type index 1 must be smaller than the sub type index 0.; recursive type"},
		{"final types have no subtypes", `(type (struct)) (type (sub 0 (struct)))`, "sub type; Super type should not be final."},
		{"subtypes fit", `(type (sub (struct (field i32)))) (type (sub 0 (struct)))`, "sub type; Super type not matched."},
		{"types refer to types", `(type (func (param (ref 9))))`, "unknown type; When checking function type index: 9 , Out of boundary: 0; function type"},
		{"imports of functions have function types", `(type (struct)) (import "m" "f" (func (type 0)))`, "unknown type; Defined type index 0 is not a function type.; import description"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			_, err := validate.Module(module(t, "(module "+tc.src+")", everything), everything, validate.Options{})
			if got := summary(err); got != tc.want {
				t.Errorf("%s: got\n%s\nwant\n%s", tc.src, got, tc.want)
			}
		})
	}
}

// TestProposals holds what the validator refuses without a proposal, the rest being
// the decoder's.
func TestProposals(t *testing.T) {
	const requires = "This instruction or syntax requires enabling "
	for _, tc := range []struct {
		name, src string
		f         wasm.Features
		want      string
	}{
		{"a second table", `(table 1 funcref) (table 1 funcref)`, wasm.Wasm1, "multiple tables; " + requires + "Reference Types proposal; module"},
		{"a second memory", `(memory 1) (memory 1)`, wasm.Wasm2, "multiple memories; " + requires + "Multiple Memories proposal; module"},
		{"both", `(table 1 funcref) (memory 1)`, wasm.Wasm1, "valid"},
		{"a second result", `(type (func (result i32 i32)))`, wasm.Wasm1, "invalid result arity; " + requires + "Multi-value proposal; function type"},
		{"arithmetic", `(global i32 i32.const 1 i32.const 2 i32.add)`, wasm.Wasm2, "constant expression required; " + requires + "Extended Const Expressions proposal; In instruction: i32.add (0x60); expression; global segment"},
		{"own globals", `(global i32 i32.const 1) (global i32 global.get 0)`, wasm.Wasm2, "unknown global; When checking global index: 0 , Out of boundary: empty; In instruction: global.get (0x1a); expression; global segment"},
		{"imported globals", `(global (import "m" "g") i32) (global i32 global.get 0)`, wasm.Wasm2, "valid"},
		{"large memory", `(memory 65537)`, wasm.Wasm2, "memory size must be at most 65536 pages (4GiB); In Limit type: { min: 65537 }; limit; memory type"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			_, err := validate.Module(module(t, "(module "+tc.src+")", tc.f), tc.f, validate.Options{})
			if got := summary(err); got != tc.want {
				t.Errorf("got\n%s\nwant\n%s", got, tc.want)
			}
		})
	}
}

// TestUses holds the proposals found to what each module was written to show.
func TestUses(t *testing.T) {
	for _, tc := range []struct {
		src  string
		uses wasm.Features
	}{
		{`(memory 1) (table 1 funcref) (func (param i32) (result i32) local.get 0 i32.load)`, 0},
		{`(func (param i64) (result i32 i32) i32.const 1 local.get 0 i32.wrap_i64)`, wasm.MultiValue},
		{`(func (result i32) i32.const 1 (block (param i32) (result i32)))`, wasm.MultiValue},
		{`(func (result i32) i32.const 1 i32.extend8_s)`, wasm.SignExtension},
		{`(func (param f32) (result i32) local.get 0 i32.trunc_sat_f32_s)`, wasm.NonTrapFloatToInt},
		{`(memory 1) (data "a") (func data.drop 0)`, wasm.BulkMemory},
		{`(func (local v128))`, wasm.SIMD},
		{`(func (param externref))`, wasm.ReferenceTypes},
		{`(func (local (ref null func)))`, wasm.ReferenceTypes},
		{`(func (param (ref func)))`, wasm.FunctionReferences},
		{`(type (struct))`, wasm.GC},
		{`(func (local anyref))`, wasm.GC},
		{`(type (sub (func)))`, wasm.GC},
		{`(tag)`, wasm.ExceptionHandling},
		{`(func (local exnref))`, wasm.ExceptionHandling},
		{`(memory 1) (memory 1)`, wasm.MultiMemory},
		{`(table i64 1 funcref)`, wasm.Memory64},
		{`(memory 1 2 shared)`, wasm.Threads},
		{`(global i32 i32.const 1 i32.const 2 i32.sub)`, wasm.ExtendedConst},
		{`(global (export "g") (mut i32) i32.const 1)`, wasm.MutableGlobals},
		{`(func return_call 0)`, wasm.TailCall},
	} {
		r, err := validate.Module(module(t, "(module "+tc.src+")", everything), everything, validate.Options{})
		if err != nil {
			t.Errorf("%s: %v", tc.src, err)
		} else if r.Uses != tc.uses {
			t.Errorf("%s: uses %b, want %b", tc.src, r.Uses, tc.uses)
		}
	}
}

// TestOps holds the set of instructions to those of bodies and constants.
func TestOps(t *testing.T) {
	r, err := validate.Module(module(t, `(module (memory 1) (global i64 i64.const 1) (func i32.const 1 memory.grow drop))`, everything), everything, validate.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for op := range wasm.NumOps {
		want := op == wasm.OpI64Const || op == wasm.OpI32Const || op == wasm.OpMemoryGrow || op == wasm.OpDrop || op == wasm.OpEnd
		if r.Ops.Has(op) != want {
			t.Errorf("%s: got %v, want %v", op, !want, want)
		}
	}
	if r.Ops.HasAny(wasm.OpMemoryAtomicNotify, wasm.NumOps-1) || !r.Ops.HasAny(wasm.OpNop, wasm.OpEnd) {
		t.Error("ranges of instructions are not told apart")
	}
}
