package wat

import "github.com/wazedge/wazedge/internal/wasm"

// elemField consumes what follows "(elem" (core 6.6.9).
func (p *parser) elemField() {
	p.optIdentifier()
	seg := wasm.ElemSegment{Mode: wasm.Passive}
	inTable := false
	switch {
	case p.keyword("declare"):
		seg.Mode = wasm.Declarative
	case p.open("table"):
		seg.Mode, inTable = wasm.Active, true
		seg.Table = p.ref(&p.spaces.tables)
		p.close()
		seg.Offset = p.offset()
	case p.tok.kind == tokNumber: // how version 1 wrote the table
		seg.Mode, seg.Table = wasm.Active, p.ref(&p.spaces.tables)
		seg.Offset = p.offset()
	case p.tok.kind == tokLParen && !p.opens("ref"):
		seg.Mode = wasm.Active
		seg.Offset = p.offset()
	}
	switch {
	case p.keyword("func"):
		seg.Type, seg.Funcs = wasm.Ref(wasm.HeapFunc), p.funcIndices()
	case seg.Mode == wasm.Active && !inTable && (p.isIndex() || !p.more()):
		seg.Type, seg.Funcs = wasm.Ref(wasm.HeapFunc), p.funcIndices()
	default:
		seg.Type = p.refType()
		seg.Exprs = p.elemExprs()
	}
	p.addElem(seg)
}

// offset consumes the offset of an active segment: (offset expr), or one folded
// instruction.
func (p *parser) offset() wasm.Expr {
	if p.open("offset") {
		e := p.expr()
		p.close()
		return e
	}
	return p.foldedExpr()
}

// funcIndices consumes function indices while they follow.
func (p *parser) funcIndices() []uint32 {
	list := []uint32{}
	for p.isIndex() {
		list = append(list, p.ref(&p.spaces.funcs))
	}
	return list
}

// elemExprs consumes elements while they follow: (item expr), or one folded
// instruction each.
func (p *parser) elemExprs() []wasm.Expr {
	list := []wasm.Expr{}
	for p.tok.kind == tokLParen {
		if p.open("item") {
			list = append(list, p.expr())
			p.close()
		} else {
			list = append(list, p.foldedExpr())
		}
	}
	return list
}

// addElem adds an element segment in the shortest form that can say it
// (core 5.5.12): bit 0 of the flags says that it is not active, bit 1 that a table
// index or, without a table, "declarative" is written, bit 2 that elements are
// expressions.
func (p *parser) addElem(seg wasm.ElemSegment) {
	if seg.Exprs != nil {
		seg.Flags = 4
	} else {
		seg.Type = wasm.Ref(wasm.HeapFunc)
	}
	switch seg.Mode {
	case wasm.Passive:
		seg.Flags |= 1
	case wasm.Declarative:
		seg.Flags |= 3
	case wasm.Active:
		if seg.Table != 0 || seg.Exprs != nil && seg.Type != wasm.FuncRef {
			seg.Flags |= 2
		}
	}
	p.m.Elems = append(p.m.Elems, seg)
}

// refFuncs are the expressions that refer to functions.
func refFuncs(funcs []uint32) []wasm.Expr {
	list := []wasm.Expr{}
	for _, f := range funcs {
		list = append(list, constExpr(&wasm.Instr{Op: wasm.OpRefFunc, X: f}))
	}
	return list
}

// zeroOffset is the constant 0 of an address type.
func zeroOffset(addr64 bool) wasm.Expr {
	if addr64 {
		return constExpr(&wasm.Instr{Op: wasm.OpI64Const})
	}
	return constExpr(&wasm.Instr{Op: wasm.OpI32Const})
}

// constExpr is the expression of one instruction.
func constExpr(in *wasm.Instr) wasm.Expr {
	code := wasm.AppendInstr(nil, in)
	return wasm.Expr{Code: wasm.AppendInstr(code, &wasm.Instr{Op: wasm.OpEnd})}
}

// dataField consumes what follows "(data" (core 6.6.8).
func (p *parser) dataField() {
	p.optIdentifier()
	seg := wasm.DataSegment{Mode: wasm.Passive}
	switch {
	case p.open("memory"):
		seg.Mode = wasm.Active
		seg.Memory = p.ref(&p.spaces.memories)
		p.close()
		seg.Offset = p.offset()
	case p.tok.kind == tokNumber: // how version 1 wrote the memory
		seg.Mode, seg.Memory = wasm.Active, p.ref(&p.spaces.memories)
		seg.Offset = p.offset()
	case p.tok.kind == tokLParen:
		seg.Mode = wasm.Active
		seg.Offset = p.offset()
	}
	seg.Init = p.strings()
	p.addData(seg)
}

// addData adds a data segment with the flags its form needs (core 5.5.14).
func (p *parser) addData(seg wasm.DataSegment) {
	switch {
	case seg.Mode == wasm.Passive:
		seg.Flags = 1
	case seg.Memory != 0:
		seg.Flags = 2
	}
	p.datas = append(p.datas, seg)
}
