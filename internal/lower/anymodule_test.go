package lower_test

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"math"
	"slices"
	"testing"
	"time"

	spectest "github.com/wazedge/wazedge/spec-tests"

	"github.com/wazedge/wazedge/compat"
	"github.com/wazedge/wazedge/compat/value"
	"github.com/wazedge/wazedge/internal/engine"
	"github.com/wazedge/wazedge/internal/fault"
	"github.com/wazedge/wazedge/internal/wasm"
	"github.com/wazedge/wazedge/internal/wasm/validate"
	"github.com/wazedge/wazedge/internal/wat"
	"github.com/wazedge/wazedge/limits"
)

// agreeAnywhere runs what a module in file exports, which may be anything, in both
// ways to execute. Whatever our validator accepts must compile; what it
// computes is compared as long as no limit of ours has ended it and as far as the
// specification says what is right.
func agreeAnywhere(t *testing.T, what string, file []byte) {
	t.Helper()
	m, err := wasm.Decode(file, everyProposal)
	if err != nil {
		return
	}
	if _, err := validate.Module(m, everyProposal, validate.Options{Workers: 1}); err != nil || manyLocals(file) {
		return
	}
	compiled, interpreted := runExports(t, m, file, false), runExports(t, m, file, true)
	for i := range min(len(compiled), len(interpreted)) {
		if compiled[i] == ended || interpreted[i] == ended {
			return
		}
		if compiled[i] != interpreted[i] && !choosesNaNs(m) {
			t.Fatalf("%s: compiled %s, interpreted %s: %x\n%s", what, compiled[i], interpreted[i], file, text(t, m))
		}
	}
}

// ended is what is told of a run that a limit has ended.
const ended = "ended by a limit"

// runExports instantiates the module m in file and calls the functions that it exports, and
// tells what each came to.
func runExports(t *testing.T, m *wasm.Module, file []byte, interpreter bool) (told []string) {
	t.Helper()
	ctx := t.Context()
	features, pages, gas := everyProposal, uint32(16), uint64(20_000)
	vm := compat.New(compat.Config{
		Features: &features, Interpreter: interpreter, Workers: 1,
		Limits: limits.Config{
			GasLimit: &gas, TimeLimit: 2 * time.Second, MaxDepth: 300,
			MemoryPages: &pages, MaxMemory: 64 << 20, TableElements: 10_000,
		},
	})
	defer vm.Close(ctx)
	tell := func(results []value.Value, err error) bool {
		told = append(told, toldOf(t, file, results, err))
		return told[len(told)-1] != ended
	}
	err := vm.Load(file)
	if err == nil {
		err = vm.Validate()
	}
	if err == nil {
		err = vm.Instantiate(ctx)
	}
	if !tell(nil, err) || err != nil {
		return told
	}
	for i, e := range m.Exports {
		if e.Kind != wasm.ExternFunc || i > 20 {
			continue
		}
		if args, ok := argumentsOf(m.FuncTypeOf(e.Index), i); ok && !tell(vm.Invoke(ctx, e.Name, args...)) {
			break
		}
	}
	return told
}

// toldOf is what results and err are, as far as both ways to execute must agree on
// it. An error without a code ends the test.
func toldOf(t *testing.T, file []byte, results []value.Value, err error) string {
	t.Helper()
	if err == nil {
		return resultsText(results)
	}
	if _, ok := errors.AsType[*engine.Defect](err); ok {
		t.Fatalf("%v: %x", err, file)
	}
	f, ok := errors.AsType[*fault.Error](err)
	switch {
	case !ok:
		t.Fatalf("error without a code: %v: %x", err, file)
	case f.Code == fault.CostLimitExceeded, f.Code == fault.Interrupted, f.Code == fault.RuntimeError:
		return ended
	case f.Code == fault.UnalignedAtomicAccess, f.Code == fault.MemoryOutOfBounds, f.Code == fault.ExpectSharedMemory:
		return "a bad address" // which of the reasons is looked for first differs
	}
	return f.Code.Error()
}

// resultsText is the text of results: the bits of a NaN are the engine's choice, and
// the number of a reference is.
func resultsText(results []value.Value) string {
	var b bytes.Buffer
	for _, v := range results {
		switch {
		case v.Kind.IsRef():
			fmt.Fprintf(&b, " %v", v.Null)
		case v.Kind == value.F32 && math.IsNaN(float64(math.Float32frombits(uint32(v.Lo)))),
			v.Kind == value.F64 && math.IsNaN(math.Float64frombits(v.Lo)):
			b.WriteString(" nan")
		default:
			fmt.Fprintf(&b, " %s", v)
		}
	}
	return b.String()
}

// argumentsOf are the n-th arguments for a function of type t, unless it wants more
// than numbers.
func argumentsOf(t *wasm.FuncType, n int) ([]value.Value, bool) {
	numbers := []uint64{0, 1, 7, math.MaxUint64, 1 << 31, 1 << 63, 0x4000000040000000}
	var args []value.Value
	for i, p := range t.Params {
		k := slices.Index([]wasm.ValType{wasm.I32, wasm.I64, wasm.F32, wasm.F64, wasm.V128}, p)
		if k < 0 {
			return nil, false
		}
		v := value.Value{Kind: value.I32 + value.Kind(k), Lo: numbers[(n+i)%len(numbers)], Hi: numbers[(n+2*i)%len(numbers)]}
		if k == 0 || k == 2 {
			v.Lo = uint64(uint32(v.Lo))
		}
		if k != 4 {
			v.Hi = 0
		}
		args = append(args, v)
	}
	return args, true
}

