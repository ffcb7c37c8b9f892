package hosts

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/wazedge/wazedge/internal/link"
	"github.com/wazedge/wazedge/internal/wasm"
)

// PluginError says which plug-in cannot serve the module Name, and why.
type PluginError struct {
	Name, Path string
	Err        error
}

func (e *PluginError) Error() string { return fmt.Sprintf("plug-in %q %s: %v", e.Name, e.Path, e.Err) }

// Unwrap is e.Err.
func (e *PluginError) Unwrap() error { return e.Err }

// Plugged are the plug-ins of type P that find finds for what m imports, by the names of modules,
// save those that are taken. find is told whether w serves the module otherwise.
func Plugged[P any](w *World, m *wasm.Module, taken func(name string) bool, find func(name string, there bool) (*P, error)) (map[string]*P, error) {
	list, last := map[string]*P{}, ""
	for _, im := range m.Imports {
		if im.Module == last || taken(im.Module) {
			continue
		}
		last = im.Module
		provider, there := ProviderOf(im.Module)
		p, err := find(im.Module, there && !provider.Mock && w.Host(im.Module) != nil)
		if err != nil {
			return nil, &PluginError{Name: im.Module, Err: err}
		}
		if p != nil {
			list[im.Module] = p
		}
	}
	return list, nil
}

// InOrder calls f, which returns the file of a plug-in, with those in list, by their names, until one
// fails. err is why there is no list.
func InOrder[P any](list map[string]*P, err error, f func(name string, p *P) (path string, err error)) error {
	for _, name := range slices.Sorted(maps.Keys(list)) {
		if path, err := f(name, list[name]); err != nil {
			return &PluginError{name, path, err}
		}
	}
	return err
}

// PlugIn makes an instance of m, which is valid, in s, the store of w, and in a world of its own
// by c. Guests import from it by the name.
func (w *World) PlugIn(ctx context.Context, s *link.Store, name string, m *link.Module, c Config) (made *link.Instance, err error) {
	world := w.Beside(c)
	reaches := slices.ContainsFunc(m.Decoded().Imports, func(im wasm.Import) bool { return im.Module == CallerModule })
	if made, err = s.Plugin(ctx, m, world.hostOfPlugin, reaches); err != nil {
		return nil, err
	}
	world.Fill(s.Guest)
	s.Link(name, made)
	return made, nil
}
