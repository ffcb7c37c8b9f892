package limits_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/wazedge/wazedge/internal/engine"
	"github.com/wazedge/wazedge/internal/fault"
	"github.com/wazedge/wazedge/internal/wasm"
	"github.com/wazedge/wazedge/internal/wat"
	"github.com/wazedge/wazedge/limits"
)

// Each of these runs for ever, or longer than anyone waits. The test hangs when
// one of them does not look at the time.
var forever = map[string]string{
	"loop":                `(func (export "f") (loop $l (br $l)))`,
	"conditional":         `(func (export "f") (loop $l (br_if $l (i32.const 1))))`,
	"table":               `(func (export "f") (loop $l (block $b (br_table $l $b $l (i32.const 0)))))`,
	"with parameters":     `(func (export "f") (i32.const 1) (loop $l (param i32) (result i32) (i32.add (i32.const 1)) (br $l)) drop)`,
	"nested":              `(func (export "f") (loop $o (loop $i (br_if $o (i32.const 1)) (br $i))))`,
	"calls a leaf":        `(func $g) (func (export "f") (loop $l (call $g) (br $l)))`,
	"calls one that ends": `(func $g (param i32) (if (local.get 0) (then (call $g (i32.sub (local.get 0) (i32.const 1)))))) (func (export "f") (loop $l (call $g (i32.const 0)) (br $l)))`,
	"tail call":           `(func $f (export "f") (return_call $f))`,
	"mutual tail calls":   `(func $g (return_call $f)) (func $f (export "f") (return_call $g))`,
	"indirect tail call":  `(type $t (func)) (table funcref (elem $f)) (func $f (export "f") (return_call_indirect (type $t) (i32.const 0)))`,
	"reference tail call": `(type $t (func)) (func $f (export "f") (return_call_ref $t (ref.func $f)))`,
	"tree of calls":       `(func $g (param i32) (if (local.get 0) (then (call $g (i32.sub (local.get 0) (i32.const 1))) (call $g (i32.sub (local.get 0) (i32.const 1)))))) (func (export "f") (call $g (i32.const 60)))`,
	"tree without recursion": `(func $a) (func $b (call $a) (call $a) (call $a) (call $a) (call $a) (call $a) (call $a) (call $a))
		(func $c (call $b) (call $b) (call $b) (call $b) (call $b) (call $b) (call $b) (call $b))
		(func $d (call $c) (call $c) (call $c) (call $c) (call $c) (call $c) (call $c) (call $c))
		(func $e (call $d) (call $d) (call $d) (call $d) (call $d) (call $d) (call $d) (call $d))
		(func $g (call $e) (call $e) (call $e) (call $e) (call $e) (call $e) (call $e) (call $e))
		(func $h (call $g) (call $g) (call $g) (call $g) (call $g) (call $g) (call $g) (call $g))
		(func $i (call $h) (call $h) (call $h) (call $h) (call $h) (call $h) (call $h) (call $h))
		(func $j (call $i) (call $i) (call $i) (call $i) (call $i) (call $i) (call $i) (call $i))
		(func $k (call $j) (call $j) (call $j) (call $j) (call $j) (call $j) (call $j) (call $j))
		(func $l (call $k) (call $k) (call $k) (call $k) (call $k) (call $k) (call $k) (call $k))
		(func $m (call $l) (call $l) (call $l) (call $l) (call $l) (call $l) (call $l) (call $l))
		(func $n (call $m) (call $m) (call $m) (call $m) (call $m) (call $m) (call $m) (call $m))
		(func $o (call $n) (call $n) (call $n) (call $n) (call $n) (call $n) (call $n) (call $n))
		(func (export "f") (call $o) (call $o) (call $o) (call $o) (call $o) (call $o) (call $o) (call $o))`,
	"goes on where a local says, from elsewhere": `(func (export "f") (local $pc i32)
		(loop $l (block $a (block $b (br_table $b $a (local.get $pc)))
			(block $c (if (local.get $pc) (then (br $c))) (local.set $pc (i32.const 1)) (br $l))
			(local.set $pc (i32.const 0)) (br $l)) (local.set $pc (i32.const 0)) (br $l)))`,
	"the local is set on one way only": `(func (export "f") (local $pc i32)
		(loop $l (block $a (block $b (block $c (br_table $c $b $a (local.get $pc))))
			(block $x (br_if $x (i32.const 1)) (local.set $pc (i32.const 1))) (br $l)) (unreachable)))`,
	"the local is set before code that nobody gets to": `(func (export "f") (local $pc i32)
		(loop $l (block $a (block $b (br_table $b $a (local.get $pc)))
			(block $x (br_if $x (i32.const 1)) (local.set $pc (i32.const 1)) (br $l) (unreachable)) (br $l))))`,
	"another local is set": `(func (export "f") (local $pc i32) (local $x i32)
		(loop $l (block $a (block $b (br_table $b $a (local.get $pc))) (local.set $x (i32.const 1)) (br $l))))`,
	"the table looks at something else": `(func (export "f") (local $pc i32)
		(loop $l (block $a (block $b (br_table $b $a (i32.eqz (i32.eqz (i32.const 0))))) (local.set $pc (i32.const 1)) (br $l))))`,
	"the table goes round": `(func (export "f") (local $pc i32)
		(loop $l (block $a (block $b (br_table $b $l $a (local.get $pc))) (local.set $pc (i32.const 1)) (br $l))))`,
	"calls through a table, few callers": `(type $t (func)) (table funcref (elem $a $b $c $d $f)) (func $a) (func $b) (func $c) (func $d)
		(func $g (call_indirect (type $t) (i32.const 4)) (call_indirect (type $t) (i32.const 4))) (func $f (export "f") (return_call $g))`,
	"calls through a table, many callers": `(type $t (func)) (table funcref (elem $f))
		(func $f (export "f") (return_call_indirect (type $t) (i32.const 0))) (func $b (call_indirect (type $t) (i32.const 0))) (func $c (call_indirect (type $t) (i32.const 0)))`,
	"advances a local":              `(func (export "f") (local $i i32) (loop $l (local.set $i (i32.add (local.get $i) (i32.const 1))) (br $l)))`,
	"advances it, and branches":     `(func (export "f") (local $i i32) (loop $l (br_if $l (i32.or (i32.const 1) (local.tee $i (i32.add (local.get $i) (i32.const 1)))))))`,
	"advances by twelve":            `(func (export "f") (local $i i32) (local.set $i (i32.const 3)) (loop $l (local.set $i (i32.sub (local.get $i) (i32.const 12))) (br $l)))`,
	"advances by half of all":       `(func (export "f") (local $i i32) (local.set $i (i32.const 3)) (loop $l (local.set $i (i32.sub (local.get $i) (i32.const 0x80000000))) (br $l)))`,
	"advances by the sign":          `(func (export "f") (local $i i64) (local.set $i (i64.const 3)) (loop $l (local.set $i (i64.add (local.get $i) (i64.const 0x8000000000000000))) (br $l)))`,
	"advances by nothing":           `(func (export "f") (local $i i32) (local.set $i (i32.const 1)) (loop $l (local.set $i (i32.add (local.get $i) (i32.const 0))) (br $l)))`,
	"advances 64 bits":              `(func (export "f") (local $i i64) (loop $l (local.set $i (i64.add (local.get $i) (i64.const -3))) (br $l)))`,
	"goes round before it advances": `(func (export "f") (local $i i32) (local.set $i (i32.const 1)) (loop $l (br_if $l (i32.const 1)) (local.set $i (i32.add (local.get $i) (i32.const 1))) (br $l)))`,
	"advances on one way only":      `(func (export "f") (local $i i32) (local.set $i (i32.const 1)) (loop $l (block $b (br_if $b (i32.const 1)) (local.set $i (i32.add (local.get $i) (i32.const 1)))) (br $l)))`,
	"advances in an arm":            `(func (export "f") (local $i i32) (local.set $i (i32.const 1)) (loop $l (if (i32.const 0) (then (local.set $i (i32.add (local.get $i) (i32.const 1))))) (br $l)))`,
	"advances in an inner loop":     `(func (export "f") (local $i i32) (loop $l (loop (local.set $i (i32.add (local.get $i) (i32.const 1)))) (local.set $i (i32.sub (local.get $i) (i32.const 1))) (local.set $i (i32.const 1)) (br $l)))`,
	"advances and goes back":        `(func (export "f") (local $i i32) (local.set $i (i32.const 1)) (loop $l (local.set $i (i32.add (local.get $i) (i32.const 1))) (local.set $i (i32.sub (local.get $i) (i32.const 1))) (br $l)))`,
	"advances, and keeps both":      `(func (export "f") (local $i i32) (local $j i32) (loop $l (local.set $i (local.tee $j (i32.add (local.get $i) (i32.const -4)))) (br $l)))`,
	"advances to another":           `(func (export "f") (local $i i32) (local $j i32) (loop $l (br_if 1 (i32.eq (local.tee $j (i32.add (local.get $i) (i32.const 8))) (i32.const 3))) (local.set $i (local.get $j)) (br $l)))`,
	"advances to another, set":      `(func (export "f") (local $i i32) (local $j i32) (local.set $i (i32.const 1)) (loop $l (local.set $j (i32.add (local.get $i) (i32.const 1))) (local.set $j (i32.const 1)) (local.set $i (local.get $j)) (br $l)))`,
	"advances to another or not":    `(func (export "f") (local $i i32) (local $j i32) (local.set $i (i32.const 1)) (local.set $j (i32.const 1)) (loop $l (block $b (br_if $b (i32.const 1)) (local.set $j (i32.add (local.get $i) (i32.const 1)))) (local.set $i (local.get $j)) (br $l)))`,
	"advances to another in an arm": `(func (export "f") (local $i i32) (local $j i32) (local.set $i (i32.const 1)) (local.set $j (i32.const 1)) (loop $l (if (i32.const 0) (then (local.set $j (i32.add (local.get $i) (i32.const 1))))) (local.set $i (local.get $j)) (br $l)))`,
	"goes back in a loop":           `(func (export "f") (local $i i32) (local.set $i (i32.const 1)) (loop $l (local.set $i (i32.add (local.get $i) (i32.const 1))) (loop (local.set $i (i32.const 1))) (br $l)))`,
	"catches before it advances":    `(tag $t) (func (export "f") (local $i i32) (local.set $i (i32.const 1)) (loop $l (block $b (try_table (catch $t $b) (throw $t)) (local.set $i (i32.add (local.get $i) (i32.const 1)))) (br $l)))`,
	"short loops in each other": `(func (export "f") (local i32 i32 i32 i32 i32 i32)
		(loop $a (local.set 0 (i32.const 1)) (loop $b (local.set 1 (i32.const 1)) (loop $c (local.set 2 (i32.const 1)) (loop $d (local.set 3 (i32.const 1)) (loop $e (local.set 4 (i32.const 1)) (loop $f
			(local.set 4 (i32.add (local.get 4) (i32.const 1))) (br_if $f (i32.lt_u (local.get 4) (i32.const 16))))
			(local.set 3 (i32.add (local.get 3) (i32.const 1))) (br_if $e (i32.lt_u (local.get 3) (i32.const 31))))
			(local.set 2 (i32.add (local.get 2) (i32.const 1))) (br_if $d (i32.lt_u (local.get 2) (i32.const 31))))
			(local.set 1 (i32.add (local.get 1) (i32.const 1))) (br_if $c (i32.lt_u (local.get 1) (i32.const 31))))
			(local.set 0 (i32.add (local.get 0) (i32.const 1))) (br_if $b (i32.lt_u (local.get 0) (i32.const 31)))) (br $a)))`,
	"calls a short loop": `(func $g (local i32) (local.set 0 (i32.const 1)) (loop $l (local.set 0 (i32.add (local.get 0) (i32.const 1))) (br_if $l (i32.lt_u (local.get 0) (i32.const 16)))))
		(func (export "f") (local i32) (loop $l (call $g) (local.set 0 (i32.add (local.get 0) (i32.const 1))) (br $l)))`,
	"exceptions":            `(tag $t) (func (export "f") (loop $l (block $h (try_table (catch $t $l) (throw $t)))))`,
	"middle fills":          `(memory 1) (func (export "f") (loop $l (memory.fill (i32.const 0) (i32.const 1) (i32.const 30000)) (br $l)))`,
	"long fills of tables":  `(table 10000000 funcref) (func (export "f") (loop $l (table.fill (i32.const 0) (ref.null func) (i32.const 10000000)) (br $l)))`,
	"long copies of tables": `(table 10000000 funcref) (func (export "f") (loop $l (table.copy (i32.const 0) (i32.const 1) (i32.const 9999999)) (br $l)))`,
	"long fills":            `(memory 2000) (func (export "f") (loop $l (memory.fill (i32.const 0) (i32.const 1) (i32.const 131072000)) (br $l)))`,
}

