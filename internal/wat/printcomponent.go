package wat

import (
	"bufio"
	"io"
	"strconv"
	"strings"

	"github.com/wazedge/wazedge/internal/component"
	"github.com/wazedge/wazedge/internal/wasm"
)

// PrintComponent writes c as text that [ParseComponent] turns into the same component. Names
// of its name section become identifiers where they are unique; other custom sections, and
// names that identifiers cannot say, become annotations. An error is one of w, or of a body
// that cannot be decoded.
func PrintComponent(w io.Writer, c *component.Component) error {
	p := &componentPrinter{}
	p.w = bufio.NewWriter(w)
	p.str("(component")
	id := c.Names().Component
	if id != "" {
		p.str(" ", quoteID(id))
	}
	if err := p.component(c, id); err != nil {
		return err
	}
	p.str("\n)\n")
	return p.w.Flush()
}

// componentPrinter writes a component. Errors of the writer stick in w.
type componentPrinter struct {
	w      *bufio.Writer
	indent string // of the definitions of the scope
	scope  printScope
}

// printScope are the definitions so far of a component or type.
type printScope struct {
	count [component.Sorts]uint32
	ids   [component.Sorts]map[uint32]string // identifiers, as they are written
}

func (p *componentPrinter) str(parts ...string) {
	for _, s := range parts {
		p.w.WriteString(s) //nolint:errcheck // sticks, see Flush
	}
}

// line begins a line of the scope.
func (p *componentPrinter) line(parts ...string) {
	p.str("\n", p.indent)
	p.str(parts...)
}

// within writes what is in a scope of its own.
func (p *componentPrinter) within(write func() error) error {
	outer, indent := p.scope, p.indent
	p.scope, p.indent = printScope{}, indent+"  "
	err := write()
	p.scope, p.indent = outer, indent
	return err
}

// component writes what is in c, which has identifier id, and that before it.
func (p *componentPrinter) component(c *component.Component, id string) error {
	return p.within(func() error {
		customs := p.identify(c, id)
		for i, d := range c.Definitions {
			for ; len(customs) > 0 && customs[0].Before <= i; customs = customs[1:] {
				p.custom(&customs[0])
			}
			if err := p.definition(d); err != nil {
				return err
			}
		}
		for i := range customs {
			p.custom(&customs[i])
		}
		return nil
	})
}

// identify chooses the identifiers of the definitions of c, which has identifier id itself.
// It returns the custom sections that are to be written.
func (p *componentPrinter) identify(c *component.Component, id string) (customs []wasm.Custom) {
	names, own := c.Names(), ownNamesOf(c)
	said := component.Names{Component: id}
	for sort, list := range names.Sorts {
		p.scope.ids[sort] = map[uint32]string{}
		for _, n := range printable(list, own.total[sort]) {
			// A module or component is called what it calls itself.
			if name, is := own.names[component.Sort(sort)][n.Index]; is && name != n.Name {
				continue
			}
			said.Sorts[sort] = append(said.Sorts[sort], n)
			p.scope.ids[sort][n.Index] = quoteID(n.Name)
		}
	}
	last := len(c.Customs) - 1
	for i := range c.Customs {
		s := &c.Customs[i]
		if i == last && s.Before >= len(c.Definitions) && said.Say(s) {
			break // the identifiers make it anew
		}
		customs = append(customs, *s)
	}
	return customs
}

// ownNames are what modules and components within a component call themselves, by sort and
// index, and how many definitions of each sort there are.
type ownNames struct {
	total [component.Sorts]uint32
	names map[component.Sort]map[uint32]string
}

func ownNamesOf(c *component.Component) *ownNames {
	own := &ownNames{names: map[component.Sort]map[uint32]string{
		component.SortCoreModule: {}, component.SortComponent: {},
	}}
	for _, d := range c.Definitions {
		sort, n := defines(d)
		switch d := d.(type) {
		case *component.Module:
			own.names[sort][own.total[sort]] = moduleName(d.Module)
		case *component.Nested:
			own.names[sort][own.total[sort]] = d.Component.Names().Component
		}
		own.total[sort] += n
	}
	return own
}

// moduleName is what m calls itself.
func moduleName(m *wasm.Module) string {
	n := m.Names()
	return n.Module
}

// defines is the sort of what d defines, and how many of that.
func defines(d component.Definition) (component.Sort, uint32) {
	switch d := d.(type) {
	case *component.Module:
		return component.SortCoreModule, 1
	case *component.Nested:
		return component.SortComponent, 1
	case *component.CoreInstance:
		return component.SortCoreInstance, 1
	case *component.CoreType:
		if d.Rec != nil {
			return component.SortCoreType, uint32(len(d.Rec.Types))
		}
		return component.SortCoreType, 1
	case *component.Instance:
		return component.SortInstance, 1
	case *component.Alias:
		return d.Sort, 1
	case *component.Type:
		return component.SortType, 1
	case *component.Canon:
		if d.Op == component.CanonLift {
			return component.SortFunc, 1
		}
		return component.SortCoreFunc, 1
	case *component.Import:
		return d.Type.Sort, 1
	case *component.ExportDecl:
		return d.Type.Sort, 1
	case *component.Export:
		return d.Sort, 1
	}
	return component.SortValue, 0
}

