package compat

import (
	"context"
	"io"
	"os"
	"slices"
	"sync"

	"github.com/wazedge/wazedge/compat/logline"
	"github.com/wazedge/wazedge/hostfuncs/abi"
	"github.com/wazedge/wazedge/hostfuncs/logging"
	"github.com/wazedge/wazedge/hostfuncs/mock"
	"github.com/wazedge/wazedge/hostfuncs/wasi"
	"github.com/wazedge/wazedge/internal/engine"
	"github.com/wazedge/wazedge/internal/link"
	"github.com/wazedge/wazedge/internal/wasm"
)

// builtIn is a namespace that every store has.
type builtIn struct {
	namespace abi.Namespace
	number    int // of its state among [abi.Hosts.States]
	state     func(*Store) any
}

// builtIns are the namespaces of WASI, and those that WasmEdge has from plugins: the one
// that is built in, and mocks of the others.
var builtIns = sync.OnceValue(func() map[string]*builtIn {
	list := map[string]*builtIn{}
	add := func(ns abi.Namespace, state func(*Store) any) {
		list[ns.Name()] = &builtIn{ns, len(list), state}
	}
	for _, ns := range wasi.Namespaces() {
		add(ns, func(s *Store) any { return s.wasiHost() })
	}
	add(logging.Namespace(), func(s *Store) any { return s.loggingHost() })
	for n := range mock.Modules() {
		add(&mock.Modules()[n], func(s *Store) any { return s.config.Log })
	}
	return list
})

// host is the module name of the host's, or nil.
func (s *Store) host(name string) link.Host {
	if h := s.own[name]; h != nil {
		return ownHost{h}
	}
	if b := builtIns()[name]; b != nil && (s.offers == nil || s.offers(name)) {
		return b
	}
	return nil
}

// Function finds the function name in the form of want, if there are several.
func (b *builtIn) Function(name string, want *wasm.FuncType) (t wasm.FuncType, ok bool) {
	var signature abi.Signature
	if want != nil {
		signature = signatureOf(want)
	}
	f, ok := b.namespace.Function(name, signature)
	if !ok {
		return t, false
	}
	return wasm.FuncType{Params: valTypes(f.Type.Params), Results: valTypes(f.Type.Results)}, true
}

// Instantiate finds the instance that stores share, or makes one for memory.
func (b *builtIn) Instantiate(ctx context.Context, s *link.Store, list []*wasm.Import, types []wasm.SubType, memory *engine.Instance) (*engine.Instance, error) {
	imports := make([]abi.Import, len(list))
	for n, im := range list {
		imports[n] = abi.Import{Name: im.Name, Type: signatureOf(&types[im.Type].Func)}
	}
	if memory != nil {
		return s.Guest.Instantiate(ctx, s.Engine(), b.namespace, b.in(s), imports, memory)
	}
	b.Imported(s, list, types)
	return abi.Shared(ctx, s.Engine(), b.namespace, b.number, imports)
}

// Imported makes b ready for a guest of s that imports those in list.
func (b *builtIn) Imported(s *link.Store, list []*wasm.Import, types []wasm.SubType) {
	if i, ok := b.in(s).(abi.Importer); ok {
		imports := make([]abi.Import, len(list))
		for n, im := range list {
			imports[n] = abi.Import{Name: im.Name, Type: signatureOf(&types[im.Type].Func)}
		}
		i.Imported(imports)
	}
}

// Objects is nil: there are functions only.
func (b *builtIn) Objects() *wasm.Module { return nil }

// in is the state of b in s, which is made when it is first needed.
func (b *builtIn) in(s *link.Store) any {
	if s.Shared.States == nil {
		s.Shared.States = make([]any, len(builtIns()))
	}
	state := &s.Shared.States[b.number]
	if *state == nil {
		*state = b.state(s.Owner().(*Store))
	}
	return *state
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

func valTypes(b []abi.ValueType) []wasm.ValType {
	ts := make([]wasm.ValType, len(b))
	for i, t := range b {
		ts[i] = wasm.ValType(t)
	}
	return slices.Clip(ts)
}

// loggingHost is the state of wasi:logging.
func (s *Store) loggingHost() *logging.Host {
	if s.logging == nil {
		c := &s.config.WASI
		s.logging = logging.New(logging.Config{
			Stdout: s.guestLog(c.Stdout),
			Stderr: s.guestLog(c.Stderr),
			Errors: s.config.Log,
			Append: func(name string) (io.WriteCloser, error) { return s.wasiHost().AppendFile(name) },
		})
	}
	return s.logging
}

// guestLog is a log of the guest's own on one of its standard streams.
func (s *Store) guestLog(w io.Writer) *logline.Logger {
	f, ok := w.(*os.File)
	if w == nil || ok && f == nil {
		return nil
	}
	colour := s.config.WASI.Colour
	return logline.New(w, logline.Trace, ok && colour != nil && colour(f))
}

// BuiltIn are the functions of the module name that every store has, such as WASI; none
// where there is no such module.
func BuiltIn(name string) []Export {
	b := builtIns()[name]
	if b == nil {
		return nil
	}
	var list []Export
	add := func(f *abi.Function) {
		list = append(list, Export{Name: f.Name, Kind: ExternFunc,
			Func: FuncType{Params: valTypes(f.Type.Params), Results: valTypes(f.Type.Results)}})
	}
	switch ns := b.namespace.(type) {
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
