package wat

import (
	"strconv"
	"strings"

	"github.com/wazedge/wazedge/internal/component"
	"github.com/wazedge/wazedge/internal/wasm"
)

// typeDef writes the definition of a type.
func (p *componentPrinter) typeDef(t *component.Type) error {
	if t.Form != component.FormComponent && t.Form != component.FormInstance {
		text := p.typeText(t)
		p.line("(type", p.binder(component.SortType), " ", text, ")")
		return nil
	}
	word := "instance"
	if t.Form == component.FormComponent {
		word = "component"
	}
	p.line("(type", p.binder(component.SortType), " (", word)
	err := p.within(func() error {
		for _, d := range t.Declarations {
			if err := p.definition(d); err != nil {
				return err
			}
		}
		return nil
	})
	if len(t.Declarations) > 0 {
		p.line("))")
	} else {
		p.str("))")
	}
	return err
}

// formWord is the keyword of types with parts.
func formWord(f component.TypeForm) string {
	for word, form := range compoundWords() {
		if form == f {
			return word
		}
	}
	return "list" // of fixed length
}

// typeText is t, which has no declarations.
func (p *componentPrinter) typeText(t *component.Type) string {
	if prim := component.Primitive(t.Form).String(); prim != "" {
		return prim
	}
	var b strings.Builder
	put := func(parts ...string) {
		for _, s := range parts {
			b.WriteString(s)
		}
	}
	put("(", formWord(t.Form))
	switch t.Form {
	case component.FormRecord, component.FormVariant:
		word := map[component.TypeForm]string{component.FormRecord: "field", component.FormVariant: "case"}[t.Form]
		for _, l := range t.Labels {
			put(" (", word, " ", quoteName(l.Name), p.optionalType(l.Type), ")")
		}
	case component.FormFlags, component.FormEnum:
		for _, l := range t.Labels {
			put(" ", quoteName(l.Name))
		}
	case component.FormTuple:
		for i := range t.Tuple {
			put(p.optionalType(&t.Tuple[i]))
		}
	case component.FormFixedList:
		put(p.optionalType(t.Elem), " ", strconv.FormatUint(uint64(t.Length), 10))
	case component.FormResult:
		put(p.optionalType(t.Elem))
		if t.Second != nil {
			put(" (error", p.optionalType(t.Second), ")")
		}
	case component.FormOwn, component.FormBorrow:
		put(" ", p.index(component.SortType, t.Index))
	case component.FormResource:
		put(" (rep ", t.Rep.String(), ")")
		if t.Destructor != nil {
			put(" (dtor (func ", p.index(component.SortCoreFunc, *t.Destructor), "))")
		}
	case component.FormFunc:
		for _, l := range t.Labels {
			put(" (param ", quoteName(l.Name), p.optionalType(l.Type), ")")
		}
		if t.Elem != nil {
			put(" (result", p.optionalType(t.Elem), ")")
		}
	default:
		put(p.optionalType(t.Elem), p.optionalType(t.Second))
	}
	put(")")
	return b.String()
}

// optionalType is t with a blank before it, or nothing.
func (p *componentPrinter) optionalType(t *component.ValType) string {
	switch {
	case t == nil:
		return ""
	case t.Primitive != component.NoPrimitive:
		return " " + t.Primitive.String()
	}
	return " " + p.index(component.SortType, t.Index)
}

// coreType writes the definition of a core type.
func (p *componentPrinter) coreType(t *component.CoreType) {
	if t.Module == nil {
		p.recGroup("core ", t.Rec, func() string { return p.binder(component.SortCoreType) })
		return
	}
	p.line("(core type", p.binder(component.SortCoreType), " (module")
	count := uint32(0)
	binder := func() string {
		count++
		return " (;" + strconv.FormatUint(uint64(count-1), 10) + ";)"
	}
	core := &printer{m: &wasm.Module{}}
	indent := p.indent
	p.indent += "  "
	for i := range t.Module.Declarations {
		d := &t.Module.Declarations[i]
		switch {
		case d.Import != nil:
			p.line("(import ", quoteName(d.Import.Module), " ", quoteName(d.Import.Name), " (", kindWord(d.Import.Kind), core.externType(d.Import), "))")
		case d.Type != nil:
			p.recGroup("", d.Type.Rec, binder)
		case d.Outer != nil:
			p.line("(alias outer ", strconv.FormatUint(uint64(d.Outer.Count), 10), " ", strconv.FormatUint(uint64(d.Outer.Index), 10), " (type", binder(), "))")
		default:
			p.line("(export ", quoteName(d.Export.Name), " (", kindWord(d.Export.Kind), core.externType(d.Export), "))")
		}
	}
	p.indent = indent
	p.line("))")
}

// recGroup writes a recursion group behind the keyword before it.
func (p *componentPrinter) recGroup(before string, m *wasm.Module, binder func() string) {
	core := &printer{m: m}
	// Types of the scope have identifiers that those of the group may refer to.
	core.ids[spaceTypes] = map[uint32]string{}
	if before != "" {
		for n, id := range p.scope.ids[component.SortCoreType] {
			if n < p.scope.count[component.SortCoreType]+uint32(len(m.Types)) {
				core.ids[spaceTypes][n] = id
			}
		}
	}
	if !m.RecGroups[0].Explicit && len(m.Types) == 1 {
		p.line("(", before, "type", binder(), core.subType(0), ")")
		return
	}
	p.line("(", before, "rec")
	for x := range m.Types {
		p.line("  (type", binder(), core.subType(uint32(x)), ")")
	}
	p.str(")")
}
