package wasi

import (
	"errors"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"
	"github.com/tetratelabs/wazero/experimental"
	"github.com/tetratelabs/wazero/sys"

	"github.com/wazedge/wazedge/hostfuncs/abi"
	"github.com/wazedge/wazedge/internal/engine"
)

// Every function has a name for each parameter, and no name twice.
func TestTable(t *testing.T) {
	for _, module := range []string{ModuleName, UnstableModuleName} {
		list := standard().Functions()
		if module == UnstableModuleName {
			list = unstable().Functions()
		}
		seen := map[string]bool{}
		for _, f := range list {
			if n := len(f.ParameterNames()); n != len(f.Type.Params) {
				t.Errorf("%s has %d parameters and %d names", f.Name, len(f.Type.Params), n)
			}
			if seen[f.Name] {
				t.Errorf("%s is there twice", f.Name)
			}
			seen[f.Name] = true
		}
	}
}

func TestSignatures(t *testing.T) {
	const i32, i64 = api.ValueTypeI32, api.ValueTypeI64
	for name, want := range map[string]abi.Signature{
		"proc_exit":               {Params: []byte{i32}, Results: nil},
		"sched_yield":             {Params: nil, Results: []byte{i32}},
		"fd_seek":                 {Params: []byte{i32, i64, i32, i32}, Results: []byte{i32}},
		"fd_pread":                {Params: []byte{i32, i32, i32, i64, i32}, Results: []byte{i32}},
		"path_open":               {Params: []byte{i32, i32, i32, i32, i32, i64, i64, i32, i32}, Results: []byte{i32}},
		"path_filestat_set_times": {Params: []byte{i32, i32, i32, i32, i64, i64, i32}, Results: []byte{i32}},
	} {
		if f := find(ModuleName, name); f == nil || !f.Type.Equal(want) {
			t.Errorf("%s: %v, want type %v", name, f, want)
		}
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
		want, got := abi.Signature{Params: c.params, Results: result}, ""
		if f, ok := Namespaces()[0].Function(c.name, want); ok && f.Type.Equal(want) {
			got = f.Name
		}
		if got != c.want {
			t.Errorf("%s with %d parameters is %q, want %q", c.name, len(c.params), got, c.want)
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
	own := engine.New(ctx, engine.Config{})
	rt := own.Wazero()
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
	h := New(abi.NewGuest(abi.GuestConfig{}), Config{})
	defer h.Close()
	var imports []abi.Import
	for _, f := range guest.ImportedFunctions() {
		_, name, _ := f.Import()
		imports = append(imports, abi.Import{Name: name}, abi.Import{Name: name})
	}
	host, err := h.guest.Instantiate(ctx, own, Namespaces()[0], h, imports, nil)
	if err != nil {
		t.Fatal(err)
	}
	if got := len(host.Wazero().ExportedFunctionDefinitions()); got != len(imports)/2 {
		t.Errorf("%d functions are defined, want %d", got, len(imports)/2)
	}
	ctx = experimental.WithImportResolver(ctx, func(string) api.Module { return host.Wazero() })
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
	h.guest.Interrupt(ErrOutputLimit)
	if _, err = m.ExportedFunction("_start").Call(ctx); !errors.Is(err, ErrOutputLimit) {
		t.Errorf("after an interrupt: %v", err)
	}
}

// Every function's comment says what goes wrong and what lands in memory.
func TestFunctionsAreDescribed(t *testing.T) {
	rows := map[string]bool{}
	comments := map[string]string{}
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range files {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, row := range regexp.MustCompile(`abi\.Fn.*\(\*Host\)\.(\w+)\)`).FindAllSubmatch(text, -1) {
			rows[string(row[1])] = true
		}
		f, err := parser.ParseFile(token.NewFileSet(), name, text, parser.ParseComments)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range f.Decls {
			if d, ok := d.(*ast.FuncDecl); ok && d.Recv != nil {
				comments[d.Name.Name] = d.Doc.Text()
			}
		}
	}
	for name := range rows {
		text := comments[name]
		of, same := strings.CutSuffix(name, "0") // of snapshot 0
		if same && strings.HasPrefix(text, name+" is "+of+" with ") {
			continue
		}
		if !strings.Contains(text, "\nErrors: ") || !strings.Contains(text, "\nMemory: ") {
			t.Errorf("the comment of %s does not say what its errors are and what it writes:\n%s", name, text)
		}
	}
	if len(rows) < 60 {
		t.Errorf("%d functions are found", len(rows))
	}
}
