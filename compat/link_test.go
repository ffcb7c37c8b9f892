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

// faultOf is the error of instantiating the module of text in vm.
func faultOf(t *testing.T, vm *compat.VM, text string) *fault.Error {
	t.Helper()
	validated(t, vm, text)
	defer vm.Unload()
	err := vm.Instantiate(t.Context())
	e, ok := errors.AsType[*fault.Error](err)
	if !ok {
		t.Fatalf("Instantiate %s: %v, want an error with a code", text, err)
	}
	return e
}

func TestImportsThatDoNotResolve(t *testing.T) {
	vm := newVM(t, compat.Config{})
	register(t, vm, "lib", `(module
		(func (export "f") (param i32) (result i32) (local.get 0))
		(global (export "g") i32 (i32.const 1))
		(memory (export "m") 1 2)
		(table (export "t") 1 2 funcref)
		(tag (export "e") (param i32)))`)
	description := []string{"At AST node: import description"}
	section := []string{"At AST node: import section", "At AST node: module"}
	for _, tc := range []struct {
		imports string
		code    fault.Code
		lines   []string // those before the description
		hint    bool
	}{
		{`"env" "f" (func)`, fault.UnknownImport, []string{`When linking module: "env" , function name: "f"`}, true},
		{`"wasi_nn" "f" (func)`, fault.UnknownImport, []string{`When linking module: "wasi_nn" , function name: "f"`}, true},
		{`"other" "g" (global i32)`, fault.UnknownImport, []string{`When linking module: "other" , global name: "g"`}, false},
		{`"lib" "h" (func)`, fault.UnknownImport, []string{`When linking module: "lib" , function name: "h"`}, false},
		{`"lib" "f" (memory 1)`, fault.IncompatibleImportType, []string{
			"Mismatched external type. Expected: memory , Got: function",
			`When linking module: "lib" , memory name: "f"`,
		}, false},
		{`"lib" "f" (func (param i64))`, fault.IncompatibleImportType, []string{
			"Mismatched function type. Expected: FuncType {params{i64} returns{}} , Got: FuncType {params{i32} returns{i32}}",
			`When linking module: "lib" , function name: "f"`,
		}, false},
		{`"lib" "g" (global (mut i32))`, fault.IncompatibleImportType, []string{
			"Mismatched global. Expected: GlobalType {Mutation{var} ValType{i32}} , Got: GlobalType {Mutation{const} ValType{i32}}",
			`When linking module: "lib" , global name: "g"`,
		}, false},
		{`"lib" "m" (memory 2)`, fault.IncompatibleImportType, []string{
			"Mismatched memory. Expected: MemoryType {Limit{2}} , Got: MemoryType {Limit{1 , 2}}",
			`When linking module: "lib" , memory name: "m"`,
		}, false},
		{`"lib" "t" (table 1 1 funcref)`, fault.IncompatibleImportType, []string{
			"Mismatched table. Expected: TableType {RefType{ref_null func} Limit{1 , 1}} , Got: TableType {RefType{ref_null func} Limit{1 , 2}}",
			`When linking module: "lib" , table name: "t"`,
		}, false},
		{`"wasi_snapshot_preview1" "fd_frob" (func)`, fault.UnknownImport, []string{
			`When linking module: "wasi_snapshot_preview1" , function name: "fd_frob"`,
		}, false},
		{`"wasi_snapshot_preview1" "fd_close" (func)`, fault.IncompatibleImportType, []string{
			"Mismatched function type. Expected: FuncType {params{} returns{}} , Got: FuncType {params{i32} returns{i32}}",
			`When linking module: "wasi_snapshot_preview1" , function name: "fd_close"`,
		}, false},
	} {
		e := faultOf(t, vm, `(module (import `+tc.imports+`))`)
		got := e.Info
		if tc.hint {
			got = slices.DeleteFunc(slices.Clone(got), func(l string) bool { return strings.HasPrefix(l, "This ") })
			if len(got) != len(e.Info)-1 {
				t.Errorf("%s: no hint in %q", tc.imports, e.Info)
			}
		}
		want := slices.Concat(tc.lines, description, section)
		if e.Code != tc.code || !slices.Equal(got, want) {
			t.Errorf("%s: %v\n\t%s\nwant %v\n\t%s", tc.imports, e.Code, strings.Join(got, "\n\t"), tc.code, strings.Join(want, "\n\t"))
		}
	}
}

