package validate_test

import (
	"strings"
	"testing"

	"github.com/wazedge/wazedge/internal/wasm"
	"github.com/wazedge/wazedge/internal/wasm/validate"
)

// preamble declares what the bodies of TestValidBodies refer to.
const preamble = `
	(type $s (struct (field i32) (field (mut i8)) (field (ref null $s))))
	(type $a (array (mut i32)))
	(type $b (array (mut i8)))
	(type $r (array (mut funcref)))
	(type $f (func (param i32) (result i32)))
	(func $id (type $f) local.get 0)
	(table $t 1 funcref) (table $u i64 1 externref)
	(memory $m 1) (memory $n i64 1)
	(global $g (mut i64) (i64.const 0))
	(tag $e (param i32))
	(elem $el func $id)
	(data $d "abc")
`

// TestValidBodies holds that bodies which use each rule as it should be are valid.
func TestValidBodies(t *testing.T) {
	for _, body := range []string{
		// Structures, arrays, i31.
		`(struct.set $s 1 (struct.new $s (i32.const 1) (i32.const 2) (ref.null none)) (i32.const 3))`,
		`(drop (struct.get_s $s 1 (struct.new_default $s))) (drop (struct.get $s 2 (ref.null $s)))`,
		`(drop (array.new $a (i32.const 1) (i32.const 2))) (drop (array.new_fixed $a 2 (i32.const 1) (i32.const 2)))`,
		`(drop (array.new_data $b $d (i32.const 0) (i32.const 1))) (drop (array.new_elem $r $el (i32.const 0) (i32.const 1)))`,
		`(array.init_data $b $d (ref.null $b) (i32.const 0) (i32.const 0) (i32.const 1)) (array.init_elem $r $el (ref.null $r) (i32.const 0) (i32.const 0) (i32.const 1))`,
		`(array.set $a (ref.null $a) (i32.const 0) (i32.const 1)) (array.fill $a (ref.null $a) (i32.const 0) (i32.const 1) (i32.const 2))`,
		`(array.copy $b $b (ref.null $b) (i32.const 0) (ref.null $b) (i32.const 0) (i32.const 1)) (drop (array.get_u $b (ref.null $b) (i32.const 0)))`,
		`(drop (array.get $a (array.new_default $a (i32.const 1)) (i32.const 0))) (drop (array.len (ref.null $a)))`,
		`(drop (i31.get_s (ref.i31 (i32.const 1)))) (drop (ref.eq (ref.null eq) (ref.i31 (i32.const 1))))`,

		// Casts and conversions.
		`(drop (ref.test (ref $s) (ref.null any))) (drop (ref.cast (ref null i31) (ref.null eq)))`,
		`(drop (block $l (result (ref $s)) (br_on_cast $l anyref (ref $s) (ref.null any)) drop unreachable))`,
		`(drop (block $l (result anyref) (br_on_cast_fail $l anyref (ref $s) (ref.null any)) drop unreachable))`,
		`(drop (any.convert_extern (extern.convert_any (ref.i31 (i32.const 1)))))`,
		`unreachable any.convert_extern ref.as_non_null ref.test (ref i31) drop`,
		`(block $l (drop (br_on_null $l (ref.null $s)))) (drop (block $l (result (ref $s)) (br_on_non_null $l (ref.null $s)) unreachable))`,
		`unreachable br_on_null 0 ref.is_null drop`,

		// Calls.
		`(drop (call $id (i32.const 1))) (drop (call_indirect $t (type $f) (i32.const 1) (i32.const 0))) (drop (call_ref $f (i32.const 1) (ref.func $id)))`,

		// Exceptions.
		`(drop (block $h (result i32) (try_table (catch $e $h)) unreachable))`,
		`(block $h (result i32 exnref) (try_table (catch_ref $e $h)) unreachable) drop drop`,
		`(block $h (try_table (catch_all $h) (throw $e (i32.const 1)))) (block $h (result exnref) (try_table (catch_all_ref $h)) unreachable) throw_ref`,

		// Control.
		`(block (param) (result i32 i64) i32.const 1 i64.const 2) drop drop (i32.const 1) (loop (param i32) br_if 1 (i32.const 1) br 0)`,
		`(drop (if (result i32) (i32.const 1) (then (i32.const 2)) (else (i32.const 3)))) (i32.const 1) (if (param i32) (result i32) (i32.const 1) (then)) drop`,
		`(block (result f32) (block (result f32) unreachable i32.const 0 br_table 0 1 1 0)) drop`,
		`unreachable select drop i32.const 1 select (result externref) drop`,
		`unreachable i64.const 1 i32.const 1 select i64.eqz drop unreachable i32.add drop`,

		// Locals.
		`(local (ref $s)) (local.set 0 (struct.new_default $s)) (drop (local.get 0)) (block (drop (local.tee 0 (local.get 0))))`,

		// Memories and tables.
		`(memory.copy $m $n (i32.const 0) (i64.const 0) (i32.const 0)) (memory.copy $n $n (i64.const 0) (i64.const 0) (i64.const 0)) (memory.fill $n (i64.const 0) (i32.const 0) (i64.const 0))`,
		`(drop (memory.grow $n (memory.size $n))) (memory.init $m $d (i32.const 0) (i32.const 0) (i32.const 0)) (data.drop $d) (elem.drop $el)`,
		`(drop (table.grow $u (ref.null extern) (table.size $u))) (table.fill $u (i64.const 0) (ref.null extern) (i64.const 0)) (table.set $u (i64.const 0) (table.get $u (i64.const 0)))`,
		`(table.copy $t $t (i32.const 0) (i32.const 0) (i32.const 0)) (table.init $t $el (i32.const 0) (i32.const 0) (i32.const 0)) (i64.store $n offset=0x100000000 (i64.const 0) (global.get $g))`,
	} {
		src := "(module " + preamble + "(func " + body + "))"
		if _, err := validate.Module(module(t, src, everything), everything, validate.Options{}); err != nil {
			t.Errorf("%s: %v", body, err)
		}
	}
}

