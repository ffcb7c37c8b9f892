package wat

import (
	"strings"

	"github.com/wazedge/wazedge/internal/wasm"
)

// spaceOf is the index space of kind k.
func spaceOf(k wasm.ExternKind) spaceID {
	return [...]spaceID{
		wasm.ExternFunc: spaceFuncs, wasm.ExternTable: spaceTables, wasm.ExternMemory: spaceMemories,
		wasm.ExternGlobal: spaceGlobals, wasm.ExternTag: spaceTags,
	}[k]
}

// kindWord is the keyword of kind k.
func kindWord(k wasm.ExternKind) string {
	if k == wasm.ExternFunc {
		return "func"
	}
	return k.String()
}

// imports writes the import section.
func (p *printer) imports() {
	var count [5]uint32
	for i := range p.m.Imports {
		im := &p.m.Imports[i]
		p.str("\n  (import " + quoteName(im.Module) + " " + quoteName(im.Name) + " (" + kindWord(im.Kind))
		p.str(p.binder(spaceOf(im.Kind), count[im.Kind]))
		count[im.Kind]++
		p.str(p.externType(im) + "))")
	}
}

// externType is the type of im, with a blank before it.
func (p *printer) externType(im *wasm.Import) string {
	switch im.Kind {
	case wasm.ExternTable:
		return p.tableType(im.Table)
	case wasm.ExternMemory:
		return limits(im.Memory.Limits)
	case wasm.ExternGlobal:
		return " " + p.globalType(im.Global)
	}
	return p.typeUse(im.Type, nil)
}

// definition begins the definition of the module's own entry i of kind k.
func (p *printer) definition(k wasm.ExternKind, i int) {
	p.str("\n  (" + kindWord(k) + p.binder(spaceOf(k), p.index(k, i)))
}

func (p *printer) tables() error {
	for i := range p.m.Tables {
		t := &p.m.Tables[i]
		p.definition(wasm.ExternTable, i)
		p.str(p.tableType(t.Type))
		if t.Init.Code != nil {
			s, err := p.expr("", t.Init)
			if err != nil {
				return err
			}
			p.str(" " + s)
		}
		p.str(")")
	}
	return nil
}

func (p *printer) memories() {
	for i := range p.m.Memories {
		p.definition(wasm.ExternMemory, i)
		p.str(limits(p.m.Memories[i].Limits) + ")")
	}
}

func (p *printer) tags() {
	for i, t := range p.m.Tags {
		p.definition(wasm.ExternTag, i)
		p.str(p.typeUse(t, nil) + ")")
	}
}

func (p *printer) globals() error {
	for i := range p.m.Globals {
		g := &p.m.Globals[i]
		s, err := p.expr("", g.Init)
		if err != nil {
			return err
		}
		p.definition(wasm.ExternGlobal, i)
		p.str(" " + p.globalType(g.Type) + " " + s + ")")
	}
	return nil
}

func (p *printer) exports() {
	for i := range p.m.Exports {
		e := &p.m.Exports[i]
		p.str("\n  (export " + quoteName(e.Name) + " (" + kindWord(e.Kind) + " " + p.ref(spaceOf(e.Kind), e.Index) + "))")
	}
}

// elems writes the element section.
func (p *printer) elems() error {
	for i := range p.m.Elems {
		s := &p.m.Elems[i]
		p.str("\n  (elem" + p.binder(spaceElems, uint32(i)))
		switch s.Mode {
		case wasm.Declarative:
			p.str(" declare")
		case wasm.Active:
			if s.Table != 0 {
				p.str(" (table " + p.ref(spaceTables, s.Table) + ")")
			}
			offset, err := p.expr("offset", s.Offset)
			if err != nil {
				return err
			}
			p.str(" " + offset)
		}
		if s.Flags&4 == 0 {
			p.str(" func")
			for _, f := range s.Funcs {
				p.str(" " + p.ref(spaceFuncs, f))
			}
		} else {
			p.str(" " + p.valType(s.Type))
			for _, e := range s.Exprs {
				item, err := p.expr("item", e)
				if err != nil {
					return err
				}
				p.str(" " + item)
			}
		}
		p.str(")")
	}
	return nil
}

// datas writes the data section.
func (p *printer) datas() error {
	for i, s := range p.m.Datas.All() {
		p.str("\n  (data" + p.binder(spaceDatas, uint32(i)))
		if s.Mode == wasm.Active {
			if s.Memory != 0 {
				p.str(" (memory " + p.ref(spaceMemories, s.Memory) + ")")
			}
			offset, err := p.expr("offset", s.Offset)
			if err != nil {
				return err
			}
			p.str(" " + offset)
		}
		p.str(" " + quoteBytes(s.Init) + ")")
	}
	return nil
}

// customs writes custom sections as annotations, less the name section if the
// identifiers say the same.
func (p *printer) customs() {
	var sections []wasm.SectionID
	present := p.m.EncodedSections()
	for _, id := range wasm.SectionOrder() {
		if present.Has(id) {
			sections = append(sections, id)
		}
	}
	for i := range p.m.Customs {
		c := &p.m.Customs[i]
		if c.Name == "name" && !p.verbatimNames {
			continue
		}
		place := ""
		switch {
		case c.Before <= 0:
			place = " (before first)"
		case c.Before <= len(sections):
			place = " (after " + sectionWords[sections[c.Before-1]] + ")"
		}
		p.str("\n  (@custom " + quoteName(c.Name) + place + " " + quoteBytes(c.Data) + ")")
	}
}

// expr is a constant expression: folded if it is one instruction, else in
// parentheses with keyword kw, or bare if kw is empty.
func (p *printer) expr(kw string, e wasm.Expr) (string, error) {
	var words []string
	r := wasm.NewReader(e.Code, e.Offset, everything)
	var in wasm.Instr
	for r.More() {
		if err := r.Next(&in); err != nil {
			return "", err
		}
		if in.Op == wasm.OpEnd && !r.More() {
			break
		}
		words = append(words, p.instr(&in, nil))
	}
	switch {
	case len(words) == 1 && in.Op == wasm.OpEnd:
		return "(" + words[0] + ")", nil
	case kw == "":
		return strings.Join(words, " "), nil
	}
	return "(" + kw + " " + strings.Join(words, " ") + ")", nil
}
