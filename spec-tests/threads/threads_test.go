package threads

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/wazedge/wazedge/compat"
	"github.com/wazedge/wazedge/compat/value"
	"github.com/wazedge/wazedge/internal/wasm"
	"github.com/wazedge/wazedge/internal/wat"
	"github.com/wazedge/wazedge/limits"
)

// patience is how long anything may take that is to end promptly: a machine that is busy with
// other tests is no defect.
const patience = 2 * time.Minute

// features are the proposals with which guests have threads.
var features = wasm.Wasm3 | wasm.Threads

// process is a guest with what it has written.
type process struct {
	*compat.VM
	out *bytes.Buffer
}

// start makes the module of a file in testdata/threads, or of a text, ready to run as a
// command with arguments.
func start(t *testing.T, c compat.Config, module string, args ...string) *process {
	t.Helper()
	c.Features, c.Alone = &features, true
	p := &process{out: new(bytes.Buffer)}
	c.WASI.Args = append([]string{"guest"}, args...)
	if c.WASI.Stdout == nil {
		c.WASI.Stdout = p.out
	}
	p.VM = compat.New(c)
	t.Cleanup(func() {
		if err := p.Close(context.Background()); err != nil {
			t.Error(err)
		}
	})
	load := func() error { return p.LoadFile(filepath.Join("..", "..", "testdata", "threads", module)) }
	if strings.HasPrefix(module, "(module") {
		load = func() error { return p.Load(assemble(t, module)) }
	}
	for _, step := range []func() error{load, p.Validate, func() error { return p.Instantiate(t.Context()) }} {
		if err := step(); err != nil {
			t.Fatal(err)
		}
	}
	return p
}

