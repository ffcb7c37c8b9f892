package wasmedge_test

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"

	"github.com/wazedge/wazedge/compat/wasmedge"
	"github.com/wazedge/wazedge/internal/fault"
)

// TestEndsOfHostFunctions states what becomes of a call by what a host function returns.
func TestEndsOfHostFunctions(t *testing.T) {
	number := wasmedge.NewFunctionType(nil, []*wasmedge.ValType{wasmedge.NewValTypeI32()})
	for name, row := range map[string]struct {
		results  []interface{}
		result   wasmedge.Result
		want     interface{} // of the guest; nil for a failure
		category wasmedge.ErrCategory
		code     int
	}{
		"success":       {[]interface{}{int32(5)}, wasmedge.Result_Success, int32(5), 0, 0},
		"unsigned":      {[]interface{}{uint32(5)}, wasmedge.Result_Success, int32(5), 0, 0},
		"termination":   {nil, wasmedge.Result_Terminate, int32(0), 0, 0},
		"failure":       {nil, wasmedge.Result_Fail, nil, wasmedge.ErrCategory_WASM, int(fault.RuntimeError)},
		"a code":        {nil, wasmedge.NewResult(wasmedge.ErrCategory_WASM, int(fault.Unreachable)), nil, wasmedge.ErrCategory_WASM, int(fault.Unreachable)},
		"a user's code": {nil, wasmedge.NewResult(wasmedge.ErrCategory_UserLevel, 0x123456), nil, wasmedge.ErrCategory_UserLevel, 0x123456},
		"too few":       {nil, wasmedge.Result_Success, nil, wasmedge.ErrCategory_WASM, int(fault.FuncSigMismatch)},
		"another type":  {[]interface{}{1.5}, wasmedge.Result_Success, nil, wasmedge.ErrCategory_WASM, int(fault.FuncSigMismatch)},
	} {
		t.Run(name, func(t *testing.T) {
			vm := newVM(t, nil)
			if err := vm.RegisterModule(host("host", "f", number, func(*wasmedge.CallingFrame, []interface{}) ([]interface{}, wasmedge.Result) {
				return row.results, row.result
			})); err != nil {
				t.Fatal(err)
			}
			results, err := vm.RunWasmBuffer(guest(`(module (import "host" "f" (func $f (result i32))) (func (export "g") (result i32) (call $f)))`), "g")
			if row.want != nil {
				wantResult(t, results, err, row.want)
				return
			}
			r, ok := err.(*wasmedge.Result)
			if !ok || r.GetErrorCategory() != row.category || r.GetCode() != row.code {
				t.Errorf("error %v (%+v)", err, r)
			}
		})
	}
}

// TestHostFunctionCallsGuest states that a host function can call functions of who calls it,
// by the frame's executor as well as by the VM.
func TestHostFunctionCallsGuest(t *testing.T) {
	vm := newVM(t, nil)
	takesOne := wasmedge.NewFunctionType([]*wasmedge.ValType{wasmedge.NewValTypeI32()}, []*wasmedge.ValType{wasmedge.NewValTypeI32()})
	if err := vm.RegisterModule(host("host", "down", takesOne, func(frame *wasmedge.CallingFrame, p []interface{}) ([]interface{}, wasmedge.Result) {
		n := p[0].(int32)
		if n == 0 {
			return []interface{}{int32(0)}, wasmedge.Result_Success
		}
		f := frame.GetModule().FindFunction("up")
		results, err := frame.GetExecutor().Invoke(f, n-1)
		if n%2 == 0 {
			results, err = vm.Execute("up", n-1)
		}
		if err != nil {
			return nil, wasmedge.Result_Fail
		}
		return results, wasmedge.Result_Success
	})); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(vm.LoadWasmBuffer(guest(`(module (import "host" "down" (func $down (param i32) (result i32)))
		(func (export "up") (param i32) (result i32) (i32.add (i32.const 1) (call $down (local.get 0)))))`)), vm.Validate(), vm.Instantiate()); err != nil {
		t.Fatal(err)
	}
	results, err := vm.Execute("up", int32(5))
	wantResult(t, results, err, int32(6))
}

