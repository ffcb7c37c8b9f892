package native

import "testing"

// TestSetsAreDropped states which writes to a global that are written over later are left out, by how many are left.
func TestSetsAreDropped(t *testing.T) {
	const set, trap, call = "(global.set $n (i64.add (global.get $n) (i64.const 3)))", "(i32.store (local.get $p) (local.get $q))", "(call $other)"
	either := func(a, b string) string { return "(if (local.get $p) (then " + a + ") (else " + b + "))" }
	for name, c := range map[string]struct {
		body       string
		sets, adds int
	}{
		"one after the other":      {set + set, 1, 1},
		"three":                    {set + set + set, 1, 1},
		"an access in between":     {set + trap + set, 2, 2},
		"a call in between":        {set + call + set, 2, 2},
		"a division in between":    {set + "(local.set $p (i32.div_u (local.get $p) (local.get $q)))" + set, 2, 2},
		"another global":           {set + "(global.set $sp (local.get $p))" + set, 2, 1},
		"written again both ways":  {set + either(set, set), 2, 2},
		"written again on one way": {set + either(set, ""), 2, 2},
		"seen on one way":          {set + either(trap+set, set), 3, 3},
		"in front of a loop":       {set + "(loop $l " + set + "(br_if $l (local.get $p)))", 1, 2},
		"a loop that traps":        {set + "(loop $l " + trap + set + "(br_if $l (local.get $p)))", 2, 2},
		"a trap":                   {set + either(set, "unreachable"), 2, 2},
	} {
		t.Run(name, func(t *testing.T) {
			f, err := build(parsedModule(t, countingGuest(c.body+"(local.get $x)")), 1)
			if err != nil {
				t.Fatal(err)
			}
			f.optimize()
			sets, adds := f.with(opGlobalSet), 0
			for n := range f.blocks {
				for _, x := range f.blocks[n].ins {
					if _, is := f.isConst(f.vals[x].b); is && f.vals[x].typ == i64 {
						adds++
					}
				}
			}
			if sets != c.sets || adds != c.adds {
				t.Errorf("%d sets and %d sums, want %d and %d", sets, adds, c.sets, c.adds)
			}
			if err := f.verifyAccesses(); err != nil {
				t.Error(err)
			}
		})
	}
}
