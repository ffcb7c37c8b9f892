package wat

import "unicode/utf8"

// tokenKind is the class of a token (core 6.2.2).
type tokenKind uint8

const (
	tokEOF tokenKind = iota
	tokLParen
	tokRParen
	tokString
	tokID       // $name or $"name"
	tokKeyword  // begins with a lower-case letter
	tokNumber   // begins with a digit or a sign; its form is checked where it is used
	tokReserved // what no production uses
	tokAnnot    // "(@id" of an annotation
)

// token is a token's class and its place in the source.
type token struct {
	kind       tokenKind
	start, end int
}

// lexer splits text into tokens. Comments and annotations are white space.
type lexer struct {
	src string
	pos int

	// customs lets annotations through that stand for custom sections, where depth,
	// the number of parentheses that are open, is 0.
	customs bool
	depth   int
}

// Character classes of bytes.
const (
	classIDChar = 1 << iota
	classSpace
	classLone // , ; [ ] { } stand for themselves, as reserved tokens
)

var charClass = func() (t [256]uint8) {
	for c := '0'; c <= '9'; c++ {
		t[c] = classIDChar
	}
	for c := 'a'; c <= 'z'; c++ {
		t[c], t[c-'a'+'A'] = classIDChar, classIDChar
	}
	for _, c := range "!#$%&'*+-./:<=>?@\\^_`|~" {
		t[c] = classIDChar
	}
	for _, c := range " \t\n\r" {
		t[c] = classSpace
	}
	for _, c := range ",;[]{}" {
		t[c] = classLone
	}
	return t
}()

func (l *lexer) fail(off int, format string, args ...any) error {
	return errorAt(l.src, off, format, args...)
}

// next is the next token that is not white space.
func (l *lexer) next() (token, error) {
	for {
		tok, err := l.raw()
		if err != nil {
			return tok, err
		}
		switch tok.kind {
		case tokLParen:
			l.depth++
			return tok, nil
		case tokRParen:
			l.depth--
			return tok, nil
		case tokAnnot:
		default:
			return tok, nil
		}
		id, err := l.annotID(tok)
		if err != nil {
			return tok, err
		}
		if l.customs && l.depth == 0 && id == "custom" {
			l.depth++
			return tok, nil
		}
		if err := l.skipAnnotation(tok); err != nil {
			return tok, err
		}
	}
}

// annotID is the identifier of the annotation that tok opens.
func (l *lexer) annotID(tok token) (string, error) {
	text := l.src[tok.start+2 : tok.end]
	if text == "" || text[0] != '"' {
		if text == "" {
			return "", l.fail(tok.start, "empty annotation id")
		}
		return text, nil
	}
	name, err := l.decodeName(token{tokString, tok.start + 2, tok.end})
	if err == nil && name == "" {
		err = l.fail(tok.start, "empty annotation id")
	}
	return name, err
}

// skipAnnotation reads past the annotation that open began. Its contents are any
// tokens with parentheses that match (core 6.2.5).
func (l *lexer) skipAnnotation(open token) error {
	for depth := 1; depth > 0; {
		tok, err := l.raw()
		if err != nil {
			return err
		}
		switch tok.kind {
		case tokLParen, tokAnnot:
			depth++
		case tokRParen:
			depth--
		case tokEOF:
			return l.fail(open.start, "unclosed annotation")
		}
	}
	return nil
}

// raw is the next token, the openings of annotations among them.
func (l *lexer) raw() (token, error) {
	if err := l.skipSpace(); err != nil {
		return token{}, err
	}
	start := l.pos
	if start >= len(l.src) {
		return token{tokEOF, start, start}, nil
	}
	switch c := l.src[start]; {
	case c == '(':
		if start+1 < len(l.src) && l.src[start+1] == '@' {
			return l.annotOpen()
		}
		l.pos++
		return token{tokLParen, start, l.pos}, nil
	case c == ')':
		l.pos++
		return token{tokRParen, start, l.pos}, nil
	case charClass[c]&classLone != 0:
		l.pos++
		return token{tokReserved, start, l.pos}, nil
	case c == '"' || charClass[c]&classIDChar != 0:
		return l.word()
	default:
		return token{}, l.illegal(start)
	}
}

// annotOpen reads "(@" and the identifier behind it, which may be empty.
func (l *lexer) annotOpen() (token, error) {
	start := l.pos
	l.pos += 2
	if l.pos < len(l.src) && l.src[l.pos] == '"' {
		if err := l.skipString(); err != nil {
			return token{}, err
		}
	} else {
		l.skipIDChars()
	}
	return token{tokAnnot, start, l.pos}, nil
}

