package cli

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"net/netip"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/wazedge/wazedge/cache"
	"github.com/wazedge/wazedge/compat/logline"
)

// entryFunctions are those that carry out the commands of each tool.
var entryFunctions = map[tools][]string{
	toolRun:         {"runModule"},
	toolCompile:     {"compileModule"},
	toolCheck:       {"parseModules", "validateModules"},
	toolParse:       {"parseModules"},
	toolValidate:    {"validateModules"},
	toolCache:       {"cacheCommand", "listCache", "statCache", "verifyCache", "pruneCache", "clearCache", "printCachePath"},
	toolTrust:       {"trustCommand", "explainCode"},
	toolInspect:     {"inspectModule"},
	toolPreinit:     {"preinitModule"},
	toolBundle:      {"bundleModule"},
	toolDoctor:      {"examine"},
	toolPlugins:     {"listPlugins"},
	toolServe:       {"serveFile", "serveOptions", "accessLog"},
	toolInstantiate: {"instantiateModule"},
}

// resolving are the functions whose results the test looks at, so that it does not
// count as an effect that they read an option.
var resolving = []string{"config", "world", "limits", "preparing", "netPolicy", "runMode", "cache", "features", "ownStatistics", "checkValues", "Main"}

// samples are values of options, by what stands for them in the help; those of options
// with choices are the choices.
var samples = map[string][]string{
	"GUEST[:HOST[:MODE]]": {"."}, "NAME[=VALUE]": {"a=b"}, "TIME": {"7"}, "GAS": {"7"}, "PAGES": {"7"},
	"COUNT": {"7"}, "BYTES": {"7"}, "HOST:PORT,...": {"127.0.0.1:80"}, "NAME": {"wasi_logging"}, "GOOS/GOARCH": {"plan9/mips"},
	"NAME=FILE": {"a=b.wasm"}, "NEW=OLD": {"a=b"}, "FILE": {"elsewhere"}, "LEVEL": {"debug"}, "DIR": {"elsewhere"},
	"NAME:BACKEND:DEVICE:PATH": {"m:onnx:cpu:m.onnx"},
}

