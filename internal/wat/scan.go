package wat

// scan walks over the fields of a module without reading them: it binds the
// identifiers of all index spaces, since text may use them before it binds them,
// and notes where each field begins and where the fields end. Every kind of field
// takes its index from its place in the text: imports precede definitions.
func (p *parser) scan(start int, wrapped bool) (fields []int, end int) {
	p.spaces.init()
	for p.scanTo(start); p.err == nil; p.scanTo(start) {
		switch p.tok.kind {
		case tokAnnot:
			start = p.customAnnotation()
		case tokLParen:
			fields = append(fields, p.tok.start)
			start = p.scanField()
		case tokRParen:
			if wrapped {
				end = p.tok.start
				p.expectEnd()
				return fields, end
			}
			p.unexpected("a module field")
		case tokEOF:
			if !wrapped {
				return fields, p.tok.start
			}
			p.unexpected(")")
		default:
			p.unexpected("a module field")
		}
	}
	return fields, len(p.lex.src)
}

// scanTo makes the token at offset off, outside of all fields, the next one, and
// lets the annotations that stand for custom sections through.
func (p *parser) scanTo(off int) {
	if p.err != nil {
		return
	}
	p.lex.customs, p.lex.depth = true, 0
	p.seek(off)
}

// expectEnd fails if anything follows the next token.
func (p *parser) expectEnd() {
	p.advance()
	if p.tok.kind != tokEOF {
		p.unexpected("the end")
	}
}

// scanField binds what a field defines and returns where the field ends.
func (p *parser) scanField() (end int) {
	p.advance()
	kw := ""
	if p.tok.kind == tokKeyword {
		kw = p.text()
	}
	p.advance()
	depth := 1 // of parentheses that are open
	switch kw {
	case "rec":
		p.scanRec()
	case "import":
		depth += p.scanImport()
	default:
		if s := p.spaces.byKeyword(kw); s != nil {
			p.bind(s)
		}
	}
	return p.skip(depth, kw)
}

// scanRec binds the types of a recursion group.
func (p *parser) scanRec() {
	for p.open("type") {
		p.bind(&p.spaces.types)
		p.skip(1, "")
		p.advance()
	}
}

// scanImport binds what an import names and returns how many parentheses it left
// open.
func (p *parser) scanImport() (open int) {
	p.str()
	p.str()
	if p.tok.kind != tokLParen || p.ahead.kind != tokKeyword {
		return 0
	}
	p.advance()
	s := p.spaces.byKeyword(p.text())
	p.advance()
	if s != nil {
		p.bind(s)
	}
	return 1
}

// skip moves to the parenthesis that closes the depth-th open one and returns
// where it ends. A segment written inside a table or memory takes an index of its
// own.
func (p *parser) skip(depth int, field string) (end int) {
	for {
		switch p.tok.kind {
		case tokLParen:
			if depth == 1 && field == "table" && p.is(p.ahead, "elem") {
				p.spaces.elems.add("")
			}
			if depth == 1 && field == "memory" && p.is(p.ahead, "data") {
				p.spaces.datas.add("")
			}
			depth++
		case tokRParen:
			depth--
			if depth == 0 {
				return p.tok.end
			}
		case tokEOF:
			p.unexpected(")")
			return p.tok.end
		}
		p.advance()
	}
}
