package validate

import (
	"errors"

	"github.com/wazedge/wazedge/internal/component"
	"github.com/wazedge/wazedge/internal/component/types"
	"github.com/wazedge/wazedge/internal/fault"
	"github.com/wazedge/wazedge/internal/wasm"
)

// coreTypes is an index space of core types, in which types of modules have places too.
type coreTypes struct {
	space   wasm.TypeSpace
	modules map[uint32]*types.Module
}

func (t *coreTypes) len() uint32 { return uint32(len(t.space.IDs)) }

// isType reports whether i is a type that core definitions may refer to.
func (t *coreTypes) isType(i uint32) bool { return i < t.len() && t.modules[i] == nil }

// addModule appends the type of a module.
func (t *coreTypes) addModule(m *types.Module) {
	if t.modules == nil {
		t.modules = map[uint32]*types.Module{}
	}
	t.modules[t.len()] = m
	t.space.Defs = append(t.space.Defs, wasm.SubType{})
	t.space.IDs = append(t.space.IDs, 0)
}

// alias appends type i of another space.
func (t *coreTypes) alias(from *coreTypes, i uint32) error {
	if i >= from.len() {
		return failed(fault.InvalidIndex, "unknown core type %d: type index out of bounds", i)
	}
	if m := from.modules[i]; m != nil {
		t.addModule(m)
		return nil
	}
	t.space.Defs = append(t.space.Defs, from.space.Defs[i])
	t.space.IDs = append(t.space.IDs, from.space.IDs[i])
	return nil
}

// addGroup appends the one recursion group of rec.
func (t *coreTypes) addGroup(rec *wasm.Module) error {
	g := wasm.RecGroup{Start: t.len(), Len: uint32(len(rec.Types))}
	for i := range rec.Types {
		if err := t.check(&rec.Types[i], g); err != nil {
			return err
		}
	}
	t.space.Defs = append(t.space.Defs, rec.Types...)
	t.space.Extend(g)
	return t.checkSupers(g)
}

// check reports what types of the group g refer to and is not there.
func (t *coreTypes) check(def *wasm.SubType, g wasm.RecGroup) error {
	known := func(i uint32) bool { return t.isType(i) || i >= g.Start && i-g.Start < g.Len }
	for _, i := range def.Supers {
		if !known(i) {
			return failed(fault.InvalidFuncTypeIdx, "unknown core type %d: type index out of bounds", i)
		}
	}
	all := append(append([]wasm.ValType(nil), def.Func.Params...), def.Func.Results...)
	for _, f := range def.Fields {
		all = append(all, f.Type)
	}
	for _, v := range all {
		if h := v.Heap(); v.IsRef() && h.IsIndex() && !known(uint32(h)) {
			return failed(fault.InvalidFuncTypeIdx, "unknown core type %d: type index out of bounds", h)
		}
	}
	return nil
}

// checkSupers reports a type of g that does not match the one it declares to extend.
func (t *coreTypes) checkSupers(g wasm.RecGroup) error {
	for i := g.Start; i < g.Start+g.Len; i++ {
		def := &t.space.Defs[i]
		for _, super := range def.Supers {
			s := &t.space.Defs[super]
			if super >= i || s.Final || !t.space.MatchesComposite(def, s) {
				return failed(fault.InvalidSubType, "sub type must match super type")
			}
		}
	}
	return nil
}

// coreType checks the definition of a core type.
func (s *scope) coreType(d *component.CoreType) error {
	if d.Module == nil {
		return s.coreTypes.addGroup(d.Rec)
	}
	m, err := s.moduleType(d.Module)
	if err != nil {
		return err
	}
	s.coreTypes.addModule(m)
	return nil
}

