package compat

import (
	"bytes"
	"context"
	"strings"
	"testing"

	"github.com/wazedge/wazedge/cache"
	"github.com/wazedge/wazedge/compat/logline"
	"github.com/wazedge/wazedge/internal/pipeline"
	"github.com/wazedge/wazedge/internal/wasm"
	"github.com/wazedge/wazedge/internal/wat"
)

// TestNotKeptWhereMemoryIsShort runs what the machine has too little memory to compile
// and keep, keeps nothing of it, and says so.
func TestNotKeptWhereMemoryIsShort(t *testing.T) {
	body := strings.Repeat("(drop (i32.const 1))", 5000)
	for _, tc := range []struct {
		name  string
		most  uint64
		short bool
	}{
		{"as much as the machine has", 0, false},
		{"enough", pipeline.Load{Module: 1 << 20, Code: 1 << 20}.Footprint(1), false},
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
			kept, err := store.List()
			if err != nil {
				t.Fatal(err)
			}
			said := strings.Contains(log.String(), "the code is not kept")
			if (len(kept) > 0) == tc.short || said != tc.short {
				t.Errorf("kept: %v, log: %q", kept, log.String())
			}
		})
	}
}

// TestCompilingTellsItsMemory states that who owns the process learns what it may take
// while a module is compiled, and is told of no bound for other steps.
func TestCompilingTellsItsMemory(t *testing.T) {
	got := map[string]uint64{}
	vm := New(Config{CompileMemory: 1 << 40, Working: func(w Work) func() {
		got[w.Step] = w.Memory
		return func() {}
	}})
	defer vm.Close(t.Context())
	begin(t, vm, `(module (func (export "f")))`)
	if err := vm.Instantiate(t.Context()); err != nil {
		t.Fatal(err)
	}
	for step, memory := range got {
		if want := uint64(1 << 40); (step == "compiling") != (memory == want) {
			t.Errorf("%s: %d bytes", step, memory)
		}
	}
	if got["compiling"] == 0 {
		t.Errorf("compiling is not told: %v", got)
	}
}

// TestSmallModulesAskForNoMemory states that nobody is told a bound, and so nobody sets the collector, for a
// module that is compiled faster than the machine is asked what it has.
func TestSmallModulesAskForNoMemory(t *testing.T) {
	for _, tc := range []struct {
		name, body string
		told       bool
	}{
		{"small", "", false},
		{"large", strings.Repeat("(drop (i32.const 1))", 5000), true},
	} {
		got := map[string]uint64{}
		vm := New(Config{Alone: true, Working: func(w Work) func() {
			got[w.Step] = w.Memory
			return func() {}
		}})
		defer vm.Close(t.Context())
		begin(t, vm, `(module (func (export "f") `+tc.body+`))`)
		if err := vm.Instantiate(t.Context()); err != nil {
			t.Fatal(err)
		}
		if n, compiled := got["compiling"]; !compiled || (n > 0) != tc.told {
			t.Errorf("%s: %v", tc.name, got)
		}
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
