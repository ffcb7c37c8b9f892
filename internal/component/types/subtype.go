package types

import (
	"fmt"
	"sync"

	"github.com/wazedge/wazedge/internal/component"
	"github.com/wazedge/wazedge/internal/wasm"
)

// Matcher says whether one type may stand where another is wanted (Explainer.md, "Type
// Checking"). Core is what the types of core modules have their identities of.
type Matcher struct{ Core *wasm.TypeStore }

// Mismatch is why a type does not fit, and in which imports and exports that was found,
// outermost first.
type Mismatch struct {
	Path   []string
	Reason string
}

// Error is the reason behind the names that lead to it.
func (m *Mismatch) Error() string {
	text := ""
	for _, name := range m.Path {
		text += fmt.Sprintf("%q: ", name)
	}
	return text + m.Reason
}

func mismatch(format string, args ...any) *Mismatch {
	return &Mismatch{Reason: fmt.Sprintf(format, args...)}
}

// in is m found in the entry name.
func (m *Mismatch) in(name string) *Mismatch {
	if m != nil {
		m.Path = append([]string{name}, m.Path...)
	}
	return m
}

// Extern reports why got may not be given for want; nil if it may.
func (m *Matcher) Extern(got, want Extern) *Mismatch {
	if got.Sort != want.Sort {
		return mismatch("expected %s, found %s", want.Sort, got.Sort)
	}
	switch got.Sort {
	case component.SortCoreModule:
		return m.module(got.Module, want.Module)
	case component.SortFunc:
		return m.function(got.Func, want.Func)
	case component.SortType:
		return m.typ(got.Type, want.Type)
	case component.SortInstance:
		return m.instance(got.Instance, want.Instance)
	case component.SortComponent:
		return m.component(got.Component, want.Component)
	}
	return mismatch("values are not supported")
}

// typ reports why got is not want.
func (m *Matcher) typ(got, want *Type) *Mismatch {
	switch {
	case got == want:
		return nil
	case got.Resource != nil && want.Resource != nil:
		return sameResource(got, want)
	case got.Value != nil && want.Value != nil:
		return m.value(got.Value, want.Value)
	case got.Func != nil && want.Func != nil:
		return m.function(got.Func, want.Func)
	case got.Instance != nil && want.Instance != nil:
		return m.instance(got.Instance, want.Instance)
	case got.Component != nil && want.Component != nil:
		return m.component(got.Component, want.Component)
	}
	return mismatch("expected %s, found %s", want.what(), got.what())
}

// what is the sort of type that t is.
func (t *Type) what() string {
	switch {
	case t.Resource != nil:
		return "resource"
	case t.Value != nil:
		return "defined type"
	case t.Func != nil:
		return "func"
	case t.Instance != nil:
		return "instance"
	}
	return "component"
}

func sameResource(got, want *Type) *Mismatch {
	if got.Resource != want.Resource {
		return mismatch("resource types are not the same")
	}
	return nil
}

// primitive is the primitive type that v is, by itself or by its index.
func (v ValType) primitive() (component.Primitive, bool) {
	if v.Type == nil {
		return v.Primitive, true
	}
	return v.Type.Value.Primitive()
}

// ValType reports why got is not want.
func (m *Matcher) ValType(got, want ValType) *Mismatch {
	g, gp := got.primitive()
	w, wp := want.primitive()
	switch {
	case gp && wp && g == w:
		return nil
	case gp && wp:
		return mismatch("expected primitive `%s` found primitive `%s`", w, g)
	case gp:
		return mismatch("expected %s, found %s", want.Type.Value.describe(), g)
	case wp:
		return mismatch("expected %s, found %s", w, got.Type.Value.describe())
	case got.Type == want.Type:
		return nil
	}
	return m.value(got.Type.Value, want.Type.Value)
}

var formNames = sync.OnceValue(func() map[component.TypeForm]string {
	return map[component.TypeForm]string{
		component.FormRecord: "record", component.FormVariant: "variant", component.FormList: "list",
		component.FormTuple: "tuple", component.FormFlags: "flags", component.FormEnum: "enum",
		component.FormOption: "option", component.FormResult: "result", component.FormOwn: "own",
		component.FormBorrow: "borrow", component.FormFixedList: "fixed-length list", component.FormMap: "map",
	}
})

func (v *Value) describe() string {
	if p, ok := v.Primitive(); ok {
		return p.String()
	}
	return formNames()[v.Form]
}

func (m *Matcher) value(got, want *Value) *Mismatch {
	switch {
	case got == want:
		return nil
	case got.Form != want.Form:
		return mismatch("expected %s, found %s", want.describe(), got.describe())
	case got.Handle != nil:
		return sameResource(got.Handle, want.Handle)
	case got.Length != want.Length:
		return mismatch("expected a list of %d elements, found one of %d", want.Length, got.Length)
	case len(got.Tuple) != len(want.Tuple):
		return mismatch("expected %d types, found %d", len(want.Tuple), len(got.Tuple))
	}
	if e := m.labels(formNames()[got.Form], got.Labels, want.Labels); e != nil {
		return e
	}
	for i := range got.Tuple {
		if e := m.ValType(got.Tuple[i], want.Tuple[i]); e != nil {
			return e
		}
	}
	if e := m.optional(got.Elem, want.Elem); e != nil {
		return e
	}
	return m.optional(got.Second, want.Second)
}