// moduleType checks the type of a module, which has an index space of types of its own.
func (s *scope) moduleType(d *component.ModuleType) (*types.Module, error) {
	own := coreTypes{space: wasm.TypeSpace{Store: s.v.store}}
	t := &types.Module{Exports: types.CoreExports{}}
	imported := map[[2]string]bool{}
	for _, decl := range d.Declarations {
		var err error
		switch {
		case decl.Type != nil && decl.Type.Module != nil:
			err = failed(fault.MalformedModuleType, "a module type cannot declare module types")
		case decl.Type != nil:
			err = own.addGroup(decl.Type.Rec)
		case decl.Outer != nil:
			err = s.moduleTypeAlias(&own, decl.Outer)
		case decl.Import != nil:
			var x wasm.ExternType
			x, err = own.extern(decl.Import)
			key := [2]string{decl.Import.Module, decl.Import.Name}
			if err == nil && imported[key] {
				err = errDuplicateImport(key)
			}
			imported[key] = true
			t.Imports = append(t.Imports, types.CoreImport{Module: decl.Import.Module, Name: decl.Import.Name, Type: x})
		case decl.Export != nil:
			var x wasm.ExternType
			x, err = own.extern(decl.Export)
			if _, dup := t.Exports[decl.Export.Name]; err == nil && dup {
				err = failed(fault.ComponentDuplicateName, "duplicate export name `%s` already defined", decl.Export.Name)
			}
			t.Exports[decl.Export.Name] = x
		}
		if err != nil {
			return nil, err
		}
	}
	return t, nil
}

// moduleTypeAlias takes a core type from a scope around a module type, the nearest of
// which is s; the module type itself is the innermost.
func (s *scope) moduleTypeAlias(own *coreTypes, a *component.Alias) error {
	if a.Sort != component.SortCoreType {
		return failed(fault.MalformedAliasTarget, "only types may be outer aliases within module types")
	}
	from := own
	scope := s
	for n := uint32(0); n < a.Count; n++ {
		if scope == nil {
			return failed(fault.InvalidIndex, "invalid outer alias count of %d", a.Count)
		}
		from, scope = &scope.coreTypes, scope.outer
	}
	if a.Index < from.len() && from.modules[a.Index] != nil {
		return failed(fault.MalformedModuleType, "a module type cannot have an alias of a module type")
	}
	return own.alias(from, a.Index)
}

// extern is the type of an import or export of a module type.
func (t *coreTypes) extern(im *wasm.Import) (wasm.ExternType, error) {
	unknown := func(i uint32) error {
		return failed(fault.InvalidFuncTypeIdx, "unknown type %d: type index out of bounds", i)
	}
	reference := func(v wasm.ValType) error {
		if h := v.Heap(); v.IsRef() && h.IsIndex() && !t.isType(uint32(h)) {
			return unknown(uint32(h))
		}
		return nil
	}
	var err error
	switch im.Kind {
	case wasm.ExternFunc, wasm.ExternTag:
		if !t.isType(im.Type) {
			err = unknown(im.Type)
		} else if t.space.Defs[im.Type].Kind != wasm.CompFunc {
			err = failed(fault.InvalidFuncTypeIdx, "type index %d is not a function type", im.Type)
		}
	case wasm.ExternTable:
		err = errors.Join(reference(im.Table.Elem), limits(im.Table.Limits, 1<<32-1))
	case wasm.ExternMemory:
		err = limits(im.Memory.Limits, 1<<16)
	case wasm.ExternGlobal:
		err = reference(im.Global.Type)
	}
	if err != nil {
		return wasm.ExternType{}, err
	}
	return t.space.Import(im), nil
}

// limits reports limits that end before they begin, or exceed most.
func limits(l wasm.Limits, most uint64) error {
	if l.Addr64 {
		most = 1<<48 - 1
	}
	if l.HasMax && l.Min > l.Max {
		return failed(fault.InvalidLimit, "size minimum must not be greater than maximum")
	}
	if l.Min > most || l.HasMax && l.Max > most {
		return failed(fault.InvalidMemPages, "size must be at most %d", most)
	}
	return nil
}