func (l *lexer) skipIDChars() {
	for l.pos < len(l.src) && charClass[l.src[l.pos]]&classIDChar != 0 {
		l.pos++
	}
}

// word reads the longest run of identifier characters and strings: one token,
// since tokens other than parentheses need space between them (core 6.2.2).
func (l *lexer) word() (token, error) {
	start := l.pos
	first := l.src[start]
	strings, parts := 0, 0
	for l.pos < len(l.src) {
		at := l.pos
		if l.src[at] == '"' {
			if err := l.skipString(); err != nil {
				return token{}, err
			}
			strings++
		} else {
			l.skipIDChars()
		}
		if l.pos == at {
			break
		}
		parts++
	}
	tok := token{tokReserved, start, l.pos}
	switch {
	case parts == 1 && first == '"':
		tok.kind = tokString
	case first == '$' && strings == 0 && l.pos > start+1, parts == 2 && strings == 1 && l.src[start:start+2] == `$"`:
		tok.kind = tokID
	case strings > 0:
	case first >= 'a' && first <= 'z':
		tok.kind = tokKeyword
	case first >= '0' && first <= '9' || first == '+' || first == '-':
		tok.kind = tokNumber
	}
	return tok, nil
}

// skipString reads past a string and checks its characters and escapes.
func (l *lexer) skipString() error {
	start := l.pos
	l.pos++
	for l.pos < len(l.src) {
		switch c := l.src[l.pos]; {
		case c == '"':
			l.pos++
			return nil
		case c == '\\':
			n, _, _ := unescape(l.src[l.pos:])
			if n == 0 {
				return l.fail(l.pos, "malformed escape in string")
			}
			l.pos += n
		case c < 0x20 || c == 0x7F:
			return l.illegal(l.pos)
		case c < utf8.RuneSelf:
			l.pos++
		default:
			if err := l.skipRune(); err != nil {
				return err
			}
		}
	}
	return l.fail(start, "unclosed string")
}

// skipRune reads past a character beyond ASCII.
func (l *lexer) skipRune() error {
	r, n := utf8.DecodeRuneInString(l.src[l.pos:])
	if r == utf8.RuneError && n <= 1 {
		return l.fail(l.pos, "malformed UTF-8 encoding")
	}
	l.pos += n
	return nil
}

func (l *lexer) illegal(off int) error {
	r, n := utf8.DecodeRuneInString(l.src[off:])
	if r == utf8.RuneError && n <= 1 {
		return l.fail(off, "malformed UTF-8 encoding")
	}
	return l.fail(off, "illegal character %q", r)
}

// skipSpace reads past blanks and comments (core 6.2.3, 6.2.4).
func (l *lexer) skipSpace() error {
	for l.pos < len(l.src) {
		switch c := l.src[l.pos]; {
		case charClass[c]&classSpace != 0:
			l.pos++
		case c == ';' && l.at(1) == ';':
			if err := l.skipLine(); err != nil {
				return err
			}
		case c == '(' && l.at(1) == ';':
			if err := l.skipBlockComment(); err != nil {
				return err
			}
		default:
			return nil
		}
	}
	return nil
}

// at is the byte n behind the next one, or 0 at the end.
func (l *lexer) at(n int) byte {
	if l.pos+n < len(l.src) {
		return l.src[l.pos+n]
	}
	return 0
}

// skipLine reads past a line comment, whose end is a line feed or carriage return.
func (l *lexer) skipLine() error {
	for l.pos < len(l.src) {
		switch c := l.src[l.pos]; {
		case c == '\n' || c == '\r':
			return nil
		case c < utf8.RuneSelf:
			l.pos++
		default:
			if err := l.skipRune(); err != nil {
				return err
			}
		}
	}
	return nil
}

// skipBlockComment reads past a block comment; these nest.
func (l *lexer) skipBlockComment() error {
	start := l.pos
	for depth := 0; l.pos < len(l.src); {
		switch c := l.src[l.pos]; {
		case c == '(' && l.at(1) == ';':
			depth++
			l.pos += 2
		case c == ';' && l.at(1) == ')':
			depth--
			l.pos += 2
			if depth == 0 {
				return nil
			}
		case c < utf8.RuneSelf:
			l.pos++
		default:
			if err := l.skipRune(); err != nil {
				return err
			}
		}
	}
	return l.fail(start, "unclosed comment")
}
