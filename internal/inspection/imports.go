package inspection

import (
	"fmt"
	"slices"
	"strings"

	"github.com/wazedge/wazedge/internal/fault"
	"github.com/wazedge/wazedge/internal/hosts"
	"github.com/wazedge/wazedge/internal/prepare"
	"github.com/wazedge/wazedge/internal/wasm"
)

// The kinds of providers.
const (
	byWASI   = "wasi"
	byPlugin = "plugin"
	byMock   = "mock"
	byModule = "module"
	byNobody = "nobody"
)

// importsOf are the imports of m by what they are from, in the order of the first of each.
// Of a module that is not valid, types are compared by their text.
func importsOf(m *wasm.Module, t *typer, valid bool, o Options) ([]Namespace, error) {
	linked, err := readLinked(o.Linked)
	if err != nil {
		return nil, err
	}
	p := providing{module: m, types: t, linked: linked, valid: valid, store: wasm.NewTypeStore()}
	list, at := []Namespace{}, map[string]int{}
	for i := range m.Imports {
		im := &m.Imports[i]
		n, seen := at[im.Module]
		if !seen {
			n, at[im.Module] = len(list), len(list)
			list = append(list, p.namespace(im.Module))
		}
		list[n].Items = append(list[n].Items, p.item(im, list[n].Provider))
	}
	return list, nil
}

// readLinked are the modules that are given to import from, by their names.
func readLinked(list []Linked) (map[string]*wasm.Module, error) {
	modules := map[string]*wasm.Module{}
	for _, l := range list {
		m, err := (&prepare.Options{Features: all, Workers: 1}).Read(l.Path)
		if err == nil {
			err = m.Validate()
		}
		if err != nil {
			return nil, fmt.Errorf("module %q: %w", l.Name, err)
		}
		modules[l.Name] = m.Module
	}
	return modules, nil
}

// providing finds out who provides what a module imports.
type providing struct {
	module *wasm.Module
	valid  bool
	types  *typer
	linked map[string]*wasm.Module
	store  *wasm.TypeStore
	spaces map[*wasm.Module]*wasm.TypeSpace // in store, made when they are needed
	typers map[*wasm.Module]*typer          // of linked modules
	hosts  map[string][]hosts.Function      // by namespace
}

// namespace says who is behind name.
func (p *providing) namespace(name string) Namespace {
	n := Namespace{Name: name, Provider: byNobody, Items: []Item{}}
	if p.linked[name] != nil {
		n.Provider, n.By = byModule, "--module"
		return n
	}
	who, ok := hosts.ProviderOf(name)
	switch {
	case !ok:
		n.Advice = advice(name)
	case who.Mock:
		n.Provider, n.By = byMock, who.Plugin
		n.Advice = "the plug-in is not there: the module starts, but every call of these fails"
	case who.Plugin != "":
		n.Provider, n.By = byPlugin, who.Plugin
	default:
		n.Provider, n.By = byWASI, who.WASI
	}
	return n
}

// item says whether who is behind a namespace has what im asks for.
func (p *providing) item(im *wasm.Import, provider string) Item {
	it := Item{Name: im.Name, Kind: im.Kind.String(), Type: p.types.imported(im)}
	why := ""
	switch provider {
	case byNobody:
		why = fault.UnknownImport.Message()
	case byModule:
		why = p.missing(im)
	default:
		why = p.missingOfHost(im)
	}
	there := why == ""
	it.Provided, it.Why = &there, why
	return it
}

// missingOfHost is why the host does not provide im, or nothing.
func (p *providing) missingOfHost(im *wasm.Import) string {
	functions, ok := p.hosts[im.Module]
	if !ok {
		functions = hosts.Functions(im.Module)
		if p.hosts == nil {
			p.hosts = map[string][]hosts.Function{}
		}
		p.hosts[im.Module] = functions
	}
	other := ""
	for _, f := range functions {
		if f.Name != im.Name {
			continue
		}
		if im.Kind != wasm.ExternFunc {
			return "it is a function here"
		}
		if int(im.Type) < len(p.module.Types) && sameFunction(&p.module.Types[im.Type].Func, &f.Type) {
			return ""
		}
		other = "its type here is " + funcText(&f.Type)
	}
	if other == "" {
		return fault.UnknownImport.Message()
	}
	return other
}

func sameFunction(a, b *wasm.FuncType) bool {
	return slices.Equal(a.Params, b.Params) && slices.Equal(a.Results, b.Results)
}

// missing is why the linked module does not provide im, or nothing.
func (p *providing) missing(im *wasm.Import) string {
	from := p.linked[im.Module]
	types := p.typer(from)
	switch e := types.named(im.Name); {
	case e == nil:
		return fault.UnknownImport.Message()
	case e.Kind != im.Kind:
		return "it is a " + e.Kind.String() + " there"
	case !p.matches(from, e, im):
		return "its type there is " + types.export(e)
	}
	return ""
}

// typer has the types of the linked module m.
func (p *providing) typer(m *wasm.Module) *typer {
	if p.typers[m] == nil {
		if p.typers == nil {
			p.typers = map[*wasm.Module]*typer{}
		}
		p.typers[m] = newTyper(m)
	}
	return p.typers[m]
}

// matches reports whether the export e of from is of the type that im asks for.
func (p *providing) matches(from *wasm.Module, e *wasm.Export, im *wasm.Import) bool {
	if !p.valid {
		return p.typer(from).export(e) == p.types.imported(im)
	}
	if p.spaces == nil {
		p.spaces = map[*wasm.Module]*wasm.TypeSpace{p.module: p.store.Space(p.module)}
	}
	if p.spaces[from] == nil {
		p.spaces[from] = p.store.Space(from)
	}
	return p.store.MatchesExtern(p.spaces[from].Export(from, e.Kind, e.Index), p.spaces[p.module].Import(im))
}

// advices say what to do about namespaces that nobody provides: those of that name, or with
// a name that begins so where that ends in a star; the first that fits counts.
var advices = []struct{ name, advice string }{
	{"wasi:*", "WASI 0.2 or later, for components; build for wasm32-wasip1"},
	{"wasi_snapshot_preview*", "a generation of WASI that there is not; build for wasm32-wasip1"},
	{"wasi*", "of a plug-in that there is not; wazedge plugins lists those that there are"},
	{"wbg", bindgen},
	{"__wbindgen*", bindgen},
	{"./*", "of JavaScript; build for wasm32-wasip1"},
	{"gojs", goInBrowser},
	{"go", goInBrowser},
	{"env", "of whoever embeds the module, as a rule JavaScript; with Emscripten link by -sSTANDALONE_WASM, or give them with --module env=FILE"},
	{"spectest", "of the specification's tests"},
	{"*", "give them with --module NAME=FILE"},
}

const (
	bindgen     = "of wasm-bindgen, for JavaScript; build for wasm32-wasip1 without wasm-bindgen"
	goInBrowser = "of Go for a browser; build with GOOS=wasip1 GOARCH=wasm"
)

// advice says what to do about the namespace name, which nobody provides.
func advice(name string) string {
	for _, a := range advices {
		prefix, starred := strings.CutSuffix(a.name, "*")
		if name == a.name || starred && strings.HasPrefix(name, prefix) {
			return a.advice
		}
	}
	return ""
}
