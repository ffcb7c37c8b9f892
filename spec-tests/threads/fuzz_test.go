package threads

import (
	"errors"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/wazedge/wazedge/compat"
	"github.com/wazedge/wazedge/internal/engine"
	"github.com/wazedge/wazedge/internal/fault"
	"github.com/wazedge/wazedge/internal/wasm"
	"github.com/wazedge/wazedge/internal/wat"
	"github.com/wazedge/wazedge/limits"
)

// script is a module whose threads do what bytes at 4096 say, from the place on that they are
// started with: no more than 40 things each. It exits with 201 when thread-spawn returns a number that
// it must not, and with 202 when a number is given that a thread has which lives.
const script = `(module
	(import "env" "memory" (memory 1 64 shared))
	(import "wasi" "thread-spawn" (func $spawn (param i32) (result i32)))
	(import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
	(import "wasi_snapshot_preview1" "sched_yield" (func $yield (result i32)))
	(import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
	(import "wasi_snapshot_preview1" "poll_oneoff" (func $poll (param i32 i32 i32 i32) (result i32)))
	(table 2 1000 funcref)
	(type $f (func))
	(func $slot (param $tid i32) (result i32) (i32.add (i32.const 8192) (i32.shl (i32.and (local.get $tid) (i32.const 1023)) (i32.const 2))))
	(func $start (param $at i32) (local $id i32)
		(local.set $id (call $spawn (local.get $at)))
		(if (i32.or (i32.eqz (local.get $id)) (i32.gt_s (local.get $id) (i32.const 0x1fffffff))) (then (call $exit (i32.const 201)))))
	(func $do (param $at i32) (local $left i32) (local $op i32) (local $x i32) (local $address i32)
		(local.set $left (i32.const 40))
		(loop $next
			(local.set $op (i32.and (i32.load8_u offset=4096 (i32.and (local.get $at) (i32.const 1023))) (i32.const 15)))
			(local.set $x (i32.load8_u offset=4096 (i32.and (i32.add (local.get $at) (i32.const 1)) (i32.const 1023))))
			(local.set $address (i32.shl (i32.and (local.get $x) (i32.const 15)) (i32.const 2)))
			(local.set $at (i32.add (local.get $at) (i32.const 2)))
			(block $done
			(block $nested (block $end (block $print (block $sleep (block $spin (block $exit (block $trap (block $yield
			(block $table (block $grow (block $add (block $store (block $notify (block $wait (block $spawn
				(br_table $spawn $wait $notify $store $add $grow $table $yield $trap $exit $spin $sleep $print $end $nested $spawn (local.get $op)))
				(call $start (local.get $x)) (br $done))
				(drop (memory.atomic.wait32 (local.get $address) (i32.const 0) (i64.mul (i64.extend_i32_u (local.get $x)) (i64.const 2000)))) (br $done))
				(drop (memory.atomic.notify (local.get $address) (local.get $x))) (br $done))
				(i32.atomic.store (local.get $address) (local.get $x)) (br $done))
				(drop (i32.atomic.rmw.add (local.get $address) (local.get $x))) (br $done))
				(drop (memory.grow (i32.const 1))) (br $done))
				(drop (table.grow (ref.null func) (local.get $x))) (br $done))
				(drop (call $yield)) (br $done))
				(if (i32.lt_u (local.get $x) (i32.const 32)) (then (call_indirect (type $f) (i32.const 0)))) (br $done))
				(if (i32.lt_u (local.get $x) (i32.const 32)) (then (call $exit (local.get $x)))) (br $done))
				(local.set $x (i32.shl (local.get $x) (i32.const 6)))
				(loop $l (br_if $l (i32.gt_s (local.tee $x (i32.sub (local.get $x) (i32.const 1))) (i32.const 0)))) (br $done))
				(i64.store offset=24 (i32.const 2048) (i64.extend_i32_u (i32.shl (local.get $x) (i32.const 8))))
				(i32.store offset=16 (i32.const 2048) (i32.const 1))
				(drop (call $poll (i32.const 2048) (i32.const 2560) (i32.const 1) (i32.const 2800))) (br $done))
				(drop (call $write (i32.const 1) (i32.mul (local.get $x) (i32.const 0x1010100)) (local.get $x) (i32.const 0))) (br $done))
				(return))
				(call $start (local.get $at)))
			(br_if $next (local.tee $left (i32.sub (local.get $left) (i32.const 1))))))
	(func (export "wasi_thread_start") (param $tid i32) (param $at i32)
		(if (i32.atomic.rmw.cmpxchg (call $slot (local.get $tid)) (i32.const 0) (i32.const 1)) (then (call $exit (i32.const 202))))
		(call $do (local.get $at))
		(i32.atomic.store (call $slot (local.get $tid)) (i32.const 0)))
	(func (export "_start") (call $do (i32.const 0)))
	(data $d (i32.const 4096) "DATA"))`

