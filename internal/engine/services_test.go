package engine

import (
	"context"
	"errors"
	"math"
	"testing"
	"time"

	"github.com/wazedge/wazedge/internal/fault"
	"github.com/wazedge/wazedge/internal/lower"
	"github.com/wazedge/wazedge/internal/wasm"
	"github.com/wazedge/wazedge/internal/wat"
)

// account is one that interrupts when it is told to.
type account struct {
	ended    chan struct{}
	deadline time.Time
}

func (a *account) Pause() error {
	select {
	case <-a.ended:
		return fault.New(fault.Interrupted)
	default:
	}
	if !a.deadline.IsZero() && !time.Now().Before(a.deadline) {
		return fault.New(fault.Interrupted)
	}
	return nil
}
func (a *account) Interrupted() <-chan struct{} { return a.ended }
func (a *account) Release()                     {}

func (a *account) Deadline() (time.Time, bool) { return a.deadline, !a.deadline.IsZero() }

// served makes an instance of the module text, with services for a; memory is what it
// imports its memory from.
func served(t *testing.T, rt *Runtime, store *Store, text string, memory *Instance) *Instance {
	t.Helper()
	m, err := wat.Parse([]byte("(module " + text + ")"))
	if err != nil {
		t.Fatal(err)
	}
	if m, err = lower.Services(m); err != nil {
		t.Fatal(err)
	}
	code, err := rt.CompileWith(t.Context(), wasm.Encode(m), CompileOptions{Label: text[:8]})
	if err != nil {
		t.Fatal(err)
	}
	services, err := rt.Services(t.Context(), lower.ServiceModule)
	if err != nil {
		t.Fatal(err)
	}
	inst, err := rt.Instantiate(t.Context(), code, Options{Store: store, SharedMemory: true, Imports: func(name string) *Instance {
		if name == lower.ServiceModule {
			return services
		}
		return memory
	}})
	if err != nil {
		t.Fatal(err)
	}
	return inst
}

func newStore(t *testing.T, interpreter bool, c StoreConfig) (*Runtime, *Store) {
	t.Helper()
	rt := New(t.Context(), Config{Interpreter: interpreter})
	store := rt.NewStore(c)
	t.Cleanup(func() {
		if err := errors.Join(store.Close(context.Background()), rt.Close(context.Background())); err != nil {
			t.Error(err)
		}
	})
	return rt, store
}

const waiters = `
  (func (export "store") (param i32 i32) (i32.atomic.store (local.get 0) (local.get 1)))
  (func (export "notify") (param i32 i32) (result i32) (memory.atomic.notify (local.get 0) (local.get 1)))
  (func (export "notify8") (param i32 i32) (result i32) (memory.atomic.notify offset=8 (local.get 0) (local.get 1)))
  (func (export "wait32") (param i32 i32 i64) (result i32) (memory.atomic.wait32 (local.get 0) (local.get 1) (local.get 2)))
  (func (export "wait64") (param i32 i64 i64) (result i32) (memory.atomic.wait64 (local.get 0) (local.get 1) (local.get 2)))
  (func (export "wait8") (param i32 i32 i64) (result i32) (memory.atomic.wait32 offset=8 (local.get 0) (local.get 1) (local.get 2)))`