// custom writes the annotation for a custom section.
func (p *componentPrinter) custom(c *wasm.Custom) {
	p.line("(@custom ", quoteName(c.Name), " ", quoteBytes(c.Data), ")")
}

// binder is what stands behind the keyword of the next definition of a sort: its
// identifier, or its index as a comment.
func (p *componentPrinter) binder(sort component.Sort) string {
	n := p.scope.count[sort]
	p.scope.count[sort]++
	if id, ok := p.scope.ids[sort][n]; ok {
		return " " + id
	}
	return " (;" + strconv.FormatUint(uint64(n), 10) + ";)"
}

// named reports whether the next definition of a sort has an identifier.
func (p *componentPrinter) named(sort component.Sort) bool {
	_, ok := p.scope.ids[sort][p.scope.count[sort]]
	return ok
}

// index is a definition of a sort by its identifier, if it has one already, or its index.
func (p *componentPrinter) index(sort component.Sort, n uint32) string {
	if id, ok := p.scope.ids[sort][n]; ok && n < p.scope.count[sort] {
		return id
	}
	return strconv.FormatUint(uint64(n), 10)
}

// ref is a definition with its sort, in parentheses.
func (p *componentPrinter) ref(sort component.Sort, n uint32) string {
	return "(" + sort.String() + " " + p.index(sort, n) + ")"
}

// coreRef is ref for what is known to be of core WebAssembly.
func (p *componentPrinter) coreRef(sort component.Sort, n uint32) string {
	return "(" + strings.TrimPrefix(sort.String(), "core ") + " " + p.index(sort, n) + ")"
}

// definition writes a definition of a component, or a declaration of a type.
func (p *componentPrinter) definition(d component.Definition) error {
	switch d := d.(type) {
	case *component.Module:
		return p.module(d.Module)
	case *component.Nested:
		id := ""
		if p.named(component.SortComponent) {
			id = d.Component.Names().Component
		}
		p.line("(component", p.binder(component.SortComponent))
		err := p.component(d.Component, id)
		p.line(")")
		return err
	case *component.CoreInstance:
		p.coreInstance(d)
	case *component.CoreType:
		p.coreType(d)
	case *component.Instance:
		p.instance(d)
	case *component.Alias:
		p.alias(d)
	case *component.Type:
		return p.typeDef(d)
	case *component.Canon:
		p.canon(d)
	case *component.Import:
		p.line("(import ", p.externName(&d.Name), " ", p.bound(&d.Type), ")")
	case *component.ExportDecl:
		p.line("(export ", p.externName(&d.Name), " ", p.bound(&d.Type), ")")
	case *component.Export:
		of := p.ref(d.Sort, d.Index)
		ascribed := ""
		if d.Type != nil {
			ascribed = " (" + d.Type.Sort.String() + p.externType(d.Type) + ")"
		}
		p.line("(export", p.binder(d.Sort), " ", p.externName(&d.Name), " ", of, ascribed, ")")
	}
	return nil
}

// module writes a core module, a level deeper.
func (p *componentPrinter) module(m *wasm.Module) error {
	inner := &printer{w: bufio.NewWriter(&indenting{p.w, p.indent}), m: m}
	inner.verbatimName = !p.named(component.SortCoreModule) && moduleName(m) != ""
	p.line("(core module", p.binder(component.SortCoreModule))
	if err := inner.fields(); err != nil {
		return err
	}
	if err := inner.w.Flush(); err != nil {
		return err
	}
	p.line(")")
	return nil
}

// indenting writes to w, with indent at the beginning of each line.
type indenting struct {
	w      *bufio.Writer
	indent string
}

// Write implements [io.Writer]. A line breaks nowhere within a string or comment.
func (i *indenting) Write(b []byte) (int, error) {
	text, end := string(b), "\n"+i.indent
	_, err := i.w.WriteString(strings.ReplaceAll(text, "\n", end))
	return len(b), err
}

func (p *componentPrinter) coreInstance(d *component.CoreInstance) {
	parts := make([]string, 0, len(d.Args)+len(d.Exports))
	for _, a := range d.Args {
		parts = append(parts, " (with "+quoteName(a.Name)+" "+p.coreRef(component.SortCoreInstance, a.Instance)+")")
	}
	for _, x := range d.Exports {
		parts = append(parts, "(export "+quoteName(x.Name)+" "+p.coreRef(x.Sort, x.Index)+")")
	}
	if !d.Inline {
		of := p.index(component.SortCoreModule, d.Module)
		p.line("(core instance", p.binder(component.SortCoreInstance), " (instantiate ", of, strings.Join(parts, ""), "))")
		return
	}
	p.line("(core instance", p.binder(component.SortCoreInstance))
	p.list(parts)
}

