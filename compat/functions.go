package compat

import (
	"context"
	"io"
	"os"
	"slices"
	"time"

	"github.com/wazedge/wazedge/compat/logline"
	"github.com/wazedge/wazedge/hostfuncs/logging"
	"github.com/wazedge/wazedge/hostfuncs/mock"
	"github.com/wazedge/wazedge/internal/engine"
	"github.com/wazedge/wazedge/internal/wasm"
)

// functionModule is a module of plain functions of the host. They are listed when
// something imports from it.
type functionModule struct {
	name  string
	list  func() []engine.HostFunction
	spent func(time.Duration) // told how long calls take; nil where nobody wants to know
}

// find is the function name, or nil.
func (f *functionModule) find(name string) *engine.HostFunction {
	list := f.list()
	n := slices.IndexFunc(list, func(f engine.HostFunction) bool { return f.Name == name })
	if n < 0 {
		return nil
	}
	return &list[n]
}

func (f *functionModule) function(name string, _ *wasm.FuncType) (t wasm.FuncType, ok bool) {
	found := f.find(name)
	if found == nil {
		return t, false
	}
	return wasm.FuncType{Params: valTypes(found.Params), Results: valTypes(found.Results)}, true
}

func (f *functionModule) instantiate(ctx context.Context, rt *engine.Runtime, list []*wasm.Import, _ []wasm.SubType, memory *engine.Instance) (*engine.Instance, error) {
	var wanted []engine.HostFunction
	for _, im := range list {
		if !slices.ContainsFunc(wanted, func(w engine.HostFunction) bool { return w.Name == im.Name }) {
			wanted = append(wanted, f.find(im.Name).Timed(f.spent))
		}
	}
	return rt.InstantiateFunctions(ctx, f.name, wanted, memory)
}

// addPlugins adds the modules to vm that WasmEdge has from plugins: the one that is
// built in, and mocks of the others.
func (vm *VM) addPlugins(spent func(time.Duration)) {
	add := func(name string, list func() []engine.HostFunction) {
		vm.hosts[name] = &functionModule{name, list, spent}
	}
	c := &vm.config.WASI
	vm.logging = logging.New(logging.Config{
		Stdout: vm.guestLog(c.Stdout),
		Stderr: vm.guestLog(c.Stderr),
		Errors: vm.config.Log,
		Append: func(name string) (io.WriteCloser, error) { return vm.wasi.AppendFile(name) },
	})
	add(logging.ModuleName, vm.logging.Functions)
	for n := range mock.Modules() {
		m := &mock.Modules()[n]
		add(m.Name, func() []engine.HostFunction { return m.Functions(vm.config.Log) })
	}
}

// guestLog is a log of the guest's own on one of its standard streams.
func (vm *VM) guestLog(f *os.File) *logline.Logger {
	if f == nil {
		return nil
	}
	colour := vm.config.WASI.Colour
	return logline.New(f, logline.Trace, colour != nil && colour(f))
}
