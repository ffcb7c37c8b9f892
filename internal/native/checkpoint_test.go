package native

import (
	"fmt"
	"strings"
	"testing"

	"github.com/wazedge/wazedge/internal/wasm"
)

// countingGuest is a module whose second function, with the body given, counts in the global $n and may have that looked at.
func countingGuest(body string) string {
	return `(module (import "account" "look" (func $look (param i64 i64 i32) (result i64))) (memory 1)
	  (global $sp (mut i32) (i32.const 0)) (global $n (mut i64) (i64.const 0)) (func $other)
	  (func (param $p i32) (param $q i32) (param $x f64) (result f64) (local $i i32) (local $y f64)` + body + `))`
}

const countOne = ` (global.set $n (i64.add (global.get $n) (i64.const 1)))`

const lookAt = ` (if (i64.gt_s (global.get $n) (i64.const 0)) (then (global.set $n (call $look (global.get $n) (i64.const -3) (i32.const 5)))))`

// counting is the second function of such a module, which has a function for looks.
func counting(t *testing.T, body string) *module {
	t.Helper()
	mod := parsedModule(t, countingGuest(body))
	var ok bool
	if mod.checkpoint, ok = (Import{"account", "look"}).in(mod.Module); !ok {
		t.Fatal("there is no function for looks")
	}
	mod.checks = true
	return mod
}

// manyValues is a loop around a look that more values are live around than registers are kept for callers.
func manyValues() string {
	var b strings.Builder
	sum := "(local.get $y)"
	for k := range 10 {
		fmt.Fprintf(&b, "(local $a%d i32) (local $f%d f64)", k, k)
	}
	for k := range 10 {
		fmt.Fprintf(&b, "(local.set $a%d (i32.load offset=%d (local.get $p))) (local.set $f%d (f64.load offset=%d (local.get $q)))", k, 4*k, k, 8*k)
	}
	b.WriteString("(loop $l" + countOne + lookAt)
	for k := range 10 {
		fmt.Fprintf(&b, "(local.set $y (f64.add (local.get $y) (f64.mul (local.get $f%d) (f64.convert_i32_s (i32.load8_u offset=65000 (local.get $a%d))))))", k, k)
	}
	b.WriteString("(br_if $l (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 3))) (local.get $q)))) " + sum)
	return b.String()
}

// TestCheckpointsAreProven states that code is refused in which any bit of a checkpoint is another, and places in which
// it is told to keep less; and that a function which needs a frame for checkpoints alone has none.
func TestCheckpointsAreProven(t *testing.T) {
	for name, c := range map[string]struct {
		body   string
		framed bool
		keeps  int // at least
	}{
		"with a frame": {manyValues(), true, 8},
		"by itself":    {"(loop $l" + countOne + lookAt + "(br_if $l (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 3))) (local.get $q)))) (local.get $x)", false, 4},
	} {
		t.Run(name, func(t *testing.T) {
			l := withPlaces(t, counting(t, c.body), 1)
			code := amd64{}.emit(l)
			if err := (amd64{}).verify(l, &code); err != nil {
				t.Fatal(err)
			}
			if got := code.text[0] == pushFrame; got != c.framed {
				t.Errorf("it begins with a frame: %t", got)
			}
			checkCheckpoints(t, l, &code, c.keeps)
		})
	}
}

// checkCheckpoints holds the one checkpoint of code, which keeps at least so many registers, to what is said above.
func checkCheckpoints(t *testing.T, l *lfn, code *machineCode, keeps int) {
	n, kept := 0, 0
	for i := range l.ops {
		in := &l.ops[i]
		if in.op != mCheckpoint {
			continue
		}
		n++
		changed(code, code.parts[i].from, code.parts[i].to, func(was, is decoded) {
			if (amd64{}).verify(l, code) == nil && !sameX86(was, is) {
				t.Errorf("%v is taken for %v", is.Inst, was.Inst)
			}
		})
		whole := in.clob
		for x := range reg(numRegs) {
			if one := regs(1) << x; x86.callerSaved&one != 0 && whole&one == 0 {
				kept++
				in.clob = whole | one
				if l.verifyPlaces() == nil {
					t.Errorf("register %d need not be kept", x)
				}
			}
		}
		in.clob = whole
	}
	if n != 1 || kept < keeps {
		t.Errorf("there are %d checkpoints, which keep %d registers", n, kept)
	}
}

