package wasmedge_test

import (
	"fmt"
	"os"
	"path/filepath"
	"sync"

	"github.com/wazedge/wazedge/compat/wasmedge"
)

// A guest calls functions of the host, one of which has data of its own.
func Example_hostFunctions() {
	wasmedge.SetLogErrorLevel()
	conf := wasmedge.NewConfigure(wasmedge.WASI)
	defer conf.Release()
	vm := wasmedge.NewVMWithConfig(conf)
	defer vm.Release()

	type account struct{ balance int32 }
	mine := &account{balance: 100}
	deposit := func(data interface{}, _ *wasmedge.CallingFrame, params []interface{}) ([]interface{}, wasmedge.Result) {
		a := data.(*account)
		a.balance += params[0].(int32)
		return []interface{}{a.balance}, wasmedge.Result_Success
	}
	refuse := func(interface{}, *wasmedge.CallingFrame, []interface{}) ([]interface{}, wasmedge.Result) {
		return nil, wasmedge.NewResult(wasmedge.ErrCategory_UserLevel, 42)
	}
	bank := wasmedge.NewModule("bank")
	defer bank.Release()
	takesOne := wasmedge.NewFunctionType(
		[]*wasmedge.ValType{wasmedge.NewValTypeI32()}, []*wasmedge.ValType{wasmedge.NewValTypeI32()})
	bank.AddFunction("deposit", wasmedge.NewFunction(takesOne, deposit, mine, 0))
	takesOne.Release()
	nothing := wasmedge.NewFunctionType(nil, nil)
	bank.AddFunction("refuse", wasmedge.NewFunction(nothing, refuse, nil, 0))
	nothing.Release()
	if err := vm.RegisterModule(bank); err != nil {
		fmt.Println(err)
		return
	}

	teller := guest(`(module
		(import "bank" "deposit" (func $deposit (param i32) (result i32)))
		(import "bank" "refuse" (func $refuse))
		(func (export "twice") (param i32) (result i32)
			(drop (call $deposit (local.get 0))) (call $deposit (local.get 0)))
		(func (export "rob") (call $refuse)))`)
	results, err := vm.RunWasmBuffer(teller, "twice", int32(21))
	fmt.Println(results, err, mine.balance)

	wasmedge.SetLogOff()
	_, err = vm.Execute("rob")
	result := err.(*wasmedge.Result)
	fmt.Println(result.GetErrorCategory() == wasmedge.ErrCategory_UserLevel, result.GetCode(), err)
	// Output:
	// [142] <nil> 142
	// true 42 user defined error code
}

