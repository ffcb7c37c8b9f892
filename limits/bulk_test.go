package limits_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/wazedge/wazedge/internal/engine"
	"github.com/wazedge/wazedge/internal/fault"
	"github.com/wazedge/wazedge/internal/lower"
	"github.com/wazedge/wazedge/internal/wasm"
	"github.com/wazedge/wazedge/internal/wat"
	"github.com/wazedge/wazedge/limits"
)

const bulkModule = `(module
  (memory 200)
  (func (export "prepare") (local $i i32)
    (loop $l
      (i32.store (local.get $i) (i32.mul (local.get $i) (i32.const 0x9E3779B1)))
      (br_if $l (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 4))) (i32.const 13107200)))))
  (func (export "fill") (param i32 i32 i32) (memory.fill (local.get 0) (local.get 1) (local.get 2)))
  (func (export "copy") (param i32 i32 i32) (memory.copy (local.get 0) (local.get 1) (local.get 2)))
  (func (export "sum") (result i32) (local $i i32) (local $h i32)
    (loop $l
      (local.set $h (i32.add (i32.mul (local.get $h) (i32.const 31)) (i32.load (local.get $i))))
      (br_if $l (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 4))) (i32.const 13107200))))
    (local.get $h)))`

// bulkStep is a call of f with an address, an address or value, and a length.
type bulkStep struct {
	f       string
	a, b, n uint32
	trap    bool
}

func TestLongMovesInPiecesAreTheSame(t *testing.T) {
	const size = 200 << 16
	compareBulk(t, bulkModule, fault.MemoryOutOfBounds, []bulkStep{
		{"fill", 5, 7, 9 << 20, false},
		{"fill", 1000, 9, 100, false},
		{"copy", 100, 7 << 20, 5 << 20, false},
		{"copy", 7 << 20, 100, 5<<20 + 3, false},
		{"copy", 33, 32, 12 << 20, false}, // upwards, over itself
		{"copy", 32, 40, 12 << 20, false}, // downwards
		{"fill", size - 40000, 3, 40000, false},
		{"fill", size - 40000, 4, 40001, true},
		{"copy", 0, size - 40000, 40001, true},
		{"copy", size - 40000, 0, 40001, true},
		{"fill", 8, 5, 0xFFFFFFFF, true},
		{"copy", 0xFFFFFFF0, 8, 50000, true},
	})
}

