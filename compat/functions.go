package compat

import (
	"context"
	"io"
	"os"
	"slices"

	"github.com/wazedge/wazedge/compat/logline"
	"github.com/wazedge/wazedge/hostfuncs/abi"
	"github.com/wazedge/wazedge/hostfuncs/logging"
	"github.com/wazedge/wazedge/hostfuncs/mock"
	"github.com/wazedge/wazedge/internal/engine"
	"github.com/wazedge/wazedge/internal/wasm"
)

// hostModule is a module of functions that the host offers to guests.
type hostModule struct {
	namespace abi.Namespace
	guest     *abi.Guest
	state     any // of the namespace, for the guest
}

// function is the type of the function that an import named name of type want gets,
// and whether there is one of that name. It may be another type than want.
func (h *hostModule) function(name string, want *wasm.FuncType) (t wasm.FuncType, ok bool) {
	var s abi.Signature
	if want != nil {
		s = signatureOf(want)
	}
	f, ok := h.namespace.Function(name, s)
	if !ok {
		return t, false
	}
	return wasm.FuncType{Params: valTypes(f.Type.Params), Results: valTypes(f.Type.Results)}, true
}

// instantiate makes an instance that exports what the imports in list ask for, under
// their names. Pointers are into the memory of memory, or of the calling instance when
// that is nil.
func (h *hostModule) instantiate(ctx context.Context, rt *engine.Runtime, list []*wasm.Import, types []wasm.SubType, memory *engine.Instance) (*engine.Instance, error) {
	imports := make([]abi.Import, len(list))
	for n, im := range list {
		imports[n] = abi.Import{Name: im.Name, Type: signatureOf(&types[im.Type].Func)}
	}
	return h.guest.Instantiate(ctx, rt, h.namespace, h.state, imports, memory)
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

// addHost adds a namespace to s.
func (s *Store) addHost(ns abi.Namespace, state any) {
	s.hosts[ns.Name()] = &hostModule{ns, s.guest, state}
}

// addPlugins adds the modules to s that WasmEdge has from plugins: the one that is
// built in, and mocks of the others.
func (s *Store) addPlugins() {
	c := &s.config.WASI
	s.logging = logging.New(logging.Config{
		Stdout: s.guestLog(c.Stdout),
		Stderr: s.guestLog(c.Stderr),
		Errors: s.config.Log,
		Append: func(name string) (io.WriteCloser, error) { return s.wasi.AppendFile(name) },
	})
	s.addHost(logging.Namespace(), s.logging)
	for n := range mock.Modules() {
		s.addHost(&mock.Modules()[n], s.config.Log)
	}
}

// guestLog is a log of the guest's own on one of its standard streams.
func (s *Store) guestLog(f *os.File) *logline.Logger {
	if f == nil {
		return nil
	}
	colour := s.config.WASI.Colour
	return logline.New(f, logline.Trace, colour != nil && colour(f))
}