// TestOptionsHaveEffects demands of every option, for every tool that has it, that it
// changes what the command line comes to, or is read by what carries the command out;
// else its row has to say that it changes nothing, and why, so that it is told.
func TestOptionsHaveEffects(t *testing.T) {
	t.Chdir(t.TempDir())
	for name, text := range map[string]string{"costs": "nop = 3\n", "elsewhere": "", "variables": "a=1\n"} {
		if err := os.WriteFile(name, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	for tool, entries := range entryFunctions {
		read := optionsRead(t, entries)
		for _, row := range optionsOf(tool) {
			effect := changes(t, tool, row) || row.bind != nil && read[fieldOf(t, row)]
			if idle := row.idles(tool); effect == idle {
				t.Errorf("--%s of %v: has an effect: %v, is said to have none: %v", row.name, entries, effect, idle)
			}
		}
	}
}

// changes reports whether the option makes a difference to what a command line of the
// tool comes to: alone, or beside one of a few others.
func changes(t *testing.T, tool tools, row *option) bool {
	t.Helper()
	for _, beside := range []string{"", "wasm-1", "wasm-2", "disable-gc", "allow-net=127.0.0.1:1"} {
		name, value, _ := strings.Cut(beside, "=")
		var context []string
		if name != "" {
			if !slices.ContainsFunc(optionsOf(tool), func(o *option) bool { return o.name == name }) {
				continue
			}
			context = []string{name, value}
		}
		without := resolved(t, tool, context)
		for _, v := range valuesOf(row) {
			if resolved(t, tool, append(slices.Clone(context), row.name, v)) != without {
				return true
			}
		}
	}
	return false
}

// valuesOf are values to try an option with.
func valuesOf(row *option) []string {
	switch {
	case !row.takesValue():
		return []string{""}
	case row.name == "gas-cost-table":
		return []string{"costs"}
	case row.name == "env-file":
		return []string{"variables"}
	case len(row.choices) > 0 && !strings.HasPrefix(row.choices[0], "<"):
		return row.choices
	case samples[row.metavar] != nil:
		return samples[row.metavar]
	}
	return []string{"elsewhere"}
}

// resolved is what the options, names and values in turn, come to for the tool, as
// text.
func resolved(t *testing.T, tool tools, options []string) string {
	t.Helper()
	var o Options
	flags := flagSet("test", tool, &o)
	for pair := range slices.Chunk(options, 2) {
		if err := flags.Lookup(pair[0]).Value.Set(pair[1]); err != nil {
			t.Fatalf("--%s %s: %v", pair[0], pair[1], err)
		}
	}
	environ := func() []string { return []string{"inherited=1"} }
	p := &Process{Args: []string{"wazedge"}, Environ: environ, Stdout: os.Stdout, Stderr: os.Stderr, Getenv: func(name string) string {
		if name == cache.TrustDirVariable || name == "WAZEDGE_CACHE_DIR" {
			return "trusted"
		}
		return ""
	}}
	var b strings.Builder
	log := logline.New(&strings.Builder{}, logline.Off, false)
	show(&b, reflect.ValueOf(o.Proposals.features()), 0)
	switch tool {
	case toolRun, toolInstantiate, toolPreinit, toolServe:
		config, mode, err := p.config(line{syntax: &syntax{options: &o}, words: []string{"a.wasm"}}, log)
		fmt.Fprint(&b, mode, err)
		if config.Cache != nil {
			fmt.Fprint(&b, config.Cache.Dir(), config.Cache.Limit())
		}
		show(&b, reflect.ValueOf(config), 0)
		if net := config.WASI.Net; net != nil {
			for _, at := range []string{"127.0.0.1:80", "127.0.0.1:1"} {
				fmt.Fprint(&b, net("", netip.MustParseAddrPort(at)))
			}
		}
	case toolCompile:
		c := compiler{options: &o}
		prepare, err := c.preparing()
		fmt.Fprint(&b, err, prepare.Dump != nil, prepare.Generic, prepare.Features)
		for _, l := range prepare.Limits {
			show(&b, reflect.ValueOf(l.Variant()), 0)
		}
	case toolCache, toolDoctor:
		store, err := p.cache(&o)
		fmt.Fprint(&b, err, store.Dir(), store.Limit())
	}
	return b.String()
}

// show writes v without what differs from call to call: functions and locks, of which
// no more is told than whether they are there, and what lies behind the cache.
func show(b *strings.Builder, v reflect.Value, depth int) {
	switch v.Kind() {
	case reflect.Pointer, reflect.Interface:
		if v.IsNil() || v.Type() == reflect.TypeFor[*cache.Store]() || v.Type() == reflect.TypeFor[*os.File]() || depth > 8 {
			fmt.Fprint(b, v.IsNil())
			return
		}
		show(b, v.Elem(), depth+1)
	case reflect.Func, reflect.Chan, reflect.UnsafePointer:
		fmt.Fprint(b, v.IsNil())
	case reflect.Struct:
		for n := range v.NumField() {
			b.WriteString(v.Type().Field(n).Name + " ")
			show(b, v.Field(n), depth+1)
		}
	case reflect.Slice, reflect.Array:
		for n := range v.Len() {
			show(b, v.Index(n), depth+1)
		}
	default:
		fmt.Fprintf(b, "%v ", v)
	}
}

// fieldOf is the name of the field of [Options] that the option is bound to.
func fieldOf(t *testing.T, row *option) string {
	t.Helper()
	var o Options
	at := reflect.ValueOf(row.value(&o)).Pointer()
	v := reflect.ValueOf(&o).Elem()
	for n := range v.NumField() {
		if v.Field(n).Addr().Pointer() == at {
			return v.Type().Field(n).Name
		}
	}
	t.Fatalf("--%s is bound to nothing in Options", row.name)
	return ""
}

// optionsRead are the fields of [Options] that the functions of this package named
// entries read, or those that they call, less those that resolve.
func optionsRead(t *testing.T, entries []string) map[string]bool {
	t.Helper()
	functions := functionsHere(t)
	fields := map[string]bool{}
	for n := range reflect.TypeFor[Options]().NumField() {
		fields[reflect.TypeFor[Options]().Field(n).Name] = true
	}
	read, seen := map[string]bool{}, map[string]bool{}
	for todo := slices.Clone(entries); len(todo) > 0; todo = todo[1:] {
		name := todo[0]
		if seen[name] || slices.Contains(resolving, strings.TrimPrefix(name, ".")) {
			continue
		}
		seen[name] = true
		for _, f := range functions[name] {
			holders := map[ast.Node]bool{} // of what is selected: fields, not methods
			ast.Inspect(f, func(n ast.Node) bool {
				switch n := n.(type) {
				case *ast.SelectorExpr:
					if fields[n.Sel.Name] && ofOptions(n.X) {
						read[n.Sel.Name] = true
					}
					if holders[n.X] = true; !holders[n] {
						todo = append(todo, "."+n.Sel.Name)
					}
				case *ast.Ident:
					todo = append(todo, n.Name)
				}
				return true
			})
		}
	}
	return read
}

// ofOptions reports whether x is, by its name, a command line's options.
func ofOptions(x ast.Expr) bool {
	switch x := x.(type) {
	case *ast.Ident:
		return x.Name == "o"
	case *ast.SelectorExpr:
		return x.Sel.Name == "options"
	}
	return false
}

// functionsHere are this package's functions by name, methods with a point before it.
func functionsHere(t *testing.T) map[string][]*ast.FuncDecl {
	t.Helper()
	found := map[string][]*ast.FuncDecl{}
	for _, file := range sourceFiles {
		for _, d := range file.Decls {
			if f, ok := d.(*ast.FuncDecl); ok {
				name := f.Name.Name
				if f.Recv != nil {
					name = "." + name
				}
				found[name] = append(found[name], f)
			}
		}
	}
	if len(found) == 0 {
		t.Fatal("no sources")
	}
	return found
}

// sourceFiles is this package, read before a test changes its directory.
var sourceFiles = func() []*ast.File {
	names, _ := filepath.Glob("*.go")
	files := map[string]*ast.File{}
	for _, name := range names {
		if !strings.HasSuffix(name, "_test.go") {
			if f, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.SkipObjectResolution); err == nil {
				files[name] = f
			}
		}
	}
	return slices.Collect(maps.Values(files))
}()
