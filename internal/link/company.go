package link

import (
	"context"

	"github.com/wazedge/wazedge/internal/refusal"
	"github.com/wazedge/wazedge/internal/wasm"
)

// company is what an instance imports from, less host modules: the guests of its store
// that have names, and memories that were made for it alone.
type company struct {
	guests map[string]*Instance
	own    map[memoryName]*Instance
}

// memoryName is what a module calls a memory that it imports.
type memoryName struct{ module, name string }

// guest is what im is imported from, or nil.
func (c company) guest(im *wasm.Import) *Instance {
	if own := c.ownOf(im); own != nil {
		return own
	}
	return c.guests[im.Module]
}

// ownOf is what im is imported from, if that is a memory of its own; else nil.
func (c company) ownOf(im *wasm.Import) *Instance {
	if im.Kind != wasm.ExternMemory {
		return nil
	}
	return c.own[memoryName{im.Module, im.Name}]
}

// ownMemories makes the shared memories that m imports and nobody offers: by
// wasi-threads, the threads of a process share one that the host has made for it.
func (s *Store) ownMemories(ctx context.Context, m *wasm.Module) (map[memoryName]*Instance, error) {
	var own map[memoryName]*Instance
	for n := range m.Imports {
		im := &m.Imports[n]
		name := memoryName{im.Module, im.Name}
		if im.Kind != wasm.ExternMemory || !im.Memory.Limits.Shared || own[name] != nil || s.offers(im) {
			continue
		}
		inst, err := s.memoryOf(ctx, im.Name, im.Memory)
		if err != nil {
			return nil, err
		}
		if own == nil {
			own = map[memoryName]*Instance{}
		}
		own[name] = inst
	}
	return own, nil
}

// offers reports whether anybody has what im imports, or something else of that name.
func (s *Store) offers(im *wasm.Import) bool {
	if g := s.guests[im.Module]; g != nil && g.Module.Export(im.Name) != nil {
		return true
	}
	host := s.config.Host(im.Module)
	if host == nil {
		return false
	}
	_, ok := host.Function(im.Name, nil)
	return ok
}

// memoryOf is an instance that has a memory of type t, no larger than the bounds allow,
// and exports it as name.
func (s *Store) memoryOf(ctx context.Context, name string, t wasm.MemoryType) (*Instance, error) {
	if pages := s.config.Limits.MemoryPages; pages != nil && t.Limits.Min > uint64(*pages) {
		return nil, refusal.NoMemory()
	}
	made := &wasm.Module{
		Memories: []wasm.MemoryType{t},
		Exports:  []wasm.Export{{Name: name, Kind: wasm.ExternMemory}},
	}
	decoded, err := s.runtime.Options.Decode(wasm.Encode(made))
	if err != nil {
		return nil, err
	}
	if err := decoded.Validate(); err != nil {
		return nil, err
	}
	inst := s.describe(s.runtime.Module(decoded), company{})
	if err := s.start(ctx, inst, inst.Module, nil, false); err != nil {
		return nil, err
	}
	return inst, nil
}

// addOwn adds the memories that are m's alone to what m imports from.
func (i importer) addOwn(m *wasm.Module) {
	for n := range m.Imports {
		if im := &m.Imports[n]; !m.SharesName(n) {
			if own := i.company.ownOf(im); own != nil {
				i.instances[im.Module] = own.Engine
			}
		}
	}
}
