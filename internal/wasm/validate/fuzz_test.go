package validate_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"
	"github.com/tetratelabs/wazero/experimental"

	"github.com/wazedge/wazedge/internal/fault"
	"github.com/wazedge/wazedge/internal/wasm"
	"github.com/wazedge/wazedge/internal/wasm/validate"
	"github.com/wazedge/wazedge/internal/wat"
)

// seeds are modules that together use most of the language.
var seeds = []string{
	`(module (func (param i32) (result i32) (block (result i32) local.get 0 i32.eqz br_if 0 (i32.const 1)) (i32.const 2) i32.add))`,
	`(module (memory 1) (data "abc") (func i32.const 0 i32.const 0 i32.const 3 memory.init 0 (i64.store offset=8 (i32.const 0) (i64.const 1))))`,
	`(module (table 2 funcref) (elem (i32.const 0) $f $f) (func $f (result i32 f64) i32.const 0 (f64.const 1)) (func (drop (drop (call_indirect (result i32 f64) (i32.const 1))))))`,
	`(module (global $g (mut f32) f32.const 1) (export "g" (global $g)) (func (loop (global.set $g (f32.mul (global.get $g) (f32.const 2))) (br_table 0 1 (i32.const 0)))))`,
	`(module (tag $t (param i32)) (func (result i32) (block $h (result i32) (try_table (result i32) (catch $t $h) (throw $t (i32.const 1))))))`,
	`(module (func $f (param i32) (result i32) (if (result i32) (local.get 0) (then (return_call $f (i32.sub (local.get 0) (i32.const 1)))) (else (i32.const 0)))))`,
	`(module (func (param v128) (result i32) local.get 0 local.get 0 i8x16.shuffle 0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 31 i32x4.extract_lane 3))`,
	`(module (memory 1 1 shared) (func (result i32) i32.const 0 i32.const 1 i32.atomic.rmw.add atomic.fence))`,
	`(module (rec (type $a (sub (struct (field (ref null $b))))) (type $b (sub (array (mut i8))))) (type $c (sub $a (struct (field (ref null $b)) (field i31ref)))) (func (result (ref $a)) (struct.new $c (array.new_default $b (i32.const 3)) (ref.i31 (i32.const 1)))))`,
	`(module (type $f (func (result i32))) (elem declare func 0) (func (type $f) (call_ref $f (ref.func 0))) (func (param anyref) (result anyref) (block (result anyref) (br_on_cast 0 anyref eqref (local.get 0)))))`,
	`(module (table $t i64 1 externref) (func (param externref) (table.set $t (i64.const 0) (local.get 0)) (select (result externref) (local.get 0) (ref.null extern) (i32.const 0)) drop))`,
}

func addSeeds(f *testing.F) {
	for _, src := range seeds {
		m, err := wat.Parse([]byte(src))
		if err != nil {
			f.Fatalf("%s: %v", src, err)
		}
		f.Add(wasm.Encode(m))
	}
	for _, h := range hostile {
		if bin := wasm.Encode(h.src()); len(bin) < 1<<16 {
			f.Add(bin)
		}
	}
}

// FuzzValidate holds validation to what it promises for any module: no panic, an
// end, memory by the module's size, and a verdict that only depends on the
// module's meaning.
func FuzzValidate(f *testing.F) {
	addSeeds(f)
	f.Fuzz(func(t *testing.T, bin []byte) {
		m, err := wasm.Decode(bin, everything)
		if err != nil {
			return
		}
		if got, most := allocated(m), 64*uint64(len(bin))+4<<20; got > most {
			t.Errorf("%d bytes allocated for a module of %d, want at most %d", got, len(bin), most)
		}
		_, err = validate.Module(m, everything, validate.Options{})
		if err != nil {
			return
		}
		again, err := wasm.Decode(wasm.Encode(m), everything)
		if err == nil {
			_, err = validate.Module(again, everything, validate.Options{Workers: 1})
		}
		if err != nil {
			t.Errorf("a valid module's encoding is not: %v", err)
		}
	})
}

// What wazero can be told to accept, and the same in our terms.
const (
	theirs = api.CoreFeaturesV2 | experimental.CoreFeaturesThreads | experimental.CoreFeaturesTailCall |
		experimental.CoreFeaturesExtendedConst | experimental.CoreFeaturesExceptionHandling |
		experimental.CoreFeaturesTypedFunctionReferences
	ours = wasm.Wasm2 | wasm.Threads | wasm.TailCall | wasm.ExtendedConst | wasm.ExceptionHandling |
		wasm.FunctionReferences
)

// laxer are errors of ours where wazero accepts more than the specification does,
// for the proposals it knows.
var laxer = []fault.Code{
	fault.ConstExprRequired, // it lets constant expressions read variables
	fault.InvalidAlignment,  // it lets atomic accesses be aligned less than naturally
	fault.MultiMemories,     // it lets memories be imported beside another
}

// stricter are parts of errors of wazero's for what the specification allows.
var stricter = []string{
	"global index out of range", // a constant expression reads the module's own global
	"empty module name",
	"invalid value type", // the null type of exceptions
	"must be at most",    // a table
	"over limit of",      // a memory
}

// FuzzAgree compares our verdict with wazero's on modules that are well-formed.
func FuzzAgree(f *testing.F) {
	addSeeds(f)
	ctx := context.Background()
	rt := wazero.NewRuntimeWithConfig(ctx, wazero.NewRuntimeConfigInterpreter().WithCoreFeatures(theirs))
	f.Cleanup(func() { rt.Close(ctx) })
	f.Fuzz(func(t *testing.T, bin []byte) {
		m, err := wasm.Decode(bin, ours)
		if err != nil || m.CheckBodies(ours) != nil || manyLocals(m) {
			return
		}
		_, err = validate.Module(m, ours, validate.Options{})
		m.Customs = nil // of which wazero reads the names
		their := compile(ctx, rt, wasm.Encode(m))
		code, _ := fault.CodeOf(err)
		switch {
		case (err == nil) == (their == nil):
		case err != nil && slices.Contains(laxer, code):
		case their != nil && slices.ContainsFunc(stricter, func(part string) bool { return strings.Contains(their.Error(), part) }):
		default:
			t.Errorf("we say %v, wazero says %v", err, their)
		}
	})
}

// compile is wazero's verdict. Some invalid modules make it panic.
func compile(ctx context.Context, rt wazero.Runtime, bin []byte) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("panic: %v", r)
		}
	}()
	c, err := rt.CompileModule(ctx, bin)
	if err == nil {
		err = c.Close(ctx)
	}
	return err
}

// manyLocals reports whether a function has so many locals that wazero takes its
// time; it does not bound them.
func manyLocals(m *wasm.Module) bool {
	for i := range m.Bodies {
		runs, _, _ := m.Bodies[i].Locals(ours)
		var n uint32
		for _, r := range runs {
			n += r.N
		}
		if n > 50_000 {
			return true
		}
	}
	return false
}
