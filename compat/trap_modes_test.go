package compat_test

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/wazedge/wazedge/cache"
	"github.com/wazedge/wazedge/compat"
	"github.com/wazedge/wazedge/internal/machine"
	"github.com/wazedge/wazedge/limits"
)

// trapping are modules whose f traps, of every kind that tells more than its place,
// with what passes rewrite beside it.
var trapping = map[string]string{
	"division":        `(func (export "f") nop (drop (i32.div_s (i32.const 7) (i32.const 0))))`,
	"conversion":      `(func (export "f") (drop (i64.trunc_f32_u (f32.const -5.5))))`,
	"load":            `(memory 1) (func $g (drop (i32.load offset=8 (i32.const 65530)))) (func (export "f") nop (call $g))`,
	"narrow load":     `(memory 1) (func (export "f") (drop (i64.load32_u (i32.const -1))))`,
	"second memory":   `(memory 1) (memory $b 2) (func (export "f") (i64.store $b (i32.const 131070) (i64.const 0)))`,
	"wide memory":     `(memory i64 1) (func (export "f") (drop (i64.load (i64.const -3))))`,
	"large memory":    `(memory 1) (func (export "f") (drop (memory.grow (i32.const 30000))) (i32.store (i32.const -2) (i32.const 5)))`,
	"past 4 GiB":      `(memory i64 1) (func (export "f") (drop (memory.grow (i64.const 60000))) (drop (i64.load (i64.const 0x100000000))))`,
	"data segment":    `(memory 1) (data $d "abcd") (func (export "f") (memory.init $d (i32.const 0) (i32.const 2) (i32.const 3)))`,
	"table":           `(table 3 funcref) (func (export "f") (table.fill (i32.const 2) (ref.null func) (i32.const 2)))`,
	"wide table":      `(table i64 3 funcref) (func (export "f") (drop (table.get (i64.const 3))))`,
	"element segment": `(table 9 funcref) (elem $e func 0) (func (export "f") (table.init $e (i32.const 0) (i32.const 1) (i32.const 1)))`,
	"undefined":       `(table 2 funcref) (func (export "f") (call_indirect (i32.const 2)))`,
	"uninitialized":   `(table 2 funcref) (func (export "f") (call_indirect (i32.const 1)))`,
	"other type":      `(table 2 funcref) (elem (i32.const 0) $g) (func $g (param f64)) (func (export "f") (call_indirect (i32.const 0)))`,
	"array":           `(type $a (array i8)) (func (export "f") (drop (array.get_s $a (array.new_default $a (i32.const 2)) (i32.const 9))))`,
	"cast":            `(type $a (struct)) (func (export "f") (drop (ref.cast (ref $a) (ref.i31 (i32.const 3)))))`,
	"beside a heap":   `(type $s (struct)) (memory 1) (func (export "f") (drop (struct.new $s)) (memory.fill (i32.const 9) (i32.const 0) (i32.const 65536)))`,
	"beside a tag":    `(tag $t) (memory 1) (func $g (block (try_table (catch_all 0) (throw $t)))) (func (export "f") (call $g) (drop (i32.load8_s (i32.const 65536))))`,
	"start function":  `(memory 1) (func $s nop (drop (i32.load (i32.const 65535)))) (start $s) (func (export "f"))`,
	"after the host": `(import "wasi_snapshot_preview1" "sched_yield" (func $y (result i32)))
		(func (export "f") (drop (i32.div_u (i32.const 1) (call $y))))`,
}

// report is all that is logged of calling f of the module in the file path.
func report(ctx context.Context, c compat.Config, path string) string {
	vm := compat.New(c)
	defer vm.Close(ctx)
	err := errors.Join(vm.LoadFile(path), vm.Validate())
	if err == nil {
		err = vm.Instantiate(ctx)
	}
	if start, ok := errors.AsType[*compat.StartError](err); ok {
		return fmt.Sprintln(start.Call.Code, strings.Join(start.Call.Info, "\n"), start.Node)
	}
	if err != nil {
		return err.Error()
	}
	_, err = vm.Invoke(ctx, "f")
	e, ok := errors.AsType[*compat.InvokeError](err)
	if !ok {
		return fmt.Sprint(err)
	}
	return fmt.Sprintln(e.Fault.Code, strings.Join(e.Fault.Info, "\n"), strings.Join(e.Tail(), "\n"))
}

// TestTrapsDoNotDependOnTheMode states that a trap is told in the same words however
// the guest is executed and metered, and whether its code was kept.
func TestTrapsDoNotDependOnTheMode(t *testing.T) {
	t.Parallel()
	gas := uint64(1 << 20)
	dir := t.TempDir()
	store := cache.New(filepath.Join(dir, "cache"), cache.Options{})
	modes := []struct {
		name   string
		config compat.Config
	}{
		{"interpreter", compat.Config{Interpreter: true}},
		{"statistics", compat.Config{Limits: limits.Config{Instructions: true, Gas: true, Time: true}}},
		{"gas limit", compat.Config{Limits: limits.Config{GasLimit: &gas}}},
		{"time limit", compat.Config{Limits: limits.Config{TimeLimit: time.Hour}}},
		{"alone", compat.Config{Alone: true}},
		{"not kept yet", compat.Config{Cache: store}},
		{"kept", compat.Config{Cache: store}},
	}
	for name, text := range trapping {
		path := filepath.Join(dir, "module.wasm")
		writeFile(t, path, padded(t, "(module "+text+")"))
		want := report(t.Context(), compat.Config{}, path)
		if !strings.Contains(want, "In instruction") {
			t.Errorf("%s: %s, want a trap", name, want)
		}
		for _, m := range modes {
			if got := report(t.Context(), m.config, path); got != want {
				t.Errorf("%s, %s:\n%s\nwant\n%s", name, m.name, got, want)
			}
		}
	}
}

// TestLargeMemoriesTellAddresses states that a memory that is large, but hardly used,
// keeps nobody from telling what was accessed.
func TestLargeMemoriesTellAddresses(t *testing.T) {
	if machine.Resident() == 0 {
		t.Skip("what a process takes is not known here")
	}
	for name, want := range map[string]string{
		"large memory": "from: 0xfffffffe to: 0x100000001 , Out of boundary: 0x7530ffff",
		"past 4 GiB":   "from: 0x100000000 to: 0x100000007 , Out of boundary: 0xea60ffff",
	} {
		path := filepath.Join(t.TempDir(), "module.wasm")
		writeFile(t, path, padded(t, "(module "+trapping[name]+")"))
		if got := report(t.Context(), compat.Config{}, path); !strings.Contains(got, want) {
			t.Errorf("%s: %s, want %s", name, got, want)
		}
	}
}