// The host puts bytes into a guest's memory and reads what the guest makes of them; a guest
// passes a string to the host.
func Example_passMemory() {
	conf := wasmedge.NewConfigure()
	defer conf.Release()
	loader := wasmedge.NewLoaderWithConfig(conf)
	defer loader.Release()
	validator := wasmedge.NewValidatorWithConfig(conf)
	defer validator.Release()
	executor := wasmedge.NewExecutorWithConfig(conf)
	defer executor.Release()
	store := wasmedge.NewStore()
	defer store.Release()

	say := func(_ interface{}, frame *wasmedge.CallingFrame, params []interface{}) ([]interface{}, wasmedge.Result) {
		memory := frame.GetMemoryByIndex(0)
		text, err := memory.GetData(uint(params[0].(int32)), uint(params[1].(int32)))
		if err != nil {
			return nil, wasmedge.Result_Fail
		}
		fmt.Printf("guest: %s\n", text)
		return nil, wasmedge.Result_Success
	}
	host := wasmedge.NewModule("host")
	defer host.Release()
	pair := []*wasmedge.ValType{wasmedge.NewValTypeI32(), wasmedge.NewValTypeI32()}
	host.AddFunction("say", wasmedge.NewFunction(wasmedge.NewFunctionType(pair, nil), say, nil, 0))
	if err := executor.RegisterImport(store, host); err != nil {
		fmt.Println(err)
		return
	}

	ast, err := loader.LoadBuffer(guest(`(module
		(import "host" "say" (func $say (param i32 i32)))
		(memory (export "memory") 1 2)
		(func (export "shout") (param $at i32) (param $n i32)
			(local $i i32)
			(loop $next
				(i32.store8 (i32.add (local.get $at) (local.get $i))
					(i32.and (i32.load8_u (i32.add (local.get $at) (local.get $i))) (i32.const 0xdf)))
				(br_if $next (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (local.get $n))))
			(call $say (local.get $at) (local.get $n))))`))
	if err != nil {
		fmt.Println(err)
		return
	}
	defer ast.Release()
	if err := validator.Validate(ast); err != nil {
		fmt.Println(err)
		return
	}
	module, err := executor.Instantiate(store, ast)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer module.Release()

	memory := module.FindMemory("memory")
	text := []byte("hello")
	if err := memory.SetData(text, 100, uint(len(text))); err != nil {
		fmt.Println(err)
		return
	}
	view, err := memory.GetData(100, uint(len(text)))
	if err != nil {
		fmt.Println(err)
		return
	}
	if _, err := executor.Invoke(module.FindFunction("shout"), int32(100), int32(len(text))); err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("host: %s\n", view)
	fmt.Println(memory.GetPageSize(), memory.GrowPage(1), memory.GetPageSize())
	wasmedge.SetLogOff()
	defer wasmedge.SetLogErrorLevel()
	fmt.Println(memory.GrowPage(1))
	// Output:
	// guest: HELLO
	// host: HELLO
	// 1 <nil> 2
	// out of bounds memory access
}

// A module is compiled ahead of time, and run.
func Example_aheadOfTime() {
	dir, err := os.MkdirTemp("", "compiled-")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)
	// The key that vouches for what is compiled is kept with the user's configuration.
	os.Setenv("WAZEDGE_TRUST_DIR", filepath.Join(dir, "trust"))
	defer os.Unsetenv("WAZEDGE_TRUST_DIR")

	conf := wasmedge.NewConfigure()
	defer conf.Release()
	conf.SetCompilerOptimizationLevel(wasmedge.CompilerOptLevel_O2)
	conf.SetCompilerOutputFormat(wasmedge.CompilerOutputFormat_Wasm)
	compiler := wasmedge.NewCompilerWithConfig(conf)
	defer compiler.Release()
	source, compiled := filepath.Join(dir, "fib.wasm"), filepath.Join(dir, "fib-compiled.wasm")
	fib := guest(`(module (func $fib (export "fib") (param i32) (result i32)
		(if (result i32) (i32.lt_s (local.get 0) (i32.const 2))
			(then (i32.const 1))
			(else (i32.add
				(call $fib (i32.sub (local.get 0) (i32.const 1)))
				(call $fib (i32.sub (local.get 0) (i32.const 2))))))))`)
	if err := os.WriteFile(source, fib, 0o600); err != nil {
		fmt.Println(err)
		return
	}
	if err := compiler.Compile(source, compiled); err != nil {
		fmt.Println(err)
		return
	}
	vm := wasmedge.NewVMWithConfig(conf)
	defer vm.Release()
	for _, path := range []string{source, compiled} {
		results, err := vm.RunWasmFile(path, "fib", int32(20))
		fmt.Println(results, err)
	}
	// Output:
	// [10946] <nil>
	// [10946] <nil>
}

