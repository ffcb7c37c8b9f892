package wat

import "github.com/wazedge/wazedge/internal/wasm"

// fields reads the fields other than types, in the order of the text.
func (p *parser) fields(offs []int) {
	for _, off := range offs {
		p.seek(off)
		if p.opens("type") || p.opens("rec") {
			continue
		}
		p.advance()
		at := p.tok.start
		kw := ""
		if p.tok.kind == tokKeyword {
			kw = p.text()
		}
		p.advance()
		switch kw {
		case "import":
			p.importField()
		case "func":
			p.funcField()
		case "table":
			p.tableField()
		case "memory":
			p.memoryField()
		case "global":
			p.globalField()
		case "tag":
			p.tagField()
		case "export":
			p.exportField()
		case "start":
			p.startField()
		case "elem":
			p.elemField()
		case "data":
			p.dataField()
		default:
			p.failAt(at, "unexpected token: expected a module field")
		}
		p.close()
	}
}

// importField consumes "module" "name" (kind $id? type).
func (p *parser) importField() {
	at := p.tok.start
	im := wasm.Import{Module: p.utf8Name(), Name: p.utf8Name()}
	p.externType(&im)
	p.addImport(at, im)
}

// externType consumes the kind and type of an import.
func (p *parser) externType(im *wasm.Import) {
	if p.tok.kind != tokLParen {
		p.unexpected("(")
		return
	}
	p.advance()
	switch {
	case p.keyword("func"):
		p.optIdentifier()
		im.Kind = wasm.ExternFunc
		im.Type, _ = p.typeUse(&space{what: "parameter"})
	case p.keyword("table"):
		p.optIdentifier()
		im.Kind = wasm.ExternTable
		im.Table = p.tableType(p.addrType())
	case p.keyword("memory"):
		p.optIdentifier()
		im.Kind = wasm.ExternMemory
		im.Memory = p.memoryType(p.addrType())
	case p.keyword("global"):
		p.optIdentifier()
		im.Kind = wasm.ExternGlobal
		im.Global = p.globalType()
	case p.keyword("tag"):
		p.optIdentifier()
		im.Kind = wasm.ExternTag
		im.Type, _ = p.typeUse(&space{what: "parameter"})
	default:
		p.unexpected("func, table, memory, global or tag")
	}
	p.close()
}

// addImport adds an import, which must stand before all definitions: it would
// shift their indices (core 6.6.13).
func (p *parser) addImport(at int, im wasm.Import) {
	if p.defined {
		p.failAt(at, "import after a definition")
	}
	p.m.Imports = append(p.m.Imports, im)
	p.count[im.Kind]++
}

// define notes that a definition of kind k was read and returns its index.
func (p *parser) define(k wasm.ExternKind) uint32 {
	p.defined = true
	p.count[k]++
	return p.count[k] - 1
}

// inlineExports consumes (export "name")* for the entry that is defined next, of
// kind k.
func (p *parser) inlineExports(k wasm.ExternKind) {
	for p.open("export") {
		p.m.Exports = append(p.m.Exports, wasm.Export{Name: p.utf8Name(), Kind: k, Index: p.count[k]})
		p.close()
	}
}

// inlineImport consumes (import "module" "name") if it is next.
func (p *parser) inlineImport(k wasm.ExternKind) (im wasm.Import, ok bool) {
	if !p.open("import") {
		return im, false
	}
	im = wasm.Import{Kind: k, Module: p.utf8Name(), Name: p.utf8Name()}
	p.close()
	return im, true
}

// funcField consumes what follows "(func".
func (p *parser) funcField() {
	at := p.tok.start
	p.optIdentifier()
	p.inlineExports(wasm.ExternFunc)
	locals := &space{what: "local"}
	if im, ok := p.inlineImport(wasm.ExternFunc); ok {
		im.Type, _ = p.typeUse(locals)
		p.addImport(at, im)
		return
	}
	index := p.define(wasm.ExternFunc)
	typ, _ := p.typeUse(locals)
	p.m.Funcs = append(p.m.Funcs, typ)
	p.body.places.begin(len(p.m.Bodies))
	p.m.Bodies = append(p.m.Bodies, wasm.Body{Code: p.function(locals)})
	p.body.places.end()
	p.keepLocals(index, locals)
}

// tableField consumes what follows "(table".
func (p *parser) tableField() {
	at := p.tok.start
	p.optIdentifier()
	p.inlineExports(wasm.ExternTable)
	if im, ok := p.inlineImport(wasm.ExternTable); ok {
		im.Table = p.tableType(p.addrType())
		p.addImport(at, im)
		return
	}
	index := p.define(wasm.ExternTable)
	addr64 := p.addrType()
	if p.isValType() {
		p.tableOfElems(index, addr64)
		return
	}
	t := wasm.Table{Type: p.tableType(addr64)}
	if p.more() {
		t.Init = p.expr()
	}
	p.m.Tables = append(p.m.Tables, t)
}

