package wat

import "github.com/wazedge/wazedge/internal/wasm"

// parser reads one module. The first error sticks: from then on the parser sees
// the end of the text, so that every loop ends, and no later error replaces it.
type parser struct {
	lex        lexer
	tok, ahead token // the next two tokens
	err        error

	m      *wasm.Module
	name   string // of the module
	spaces spaces

	implicit map[string]uint32 // function types by [typeKey]: the first index of each
	inline   []inlineUse
	count    [5]uint32 // entries so far of each index space that can be imported
	defined  bool      // a definition was seen: imports may not follow
	dataUsed bool      // an instruction names a data segment
	locals   []namedLocals
	customs  []placedCustom

	body body // state of the instruction sequence being read
}

// newParser reads the fields of a module in src[start:end]; places in errors are
// those of the whole of src.
func newParser(src string, start, end int) *parser {
	return &parser{
		lex:      lexer{src: src[:end], pos: start},
		m:        &wasm.Module{},
		implicit: map[string]uint32{},
	}
}

// Parse reads a module: (module $id? field*), or its fields alone. Identifiers go
// to the name section. Errors are of type [*Error].
func Parse(src []byte) (*wasm.Module, error) {
	text := string(src)
	p := newParser(text, 0, len(text))
	p.seek(0)
	wrapped := p.tok.kind == tokLParen && p.is(p.ahead, "module")
	start := 0
	if wrapped {
		p.advance()
		start = p.ahead.start
		p.advance()
		if p.tok.kind == tokID {
			p.name = p.identifier()
			start = p.tok.start
		}
	}
	return p.module(start, wrapped)
}

// module reads the fields from offset start on, to a closing parenthesis if the
// module is wrapped in (module ...), else to the end of the text.
func (p *parser) module(start int, wrapped bool) (*wasm.Module, error) {
	if p.err == nil {
		fields, end := p.scan(start, wrapped)
		p.lex.src = p.lex.src[:end]
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

// seek makes the token at offset off the next one.
func (p *parser) seek(off int) {
	if p.err != nil {
		return
	}
	p.lex.pos = off
	p.tok = p.lexToken()
	p.ahead = p.lexToken()
}

// advance consumes a token.
func (p *parser) advance() {
	p.tok = p.ahead
	if p.tok.kind != tokEOF {
		p.ahead = p.lexToken()
	}
}

func (p *parser) lexToken() token {
	if p.err == nil {
		tok, err := p.lex.next()
		if err == nil {
			return tok
		}
		p.err = err
	}
	return p.eof()
}

func (p *parser) eof() token { return token{tokEOF, len(p.lex.src), len(p.lex.src)} }

// failAt records an error at offset off, unless there is one already.
func (p *parser) failAt(off int, format string, args ...any) {
	if p.err == nil {
		p.err = p.lex.fail(off, format, args...)
	}
	p.tok, p.ahead = p.eof(), p.eof()
}

// unexpected fails at the next token.
func (p *parser) unexpected(want string) {
	got := "the end"
	if p.tok.kind != tokEOF {
		got = "\"" + clip(p.text()) + "\""
	}
	p.failAt(p.tok.start, "unexpected token: got %s, expected %s", got, want)
}

// text is the next token as it is written.
func (p *parser) text() string { return p.lex.src[p.tok.start:p.tok.end] }

// is reports whether tok is the keyword kw.
func (p *parser) is(tok token, kw string) bool {
	return tok.kind == tokKeyword && p.lex.src[tok.start:tok.end] == kw
}

// keyword consumes kw if it is next.
func (p *parser) keyword(kw string) bool {
	if !p.is(p.tok, kw) {
		return false
	}
	p.advance()
	return true
}

// opens reports whether "(kw" is next.
func (p *parser) opens(kw string) bool { return p.tok.kind == tokLParen && p.is(p.ahead, kw) }

// open consumes "(kw" if it is next.
func (p *parser) open(kw string) bool {
	if !p.opens(kw) {
		return false
	}
	p.advance()
	p.advance()
	return true
}

// close consumes a closing parenthesis, which must be next.
func (p *parser) close() {
	if p.tok.kind != tokRParen {
		p.unexpected(")")
		return
	}
	p.advance()
}

// more reports whether something stands before the closing parenthesis.
func (p *parser) more() bool { return p.tok.kind != tokRParen && p.tok.kind != tokEOF }

// identifier consumes the identifier that is next.
func (p *parser) identifier() string {
	name, err := p.lex.decodeID(p.tok)
	if err != nil {
		p.failAt(p.tok.start, "%s", err.(*Error).Msg)
	}
	p.advance()
	return name
}

// optIdentifier consumes an identifier if one is next; "" stands for none.
func (p *parser) optIdentifier() string {
	if p.tok.kind != tokID {
		return ""
	}
	return p.identifier()
}

// str consumes a string, which must be next.
func (p *parser) str() string {
	if p.tok.kind != tokString {
		p.unexpected("a string")
		return ""
	}
	s := p.lex.decodeString(p.tok)
	p.advance()
	return s
}

// utf8Name consumes a string that must be UTF-8.
func (p *parser) utf8Name() string {
	if p.tok.kind != tokString {
		p.unexpected("a string")
		return ""
	}
	s, err := p.lex.decodeName(p.tok)
	if err != nil {
		p.failAt(p.tok.start, "%s", err.(*Error).Msg)
	}
	p.advance()
	return s
}

// strings consumes strings while they follow and joins them.
func (p *parser) strings() []byte {
	b := []byte{}
	for p.tok.kind == tokString {
		b = append(b, p.str()...)
	}
	return b
}

// uint consumes a natural number of up to bits bits.
func (p *parser) uint(bits uint) uint64 {
	if p.tok.kind != tokNumber {
		p.unexpected("a number")
		return 0
	}
	v, ok := parseUint(p.text(), bits)
	if !ok {
		p.failAt(p.tok.start, "i%d constant out of range or malformed: %s", bits, clip(p.text()))
	}
	p.advance()
	return v
}

// int consumes an integer of bits bits, signed or not.
func (p *parser) int(bits uint) uint64 {
	v, ok := parseInt(p.text(), bits)
	if p.tok.kind != tokNumber || !ok {
		p.failAt(p.tok.start, "i%d constant out of range or malformed: %s", bits, clip(p.text()))
	}
	p.advance()
	return v
}

// float consumes a floating-point literal and returns its bits.
func (p *parser) float(f floatFormat) uint64 {
	v, ok := f.parse(p.text())
	if !ok {
		p.failAt(p.tok.start, "f%d constant out of range or malformed: %s", f.bits, clip(p.text()))
	}
	p.advance()
	return v
}
