package native

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/wazedge/wazedge/internal/wasm"
	"github.com/wazedge/wazedge/internal/wat"
)

// Hits adds to hits how often passes find something in the functions of bin.
func Hits(bin []byte, hits map[string]int) (err error) {
	defer func() {
		if d, ok := recover().(declined); ok {
			err = d
		}
	}()
	m, err := wasm.Decode(bin, features)
	if err != nil {
		return err
	}
	mod, err := moduleOf(m, 7)
	if err != nil {
		return err
	}
	for i := range m.Bodies {
		f, err := build(mod, i)
		if err != nil {
			return err
		}
		for _, p := range passes {
			phis, replaced := f.count()
			p.run(f)
			phisNow, replacedNow := f.count()
			switch p.name {
			case "cycles":
				hits["cycles"] += phis - phisNow
			case "hoist":
				hits["hoisted once"] += replacedNow - replaced
				hits["computed again"] += f.left()
			}
		}
		hits["checked by sums"] += f.bySums()
	}
	return nil
}

// count counts phis, and values that have been replaced.
func (f *fn) count() (phis, replaced int) {
	for n := range f.blocks {
		phis += len(f.blocks[n].phis)
	}
	for _, r := range f.repl {
		if r != 0 {
			replaced++
		}
	}
	return phis, replaced
}

// left counts what could be moved out of its loop and is not.
func (f *fn) left() (n int) {
	for at := range f.blocks {
		h := f.blocks[at].loop
		if h < 0 {
			continue
		}
		inside := func(v value) bool { return v != 0 && f.vals[v].blk >= h && f.vals[v].blk <= f.blocks[h].loopEnd }
		for _, x := range f.blocks[at].ins {
			v := &f.vals[x]
			if v.pure() && f.movable(v) && !f.worth(v, h) && !inside(f.of(v.a)) && !inside(f.of(v.b)) && !inside(f.of(v.c)) {
				n++
			}
		}
	}
	return n
}

// bySums counts accesses of which nothing checks the address itself, which is a sum.
func (f *fn) bySums() (n int) {
	checked := map[value]bool{}
	for at := range f.blocks {
		for _, x := range f.blocks[at].ins {
			if v := &f.vals[x]; v.op == opCheck || v.op == opCheckLim {
				checked[v.a] = true
			}
		}
	}
	for at := range f.blocks {
		for _, x := range f.blocks[at].ins {
			v := &f.vals[x]
			if (v.op == opLoad || v.op == opStore) && f.vals[v.a].op == op(wasm.OpI32Add) && !checked[v.a] && f.atMost(v.a, 6) > f.m.minMemory {
				n++
			}
		}
	}
	return n
}

