package wave_test

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/wazedge/wazedge/internal/component/exec"
	"github.com/wazedge/wazedge/internal/component/types"
	"github.com/wazedge/wazedge/internal/component/validate"
	"github.com/wazedge/wazedge/internal/component/wave"
	"github.com/wazedge/wazedge/internal/wasm"
	"github.com/wazedge/wazedge/internal/wat"
)

// typeOf is the last type that the component with the definitions in text has.
func typeOf(t *testing.T, text string) types.ValType {
	t.Helper()
	c, err := wat.ParseComponent([]byte("(component " + text + ")"))
	if err != nil {
		t.Fatal(err)
	}
	r, err := validate.Component(c, validate.Options{Features: wasm.Wasm3})
	if err != nil {
		t.Fatal(err)
	}
	return types.ValType{Type: r.Items[len(r.Items)-1].Type}
}

// TestTexts states what values look like, and that what is written is read as the same.
func TestTexts(t *testing.T) {
	const record = `(type $e (enum "red" "light-blue")) (type $r (record (field "a" u32) (field "b" string) (field "c" (option s8)) (field "d" $e)))`
	for _, tc := range []struct{ typ, text, want string }{
		{"(type u8)", "255", "255"},
		{"(type u8)", "0x10", "16"},
		{"(type s64)", "-9223372036854775808", "-9223372036854775808"},
		{"(type bool)", " true ", "true"},
		{"(type f32)", "1.5e3", "1500"},
		{"(type f64)", "-inf", "-inf"},
		{"(type f64)", "nan", "nan"},
		{"(type char)", `'☃'`, `'☃'`},
		{"(type char)", `'\u{7}'`, `'\u{7}'`},
		{"(type string)", `"a\"b\n"`, `"a\"b\n"`},
		{"(type (list s16))", "[1, -2,3,]", "[1, -2, 3]"},
		{"(type (list string))", `["a", ""]`, `["a", ""]`},
		{"(type (list u8))", "[]", "[]"},
		{"(type (tuple u8 string))", `(1, "x")`, `(1, "x")`},
		{"(type (option u8))", "some(3)", "some(3)"},
		{"(type (option u8))", "3", "some(3)"},
		{"(type (option u8))", "none", "none"},
		{"(type (result u8 (error string)))", `err("no")`, `err("no")`},
		{"(type (result))", "ok", "ok"},
		{`(type (flags "a" "b" "c"))`, "{c, a}", "{a, c}"},
		{`(type (variant (case "x" u8) (case "y")))`, "x(1)", "x(1)"},
		{`(type (variant (case "x" u8) (case "y")))`, "y", "y"},
		{record, `{d: light-blue, b: "x", a: 1}`, `{a: 1, b: "x", d: light-blue}`},
		{record, `{a: 1, b: "x", c: some(-1), d: red}`, `{a: 1, b: "x", c: some(-1), d: red}`},
	} {
		typ := typeOf(t, tc.typ)
		v, err := wave.Parse(tc.text, typ, nil)
		if err != nil {
			t.Errorf("%s of %s: %v", tc.text, tc.typ, err)
			continue
		}
		got := wave.Format(v, typ)
		if got != tc.want {
			t.Errorf("%s of %s is written %s, want %s", tc.text, tc.typ, got, tc.want)
		}
		again, err := wave.Parse(got, typ, nil)
		if err != nil || wave.Format(again, typ) != got {
			t.Errorf("%s is read as something else: %v", got, err)
		}
	}
}

