package wasmedge_test

import (
	"errors"
	"slices"
	"testing"

	"github.com/wazedge/wazedge/compat/wasmedge"
	"github.com/wazedge/wazedge/internal/fault"
)

// environment is a module of the host's with one of everything, in which there is something.
func environment(t *testing.T) (*wasmedge.Module, *wasmedge.Memory, *wasmedge.Table, *wasmedge.Global, *wasmedge.Global) {
	t.Helper()
	env := wasmedge.NewModule("env")
	memory := wasmedge.NewMemory(wasmedge.NewMemoryType(wasmedge.NewLimitWithMax(1, 4)))
	table := wasmedge.NewTable(wasmedge.NewTableType(wasmedge.NewValTypeExternRef(), wasmedge.NewLimitWithMax(2, 5)))
	number := wasmedge.NewGlobal(wasmedge.NewGlobalType(wasmedge.NewValTypeI64(), wasmedge.ValMut_Var), int64(-99))
	vector := wasmedge.NewGlobal(wasmedge.NewGlobalType(wasmedge.NewValTypeV128(), wasmedge.ValMut_Var), wasmedge.NewV128(3, 4))
	if memory == nil || table == nil || number == nil || vector == nil {
		t.Fatal("objects of the host's cannot be made")
	}
	env.AddMemory("m", memory)
	env.AddTable("t", table)
	env.AddGlobal("n", number)
	env.AddGlobal("v", vector)
	return env, memory, table, number, vector
}

// TestObjectsOfTheHost states that memories, tables and globals of the host's can be used
// before guests have them, and are the guests' then, with what is in them.
func TestObjectsOfTheHost(t *testing.T) {
	vm := newVM(t, nil)
	env, memory, table, number, vector := environment(t)
	defer env.Release()
	word := wasmedge.NewExternRef("word")
	defer word.Release()
	if err := errors.Join(
		memory.GrowPage(1), memory.SetData([]byte{7}, 65536, 1), table.Grow(1), table.SetData(word, 2),
		number.SetValue(int64(-100)), vm.RegisterModule(env),
	); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(vm.LoadWasmBuffer(guest(`(module
		(import "env" "m" (memory 1)) (import "env" "t" (table $t 1 5 externref))
		(import "env" "n" (global $n (mut i64))) (import "env" "v" (global $v (mut v128)))
		(func (export "load") (result i32) (i32.load8_u (i32.const 65536)))
		(func (export "store") (i32.store8 (i32.const 0) (i32.const 9)) (global.set $n (i64.const 5)) (global.set $v (v128.const i64x2 8 9)))
		(func (export "swap") (table.set $t (i32.const 0) (table.get $t (i32.const 2))))
		(func (export "n") (result i64) (global.get $n)) (func (export "v") (result v128) (global.get $v))
		(func (export "size") (result i32) (table.size $t))
		(func (export "pages") (result i32) (memory.size)))`)), vm.Validate(), vm.Instantiate()); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]interface{}{"load": int32(7), "n": int64(-100), "v": wasmedge.NewV128(3, 4), "size": int32(3), "pages": int32(2)} {
		results, err := vm.Execute(name)
		wantResult(t, results, err, want)
	}
	for _, name := range []string{"store", "swap"} {
		if _, err := vm.Execute(name); err != nil {
			t.Fatal(err)
		}
	}
	if b, err := memory.GetData(0, 1); err != nil || b[0] != 9 {
		t.Errorf("memory %v, %v", b, err)
	}
	if x, err := table.GetData(0); err != nil || x.(wasmedge.ExternRef).GetRef() != "word" {
		t.Errorf("table %v, %v", x, err)
	}
	if number.GetValue() != int64(5) || vector.GetValue() != wasmedge.NewV128(9, 8) {
		t.Errorf("globals %v, %v", number.GetValue(), vector.GetValue())
	}
	if err := errors.Join(number.SetValue(int64(6)), vector.SetValue(wasmedge.NewV128(1, 2)), memory.GrowPage(1), table.Grow(2)); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]interface{}{"n": int64(6), "v": wasmedge.NewV128(1, 2), "size": int32(5), "pages": int32(3)} {
		results, err := vm.Execute(name)
		wantResult(t, results, err, want)
	}
	wantCode(t, memory.GrowPage(2), fault.MemoryOutOfBounds)
	wantCode(t, table.Grow(1), fault.TableOutOfBounds)
	// Guests of another store cannot have them.
	wantCode(t, newVM(t, nil).RegisterModule(env), fault.RuntimeError)
}