// optimizedOf is the second function of the module text, behind all passes.
func optimizedOf(t *testing.T, text string) *fn {
	t.Helper()
	m, err := wat.Parse([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	f, err := build(encoded(t, m), 1)
	if err != nil {
		t.Fatal(err)
	}
	f.optimize()
	return f
}

// passed is the function with the body text, behind all passes.
func passed(t *testing.T, text string) *fn {
	t.Helper()
	f := optimizedOf(t, "(module (memory 1) (func $opaque (param i32)) (func (param $p i32) (param $q i32) (result i32) (local $a i32) (local $b i32) (local $n i32) "+text+"))")
	if err := f.verifyAccesses(); err != nil {
		t.Fatal(err)
	}
	return f
}

// with counts the values of f with one of the operations.
func (f *fn) with(ops ...op) (n int) {
	for at := range f.blocks {
		b := &f.blocks[at]
		for _, list := range [][]value{b.phis, b.ins} {
			for _, x := range list {
				for _, o := range ops {
					if f.vals[x].op == o {
						n++
					}
				}
			}
		}
	}
	return n
}

// TestPasses states what is left of small functions.
func TestPasses(t *testing.T) {
	loop := func(body string) string {
		return "(loop " + body + " (br_if 0 (i32.lt_u (local.tee $n (i32.add (local.get $n) (i32.const 1))) (i32.const 9))))"
	}
	swap := "(local.get $a) (local.get $b) (local.set $a) (local.set $b)"
	branches := func(n int) string {
		return strings.Repeat("(if (i32.and (local.get $n) (i32.const 3)) (then (call $opaque (i32.add (local.get $p) (local.get $q)))))", n)
	}
	checks := []op{opCheck, opCheckLim}
	for _, c := range []struct {
		name, text string
		ops        []op
		want       int
	}{
		{"two of one value that change places", "(local.set $a (local.get $p)) (local.set $b (local.get $p))" + loop(swap) + "(local.get $a)", []op{opPhi}, 1},
		{"two values that change places", "(local.set $a (local.get $p)) (local.set $b (local.get $q))" + loop(swap) + "(local.get $a)", []op{opPhi}, 3},
		{"behind what is checked", "(drop (i64.load offset=16 (local.get $p))) (i32.load offset=4 (i32.add (local.get $p) (i32.const 8)))", checks, 1},
		{"up to the end of it", "(drop (i64.load offset=16 (local.get $p))) (i64.load (i32.add (local.get $p) (i32.const 16))) i32.wrap_i64", checks, 1},
		{"beyond the end of it", "(drop (i64.load offset=16 (local.get $p))) (i64.load (i32.add (local.get $p) (i32.const 17))) i32.wrap_i64", checks, 2},
		{"in front of it", "(drop (i64.load offset=16 (local.get $p))) (i32.load (i32.sub (local.get $p) (i32.const 4)))", checks, 2},
		{"of a sum first", "(drop (i64.load offset=16 (i32.add (local.get $p) (i32.const 8)))) (i32.load (local.get $p))", checks, 2},
		{"one base for two arms", loop("(if (local.get $q) (then (i32.store (i32.add (local.get $p) (local.get $n)) (i32.const 1))) (else (i32.store (i32.sub (local.get $p) (local.get $n)) (i32.const 2))))") + "(local.get $n)", []op{opBase}, 1},
		{"one limit for two arms", loop("(if (local.get $q) (then (i32.store (i32.add (local.get $p) (local.get $n)) (i32.const 1))) (else (i32.store (i32.sub (local.get $p) (local.get $n)) (i32.const 2))))") + "(local.get $n)", []op{opLimit}, 1},
		{"a counter of few rounds in an address", loop("(i32.store (i32.add (local.get $n) (i32.const 64)) (i32.const 1))") + "(local.get $n)", []op{op(wasm.OpI32Add)}, 1},
		{"what is counted along with it", loop("(i32.store (i32.add (local.get $b) (i32.const 64)) (i32.const 1)) (local.set $b (i32.add (local.get $b) (i32.const 4)))") + "(local.get $n)", []op{op(wasm.OpI32Add)}, 2},
		{"what is counted from anywhere on", loop("(i32.store (i32.add (local.get $p) (i32.const 64)) (i32.const 1)) (local.set $p (i32.add (local.get $p) (i32.const 4)))") + "(local.get $n)", []op{op(wasm.OpI32Add)}, 3},
		{"a counter of which nobody knows the end", "(loop (i32.store (i32.add (local.get $n) (i32.const 64)) (i32.const 1)) (br_if 0 (i32.ne (local.tee $n (i32.add (local.get $n) (i32.const 1))) (local.get $p)))) (local.get $n)", []op{op(wasm.OpI32Add)}, 2},
	} {
		f := passed(t, c.text)
		if got := f.with(c.ops...); got != c.want {
			t.Errorf("%s: %d, want %d", c.name, got, c.want)
		}
	}
	for n, want := range map[int]bool{2: true, 60: false} {
		f := passed(t, loop(branches(n))+"(local.get $n)")
		moved := false
		for _, x := range f.blocks[0].ins {
			moved = moved || f.vals[x].op == op(wasm.OpI32Add)
		}
		if moved != want {
			t.Errorf("a sum in front of a loop of %d: %v", n, moved)
		}
	}
}

// TestCyclesAreLinear states that there may be many phis in a row, and in a ring.
func TestCyclesAreLinear(t *testing.T) {
	work := func(n int) int {
		var b strings.Builder
		b.WriteString("(module (func (param i32) (result i32) (local i32")
		b.WriteString(strings.Repeat(" i32", n))
		b.WriteString(")")
		for k := range n {
			fmt.Fprintf(&b, "(local.set %d (local.get 0))", k+2)
		}
		b.WriteString("(loop")
		for k := range n {
			fmt.Fprintf(&b, "(local.get %d)", k+2)
		}
		for k := range n {
			fmt.Fprintf(&b, "(local.set %d)", 2+(n-k)%n)
		}
		b.WriteString("(br_if 0 (i32.lt_u (local.tee 1 (i32.add (local.get 1) (i32.const 1))) (local.get 0)))) (local.get 2)))")
		m, err := wat.Parse([]byte(b.String()))
		if err != nil {
			t.Fatal(err)
		}
		f, err := build(encoded(t, m), 0)
		if err != nil {
			t.Fatal(err)
		}
		before := f.work
		f.optimize()
		if phis := f.with(opPhi); phis != 1 {
			t.Errorf("%d phis are left of a ring of %d", phis, n)
		}
		return before - f.work
	}
	if small, large := work(200), work(2000); large > 11*small {
		t.Errorf("%d units of work, and %d for what is ten times as large", small, large)
	}
}

// TestSelectsDiffer states that selects are the same only if all of their operands are, whichever are constants;
// also where they are moved in front of a loop.
func TestSelectsDiffer(t *testing.T) {
	selects := `(i32.xor (select (i32.const 5) (local.get $p) (local.get $q)) (i32.xor (select (i32.const 5) (local.get $a) (local.get $q))
	  (i32.xor (select (local.get $p) (i32.const 5) (local.get $q)) (select (local.get $a) (i32.const 5) (local.get $q)))))`
	for _, text := range []string{selects, `(loop (local.set $b (i32.add (local.get $b) ` + selects + `)) (br_if 0 (local.tee $n (i32.add (local.get $n) (i32.load (i32.const 8)))))) (local.get $b)`} {
		f := passed(t, `(local.set $a (i32.load (i32.const 4))) `+text)
		if n := f.with(opSelect); n != 4 {
			t.Errorf("%d selects of 4 are left of %s", n, text)
		}
	}
}

// TestHalvesAndNegations states that what programs of Go compute of addresses and conditions is computed as 32
// bits, and once.
func TestHalvesAndNegations(t *testing.T) {
	for text, want := range map[string]int{
		`(i32.wrap_i64 (i64.add (i64.extend_i32_u (local.get $p)) (i64.const 8)))`:                                                                               1,
		`(i32.wrap_i64 (i64.sub (i64.extend_i32_s (local.get $p)) (i64.extend_i32_u (local.get $q))))`:                                                           1,
		`(i32.wrap_i64 (i64.shl (i64.extend_i32_u (local.get $p)) (i64.const 3)))`:                                                                               1,
		`(i32.wrap_i64 (i64.shl (i64.extend_i32_u (local.get $p)) (i64.const 32)))`:                                                                              3, // of another half
		`(i32.eqz (i64.eqz (i64.extend_i32_u (i64.eqz (i64.load (i32.const 8))))))`:                                                                              2, // with the load
		`(i32.eqz (i32.eqz (local.get $p)))`:                                                                                                                     1,
		`(i32.trunc_sat_f64_s (f64.reinterpret_i64 (select (i64.reinterpret_f64 (f64.load (i32.const 8))) (i64.reinterpret_f64 (f64.const 2)) (local.get $p))))`: 2, // with the load
		`(i64.ne (i64.extend_i32_u (i32.lt_s (local.get $p) (local.get $q))) (i64.const 0))`:                                                                     1,
	} {
		f := passed(t, text)
		n := 0
		for b := range f.blocks {
			for _, x := range f.blocks[b].ins {
				if v := &f.vals[x]; v.op < op(wasm.NumOps) || v.op == opLoad {
					n++
				}
			}
		}
		if n != want {
			t.Errorf("%s takes %d instructions, want %d", text, n, want)
		}
	}
}

// TestHalves states of which parameters and results of calls the upper half is cleared: those that addresses are
// made of, or what takes 64 bits, also by way of phis and selects; and what other code than ours is given.
func TestHalves(t *testing.T) {
	for text, want := range map[string][2]bool{
		"(i32.add (local.get $p) (local.get $q))":                                           {false, false},
		"(i32.load (local.get $p))":                                                         {true, false},
		"(i32.load (i32.add (local.get $p) (local.get $q)))":                                {false, false},
		"(i32.store (i32.const 0) (local.get $q)) (i32.eqz (local.get $p))":                 {false, false},
		"(if (local.get $q) (then (local.set $p (i32.const 8)))) (i32.load (local.get $p))": {true, false},
		"(i32.load (select (local.get $p) (i32.const 8) (local.get $q)))":                   {true, false},
		"(i32.trunc_f64_s (f64.convert_i32_u (local.get $q)))":                              {false, true},
		"(i32.div_u (local.get $q) (i32.const 7))":                                          {false, true},
		"(call $opaque (local.get $p)) (i32.const 0)":                                       {false, false},
		"(local.get $q)": {false, true},
		"(block (block (br_table 0 1 (local.get $p))) (return (i32.const 1))) (i32.wrap_i64 (i64.extend_i32_u (local.get $q)))": {true, true},
	} {
		f := passed(t, text)
		halves := f.halves()
		got := [2]bool{}
		for _, x := range f.blocks[0].ins {
			if v := &f.vals[x]; v.op == opParam {
				got[v.imm] = halves[x]
			}
		}
		if got != want {
			t.Errorf("%s: %v, want %v", text, got, want)
		}
	}
}

// Dispatched counts the functions of bin that go from place to place by a number, and the loops in them.
func Dispatched(bin []byte) (functions, loops int, err error) {
	m, err := wasm.Decode(bin, features)
	if err != nil {
		return 0, 0, err
	}
	mod, err := moduleOf(m, 0)
	if err != nil {
		return 0, 0, err
	}
	for i := range m.Bodies {
		var r wasm.Reader
		if _, err := mod.OpenBody(i, &r, features, nil); err != nil {
			return 0, 0, err
		}
		if d := dispatchOf(r, 0, &followed{m: mod}); d != nil {
			functions++
			loops += len(d.regions)
		}
	}
	return functions, loops, nil
}

// TestPhisShareSlots states that nothing is moved from slot to slot for variables that live over calls, some of which
// are assigned on one way and not on the other.
func TestPhisShareSlots(t *testing.T) {
	const n = 24
	var b strings.Builder
	b.WriteString("(module (func $opaque (result i32) (i32.const 1)) (func (param i32) (result i32) (local")
	b.WriteString(strings.Repeat(" i32", n) + ")\n(loop (drop (call $opaque))")
	for k := range n {
		fmt.Fprintf(&b, "(if (i32.and (local.get 0) (i32.const %d)) (then (local.set %d (i32.add (local.get %d) (i32.const %d)))))(drop (call $opaque))", 1<<k, k+1, k+1, k)
	}
	b.WriteString("(br_if 0 (local.tee 0 (i32.shr_u (local.get 0) (i32.const 1)))))")
	for k := range n {
		fmt.Fprintf(&b, "(local.get %d)", k+1)
	}
	b.WriteString(strings.Repeat("i32.add ", n-1) + "))")
	l := lower(optimizedOf(t, b.String()))
	allocate(l)
	moves := 0
	for i := range l.ops {
		for _, list := range [][]move{l.ops[i].entry, l.ops[i].before} {
			for _, m := range list {
				if !m.from.isReg() && !m.to.isReg() && m.from != m.to {
					moves++
				}
			}
		}
	}
	if l.slots < n/2 {
		t.Errorf("%d slots", l.slots)
	}
	if moves > 0 {
		t.Errorf("%d moves from slot to slot", moves)
	}
}

// TestConstantsAreFolded states what is computed when a function is compiled, and that what has an effect or traps stays.
func TestConstantsAreFolded(t *testing.T) {
	for text, want := range map[string]uint64{
		"(i32.add (i32.const 3) (i32.const 0x7fffffff))":                                                    0x80000002,
		"(i32.sub (i32.const 3) (i32.const 5))":                                                             0xfffffffe,
		"(i32.mul (i32.const 0x10001) (i32.const 0x10001))":                                                 0x20001,
		"(i32.shl (i32.const 1) (i32.const 33))":                                                            2,
		"(i32.shr_s (i32.const -8) (i32.const 1))":                                                          0xfffffffc,
		"(i32.rotr (i32.const 1) (i32.const 1))":                                                            0x80000000,
		"(i32.lt_s (i32.const -1) (i32.const 1))":                                                           1,
		"(i32.lt_u (i32.const -1) (i32.const 1))":                                                           0,
		"(i32.clz (i32.const 1))":                                                                           31,
		"(i32.extend8_s (i32.const 0x80))":                                                                  0xffffff80,
		"(i32.wrap_i64 (i64.add (i64.const 0xffffffff) (i64.const 2)))":                                     1,
		"(i64.eq (i64.extend_i32_s (i32.const -1)) (i64.const -1))":                                         1,
		"(i32.reinterpret_f32 (f32.const 1))":                                                               0x3f800000,
		"(select (i32.const 5) (i32.const 6) (i32.eqz (i32.const 1)))":                                      6,
		"(i32.and (local.get $p) (i32.const 0))":                                                            0,
		"(i32.xor (local.get $p) (local.get $p))":                                                           0,
		"(local.set $a (i32.const 6)) (local.set $b (i32.const 7)) (i32.mul (local.get $a) (local.get $b))": 42,
		"(if (local.get $p) (then (local.set $a (i32.const 4))) (else (local.set $a (i32.const 4)))) (i32.add (local.get $a) (i32.const 1))": ^uint64(0), // two ways to it
	} {
		f := passed(t, text)
		last := &f.blocks[len(f.blocks)-1]
		got, is := f.isConst(last.args[0])
		if folded := want != ^uint64(0); is != folded || folded && got != want {
			t.Errorf("%s: %#x, %v, want %#x", text, got, is, want)
		}
	}
	for _, text := range []string{"(i32.div_u (i32.const 1) (i32.const 0))", "(i32.div_s (i32.const 0x80000000) (i32.const -1))", "(i32.load (i32.const 0x20000))"} {
		f := passed(t, text)
		if _, is := f.isConst(f.blocks[len(f.blocks)-1].args[0]); is {
			t.Errorf("%s is a constant", text)
		}
	}
}

// TestPhisStay states how many moves between registers the loops of small functions have: values are computed where
// the phi of the next round is.
func TestPhisStay(t *testing.T) {
	for text, want := range map[string]int{
		"(loop (local.set $a (i32.add (i32.mul (local.get $a) (i32.const 31)) (local.get $n))) (br_if 0 (i32.lt_u (local.tee $n (i32.add (local.get $n) (i32.const 1))) (local.get $p)))) (local.get $a)":                                                                                         0,
		"(loop (local.set $a (i32.xor (local.get $a) (i32.load (local.get $p)))) (local.set $p (i32.add (local.get $p) (i32.const 4))) (br_if 0 (local.tee $q (i32.sub (local.get $q) (i32.const 1))))) (local.get $a)":                                                                           0,
		"(loop (if (i32.and (local.get $n) (i32.const 1)) (then (local.set $a (i32.add (local.get $a) (local.get $q)))) (else (local.set $a (i32.sub (local.get $a) (local.get $n))))) (br_if 0 (i32.lt_u (local.tee $n (i32.add (local.get $n) (i32.const 1))) (local.get $p)))) (local.get $a)": 0,
		"(loop (local.set $b (i32.rotl (i32.xor (local.get $n) (local.get $a)) (i32.const 5))) (local.set $a (i32.mul (local.get $n) (i32.const 77))) (br_if 0 (i32.lt_u (local.tee $n (i32.add (local.get $b) (i32.const 1))) (local.get $p)))) (i32.add (local.get $a) (local.get $b))":         0,
		"(loop (local.get $a) (local.set $a (local.get $b)) (local.set $b) (br_if 0 (i32.lt_u (local.tee $n (i32.add (local.get $n) (i32.const 1))) (local.get $p)))) (i32.add (local.get $a) (local.get $q))":                                                                                    2, // they change places
	} {
		if moves := movesInLoops(passed(t, "(local.set $b (local.get $q)) "+text)); moves != want {
			t.Errorf("%s: %d moves in the loop, want %d", text, moves, want)
		}
	}
	// Many at random: what can be had without a move depends on what lives at the same time.
	rng := rand.New(rand.NewPCG(3, 4))
	moves := 0
	for range 200 {
		var b strings.Builder
		b.WriteString("(loop ")
		of := func() string { return [...]string{"$a", "$b", "$n", "$p", "$q"}[rng.IntN(5)] }
		for range 8 {
			fmt.Fprintf(&b, "(local.set %s (i32.%s (local.get %s) (local.get %s)))", of(), [...]string{"sub", "xor", "mul", "rotl"}[rng.IntN(4)], of(), of())
		}
		b.WriteString("(br_if 0 (local.get $n))) (i32.add (i32.add (local.get $a) (local.get $b)) (i32.add (local.get $p) (local.get $q)))")
		moves += movesInLoops(passed(t, b.String()))
	}
	if most := 420; moves > most { // without hints there are 475
		t.Errorf("%d moves in 200 loops, want at most %d", moves, most)
	}
}

// movesInLoops counts the moves from place to place in the loops of f.
func movesInLoops(f *fn) (n int) {
	l := lower(f)
	allocate(l)
	for b := range l.lb {
		if l.lb[b].depth == 0 {
			continue
		}
		for i := l.lb[b].first; i <= l.lb[b].last; i++ {
			for _, list := range [][]move{l.ops[i].entry, l.ops[i].before} {
				for _, m := range list {
					if m.from != m.to {
						n++
					}
				}
			}
		}
	}
	return n
}
