package exec

import (
	"context"
	"fmt"

	"github.com/wazedge/wazedge/internal/link"
	"github.com/wazedge/wazedge/internal/wasm"
)

// shim is what inline core instances have put together, for a module that imports from them: the
// engine links whole instances only. One serves several names, as each costs a start some time.
type shim struct {
	names []string
	items []wantedItem
	has   map[string]coreItem
}

// wantedItem is an item of a core instance as a module imports it.
type wantedItem struct {
	name string
	kind wasm.ExternKind
	item coreItem
	host *lowerings // which has it; nil unless it is canonical
}

// importsByModule are the imports of m, in components each of another name, by the module that
// they are from.
func importsByModule(m *wasm.Module) map[string][]*wasm.Import {
	list := map[string][]*wasm.Import{}
	for n := range m.Imports {
		im := &m.Imports[n]
		list[im.Module] = append(list[im.Module], im)
	}
	return list
}

// wanted are the items of c, an inline one, that imports ask for.
func (c *coreInstance) wanted(imports []*wasm.Import) []wantedItem {
	list := make([]wantedItem, len(imports))
	for n, im := range imports {
		list[n] = wantedItem{name: im.Name, kind: im.Kind, item: c.items[im.Name]}
		if list[n].item.linked == nil {
			list[n].host = c.inline.host
		}
	}
	return list
}

// whole is the core instance that exports all of items, of which there are some, under their names;
// nil if there is none.
func whole(items []wantedItem) *link.Instance {
	for _, w := range items {
		if w.item.linked == nil || w.item.name != w.name || w.item.linked != items[0].item.linked {
			return nil
		}
	}
	return items[0].item.linked
}

// putTogether adds items, which are imported from the module name, to the last of list, or to a
// new one where something else has a name of theirs.
func putTogether(list []*shim, name string, items []wantedItem) []*shim {
	var s *shim
	if n := len(list); n > 0 && list[n-1].fits(items) {
		s = list[n-1]
	} else {
		s = &shim{has: map[string]coreItem{}}
		list = append(list, s)
	}
	s.names = append(s.names, name)
	for _, w := range items {
		if _, ok := s.has[w.name]; !ok {
			s.has[w.name] = w.item
			s.items = append(s.items, w)
		}
	}
	return list
}

// fits reports whether s has nothing else under a name of items.
func (s *shim) fits(items []wantedItem) bool {
	for _, w := range items {
		if has, ok := s.has[w.name]; ok && has != w.item {
			return false
		}
	}
	return true
}

// shim makes the instance that exports the items of t.
func (i *Instance) shim(ctx context.Context, t *shim) (*link.Instance, error) {
	m := &wasm.Module{}
	hosts := map[string]link.Host{}
	canons := map[*lowerings]string{}
	sources := map[*link.Instance]*source{}
	var count [5]uint32
	for _, w := range t.items {
		from := wasm.Import{Kind: w.kind, Name: w.item.name}
		if w.host != nil {
			if canons[w.host] == "" {
				canons[w.host] = fmt.Sprintf("canon:%d", len(canons))
				hosts[canons[w.host]] = w.host
			}
			from.Module, from.Name = canons[w.host], w.name
			from.Type = addType(m, w.item.owner.def.signature(w.item.at))
		} else {
			of := sources[w.item.linked]
			if of == nil {
				of = &source{fmt.Sprintf("core:%d", len(sources)), w.item.linked.Module, w.item.linked.Module.ExportsByName()}
				sources[w.item.linked] = of
				i.store.Linked.Link(of.name, w.item.linked)
				defer i.store.Linked.Unlink(of.name)
			}
			from.Module = of.name
			of.describe(m, &from)
		}
		m.Imports = append(m.Imports, from)
		m.Exports = append(m.Exports, wasm.Export{Name: w.name, Kind: w.kind, Index: count[w.kind]})
		count[w.kind]++
	}
	linked, err := i.def.shimOf(m)
	if err != nil {
		return nil, err
	}
	return i.instantiateLinked(ctx, linked, hosts)
}

func addType(m *wasm.Module, t wasm.FuncType) uint32 {
	n := uint32(len(m.Types))
	m.Types = append(m.Types, wasm.SubType{Final: true, Kind: wasm.CompFunc, Func: t})
	m.RecGroups = append(m.RecGroups, wasm.RecGroup{Start: n, Len: 1})
	return n
}

// source is a core instance that a shim takes items from, under the name that it has for it.
type source struct {
	name    string
	module  *wasm.Module
	exports map[string]*wasm.Export
}

// describe gives im, an import of m from s, its type.
func (s *source) describe(m *wasm.Module, im *wasm.Import) {
	x := s.exports[im.Name].Index
	switch im.Kind {
	case wasm.ExternFunc:
		im.Type = addType(m, *s.module.FuncTypeOf(x))
	case wasm.ExternTag:
		im.Type = addType(m, *s.module.TagTypeOf(x))
	case wasm.ExternTable:
		im.Table = s.module.TableTypeOf(x)
	case wasm.ExternMemory:
		im.Memory = s.module.MemoryTypeOf(x)
	case wasm.ExternGlobal:
		im.Global = s.module.GlobalTypeOf(x)
	}
}