// letters are the types of a signature's letters, with memories of i32.
var letters = map[byte]wasm.ValType{
	'i': wasm.I32, 'I': wasm.I64, 'f': wasm.F32, 'F': wasm.F64, 'v': wasm.V128, 'a': wasm.I32,
}

// TestSignatures holds every instruction that takes and leaves what its row in the
// table says to just that: with operands of other types it is refused.
func TestSignatures(t *testing.T) {
	m := module(t, `(module (memory 1) (table 1 funcref) (data "") (elem func))`, everything)
	m.Types = append(m.Types, wasm.SubType{})
	m.RecGroups = []wasm.RecGroup{{Len: 1}}
	m.Funcs = []uint32{0}
	segments := uint32(1)
	m.DataCount = &segments
	valid := func(op wasm.Op, params, results []wasm.ValType) bool {
		m.Types[0] = wasm.SubType{Kind: wasm.CompFunc, Final: true, Func: wasm.FuncType{Params: params, Results: results}}
		code := []byte{0}
		for i := range params {
			code = wasm.AppendInstr(code, &wasm.Instr{Op: wasm.OpLocalGet, X: uint32(i)})
		}
		code = wasm.AppendInstr(code, &wasm.Instr{Op: op, Align: uint32(op.Info().Access)})
		m.Bodies = []wasm.Body{{Code: append(code, 0x0B)}}
		_, err := validate.Module(m, everything, validate.Options{})
		return err == nil
	}
	n := 0
	for op := range wasm.NumOps {
		sig := op.Info().Sig
		if sig == "*" {
			continue
		}
		n++
		in, out, _ := strings.Cut(sig, ":")
		var params, results []wasm.ValType
		for i := range len(in) {
			params = append(params, letters[in[i]])
		}
		for i := range len(out) {
			results = append(results, letters[out[i]])
		}
		if !valid(op, params, results) {
			t.Errorf("%s does not take %s and leave %s", op, in, out)
		}
		for i := range params {
			for _, other := range []wasm.ValType{wasm.I32, wasm.F64, wasm.ExternRef} {
				was := params[i]
				if params[i] = other; other != was && valid(op, params, results) {
					t.Errorf("%s takes %v as operand %d", op, other, i)
				}
				params[i] = was
			}
		}
		if len(results) > 0 && valid(op, params, []wasm.ValType{wasm.FuncRef}) {
			t.Errorf("%s leaves a reference", op)
		}
		if len(params) > 0 && valid(op, params[1:], results) {
			t.Errorf("%s does with an operand less", op)
		}
	}
	if n < 400 {
		t.Errorf("only %d instructions have a signature", n)
	}
}