// TestWaits states the results and traps of waiting and notifying (threads proposal).
func TestWaits(t *testing.T) {
	const size = 65536
	for _, interpreter := range []bool{false, true} {
		rt, store := newStore(t, interpreter, StoreConfig{Account: &account{ended: make(chan struct{})}})
		shared := served(t, rt, store, `(memory (export "m") 1 1 shared)`+waiters, nil)
		own := served(t, rt, store, `(memory 1 1)`+waiters, nil)
		for _, tc := range []struct {
			name string
			inst *Instance
			f    string
			args []uint64
			want uint64
			trap fault.Code
		}{
			{name: "another value", inst: shared, f: "wait32", args: []uint64{0, 1, 1 << 40}, want: 1},
			{name: "another value of 64 bits", inst: shared, f: "wait64", args: []uint64{0, 1 << 32, 1 << 40}, want: 1},
			{name: "another value for ever", inst: shared, f: "wait32", args: []uint64{0, 1, math.MaxUint64}, want: 1},
			{name: "no time", inst: shared, f: "wait32", args: []uint64{0, 0, 0}, want: 2},
			{name: "a little time", inst: shared, f: "wait64", args: []uint64{8, 0, 1000}, want: 2},
			{name: "nobody waits", inst: shared, f: "notify", args: []uint64{0, 5}, want: 0},
			{name: "not aligned", inst: shared, f: "wait32", args: []uint64{2, 0, 0}, trap: fault.UnalignedAtomicAccess},
			{name: "not aligned to 8", inst: shared, f: "wait64", args: []uint64{4, 0, 0}, trap: fault.UnalignedAtomicAccess},
			{name: "notify not aligned", inst: shared, f: "notify", args: []uint64{3, 0}, trap: fault.UnalignedAtomicAccess},
			{name: "out of bounds", inst: shared, f: "wait32", args: []uint64{size, 0, 0}, trap: fault.MemoryOutOfBounds},
			{name: "offset out of bounds", inst: shared, f: "wait8", args: []uint64{size - 8, 0, 0}, trap: fault.MemoryOutOfBounds},
			{name: "notify out of bounds", inst: shared, f: "notify", args: []uint64{size, 0}, trap: fault.MemoryOutOfBounds},
			{name: "not shared", inst: own, f: "wait32", args: []uint64{0, 0, 0}, trap: fault.ExpectSharedMemory},
			{name: "notify, not shared", inst: own, f: "notify", args: []uint64{0, 1}, want: 0},
		} {
			stack := append(tc.args, 0)
			err := tc.inst.Call(t.Context(), tc.f, stack)
			if tc.trap != 0 {
				if !errors.Is(err, tc.trap) {
					t.Errorf("interpreter %v, %s: %v, want %v", interpreter, tc.name, err, tc.trap)
				}
			} else if err != nil || stack[0] != tc.want {
				t.Errorf("interpreter %v, %s: %d, %v, want %d", interpreter, tc.name, stack[0], err, tc.want)
			}
		}
	}
}

// TestThreadsWakeEachOther has threads wait, in two modules that share a memory, at
// one address that they name in two ways, and a third wake them one by one.
func TestThreadsWakeEachOther(t *testing.T) {
	rt, store := newStore(t, false, StoreConfig{Account: &account{ended: make(chan struct{})}})
	owner := served(t, rt, store, `(memory (export "m") 1 1 shared)`+waiters, nil)
	other := served(t, rt, store, `(import "o" "m" (memory 1 1 shared))`+waiters, owner)
	notifier := served(t, rt, store, `(memory (import "o" "m") 1 1 shared)`+waiters, owner)
	done := make(chan uint64, 3)
	for _, w := range []struct {
		inst *Instance
		f    string
		args []uint64
	}{
		{owner, "wait32", []uint64{16, 0, math.MaxUint64}},
		{other, "wait8", []uint64{8, 0, math.MaxUint64}},
	} {
		go func() {
			if err := w.inst.Call(context.Background(), w.f, w.args); err != nil {
				t.Error(err)
			}
			done <- w.args[0]
		}()
	}
	for woken := uint64(0); woken < 2; {
		stack := []uint64{16, 1}
		if err := notifier.Call(t.Context(), "notify", stack); err != nil {
			t.Fatal(err)
		}
		woken += stack[0]
	}
	for range 2 {
		if result := <-done; result != 0 {
			t.Errorf("a thread that was woken gets %d", result)
		}
	}
}

