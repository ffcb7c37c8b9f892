package wasi

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"
	"github.com/tetratelabs/wazero/experimental"
	"github.com/tetratelabs/wazero/sys"
)

// Every function has a name for each parameter, and no name twice.
func TestTable(t *testing.T) {
	for _, module := range []string{ModuleName, UnstableModuleName} {
		list := standard()
		if module == UnstableModuleName {
			list = unstable()
		}
		seen := map[string]bool{}
		for _, f := range list {
			if n := len(strings.Fields(f.params)); n != len(f.types) {
				t.Errorf("%s has %d parameters and %d names", f.name, len(f.types), n)
			}
			if seen[f.name] {
				t.Errorf("%s is there twice", f.name)
			}
			seen[f.name] = true
		}
	}
}

func TestSignatures(t *testing.T) {
	const i32, i64 = api.ValueTypeI32, api.ValueTypeI64
	for name, want := range map[string]Signature{
		"proc_exit":               {[]byte{i32}, nil},
		"sched_yield":             {nil, []byte{i32}},
		"fd_seek":                 {[]byte{i32, i64, i32, i32}, []byte{i32}},
		"fd_pread":                {[]byte{i32, i32, i32, i64, i32}, []byte{i32}},
		"path_open":               {[]byte{i32, i32, i32, i32, i32, i64, i64, i32, i32}, []byte{i32}},
		"path_filestat_set_times": {[]byte{i32, i32, i32, i32, i64, i64, i32}, []byte{i32}},
	} {
		if got, ok := SignatureOf(ModuleName, name); !ok || !got.Equal(want) {
			t.Errorf("%s: %v, want %v", name, got, want)
		}
	}
	if _, ok := SignatureOf("env", "fd_read"); ok {
		t.Error("a module that is not ours has functions")
	}
}

// An import whose type is that of the second generation gets it.
func TestResolve(t *testing.T) {
	const i32 = api.ValueTypeI32
	result := []byte{i32}
	for _, c := range []struct {
		name   string
		params []byte
		want   string
	}{
		{"sock_accept", []byte{i32, i32}, "sock_accept"},
		{"sock_accept", []byte{i32, i32, i32}, "sock_accept_v2"},
		{"sock_accept_v2", []byte{i32, i32, i32}, "sock_accept_v2"},
		{"sock_accept", []byte{i32}, ""},
		{"fd_close", []byte{i32, i32}, ""},
		{"fd_nothing", []byte{i32}, ""},
	} {
		got, _, ok := Resolve(ModuleName, c.name, Signature{c.params, result})
		if got != c.want || ok != (c.want != "") {
			t.Errorf("%s with %d parameters is %q, %v; want %q", c.name, len(c.params), got, ok, c.want)
		}
	}
}

// A guest in the engine calls what has been registered, and nothing else has been.
func TestRegister(t *testing.T) {
	code, err := os.ReadFile("../../testdata/guests/hello.wasm")
	if err != nil {
		t.Fatal(err)
	}
	ctx := t.Context()
	rt := wazero.NewRuntime(ctx)
	defer rt.Close(ctx)
	guest, err := rt.CompileModule(ctx, code)
	if err != nil {
		t.Fatal(err)
	}
	out, err := os.Create(filepath.Join(t.TempDir(), "out"))
	if err != nil {
		t.Fatal(err)
	}
	defer out.Close()
	h := New(Config{})
	defer h.Close()
	var imports []Import
	for _, f := range guest.ImportedFunctions() {
		_, name, _ := f.Import()
		imports = append(imports, Import{Name: name}, Import{Name: name})
	}
	host, err := h.Register(ctx, rt, ModuleName, imports, nil)
	if err != nil {
		t.Fatal(err)
	}
	if got := len(host.ExportedFunctionDefinitions()); got != len(imports)/2 {
		t.Errorf("%d functions are defined, want %d", got, len(imports)/2)
	}
	ctx = experimental.WithImportResolver(ctx, func(string) api.Module { return host })
	m, err := rt.InstantiateModule(ctx, guest, wazero.NewModuleConfig().WithStartFunctions())
	if err != nil {
		t.Fatal(err)
	}
	h.Init(Environment{Stdout: out})
	_, err = m.ExportedFunction("_start").Call(ctx)
	if e, ok := errors.AsType[*sys.ExitError](err); err != nil && (!ok || e.ExitCode() != 0) {
		t.Fatal(err)
	}
	if b, err := os.ReadFile(out.Name()); err != nil || len(b) == 0 {
		t.Errorf("the guest wrote %q, %v", b, err)
	}
	h.Interrupt(ErrOutputLimit)
	if _, err = m.ExportedFunction("_start").Call(ctx); !errors.Is(err, ErrOutputLimit) {
		t.Errorf("after an interrupt: %v", err)
	}
	if _, err := h.Register(ctx, rt, ModuleName, []Import{{Name: "nothing"}}, nil); err == nil {
		t.Error("a function that does not exist is registered")
	}
}
