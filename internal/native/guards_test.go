package native

import (
	"strings"
	"testing"

	"github.com/wazedge/wazedge/internal/wat"
)

// guardedModule is text, for a processor with guards.
func guardedModule(t testing.TB, text string) *module {
	t.Helper()
	mod := parsedModule(t, text)
	mod.guarded = true
	return mod
}

// TestGuardsStandForChecks states which accesses are left to guards: those that trap where their check would, with
// nothing in between that could trap first or be seen.
func TestGuardsStandForChecks(t *testing.T) {
	for _, c := range []struct {
		body            string
		guarded, checks int
	}{
		{`(drop (i32.load (local.get 0)))`, 0, 1}, // nobody uses what is read
		{`(i32.store (local.get 0) (i32.const 1))`, 1, 0},
		{`(i32.store (local.get 0) (i32.load offset=8 (local.get 1)))`, 2, 0},
		{`(i32.store8 offset=70000 (local.get 0) (local.get 1))`, 1, 0},
		{`(i32.store (i32.and (local.get 0) (i32.const 1020)) (i32.const 1))`, 0, 0}, // it cannot trap
		{`(i32.store offset=4 (local.get 0) (i32.const 1)) (i32.store (local.get 0) (i32.const 2))`, 1, 0},
		{`(i32.store (local.get 0) (i32.const 1)) (i32.store offset=4 (local.get 0) (i32.const 2))`, 2, 0},
		{`(memory.fill (local.get 0) (local.get 1) (i32.const 5))`, 0, 1},
		{`(i32.store (local.get 1) (i32.add (i32.load (local.get 0)) (i32.div_u (i32.load offset=4 (local.get 0)) (local.get 1))))`, 3, 0},
		{`(v128.store (local.get 0) (v128.load8_lane 3 (local.get 1) (v128.load offset=16 (local.get 0))))`, 2, 0},
	} {
		mod := guardedModule(t, `(module (memory 1) (func (param i32 i32) `+c.body+`))`)
		f, err := build(mod, 0)
		if err != nil {
			t.Fatal(err)
		}
		f.optimize()
		if err := f.verifyAccesses(); err != nil {
			t.Errorf("%s: %v", c.body, err)
		}
		guarded, checks := 0, 0
		for n := range f.blocks {
			for _, x := range f.blocks[n].ins {
				switch v := &f.vals[x]; {
				case v.guards:
					guarded++
				case v.op == opCheck || v.op == opCheckLim:
					checks++
				}
			}
		}
		if guarded != c.guarded || checks != c.checks {
			t.Errorf("%s: %d accesses are guarded and %d checked, want %d and %d", c.body, guarded, checks, c.guarded, c.checks)
		}
		made, err := mod.compile(0)
		if err != nil {
			t.Errorf("%s: %v", c.body, err)
		} else if len(made.sites) != guarded {
			t.Errorf("%s: %d sites for %d accesses", c.body, len(made.sites), guarded)
		}
	}
}

