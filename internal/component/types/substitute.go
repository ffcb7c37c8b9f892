package types

// Substitution says which resource types take the place of others.
type Substitution struct {
	Resources map[*Resource]*Resource

	types      map[*Type]*Type
	instances  map[*Instance]*Instance
	components map[*Component]*Component
	named      bool // types of entries are made anew in any case
	replaced   bool // types has some from the start
}

// Substitute is a substitution of resources.
func Substitute(resources map[*Resource]*Resource) *Substitution {
	return &Substitution{
		Resources: resources,
		types:     map[*Type]*Type{}, instances: map[*Instance]*Instance{}, components: map[*Component]*Component{},
	}
}

// Renamed is a substitution that gives the types among exports identities of their own:
// what is exported again has another name.
func Renamed() *Substitution {
	s := Substitute(nil)
	s.named = true
	return s
}

func (s *Substitution) empty() bool { return len(s.Resources) == 0 && !s.named && !s.replaced }

// replaceTypes puts the types that got exports in the place of those that want has by the
// same names, which they match: what refers to a type that was imported refers to what was
// given for it.
func (s *Substitution) replaceTypes(got, want *Entries) {
	for _, w := range want.List {
		g, ok := got.Get(w.Name)
		switch {
		case !ok:
		case w.Instance != nil:
			s.replaceTypes(&g.Instance.Exports, &w.Instance.Exports)
		case w.Type != nil:
			s.types[w.Type], s.replaced = g.Type, true
		}
	}
}

// Resource is what takes the place of r.
func (s *Substitution) Resource(r *Resource) *Resource {
	for {
		to, ok := s.Resources[r]
		if !ok || to == r {
			return r
		}
		r = to
	}
}

// Type is t with its resources substituted; t itself if there are none.
func (s *Substitution) Type(t *Type) *Type {
	if t == nil || s.empty() {
		return t
	}
	if to, ok := s.types[t]; ok {
		return to
	}
	n := *t
	switch {
	case t.Value != nil:
		n.Value = s.value(t.Value)
	case t.Func != nil:
		n.Func = s.Func(t.Func)
	case t.Instance != nil:
		n.Instance = s.Instance(t.Instance)
	case t.Component != nil:
		n.Component = s.Component(t.Component)
	case t.Resource != nil:
		n.Resource = s.Resource(t.Resource)
	}
	to := t
	if n != *t {
		to = &n
	}
	s.types[t] = to
	return to
}

func (s *Substitution) valType(v *ValType) *ValType {
	if v == nil || v.Type == nil {
		return v
	}
	if to := s.Type(v.Type); to != v.Type {
		return &ValType{Type: to}
	}
	return v
}

func (s *Substitution) labels(list []Label) ([]Label, bool) {
	var to []Label
	for i, l := range list {
		t := s.valType(l.Type)
		if t == l.Type {
			continue
		}
		if to == nil {
			to = append([]Label(nil), list...)
		}
		to[i].Type = t
	}
	if to == nil {
		return list, false
	}
	return to, true
}

func (s *Substitution) value(v *Value) *Value {
	n := *v
	changed := false
	n.Labels, changed = s.labels(v.Labels)
	n.Elem, n.Second, n.Handle = s.valType(v.Elem), s.valType(v.Second), s.Type(v.Handle)
	changed = changed || n.Elem != v.Elem || n.Second != v.Second || n.Handle != v.Handle
	for i := range v.Tuple {
		t := s.valType(&v.Tuple[i])
		if t == &v.Tuple[i] {
			continue
		}
		if !changed || &n.Tuple[0] == &v.Tuple[0] {
			n.Tuple = append([]ValType(nil), n.Tuple...)
		}
		n.Tuple[i], changed = *t, true
	}
	if !changed {
		return v
	}
	n.Complete()
	return &n
}

// Func is f with its resources substituted.
func (s *Substitution) Func(f *Func) *Func {
	if s.empty() {
		return f
	}
	params, changed := s.labels(f.Params)
	result := s.valType(f.Result)
	if !changed && result == f.Result {
		return f
	}
	return &Func{params, result}
}

// Extern is x with its resources substituted.
func (s *Substitution) Extern(x Extern) Extern {
	switch {
	case s.empty():
	case x.Func != nil:
		x.Func = s.Func(x.Func)
	case x.Type != nil:
		to := s.Type(x.Type)
		if to == x.Type && s.named {
			n := *to
			to = &n
			s.types[x.Type] = to
		}
		x.Type = to
	case x.Instance != nil:
		x.Instance = s.Instance(x.Instance)
	case x.Component != nil:
		x.Component = s.Component(x.Component)
	}
	return x
}

func (s *Substitution) entries(e *Entries) (Entries, bool) {
	to := Entries{List: make([]Entry, len(e.List)), index: e.index}
	changed := false
	for i, old := range e.List {
		to.List[i] = Entry{old.Name, s.Extern(old.Extern)}
		changed = changed || to.List[i] != old
	}
	return to, changed
}

// Instance is i with its resources substituted, those that it defines included: what
// takes the place of one is no longer defined by it.
func (s *Substitution) Instance(i *Instance) *Instance {
	if s.empty() {
		return i
	}
	if to, ok := s.instances[i]; ok {
		return to
	}
	exports, changed := s.entries(&i.Exports)
	to := i
	if changed {
		to = &Instance{Exports: exports, Defined: s.left(i.Defined)}
	}
	s.instances[i] = to
	return to
}

// left are those of list that nothing takes the place of.
func (s *Substitution) left(list []*Resource) []*Resource {
	var left []*Resource
	for _, r := range list {
		if s.Resource(r) == r {
			left = append(left, r)
		}
	}
	return left
}

// Component is c with its resources substituted.
func (s *Substitution) Component(c *Component) *Component {
	if s.empty() {
		return c
	}
	if to, ok := s.components[c]; ok {
		return to
	}
	imports, a := s.entries(&c.Imports)
	exports, b := s.entries(&c.Exports)
	to := c
	if a || b {
		to = &Component{Imports: imports, Exports: exports, Imported: s.left(c.Imported), Defined: s.left(c.Defined)}
	}
	s.components[c] = to
	return to
}

// Fresh is i with identities of its own for the types that it exports and the resource
// types that it defines, and those.
func Fresh(i *Instance) (*Instance, []*Resource) {
	made := make([]*Resource, len(i.Defined))
	s := Renamed()
	s.Resources = map[*Resource]*Resource{}
	for n, r := range i.Defined {
		made[n] = &Resource{Rep: r.Rep}
		s.Resources[r] = made[n]
	}
	return s.Instance(i), made
}
