package types

// Free adds the resource types that x refers to, and does not bind itself, to set.
func (x *Extern) Free(set map[*Resource]bool) { free{set, map[any]bool{}}.extern(*x) }

// Free adds the resource types that t refers to, and does not bind itself, to set.
func (t *Type) Free(set map[*Resource]bool) { free{set, map[any]bool{}}.typ(t) }

// free collects resource types. Nothing is looked at twice.
type free struct {
	set  map[*Resource]bool
	seen map[any]bool
}

func (f free) once(what any) bool {
	if f.seen[what] {
		return false
	}
	f.seen[what] = true
	return true
}

func (f free) extern(x Extern) {
	switch {
	case x.Func != nil:
		f.function(x.Func)
	case x.Type != nil:
		f.typ(x.Type)
	case x.Instance != nil:
		f.instance(x.Instance)
	case x.Component != nil:
		f.component(x.Component)
	}
}

func (f free) typ(t *Type) {
	if t == nil || !f.once(t) {
		return
	}
	switch {
	case t.Resource != nil:
		f.set[t.Resource] = true
	case t.Value != nil:
		f.value(t.Value)
	case t.Func != nil:
		f.function(t.Func)
	case t.Instance != nil:
		f.instance(t.Instance)
	case t.Component != nil:
		f.component(t.Component)
	}
}

func (f free) valType(v *ValType) {
	if v != nil {
		f.typ(v.Type)
	}
}

func (f free) value(v *Value) {
	for i := range v.Labels {
		f.valType(v.Labels[i].Type)
	}
	for i := range v.Tuple {
		f.valType(&v.Tuple[i])
	}
	f.valType(v.Elem)
	f.valType(v.Second)
	f.typ(v.Handle)
}

func (f free) function(t *Func) {
	if !f.once(t) {
		return
	}
	for i := range t.Params {
		f.valType(t.Params[i].Type)
	}
	f.valType(t.Result)
}

// bound adds what is free in entries and not in bound. It is found once for each type, as
// types are put together of each other.
func (f free) bound(known *map[*Resource]bool, bound []*Resource, entries ...*Entries) {
	if *known == nil {
		within := free{map[*Resource]bool{}, map[any]bool{}}
		for _, list := range entries {
			for _, e := range list.List {
				within.extern(e.Extern)
			}
		}
		for _, r := range bound {
			delete(within.set, r)
		}
		*known = within.set
	}
	for r := range *known {
		f.set[r] = true
	}
}

func (f free) instance(i *Instance) {
	if f.once(i) {
		f.bound(&i.free, i.Defined, &i.Exports)
	}
}

func (f free) component(c *Component) {
	if f.once(c) {
		f.bound(&c.free, append(append([]*Resource(nil), c.Imported...), c.Defined...), &c.Imports, &c.Exports)
	}
}
