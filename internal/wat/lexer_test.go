package wat

import (
	"strings"
	"testing"
)

// TestTokens splits text into tokens: a word for each kind.
func TestTokens(t *testing.T) {
	words := [...]string{tokEOF: "end", tokLParen: "(", tokRParen: ")", tokString: "string", tokID: "id",
		tokKeyword: "keyword", tokNumber: "number", tokReserved: "reserved", tokAnnot: "annotation"}
	for _, tc := range []struct{ text, want string }{
		{"(func$f)", "( keyword )"},
		{"(func $f 0x1p-2 -nan)", "( keyword id number number )"},
		{`$"a b" $" $`, "unclosed string"},
		{`$"a b" $`, "id reserved"},
		{`"a""b" "c"`, "reserved string"},
		{`0$x $x"a" {}`, "number reserved reserved reserved"},
		{"a;;comment\nb(;c(;d;)e;)f", "keyword keyword keyword"},
		{"(@a (b ) \"c)\" (@) ; \n) x", "keyword"},
		{`(@"a b" x) y`, "keyword"},
		{"(@)", "empty annotation id"},
		{"(@a", "unclosed annotation"},
		{"(; (; ;)", "unclosed comment"},
		{"\"a\nb\"", "illegal character"},
		{`"\q"`, "malformed escape"},
		{`"\u{d800}"`, "malformed escape"},
		{"\xff", "malformed UTF-8"},
		{";; \xff", "malformed UTF-8"},
		{"é", "illegal character"},
	} {
		l := lexer{src: tc.text}
		var got []string
		for {
			tok, err := l.next()
			if err != nil {
				got = []string{err.Error()}
				break
			}
			if tok.kind == tokEOF {
				break
			}
			got = append(got, words[tok.kind])
		}
		if s := strings.Join(got, " "); s != tc.want && !(len(got) == 1 && strings.Contains(s, tc.want)) {
			t.Errorf("%q: %s, want %s", tc.text, s, tc.want)
		}
	}
}
