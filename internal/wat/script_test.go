package wat

import (
	"testing"

	"github.com/wazedge/wazedge/internal/wasm"
)

// TestScriptForms reads one command of each form.
func TestScriptForms(t *testing.T) {
	for _, tc := range []struct {
		src  string
		kind CommandKind
	}{
		{`(module $m (func))`, CmdModule},
		{`(module binary "\00asm" "\01\00\00\00")`, CmdModule},
		{`(module definition $d (memory 1))`, CmdDefinition},
		{`(module instance $i $d)`, CmdInstance},
		{`(register "a" $m)`, CmdRegister},
		{`(invoke $m "f" (i32.const 1))`, CmdAction},
		{`(get "g")`, CmdAction},
		{`(assert_return (invoke "f") (f32.const nan:canonical) (ref.null) (ref.func))`, AssertReturn},
		{`(assert_trap (invoke "f") "unreachable")`, AssertTrap},
		{`(assert_trap (module (start 0)) "unreachable")`, AssertTrap},
		{`(assert_exhaustion (invoke "f") "call stack exhausted")`, AssertExhaustion},
		{`(assert_exception (invoke "f"))`, AssertException},
		{`(assert_invalid (module (func (result i32))) "type mismatch")`, AssertInvalid},
		{`(assert_malformed (module quote "(func") "unexpected end")`, AssertMalformed},
		{`(assert_malformed_custom (module quote "(@custom)") "unexpected token")`, AssertMalformedCustom},
		{`(assert_invalid_custom (module quote "") "x")`, AssertInvalidCustom},
		{`(assert_unlinkable (module (import "a" "b" (func))) "unknown import")`, AssertUnlinkable},
		{`(thread $t (shared (module $m)) (invoke "f") (wait $t))`, CmdThread},
		{`(wait $t)`, CmdWait},
		{`(func) (memory 1)`, CmdModule},
	} {
		s, err := ParseScript([]byte("\n" + tc.src))
		if err != nil {
			t.Errorf("%s: %v", tc.src, err)
			continue
		}
		if len(s.Commands) != 1 || s.Commands[0].Kind != tc.kind {
			t.Errorf("%s: read as %+v, want one %s", tc.src, s.Commands, tc.kind)
		}
	}
}

// TestModulePlaces holds errors in a script's module to their place in the script.
func TestModulePlaces(t *testing.T) {
	s, err := ParseScript([]byte("(assert_return (invoke \"f\"))\n(assert_invalid (module $m\n  (func $x (call $y))) \"x\")"))
	if err != nil {
		t.Fatal(err)
	}
	if got := s.Commands[1].Line; got != 2 {
		t.Errorf("assertion in line %d, want 2", got)
	}
	_, err = s.Commands[1].Module.Parse()
	if want := "3:18: unknown function $y"; err == nil || err.Error() != want {
		t.Errorf("got error %v, want %s", err, want)
	}
}

// TestMatch compares results with patterns.
func TestMatch(t *testing.T) {
	for _, tc := range []struct {
		pattern string
		lo, hi  uint64
		want    bool
	}{
		{"(i32.const -1)", 0xffffffff, 0, true},
		{"(i32.const 1)", 2, 0, false},
		{"(f32.const nan:canonical)", 0xffc00000, 0, true},
		{"(f32.const nan:canonical)", 0x7fc00001, 0, false},
		{"(f32.const nan:arithmetic)", 0x7fc00001, 0, true},
		{"(f32.const nan:arithmetic)", 0x7f800001, 0, false},
		{"(f64.const nan:canonical)", 0x7ff8000000000000, 0, true},
		{"(f64.const -0)", 1 << 63, 0, true},
		{"(f64.const 0)", 1 << 63, 0, false},
		{"(v128.const i8x16 1 0 0 0 0 0 0 0 2 0 0 0 0 0 0 0)", 1, 2, true},
		{"(v128.const f32x4 1 nan:canonical nan:arithmetic 0)", 0x7fc00000_3f800000, 0x7fe00000, true},
		{"(v128.const f32x4 1 nan:canonical nan:arithmetic 0)", 0x7fe00000_3f800000, 0x7fe00000, false},
		{"(v128.const f64x2 nan:canonical 1)", 0x7ff8000000000000, 0x3ff0000000000000, true},
	} {
		s, err := ParseScript([]byte(`(assert_return (invoke "f") ` + tc.pattern + `)`))
		if err != nil {
			t.Fatal(err)
		}
		if got := s.Commands[0].Results[0].MatchBits(tc.lo, tc.hi); got != tc.want {
			t.Errorf("%s matches %#x %#x: %v, want %v", tc.pattern, tc.lo, tc.hi, got, tc.want)
		}
	}
}

// TestEither reads alternatives.
func TestEither(t *testing.T) {
	s, err := ParseScript([]byte(`(assert_return (invoke "f") (either (i32.const 1) (i32.const 2)) (ref.null func))`))
	if err != nil {
		t.Fatal(err)
	}
	r := s.Commands[0].Results
	if len(r) != 2 || len(r[0].Either) != 2 || r[1].Type != wasm.FuncRef || r[1].Ref != "null" {
		t.Errorf("read as %+v", r)
	}
}
