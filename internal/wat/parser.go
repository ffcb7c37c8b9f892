package wat

import "github.com/wazedge/wazedge/internal/wasm"

// parser reads one module.
type parser struct {
	cursor
	m      *wasm.Module
	name   string // of the module
	spaces spaces

	implicit map[string]uint32 // function types by [typeKey]: the first index of each
	inline   []inlineUse
	count    [5]uint32 // entries so far of each index space that can be imported
	defined  bool      // a definition was seen: imports may not follow
	dataUsed bool      // an instruction names a data segment
	locals   []wasm.IndirectNames
	datas    []wasm.DataSegment
	customs  []placedCustom

	// outer finds what an identifier names that is bound nowhere in the module, in what
	// is around it; nil where there is nothing.
	outer func(s *space, name string) (uint32, bool)

	body body // state of the instruction sequence being read
}

// newParser reads the fields of a module in src[start:end]; places in errors are
// those of the whole of src.
func newParser(src string, start, end int) *parser {
	return &parser{
		cursor:   cursor{lex: lexer{src: src[:end], pos: start}},
		m:        &wasm.Module{},
		implicit: map[string]uint32{},
	}
}

// Parse reads a module: (module $id? field*), or its fields alone. Identifiers go
// to the name section. Errors are of type [*Error].
func Parse(src []byte) (*wasm.Module, error) {
	text := string(src)
	return newParser(text, 0, len(text)).whole()
}

// whole reads the module that is all of the text.
func (p *parser) whole() (*wasm.Module, error) {
	p.seek(0)
	wrapped := p.tok.kind == tokLParen && p.is(p.ahead, "module")
	start := 0
	if wrapped {
		p.advance()
		start = p.tok.end
		p.advance()
		if p.tok.kind == tokID {
			start = p.tok.end
			p.name = p.identifier()
		}
	}
	return p.module(start, wrapped)
}

// module reads the fields from offset start on, to a closing parenthesis if the
// module is wrapped in (module ...), else to the end of the text.
func (p *parser) module(start int, wrapped bool) (*wasm.Module, error) {
	if p.err == nil {
		fields, end := p.scan(start, wrapped)
		p.lex.src, p.lex.customs = p.lex.src[:end], false
		p.reserve()
		p.types(fields)
		p.fields(fields)
		p.checkInline()
	}
	if p.err != nil {
		return nil, p.err
	}
	p.finish()
	return p.m, nil
}

// reserve makes room for the entries that scan has counted.
func (p *parser) reserve() {
	m, s := p.m, &p.spaces
	m.Types = make([]wasm.SubType, 0, s.types.n)
	m.RecGroups = make([]wasm.RecGroup, 0, s.types.n)
	m.Funcs = make([]uint32, 0, s.funcs.n)
	m.Bodies = make([]wasm.Body, 0, s.funcs.n)
	m.Tables = make([]wasm.Table, 0, s.tables.n)
	m.Memories = make([]wasm.MemoryType, 0, s.memories.n)
	m.Globals = make([]wasm.Global, 0, s.globals.n)
	m.Tags = make([]uint32, 0, s.tags.n)
	m.Elems = make([]wasm.ElemSegment, 0, s.elems.n)
	p.datas = make([]wasm.DataSegment, 0, s.datas.n)
}
