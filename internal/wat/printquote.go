package wat

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// quoteID is name, which is UTF-8 and not empty, as an identifier.
func quoteID(name string) string {
	for i := 0; i < len(name); i++ {
		if charClass[name[i]]&classIDChar == 0 {
			return "$" + quoteName(name)
		}
	}
	return "$" + name
}

// quoteName is a string literal for a name: characters that print stay.
func quoteName(s string) string {
	var b strings.Builder
	b.WriteByte('"')
	for i := 0; i < len(s); {
		r, n := utf8.DecodeRuneInString(s[i:])
		switch {
		case r == utf8.RuneError && n == 1, r < utf8.RuneSelf:
			writeByte(&b, s[i])
		case unicode.IsPrint(r):
			b.WriteRune(r)
		default:
			fmt.Fprintf(&b, "\\u{%x}", r)
		}
		i += n
	}
	b.WriteByte('"')
	return b.String()
}

// quoteBytes is a string literal for bytes, in ASCII.
func quoteBytes(data []byte) string {
	var b strings.Builder
	b.Grow(len(data) + 2)
	b.WriteByte('"')
	for _, c := range data {
		writeByte(&b, c)
	}
	b.WriteByte('"')
	return b.String()
}

// writeByte writes c, escaped if it does not print.
func writeByte(b *strings.Builder, c byte) {
	const digits = "0123456789abcdef"
	switch {
	case c == '"' || c == '\\':
		b.WriteByte('\\')
		b.WriteByte(c)
	case c >= 0x20 && c < 0x7F:
		b.WriteByte(c)
	default:
		b.WriteByte('\\')
		b.WriteByte(digits[c>>4])
		b.WriteByte(digits[c&15])
	}
}
