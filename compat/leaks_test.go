package compat_test

import (
	"errors"
	"fmt"
	"os"
	"runtime"
	"testing"

	"github.com/wazedge/wazedge/compat"
	"github.com/wazedge/wazedge/internal/wasm"
)

// held is what the process holds.
type held struct{ goroutines, descriptors, mappings, heap int }

func holds(t *testing.T) held {
	t.Helper()
	var m runtime.MemStats
	for range 3 {
		runtime.GC()
	}
	runtime.ReadMemStats(&m)
	h := held{goroutines: runtime.NumGoroutine(), heap: int(m.HeapAlloc)}
	if runtime.GOOS != "linux" {
		return h
	}
	list, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Fatal(err)
	}
	maps, err := os.ReadFile("/proc/self/maps")
	if err != nil {
		t.Fatal(err)
	}
	h.descriptors = len(list)
	for _, b := range maps {
		if b == '\n' {
			h.mappings++
		}
	}
	return h
}

// leaking are modules that need something of each kind beside their instance. Each
// exports f.
var leaking = []struct {
	name, text string
	fails      bool // to be instantiated
}{
	{"memory", `(module (memory 1 4) (func (export "f") (drop (memory.grow (i32.const 1)))))`, false},
	{"objects", `(module (type $s (struct (field i32))) (global $g (mut (ref null $s)) (ref.null $s))
		(func (export "f") (global.set $g (struct.new $s (i32.const 1)))))`, false},
	{"exceptions", `(module (tag $t) (func (export "f") (block $h (try_table (catch_all $h) (throw $t)))))`, false},
	{"references to exceptions", `(module (tag $t) (global $g (mut exnref) (ref.null exn))
		(func (export "f") (global.set $g (block $h (result exnref) (try_table (catch_all_ref $h) (throw $t)) (unreachable)))))`, false},
	{"memories", `(module (memory $a 1) (memory $b 1) (func (export "f") (memory.copy $a $b (i32.const 0) (i32.const 0) (i32.const 9))))`, false},
	{"host function sees a second memory", `(module (import "wasi_snapshot_preview1" "args_sizes_get" (func $a (param i32 i32) (result i32)))
		(memory $a 1) (memory $b (export "memory") 1)
		(func (export "f") (drop (call $a (i32.const 0) (i32.const 8))) (i32.store $a (i32.const 0) (i32.load $b (i32.const 0)))))`, false},
	{"host function sees a memory beside objects", `(module (import "wasi_snapshot_preview1" "args_sizes_get" (func $a (param i32 i32) (result i32)))
		(type $s (struct (field i32))) (memory (export "memory") 1)
		(func (export "f") (drop (struct.new $s (call $a (i32.const 0) (i32.const 8))))))`, false},
	{"64 bits", `(module (memory i64 1) (func (export "f") (i64.store (i64.const 8) (i64.const 8))))`, false},
	{"shared memory", `(module (memory 1 2 shared) (func (export "f") (drop (memory.atomic.notify (i32.const 0) (i32.const 1)))))`, false},
	{"host objects", `(module (import "host" "m" (memory 1)) (import "host" "g" (global i32)) (func (export "f") (i32.store (i32.const 0) (global.get 0))))`, false},
	{"table", `(module (table 3 funcref) (func (export "f") (drop (table.grow (ref.null func) (i32.const 4)))))`, false},
	{"trap", `(module (memory 1) (func (export "f") unreachable))`, false},
	{"trap at the start", `(module (memory 1) (memory 1) (type $s (struct)) (start $s) (func $s (drop (struct.new $s)) unreachable))`, true},
	{"exit at the start", `(module (import "wasi_snapshot_preview1" "proc_exit" (func $x (param i32))) (memory 1) (start $s) (func $s (call $x (i32.const 3))))`, true},
	{"segment that does not fit", `(module (memory 1) (data (i32.const 65536) "x"))`, true},
	{"import of nothing", `(module (import "host" "nothing" (func)) (memory 1))`, true},
	{"memory beyond the bound", `(module (memory 1) (memory 1000))`, true},
	{"tables beyond the bound", `(module (memory 1) (table 9000000 funcref))`, true},
}

// TestInstancesLeaveNothing makes and closes many instances of each module, and compares
// what the process holds after the first ones with what it holds in the end.
func TestInstancesLeaveNothing(t *testing.T) {
	first, more := 100, 600
	if testing.Short() {
		first, more = 20, 60
	}
	features := compat.Features(wasm.Wasm3 | wasm.Threads)
	for _, interpreter := range []bool{false, true} {
		for _, tc := range leaking {
			t.Run(fmt.Sprint(tc.name, interpreter), func(t *testing.T) {
				host := compat.NewHostModule("host").Memory("m", 1, 2).Global("g", compat.GlobalType{Type: compat.I32}, 7)
				r := compat.NewRuntime(compat.Config{Interpreter: interpreter, Features: &features})
				defer r.Close(t.Context())
				m, err := r.Compile(t.Context(), binary(t, tc.text))
				if err != nil {
					t.Fatal(err)
				}
				use := func(n int) {
					for range n {
						useOnce(t, m, host, tc.fails)
					}
				}
				use(first)
				before := holds(t)
				use(more)
				after := holds(t)
				if after.goroutines > before.goroutines+2 || after.descriptors > before.descriptors+2 ||
					after.mappings > before.mappings+20 || after.heap > before.heap+more*200+64<<10 {
					t.Errorf("%+v, before %d instances %+v", after, more, before)
				}
			})
		}
	}
}

func useOnce(t *testing.T, m *compat.Module, host *compat.HostModule, fails bool) {
	t.Helper()
	i, err := m.Instantiate(t.Context(), compat.StoreConfig{Hosts: []*compat.HostModule{host}, MaxMemory: 40 << 20})
	if (err != nil) != fails {
		t.Fatal(err)
	}
	if err != nil {
		return
	}
	if _, err := i.Invoke(t.Context(), "f"); err != nil && !errors.Is(err, compat.Unreachable) {
		t.Fatal(err)
	}
	if err := i.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
}
