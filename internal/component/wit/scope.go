package wit

import (
	"slices"
	"strings"

	"github.com/wazedge/wazedge/internal/component"
	"github.com/wazedge/wazedge/internal/component/types"
)

// scope is an interface, or the imports or exports of a world, on its way to text.
type scope struct {
	pkg   string
	names map[any]string // types by identity
	uses  []use
	types []named
	funcs []types.Entry

	methods map[string][]types.Entry // of resources
}

// use takes types from another interface.
type use struct {
	from  string
	names []string
}

// named is a type that a scope defines.
type named struct {
	name  string
	typ   *types.Type
	alias string // of another type of the scope; "" for none
}

// scope sorts what an interface of a package has, or a world if full is empty.
func (w *world) scope(pkg, full string, list []types.Entry) *scope {
	s := &scope{pkg: pkg, names: map[any]string{}, methods: map[string][]types.Entry{}}
	for _, e := range list {
		switch {
		case e.Type != nil:
			s.typ(w, full, e)
		case e.Func != nil:
			if r := resourceOf(e.Name); r != "" {
				s.methods[r] = append(s.methods[r], e)
			} else {
				s.funcs = append(s.funcs, e)
			}
		}
	}
	return s
}

// typ notes a type: one that another interface defines is used from there.
func (s *scope) typ(w *world, full string, e types.Entry) {
	id := identity(e.Type)
	if id == nil {
		return
	}
	of, known := w.owners[id]
	switch before, again := s.names[id]; {
	case again:
		s.types = append(s.types, named{e.Name, e.Type, before})
		return
	case known && of.iface != full && of.iface != "":
		s.use(of, e.Name)
	default:
		s.types = append(s.types, named{e.Name, e.Type, ""})
	}
	s.names[id] = e.Name
}

func (s *scope) use(of owned, as string) {
	text := escape(of.name)
	if as != of.name {
		text += " as " + escape(as)
	}
	n := slices.IndexFunc(s.uses, func(u use) bool { return u.from == of.iface })
	if n < 0 {
		n = len(s.uses)
		s.uses = append(s.uses, use{from: of.iface})
	}
	s.uses[n].names = append(s.uses[n].names, text)
}

// inherit has s use the names of other: exports of a world refer to what it imports, and do not
// define it again.
func (s *scope) inherit(other *scope) {
	s.types = slices.DeleteFunc(s.types, func(t named) bool { return other.names[identity(t.typ)] == t.name })
	s.uses = slices.DeleteFunc(s.uses, func(u use) bool {
		return slices.ContainsFunc(other.uses, func(o use) bool { return o.from == u.from })
	})
	for id, name := range other.names {
		if s.names[id] == "" {
			s.names[id] = name
		}
	}
}

// resourceOf is the resource whose function name is; "" for other functions.
func resourceOf(name string) string {
	if r, ok := strings.CutPrefix(name, "[constructor]"); ok {
		return r
	}
	for _, kind := range []string{"[method]", "[static]"} {
		if rest, ok := strings.CutPrefix(name, kind); ok {
			r, _, _ := strings.Cut(rest, ".")
			return r
		}
	}
	return ""
}

// valType is t as the scope writes it: by its name if it has one there.
func (s *scope) valType(t types.ValType) string {
	if t.Type == nil {
		return t.Primitive.String()
	}
	if name, ok := s.names[t.Type.Value]; ok {
		return escape(name)
	}
	return s.value(t.Type.Value)
}

// value is v written out.
func (s *scope) value(v *types.Value) string {
	return v.Text(s.valType, func(t *types.Type) string {
		if name, ok := s.names[t.Resource]; ok {
			return escape(name)
		}
		return "resource"
	})
}

// function is a function's type without its first skip parameters.
func (s *scope) function(f *types.Func, skip int) string {
	parts := make([]string, 0, len(f.Params))
	for _, p := range f.Params[skip:] {
		parts = append(parts, escape(p.Name)+": "+s.valType(*p.Type))
	}
	text := "(" + strings.Join(parts, ", ") + ")"
	if f.Result != nil {
		text += " -> " + s.valType(*f.Result)
	}
	return text
}

// method is e, a function of a resource.
func (s *scope) method(e types.Entry) string {
	kind, rest, _ := strings.Cut(strings.TrimPrefix(e.Name, "["), "]")
	if kind == "constructor" {
		f := *e.Func
		if own := f.Result.Type.Value; own.Form == component.FormOwn {
			f.Result = nil // it goes without saying
		}
		return "constructor" + s.function(&f, 0) + ";"
	}
	_, name, _ := strings.Cut(rest, ".")
	if kind == "static" {
		return escape(name) + ": static func" + s.function(e.Func, 0) + ";"
	}
	return escape(name) + ": func" + s.function(e.Func, 1) + ";"
}
