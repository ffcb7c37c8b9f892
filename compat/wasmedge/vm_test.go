package wasmedge_test

import (
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"testing"

	"github.com/wazedge/wazedge/compat"
	"github.com/wazedge/wazedge/compat/wasmedge"
	"github.com/wazedge/wazedge/internal/fault"
)

var adder = guest(`(module
	(func (export "add") (param i32 i32) (result i32) (i32.add (local.get 0) (local.get 1)))
	(func (export "id64") (param i64) (result i64) (local.get 0))
	(func (export "idf32") (param f32) (result f32) (local.get 0))
	(func (export "idf64") (param f64) (result f64) (local.get 0))
	(func (export "id128") (param v128) (result v128) (local.get 0))
	(func (export "divide") (param i32) (result i32) (i32.div_s (i32.const 1) (local.get 0))))`)

// TestStagesOfVM states that each step of a VM needs the one before.
func TestStagesOfVM(t *testing.T) {
	vm := newVM(t, nil)
	wantCode(t, vm.Validate(), fault.WrongVMWorkflow)
	wantCode(t, vm.Instantiate(), fault.WrongVMWorkflow)
	_, err := vm.Execute("add", int32(1), int32(2))
	wantCode(t, err, fault.WrongVMWorkflow)
	if vm.GetActiveModule() != nil || vm.GetFunctionType("add") != nil {
		t.Error("there is an active module before one is instantiated")
	}
	if err := vm.LoadWasmBuffer(adder); err != nil {
		t.Fatal(err)
	}
	wantCode(t, vm.Instantiate(), fault.WrongVMWorkflow)
	if err := errors.Join(vm.Validate(), vm.Instantiate()); err != nil {
		t.Fatal(err)
	}
	results, err := vm.Execute("add", int32(1), int32(2))
	wantResult(t, results, err, int32(3))
	names, types := vm.GetFunctionList()
	if !slices.Equal(names, []string{"add", "divide", "id128", "id64", "idf32", "idf64"}) || len(types) != len(names) || types[0].GetParametersLength() != 2 {
		t.Errorf("functions %v of %d types", names, len(types))
	}
	_, err = vm.Execute("subtract")
	wantCode(t, err, fault.FuncNotFound)
	vm.Cleanup()
	_, err = vm.Execute("add", int32(1), int32(2))
	wantCode(t, err, fault.WrongVMWorkflow)
}

// TestValuesOfGo states which values of Go's are of which types, and that others are refused.
func TestValuesOfGo(t *testing.T) {
	vm := newVM(t, nil)
	if _, err := vm.RunWasmBuffer(adder, "add", int32(1), uint32(2)); err != nil {
		t.Fatal(err)
	}
	for _, row := range []struct {
		function string
		param    interface{}
		result   interface{}
	}{
		{"id64", int64(-1), int64(-1)}, {"id64", uint64(1 << 63), int64(-1 << 63)}, {"id64", 7, int64(7)}, {"id64", uint(7), int64(7)},
		{"idf32", float32(1.5), float32(1.5)}, {"idf64", 1e300, 1e300},
		{"id128", wasmedge.NewV128(1, 2), wasmedge.NewV128(1, 2)},
	} {
		results, err := vm.Execute(row.function, row.param)
		wantResult(t, results, err, row.result)
	}
	for _, wrong := range []interface{}{"text", int32(1), float32(1), nil, []byte{1}, wasmedge.NewExternRef(1), wasmedge.FuncRef{}} {
		_, err := vm.Execute("id64", wrong)
		wantCode(t, err, fault.FuncSigMismatch)
	}
	_, err := vm.Execute("add", int32(1))
	wantCode(t, err, fault.FuncSigMismatch)
}

// TestFailures states the codes of what can fail between a module's file and its results.
func TestFailures(t *testing.T) {
	vm := newVM(t, nil)
	_, err := vm.RunWasmFile(filepath.Join(t.TempDir(), "absent.wasm"), "f")
	wantCode(t, err, fault.IllegalPath)
	wantCode(t, vm.LoadWasmBuffer([]byte("none")), fault.MalformedMagic)
	wantCode(t, vm.LoadWasmBuffer(nil), fault.UnexpectedEnd)
	if err := vm.LoadWasmBuffer(guest(`(module (func (result i32)))`)); err != nil {
		t.Fatal(err)
	}
	wantCode(t, vm.Validate(), fault.TypeCheckFailed)
	_, err = vm.RunWasmBuffer(guest(`(module (import "nobody" "f" (func)))`), "f")
	wantCode(t, err, fault.UnknownImport)
	_, err = vm.RunWasmBuffer(adder, "divide", int32(0))
	wantCode(t, err, fault.DivideByZero)
	if e, ok := errors.AsType[*compat.InvokeError](err); !ok || len(e.Stack) == 0 {
		t.Errorf("%v tells no calls", err)
	}
	_, err = vm.ExecuteRegistered("nobody", "f")
	wantCode(t, err, fault.WrongInstanceAddress)
}