// TestHostModuleOfManyVMs states that VMs at work at once share a module of functions.
func TestHostModuleOfManyVMs(t *testing.T) {
	quiet(t)
	conf := wasmedge.NewConfigure()
	defer conf.Release()
	var mu sync.Mutex
	total := int32(0)
	m := host("host", "add", wasmedge.NewFunctionType([]*wasmedge.ValType{wasmedge.NewValTypeI32()}, nil),
		func(frame *wasmedge.CallingFrame, p []interface{}) ([]interface{}, wasmedge.Result) {
			mu.Lock()
			defer mu.Unlock()
			total += p[0].(int32)
			if frame.GetMemoryByIndex(0).GetPageSize() != 1 || frame.GetMemoryByIndex(1) != nil {
				return nil, wasmedge.Result_Fail
			}
			return nil, wasmedge.Result_Success
		})
	defer m.Release()
	text := guest(`(module (import "host" "add" (func $add (param i32))) (memory 1)
		(func (export "f") (param i32) (loop $next (call $add (i32.const 1))
			(br_if $next (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))))))`)
	var group sync.WaitGroup
	for range 8 {
		group.Go(func() {
			vm := wasmedge.NewVMWithConfig(conf)
			defer vm.Release()
			err := vm.RegisterModule(m)
			if err == nil {
				_, err = vm.RunWasmBuffer(text, "f", int32(100))
			}
			if err != nil {
				t.Error(err)
			}
		})
	}
	group.Wait()
	if total != 800 {
		t.Errorf("total %d", total)
	}
}

// TestExecutorsAndStores states how instances of one store are found and linked, and that
// a store's are used by no other that has instances.
func TestExecutorsAndStores(t *testing.T) {
	quiet(t)
	loader, validator, executor := wasmedge.NewLoader(), wasmedge.NewValidator(), wasmedge.NewExecutor()
	defer loader.Release()
	defer executor.Release()
	load := func(text string) *wasmedge.AST {
		ast, err := loader.LoadBuffer(guest(text))
		if err == nil {
			err = validator.Validate(ast)
		}
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(ast.Release)
		return ast
	}
	counter := load(`(module (global $n (export "n") (mut i32) (i32.const 0)) (tag (export "e") (param i64))
		(func (export "up") (global.set $n (i32.add (global.get $n) (i32.const 1)))))`)
	user := load(`(module (import "counter" "up" (func $up)) (func (export "twice") (call $up) (call $up)))`)
	one, two := wasmedge.NewStore(), wasmedge.NewStore()
	defer one.Release()
	defer two.Release()
	named, err := executor.Register(one, counter, "counter")
	if err != nil {
		t.Fatal(err)
	}
	_, err = executor.Register(one, counter, "counter")
	wantCode(t, err, fault.ModuleNameConflict)
	if !slices.Equal(one.ListModule(), []string{"counter"}) || one.FindModule("counter") != named || two.FindModule("counter") != nil {
		t.Error("modules of stores")
	}
	if e := named.FindTag("e"); e == nil || e.GetTagType().GetFunctionType().GetParametersLength() != 1 || !slices.Equal(named.ListTag(), []string{"e"}) {
		t.Error("the tag of a module")
	}
	_, err = executor.Instantiate(two, user)
	wantCode(t, err, fault.UnknownImport)
	using, err := executor.Instantiate(one, user)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := executor.Invoke(using.FindFunction("twice")); err != nil {
		t.Fatal(err)
	}
	n := named.FindGlobal("n")
	if n.GetValue() != int32(2) {
		t.Errorf("counted %v", n.GetValue())
	}
	async := executor.AsyncInvoke(named.FindFunction("up"))
	if _, err := async.GetResult(); err != nil || n.GetValue() != int32(3) {
		t.Errorf("counted %v, %v", n.GetValue(), err)
	}
	async.Release()
	// A store without instances takes part in those of the module's.
	three := wasmedge.NewStore()
	defer three.Release()
	if err := executor.RegisterImport(three, named); err != nil {
		t.Fatal(err)
	}
	if _, err := executor.Instantiate(three, user); err != nil {
		t.Error(err)
	}
	if _, err := executor.Instantiate(two, counter); err != nil {
		t.Fatal(err)
	}
	wantCode(t, executor.RegisterImport(two, named), fault.RuntimeError)
}

