// Package hosts has the modules that every store offers to guests: WASI in its
// generations, wasi-threads, those of plug-ins (see plugins.go), and mocks of plug-ins that WasmEdge has and we have not.
// Their functions are the same for all stores; what they work on is a store's [World].
package hosts

import (
	"context"
	"slices"
	"sync"

	"github.com/wazedge/wazedge/hostfuncs/abi"
	"github.com/wazedge/wazedge/hostfuncs/mock"
	"github.com/wazedge/wazedge/hostfuncs/wasi"
	"github.com/wazedge/wazedge/internal/engine"
	"github.com/wazedge/wazedge/internal/link"
	"github.com/wazedge/wazedge/internal/wasm"
)

// builtIn is a namespace that every store has.
type builtIn struct {
	namespace func() abi.Namespace // its table is made when something is imported from it
	number    int                  // of its state among [abi.Hosts.States]
	state     func(*World, *abi.Guest) any
	ofStore   func(*link.Store) any // in place of state, unless nil
	plugin    *plugin               // that it is of; nil for WASI
}

// registered are all namespaces by what guests import from.
type registered struct {
	there map[string]*builtIn // those of WASI and of plug-ins
	mocks map[string]*builtIn // what WasmEdge has in the place of plug-ins that are not installed
	count int
}

var namespaces = sync.OnceValue(func() *registered {
	r := &registered{there: map[string]*builtIn{}, mocks: map[string]*builtIn{}}
	for _, ns := range wasi.Namespaces() {
		r.add(r.there, ns.Name(), builtIn{
			namespace: func() abi.Namespace { return ns },
			state:     func(w *World, g *abi.Guest) any { return w.WASI(g) },
		})
	}
	for n := range plugins {
		p := &plugins[n]
		for _, m := range p.modules {
			r.add(r.there, m.name, builtIn{
				namespace: m.namespace, plugin: p, ofStore: p.ofStore,
				state: func(w *World, g *abi.Guest) any { return w.plugin(p, g) },
			})
		}
	}
	for n := range mock.Modules() {
		m := &mock.Modules()[n]
		r.add(r.mocks, m.Name(), builtIn{
			namespace: func() abi.Namespace { return m },
			state:     func(w *World, _ *abi.Guest) any { return w.config.Log },
		})
	}
	return r
})

func (r *registered) add(to map[string]*builtIn, name string, b builtIn) {
	b.number = r.count
	r.count++
	to[name] = &b
}

// find is the namespace name, or its mock if it is of a plug-in that is not there or
// forbidden, or nil.
func (r *registered) find(name string, forbidden []string) *builtIn {
	b := r.there[name]
	if b == nil || b.plugin != nil && slices.Contains(forbidden, b.plugin.name) {
		return r.mocks[name]
	}
	return b
}

// Function finds the function name in the form of want, if there are several.
func (b *builtIn) Function(name string, want *wasm.FuncType) (t wasm.FuncType, ok bool) {
	var signature abi.Signature
	if want != nil {
		signature = signatureOf(want)
	}
	f, ok := b.namespace().Function(name, signature)
	switch {
	case !ok:
		return t, false
	case want != nil && slices.EqualFunc(f.Type.Params, want.Params, sameType) && slices.EqualFunc(f.Type.Results, want.Results, sameType):
		return *want, true // nothing to be made of each import of each instance
	}
	return typeOf(f), true
}

func sameType(a abi.ValueType, b wasm.ValType) bool { return wasm.ValType(a) == b }

// Instantiate finds the instance that stores share, or makes one for memory.
func (b *builtIn) Instantiate(ctx context.Context, s *link.Store, list []*wasm.Import, types []wasm.SubType, memory *engine.Instance) (*engine.Instance, error) {
	imports := importsOf(list, types)
	if memory != nil {
		return s.Guest.Instantiate(ctx, s.Engine(), b.namespace(), b.in(s), imports, memory)
	}
	return abi.Shared(ctx, s.Engine(), b.namespace(), b.number, imports)
}

// Imported makes b ready for a guest of s that imports those in list.
func (b *builtIn) Imported(s *link.Store, list []*wasm.Import, types []wasm.SubType) {
	if i, ok := b.in(s).(abi.Importer); ok {
		i.Imported(importsOf(list, types))
	}
}

// Objects is nil: there are functions only.
func (b *builtIn) Objects() *wasm.Module { return nil }

// in is the state of b in s, which is made when it is first needed.
func (b *builtIn) in(s *link.Store) any {
	if s.Shared.States == nil {
		s.Shared.States = make([]any, namespaces().count)
	}
	state := &s.Shared.States[b.number]
	switch {
	case *state != nil:
	case b.ofStore != nil:
		*state = b.ofStore(s)
	default:
		*state = b.state(s.World().(*World), s.Guest)
	}
	return *state
}

func importsOf(list []*wasm.Import, types []wasm.SubType) []abi.Import {
	imports := make([]abi.Import, len(list))
	for n, im := range list {
		imports[n] = abi.Import{Name: im.Name, Type: signatureOf(&types[im.Type].Func)}
	}
	return imports
}

func signatureOf(t *wasm.FuncType) abi.Signature {
	return abi.Signature{Params: encoded(t.Params), Results: encoded(t.Results)}
}

// encoded are the types as a module has them. One that takes more than a byte is
// none that host functions know, and becomes 0.
func encoded(ts []wasm.ValType) []abi.ValueType {
	b := make([]abi.ValueType, len(ts))
	for i, t := range ts {
		if t == wasm.I32 || t == wasm.I64 {
			b[i] = abi.ValueType(t)
		}
	}
	return b
}

// typeOf is the type of f.
func typeOf(f *abi.Function) wasm.FuncType {
	return wasm.FuncType{Params: valTypes(f.Type.Params), Results: valTypes(f.Type.Results)}
}

func valTypes(b []abi.ValueType) []wasm.ValType {
	ts := make([]wasm.ValType, len(b))
	for i, t := range b {
		ts[i] = wasm.ValType(t)
	}
	return slices.Clip(ts)
}

// Function is a function of a namespace.
type Function struct {
	Name string
	Type wasm.FuncType
}

// Functions are those of the namespace name, if there is one.
func Functions(name string) []Function {
	b := namespaces().find(name, nil)
	if b == nil {
		return nil
	}
	var list []Function
	add := func(f *abi.Function) { list = append(list, Function{f.Name, typeOf(f)}) }
	switch ns := b.namespace().(type) {
	case interface{ Functions() []abi.Function }:
		for n := range ns.Functions() {
			add(&ns.Functions()[n])
		}
	case *mock.Module:
		for f := range ns.Functions() {
			add(&f)
		}
	}
	return list
}

// Host is the namespace name as linking has it, or nil. In the place of one whose plug-in is
// forbidden there is what WasmEdge has for plug-ins that are not installed, if anything.
func (w *World) Host(name string) link.Host {
	if b := namespaces().find(name, w.config.Forbidden); b != nil {
		return b
	}
	return nil
}
