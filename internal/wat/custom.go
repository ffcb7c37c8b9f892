package wat

import (
	"slices"

	"github.com/wazedge/wazedge/internal/wasm"
)

// sectionWords are the words that custom annotations have for sections.
var sectionWords = [...]string{
	wasm.SectionType: "type", wasm.SectionImport: "import", wasm.SectionFunction: "func", wasm.SectionTable: "table",
	wasm.SectionMemory: "memory", wasm.SectionTag: "tag", wasm.SectionGlobal: "global", wasm.SectionExport: "export",
	wasm.SectionStart: "start", wasm.SectionElement: "elem", wasm.SectionDataCount: "datacount",
	wasm.SectionCode: "code", wasm.SectionData: "data",
}

// placedCustom is a custom section and its place: in front of the entry with that
// index in [wasm.SectionOrder].
type placedCustom struct {
	custom wasm.Custom
	before int
}

// customAnnotation consumes (@custom "name" place? string*), which stands for a
// custom section (core, appendix "Custom Annotations"), and returns where it ends.
func (p *parser) customAnnotation() (end int) {
	p.advance()
	last := len(sectionWords) // behind all sections
	c := placedCustom{before: last}
	c.custom.Name = p.utf8Name()
	switch {
	case p.open("before"):
		c.before = p.sectionPlace("first", 0, 0)
		p.close()
	case p.open("after"):
		c.before = p.sectionPlace("last", last, 1)
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
	for i, id := range wasm.SectionOrder() {
		if p.keyword(sectionWords[id]) {
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
		p.customs = append(p.customs, placedCustom{names.Custom(), len(sectionWords)})
	}
	order, present := wasm.SectionOrder(), p.m.EncodedSections()
	for _, c := range p.customs {
		c.custom.Before = 0
		for _, id := range order[:min(c.before, len(order))] {
			if present.Has(id) {
				c.custom.Before++
			}
		}
		p.m.Customs = append(p.m.Customs, c.custom)
	}
	slices.SortStableFunc(p.m.Customs, func(a, b wasm.Custom) int { return a.Before - b.Before })
}
