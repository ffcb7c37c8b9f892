package native

import (
	"fmt"
	"strings"
	"testing"

	"github.com/wazedge/wazedge/internal/wat"
)

// made is the second function of the module text up to where it has places, and its code for amd64.
func made(t *testing.T, text string) (*lfn, *machineCode) {
	t.Helper()
	mod := parsedModule(t, text)
	l := withPlaces(t, mod, 1)
	code := mod.target.emit(l)
	if err := mod.target.verify(l, &code); err != nil {
		t.Fatal(err)
	}
	return l, &code
}

// parsedModule is text, for amd64.
func parsedModule(t testing.TB, text string) *module {
	t.Helper()
	m, err := wat.Parse([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	mod := encoded(t, m)
	mod.target = amd64{}
	return mod
}

// withPlaces is the own function i of mod, up to where it has places.
func withPlaces(t testing.TB, mod *module, i int) *lfn {
	t.Helper()
	f, err := build(mod, i)
	if err != nil {
		t.Fatal(err)
	}
	f.optimize()
	if err := f.verifyAccesses(); err != nil {
		t.Fatal(err)
	}
	l, err := placing(f)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

const pushFrame = 0x55

// TestFramesAreMadeLate states which functions leave without a frame where they have nothing to do, and that
// functions without calls have none to keep a register for the caller.
func TestFramesAreMadeLate(t *testing.T) {
	for text, want := range map[string]bool{
		"(if (i32.lt_u (local.get $p) (i32.const 2)) (then (return (local.get $p)))) (call $opaque (local.get $p)) (i32.add (local.get $p) (local.get $q))":                                                       true,
		"(if (i32.eqz (local.get $p)) (then (return (i32.const 1)))) (if (i32.eqz (local.get $q)) (then (return (i32.const 2)))) (call $opaque (local.get $p)) (local.get $q)":                                    true,
		"(if (i32.eqz (i32.load (local.get $p))) (then (return (i32.load offset=8 (local.get $p))))) (call $opaque (local.get $p)) (i32.const 7)":                                                                 true,
		"(if (local.get $p) (then (call $opaque (local.get $p)) (local.set $q (i32.const 7)))) (local.get $q)":                                                                                                    true,
		"(call $opaque (local.get $p)) (if (i32.eqz (local.get $p)) (then (return (i32.const 1)))) (call $opaque (local.get $p)) (local.get $q)":                                                                  false,
		"(if (i32.eqz (local.get $p)) (then (call $opaque (local.get $p)) (return (i32.const 1)))) (call $opaque (local.get $p)) (local.get $q)":                                                                  false,
		"(loop (if (i32.eqz (local.get $p)) (then (return (local.get $q)))) (call $opaque (local.get $p)) (local.set $p (i32.sub (local.get $p) (i32.const 1))) (br 0)) (i32.const 0)":                            false,
		"(if (i32.eqz (local.get $p)) (then (return (i32.div_u (local.get $q) (local.get $a))))) (call $opaque (local.get $p)) (local.get $q)":                                                                    false,
		"(if (i32.eqz (local.get $p)) (then (return (i32.const 7)))) (call $opaque (local.get $p)) (i32.load (local.get $p))":                                                                                     true,
		"(if (i32.eqz (local.get $p)) (then (return (i32.const 1)))) (i32.div_s (local.get $p) (i32.const 27))":                                                                                                   true,
		"(if (i32.eqz (local.get $p)) (then (return (i32.const 1)))) (i32.wrap_i64 (i64.div_s (i64.extend_i32_s (i32.load (local.get $p))) (i64.const 27)))":                                                      true,
		"(if (i32.eqz (local.get $p)) (then (return (i32.const 1)))) (if (i32.eqz (local.get $q)) (then (return (i32.const 2)))) (i32.rem_u (local.get $p) (local.get $q))":                                       true,
		"(if (i32.lt_u (local.get $p) (i32.const 2)) (then (global.set 0 (i64.add (global.get 0) (i64.const 3))) (return (local.get $p)))) (call $opaque (local.get $p)) (i32.add (local.get $p) (local.get $q))": true,
		"(i32.div_u (local.get $p) (local.get $q))":            true,
		"(i32.rem_s (local.get $p) (i32.load (local.get $q)))": true,
	} {
		_, code := made(t, "(module (memory 1) (global (mut i64) (i64.const 0)) (func $opaque (param i32)) (func (param $p i32) (param $q i32) (result i32) (local $a i32) "+text+"))")
		if late := code.text[0] != pushFrame; late != want {
			t.Errorf("%s: %v, want %v", text, late, want)
		}
	}
}

// TestKept states how many constants are read from memory in loops.
func TestKept(t *testing.T) {
	sum := func(each string, n int) string {
		var b strings.Builder
		for k := range n {
			fmt.Fprintf(&b, "(local.set $x "+each+")", k+2)
		}
		return "(module (memory 1) (func $opaque) (func (param $n i32) (result f64) (local $x f64) (loop " + b.String() +
			" (br_if 0 (local.tee $n (i32.sub (local.get $n) (i32.const 1))))) (local.get $x)))"
	}
	for _, c := range []struct {
		text string
		want int
	}{
		{sum("(f64.add (f64.mul (local.get $x) (f64.const 3)) (f64.const %d))", 1), 0},
		{sum("(f64.add (local.get $x) (f64.const %d))", 4), 0},
		{sum("(f64.add (local.get $x) (f64.const %d))", 7), 3},
		{sum("(call $opaque) (f64.add (local.get $x) (f64.const %d))", 2), 2},
	} {
		l, _ := made(t, c.text)
		n := 0
		for b := range l.lb {
			if l.lb[b].depth == 0 {
				continue
			}
			for i := l.lb[b].first; i <= l.lb[b].last; i++ {
				if in := &l.ops[i]; in.pooled || in.op == mFloat {
					n++
				}
			}
		}
		if n != c.want {
			t.Errorf("%s: %d constants, want %d", c.text, n, c.want)
		}
	}
}