func TestWhatRunsForeverIsInterrupted(t *testing.T) {
	for name, text := range forever {
		for _, c := range []limits.Config{
			{TimeLimit: 10 * time.Millisecond},
			{TimeLimit: 10 * time.Millisecond, Instructions: true, GasLimit: pointer(1 << 60)},
		} {
			t.Run(name, func(t *testing.T) {
				m, err := wat.Parse([]byte("(module " + text + ")"))
				if err != nil {
					t.Fatal(err)
				}
				for _, w := range []way{compiled, optimized} {
					if err := run(t, m, c, w); !errors.Is(err, fault.Interrupted) {
						t.Errorf("%d: the guest ends with %v, want an interruption", w, err)
					}
				}
			})
		}
	}
}

// machine is a function that goes for ever from state to state, each of which says which one is next, in
// the ways that compilers write this.
func machine(r *rand.Rand) string {
	states := 1 + r.IntN(7)
	var b strings.Builder
	b.WriteString("(func (export \"f\") (local $pc i32) (local $n i32) (loop $l ")
	for n := states - 1; n >= 0; n-- {
		fmt.Fprintf(&b, "(block $s%d ", n)
	}
	b.WriteString("(block $none (br_table")
	for n := range states {
		fmt.Fprintf(&b, " $s%d", n)
	}
	b.WriteString(" $none (local.get $pc))) (unreachable)")
	next := func() string { return fmt.Sprintf("(local.set $pc (i32.const %d))", r.IntN(states)) }
	for range states {
		b.WriteString(") (local.set $n (i32.add (local.get $n) (i32.const 1))) ")
		switch r.IntN(4) {
		case 0:
			fmt.Fprintf(&b, "%s (br $l)", next())
		case 1:
			fmt.Fprintf(&b, "(if (i32.and (local.get $n) (i32.const %d)) (then %s (br $l))) %s (br $l)", 1+r.IntN(5), next(), next())
		case 2:
			fmt.Fprintf(&b, "(block $x (br_if $x (i32.and (local.get $n) (i32.const %d))) %s) (br $l)", 1+r.IntN(5), next())
		case 3:
			fmt.Fprintf(&b, "(block $x %s (br_if $l (i32.and (local.get $n) (i32.const %d)))) %s (br $l)", next(), 1+r.IntN(5), next())
		}
	}
	b.WriteString("))")
	return b.String()
}

