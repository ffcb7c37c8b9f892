package wasmedge_test

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/wazedge/wazedge/cache"
	"github.com/wazedge/wazedge/compat"
	"github.com/wazedge/wazedge/compat/wasmedge"
	"github.com/wazedge/wazedge/internal/fault"
)

// TestCompiledModule states that a module that was compiled ahead of time is executed as
// it is for the user who has compiled it, and begins with the module as it was.
func TestCompiledModule(t *testing.T) {
	dir := t.TempDir()
	trust := filepath.Join(dir, "trust")
	t.Setenv(cache.TrustDirVariable, trust)
	out := filepath.Join(dir, "compiled.wasm")
	compiler := wasmedge.NewCompiler()
	defer compiler.Release()
	// What compiles in no time is compiled anew.
	large := guest(`(module (func (export "add") (param i32 i32) (result i32) (i32.add (local.get 0) (local.get 1)))` +
		strings.Repeat(`(func (param i32) (result i32) (i32.mul (local.get 0) (i32.const 123456789)))`, 500) + `)`)
	if err := compiler.CompileBuffer(large, out); err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(out)
	if err != nil || !bytes.HasPrefix(b, large) {
		t.Fatalf("what is written does not begin with the module: %v", err)
	}
	r := compat.NewRuntime(compat.Config{Trust: cache.NewKeyring(trust, nil)})
	defer r.Close(t.Context())
	m, err := r.LoadFile(out)
	if err != nil || !m.Precompiled() {
		t.Errorf("the code is not executed: %v", err)
	}
	// The same configuration, another one, and one that the code is not for.
	measures := measuring(t)
	for _, conf := range []*wasmedge.Configure{nil, measures} {
		vm := newVM(t, conf)
		results, err := vm.RunWasmFile(out, "add", int32(1), int32(2))
		wantResult(t, results, err, int32(3))
	}
	loader, executor, store := wasmedge.NewLoader(), wasmedge.NewExecutorWithConfig(measures), wasmedge.NewStore()
	defer loader.Release()
	defer executor.Release()
	defer store.Release()
	ast, err := loader.LoadFile(out)
	if err == nil {
		err = wasmedge.NewValidator().Validate(ast)
	}
	if err != nil {
		t.Fatal(err)
	}
	defer ast.Release()
	instance, err := executor.Instantiate(store, ast)
	if err != nil {
		t.Fatal(err)
	}
	results, err := executor.Invoke(instance.FindFunction("add"), int32(1), int32(2))
	wantResult(t, results, err, int32(3))

	quiet(t)
	wantCode(t, compiler.Compile(filepath.Join(dir, "absent"), out), fault.IllegalPath)
	wantCode(t, compiler.CompileBuffer([]byte("none"), out), fault.MalformedMagic)
	wantCode(t, compiler.CompileBuffer(adder, filepath.Join(dir, "absent", "out")), fault.IllegalPath)
}