// FuzzThreads runs threads that start others, wait, trap, exit, grow memories and tables and call the
// host with what they find: they all end, by the limits if by nothing else; no more gas is used than there
// is; and nothing of them is left.
func FuzzThreads(f *testing.F) {
	for op := range byte(16) {
		f.Add([]byte{0, 4, 14, 0, op, 1, op, 40, op, 255}, op)
		f.Add([]byte{14, 0, op, 1, 14, 0, op, 200}, op)
	}
	parsed, err := wat.Parse([]byte(strings.Replace(script, "DATA", strings.Repeat("\\00", 1024), 1)))
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, data []byte, how byte) {
		m := *parsed
		segments := m.Datas.Slice()
		segments[0].Init = append(append([]byte(nil), data[:min(len(data), 1024)]...), make([]byte, 1024-min(len(data), 1024))...)
		before := runtime.NumGoroutine()
		gas := uint64(200_000)
		if how&4 != 0 {
			gas = 1<<25 + 1<<20
		}
		c := compat.Config{Features: &features, Alone: true, Interpreter: how&1 != 0, Limits: limits.Config{
			MaxThreads: 1 + int(how>>4), TimeLimit: 100 * time.Millisecond, MaxMemory: 48 << 20, Instructions: true, Gas: true, Time: true,
		}}
		if how&2 != 0 {
			c.Limits.GasLimit = &gas
		}
		m.Datas = wasm.DataSegmentsOf(segments)
		run := runOf(t, c, &m)
		if run.defect != nil {
			t.Fatal(run.defect)
		}
		if run.status == 201 || run.status == 202 {
			t.Errorf("status %d", run.status)
		}
		if run.used.GasCosts > gas && c.Limits.GasLimit != nil {
			t.Errorf("%d of %d of gas", run.used.GasCosts, gas)
		}
		if run.took > patience {
			t.Errorf("took %v", run.took)
		}
		for end := time.Now().Add(patience); runtime.NumGoroutine() > before; runtime.Gosched() {
			if time.Now().After(end) {
				t.Fatalf("%d goroutines, %d before", runtime.NumGoroutine(), before)
			}
		}
	})
}

// ending is how a run has come out.
type ending struct {
	status uint32
	defect error
	used   limits.Statistics
	took   time.Duration
}

func (e *ending) of(err error) {
	var exit *compat.ExitError
	var failed *fault.Error
	var defect *engine.Defect
	switch {
	case err == nil:
	case errors.As(err, &defect):
		e.defect = err
	case errors.As(err, &exit):
		e.status = exit.Status
	case !errors.As(err, &failed):
		e.defect = err
	}
}

// runOf runs m as a command to its end.
func runOf(t *testing.T, c compat.Config, m *wasm.Module) (e ending) {
	began := time.Now()
	vm := compat.New(c)
	err := errors.Join(vm.Load(wasm.Encode(m)), vm.Validate())
	if err != nil {
		t.Fatal(err)
	}
	if err = vm.Instantiate(t.Context()); err == nil {
		_, err = vm.Invoke(t.Context(), "_start")
	}
	e.of(err)
	e.used = vm.Statistics()
	if err := vm.Close(t.Context()); err != nil {
		t.Error(err)
	}
	e.took = time.Since(began)
	return e
}