// list closes a definition that has parts on lines of their own.
func (p *componentPrinter) list(parts []string) {
	for _, s := range parts {
		p.line("  ", s)
	}
	if len(parts) > 0 {
		p.line(")")
	} else {
		p.str(")")
	}
}

func (p *componentPrinter) instance(d *component.Instance) {
	if !d.Inline {
		of := p.index(component.SortComponent, d.Component)
		parts := make([]string, 0, len(d.Args))
		for _, a := range d.Args {
			parts = append(parts, "  (with "+quoteName(a.Name)+" "+p.ref(a.Sort, a.Index)+")")
		}
		p.line("(instance", p.binder(component.SortInstance), " (instantiate ", of)
		p.list(parts)
		p.str(")")
		return
	}
	parts := make([]string, 0, len(d.Exports))
	for i := range d.Exports {
		x := &d.Exports[i]
		parts = append(parts, "(export "+p.externName(&x.Name)+" "+p.ref(x.Sort, x.Index)+")")
	}
	p.line("(instance", p.binder(component.SortInstance))
	p.list(parts)
}

func (p *componentPrinter) alias(d *component.Alias) {
	switch d.Kind {
	case component.AliasExport:
		p.line("(alias export ", p.index(component.SortInstance, d.Instance), " ", quoteName(d.Name))
	case component.AliasCoreExport:
		p.line("(alias core export ", p.index(component.SortCoreInstance, d.Instance), " ", quoteName(d.Name))
	default:
		p.line("(alias outer ", strconv.FormatUint(uint64(d.Count), 10), " ", strconv.FormatUint(uint64(d.Index), 10))
	}
	p.str(" (", d.Sort.String(), p.binder(d.Sort), "))")
}

// canonWords are the canonical definitions about resources.
var canonWords = [...]string{
	component.CanonResourceNew: "resource.new", component.CanonResourceDrop: "resource.drop", component.CanonResourceRep: "resource.rep",
}

func (p *componentPrinter) canon(d *component.Canon) {
	switch d.Op {
	case component.CanonLift:
		p.line("(canon lift ", p.ref(component.SortCoreFunc, d.Func), p.canonOptions(d.Options))
		of := p.index(component.SortType, d.Type)
		p.str(" (func", p.binder(component.SortFunc), " (type ", of, ")))")
		return
	case component.CanonLower:
		p.line("(canon lower ", p.ref(component.SortFunc, d.Func), p.canonOptions(d.Options))
	default:
		p.line("(canon ", canonWords[d.Op], " ", p.index(component.SortType, d.Type))
	}
	p.str(" (core func", p.binder(component.SortCoreFunc), "))")
}

// canonWord is what the option k is called; of those with an index, without that.
func canonWord(k component.OptionKind) string {
	return [...]string{
		component.OptionUTF8: "string-encoding=utf8", component.OptionUTF16: "string-encoding=utf16",
		component.OptionLatin1UTF16: "string-encoding=latin1+utf16",
		component.OptionMemory:      "memory", component.OptionRealloc: "realloc", component.OptionPostReturn: "post-return",
	}[k]
}

func (p *componentPrinter) canonOptions(list []component.CanonOption) string {
	var b strings.Builder
	for _, o := range list {
		switch o.Kind {
		case component.OptionMemory:
			b.WriteString(" (memory " + p.index(component.SortCoreMemory, o.Index) + ")")
		case component.OptionRealloc, component.OptionPostReturn:
			b.WriteString(" (" + canonWord(o.Kind) + " (func " + p.index(component.SortCoreFunc, o.Index) + "))")
		default:
			b.WriteString(" " + canonWord(o.Kind))
		}
	}
	return b.String()
}

// externName is a name with its attributes.
func (p *componentPrinter) externName(n *component.Name) string {
	text := quoteName(n.Name)
	for _, a := range []struct {
		word string
		text *string
	}{{"implements", n.Implements}, {"versionsuffix", n.VersionSuffix}, {"external-id", n.ExternalID}} {
		if a.text != nil {
			text += " (" + a.word + " " + quoteName(*a.text) + ")"
		}
	}
	return text
}

// bound is the sort and type of an import or export of a type, which is defined by that.
func (p *componentPrinter) bound(t *component.ExternType) string {
	of := p.externType(t)
	return "(" + t.Sort.String() + p.binder(t.Sort) + of + ")"
}

// externType is t without its sort.
func (p *componentPrinter) externType(t *component.ExternType) string {
	switch {
	case t.SubResource:
		return " (sub resource)"
	case t.Sort == component.SortType:
		return " (eq " + p.index(component.SortType, t.Index) + ")"
	case t.Sort == component.SortCoreModule:
		return " (type " + p.index(component.SortCoreType, t.Index) + ")"
	}
	return " (type " + p.index(component.SortType, t.Index) + ")"
}
