package compat

import (
	"bytes"
	"context"
	"math"
	"runtime/debug"
	"strings"
	"testing"

	"github.com/wazedge/wazedge/cache"
	"github.com/wazedge/wazedge/compat/logline"
	"github.com/wazedge/wazedge/internal/wasm"
	"github.com/wazedge/wazedge/internal/wat"
)

func TestFewerWorkersWhereMemoryIsShort(t *testing.T) {
	w := work{module: 20 << 20, code: 14 << 20}
	for _, tc := range []struct {
		most uint64
		want int
	}{
		{math.MaxUint64, 8},
		{w.footprint(8), 8},
		{w.footprint(8) - 1, 7},
		{w.footprint(2), 2},
		{w.footprint(2) - 1, 1},
		{w.footprint(1), 1},
		{w.footprint(1) - 1, 0},
		{1, 0},
	} {
		if got := w.affordable(8, tc.most); got != tc.want {
			t.Errorf("%d bytes of memory: %d workers, want %d", tc.most, got, tc.want)
		}
		c := Config{Workers: 8, CompileMemory: tc.most}
		if got := c.workers(w); got != max(1, tc.want) {
			t.Errorf("%d bytes of memory: compiled by %d workers, want %d", tc.most, got, max(1, tc.want))
		}
	}
}

// TestNotKeptWhereMemoryIsShort runs what the machine has too little memory to compile
// and keep, keeps nothing of it, and says so.
func TestNotKeptWhereMemoryIsShort(t *testing.T) {
	body := strings.Repeat("(drop (i32.const 1))", minKept)
	for _, tc := range []struct {
		name  string
		most  uint64
		short bool
	}{
		{"as much as the machine has", 0, false},
		{"enough", work{module: 1 << 20, code: 1 << 20}.footprint(1), false},
		{"too little", 1 << 20, true},
	} {
		t.Run(tc.name, func(t *testing.T) {
			var log bytes.Buffer
			store := cache.New(t.TempDir(), cache.Options{Keyring: cache.NewKeyring(t.TempDir(), nil)})
			vm := New(Config{Alone: true, CompileMemory: tc.most, Cache: store, Log: logline.New(&log, logline.Info, false)})
			defer vm.Close(context.Background())
			begin(t, vm, `(module (func (export "f") (result i32) `+body+` (i32.const 7)))`)
			if err := vm.Instantiate(context.Background()); err != nil {
				t.Fatal(err)
			}
			results, err := vm.Invoke(context.Background(), "f")
			if err != nil || len(results) != 1 || results[0].String() != "7" {
				t.Errorf("%v, %v", results, err)
			}
			key := vm.key(cache.DigestOf(vm.bytes))
			e, err := store.Get(key)
			if err == nil {
				e.Close()
			}
			said := strings.Contains(log.String(), "the code is not kept")
			if kept := err == nil; kept == tc.short || said != tc.short {
				t.Errorf("kept: %v (%v), log: %q", kept, err, log.String())
			}
		})
	}
}

// TestLoweredBodiesAreReleased keeps no bodies of the lowered module beside what the
// engine is given.
func TestLoweredBodiesAreReleased(t *testing.T) {
	vm := New(Config{Alone: true})
	defer vm.Close(context.Background())
	begin(t, vm, `(module (tag $e) (func (export "f") (result i32)
		(block $h (try_table (catch $e $h) (throw $e))) (i32.const 7)))`)
	low, err := lowerModule(vm.module, vm.checked.Uses, vm.plan(false), nil)
	if err != nil {
		t.Fatal(err)
	}
	if low.module == vm.module {
		t.Fatal("not lowered")
	}
	want := len(low.module.Bodies)
	b := vm.encoded(low)
	m, err := wasm.Decode(b, wasm.Wasm3)
	if err != nil || len(m.Bodies) != want {
		t.Fatalf("the engine is given %d bodies of %d: %v", len(m.Bodies), want, err)
	}
	for i, body := range low.module.Bodies {
		if &body.Code[0] != &emptyBody[0] {
			t.Errorf("body %d is kept", i)
		}
	}
}

func TestMemoryLimitIsRestored(t *testing.T) {
	before := debug.SetMemoryLimit(-1)
	c := Config{CompileMemory: 1 << 40}
	undo := c.hold()
	if got := debug.SetMemoryLimit(-1); got > 1<<40 {
		t.Errorf("held at %d bytes", got)
	}
	undo()
	if got := debug.SetMemoryLimit(-1); got != before {
		t.Errorf("%d bytes afterwards, %d before", got, before)
	}
}

// begin loads and validates the module in text.
func begin(t *testing.T, vm *VM, text string) {
	t.Helper()
	m, err := wat.Parse([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	if err := vm.Load(wasm.Encode(m)); err != nil {
		t.Fatal(err)
	}
	if err := vm.Validate(); err != nil {
		t.Fatal(err)
	}
}