// TestRegisteredModules states that modules import from those that are registered, and that
// names are taken once.
func TestRegisteredModules(t *testing.T) {
	vm := newVM(t, nil)
	path := filepath.Join(t.TempDir(), "adder.wasm")
	if err := os.WriteFile(path, adder, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(vm.RegisterWasmFile("file", path), vm.RegisterWasmBuffer("buffer", adder)); err != nil {
		t.Fatal(err)
	}
	wantCode(t, vm.RegisterWasmBuffer("file", adder), fault.ModuleNameConflict)
	results, err := vm.RunWasmBuffer(guest(`(module
		(import "file" "add" (func $add (param i32 i32) (result i32)))
		(func (export "double") (param i32) (result i32) (call $add (local.get 0) (local.get 0))))`), "double", int32(21))
	wantResult(t, results, err, int32(42))
	results, err = vm.ExecuteRegistered("buffer", "add", int32(1), int32(2))
	wantResult(t, results, err, int32(3))
	if got := vm.ListRegisteredModule(); !slices.Equal(got, []string{"buffer", "file"}) {
		t.Errorf("registered modules %q", got)
	}
	m := vm.GetRegisteredModule("file")
	if m == nil || m.GetName() != "file" {
		t.Fatal("no registered module")
	}
	m.Release()
	if vm.GetRegisteredModule("file") != nil {
		t.Error("a module that is released is still registered")
	}
	if vm.GetFunctionTypeRegistered("buffer", "add") == nil || vm.GetFunctionTypeRegistered("file", "add") != nil {
		t.Error("types of registered functions")
	}
}

// TestASTLists states what is told of the imports and exports of a module.
func TestASTLists(t *testing.T) {
	quiet(t)
	loader := wasmedge.NewLoader()
	defer loader.Release()
	ast, err := loader.LoadBuffer(guest(`(module
		(import "a" "f" (func (param i64) (result f32)))
		(import "b" "t" (table 1 2 funcref))
		(import "c" "m" (memory 3))
		(import "d" "g" (global (mut i32)))
		(export "x" (global 0)) (export "f" (func 0)))`))
	if err != nil {
		t.Fatal(err)
	}
	defer ast.Release()
	var got []string
	for _, i := range ast.ListImports() {
		got = append(got, i.GetModuleName()+"."+i.GetExternalName()+" "+reflect.TypeOf(i.GetExternalValue()).String())
	}
	for _, e := range ast.ListExports() {
		got = append(got, e.GetExternalName()+" "+reflect.TypeOf(e.GetExternalValue()).String())
	}
	if want := []string{
		"a.f *wasmedge.FunctionType", "b.t *wasmedge.TableType", "c.m *wasmedge.MemoryType", "d.g *wasmedge.GlobalType",
		"x *wasmedge.GlobalType", "f *wasmedge.FunctionType",
	}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	if l := ast.ListImports()[1].GetExternalValue().(*wasmedge.TableType).GetLimit(); !l.HasMax() || l.GetMin() != 1 || l.GetMax() != 2 {
		t.Error("limits of a table")
	}
	executor := wasmedge.NewExecutor()
	defer executor.Release()
	store := wasmedge.NewStore()
	defer store.Release()
	_, err = executor.Instantiate(store, ast)
	wantCode(t, err, fault.NotValidated)
}

// TestConfigure states that a configuration keeps what it is told, and what it does.
func TestConfigure(t *testing.T) {
	conf := wasmedge.NewConfigure(wasmedge.THREADS, wasmedge.WASI)
	defer conf.Release()
	if !conf.HasConfig(wasmedge.THREADS) || !conf.HasConfig(wasmedge.WASI) || !conf.HasConfig(wasmedge.SIMD) || conf.HasConfig("SIMD") {
		t.Error("proposals of a new configuration")
	}
	conf.RemoveConfig(wasmedge.SIMD)
	conf.RemoveConfig(wasmedge.RELAXED_SIMD)
	conf.SetMaxMemoryPage(2)
	if conf.HasConfig(wasmedge.SIMD) || conf.GetMaxMemoryPage() != 2 {
		t.Error("what has changed")
	}
	vm := newVM(t, conf)
	wantCode(t, vm.LoadWasmBuffer(guest(`(module (func (param v128)))`)), fault.MalformedValType)
	results, err := vm.RunWasmBuffer(guest(`(module (memory 1) (func (export "grow") (result i32) (memory.grow (i32.const 2))))`), "grow")
	wantResult(t, results, err, int32(-1))
	for _, interpreted := range []bool{false, true} {
		conf.SetForceInterpreter(interpreted)
		vm := newVM(t, conf)
		results, err := vm.RunWasmBuffer(guest(`(module (func (export "f") (result i32) (i32.const 5)))`), "f")
		wantResult(t, results, err, int32(5))
	}
}

// TestBindgen states how functions that wasm-bindgen has made are called.
func TestBindgen(t *testing.T) {
	vm := newVM(t, nil)
	text := guest(`(module (memory (export "memory") 1) (global $freed (export "freed") (mut i32) (i32.const 0))
		(func (export "__wbindgen_malloc") (param i32) (result i32) (i32.const 64))
		(func (export "__wbindgen_free") (param i32 i32) (global.set $freed (local.get 1)))
		(func (export "length") (param i32 i32) (result i32) (local.get 1))
		(func (export "echo") (param $result i32) (param $at i32) (param $n i32)
			(i32.store (local.get $result) (local.get $at)) (i32.store offset=4 (local.get $result) (local.get $n)))
		(func (export "wide") (param $result i32) (param $low i32) (param $high i32)
			(i64.store (local.get $result) (i64.or (i64.extend_i32_u (local.get $low))
				(i64.shl (i64.extend_i32_u (local.get $high)) (i64.const 32))))))`)
	if err := errors.Join(vm.LoadWasmBuffer(text), vm.Validate(), vm.Instantiate(), vm.RegisterWasmBuffer("r", text)); err != nil {
		t.Fatal(err)
	}
	if got, err := vm.ExecuteBindgen("length", wasmedge.Bindgen_return_i32, []byte("four")); err != nil || got != int32(4) {
		t.Errorf("length: %v, %v", got, err)
	}
	if got, err := vm.ExecuteBindgenRegistered("r", "echo", wasmedge.Bindgen_return_array, []byte("hello")); err != nil || !reflect.DeepEqual(got, []byte("hello")) {
		t.Errorf("echo: %v, %v", got, err)
	}
	if freed := vm.GetRegisteredModule("r").FindGlobal("freed").GetValue(); freed != int32(5) {
		t.Errorf("%v bytes are freed", freed)
	}
	if got, err := vm.ExecuteBindgen("wide", wasmedge.Bindgen_return_i64, int64(-5)); err != nil || got != int64(-5) {
		t.Errorf("wide: %v, %v", got, err)
	}
	_, err := vm.ExecuteBindgen("length", wasmedge.Bindgen_return_i32, 1.5)
	wantCode(t, err, fault.FuncSigMismatch)
}

// TestRunAgain states that a VM that runs one module after the other lets go of instances
// that nobody has, keeps those that somebody has, and goes on counting.
func TestRunAgain(t *testing.T) {
	vm := newVM(t, measuring(t))
	text := guest(`(module (memory (export "m") 1) (func (export "f") (param i32) (result i32) (i32.store8 (i32.const 0) (local.get 0)) (local.get 0)))`)
	run := func(n int32) {
		t.Helper()
		results, err := vm.RunWasmBuffer(text, "f", n)
		wantResult(t, results, err, n)
	}
	run(1)
	each := vm.GetStatistics().GetInstrCount()
	run(2)
	held := vm.GetActiveModule()
	run(3)
	memory := held.FindMemory("m")
	if b, err := memory.GetData(0, 1); err != nil || b[0] != 2 {
		t.Errorf("an instance that is held: %v, %v", b, err)
	}
	if n := vm.GetStatistics().GetInstrCount(); each == 0 || n != 3*each {
		t.Errorf("%d instructions after three runs of %d", n, each)
	}
}

// TestRunWithinRun states that a host function can have the VM that calls it run another
// module, and even release it.
func TestRunWithinRun(t *testing.T) {
	vm := newVM(t, nil)
	var inner []interface{}
	var innerErr error
	if err := vm.RegisterModule(host("host", "again", none(), func(*wasmedge.CallingFrame, []interface{}) ([]interface{}, wasmedge.Result) {
		inner, innerErr = vm.RunWasmBuffer(adder, "add", int32(1), int32(2))
		vm.Release()
		return nil, wasmedge.Result_Success
	})); err != nil {
		t.Fatal(err)
	}
	results, err := vm.RunWasmBuffer(guest(`(module (import "host" "again" (func $again)) (memory 1)
		(func (export "f") (result i32) (call $again) (i32.store (i32.const 0) (i32.const 9)) (i32.load (i32.const 0))))`), "f")
	wantResult(t, results, err, int32(9))
	wantResult(t, inner, innerErr, int32(3))
}