// TestMistakes states that texts which are no values of a type are refused.
func TestMistakes(t *testing.T) {
	for _, tc := range []struct{ typ, text string }{
		{"(type u8)", "256"}, {"(type u8)", "-1"}, {"(type u8)", "x"}, {"(type u8)", ""}, {"(type u8)", "1 2"},
		{"(type bool)", "yes"}, {"(type string)", "a"}, {"(type string)", `"a`}, {"(type string)", `"\q"`},
		{"(type char)", "'ab'"}, {"(type char)", `'\u{d800}'`}, {"(type (list u8))", "[1"}, {"(type (list u8))", "1"},
		{"(type (tuple u8 u8))", "(1)"}, {`(type (flags "a"))`, "{b}"}, {`(type (enum "a"))`, "b"},
		{`(type (record (field "a" u8)))`, "{}"}, {`(type (record (field "a" u8)))`, "{a: 1, a: 2}"},
		{`(type (variant (case "x" u8)))`, "x"}, {`(type (list u8 2))`, "[1]"},
	} {
		if v, err := wave.Parse(tc.text, typeOf(t, tc.typ), nil); err == nil {
			t.Errorf("%q is a value of %s: %v", tc.text, tc.typ, v)
		}
	}
}

// TestLongTexts states that whoever writes or reads a value is told of it in pieces, of all that
// it comes to, and can end it at each.
func TestLongTexts(t *testing.T) {
	const each, most = 1 << 18, 48 << 10
	long := exec.Value{Bytes: bytes.Repeat([]byte("a"), each)}
	var list exec.Value
	for range 1 << 12 {
		list.List = append(list.List, exec.Value{Bits: 99_999})
	}
	var labels strings.Builder
	for n := range 100_000 {
		fmt.Fprintf(&labels, " \"case-%d\"", n)
	}
	for _, tc := range []struct {
		typ string
		v   exec.Value
	}{
		{"(type string)", long}, {"(type (list u8))", long}, {"(type (list u64))", long},
		{"(type string)", exec.Value{Bytes: make([]byte, each), Encoding: exec.Latin1}},
		{"(type $e (enum" + labels.String() + ")) (type (list $e))", list},
	} {
		typ := typeOf(t, tc.typ)
		told, pieces := 0, 0
		b, err := wave.Append([]byte("before"), tc.v, typ, func(n int) error {
			if told += n; n > most {
				t.Errorf("%.20s: %d bytes at once", tc.typ, n)
			}
			pieces++
			return nil
		})
		if err != nil || told != len(b)-len("before") || pieces < 2 {
			t.Errorf("%.20s: told of %d bytes of %d in %d pieces, %v", tc.typ, told, len(b), pieces, err)
		}
		enough := errors.New("enough")
		if b, err = wave.Append(nil, tc.v, typ, func(int) error { return enough }); err != enough || len(b) > most {
			t.Errorf("%.20s: %d bytes and %v", tc.typ, len(b), err)
		}
		text := wave.Format(tc.v, typ)
		told = 0
		again, err := wave.Parse(text, typ, func(n int) error { told += n; return nil })
		if err != nil || told < len(again.Bytes) || told < 64*len(again.List) {
			t.Errorf("%.20s: told of %d bytes of a value, %v", tc.typ, told, err)
		}
		if _, err = wave.Parse(text, typ, func(int) error { return enough }); err != enough {
			t.Errorf("%.20s is read on: %v", tc.typ, err)
		}
	}
}

// TestMistakesAreShort states that what is wrong is told in few words, however long the text and
// however many names there are to choose from.
func TestMistakesAreShort(t *testing.T) {
	var labels strings.Builder
	for n := range 1000 {
		fmt.Fprintf(&labels, " \"case-%d\"", n)
	}
	for _, tc := range []struct{ typ, text string }{
		{"(type u8)", strings.Repeat("x", 1000)}, {"(type u8)", "1 " + strings.Repeat("☃", 1000)}, {"(type (enum" + labels.String() + "))", "nothing"},
	} {
		if _, err := wave.Parse(tc.text, typeOf(t, tc.typ), nil); err == nil || len(err.Error()) > 500 || !utf8.ValidString(err.Error()) {
			t.Errorf("%.20s: %v", tc.typ, err)
		}
	}
}