// TestReleased states that what belongs to a store that is released fails, and nothing
// worse.
func TestReleased(t *testing.T) {
	vm := newVM(t, nil)
	if err := errors.Join(vm.LoadWasmBuffer(guest(`(module (memory (export "m") 1) (table (export "t") 1 funcref)
		(global (export "g") (mut i64) (i64.const 1)) (func (export "f")))`)), vm.Validate(), vm.Instantiate()); err != nil {
		t.Fatal(err)
	}
	m := vm.GetActiveModule()
	f, memory, table, global := m.FindFunction("f"), m.FindMemory("m"), m.FindTable("t"), m.FindGlobal("g")
	vm.Cleanup()
	_, err := vm.GetExecutor().Invoke(f)
	wantCode(t, err, fault.RuntimeError)
	_, err = memory.GetData(0, 1)
	wantCode(t, err, fault.MemoryOutOfBounds)
	wantCode(t, memory.GrowPage(1), fault.MemoryOutOfBounds)
	wantCode(t, memory.SetData([]byte{1}, 0, 1), fault.MemoryOutOfBounds)
	_, err = table.GetData(0)
	wantCode(t, err, fault.TableOutOfBounds)
	wantCode(t, table.Grow(1), fault.TableOutOfBounds)
	wantCode(t, global.SetValue(int64(2)), fault.RuntimeError)
	global.GetValue()
	vm.Release()
	wantCode(t, vm.LoadWasmBuffer(adder), fault.RuntimeError)
	wantCode(t, vm.RegisterAST("a", nil), fault.WrongVMWorkflow)
	wantCode(t, vm.LoadWasmAST(nil), fault.WrongVMWorkflow)
	wantCode(t, vm.RegisterModule(nil), fault.WrongVMWorkflow)
	_, err = vm.GetExecutor().Invoke(nil)
	wantCode(t, err, fault.FuncNotFound)
}

// TestCancelledWhileOthersWait states that a call that waits for another can be given up.
func TestCancelledWhileOthersWait(t *testing.T) {
	vm := newVM(t, nil)
	if err := errors.Join(vm.LoadWasmBuffer(guest(`(module (func (export "spin") (loop $l (br $l))) (func (export "f") (result i32) (i32.const 1)))`)), vm.Validate(), vm.Instantiate()); err != nil {
		t.Fatal(err)
	}
	spinning, waiting := vm.AsyncExecute("spin"), vm.AsyncExecute("spin")
	if waiting.WaitFor(1) {
		t.Error("a call does not wait")
	}
	waiting.Cancel()
	spinning.Cancel()
	for _, a := range []*wasmedge.Async{spinning, waiting} {
		_, err := a.GetResult()
		wantCode(t, err, fault.Interrupted)
		a.Release()
	}
	results, err := vm.Execute("f")
	wantResult(t, results, err, int32(1))
}

