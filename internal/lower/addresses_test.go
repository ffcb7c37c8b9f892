package lower_test

import (
	"testing"

	"github.com/wazedge/wazedge/internal/lower"
	"github.com/wazedge/wazedge/internal/wat"
)

// TestAddressesHidesConstants says whether a constant is hidden in a body whose
// locals are $x and $p.
func TestAddressesHidesConstants(t *testing.T) {
	const high = "(local.set $x (i32.const 0x80000000))"
	for name, tc := range map[string]struct {
		memory, body string
		want         bool
	}{
		"in place":           {"1", "(drop (i32.load (i32.const -4)))", true},
		"below":              {"1", "(drop (i32.load (i32.const 0x7fffffff)))", false},
		"by a local":         {"1", high + "(drop (i32.load (local.get $x)))", true},
		"in a small memory":  {"1 32768", high + "(drop (i32.load (local.get $x)))", false},
		"in a large memory":  {"1 32769", high + "(drop (i32.load (local.get $x)))", true},
		"as a value":         {"1", "(i32.store (local.get $p) (i32.const -1))", false},
		"overwritten":        {"1", high + "(local.set $x (local.get $p)) (drop (i32.load (local.get $x)))", false},
		"another local":      {"1", high + "(local.set $p (local.get $x)) (drop (i32.load (local.get $p)))", true},
		"shifted by nothing": {"1", high + "(drop (i32.load (i32.shl (local.get $x) (i32.const 32))))", true},
		"computed":           {"1", high + "(drop (i32.load (i32.add (local.get $x) (i32.const -8))))", false},
		"one of two":         {"1", "(if (local.get $p) (then " + high + ")) (drop (i32.load (local.get $x)))", false},
		"before an if":       {"1", high + "(if (local.get $p) (then (nop))) (drop (i32.load (local.get $x)))", true},
		"within an if":       {"1", high + "(if (local.get $p) (then (drop (i32.load (local.get $x)))))", true},
		"round a loop":       {"1", high + "(loop $l (drop (i32.load (local.get $x))) (br_if $l (local.get $p)))", true},
		"result of a block":  {"1", "(drop (i32.load (block (result i32) (i32.const -16))))", true},
		"of a branch":        {"1", "(drop (i32.load (block $b (result i32) (br $b (i32.const -16)))))", true},
		"of two branches":    {"1", "(drop (i32.load (block $b (result i32) (drop (br_if $b (i32.const -16) (local.get $p))) (i32.const -32))))", false},
		"bulk":               {"1", "(memory.fill (i32.const -64) (i32.const 1) (i32.const 2))", true},
		"unreached":          {"1", "(unreachable) (drop (i32.load (i32.const -4)))", false},
		"of a call":          {"1", "(drop (i32.load (call $f (i32.const -1))))", false},
		"signed load":        {"1", "(drop (i32.load (i32.load16_s (local.get $p))))", false},
		"signed, all pages":  {"65536", "(drop (i32.load (i32.load16_s (local.get $p))))", true},
		"unsigned":           {"65536", "(drop (i32.load (i32.load16_u (local.get $p))))", false},
		"of a select":        {"1", high + "(drop (i32.load (select (local.get $x) (local.get $x) (local.get $p))))", false},
	} {
		t.Run(name, func(t *testing.T) {
			m, err := wat.Parse([]byte("(module (memory " + tc.memory + ") (func $f (param $p i32) (result i32) (local $x i32) " + tc.body + " (i32.const 0)))"))
			if err != nil {
				t.Fatal(err)
			}
			out, err := lower.Addresses(m)
			if err != nil {
				t.Fatal(err)
			}
			if hidden := out != m; hidden != tc.want {
				t.Errorf("hidden: %v, want %v\n%s", hidden, tc.want, text(t, out))
			}
		})
	}
}
