package wit

import (
	"strings"

	"github.com/wazedge/wazedge/internal/component"
	"github.com/wazedge/wazedge/internal/component/types"
)

// printer writes lines in blocks. A gap becomes an empty line where something is on both
// sides of it.
type printer struct {
	b     strings.Builder
	depth int
	fresh bool // the block has no line yet
	gaps  bool
}

func (p *printer) line(text string) {
	if p.gaps && !p.fresh {
		p.b.WriteByte('\n')
	}
	p.gaps, p.fresh = false, false
	p.b.WriteString(strings.Repeat("  ", p.depth) + text + "\n")
}

func (p *printer) gap() { p.gaps = true }

func (p *printer) open(text string) {
	p.line(text + " {")
	p.depth++
	p.fresh = true
}

func (p *printer) close() {
	p.depth--
	p.gaps, p.fresh = false, false
	p.line("}")
}

// entries writes the imports or exports of a world that are no types, behind a word.
// Functions of resources stand with those.
func (p *printer) entries(w *world, s *scope, word string, list []types.Entry) {
	for _, e := range list {
		switch {
		case e.Func != nil && resourceOf(e.Name) == "":
			p.line(word + escape(e.Name) + ": func" + s.function(e.Func, 0) + ";")
		case e.Instance != nil && w.seen[e.Name]:
			p.line(word + e.Name + ";")
		case e.Instance != nil:
			inner := w.scope("", e.Name, e.Instance.Exports.List)
			p.open(word + escape(e.Name) + ": interface")
			p.body(inner)
			p.close()
		case e.Module != nil, e.Component != nil:
			p.line("// " + word + `"` + e.Name + `", a ` + e.Sort.String())
		}
	}
}

// body writes an interface.
func (p *printer) body(s *scope) {
	p.types(s)
	for _, e := range s.funcs {
		p.gap()
		p.line(escape(e.Name) + ": func" + s.function(e.Func, 0) + ";")
	}
}

// types writes what s uses, and the types that it defines.
func (p *printer) types(s *scope) {
	for _, u := range s.uses {
		from := u.from
		if s.pkg != "" && packageOf(from) == s.pkg {
			from, _, _ = split(from)
		}
		p.line("use " + from + ".{" + strings.Join(u.names, ", ") + "};")
	}
	p.gap()
	for i := range s.types {
		p.gap()
		p.typ(s, &s.types[i])
	}
}

// typ writes the definition of a type.
func (p *printer) typ(s *scope, t *named) {
	name := escape(t.name)
	switch {
	case t.alias != "":
		p.line("type " + name + " = " + escape(t.alias) + ";")
	case t.typ.Resource != nil:
		p.resource(s, t.name)
	default:
		p.value(s, name, t.typ.Value)
	}
}

func (p *printer) resource(s *scope, name string) {
	methods := s.methods[name]
	if len(methods) == 0 {
		p.line("resource " + escape(name) + ";")
		return
	}
	p.open("resource " + escape(name))
	for _, e := range methods {
		p.line(s.method(e))
	}
	p.close()
}

func (p *printer) value(s *scope, name string, v *types.Value) {
	word := map[component.TypeForm]string{
		component.FormRecord: "record", component.FormVariant: "variant", component.FormEnum: "enum", component.FormFlags: "flags",
	}[v.Form]
	if word == "" {
		p.line("type " + name + " = " + s.value(v) + ";")
		return
	}
	p.open(word + " " + name)
	for _, l := range v.Labels {
		text := escape(l.Name)
		switch {
		case l.Type == nil:
		case v.Form == component.FormRecord:
			text += ": " + s.valType(*l.Type)
		default:
			text += "(" + s.valType(*l.Type) + ")"
		}
		p.line(text + ",")
	}
	p.close()
}