func assemble(t *testing.T, text string) []byte {
	t.Helper()
	m, err := wat.Parse([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return wasm.Encode(m)
}

// run runs the command and returns its status: -1 for one that has failed, with err.
func (p *process) run(t *testing.T) (status int, err error) {
	t.Helper()
	began := time.Now()
	_, err = p.Invoke(t.Context(), "_start")
	if took := time.Since(began); took > patience {
		t.Errorf("ended after %v", took)
	}
	if exit, ok := errors.AsType[*compat.ExitError](err); ok {
		return int(exit.Status), nil
	}
	if err != nil {
		return -1, err
	}
	return 0, nil
}

// TestPrograms states that programs work which pthread_create and Rust's std::thread start
// threads for: what they add up under locks and by atomic instructions is all there.
func TestPrograms(t *testing.T) {
	for _, tc := range []struct {
		module, args, want string
		interpreted        bool // also
	}{
		{"spawn.wasm", "", "", true},
		{"pthreads.wasm", "rounds 1000", "500500\n", false},
		{"pthreads.wasm", "rounds 50", "1275\n", true},
		{"pthreads.wasm", "ring 3000", "4501500\n", true},
		{"pthreads.wasm", "mutex 8 3000", "24000\n", true},
		{"pthreads.wasm", "atomics 8 20000", "160000\n", true},
		{"pthreads.wasm", "grow 4 100", "400\n", false},
		{"std.wasm", "", "scoped 9999900000\nreceived 13986000\ntotal 6400 leaders 100 own 10 here 1\nwoken\n", false},
	} {
		for _, interpreter := range []bool{false, true} {
			if interpreter && !tc.interpreted {
				continue
			}
			t.Run(tc.module+" "+tc.args, func(t *testing.T) {
				p := start(t, compat.Config{Interpreter: interpreter}, tc.module, strings.Fields(tc.args)...)
				status, err := p.run(t)
				if status != 0 || err != nil || p.out.String() != tc.want {
					t.Errorf("status %d, %v, %q, want %q", status, err, p.out, tc.want)
				}
			})
		}
	}
}

// TestFilesAreShared states that threads share descriptors, and may close what others use.
func TestFilesAreShared(t *testing.T) {
	for _, tc := range []struct{ args, want string }{{"files 4 20", "80\n"}, {"closing 200", "closed\n"}} {
		p := start(t, compat.Config{WASI: compat.WASIConfig{Preopens: []compat.Preopen{{Guest: "/", Host: t.TempDir()}}}}, "pthreads.wasm", strings.Fields(tc.args)...)
		status, err := p.run(t)
		if status != 0 || err != nil || p.out.String() != tc.want {
			t.Errorf("%s: status %d, %v, %q", tc.args, status, err, p.out)
		}
	}
}

// TestThreadsEndTogether states that a trap or an exit of any thread, and a return of the
// first one, end all others whatever they are at, and what the status is.
func TestThreadsEndTogether(t *testing.T) {
	for who, want := range map[string]int{"exit_main": 99, "exit_nonmain": 99, "return_main": 0, "trap_main": -1, "trap_nonmain": -1} {
		for _, how := range []string{"block", "busy", "wasi", "read"} {
			t.Run(who+" "+how, func(t *testing.T) {
				read, write, err := os.Pipe()
				if err != nil {
					t.Fatal(err)
				}
				defer write.Close()
				defer read.Close()
				p := start(t, compat.Config{WASI: compat.WASIConfig{Stdin: read}}, "ends.wasm", who, how)
				status, err := p.run(t)
				if status != want || want == -1 && !errors.Is(err, compat.Unreachable) || p.out.Len() > 0 {
					t.Errorf("status %d, %v, %q", status, err, p.out)
				}
			})
		}
	}
}

// TestTrapOfThread states that the trap of a thread is told as its own: the function that it
// began with, the calls that were under way, and a core dump of its instance.
func TestTrapOfThread(t *testing.T) {
	p := start(t, compat.Config{}, "pthreads.wasm", "trap")
	_, err := p.run(t)
	failed, ok := errors.AsType[*compat.InvokeError](err)
	if !ok || !errors.Is(err, compat.DivideByZero) || failed.Function != "wasi_thread_start" || len(failed.Frames) != 3 {
		t.Fatalf("%v, %+v", err, failed)
	}
	var dump bytes.Buffer
	if err := p.WriteCoreDump(&dump, failed.Frames, false); err != nil || dump.Len() == 0 {
		t.Errorf("core dump of %d bytes, %v", dump.Len(), err)
	}
}

// joining starts four threads that count to N, each twice as far as the one before, and
// joins them by one instruction each, so that how many instructions are executed does not
// depend on who is faster, but for those of a thread behind the store that joins it: the
// process may end before them.
const joining = `(module
	(import "env" "memory" (memory 1 1 shared))
	(import "wasi" "thread-spawn" (func $spawn (param i32) (result i32)))
	(func $count (param $n i32)
		(loop $l (br_if $l (local.tee $n (i32.sub (local.get $n) (i32.const 1))))))
	(func (export "wasi_thread_start") (param i32 i32)
		(call $count (i32.shl (i32.const N) (local.get 1)))
		(i32.atomic.store (i32.shl (local.get 1) (i32.const 2)) (i32.const 1))
		(drop (memory.atomic.notify (i32.shl (local.get 1) (i32.const 2)) (i32.const 1))))
	(func (export "_start")
		(drop (call $spawn (i32.const 0))) (drop (call $spawn (i32.const 1)))
		(drop (call $spawn (i32.const 2))) (drop (call $spawn (i32.const 3)))
		(drop (memory.atomic.wait32 (i32.const 0) (i32.const 0) (i64.const -1)))
		(drop (memory.atomic.wait32 (i32.const 4) (i32.const 0) (i64.const -1)))
		(drop (memory.atomic.wait32 (i32.const 8) (i32.const 0) (i64.const -1)))
		(drop (memory.atomic.wait32 (i32.const 12) (i32.const 0) (i64.const -1)))
		(call $count (i32.const N))))`

// used runs joining with loops of n rounds and returns what it has used.
func used(t *testing.T, n string, interpreter bool, l limits.Config) (limits.Statistics, error) {
	t.Helper()
	p := start(t, compat.Config{Limits: l, Interpreter: interpreter}, strings.ReplaceAll(joining, "N", n))
	_, err := p.run(t)
	return p.Statistics(), err
}

// TestCountsSpanThreads states that what all threads have used is counted to the last
// instruction, and that a limit of gas lets them use just as much: one less is too little,
// for limits that are looked at everywhere, and for those that are so only now and then.
func TestCountsSpanThreads(t *testing.T) {
	for _, n := range []string{"30", "20000", "700000"} {
		for _, interpreter := range []bool{false, true} {
			if interpreter && n == "700000" {
				continue
			}
			all := limits.Config{Instructions: true, Gas: true, Time: true}
			var want limits.Statistics
			for range attempts {
				got, err := used(t, n, interpreter, all)
				if err != nil || got.Count < 16*4*uint64(len(n)) {
					t.Fatalf("%s: %d instructions, %v", n, got.Count, err)
				}
				if got.Count > want.Count {
					want = got
				}
			}
			enough, little := want.GasCosts, want.GasCosts-1
			for range 3 {
				again(t, func() (string, bool) {
					got, err := used(t, n, interpreter, all)
					if err != nil || got.Count > want.Count || got.GasCosts > want.GasCosts {
						t.Fatalf("%s: %d instructions, %d of gas, %v; before %d, %d", n, got.Count, got.GasCosts, err, want.Count, want.GasCosts)
					}
					return fmt.Sprintf("%s: %d of %d instructions", n, got.Count, want.Count), got.Count == want.Count && got.GasCosts == want.GasCosts
				})
				again(t, func() (string, bool) {
					got, err := used(t, n, interpreter, limits.Config{Gas: true, GasLimit: &enough})
					if err != nil || got.GasCosts > enough {
						t.Fatalf("%s: %d of %d of gas, %v", n, got.GasCosts, enough, err)
					}
					return fmt.Sprintf("%s: %d of %d of gas", n, got.GasCosts, enough), got.GasCosts == enough
				})
				again(t, func() (string, bool) {
					got, err := used(t, n, interpreter, limits.Config{Gas: true, GasLimit: &little})
					if got.GasCosts > little {
						t.Fatalf("%s: %d of %d of gas, %v", n, got.GasCosts, little, err)
					}
					return fmt.Sprintf("%s: %d of %d of gas, %v", n, got.GasCosts, little, err), errors.Is(err, compat.CostLimitExceeded)
				})
			}
		}
	}
}

// attempts is how often a process may end before the last instructions of a thread.
const attempts = 10

// again has what may be short of the last instructions of a thread tried until it is not.
func again(t *testing.T, try func() (told string, whole bool)) {
	t.Helper()
	var told string
	for range attempts {
		var whole bool
		if told, whole = try(); whole {
			return
		}
	}
	t.Errorf("%s, each of %d times", told, attempts)
}

// TestGasOfSpinningThreads states that threads which wait for each other in loops use the gas
// up, and no more than there is.
func TestGasOfSpinningThreads(t *testing.T) {
	for _, limit := range []uint64{1000, 1 << 20, 1<<25 + 1<<20} {
		p := start(t, compat.Config{Limits: limits.Config{Gas: true, GasLimit: &limit}}, `(module
			(import "env" "memory" (memory 1 1 shared))
			(import "wasi" "thread-spawn" (func $spawn (param i32) (result i32)))
			(func $spin (loop $l (br_if $l (i32.eqz (i32.atomic.load (i32.const 0))))))
			(func (export "wasi_thread_start") (param i32 i32) (call $spin))
			(func (export "_start") (drop (call $spawn (i32.const 0))) (drop (call $spawn (i32.const 0))) (call $spin)))`)
		_, err := p.run(t)
		if s := p.Statistics(); !errors.Is(err, compat.CostLimitExceeded) || s.GasCosts > limit || s.GasCosts < limit-8 {
			t.Errorf("limit %d: %v after %d", limit, err, s.GasCosts)
		}
	}
}

// crowd starts eight threads that spin, wait, sleep and start others, and spins.
const crowd = `(module
	(import "env" "memory" (memory 1 1 shared))
	(import "wasi" "thread-spawn" (func $spawn (param i32) (result i32)))
	(import "wasi_snapshot_preview1" "poll_oneoff" (func $poll (param i32 i32 i32 i32) (result i32)))
	(func (export "wasi_thread_start") (param $tid i32) (param $arg i32)
		(block $spin (block $spawn (block $sleep (block $wait
			(br_table $wait $sleep $spawn $spin (i32.and (local.get $arg) (i32.const 3))))
			(drop (memory.atomic.wait32 (i32.const 0) (i32.const 0) (i64.const -1))) (unreachable))
			(i32.store8 offset=1032 (i32.const 0) (i32.const 0)) (i32.store offset=1040 (i32.const 0) (i32.const 1))
			(i64.store offset=1048 (i32.const 0) (i64.const 3600000000000))
			(drop (call $poll (i32.const 1024) (i32.const 2048) (i32.const 1) (i32.const 4096))) (unreachable))
			(loop $l (drop (call $spawn (i32.const 3))) (br $l)))
		(loop $l (br $l)))
	(func (export "_start") (local $i i32)
		(loop $l (drop (call $spawn (local.get $i)))
			(br_if $l (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const 8))))
		(loop $l (br $l))))`

// TestDeadlineEndsAllThreads states that the limit of time ends all threads, whatever they are
// at, when it is over.
func TestDeadlineEndsAllThreads(t *testing.T) {
	before := runtime.NumGoroutine()
	for _, interpreter := range []bool{false, true} {
		const limit = 150 * time.Millisecond
		p := start(t, compat.Config{Interpreter: interpreter, Limits: limits.Config{TimeLimit: limit, MaxThreads: 64}}, crowd)
		began := time.Now()
		_, err := p.run(t)
		t.Logf("over after %v", time.Since(began))
		if failed, ok := errors.AsType[*compat.InvokeError](err); !ok || !errors.Is(err, compat.Interrupted) || failed.Function != "_start" {
			t.Errorf("%v", err)
		}
		if err := p.Close(t.Context()); err != nil {
			t.Error(err)
		}
	}
	for left := time.Now().Add(patience); runtime.NumGoroutine() > before; runtime.Gosched() {
		if time.Now().After(left) {
			t.Fatalf("%d goroutines, %d before", runtime.NumGoroutine(), before)
		}
	}
}

// TestCollectorIsNotKeptWaiting states that a collection of Go's heap is over soon while
// threads of a guest spin, also where nothing else wants them to be interrupted. What is logged
// for no thread is what a collection takes on this machine as it is.
func TestCollectorIsNotKeptWaiting(t *testing.T) {
	for threads := range 3 {
		took, stopped := collections(t, threads)
		t.Logf("%d threads spin: collections take %v (sorted), and stop all for %v", threads, took, stopped)
		if longest := took[len(took)-1]; longest > time.Minute {
			t.Errorf("a collection takes %v while %d threads spin", longest, threads)
		}
	}
}

// collections are the times of ten collections while as many threads spin, sorted, and for how long they
// stop all goroutines.
func collections(t *testing.T, threads int) (took, stopped []time.Duration) {
	t.Helper()
	stdin, end, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer stdin.Close()
	defer end.Close()
	spins, stdout, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer spins.Close()
	defer stdout.Close()
	p := start(t, compat.Config{Uninterruptible: true, WASI: compat.WASIConfig{Stdin: stdin, Stdout: stdout}}, fmt.Sprintf(`(module
		(import "env" "memory" (memory 1 1 shared))
		(import "wasi" "thread-spawn" (func $spawn (param i32) (result i32)))
		(import "wasi_snapshot_preview1" "fd_read" (func $read (param i32 i32 i32 i32) (result i32)))
		(import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
		(func (export "wasi_thread_start") (param i32 i32)
			(drop (i32.atomic.rmw.add (i32.const 16) (i32.const 1)))
			(loop $l (br $l)))
		(func (export "_start") %s
			(loop $l (br_if $l (i32.lt_u (i32.atomic.load (i32.const 16)) (i32.const %d))))
			(i32.store offset=4 (i32.const 0) (i32.const 1))
			(drop (call $write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 8)))
			(drop (call $read (i32.const 0) (i32.const 0) (i32.const 1) (i32.const 8)))))`,
		strings.Repeat("(drop (call $spawn (i32.const 0)))", threads), threads))
	ended := make(chan error)
	go func() {
		_, err := p.Invoke(t.Context(), "_start")
		ended <- err
	}()
	if _, err := io.ReadFull(spins, make([]byte, 1)); err != nil {
		t.Fatal(err)
	}
	for range 10 {
		began := time.Now()
		runtime.GC()
		took = append(took, time.Since(began))
		var stats debug.GCStats
		debug.ReadGCStats(&stats)
		stopped = append(stopped, stats.Pause[0])
	}
	if _, err := end.Write([]byte{1}); err != nil {
		t.Error(err)
	}
	if err := <-ended; err != nil {
		t.Error(err)
	}
	slices.Sort(took)
	slices.Sort(stopped)
	return took, stopped
}

// TestClosingEndsThreads states that a store can be closed, and interrupted, while threads
// run that have outlived the call which started them.
func TestClosingEndsThreads(t *testing.T) {
	r := compat.NewRuntime(compat.Config{Features: &features})
	defer r.Close(t.Context())
	m, err := r.Compile(t.Context(), assemble(t, `(module
		(import "env" "memory" (memory 1 1 shared))
		(import "wasi" "thread-spawn" (func $spawn (param i32) (result i32)))
		(func (export "wasi_thread_start") (param i32 i32) (loop $l (drop (i32.atomic.rmw.add (i32.const 0) (i32.const 1))) (br $l)))
		(func (export "spawn") (result i32) (call $spawn (i32.const 0)))
		(func (export "count") (result i32) (i32.atomic.load (i32.const 0))))`))
	if err != nil {
		t.Fatal(err)
	}
	for _, end := range []func(*compat.Store){
		func(s *compat.Store) {},
		func(s *compat.Store) { s.Interrupt(errors.New("enough")) },
	} {
		inst, err := m.Instantiate(t.Context(), compat.StoreConfig{})
		if err != nil {
			t.Fatal(err)
		}
		if got, err := inst.Invoke(t.Context(), "spawn"); err != nil || got[0].Lo != 1 {
			t.Fatalf("%v, %v", got, err)
		}
		for {
			got, err := inst.Invoke(t.Context(), "count")
			if err != nil {
				t.Fatal(err)
			}
			if got[0].Lo > 10 {
				break
			}
		}
		end(inst.Store())
		if err := inst.Close(t.Context()); err != nil {
			t.Error(err)
		}
	}
}

// TestFailureBetweenCalls states that the next call tells of a thread that has failed when none was
// under way, and that the instance can be called again then.
func TestFailureBetweenCalls(t *testing.T) {
	r := compat.NewRuntime(compat.Config{Features: &features})
	defer r.Close(t.Context())
	m, err := r.Compile(t.Context(), assemble(t, `(module
		(import "env" "memory" (memory 1 1 shared))
		(import "wasi" "thread-spawn" (func $spawn (param i32) (result i32)))
		(func (export "wasi_thread_start") (param i32 i32) (unreachable))
		(func (export "spawn") (result i32) (call $spawn (i32.const 0)))
		(func (export "count") (result i32) (i32.const 5)))`))
	if err != nil {
		t.Fatal(err)
	}
	inst, err := m.Instantiate(t.Context(), compat.StoreConfig{})
	if err != nil {
		t.Fatal(err)
	}
	defer inst.Close(t.Context())
	for range 20 {
		_, err := inst.Invoke(t.Context(), "spawn") // the thread may be faster
		for began := time.Now(); err == nil; _, err = inst.Invoke(t.Context(), "count") {
			if time.Since(began) > patience {
				t.Fatal("nobody has told of the failure")
			}
		}
		if !errors.Is(err, compat.Unreachable) {
			t.Fatal(err)
		}
		if got, err := inst.Invoke(t.Context(), "count"); err != nil || got[0].Lo != 5 {
			t.Fatalf("%v, %v", got, err)
		}
	}
}

// TestThreadsCallWhatCallsThem states that a function of the embedder's that a thread calls may
// call that thread's instance, and no other.
func TestThreadsCallWhatCallsThem(t *testing.T) {
	r := compat.NewRuntime(compat.Config{Features: &features})
	defer r.Close(t.Context())
	m, err := r.Compile(t.Context(), assemble(t, `(module
		(import "env" "memory" (memory 1 1 shared))
		(import "env" "host" (func $host (param i32)))
		(import "wasi" "thread-spawn" (func $spawn (param i32) (result i32)))
		(global $own (mut i32) (i32.const 0))
		(func (export "next") (result i32) (global.set $own (i32.add (global.get $own) (i32.const 1))) (global.get $own))
		(func (export "wasi_thread_start") (param i32 i32)
			(call $host (local.get 1))
			(i32.atomic.store (i32.const 0) (i32.const 1)) (drop (memory.atomic.notify (i32.const 0) (i32.const 1))))
		(func (export "_start")
			(drop (call $spawn (i32.const 7)))
			(drop (memory.atomic.wait32 (i32.const 0) (i32.const 0) (i64.const -1)))))`))
	if err != nil {
		t.Fatal(err)
	}
	var main *compat.Instance
	var own []value.Value
	var foreign error
	host := compat.NewHostModule("env").Typed("host", compat.Proc1(func(ctx context.Context, c *compat.Caller, arg int32) (err error) {
		own, err = c.Instance().Invoke(ctx, "next")
		if c.Instance() == main || arg != 7 {
			err = errors.New("another instance calls")
		}
		_, foreign = main.Invoke(ctx, "next")
		return err
	}))
	s := r.NewStore(compat.StoreConfig{Hosts: []*compat.HostModule{host}})
	if main, err = s.Instantiate(t.Context(), m); err != nil {
		t.Fatal(err)
	}
	if _, err := main.Invoke(t.Context(), "_start"); err != nil || own[0].Lo != 1 || foreign == nil {
		t.Errorf("%v; %v, %v", err, own, foreign)
	}
	if got, err := main.Invoke(t.Context(), "next"); err != nil || got[0].Lo != 1 {
		t.Errorf("%v, %v", got, err)
	}
}

// TestWhoHasNoThreads states what thread-spawn returns to modules that cannot have threads, and
// when there are as many as there may be.
func TestWhoHasNoThreads(t *testing.T) {
	const (
		memory = `(import "env" "memory" (memory 1 1 shared))`
		entry  = `(func (export "wasi_thread_start") (param i32 i32) (loop $l (br $l)))`
	)
	for name, tc := range map[string]struct {
		imports, fields string
		want            int32
	}{
		"no entry":              {memory, "", -58},
		"entry of another type": {memory, `(func (export "wasi_thread_start") (param i32))`, -58},
		"memory of its own":     {"", `(memory 1 1 shared) ` + entry, -58},
		"no memory":             {"", entry, -58},
		"as many as may be":     {memory, entry, -6},
		"a table too large":     {memory, `(table 3000000 funcref) ` + entry, -48},
	} {
		t.Run(name, func(t *testing.T) {
			p := start(t, compat.Config{Limits: limits.Config{MaxThreads: 3, MaxMemory: 60 << 20}}, `(module `+tc.imports+`
				(import "wasi" "thread-spawn" (func $spawn (param i32) (result i32)))
				(import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32))) `+tc.fields+`
				(func (export "_start")
					(drop (call $spawn (i32.const 0))) (drop (call $spawn (i32.const 0))) (drop (call $spawn (i32.const 0)))
					(call $exit (call $spawn (i32.const 0)))))`)
			status, err := p.run(t)
			if int32(status) != tc.want || err != nil {
				t.Errorf("status %d, %v, want %d", int32(status), err, tc.want)
			}
		})
	}
}

// TestThreadsNeedTheProposal states that without threads nobody offers wasi, nor a memory.
func TestThreadsNeedTheProposal(t *testing.T) {
	vm := compat.New(compat.Config{Alone: true})
	defer vm.Close(t.Context())
	if err := errors.Join(vm.Load(assemble(t, `(module (import "wasi" "thread-spawn" (func (param i32) (result i32))))`)), vm.Validate()); err != nil {
		t.Fatal(err)
	}
	if err := vm.Instantiate(t.Context()); !errors.Is(err, compat.UnknownImport) {
		t.Errorf("%v", err)
	}
}

// TestTraceOfThreads states that lines of the trace of threads do not mix.
func TestTraceOfThreads(t *testing.T) {
	var trace bytes.Buffer
	p := start(t, compat.Config{WASI: compat.WASIConfig{Trace: &trace, Stdout: io.Discard}}, "pthreads.wasm", "rounds", "20")
	if status, err := p.run(t); status != 0 || err != nil {
		t.Fatal(status, err)
	}
	if n := strings.Count(trace.String(), "thread-spawn(start_arg="); n != 20 {
		t.Errorf("%d threads in\n%s", n, &trace)
	}
}
