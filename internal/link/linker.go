package link

import (
	"slices"

	"github.com/wazedge/wazedge/internal/fault"
	"github.com/wazedge/wazedge/internal/refusal"
	"github.com/wazedge/wazedge/internal/wasm"
)

// linker resolves the imports of one module.
type linker struct {
	store   *Store
	module  *wasm.Module
	company company
	host    func(name string) Host
	exports map[*Instance]map[string]*wasm.Export // of those that have been imported from, by name
}

// link checks every import in order and groups those that hosts have to supply.
func (l *linker) link() (hosts map[string][]*wasm.Import, err error) {
	hosts = map[string][]*wasm.Import{}
	for n := range l.module.Imports {
		im := &l.module.Imports[n]
		if guest := l.company.guest(im); guest != nil {
			err = l.fromGuest(guest, im)
		} else if host := l.host(im.Module); host != nil {
			err = l.fromHost(host, im)
			hosts[im.Module] = append(hosts[im.Module], im)
		} else {
			err = refusal.Import(fault.UnknownImport, im, "", fault.ImportHint(im.Module))
		}
		if err != nil {
			return nil, err
		}
	}
	return hosts, nil
}

// fromHost checks an import from a module of host functions.
func (l *linker) fromHost(host Host, im *wasm.Import) error {
	var want *wasm.FuncType
	if im.Kind == wasm.ExternFunc {
		want = &l.module.Types[im.Type].Func
	}
	got, ok := host.Function(im.Name, want)
	switch {
	case !ok:
		return refusal.Import(fault.UnknownImport, im, "", "")
	case want == nil:
		return refusal.Import(fault.IncompatibleImportType, im, refusal.Kind(im.Kind, wasm.ExternFunc), "")
	case !slices.Equal(got.Params, want.Params) || !slices.Equal(got.Results, want.Results):
		return refusal.Import(fault.IncompatibleImportType, im,
			fault.Mismatched("function type", want.String(), got.String()), "")
	}
	return nil
}

// fromGuest checks an import from another instance.
func (l *linker) fromGuest(guest *Instance, im *wasm.Import) error {
	if !guest.serves() {
		return refusal.Import(fault.UnknownImport, im, "", "This plug-in reaches into the memory of another guest.")
	}
	e := l.exported(guest, im.Name)
	switch {
	case e == nil:
		return refusal.Import(fault.UnknownImport, im, "", "")
	case e.Kind != im.Kind:
		return refusal.Import(fault.IncompatibleImportType, im, refusal.Kind(im.Kind, e.Kind), "")
	case !l.store.first.identities().MatchesExtern(guest.exportType(e), l.store.space(l.module).Import(im)):
		return refusal.Import(fault.IncompatibleImportType, im, refusal.Type(l.module, im, guest.Module, e), "")
	}
	return nil
}

// exported is the export name of guest, or nil.
func (l *linker) exported(guest *Instance, name string) *wasm.Export {
	names := l.exports[guest]
	if names == nil {
		names = guest.Module.ExportsByName()
		l.exports[guest] = names
	}
	return names[name]
}

// exportType is the type of e as it is now: a memory or table has at least its
// present size.
func (i *Instance) exportType(e *wasm.Export) wasm.ExternType {
	t := i.store.space(i.Module).Export(i.Module, e.Kind, e.Index)
	switch e.Kind {
	case wasm.ExternMemory:
		t.Memory.Limits.Min = max(t.Memory.Limits.Min, i.memoryPages(e.Name))
	case wasm.ExternTable:
		t.Table.Limits.Min = max(t.Table.Limits.Min, i.TableLen(e.Name, e.Index))
	}
	return t
}
