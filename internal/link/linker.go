package link

import (
	"slices"

	"github.com/wazedge/wazedge/internal/fault"
	"github.com/wazedge/wazedge/internal/wasm"
)

// linker resolves the imports of one module.
type linker struct {
	store   *Store
	module  *wasm.Module
	company company
}

// link checks every import in order and groups those that hosts have to supply.
func (l *linker) link() (hosts map[string][]*wasm.Import, err error) {
	hosts = map[string][]*wasm.Import{}
	for n := range l.module.Imports {
		im := &l.module.Imports[n]
		if guest := l.company.guest(im); guest != nil {
			err = l.fromGuest(guest, im)
		} else if host := l.store.config.Host(im.Module); host != nil {
			err = l.fromHost(host, im)
			hosts[im.Module] = append(hosts[im.Module], im)
		} else {
			err = unresolved(fault.UnknownImport, im, "", fault.ImportHint(im.Module))
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
		return unresolved(fault.UnknownImport, im, "", "")
	case want == nil:
		return unresolved(fault.IncompatibleImportType, im, differentKind(im.Kind, wasm.ExternFunc), "")
	case !slices.Equal(got.Params, want.Params) || !slices.Equal(got.Results, want.Results):
		return unresolved(fault.IncompatibleImportType, im,
			fault.Mismatched("function type", want.String(), got.String()), "")
	}
	return nil
}

// fromGuest checks an import from another instance.
func (l *linker) fromGuest(guest *Instance, im *wasm.Import) error {
	for n := range guest.Module.Exports {
		e := &guest.Module.Exports[n]
		if e.Name != im.Name {
			continue
		}
		if e.Kind != im.Kind {
			return unresolved(fault.IncompatibleImportType, im, differentKind(im.Kind, e.Kind), "")
		}
		if l.store.identities().MatchesExtern(guest.exportType(e), l.store.space(l.module).Import(im)) {
			return nil
		}
		return unresolved(fault.IncompatibleImportType, im, differentType(l.module, im, guest, e), "")
	}
	return unresolved(fault.UnknownImport, im, "", "")
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

// differentKind is the information line of an import of another kind than what
// there is.
func differentKind(want, got wasm.ExternKind) string {
	return fault.Mismatched("external type", want.String(), got.String())
}

// differentType is the information line of an import of another type than what
// there is.
func differentType(m *wasm.Module, im *wasm.Import, guest *Instance, e *wasm.Export) string {
	switch im.Kind {
	case wasm.ExternFunc:
		return fault.Mismatched("function type",
			m.Types[im.Type].Func.String(), guest.Module.FuncTypeOf(e.Index).String())
	case wasm.ExternTable:
		got := guest.Module.TableTypeOf(e.Index)
		return fault.Mismatched("table", im.Table.String(), got.String())
	case wasm.ExternMemory:
		got := guest.Module.MemoryTypeOf(e.Index)
		return fault.Mismatched("memory", im.Memory.String(), got.String())
	case wasm.ExternGlobal:
		return fault.Mismatched("global", im.Global.String(), guest.Module.GlobalTypeOf(e.Index).String())
	}
	return fault.Mismatched("function type",
		m.Types[im.Type].Func.String(), guest.Module.TagTypeOf(e.Index).String())
}

// unresolved is the error of an import. mismatch and hint may be empty.
func unresolved(c fault.Code, im *wasm.Import, mismatch, hint string) error {
	e := fault.New(c)
	if mismatch != "" {
		e.With(mismatch)
	}
	e.With(fault.Linking(im.Module, im.Kind.String(), im.Name), fault.ASTNode("import description"))
	if hint != "" {
		e.With(hint)
	}
	return e.With(fault.ASTNode("import section"), fault.ASTNode("module"))
}