// TestGuardedCodeIsProven states that code is refused whose sites are not where accesses are, or lead to no
// instruction; whose index may have more than 32 bits; and that guards are believed where there are some.
func TestGuardedCodeIsProven(t *testing.T) {
	mod := guardedModule(t, checkedGuest)
	made := func() *machineCode {
		c, err := mod.compile(0)
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	if len(made().sites) < 2 {
		t.Fatalf("%d sites, want some", len(made().sites))
	}
	for k := range made().sites {
		for _, change := range []func(*site){func(s *site) { s.at++ }, func(s *site) { s.at-- }, func(s *site) { s.to++ }, func(s *site) { s.to = -1 }, func(s *site) { s.to, s.at = s.at, s.to }} {
			c := made()
			if change(&c.sites[k]); readBack(c) == nil {
				t.Errorf("site %d is taken at %d, to %d", k, c.sites[k].at, c.sites[k].to)
			}
		}
	}
	var a asm
	a.op(oMov, 8, rcx, r(rdx), 0)
	a.op(oStore, 4, rdx, rm{mem: true, base: rdi, index: rcx, disp: 8, guarded: true}, 0)
	a.byte(0xC3)
	at := a.guarded[0]
	to := a.at()
	a.byte(0x55)
	a.op(oMov, 8, rbp, r(rsp), 0)
	a.byte(0xE8)
	traps := []callSite{{a.at(), exitMemory}}
	a.byte(0, 0, 0, 0, 0xCC)
	code := machineCode{text: a.b, end: len(a.b), sites: []site{{at, to}}, traps: traps}
	if readBack(&code) == nil {
		t.Error("an index of 64 bits is taken")
	}
	code.text[0] &^= 8
	if err := readBack(&code); err != nil {
		t.Error(err)
	}
	f, err := build(mod, 0)
	if err != nil {
		t.Fatal(err)
	}
	f.optimize()
	if err := f.verifyAccesses(); err != nil {
		t.Error(err)
	}
	mod.guarded = false
	if f.verifyAccesses() == nil {
		t.Error("guards are believed in where there are none")
	}
}

// TestEmptyMemoryIsNotGuarded states that accesses of a memory that may be empty are checked: the engine has no
// address for it, so that what they would touch is not behind it.
func TestEmptyMemoryIsNotGuarded(t *testing.T) {
	for text, want := range map[string]bool{
		`(module (memory 0 1) (func (param i32) (i32.store (local.get 0) (i32.const 1))))`:                false,
		`(module (import "m" "m" (memory 1)) (func (param i32) (i32.store (local.get 0) (i32.const 1))))`: false,
		`(module (memory 1) (func (param i32) (i32.store (local.get 0) (i32.const 1))))`:                  true,
	} {
		parsed, err := wat.Parse([]byte(text))
		if err != nil {
			t.Fatal(err)
		}
		mod := encoded(t, parsed)
		if got := mod.guards(true); got != want {
			t.Errorf("%s: guarded is %v", text, got)
		}
	}
}

// TestWithoutGuards states that no code has sites where none are wanted.
func TestWithoutGuards(t *testing.T) {
	mod := guardedModule(t, checkedGuest)
	mod.guarded = false
	c, err := mod.compile(0)
	if err != nil || len(c.sites) > 0 {
		t.Errorf("%v, %d sites", err, len(c.sites))
	}
}

// TestGuardsStayInFront states that an access which another one relies on, because it traps where that would, is made
// first, whatever it becomes an operand of, and that code is refused where it is not.
func TestGuardsStayInFront(t *testing.T) {
	const fields = `(local.set $x (i32.load offset=24 (local.get $p))) (local.set $y (i32.load offset=4 (local.get $p)))
		(i32.store offset=%s (local.get $p) (i32.mul (local.get $q) (local.get $x)))
		(local.get $y)`
	for _, offset := range []string{"0", "4", "20"} {
		mod := guardedModule(t, `(module (memory 1) (func (param $p i32) (param $q i32) (result i32) (local $x i32) (local $y i32) `+
			strings.Replace(fields, "%s", offset, 1)+`))`)
		l := withPlaces(t, mod, 0)
		var accesses []int
		for i := range l.ops {
			if l.ops[i].access != 0 {
				accesses = append(accesses, i)
			}
		}
		if len(accesses) != 3 || !l.ops[accesses[0]].guarded() || l.ops[accesses[1]].guarded() || l.ops[accesses[2]].guarded() {
			t.Fatalf("offset %s: not one guard in front of two accesses", offset)
		}
		for _, later := range accesses[1:] {
			a, b := &l.ops[accesses[0]], &l.ops[later]
			*a, *b = *b, *a
			if l.verifyGuards() == nil {
				t.Errorf("offset %s: a guard behind what relies on it is not missed", offset)
			}
			*a, *b = *b, *a
		}
	}
}
