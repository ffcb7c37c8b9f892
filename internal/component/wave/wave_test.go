package wave_test

import (
	"testing"

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
		v, err := wave.Parse(tc.text, typ)
		if err != nil {
			t.Errorf("%s of %s: %v", tc.text, tc.typ, err)
			continue
		}
		got := wave.Format(v, typ)
		if got != tc.want {
			t.Errorf("%s of %s is written %s, want %s", tc.text, tc.typ, got, tc.want)
		}
		again, err := wave.Parse(got, typ)
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
		if v, err := wave.Parse(tc.text, typeOf(t, tc.typ)); err == nil {
			t.Errorf("%q is a value of %s: %v", tc.text, tc.typ, v)
		}
	}
}