func (m *Matcher) labels(what string, got, want []Label) *Mismatch {
	if len(got) != len(want) {
		return mismatch("expected %d %s names, found %d", len(want), what, len(got))
	}
	for i := range got {
		if got[i].Name != want[i].Name {
			return mismatch("expected %s name `%s`, found `%s`", what, want[i].Name, got[i].Name)
		}
		if e := m.optional(got[i].Type, want[i].Type); e != nil {
			return e.in(got[i].Name)
		}
	}
	return nil
}

func (m *Matcher) optional(got, want *ValType) *Mismatch {
	switch {
	case got == nil && want == nil:
		return nil
	case got == nil:
		return mismatch("expected a type, found none")
	case want == nil:
		return mismatch("expected no type, found one")
	}
	return m.ValType(*got, *want)
}

func (m *Matcher) function(got, want *Func) *Mismatch {
	if got == want {
		return nil
	}
	if e := m.labels("parameter", got.Params, want.Params); e != nil {
		return e
	}
	if e := m.optional(got.Result, want.Result); e != nil {
		return e.in("result")
	}
	return nil
}

// module reports why a core module of type got may not be given for one of type want: it
// has to import no more, and export no less.
func (m *Matcher) module(got, want *Module) *Mismatch {
	if got == want {
		return nil
	}
	offered := map[[2]string]wasm.ExternType{}
	for _, im := range want.Imports {
		offered[[2]string{im.Module, im.Name}] = im.Type
	}
	for _, im := range got.Imports {
		t, ok := offered[[2]string{im.Module, im.Name}]
		if !ok {
			return mismatch("missing expected import `%s::%s`", im.Module, im.Name)
		}
		if !m.Core.MatchesExtern(t, im.Type) {
			return mismatch("type mismatch in import `%s::%s`", im.Module, im.Name)
		}
	}
	return m.coreExports(got.Exports, want.Exports)
}

func (m *Matcher) coreExports(got, want CoreExports) *Mismatch {
	for name, w := range want {
		g, ok := got[name]
		if !ok {
			return mismatch("missing expected export `%s`", name)
		}
		if !m.Core.MatchesExtern(g, w) {
			return mismatch("type mismatch in export `%s`", name)
		}
	}
	return nil
}

func (m *Matcher) instance(got, want *Instance) *Mismatch {
	if got == want {
		return nil
	}
	want = Substitute(bind(&got.Exports, &want.Exports, want.Defined)).Instance(want)
	return m.exports(&got.Exports, &want.Exports)
}

func (m *Matcher) exports(got, want *Entries) *Mismatch {
	for _, w := range want.List {
		g, ok := got.Get(w.Name)
		if !ok {
			return mismatch("missing expected export `%s`", w.Name)
		}
		if e := m.Extern(g, w.Extern); e != nil {
			return e.in(w.Name)
		}
	}
	return nil
}

func (m *Matcher) component(got, want *Component) *Mismatch {
	if got == want {
		return nil
	}
	got = Substitute(bind(&want.Imports, &got.Imports, got.Imported)).Component(got)
	for _, im := range got.Imports.List {
		offered, ok := want.Imports.Get(im.Name)
		if !ok {
			return mismatch("missing expected import `%s`", im.Name)
		}
		if e := m.Extern(offered, im.Extern); e != nil {
			return e.in(im.Name)
		}
	}
	want = Substitute(bind(&got.Exports, &want.Exports, want.Defined)).Component(want)
	return m.exports(&got.Exports, &want.Exports)
}

// bind finds for each of the resource types abstract, which want has, what got has in its
// place.
func bind(got, want *Entries, abstract []*Resource) map[*Resource]*Resource {
	if len(abstract) == 0 {
		return nil
	}
	open := map[*Resource]bool{}
	for _, r := range abstract {
		open[r] = true
	}
	found := map[*Resource]*Resource{}
	bindEntries(got, want, open, found)
	return found
}

func bindEntries(got, want *Entries, open map[*Resource]bool, found map[*Resource]*Resource) {
	for _, w := range want.List {
		g, ok := got.Get(w.Name)
		switch {
		case !ok || g.Sort != w.Sort:
		case w.Instance != nil:
			bindEntries(&g.Instance.Exports, &w.Instance.Exports, open, found)
		case w.Type != nil && w.Type.Resource != nil && g.Type.Resource != nil:
			r := w.Type.Resource
			if _, bound := found[r]; open[r] && !bound {
				found[r] = g.Type.Resource
			}
		}
	}
}

// Instantiate is the type of an instance of c that is given args, which may be more than
// c imports. The resource types that the instance makes are among those that it defines.
func (m *Matcher) Instantiate(c *Component, args *Entries) (*Instance, []*Resource, *Mismatch) {
	given := bind(args, &c.Imports, c.Imported)
	c = Substitute(given).Component(c)
	for _, im := range c.Imports.List {
		arg, ok := args.Get(im.Name)
		if !ok {
			return nil, nil, mismatch("missing import named `%s`", im.Name)
		}
		if e := m.Extern(arg, im.Extern); e != nil {
			e = e.in(im.Name)
			e.Reason = "type mismatch for import `" + im.Name + "`: " + e.Reason
			return nil, nil, e
		}
	}
	of := Substitute(nil)
	of.replaceTypes(args, &c.Imports)
	exports, _ := of.entries(&c.Exports)
	i, made := Fresh(&Instance{Exports: exports, Defined: c.Defined})
	return i, made, nil
}

// Ascribe is want with the resource types that got has in the place of those that want
// leaves open.
func Ascribe(got, want *Instance) *Instance {
	return Substitute(bind(&got.Exports, &want.Exports, want.Defined)).Instance(want)
}
