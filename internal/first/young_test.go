package first

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/wazedge/wazedge/hostfuncs/abi"
	"github.com/wazedge/wazedge/hostfuncs/wasi"
	"github.com/wazedge/wazedge/internal/engine"
	"github.com/wazedge/wazedge/internal/journal"
	"github.com/wazedge/wazedge/internal/ondemand"
	"github.com/wazedge/wazedge/internal/wasm"
	"github.com/wazedge/wazedge/internal/wasm/validate"
	"github.com/wazedge/wazedge/internal/wat"
	"github.com/wazedge/wazedge/limits"
)

// host is what the guests of these tests import: "sched_yield", which tells how often it has been
// called, and calls then, unless that is nil.
type host struct {
	calls uint32
	then  func()
}

var hostTable = abi.NewTable(wasi.ModuleName, abi.Fn0("sched_yield", func(h *host, _ abi.Memory) uint32 {
	h.calls++
	if h.then != nil {
		h.then()
	}
	return h.calls
}))

// shared is what host functions find of a store that has h.
func (h *host) shared() *abi.Hosts {
	return &abi.Hosts{Guest: abi.NewGuest(abi.GuestConfig{Journal: journal.NewWriter(journal.NewMemory(), nil)}), States: []any{h}}
}

// imports are the host modules in rt, by their names.
func (h *host) imports(ctx context.Context, rt *engine.Runtime) (map[string]*engine.Instance, error) {
	i, err := abi.Shared(ctx, rt, hostTable, 0, []abi.Import{{Name: "sched_yield"}})
	meter, err2 := rt.Meter(ctx, limits.HostModule)
	return map[string]*engine.Instance{wasi.ModuleName: i, limits.HostModule: meter}, errors.Join(err, err2)
}

// storeOf is a store in rt.
func storeOf(rt *engine.Runtime, shared *abi.Hosts, account *limits.Account) *engine.Store {
	return rt.NewStore(engine.StoreConfig{Budget: engine.NewBudget(0, func() uint64 { return 1 << 30 }), Meter: account, Host: shared})
}

// child is a guest that has begun by b.
type child struct {
	*Young
	host  host
	guest Guest
	inst  *engine.Instance
}