// TestGlobalsAreFollowed states where what a function has written to a global is read again.
func TestGlobalsAreFollowed(t *testing.T) {
	loop := func(body string) string {
		return "(loop $l " + body + " (br_if $l (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 3))) (local.get $q)))) (local.get $x)"
	}
	branch := "(if (local.get $p) (then" + countOne + "))"
	for name, c := range map[string]struct {
		body           string
		inLoop, before int
	}{
		"counted":                 {loop(countOne), 0, 1},
		"counted and looked at":   {loop(countOne + lookAt), 0, 1},
		"counted on one way":      {loop(branch + countOne), 0, 1},
		"counted around a call":   {loop(countOne + "(call $other)"), 1, 1},
		"a call on one way":       {loop(countOne + "(if (local.get $p) (then (call $other)))" + countOne), 1, 1},
		"a loop in a loop":        {loop(countOne + strings.ReplaceAll(strings.ReplaceAll(loop(countOne), "$l", "$k"), "(local.get $x)", "")), 0, 1},
		"written and not counted": {loop("(global.set $n (i64.const 7))"), 0, 0},
		"only read":               {loop("(drop (global.get $n))"), 0, 0},
		"memory grows":            {loop(countOne + "(drop (memory.grow (i32.const 0)))"), 1, 1},
	} {
		t.Run(name, func(t *testing.T) {
			f, err := build(counting(t, c.body), 1)
			if err != nil {
				t.Fatal(err)
			}
			f.optimize()
			inLoop, before := 0, 0
			for n := range f.blocks {
				for _, x := range f.blocks[n].ins {
					if f.vals[x].op != opGlobalGet {
						continue
					}
					if f.blocks[n].depth > 0 {
						inLoop++
					} else {
						before++
					}
				}
			}
			if inLoop != c.inLoop || before != c.before {
				t.Errorf("read %d times in the loop and %d times outside, want %d and %d", inLoop, before, c.inLoop, c.before)
			}
		})
	}
}

// TestEdgesReadForThemselves states that what is read on one way of a table of branches is not taken for known on another.
func TestEdgesReadForThemselves(t *testing.T) {
	for _, labels := range []string{"$l $a $b", "$a $l $b", "$a $b $l", "$l $l $a $l $b"} {
		mod := counting(t, "(block $a (block $b (loop $l "+countOne+"(call $other) (br_table "+labels+" (local.get $p))))"+countOne+")"+countOne+"(local.get $x)")
		f, err := build(mod, 1)
		if err != nil {
			t.Fatal(err)
		}
		f.optimize()
		if _, err := placing(f); err != nil {
			t.Errorf("%s: %v", labels, err)
		}
	}
}

// TestLoopsGoBackByOneWay states that loops which several branches lead back to the head of count as others do: what they
// count in is known to have an end, so that the offset of an access is part of it.
func TestLoopsGoBackByOneWay(t *testing.T) {
	f, err := build(counting(t, `(loop $l
		(local.set $y (f64.add (local.get $y) (f64.load (i32.add (local.get $i) (i32.const 8)))))
		(local.set $i (i32.add (local.get $i) (i32.const 8)))
		(if (i32.lt_u (local.get $i) (i32.const 4096)) (then
			(br_if $l (i32.and (local.get $i) (i32.const 24)))
			(br_if $l (i64.le_s (global.get $n) (i64.const 0)))
			(global.set $n (call $look (global.get $n) (i64.const -3) (i32.const 5)))
			(br $l)))) (local.get $y)`), 1)
	if err != nil {
		t.Fatal(err)
	}
	f.optimize()
	heads, offsets := 0, 0
	for n := range f.blocks {
		b := &f.blocks[n]
		if b.header {
			heads++
			if len(b.preds) != 2 {
				t.Errorf("%d ways lead to a loop", len(b.preds))
			}
		}
		for _, x := range b.ins {
			if v := &f.vals[x]; v.op == opLoad && v.aux == uint16(wasm.OpF64Load) && v.imm == 8 {
				offsets++
			}
		}
	}
	if heads != 1 || offsets != 1 {
		t.Errorf("%d loops with %d accesses at an offset", heads, offsets)
	}
}