// TestMachinesAreInterrupted states that no way of going on where a local says is overlooked.
func TestMachinesAreInterrupted(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 60 {
		text := machine(r)
		m, err := wat.Parse([]byte("(module " + text + ")"))
		if err != nil {
			t.Fatalf("%v in %s", err, text)
		}
		c := limits.Config{TimeLimit: 10 * time.Millisecond}
		if r.IntN(2) == 0 {
			c.GasLimit = pointer(1 << 60)
		}
		if err := run(t, m, c, compiled+optimized*way(r.IntN(2))); !errors.Is(err, fault.Interrupted) {
			t.Errorf("%s ends with %v, want an interruption", text, err)
		}
	}
}

// run calls "f" of m under c.
func run(t *testing.T, m *wasm.Module, c limits.Config, w way) error {
	t.Helper()
	ctx := context.Background()
	rt := w.runtime()
	defer rt.Close(ctx)
	metered, err := limits.Meter(m, c.Variant())
	if err != nil {
		t.Fatal(err)
	}
	a := limits.NewAccount(c)
	meter, err := rt.Meter(ctx, limits.HostModule)
	if err != nil {
		t.Fatal(err)
	}
	inst, err := rt.Instantiate(ctx, w.load(t, rt, metered, c.Variant()), engine.Options{Store: rt.NewStore(engine.StoreConfig{Meter: a}), Imports: func(string) *engine.Instance { return meter }})
	if err != nil {
		t.Fatal(err)
	}
	counter, _ := inst.Cell(limits.NamesFor(m).Counters[0])
	a.Connect(counter)
	if err := a.Begin(); err != nil {
		t.Fatal(err)
	}
	return inst.Call(ctx, "f", nil)
}