// compareBulk wants the steps to do the same to the module text whether it looks at
// the time or not: its function sum tells what there is after each.
func compareBulk(t *testing.T, text string, trap fault.Code, steps []bulkStep) {
	t.Helper()
	m, err := wat.Parse([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	run := func(v limits.Variant) (sums []uint32) {
		inst := instantiate(t, m, v)
		if err := inst.Call(t.Context(), "prepare", nil); err != nil {
			t.Fatal(err)
		}
		for _, s := range steps {
			err := inst.Call(t.Context(), s.f, []uint64{uint64(s.a), uint64(s.b), uint64(s.n)})
			if errors.Is(err, trap) != s.trap || err != nil && !s.trap {
				t.Fatalf("%s(%d, %d, %d): %v", s.f, s.a, s.b, s.n, err)
			}
			stack := []uint64{0}
			if err := inst.Call(t.Context(), "sum", stack); err != nil {
				t.Fatal(err)
			}
			sums = append(sums, uint32(stack[0]))
		}
		return sums
	}
	want, got := run(limits.Variant{}), run(limits.Variant{Checked: true})
	for i, s := range steps {
		if got[i] != want[i] {
			t.Errorf("step %d, %s(%d, %d, %d): sum %#x, want %#x", i, s.f, s.a, s.b, s.n, got[i], want[i])
		}
	}
}

const bulkTables = `(module
  (table $t 600000 funcref)
  (table $u 600000 funcref)
  (table $w i64 600000 funcref)
  (elem declare func $one $two)
  (func $one (result i32) (i32.const 1))
  (func $two (result i32) (i32.const 2))
  (func (export "prepare") (local $i i32)
    (loop $l
      (if (i32.eqz (i32.rem_u (local.get $i) (i32.const 7)))
        (then (table.set $t (local.get $i) (ref.func $two))))
      (br_if $l (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const 600000)))))
  (func (export "fill") (param i32 i32 i32) (table.fill $t (local.get 0) (ref.func $one) (local.get 2)))
  (func (export "fill64") (param i32 i32 i32)
    (table.fill $w (i64.extend_i32_u (local.get 0)) (ref.func $two) (i64.extend_i32_u (local.get 2))))
  (func (export "copy") (param i32 i32 i32) (table.copy $t $t (local.get 0) (local.get 1) (local.get 2)))
  (func (export "away") (param i32 i32 i32) (table.copy $u $t (local.get 0) (local.get 1) (local.get 2)))
  (func (export "back") (param i32 i32 i32) (table.copy $t $w (local.get 0) (i64.extend_i32_u (local.get 1)) (local.get 2)))
  (func $number (param funcref) (result i32) (if (result i32) (ref.is_null (local.get 0)) (then (i32.const 0)) (else (i32.const 1))))
  (func (export "sum") (result i32) (local $i i32) (local $h i32)
    (loop $l
      (local.set $h (i32.add (i32.mul (local.get $h) (i32.const 31)) (call $number (table.get $t (local.get $i)))))
      (local.set $h (i32.add (i32.mul (local.get $h) (i32.const 31)) (call $number (table.get $u (local.get $i)))))
      (local.set $h (i32.add (i32.mul (local.get $h) (i32.const 31)) (call $number (table.get $w (i64.extend_i32_u (local.get $i))))))
      (br_if $l (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const 600000))))
    (local.get $h)))`

func TestLongMovesOfReferencesInPiecesAreTheSame(t *testing.T) {
	const size = 600000
	compareBulk(t, bulkTables, fault.TableOutOfBounds, []bulkStep{
		{"copy", 100, 300000, 250000, false},
		{"away", 5, 77, 599000, false},
		{"fill", 1, 0, 10000, false},
		{"copy", 3, 2, size - 3, false}, // upwards, over itself
		{"copy", 2, 30, size - 30, false},
		{"fill64", 10, 0, 590000, false},
		{"back", 0, 7, 560000, false},
		{"fill", size - 600, 0, 600, false},
		{"fill", size - 600, 0, 601, true},
		{"copy", 0, size - 40000, 40001, true},
		{"copy", size - 40000, 0, 40001, true},
		{"fill", 8, 5, 0xFFFFFFFF, true},
		{"copy", 0xFFFFFFF0, 8, 50000, true},
		{"fill64", size + 1, 0, 0, true},
	})
}

// instantiate is an instance of m, metered as v says, which nothing interrupts.
func instantiate(t *testing.T, m *wasm.Module, v limits.Variant) *engine.Instance {
	t.Helper()
	ctx := context.Background()
	rt := engine.New(ctx, engine.Config{})
	t.Cleanup(func() {
		if err := rt.Close(ctx); err != nil {
			t.Error(err)
		}
	})
	metered, err := limits.Meter(m, v)
	if err != nil {
		t.Fatal(err)
	}
	a := limits.NewAccount(limits.Config{TimeLimit: time.Hour})
	meter, err := rt.Meter(ctx, limits.HostModule)
	if err != nil {
		t.Fatal(err)
	}
	lowered, err := lower.Memory64(metered)
	if err != nil {
		t.Fatal(err)
	}
	code, err := rt.Compile(ctx, wasm.Encode(lowered), 1)
	if err != nil {
		t.Fatal(err)
	}
	inst, err := rt.Instantiate(ctx, code, engine.Options{Store: rt.NewStore(engine.StoreConfig{Meter: a}), Imports: func(string) *engine.Instance { return meter }})
	if err != nil {
		t.Fatal(err)
	}
	if c, ok := inst.Cell(limits.NamesFor(m).Counters[0]); ok {
		a.Connect(c)
	}
	return inst
}