// TestBoundsOfObjects states what is refused of objects that no guest has.
func TestBoundsOfObjects(t *testing.T) {
	quiet(t)
	env, memory, table, number, _ := environment(t)
	_, err := memory.GetData(65536, 1)
	wantCode(t, err, fault.MemoryOutOfBounds)
	wantCode(t, memory.SetData([]byte{1}, 0, 2), fault.MemoryOutOfBounds)
	wantCode(t, memory.SetData([]byte{1, 2}, 65535, 2), fault.MemoryOutOfBounds)
	wantCode(t, memory.GrowPage(4), fault.MemoryOutOfBounds)
	_, err = table.GetData(2)
	wantCode(t, err, fault.TableOutOfBounds)
	wantCode(t, table.SetData(wasmedge.NewExternRef(1), 2), fault.TableOutOfBounds)
	wantCode(t, table.SetData(int32(1), 0), fault.RefTypeMismatch)
	wantCode(t, table.SetData(wasmedge.FuncRef{}, 0), fault.RefTypeMismatch)
	wantCode(t, number.SetValue(int32(1)), fault.SetValueErrorType)
	fixed := wasmedge.NewGlobal(wasmedge.NewGlobalType(wasmedge.NewValTypeI32(), wasmedge.ValMut_Const), int32(1))
	wantCode(t, fixed.SetValue(int32(2)), fault.SetValueToConst)
	for what, made := range map[string]bool{
		"a memory of a minimum beyond its maximum": wasmedge.NewMemory(wasmedge.NewMemoryType(wasmedge.NewLimitWithMax(2, 1))) != nil,
		"a shared memory without maximum":          wasmedge.NewMemory(wasmedge.NewMemoryType(wasmedge.NewLimitShared(1))) != nil,
		"a table of numbers":                       wasmedge.NewTableType(wasmedge.NewValTypeI32(), wasmedge.NewLimit(1)) != nil,
		"a global of another type":                 wasmedge.NewGlobal(wasmedge.NewGlobalType(wasmedge.NewValTypeI32(), wasmedge.ValMut_Var), 1.5) != nil,
		"a function without type":                  wasmedge.NewFunction(nil, nil, nil, 0) != nil,
	} {
		if made {
			t.Errorf("%s can be made", what)
		}
	}
	if !slices.Equal(env.ListGlobal(), []string{"n", "v"}) || !slices.Equal(env.ListMemory(), []string{"m"}) || len(env.ListFunction()) != 0 || len(env.ListTag()) != 0 {
		t.Error("lists of a module of the host's")
	}
}

// TestReferencesToFunctions states that functions go to and from guests as references, and
// can be called then.
func TestReferencesToFunctions(t *testing.T) {
	vm := newVM(t, nil)
	executor := vm.GetExecutor()
	if err := errors.Join(vm.LoadWasmBuffer(guest(`(module
		(type $binary (func (param i32 i32) (result i32)))
		(table (export "t") 3 9 funcref) (elem (i32.const 0) $hidden)
		(func $hidden (param i32 i32) (result i32) (i32.sub (local.get 0) (local.get 1)))
		(func (export "add") (type $binary) (i32.add (local.get 0) (local.get 1)))
		(func (export "trap") (unreachable))
		(func (export "apply") (param funcref i32 i32) (result i32)
			(table.set (i32.const 2) (local.get 0))
			(call_indirect (type $binary) (local.get 1) (local.get 2) (i32.const 2)))
		(func (export "id") (param funcref) (result funcref) (local.get 0)))`)), vm.Validate(), vm.Instantiate()); err != nil {
		t.Fatal(err)
	}
	m := vm.GetActiveModule()
	multiply := wasmedge.NewFunction(m.FindFunction("add").GetFunctionType(), func(_ interface{}, _ *wasmedge.CallingFrame, p []interface{}) ([]interface{}, wasmedge.Result) {
		return []interface{}{p[0].(int32) * p[1].(int32)}, wasmedge.Result_Success
	}, nil, 0)
	for _, row := range []struct {
		f    *wasmedge.Function
		want int32
	}{{m.FindFunction("add"), 9}, {multiply, 14}} {
		results, err := vm.Execute("apply", wasmedge.NewFuncRef(row.f), int32(7), int32(2))
		wantResult(t, results, err, row.want)
		results, err = executor.Invoke(row.f, int32(7), int32(2))
		wantResult(t, results, err, row.want)
		back, err := vm.Execute("id", wasmedge.NewFuncRef(row.f))
		wantResult(t, back, err, wasmedge.NewFuncRef(row.f))
	}
	null, err := vm.Execute("id", wasmedge.NewFuncRef(nil))
	wantResult(t, null, err, wasmedge.FuncRef{})
	// A function that is not exported.
	table := m.FindTable("t")
	element, err := table.GetData(0)
	if err != nil {
		t.Fatal(err)
	}
	hidden := element.(wasmedge.FuncRef).GetRef()
	if ft := hidden.GetFunctionType(); ft == nil || ft.GetParametersLength() != 2 || ft.GetReturnsLength() != 1 {
		t.Fatalf("the type of a function that is known by reference is %v", ft)
	}
	results, err := executor.Invoke(hidden, int32(7), int32(2))
	wantResult(t, results, err, int32(5))
	_, err = executor.Invoke(hidden, int32(7))
	wantCode(t, err, fault.FuncSigMismatch)
	if element, err := table.GetData(1); err != nil || element != (wasmedge.FuncRef{}) {
		t.Errorf("an empty element: %v, %v", element, err)
	}
	if err := table.SetData(wasmedge.NewFuncRef(m.FindFunction("trap")), 1); err != nil {
		t.Fatal(err)
	}
	element, err = table.GetData(1)
	if err != nil {
		t.Fatal(err)
	}
	_, err = executor.Invoke(element.(wasmedge.FuncRef).GetRef())
	wantCode(t, err, fault.Unreachable)
	// A function of another store.
	_, err = newVM(t, nil).RunWasmBuffer(guest(`(module (func (export "take") (param funcref)))`), "take", wasmedge.NewFuncRef(hidden))
	wantCode(t, err, fault.RuntimeError)
}

