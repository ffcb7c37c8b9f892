package lower_test

import (
	"strconv"
	"strings"
	"testing"

	"github.com/wazedge/wazedge/internal/lower"
	"github.com/wazedge/wazedge/internal/wat"
)

// TestConstants puts the values of own globals into constant expressions.
func TestConstants(t *testing.T) {
	m, err := wat.Parse([]byte(`(module
		(global $im (import "a" "b") i32)
		(global $a i32 (i32.const 3))
		(global $b i32 (i32.mul (global.get $a) (i32.const 0x7fffffff)))
		(global $c i32 (i32.add (global.get $im) (global.get $b)))
		(global $f funcref (ref.func $g))
		(global $o anyref (ref.i31 (i32.const 1)))
		(global $p anyref (global.get $o))
		(table 9 funcref (global.get $f))
		(memory 1)
		(elem (global.get $a) funcref (global.get $f))
		(data (global.get $c) "x")
		(data (global.get $im) "y")
		(func $g))`))
	if err != nil {
		t.Fatal(err)
	}
	out, err := lower.Constants(m)
	if err != nil {
		t.Fatal(err)
	}
	got := text(t, out)
	for _, want := range []string{
		"(global $b i32 (i32.const 2147483645))",
		"(global $c i32 global.get $im i32.const 2147483645 i32.add)",
		"(global $p anyref (global.get $o))",
		"9 funcref (ref.func $g))",
		"(elem (;0;) (i32.const 3) funcref (ref.func $g))",
		`(data (;0;) (offset global.get $im i32.const 2147483645 i32.add) "x")`,
		`(data (;1;) (global.get $im) "y")`,
	} {
		if !strings.Contains(got, want) {
			t.Errorf("no %s in\n%s", want, got)
		}
	}
}

// TestConstantsStayShort refuses globals that double from one to the next.
func TestConstantsStayShort(t *testing.T) {
	src := `(module (global (import "a" "b") i32) (global i32 (global.get 0))` +
		strings.Repeat(`(global i32 (i32.add (global.get N) (global.get N)))`, 40) + ")"
	for i := range 40 {
		src = strings.Replace(src, "N", strconv.Itoa(i+1), 2)
	}
	m, err := wat.Parse([]byte(src))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := lower.Constants(m); err == nil {
		t.Error("accepted")
	}
}
