package wat

import (
	"strings"
	"unicode/utf8"
)

// unescape reads the escape sequence at the start of s: how long it is, 0 if it is
// none, and what it stands for, a byte unless isRune (core 6.3.3).
func unescape(s string) (n int, r rune, isRune bool) {
	if len(s) < 2 {
		return 0, 0, false
	}
	switch s[1] {
	case 't':
		return 2, '\t', false
	case 'n':
		return 2, '\n', false
	case 'r':
		return 2, '\r', false
	case '"', '\'', '\\':
		return 2, rune(s[1]), false
	case 'u':
		return unescapeRune(s)
	}
	hi := hexValue(s[1])
	if hi < 0 || len(s) < 3 {
		return 0, 0, false
	}
	lo := hexValue(s[2])
	if lo < 0 {
		return 0, 0, false
	}
	return 3, rune(hi<<4 | lo), false
}

// unescapeRune reads \u{hexnum}, which must name a Unicode scalar value.
func unescapeRune(s string) (n int, r rune, isRune bool) {
	if len(s) < 5 || s[2] != '{' {
		return 0, 0, false
	}
	digit := false // whether the character before was a digit
	for i := 3; i < len(s); i++ {
		c := s[i]
		switch v := hexValue(c); {
		case v >= 0:
			r = r<<4 | rune(v)
			digit = true
		case c == '_' && digit:
			digit = false
		case c == '}' && digit && utf8.ValidRune(r):
			return i + 1, r, true
		default:
			return 0, 0, false
		}
		if r > utf8.MaxRune {
			return 0, 0, false
		}
	}
	return 0, 0, false
}

// hexValue is the value of a hexadecimal digit, or -1.
func hexValue(c byte) int {
	switch {
	case c >= '0' && c <= '9':
		return int(c - '0')
	case c >= 'a' && c <= 'f':
		return int(c-'a') + 10
	case c >= 'A' && c <= 'F':
		return int(c-'A') + 10
	}
	return -1
}

// decodeString is the bytes that the string token tok stands for. The lexer has
// checked its escapes.
func (l *lexer) decodeString(tok token) string {
	body := l.src[tok.start+1 : tok.end-1]
	if strings.IndexByte(body, '\\') < 0 {
		return body
	}
	var b strings.Builder
	for i := 0; i < len(body); {
		if body[i] != '\\' {
			b.WriteByte(body[i])
			i++
			continue
		}
		n, r, isRune := unescape(body[i:])
		if isRune {
			b.WriteRune(r)
		} else {
			b.WriteByte(byte(r))
		}
		i += n
	}
	return b.String()
}

// decodeName is decodeString for a string that must be UTF-8: a name (core 6.3.4).
func (l *lexer) decodeName(tok token) (string, error) {
	s := l.decodeString(tok)
	if !utf8.ValidString(s) {
		return "", l.fail(tok.start, "malformed UTF-8 encoding")
	}
	return s, nil
}

// decodeID is the name of an identifier without its $; both ways of writing one
// name are the same identifier (core 6.3.5).
func (l *lexer) decodeID(tok token) (string, error) {
	if l.src[tok.start+1] != '"' {
		return l.src[tok.start+1 : tok.end], nil
	}
	name, err := l.decodeName(token{tokString, tok.start + 1, tok.end})
	if err == nil && name == "" {
		err = l.fail(tok.start, "empty identifier")
	}
	return name, err
}
