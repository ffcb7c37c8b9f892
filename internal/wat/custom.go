package wat

import (
	"slices"

	"github.com/wazedge/wazedge/internal/wasm"
)

// sectionOrder are the sections that are not custom in the order of the binary
// format (core 5.5.17), by the word that a custom annotation has for them.
var sectionOrder = []struct {
	word    string
	id      wasm.SectionID
	present func(m *wasm.Module) bool
}{
	{"type", wasm.SectionType, func(m *wasm.Module) bool { return len(m.Types) > 0 }},
	{"import", wasm.SectionImport, func(m *wasm.Module) bool { return len(m.Imports) > 0 }},
	{"func", wasm.SectionFunction, func(m *wasm.Module) bool { return len(m.Funcs) > 0 }},
	{"table", wasm.SectionTable, func(m *wasm.Module) bool { return len(m.Tables) > 0 }},
	{"memory", wasm.SectionMemory, func(m *wasm.Module) bool { return len(m.Memories) > 0 }},
	{"tag", wasm.SectionTag, func(m *wasm.Module) bool { return len(m.Tags) > 0 }},
	{"global", wasm.SectionGlobal, func(m *wasm.Module) bool { return len(m.Globals) > 0 }},
	{"export", wasm.SectionExport, func(m *wasm.Module) bool { return len(m.Exports) > 0 }},
	{"start", wasm.SectionStart, func(m *wasm.Module) bool { return m.Start != nil }},
	{"elem", wasm.SectionElement, func(m *wasm.Module) bool { return len(m.Elems) > 0 }},
	{"datacount", wasm.SectionDataCount, func(m *wasm.Module) bool { return m.DataCount != nil }},
	{"code", wasm.SectionCode, func(m *wasm.Module) bool { return len(m.Bodies) > 0 }},
	{"data", wasm.SectionData, func(m *wasm.Module) bool { return m.Datas.Len() > 0 }},
}

// placedCustom is a custom section and its place in sectionOrder: it stands in
// front of the entry with that index.
type placedCustom struct {
	custom wasm.Custom
	before int
}

// customAnnotation consumes (@custom "name" place? string*), which stands for a
// custom section (core, appendix "Custom Annotations"), and returns where it ends.
func (p *parser) customAnnotation() (end int) {
	p.advance()
	c := placedCustom{before: len(sectionOrder)}
	c.custom.Name = p.utf8Name()
	switch {
	case p.open("before"):
		c.before = p.sectionPlace("first", 0, 0)
		p.close()
	case p.open("after"):
		c.before = p.sectionPlace("last", len(sectionOrder), 1)
		p.close()
	}
	c.custom.Data = p.strings()
	p.customs = append(p.customs, c)
	if p.tok.kind != tokRParen {
		p.unexpected(")")
	}
	return p.tok.end
}

// sectionPlace consumes the word of a section, or extreme, whose place is given.
func (p *parser) sectionPlace(extreme string, place, behind int) int {
	if p.keyword(extreme) {
		return place
	}
	for i, s := range sectionOrder {
		if p.keyword(s.word) {
			return i + behind
		}
	}
	p.unexpected("a section")
	return 0
}

// finish adds what the module as a whole decides: the data count section, and the
// custom sections.
func (p *parser) finish() {
	p.m.Datas = wasm.DataSegmentsOf(p.datas)
	if p.dataUsed {
		n := uint32(len(p.datas))
		p.m.DataCount = &n
	}
	named := false
	for _, c := range p.customs {
		named = named || c.custom.Name == "name"
	}
	if names := p.names(); !names.Empty() && !named {
		p.customs = append(p.customs, placedCustom{names.Custom(), len(sectionOrder)})
	}
	for _, c := range p.customs {
		c.custom.Before = 0
		for _, s := range sectionOrder[:min(c.before, len(sectionOrder))] {
			if s.present(p.m) {
				c.custom.Before++
			}
		}
		p.m.Customs = append(p.m.Customs, c.custom)
	}
	slices.SortStableFunc(p.m.Customs, func(a, b wasm.Custom) int { return a.Before - b.Before })
}
