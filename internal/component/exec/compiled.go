package exec

import (
	"context"
	"slices"
	"sync"

	"github.com/wazedge/wazedge/internal/beside"
	"github.com/wazedge/wazedge/internal/component"
	"github.com/wazedge/wazedge/internal/component/validate"
	"github.com/wazedge/wazedge/internal/engine"
	"github.com/wazedge/wazedge/internal/link"
	"github.com/wazedge/wazedge/internal/prepare"
	"github.com/wazedge/wazedge/internal/wasm"
)

// Component is a component that is valid, with the modules that it has within. Any number
// of instances can be made of it, by several goroutines at once.
type Component struct {
	Definitions []component.Definition
	Result      *validate.Result

	runtime *link.Runtime
	modules map[int]*link.Module // by the place of their definitions
	nested  map[int]*Component
	inline  map[int]inline // core instances that are put together

	options *prepare.Options

	mu    sync.Mutex
	shims map[string]*link.Module // that put inline core instances together, by their bytes
}

// Compile is c, which validation has found r of, for instances of r's stores. Its core modules
// become members.
func Compile(runtime *link.Runtime, options *prepare.Options, c *component.Component, r *validate.Result, members *prepare.Members) *Component {
	made := &Component{
		Definitions: c.Definitions, Result: r, runtime: runtime, options: options,
		modules: map[int]*link.Module{}, nested: map[int]*Component{}, inline: map[int]inline{},
		shims: map[string]*link.Module{},
	}
	for i, d := range c.Definitions {
		switch d := d.(type) {
		case *component.Module:
			m, b := d.Linkable()
			made.modules[i] = runtime.Module(members.Add(m, b, r.Items[i].Module))
		case *component.Nested:
			made.nested[i] = Compile(runtime, options, d.Component, r.Items[i].Nested, members)
		}
	}
	made.findLowerings()
	return made
}

// inline is what a core instance that is put together has of canonical definitions.
type inline struct {
	host *lowerings // they are in
	only bool       // it has nothing else
}

// findLowerings finds the canonical definitions that inline core instances export. Those of all
// go into one module of the host, as each costs a start some time; into another one where two
// have one name.
func (c *Component) findLowerings() {
	var funcs []int // the definitions of core functions that are canonical, or -1
	host := c.newLowerings()
	for i, d := range c.Definitions {
		switch d := d.(type) {
		case *component.Canon:
			if d.Op != component.CanonLift {
				funcs = append(funcs, i)
			}
		case *component.Alias:
			if d.Sort == component.SortCoreFunc {
				funcs = append(funcs, -1)
			}
		case *component.CoreInstance:
			if !d.Inline {
				continue
			}
			list := canonical(d.Exports, funcs)
			if !host.fits(list) {
				host = c.newLowerings()
			}
			host.add(list)
			c.inline[i] = inline{host, len(list) == len(d.Exports)}
		}
	}
}

// canonical are those of exports that are canonical definitions.
func canonical(exports []component.CoreExport, funcs []int) []loweredExport {
	var list []loweredExport
	for _, e := range exports {
		if e.Sort == component.SortCoreFunc && funcs[e.Index] >= 0 {
			list = append(list, loweredExport{e.Name, funcs[e.Index]})
		}
	}
	return list
}

// shimOf is m, which puts a core instance together, for all instances of c.
func (c *Component) shimOf(m *wasm.Module) (*link.Module, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	b := wasm.Encode(m)
	if linked := c.shims[string(b)]; linked != nil {
		return linked, nil
	}
	decoded, err := c.options.Decode(b)
	if err != nil {
		return nil, err
	}
	if err := decoded.Validate(); err != nil {
		return nil, err
	}
	linked := c.runtime.Module(decoded)
	c.shims[string(b)] = linked
	return linked, nil
}

// lowerings is a module of canonical definitions, for core modules to import from.
type lowerings struct {
	component *Component
	list      []loweredExport
	places    map[string]int // of the definitions, by name
}

// loweredExport is the canonical definition at a place, under a name.
type loweredExport struct {
	name string
	at   int
}

var _ link.Host = (*lowerings)(nil)

func (c *Component) newLowerings() *lowerings {
	return &lowerings{component: c, places: map[string]int{}}
}

// fits reports whether no other definition has the name of one in list.
func (l *lowerings) fits(list []loweredExport) bool {
	return !slices.ContainsFunc(list, func(e loweredExport) bool {
		at, ok := l.places[e.name]
		return ok && at != e.at
	})
}

// add adds those of list that are not there yet.
func (l *lowerings) add(list []loweredExport) {
	for _, e := range list {
		if _, ok := l.places[e.name]; !ok {
			l.places[e.name] = e.at
			l.list = append(l.list, e)
		}
	}
}

// Function implements [link.Host].
func (l *lowerings) Function(name string, _ *wasm.FuncType) (wasm.FuncType, bool) {
	at, ok := l.places[name]
	if !ok {
		return wasm.FuncType{}, false
	}
	return l.component.signature(at), true
}

// Instantiate implements [link.Host].
func (l *lowerings) Instantiate(ctx context.Context, s *link.Store, _ []*wasm.Import, _ []wasm.SubType, _ *engine.Instance) (*engine.Instance, error) {
	rt := s.Engine()
	return rt.SharedBy(l, "component", func() (*engine.Instance, error) {
		list := make([]engine.HostFunction, len(l.list))
		for n, e := range l.list {
			t := l.component.signature(e.at)
			d := l.component.Definitions[e.at].(*component.Canon)
			list[n] = engine.HostFunction{Name: e.name, Params: beside.EngineTypes(t.Params), Results: beside.EngineTypes(t.Results),
				Call: func(ctx context.Context, caller engine.Caller, stack []uint64) error {
					return callingInstance(ctx, caller).canon(ctx, d, e.at, stack)
				}}
		}
		return rt.InstantiateFunctions(ctx, "component", list)
	})
}

// Imported implements [link.Host].
func (l *lowerings) Imported(*link.Store, []*wasm.Import, []wasm.SubType) {}

// Objects implements [link.Host].
func (l *lowerings) Objects() *wasm.Module { return nil }

// signature is the core type of the canonical definition at a place.
func (c *Component) signature(at int) wasm.FuncType {
	d := c.Definitions[at].(*component.Canon)
	item := &c.Result.Items[at]
	switch d.Op {
	case component.CanonLower:
		return item.Func.Signature(item.Pointer, true).Core
	case component.CanonResourceNew:
		return wasm.FuncType{Params: []wasm.ValType{item.Type.Resource.Rep}, Results: []wasm.ValType{wasm.I32}}
	case component.CanonResourceRep:
		return wasm.FuncType{Params: []wasm.ValType{wasm.I32}, Results: []wasm.ValType{item.Type.Resource.Rep}}
	}
	return wasm.FuncType{Params: []wasm.ValType{wasm.I32}}
}
