package compat

import (
	"context"
	"net/netip"

	"github.com/wazedge/wazedge/internal/hosts"
	"github.com/wazedge/wazedge/internal/link"
)

// PluginFile is a plug-in that is a module of WebAssembly: its exports serve the imports of guests
// from one module name. It is instantiated once in a store, and once more for each thread of a guest, when it is first imported
// from, counts on the store's account and within its bounds, and has a world of its own.
type PluginFile struct {
	Path string
	WASI WASIConfig // what it sees of the host; the zero value is nothing, and no network
}

// PluginError says which plug-in cannot serve a module, and why.
type PluginError = hosts.PluginError

// plugIns are those that serve what m imports, by the names of modules.
func (s *Store) plugIns(m *link.Module) (map[string]*PluginFile, error) {
	if s.config.Plugins == nil {
		return nil, nil
	}
	return hosts.Plugged(s.world, m.Decoded(), func(name string) bool { return s.own[name] != nil || s.linked.Linked(name) != nil }, s.config.Plugins)
}

// plugIn makes instances of the plug-ins that serve what m imports.
func (s *Store) plugIn(ctx context.Context, m *link.Module) error {
	list, err := s.plugIns(m)
	return hosts.InOrder(list, err, func(name string, p *PluginFile) (string, error) { return p.Path, s.plugInOne(ctx, name, p) })
}

// plugInOne makes an instance of p, from which guests import by the name.
func (s *Store) plugInOne(ctx context.Context, name string, p *PluginFile) error {
	m, err := compiled(ctx, func() (*Module, error) { return s.runtime.LoadFile(p.Path) })
	if err != nil {
		return err
	}
	own := *s.config
	if own.WASI = p.WASI; p.WASI.Net == nil {
		own.WASI.Net = func(string, netip.AddrPort) bool { return false }
	}
	made, err := s.world.PlugIn(ctx, s.linked, name, m.linked, own.world())
	if err != nil {
		return startError(ctx, err)
	}
	made.Owner = &Instance{store: s, linked: made, plugin: p.Path}
	if _, ok := m.FunctionType("_initialize"); ok {
		_, err = s.instance(made).Invoke(ctx, "_initialize")
	}
	return err
}

// Plugin is the file of the plug-in that serves the module name, and what it exports; an empty
// path if there is none.
func (vm *VM) Plugin(name string) (path string, exports []Export) {
	if i := vm.store.Guest(name); i != nil && i.plugin != "" {
		return i.plugin, i.Exports()
	}
	return "", nil
}

// accompany prepares for the plug-ins that serve what the loaded module imports.
func (vm *VM) accompany() error {
	list, err := vm.store.plugIns(vm.module.linked)
	if len(list) == 0 || err != nil || !vm.runtime.config.Alone {
		return err
	}
	vm.runtime.config.Alone = false
	vm.runtime.linked.Accompany()
	return vm.module.linked.Reread(context.Background())
}
