package validate

import (
	"github.com/wazedge/wazedge/internal/component"
	"github.com/wazedge/wazedge/internal/component/types"
)

// named reports whether the types that an import or export uses have names outside
// (Explainer.md, "External Visibility of Types"), and notes those that it names itself.
// What is imported may be used in exports too. Instance types are opened where they are
// used, and checked there.
func (s *scope) named(x types.Extern, d direction) bool {
	if s.kind == instanceTypeScope || s.kind == instanceScope {
		return true
	}
	set := visible(s.names[d].types)
	switch {
	case x.Type != nil:
		if !set.parts(x.Type) {
			return false
		}
		s.names[exporting].types[x.Type] = true
		if d == importing {
			s.names[importing].types[x.Type] = true
		}
	case x.Instance != nil:
		for _, e := range x.Instance.Exports.List {
			if !s.named(e.Extern, d) {
				return false
			}
		}
	case x.Func != nil:
		return set.function(x.Func)
	}
	return true
}

// visible are the types that have a name outside.
type visible map[*types.Type]bool

// parts reports whether all that t is made of may be used; a name is about to be given to
// t itself.
func (n visible) parts(t *types.Type) bool {
	switch {
	case t.Value != nil:
		return n.value(t.Value)
	case t.Func != nil:
		return n.function(t.Func)
	case t.Instance != nil:
		return n.instance(t.Instance)
	}
	return true
}

func (n visible) instance(i *types.Instance) bool {
	for _, e := range i.Exports.List {
		switch {
		case e.Type != nil && !n.parts(e.Type),
			e.Func != nil && !n.function(e.Func),
			e.Instance != nil && !n.instance(e.Instance):
			return false
		}
		if e.Type != nil {
			n = n.with(e.Type)
		}
	}
	return true
}

// with is n and t.
func (n visible) with(t *types.Type) visible {
	more := visible{t: true}
	for k := range n {
		more[k] = true
	}
	return more
}

func (n visible) value(v *types.Value) bool {
	if v.Handle != nil {
		return n[v.Handle]
	}
	for _, l := range v.Labels {
		if l.Type != nil && !n.valType(*l.Type) {
			return false
		}
	}
	for _, t := range v.Tuple {
		if !n.valType(t) {
			return false
		}
	}
	return (v.Elem == nil || n.valType(*v.Elem)) && (v.Second == nil || n.valType(*v.Second))
}

// valType reports whether t may be used. Records, variants, enumerations and flags need
// names of their own.
func (n visible) valType(t types.ValType) bool {
	if t.Type == nil {
		return true
	}
	switch t.Type.Value.Form {
	case component.FormRecord, component.FormVariant, component.FormEnum, component.FormFlags:
		return n[t.Type]
	}
	return n.value(t.Type.Value)
}

func (n visible) function(f *types.Func) bool {
	for _, l := range f.Params {
		if !n.valType(*l.Type) {
			return false
		}
	}
	return f.Result == nil || n.valType(*f.Result)
}
