package spectest

import (
	"context"
	_ "embed"

	"github.com/wazedge/wazedge/internal/wasm"
	"github.com/wazedge/wazedge/internal/wat"
)

// hostText is the module "spectest" that scripts import from.
//
//go:embed spectest.wat
var hostText []byte

// hostExtras are what proposals add to "spectest". In one module they would need all
// proposals at once, so each stands in a module of its own, and imports of it are
// directed there.
var hostExtras = []struct {
	needs        wasm.Features
	export, text string
}{
	{wasm.Threads, "shared_memory", `(module (memory (export "shared_memory") 1 2 shared))`},
	{wasm.Memory64, "table64", `(module (table (export "table64") i64 10 20 funcref))`},
}

// extraModule is the name of the module for an extra export.
func extraModule(export string) string { return "spectest " + export }

// host instantiates the module "spectest".
func (r *runner) host(ctx context.Context) error {
	for _, e := range hostExtras {
		if !r.suite.Features.Has(e.needs) {
			continue
		}
		if err := r.hostModule(ctx, extraModule(e.export), []byte(e.text)); err != nil {
			return err
		}
	}
	return r.hostModule(ctx, "spectest", hostText)
}

func (r *runner) hostModule(ctx context.Context, name string, text []byte) error {
	m, err := wat.Parse(text)
	if err != nil {
		return err
	}
	defer r.vm.Unload()
	if err := r.vm.Load(wasm.Encode(m)); err != nil {
		return err
	}
	if err := r.vm.Validate(); err != nil {
		return err
	}
	if err := r.vm.Instantiate(ctx); err != nil {
		return err
	}
	r.vm.Link(name, r.vm.Instance())
	return nil
}

// directExtras directs imports of extra exports to their modules.
func directExtras(m *wasm.Module) {
	for i := range m.Imports {
		im := &m.Imports[i]
		for _, e := range hostExtras {
			if im.Module == "spectest" && im.Name == e.export {
				im.Module = extraModule(e.export)
			}
		}
	}
}
