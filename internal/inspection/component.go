package inspection

import (
	"strings"

	"github.com/wazedge/wazedge/internal/component"
	"github.com/wazedge/wazedge/internal/component/types"
	"github.com/wazedge/wazedge/internal/component/validate"
	"github.com/wazedge/wazedge/internal/component/wit"
	"github.com/wazedge/wazedge/internal/prepare"
	"github.com/wazedge/wazedge/internal/wasi2"
	"github.com/wazedge/wazedge/internal/wasihttp"
	"github.com/wazedge/wazedge/internal/wasm"
)

// What components export that says how they are run.
const (
	runInterface  = "wasi:cli/run"
	httpInterface = "wasi:http/incoming-handler"
)

// component tells of the component b. What is wrong with it is told, too, unless it cannot be
// read at all.
func (r *Report) component(b []byte, o Options) error {
	r.Kind, r.Module = "component", int64(len(b))
	if !wasm.IsComponent(b) {
		r.Format = "text"
	}
	c, err := prepare.DecodeComponent(b, all)
	if err != nil {
		return err
	}
	r.describeComponent(c)
	checked, err := validate.Component(c, validate.Options{Features: all, Workers: 1})
	if err != nil {
		r.invalid(err)
		return nil
	}
	r.Valid = true
	r.Features = FeaturesOf(usesOf(checked), o.Features)
	r.importInterfaces(checked.Type)
	r.exportFunctions(checked.Type)
	return nil
}

// describeComponent tells what there is within c.
func (r *Report) describeComponent(c *component.Component) {
	r.CoreModules = []CoreModule{}
	for d := range c.Modules() {
		m := d.Module
		_, bytes := d.Linkable()
		names := m.Names()
		core := CoreModule{Name: names.Module, Bytes: len(bytes), Functions: len(m.Bodies), Memories: []Memory{}}
		for _, t := range m.Memories {
			core.Memories = append(core.Memories, memoryOf(t, false))
		}
		r.CoreModules = append(r.CoreModules, core)
	}
	r.Producers = append(r.Producers, producersOf(&wasm.Module{Customs: c.Customs})...)
}

// usesOf are the proposals that the core modules within make use of.
func usesOf(v *validate.Result) (uses wasm.Features) {
	for _, item := range v.Items {
		switch {
		case item.Module != nil:
			uses |= item.Module.Uses
		case item.Nested != nil:
			uses |= usesOf(item.Nested)
		}
	}
	return uses
}

// importInterfaces tells what a component of type c imports, and who provides that.
func (r *Report) importInterfaces(c *types.Component) {
	here := wasi2.NewInterfaces(wasihttp.Packages())
	for _, e := range c.Imports.List {
		n := Namespace{Name: e.Name, Provider: byNobody, Items: []Item{}}
		has := here.Has(e.Name)
		switch {
		case has != nil:
			n.Provider, n.By = byWASI, "0.2"
		case e.Type != nil:
			continue
		case strings.HasPrefix(e.Name, "wasi:"):
			n.Advice = "it is not of WASI 0.2, or not in that version"
		default:
			n.Advice = "compose the component with one that exports it, as by wac"
		}
		switch {
		case e.Instance != nil:
			n.Items = append(n.Items, functionsOf(e.Instance, has)...)
		case e.Func != nil:
			n.Items = append(n.Items, Item{Name: e.Name, Kind: "function", Type: e.Func.String()})
		}
		r.Imports = append(r.Imports, n)
	}
}

// functionsOf are the functions of an interface, of which has, unless nil, says what there is.
func functionsOf(i *types.Instance, has *types.Entries) []Item {
	var list []Item
	for _, s := range wit.Signatures(i.Exports.List) {
		it := Item{Name: s.Name, Kind: "function", Type: s.Type}
		if has != nil {
			_, ok := has.Get(s.Name)
			if it.Provided = &ok; !ok {
				it.Why = "the interface has no such function here"
			}
		}
		list = append(list, it)
	}
	return list
}

// exportFunctions tells what a component of type c exports, and how it is run.
func (r *Report) exportFunctions(c *types.Component) {
	r.Entry = "reactor"
	for _, s := range wit.Signatures(c.Exports.List) {
		r.Exports = append(r.Exports, Item{Name: s.Name, Kind: "function", Type: s.Type})
	}
	for _, e := range c.Exports.List {
		switch base, _, _ := strings.Cut(e.Name, "@"); {
		case e.Instance == nil:
			continue
		case base == runInterface:
			r.Entry = "command"
		case base == httpInterface:
			r.Entry = "http"
		}
		for _, it := range functionsOf(e.Instance, nil) {
			it.Name = e.Name + "#" + it.Name
			r.Exports = append(r.Exports, it)
		}
	}
}