func TestWaitingEndsWithTheGuest(t *testing.T) {
	ended := make(chan struct{})
	close(ended)
	for name, a := range map[string]*account{
		"interrupted": {ended: ended},
		"deadline":    {ended: make(chan struct{}), deadline: time.Now().Add(10 * time.Millisecond)},
	} {
		rt, store := newStore(t, false, StoreConfig{Account: a})
		inst := served(t, rt, store, `(memory (export "m") 1 1 shared)`+waiters, nil)
		if err := inst.Call(t.Context(), "wait32", []uint64{0, 0, math.MaxUint64}); !errors.Is(err, fault.Interrupted) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestBudget states that memories and tables of all instances count together, and that
// what is refused takes nothing.
func TestBudget(t *testing.T) {
	const module = `(memory 1 1000) (table 0 1000000 funcref)
		(func (export "memory") (param i32) (result i32) (memory.grow (local.get 0)))
		(func (export "table") (param i32) (result i32) (table.grow (ref.null func) (local.get 0)))`
	const limit = freeBytes + 64*pageSize
	rt, store := newStore(t, false, StoreConfig{Budget: NewBudget(0, func() uint64 { return limit }), TableGrowth: 1 << 20, Account: &account{ended: make(chan struct{})}})
	a, b := served(t, rt, store, module, nil), served(t, rt, store, module+" ", nil)
	const no = math.MaxUint32
	for i, step := range []struct {
		inst *Instance
		f    string
		n    uint64
		want uint64
	}{
		{a, "memory", freeBytes/pageSize - 2, 1}, // with the first pages of both: all but the last 64
		{a, "memory", 65, no},
		{b, "memory", 65, no},
		{b, "table", 65*pageSize/elementSize + 1, no},
		{a, "table", 2000000, no}, // beyond its maximum: gives back what it has taken
		{b, "table", 32 * pageSize / elementSize, 0},
		{a, "memory", 33, no},
		{a, "memory", 32, freeBytes/pageSize - 1},
		{a, "table", 1, no},
		{b, "memory", 1, no},
		{b, "memory", 0, 1},
	} {
		stack := []uint64{step.n}
		if err := step.inst.Call(t.Context(), step.f, stack); err != nil || uint32(stack[0]) != uint32(step.want) {
			t.Fatalf("step %d: %d, %v, want %d", i, int32(stack[0]), err, int32(step.want))
		}
	}
}

func TestTablesGrowTogether(t *testing.T) {
	rt, store := newStore(t, false, StoreConfig{TableGrowth: 100, Account: &account{ended: make(chan struct{})}})
	inst := served(t, rt, store, `(table $a 0 funcref) (table $b 0 funcref)
		(func (export "a") (param i32) (result i32) (table.grow $a (ref.null func) (local.get 0)))
		(func (export "b") (param i32) (result i32) (table.grow $b (ref.null func) (local.get 0)))`, nil)
	for _, step := range []struct {
		f    string
		n    uint64
		want int32
	}{{"a", 60, 0}, {"b", 41, -1}, {"b", 40, 0}, {"a", 1, -1}, {"a", 0, 60}} {
		stack := []uint64{step.n}
		if err := inst.Call(t.Context(), step.f, stack); err != nil || int32(stack[0]) != step.want {
			t.Errorf("%s grows by %d: %d, %v, want %d", step.f, step.n, int32(stack[0]), err, step.want)
		}
	}
}

// TestTablesKeepElementsWhenTheyGrow grows two tables by much, by turns: each keeps what it has.
func TestTablesKeepElementsWhenTheyGrow(t *testing.T) {
	rt, store := newStore(t, false, StoreConfig{Account: &account{ended: make(chan struct{})}})
	inst := served(t, rt, store, `(table $a 1 funcref) (table $b 1 3000000 externref) (elem declare func $f)
		(func $f (export "main") (result i32) (local $i i32)
		  (table.set $a (i32.const 0) (ref.func $f))
		  (loop $l
		    (if (i32.ne (table.grow $a (ref.func $f) (i32.const 100000)) (i32.add (i32.const 1) (i32.mul (local.get $i) (i32.const 100000)))) (then unreachable))
		    (if (i32.ne (table.grow $b (ref.null extern) (i32.const 70000)) (i32.add (i32.const 1) (i32.mul (local.get $i) (i32.const 70000)))) (then unreachable))
		    (if (ref.is_null (table.get $a (i32.const 0))) (then unreachable))
		    (if (ref.is_null (table.get $a (i32.mul (local.get $i) (i32.const 100000)))) (then unreachable))
		    (br_if $l (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const 40))))
		  (i32.add (table.size $a) (table.grow $b (ref.null extern) (i32.const 300000))))`, nil)
	stack := make([]uint64, 1)
	if err := inst.Call(t.Context(), "main", stack); err != nil || stack[0] != 4000000 {
		t.Errorf("%d, %v, want 4000000", stack[0], err)
	}
}
