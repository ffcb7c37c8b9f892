package exec_test

import (
	"errors"
	"fmt"
	"runtime"
	"testing"
	"time"

	"github.com/wazedge/wazedge/internal/component/exec"
	"github.com/wazedge/wazedge/internal/fault"
	"github.com/wazedge/wazedge/limits"
)

// greedy is a component whose function "run" returns a type: a core module fills its memory, and
// returns where the result begins.
func greedy(typ, core string) string {
	return fmt.Sprintf(`(component
	(type $r' (resource (rep i32))) (export $r "r" (type $r'))
	(core func $new (canon resource.new $r'))
	(core module $m (import "" "new" (func $new (param i32) (result i32))) (memory (export "m") 512) %s)
	(core instance $i (instantiate $m (with "" (instance (export "new" (func $new))))))
	(func (export "run") (result %s) (canon lift (core func $i "run") (memory $i "m"))))`, core, typ)
}

// overlapping is a core module of lists of n elements of 8 bytes: the one at 16 has those at
// the second page, whose elements are of the size last, at the third.
func overlapping(n, last int) string {
	return fmt.Sprintf(`(func $fill (param $at i32) (param $to i32) (param $len i32) (local $i i32)
		(loop $next
			(i32.store (local.get $at) (local.get $to)) (i32.store offset=4 (local.get $at) (local.get $len))
			(local.set $at (i32.add (local.get $at) (i32.const 8))) (local.set $i (i32.add (local.get $i) (i32.const 1)))
			(br_if $next (i32.lt_u (local.get $i) (i32.const %[1]d)))))
	(func (export "run") (result i32)
		(call $fill (i32.const 0x10000) (i32.const 0x20000) (i32.const %[1]d))
		(call $fill (i32.const 0x20000) (i32.const 0x30000) (i32.const %[2]d))
		(i32.store (i32.const 0) (i32.const 0x10000)) (i32.store (i32.const 4) (i32.const %[1]d)) (i32.const 0))`, n, last)
}

// TestHostMemoryAndTimeAreBounded states that what a component has the host hold counts on the
// bound of memory, and what it has the host do on the limit of time, however little of its own
// memory says so.
func TestHostMemoryAndTimeAreBounded(t *testing.T) {
	for _, c := range []struct {
		name, source string
		limits       limits.Config
		code         fault.Code
		reason       string
	}{
		{"lists over each other", greedy(`(list (list string))`, overlapping(8000, 0)), limits.Config{MaxMemory: 96 << 20}, fault.HostFuncError, "values need more memory than there may be"},
		{"tuples in a list", greedy(`(list (list (tuple u8 u8 u8 u8 u8 u8 u8 u8)))`, overlapping(2000, 0)), limits.Config{MaxMemory: 96 << 20}, fault.HostFuncError, "values need more memory than there may be"},
		{"strings over each other", greedy(`(list string)`, fmt.Sprintf(`(func (export "run") (result i32) (local $i i32)
			(loop $next
				(i32.store (i32.add (i32.const 0x10000) (local.get $i)) (i32.const 0x20000)) (i32.store (i32.add (i32.const 0x10004) (local.get $i)) (i32.const %d))
				(local.set $i (i32.add (local.get $i) (i32.const 8)))
				(br_if $next (i32.lt_u (local.get $i) (i32.const 32000))))
			(memory.fill (i32.const 0x20000) (i32.const 0x41) (i32.const %[1]d))
			(i32.store (i32.const 0) (i32.const 0x10000)) (i32.store (i32.const 4) (i32.const 4000)) (i32.const 0))`, 31<<20)),
			limits.Config{TimeLimit: 50 * time.Millisecond}, fault.Interrupted, ""},
		{"handles", greedy(`(list u8)`, `(func (export "run") (result i32) (loop $next (drop (call $new (i32.const 1))) (br $next)) unreachable)`),
			limits.Config{MaxMemory: 64 << 20}, fault.HostFuncError, "handles need more memory than there may be"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s, i := instantiate(t, c.source, c.limits)
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			err := s.Call(t.Context(), i.Exports["run"].Func, nil, func(exec.Value) error { return nil })
			runtime.ReadMemStats(&after)
			if core, ok := errors.AsType[*exec.CoreTrap](err); ok {
				err = core.Trap.Cause
			}
			f, ok := errors.AsType[*fault.Error](err)
			if !ok || f.Code != c.code {
				t.Fatalf("ended by %v", err)
			}
			if trap, ok := errors.AsType[*exec.Trap](err); c.reason != "" && (!ok || trap.Reason != c.reason) {
				t.Errorf("ended by %v, want %q", err, c.reason)
			}
			if used := after.TotalAlloc - before.TotalAlloc; used > 256<<20 {
				t.Errorf("%d MiB were allocated", used>>20)
			}
		})
	}
}