// tableOfElems consumes "reftype (elem ...)", which gives a table its size and
// contents (core 6.6.6).
func (p *parser) tableOfElems(index uint32, addr64 bool) {
	seg := wasm.ElemSegment{Table: index, Offset: zeroOffset(addr64), Type: p.refType()}
	elem := seg.Type
	if !p.open("elem") {
		p.unexpected("(elem")
		return
	}
	if p.isIndex() {
		seg.Funcs = p.funcIndices()
	} else {
		seg.Exprs = p.elemExprs()
	}
	p.close()
	n := uint64(len(seg.Funcs) + len(seg.Exprs))
	if seg.Exprs == nil && (elem != wasm.FuncRef && elem != wasm.Ref(wasm.HeapFunc)) {
		seg.Exprs, seg.Funcs = refFuncs(seg.Funcs), nil
	}
	p.m.Tables = append(p.m.Tables, wasm.Table{Type: wasm.TableType{
		Elem: elem, Limits: wasm.Limits{Min: n, Max: n, HasMax: true, Addr64: addr64},
	}})
	p.addElem(seg)
}

// memoryField consumes what follows "(memory".
func (p *parser) memoryField() {
	at := p.tok.start
	p.optIdentifier()
	p.inlineExports(wasm.ExternMemory)
	if im, ok := p.inlineImport(wasm.ExternMemory); ok {
		im.Memory = p.memoryType(p.addrType())
		p.addImport(at, im)
		return
	}
	index := p.define(wasm.ExternMemory)
	addr64 := p.addrType()
	if !p.open("data") {
		p.m.Memories = append(p.m.Memories, p.memoryType(addr64))
		return
	}
	seg := wasm.DataSegment{Memory: index, Offset: zeroOffset(addr64), Init: p.strings()}
	p.close()
	pages := (uint64(len(seg.Init)) + 0xFFFF) >> 16
	p.m.Memories = append(p.m.Memories, wasm.MemoryType{
		Limits: wasm.Limits{Min: pages, Max: pages, HasMax: true, Addr64: addr64},
	})
	p.addData(seg)
}

// globalField consumes what follows "(global".
func (p *parser) globalField() {
	at := p.tok.start
	p.optIdentifier()
	p.inlineExports(wasm.ExternGlobal)
	if im, ok := p.inlineImport(wasm.ExternGlobal); ok {
		im.Global = p.globalType()
		p.addImport(at, im)
		return
	}
	p.define(wasm.ExternGlobal)
	g := wasm.Global{Type: p.globalType()}
	g.Init = p.expr()
	p.m.Globals = append(p.m.Globals, g)
}

// tagField consumes what follows "(tag".
func (p *parser) tagField() {
	at := p.tok.start
	p.optIdentifier()
	p.inlineExports(wasm.ExternTag)
	if im, ok := p.inlineImport(wasm.ExternTag); ok {
		im.Type, _ = p.typeUse(&space{what: "parameter"})
		p.addImport(at, im)
		return
	}
	p.define(wasm.ExternTag)
	typ, _ := p.typeUse(&space{what: "parameter"})
	p.m.Tags = append(p.m.Tags, typ)
}

// exportField consumes what follows "(export".
func (p *parser) exportField() {
	ex := wasm.Export{Name: p.utf8Name()}
	if p.tok.kind != tokLParen {
		p.unexpected("(")
		return
	}
	p.advance()
	var s *space
	switch {
	case p.keyword("func"):
		ex.Kind, s = wasm.ExternFunc, &p.spaces.funcs
	case p.keyword("table"):
		ex.Kind, s = wasm.ExternTable, &p.spaces.tables
	case p.keyword("memory"):
		ex.Kind, s = wasm.ExternMemory, &p.spaces.memories
	case p.keyword("global"):
		ex.Kind, s = wasm.ExternGlobal, &p.spaces.globals
	case p.keyword("tag"):
		ex.Kind, s = wasm.ExternTag, &p.spaces.tags
	default:
		p.unexpected("func, table, memory, global or tag")
		return
	}
	ex.Index = p.ref(s)
	p.close()
	p.m.Exports = append(p.m.Exports, ex)
}

// startField consumes what follows "(start".
func (p *parser) startField() {
	if p.m.Start != nil {
		p.failAt(p.tok.start, "multiple start sections")
	}
	index := p.ref(&p.spaces.funcs)
	p.m.Start = &index
}