func parse(t *testing.T, text string) *wasm.Module {
	t.Helper()
	m, err := wat.Parse([]byte(text))
	if err == nil {
		m, err = wasm.Decode(wasm.Encode(m), wasm.Wasm2)
	}
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// begin has the module text begin by b. change, unless nil, changes what it is given before.
func begin(t *testing.T, text string, b Beginning, change func(*Guest)) *child {
	t.Helper()
	ctx := context.Background()
	m := parse(t, text)
	checked, err := validate.Module(m, wasm.Wasm2, validate.Options{})
	if err != nil {
		t.Fatal(err)
	}
	c := &child{}
	c.guest = Guest{
		Module: m, Checked: checked, Label: "child",
		Instance: func() *engine.Instance { return c.inst }, Adopt: func(i *engine.Instance) { c.inst = i },
		Hosts: func(ctx context.Context, rt *engine.Runtime, _ *abi.Hosts) (map[string]*engine.Instance, error) {
			return c.host.imports(ctx, rt)
		},
		Store: storeOf,
		Whole: func(context.Context, *engine.Runtime, *wasm.Module, string, bool) (*engine.Code, bool) {
			return nil, false
		},
	}
	if change != nil {
		change(&c.guest)
	}
	c.guest.Account, c.guest.Metering = limits.NewAccount(c.guest.Limits), c.guest.Limits.Variant()
	c.guest.Shared = c.host.shared()
	if c.Young, err = b.Start(ctx, c.guest); err != nil || c.Young == nil {
		t.Fatalf("the module does not begin: %v", err)
	}
	found, err := c.host.imports(ctx, c.Engine)
	if err != nil {
		t.Fatal(err)
	}
	store := storeOf(c.Engine, c.guest.Shared, c.Account)
	if c.inst, err = c.Engine.Instantiate(ctx, c.Code, engine.Options{Store: store, Imports: func(name string) *engine.Instance { return found[name] }}); err != nil {
		t.Fatal(err)
	}
	limits.ConnectNamed(c.guest.Account, limits.NamesFor(m), c.inst.Cell)
	t.Cleanup(func() {
		if err := c.Close(ctx); err != nil {
			t.Error(err)
		}
	})
	return c
}

// call is the result of the function name for arg.
func (c *child) call(t *testing.T, name string, arg uint64) uint64 {
	t.Helper()
	stack := []uint64{arg}
	if err := c.Call(context.Background(), name, stack); err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return stack[0]
}

// Beginnings of these tests: the interpreter is given all the time it wants, next to none, and
// no call of the host.
var (
	patient = Beginning{Patience: fixed(time.Hour, time.Hour), Journal: journal.Bounds{Calls: 1000, Bytes: 1 << 20}}
	hasty   = Beginning{Patience: fixed(time.Millisecond, 1), Journal: journal.Bounds{Calls: 1000, Bytes: 1 << 20}}
	mute    = Beginning{Patience: fixed(time.Hour, time.Hour), Journal: journal.Bounds{Calls: -1}}
)

// fixed is a Patience that knows no sizes.
func fixed(after, most time.Duration) Patience {
	return func(int) (time.Duration, time.Duration) { return after, most }
}

// TestPatienceBySize states that the interpreter has the more time the larger a module is, within bounds, and
// that functions are compiled well before it has to wait for them.
func TestPatienceBySize(t *testing.T) {
	var last time.Duration
	for _, size := range []int{0, 100, 1 << 20, 3 << 20, 20 << 20, 100 << 20, 1 << 31} {
		after, most := PatienceBySize(size)
		if after < last || after < minAfter || after > maxAfter || most < 2*after {
			t.Errorf("%d bytes: %v and %v, behind %v", size, after, most, last)
		}
		last = after
	}
	if last != maxAfter {
		t.Errorf("the largest module has %v, want %v", last, maxAfter)
	}
}

// counts is a guest with functions that call the host and others, and keep something: "f" n adds
// up n numbers, the calls so far, and what the host says, and "deep" traps two calls down.
const counts = `(module
	(import "wasi_snapshot_preview1" "sched_yield" (func $yield (result i32)))
	(memory 1) (global $calls (mut i32) (i32.const 0))
	(func $add (param i32 i32) (result i32) (i32.add (local.get 0) (local.get 1)))
	(func $sum (param $n i32) (result i32) (local $s i32)
		(block $out (loop $l
			(br_if $out (i32.eqz (local.get $n)))
			(local.set $s (call $add (local.get $s) (local.get $n)))
			(local.set $n (i32.sub (local.get $n) (i32.const 1)))
			(br $l)))
		(local.get $s))
	(func (export "f") (param i32) (result i32)
		(global.set $calls (i32.add (global.get $calls) (i32.const 1000)))
		(i32.add (call $yield) (i32.add (global.get $calls) (call $sum (local.get 0)))))
	(func $div (param i32) (result i32) (i32.div_u (i32.const 1) (local.get 0)))
	(func (export "deep") (param i32) (result i32) (i32.add (call $div (local.get 0)) (i32.const 1))))`

// TestCallsGoOn states that calls are as if there were one instance, whoever makes them, and that
// what the host does is done once for each.
func TestCallsGoOn(t *testing.T) {
	for name, b := range map[string]Beginning{"patient": patient, "hasty": hasty, "mute": mute} {
		for _, n := range []uint64{3, 300_000} {
			t.Run(fmt.Sprint(name, n), func(t *testing.T) {
				c := begin(t, counts, b, nil)
				sum := n * (n + 1) / 2
				for k := uint64(1); k <= 3; k++ {
					if got, want := c.call(t, "f", n), uint64(uint32(sum+1001*k)); got != want || c.host.calls != uint32(k) {
						t.Fatalf("call %d comes to %d, want %d; the host has been called %d times", k, got, want, c.host.calls)
					}
				}
				if c.second == nil {
					t.Error("nothing is compiled behind the first call")
				}
			})
		}
	}
}

// TestSizeIsOfCode states that what a module has beside its code decides neither whether it begins so nor how long its interpreter has.
func TestSizeIsOfCode(t *testing.T) {
	for name, text := range map[string]string{
		"code": counts,
		"data": strings.Replace(counts, "(memory 1)", `(memory 1) (data (i32.const 0) "`+strings.Repeat("data", 5000)+`")`, 1),
	} {
		size, told := parse(t, text).CodeSize(), 0
		b := patient
		b.Least, b.Patience = size, func(n int) (after, most time.Duration) {
			told = n
			return time.Hour, time.Hour
		}
		c := begin(t, text, b, nil)
		if told != size {
			t.Errorf("%s: the interpreter has the time for %d bytes, want %d", name, told, size)
		}
		b.Least++
		if y, err := b.Start(context.Background(), c.guest); y != nil || err != nil {
			t.Errorf("%s: it begins with %d bytes of code, though %d are asked for: %v", name, size, b.Least, err)
		}
	}
}

// TestTogether states that a module with so much code is compiled in one group when the interpreter has had its time, and calls go on as
// of others; one with more is compiled in parts.
func TestTogether(t *testing.T) {
	size := parse(t, counts).CodeSize()
	for _, least := range []int{size, size - 1} {
		b := mute
		b.Together = least
		c := begin(t, counts, b, nil)
		for k := uint64(1); k <= 3; k++ {
			if got, want := c.call(t, "f", 3), 6+1001*k; got != want {
				t.Errorf("call %d comes to %d, want %d", k, got, want)
			}
		}
		if c.second == nil {
			t.Fatal("nothing is compiled")
		}
		missing := 0
		for _, s := range c.second.states {
			if s != set {
				missing++
			}
		}
		if together := missing == 0 && len(c.second.groups) == 1; together != (least == size) {
			t.Errorf("up to %d bytes, of %d: %d functions are not compiled, %d groups", least, size, missing, len(c.second.groups))
		}
		trap, ok := errors.AsType[*engine.Trap](c.Call(context.Background(), "deep", []uint64{0}))
		if !ok || len(trap.Frames) != 2 || trap.Frames[0].Function != 4 || trap.Frames[0].Source == 0 {
			t.Errorf("%+v, want a trap in two frames, the first in function 4", trap)
		}
	}
}

// TestSettled states that it is told once, in the next call of the host, that compiled code has taken over and what the interpreter had is freed, and never while
// the interpreter is needed.
func TestSettled(t *testing.T) {
	for name, b := range map[string]Beginning{"patient": patient, "mute": mute} {
		t.Run(name, func(t *testing.T) {
			told := 0
			b.Settled = func() { told++ }
			c := begin(t, counts, b, nil)
			c.call(t, "f", 1000)
			<-c.first.done
			c.call(t, "f", 1000)
			if want := map[string]int{"mute": 1}[name]; told != want {
				t.Errorf("told %d times, want %d", told, want)
			}
		})
	}
}

// TestTrapsOfLaterCalls states that the frames of a trap are those of the module in one piece,
// whichever call it is.
func TestTrapsOfLaterCalls(t *testing.T) {
	for name, b := range map[string]Beginning{"patient": patient, "hasty": hasty} {
		for before := range 3 {
			t.Run(fmt.Sprint(name, before), func(t *testing.T) {
				c := begin(t, counts, b, nil)
				for range before {
					c.call(t, "deep", 1)
				}
				trap, ok := errors.AsType[*engine.Trap](c.Call(context.Background(), "deep", []uint64{0}))
				if !ok || len(trap.Frames) != 2 {
					t.Fatalf("%+v, want a trap in two frames", trap)
				}
				for n, f := range trap.Frames {
					if want := int64([]int{4, 5}[n]); f.Label != "child" || f.Function != want || f.Source == 0 {
						t.Errorf("frame %d is %+v, want function %d of the module, and where it is", n, f, want)
					}
				}
			})
		}
	}
}

// errHosts is why a second instance cannot be made here.
var errHosts = errors.New("no hosts")

// TestNoSuccessor states that the first instance goes on alone where there is no second one, and
// whatever becomes of making it.
func TestNoSuccessor(t *testing.T) {
	for name, hosts := range map[string]func() error{
		"error":  func() error { return errHosts },
		"defect": func() error { panic("a defect") },
	} {
		for how, b := range map[string]Beginning{"patient": patient, "hasty": hasty, "mute": mute} {
			t.Run(name+" "+how, func(t *testing.T) {
				c := begin(t, counts, b, func(g *Guest) {
					g.Hosts = func(context.Context, *engine.Runtime, *abi.Hosts) (map[string]*engine.Instance, error) {
						return nil, hosts()
					}
				})
				for k := uint64(1); k <= 3; k++ {
					if got, want := c.call(t, "f", 100_000), uint64(uint32(5000050000+1001*k)); got != want {
						t.Fatalf("call %d comes to %d, want %d", k, got, want)
					}
				}
				if c.second != nil {
					t.Error("there is a second instance")
				}
			})
		}
	}
}

// TestCloseWhileCompiling states that what has begun can be closed, and what it has had from its
// store changed, when the first instance has ended on its own while the second one was being made.
func TestCloseWhileCompiling(t *testing.T) {
	asked, goOn := make(chan struct{}), make(chan struct{})
	var c *child
	var made sync.WaitGroup
	made.Add(1)
	c = begin(t, counts, Beginning{Patience: fixed(10*time.Microsecond, time.Hour), Journal: patient.Journal}, func(g *Guest) {
		hosts := g.Hosts
		g.Hosts = func(ctx context.Context, rt *engine.Runtime, shared *abi.Hosts) (map[string]*engine.Instance, error) {
			defer made.Done()
			close(asked)
			<-goOn
			return hosts(ctx, rt, shared)
		}
	})
	c.host.then = func() { <-asked } // so that making the second one has begun
	if got := c.call(t, "f", 3); got != 1007 {
		t.Errorf("the call comes to %d", got)
	}
	c.guest.Shared.States = nil
	c.guest.Shared.Guest.Renew()
	if err := c.Close(context.Background()); err != nil {
		t.Error(err)
	}
	close(goOn)
	made.Wait()
}

// turns is a guest whose "f" does each until $which, which it calls by a table, says that it is arg, fills much memory, and returns how often; 0 if
// that does not come to pass in so many turns.
func turns(each string, which, turns int) string {
	return fmt.Sprintf(`(module
	(import "wasi_snapshot_preview1" "sched_yield" (func $yield (result i32)))
	(memory 1)
	(type $t (func (result i32))) (table 1 funcref) (elem (i32.const 0) $which)
	(func $which (result i32) (i32.const %d))
	(func (export "f") (param i32) (result i32) (local $n i32)
		(drop (call $yield))
		(loop $l
			(drop %s)
			(local.set $n (i32.add (local.get $n) (i32.const 1)))
			(if (i32.eq (call_indirect (type $t) (i32.const 0)) (local.get 0)) (then
				(memory.fill (i32.const 64) (i32.const 1) (i32.const 10000))
				(return (local.get $n))))
			(br_if $l (i32.lt_u (local.get $n) (i32.const %d))))
		(i32.const 0))
	(func $div (param i32) (result i32) (i32.div_u (i32.const 1) (local.get 0)))
	(func (export "trap") (param i32) (result i32) (i32.add (call $div (local.get 0)) (i32.const 1))))`, which, each, turns)
}

// most are more turns than come to pass.
const most = 4_000_000_000

// TestGoesOverToTheWhole states that a call goes on in the code of the whole module once that is
// kept, from its next call of the host on, or where that can be, of any function, and again when it is optimized; and that traps
// are told then as before. The whole is another one here, so that it can be told apart, but counts as much.
func TestGoesOverToTheWhole(t *testing.T) {
	calls := map[string]string{"host": "(call $yield)", "none": "(i32.const 1)"}
	if !engine.Replaces {
		delete(calls, "none")
	}
	for call, each := range calls {
		count := func(text string) uint64 {
			s, _ := used(t, limits.Config{Instructions: true}, text, 1, 2)
			return s.Count
		}
		last, turn := count(turns(each, 2, 100)), count(turns(each, 1, 3))-count(turns(each, 1, 2))
		for config, bounds := range map[string]limits.Config{"": {}, "bounded": {Instructions: true, TimeLimit: time.Hour, MaxDepth: 50}} {
			if call == "none" && config == "" {
				continue // a collection could wait for the guest until it is over
			}
			for together, b := range []Beginning{hasty, hasty, mute} {
				t.Run(fmt.Sprint(call, config, together), func(t *testing.T) {
					kept := make(chan struct{}, 1)
					b.Kept = kept
					if call == "host" {
						b.Settled = func() { kept <- struct{}{} } // before, it would go another way than the interpreter has gone
					} else {
						kept <- struct{}{}
					}
					b.Over = func(optimized bool) {
						if !optimized {
							close(kept)
						}
					}
					if together == 1 {
						b.Together = 1 << 20
					}
					wholes := 0
					c := begin(t, turns(each, 1, most), b, func(g *Guest) {
						g.Limits = bounds
						g.Whole = func(ctx context.Context, rt *engine.Runtime, like *wasm.Module, label string, optimized bool) (*engine.Code, bool) {
							wholes++
							if optimized != (together == 1 || wholes == 2) {
								t.Errorf("only optimized code: %v", optimized)
							}
							m := parse(t, turns(each, map[bool]int{false: 3, true: 2}[optimized], most))
							whole, err := limits.Meter(m, bounds.Variant())
							if err != nil || !ondemand.SameSpaces(whole, like, len(m.Bodies)) {
								t.Errorf("the spaces are others (%v)", err)
								return nil, false
							}
							code, err := rt.CompileWith(ctx, wasm.Encode(whole), engine.CompileOptions{Label: label})
							if err != nil {
								t.Error(err)
							}
							return code, optimized
						}
					})
					n := c.call(t, "f", 2)
					if n == 0 {
						t.Error("the code of the whole is not taken")
					}
					got := c.guest.Account.Statistics().Count
					if want := last + (n-1)*turn; bounds.Instructions && got != want {
						t.Errorf("%d turns have taken %d instructions, want %d", n, got, want)
					}
					trap, ok := errors.AsType[*engine.Trap](c.Call(context.Background(), "trap", []uint64{0}))
					if imported := int64(c.cut.Imported()); !ok || len(trap.Frames) != 2 || trap.Frames[0].Function != imported+2 || trap.Frames[1].Function != imported+3 {
						t.Fatalf("%+v, want a trap in two frames", trap)
					}
					for _, f := range trap.Frames {
						if f.Label != "child" {
							t.Errorf("a frame of %q", f.Label)
						}
					}
				})
			}
		}
	}
}