// TestExternRefs states that a reference is null, the value of Go's, or released.
func TestExternRefs(t *testing.T) {
	vm := newVM(t, nil)
	text := guest(`(module (table $kept 1 externref)
		(func (export "null") (param externref) (result i32) (ref.is_null (local.get 0)))
		(func (export "keep") (param externref) (table.set $kept (i32.const 0) (local.get 0)))
		(func (export "kept") (result externref) (table.get $kept (i32.const 0))))`)
	ref := wasmedge.NewExternRef(&struct{ n int }{42})
	results, err := vm.RunWasmBuffer(text, "null", wasmedge.ExternRef{})
	wantResult(t, results, err, int32(1))
	results, err = vm.Execute("null", ref)
	wantResult(t, results, err, int32(0))
	if _, err := vm.Execute("keep", ref); err != nil {
		t.Fatal(err)
	}
	results, err = vm.Execute("kept")
	wantResult(t, results, err, ref)
	ref.Release()
	if ref.GetRef() != nil {
		t.Error("a reference that is released has a value")
	}
	results, err = vm.Execute("kept")
	wantResult(t, results, err, wasmedge.ExternRef{})
	_, err = vm.Execute("null", ref)
	wantCode(t, err, fault.RefTypeMismatch)
}

// TestModulesWithObjects states what the host can do with references of a module that has
// objects: those of its own go in and come back, and the rest is refused.
func TestModulesWithObjects(t *testing.T) {
	vm := newVM(t, nil)
	extern := []*wasmedge.ValType{wasmedge.NewValTypeExternRef()}
	m := host("host", "hear", wasmedge.NewFunctionType(extern, extern),
		func(_ *wasmedge.CallingFrame, p []interface{}) ([]interface{}, wasmedge.Result) {
			return p, wasmedge.Result_Success
		})
	if err := vm.RegisterModule(m); err != nil {
		t.Fatal(err)
	}
	ref := wasmedge.NewExternRef("word")
	defer ref.Release()
	text := `(type $box (struct (field externref)))
		(table (export "t") 1 funcref)
		(func (export "f") (param externref) (result externref) (struct.get $box 0 (struct.new $box (local.get 0)))))`
	results, err := vm.RunWasmBuffer(guest(`(module `+text), "f", ref)
	wantResult(t, results, err, ref)
	_, err = vm.GetActiveModule().FindTable("t").GetData(0)
	wantCode(t, err, fault.RuntimeError)
	_, err = vm.RunWasmBuffer(guest(`(module (import "host" "hear" (func (param externref) (result externref))) `+text), "f", ref)
	wantCode(t, err, fault.RuntimeError)
}