// TestWASI states that guests see the arguments, variables and directories of the module,
// and that it tells how they end.
func TestWASI(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "there"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	text := guest(`(module
		(import "wasi_snapshot_preview1" "args_sizes_get" (func $args (param i32 i32) (result i32)))
		(import "wasi_snapshot_preview1" "environ_sizes_get" (func $environ (param i32 i32) (result i32)))
		(import "wasi_snapshot_preview1" "path_filestat_get" (func $stat (param i32 i32 i32 i32 i32) (result i32)))
		(import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
		(memory (export "memory") 1) (data (i32.const 64) "there")
		(func (export "args") (result i32) (drop (call $args (i32.const 0) (i32.const 4))) (i32.load (i32.const 0)))
		(func (export "environ") (result i32) (drop (call $environ (i32.const 0) (i32.const 4))) (i32.load (i32.const 0)))
		(func (export "stat") (result i32) (call $stat (i32.const 3) (i32.const 0) (i32.const 64) (i32.const 5) (i32.const 128)))
		(func (export "exit") (result i32) (call $exit (i32.const 21)) (unreachable)))`)
	_, err := newVM(t, nil).RunWasmBuffer(text, "args")
	wantCode(t, err, fault.UnknownImport)

	conf := wasmedge.NewConfigure(wasmedge.WASI)
	defer conf.Release()
	vm := newVM(t, conf)
	wasi := vm.GetImportModule(wasmedge.WASI)
	wasi.InitWasi([]string{"program", "one"}, []string{"A=B"}, []string{"/:" + dir})
	check := func(args, environ, stat int32) {
		t.Helper()
		if err := errors.Join(vm.LoadWasmBuffer(text), vm.Validate(), vm.Instantiate()); err != nil {
			t.Fatal(err)
		}
		for name, want := range map[string]int32{"args": args, "environ": environ, "stat": stat} {
			results, err := vm.Execute(name)
			wantResult(t, results, err, want)
		}
	}
	const success, badDescriptor = 0, 8
	check(2, 1, success)
	results, err := vm.Execute("exit")
	wantResult(t, results, err, int32(0))
	if code := wasi.WasiGetExitCode(); code != 21 {
		t.Errorf("exit code %d", code)
	}
	wasi.InitWasi([]string{"other"}, nil, nil)
	check(1, 0, badDescriptor)
	if wasi.WasiGetExitCode() != 0 || !slices.Contains(wasi.ListFunction(), "fd_write") || wasi.GetName() != "wasi_snapshot_preview1" {
		t.Error("the module of WASI")
	}
	if f := wasi.FindFunction("fd_close"); f == nil || f.GetFunctionType().GetParametersLength() != 1 {
		t.Error("a function of WASI")
	}

	// The same with an executor, and a module that is made for it.
	executor, store := wasmedge.NewExecutor(), wasmedge.NewStore()
	defer executor.Release()
	defer store.Release()
	own := wasmedge.NewWasiModule([]string{"a", "b", "c"}, nil, nil)
	defer own.Release()
	if err := executor.RegisterImport(store, own); err != nil {
		t.Fatal(err)
	}
	loader := wasmedge.NewLoader()
	defer loader.Release()
	ast, err := loader.LoadBuffer(text)
	if err == nil {
		err = wasmedge.NewValidator().Validate(ast)
	}
	if err != nil {
		t.Fatal(err)
	}
	defer ast.Release()
	m, err := executor.Instantiate(store, ast)
	if err != nil {
		t.Fatal(err)
	}
	results, err = executor.Invoke(m.FindFunction("args"))
	wantResult(t, results, err, int32(3))
}

// TestPlugins states which plugins there are.
func TestPlugins(t *testing.T) {
	wasmedge.LoadPluginDefaultPaths()
	wasmedge.LoadPluginFromPath("absent")
	if got := wasmedge.ListPlugins(); !slices.Equal(got, []string{"wasi_logging"}) {
		t.Errorf("plugins %q", got)
	}
	p := wasmedge.FindPlugin("wasi_logging")
	if p == nil || wasmedge.FindPlugin("absent") != nil || p.CreateModule("absent") != nil {
		t.Fatal("plugins that are found")
	}
	executor, store := wasmedge.NewExecutor(), wasmedge.NewStore()
	defer executor.Release()
	defer store.Release()
	for _, name := range p.ListModule() {
		m := p.CreateModule(name)
		defer m.Release()
		if err := executor.RegisterImport(store, m); err != nil {
			t.Fatal(err)
		}
		if len(m.ListFunction()) == 0 {
			t.Errorf("%s has no functions", name)
		}
	}
}