func TestInstancesShareWhatTheyExport(t *testing.T) {
	vm := newVM(t, compat.Config{})
	lib := register(t, vm, "lib", `(module
		(memory (export "m") 1) (global $g (export "g") (mut i64) (i64.const 5))
		(func (export "peek") (result i32) (i32.load (i32.const 16))))`)
	user := register(t, vm, "user", `(module
		(import "lib" "m" (memory 1)) (import "lib" "g" (global $g (mut i64))) (import "lib" "peek" (func $peek (result i32)))
		(func (export "f") (param i32) (result i32)
			(global.set $g (i64.const 6)) (i32.store (i32.const 16) (local.get 0)) (call $peek)))`)
	got, err := user.Invoke(t.Context(), "f", value.OfI32(42))
	if err != nil || len(got) != 1 || got[0] != value.OfI32(42) {
		t.Errorf("f(42) = %v, %v", got, err)
	}
	if g, ok := lib.Global("g"); !ok || g.Get() != value.OfI64(6) {
		t.Errorf("global g is %v, %v; want 6", g, ok)
	}
}

// A memory that has grown since may be imported with its present size.
func TestImportOfGrownMemory(t *testing.T) {
	vm := newVM(t, compat.Config{})
	lib := register(t, vm, "lib", `(module (memory (export "m") 1) (func (export "grow") (drop (memory.grow (i32.const 4)))))`)
	if _, err := lib.Invoke(t.Context(), "grow"); err != nil {
		t.Fatal(err)
	}
	register(t, vm, "user", `(module (import "lib" "m" (memory 5)))`)
}

func TestSegmentsThatDoNotFit(t *testing.T) {
	vm := newVM(t, compat.Config{})
	register(t, vm, "lib", `(module (global (export "g") i32 (i32.const 65535)) (table (export "t") 2 funcref))`)
	for _, tc := range []struct {
		text string
		code fault.Code
		info []string
	}{
		{`(memory 1) (data (i32.const 65530) "0123456789")`, fault.MemoryOutOfBounds, []string{
			"Accessing offset from: 0x0000fffa to: 0x00010003 , Out of boundary: 0x0000ffff",
			"At AST node: data segment", "At AST node: data section", "At AST node: module",
		}},
		{`(import "lib" "g" (global $g i32)) (memory 1) (data (global.get $g) "01")`, fault.MemoryOutOfBounds, []string{
			"Accessing offset from: 0x0000ffff to: 0x00010000 , Out of boundary: 0x0000ffff",
			"At AST node: data segment", "At AST node: data section", "At AST node: module",
		}},
		{`(memory 0) (data (i32.const 1) "")`, fault.MemoryOutOfBounds, []string{
			"Accessing offset from: 0x00000001 to: 0x00000001 , Out of boundary: 0x00000000",
			"At AST node: data segment", "At AST node: data section", "At AST node: module",
		}},
		{`(import "lib" "t" (table 1 funcref)) (func $f) (elem (i32.const 1) func $f $f)`, fault.TableOutOfBounds, []string{
			"Accessing offset from: 0x00000001 to: 0x00000002 , Out of boundary: 0x00000001",
			"At AST node: element segment", "At AST node: element section", "At AST node: module",
		}},
		{`(table 2 funcref) (func $f) (elem (i32.sub (i32.const 1) (i32.const -2)) func $f)`, fault.TableOutOfBounds, []string{
			"Accessing offset from: 0x00000003 to: 0x00000003 , Out of boundary: 0x00000001",
			"At AST node: element segment", "At AST node: element section", "At AST node: module",
		}},
	} {
		e := faultOf(t, vm, `(module `+tc.text+`)`)
		if e.Code != tc.code || !slices.Equal(e.Info, tc.info) {
			t.Errorf("%s: %v\n\t%s\nwant %v\n\t%s", tc.text, e.Code, strings.Join(e.Info, "\n\t"), tc.code, strings.Join(tc.info, "\n\t"))
		}
	}
	for _, text := range []string{
		`(memory 1) (data (i32.const 65536) "")`,
		`(table 2 funcref) (elem (i32.const 2) func)`,
	} {
		register(t, vm, "fits", `(module `+text+`)`)
	}
}

func TestStartFunctionThatFails(t *testing.T) {
	vm := newVM(t, compat.Config{})
	e := faultOf(t, vm, `(module (func $s (drop (i32.div_u (i32.const 3) (i32.const 0)))) (start $s))`)
	want := []string{"In instruction: i32.div_u (0x64) , Args: [3 , 0]", "At AST node: module"}
	if got := withoutOffsets(e.Info); e.Code != fault.DivideByZero || !slices.Equal(got, want) {
		t.Errorf("%v %q, want %q", e.Code, got, want)
	}

	validated(t, vm, `(module (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
		(func $s (call $exit (i32.const 0))) (start $s))`)
	if _, ok := errors.AsType[*compat.StartExitError](vm.Instantiate(t.Context())); !ok {
		t.Error("proc_exit in the start function does not fail the instantiation as it should")
	}
}