// choosesNaNs reports whether m has instructions of which the specification leaves
// something open: computed NaNs, of which bits may be seen.
func choosesNaNs(m *wasm.Module) bool {
	for i := range m.Bodies {
		_, r, err := m.Bodies[i].Locals(everyProposal)
		for in := new(wasm.Instr); err == nil && r.More(); {
			if err = r.Next(in); err != nil {
				break
			}
			info := in.Op.Info()
			if info.Imm == wasm.ImmNone && (bytes.ContainsAny([]byte(info.Sig), "fF") || bytes.HasPrefix([]byte(info.Name), []byte("f32x4")) || bytes.HasPrefix([]byte(info.Name), []byte("f64x2"))) {
				return true
			}
		}
	}
	return false
}

// suiteModules are modules of the official scripts that need no imports, n at most, as
// far as the scripts are at hand.
func suiteModules(tb testing.TB, n int) (files [][]byte) {
	suites, _, err := spectest.Suites("../..")
	if err != nil {
		tb.Logf("no scripts: %v", err)
	}
	var all [][]byte
	for _, s := range suites {
		scripts, err := s.Scripts()
		if err != nil {
			tb.Fatal(err)
		}
		for _, script := range scripts {
			all = append(all, script.Modules()...)
		}
	}
	step := max(1, len(all)/n)
	for i := 0; i < len(all); i += step {
		files = append(files, all[i])
	}
	return files
}

// ownModules are small modules of what the scripts have little of.
func ownModules(tb testing.TB) (files [][]byte) {
	for _, text := range []string{
		`(module (memory 1) (func (export "f") (param i32) (result i32)
		  (if (result i32) (i32.lt_s (i32.const 0) (i32.and (local.get 0) (i32.const 6))) (then (i32.load offset=4 (local.get 0))) (else (memory.grow (i32.const 1))))))`,
		`(module (tag $t (param i32 i64)) (func $g (param i32) (throw $t (local.get 0) (i64.const 7)))
		  (func (export "f") (param i32) (result i32 i64) (block (result i32 i64) (try_table (catch $t 0) (call $g (local.get 0))) (i32.const 1) (i64.const 2))))`,
		`(module (type $a (array (mut i16))) (global $x (mut (ref null $a)) (ref.null $a))
		  (func (export "f") (param i32) (result i32) (global.set $x (array.new $a (i32.const 300) (i32.and (local.get 0) (i32.const 31)))) (array.get_u $a (global.get $x) (i32.const 3))))`,
		`(module (memory 1) (memory $b i64 1) (data "abcdefg") (func (export "f") (param i64) (result i32)
		  (memory.init $b 0 (i64.const 3) (i32.const 1) (i32.const 5)) (memory.copy $b 0 (i32.const 9) (i64.const 3) (i32.const 4)) (i32.add (i32.load8_u (i32.const 9)) (i32.load $b (local.get 0)))))`,
		`(module (type $t (func (param i32 i32) (result i32))) (table 2 funcref) (elem (i32.const 0) $f $f)
		  (func $f (export "f") (type $t) (if (i32.eqz (local.get 0)) (then (return (local.get 1))))
		    (return_call_indirect (type $t) (i32.sub (local.get 0) (i32.const 1)) (i32.add (local.get 1) (i32.const 3)) (i32.const 1))))`,
		`(module (memory 1 1 shared) (func (export "f") (param i32 i64) (result i64)
		  (drop (i32.atomic.rmw8.cmpxchg_u (local.get 0) (i32.const 0) (i32.const 77))) (i64.atomic.rmw32.add_u (i32.const 8) (local.get 1))))`,
	} {
		m, err := wat.Parse([]byte(text))
		if err != nil {
			tb.Fatal(err)
		}
		files = append(files, wasm.Encode(m))
	}
	return files
}

// fuzzing reports whether inputs are being looked for.
func fuzzing() bool { return flag.Lookup("test.fuzz").Value.String() != "" }

// agreeOnModule pads the numbers of a module, where it is one, and changes some of its bytes.
func agreeOnModule(t *testing.T, what string, file []byte, below func(int) int) {
	t.Helper()
	agreeAnywhere(t, what, file)
	m, err := wasm.Decode(file, everyProposal)
	if err != nil || len(file) < 9 {
		return
	}
	padded, err := padder{below}.module(m)
	if err != nil {
		return
	}
	agreeAnywhere(t, what+", padded", padded)
	for range 2 {
		changed := bytes.Clone(padded)
		for range 1 + below(2) {
			changed[8+below(len(changed)-8)] = byte(below(256))
		}
		agreeAnywhere(t, what+", changed", changed)
	}
}

// TestPaddedModules runs modules of the official scripts with numbers padded, and with bytes changed.
func TestPaddedModules(t *testing.T) {
	for i, file := range append(ownModules(t), suiteModules(t, many(60, 3000))...) {
		agreeOnModule(t, fmt.Sprintf("module %d", i), file, random(uint64(i)))
	}
}

// FuzzPaddedEncodings states that what our validator accepts, however its numbers are
// written, the engine compiles, and that both ways to execute agree on it.
func FuzzPaddedEncodings(f *testing.F) {
	f.Add([]byte{}, uint64(1))
	if fuzzing() {
		for i, file := range append(ownModules(f), suiteModules(f, 2000)...) {
			f.Add(file, uint64(i))
		}
	}
	f.Fuzz(func(t *testing.T, file []byte, seed uint64) {
		if len(file) == 0 {
			agreePadded(t, "fuzz", random(seed))
			return
		}
		agreeOnModule(t, "fuzz", file, random(seed))
	})
}
