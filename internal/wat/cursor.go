package wat

// cursor is a place in a text: it reads tokens one after the other, with one of
// lookahead. The first error sticks: from then on the cursor sees the end of the
// text, so that every loop ends, and no later error replaces it.
type cursor struct {
	lex        lexer
	tok, ahead token // the next two tokens
	last       int   // where the token ends that was consumed last
	err        error
}

// seek makes the token at offset off the next one.
func (c *cursor) seek(off int) {
	if c.err != nil {
		return
	}
	c.lex.pos = off
	c.tok = c.lexToken()
	c.ahead = c.lexToken()
}

// advance consumes a token.
func (c *cursor) advance() {
	c.last = c.tok.end
	c.tok = c.ahead
	if c.tok.kind != tokEOF {
		c.ahead = c.lexToken()
	}
}

func (c *cursor) lexToken() token {
	if c.err == nil {
		tok, err := c.lex.next()
		if err == nil {
			return tok
		}
		c.err = err
	}
	return c.eof()
}

func (c *cursor) eof() token { return token{tokEOF, len(c.lex.src), len(c.lex.src)} }

// failAt records an error at offset off, unless there is one already.
func (c *cursor) failAt(off int, format string, args ...any) {
	if c.err == nil {
		c.err = c.lex.fail(off, format, args...)
	}
	c.tok, c.ahead = c.eof(), c.eof()
}

// unexpected fails at the next token.
func (c *cursor) unexpected(want string) {
	got := "the end"
	if c.tok.kind != tokEOF {
		got = "\"" + clip(c.text()) + "\""
	}
	c.failAt(c.tok.start, "unexpected token: got %s, expected %s", got, want)
}

// text is the next token as it is written.
func (c *cursor) text() string { return c.lex.src[c.tok.start:c.tok.end] }

// is reports whether tok is the keyword kw.
func (c *cursor) is(tok token, kw string) bool {
	return tok.kind == tokKeyword && c.lex.src[tok.start:tok.end] == kw
}

// keyword consumes kw if it is next.
func (c *cursor) keyword(kw string) bool {
	if !c.is(c.tok, kw) {
		return false
	}
	c.advance()
	return true
}

// opens reports whether "(kw" is next.
func (c *cursor) opens(kw string) bool { return c.tok.kind == tokLParen && c.is(c.ahead, kw) }

// open consumes "(kw" if it is next.
func (c *cursor) open(kw string) bool {
	if !c.opens(kw) {
		return false
	}
	c.advance()
	c.advance()
	return true
}

// close consumes a closing parenthesis, which must be next.
func (c *cursor) close() {
	if c.tok.kind != tokRParen {
		c.unexpected(")")
		return
	}
	c.advance()
}

// more reports whether something stands before the closing parenthesis.
func (c *cursor) more() bool { return c.tok.kind != tokRParen && c.tok.kind != tokEOF }

// identifier consumes the identifier that is next.
func (c *cursor) identifier() string {
	name, err := c.lex.decodeID(c.tok)
	if err != nil {
		c.failAt(c.tok.start, "%s", err.(*Error).Msg)
	}
	c.advance()
	return name
}

// optIdentifier consumes an identifier if one is next; "" stands for none.
func (c *cursor) optIdentifier() string {
	if c.tok.kind != tokID {
		return ""
	}
	return c.identifier()
}

// str consumes a string, which must be next.
func (c *cursor) str() string {
	if c.tok.kind != tokString {
		c.unexpected("a string")
		return ""
	}
	s := c.lex.decodeString(c.tok)
	c.advance()
	return s
}

// utf8Name consumes a string that must be UTF-8.
func (c *cursor) utf8Name() string {
	if c.tok.kind != tokString {
		c.unexpected("a string")
		return ""
	}
	s, err := c.lex.decodeName(c.tok)
	if err != nil {
		c.failAt(c.tok.start, "%s", err.(*Error).Msg)
	}
	c.advance()
	return s
}

// strings consumes strings while they follow and joins them.
func (c *cursor) strings() []byte {
	b := []byte{}
	for c.tok.kind == tokString {
		b = append(b, c.str()...)
	}
	return b
}

// uint consumes a natural number of up to bits bits.
func (c *cursor) uint(bits uint) uint64 {
	if c.tok.kind != tokNumber {
		c.unexpected("a number")
		return 0
	}
	v, ok := parseUint(c.text(), bits)
	if !ok {
		c.failAt(c.tok.start, "i%d constant out of range or malformed: %s", bits, clip(c.text()))
	}
	c.advance()
	return v
}

// int consumes an integer of bits bits, signed or not.
func (c *cursor) int(bits uint) uint64 {
	v, ok := parseInt(c.text(), bits)
	if c.tok.kind != tokNumber || !ok {
		c.failAt(c.tok.start, "i%d constant out of range or malformed: %s", bits, clip(c.text()))
	}
	c.advance()
	return v
}

// float consumes a floating-point literal and returns its bits.
func (c *cursor) float(f floatFormat) uint64 {
	v, ok := f.parse(c.text())
	if !ok {
		c.failAt(c.tok.start, "f%d constant out of range or malformed: %s", f.bits, clip(c.text()))
	}
	c.advance()
	return v
}