// Values of Go's go through a guest and come back: a function that the guest is given, and
// what it is called with.
func Example_externRef() {
	vm := wasmedge.NewVM()
	defer vm.Release()

	type text struct{ lines []string }
	call := func(_ interface{}, _ *wasmedge.CallingFrame, params []interface{}) ([]interface{}, wasmedge.Result) {
		f, ok := params[0].(wasmedge.ExternRef).GetRef().(func(*text, int32) int32)
		if !ok {
			return nil, wasmedge.Result_Fail
		}
		t := params[1].(wasmedge.ExternRef).GetRef().(*text)
		return []interface{}{f(t, params[2].(int32))}, wasmedge.Result_Success
	}
	host := wasmedge.NewModule("host")
	defer host.Release()
	host.AddFunction("call", wasmedge.NewFunction(wasmedge.NewFunctionType(
		[]*wasmedge.ValType{wasmedge.NewValTypeExternRef(), wasmedge.NewValTypeExternRef(), wasmedge.NewValTypeI32()},
		[]*wasmedge.ValType{wasmedge.NewValTypeI32()}), call, nil, 0))
	if err := vm.RegisterModule(host); err != nil {
		fmt.Println(err)
		return
	}

	add := wasmedge.NewExternRef(func(t *text, n int32) int32 {
		t.lines = append(t.lines, fmt.Sprint("line ", n))
		return int32(len(t.lines))
	})
	defer add.Release()
	page := &text{}
	ref := wasmedge.NewExternRef(page)
	defer ref.Release()
	results, err := vm.RunWasmBuffer(guest(`(module
		(import "host" "call" (func $call (param externref externref i32) (result i32)))
		(func (export "three") (param $f externref) (param $t externref) (result externref i32)
			(drop (call $call (local.get $f) (local.get $t) (i32.const 1)))
			(drop (call $call (local.get $f) (local.get $t) (i32.const 2)))
			(local.get $t) (call $call (local.get $f) (local.get $t) (i32.const 3))))`), "three", add, ref)
	if err != nil {
		fmt.Println(err)
		return
	}
	same := results[0].(wasmedge.ExternRef).GetRef() == any(page)
	fmt.Println(page.lines, results[1], same)
	// Output:
	// [line 1 line 2 line 3] 3 true
}

// Several VMs run one module at a time, and one call is given up.
func Example_concurrentVMs() {
	conf := wasmedge.NewConfigure()
	defer conf.Release()
	loader := wasmedge.NewLoaderWithConfig(conf)
	defer loader.Release()
	ast, err := loader.LoadBuffer(guest(`(module
		(func (export "sum") (param i32) (result i64)
			(local i64)
			(loop $next
				(local.set 1 (i64.add (local.get 1) (i64.extend_i32_u (local.get 0))))
				(br_if $next (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))))
			(local.get 1))
		(func (export "spin") (loop $again (br $again))))`))
	if err != nil {
		fmt.Println(err)
		return
	}
	defer ast.Release()

	sums := make([]interface{}, 8)
	var group sync.WaitGroup
	for n := range sums {
		group.Go(func() {
			vm := wasmedge.NewVMWithConfig(conf)
			defer vm.Release()
			async := vm.AsyncRunWasmAST(ast, "sum", int32(10*(n+1)))
			defer async.Release()
			results, err := async.GetResult()
			if err != nil {
				sums[n] = err
				return
			}
			sums[n] = results[0]
		})
	}
	group.Wait()
	fmt.Println(sums...)

	vm := wasmedge.NewVMWithConfig(conf)
	defer vm.Release()
	wasmedge.SetLogOff()
	defer wasmedge.SetLogErrorLevel()
	async := vm.AsyncRunWasmAST(ast, "spin")
	defer async.Release()
	fmt.Println(async.WaitFor(20))
	async.Cancel()
	_, err = async.GetResult()
	fmt.Println(err)
	// Output:
	// 55 210 465 820 1275 1830 2485 3240
	// false
	// execution interrupted
}

// The commands of WasmEdge are functions.
func ExampleRunWasmEdgeUnifiedCLI() {
	status := wasmedge.RunWasmEdgeUnifiedCLI([]string{"program", "--version"})
	fmt.Println(status, wasmedge.GetVersion(), wasmedge.GetVersionMajor(), wasmedge.GetVersionMinor(), wasmedge.GetVersionPatch())
	// Output:
	// wasmedge version 0.17.1
	//  (plugin "wasi_logging") version 0.1.0.0
	// 0 0.17.1 0 17 1
}
