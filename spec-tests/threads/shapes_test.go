package threads

import (
	"bytes"
	"github.com/wazedge/wazedge/limits"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/wazedge/wazedge/compat"
)

// shapes are modules in which 16 threads, four at a time, each do what the function $work does with their
// number, and the first thread exits with the sum of what that returns. Each has more than a
// memory to share.
var shapes = map[string]string{
	"a memory of its own": `
		(memory $own 1)
		(data (memory $own) (i32.const 0) "\01")
		(func $work (param i32) (result i32)
			(i32.store8 $own (i32.const 0) (i32.add (i32.load8_u $own (i32.const 0)) (i32.const 1)))
			(memory.fill $own (i32.const 8) (i32.const 5) (i32.const 4))
			(memory.copy $shared $own (i32.add (i32.const 256) (i32.shl (local.get 0) (i32.const 2))) (i32.const 8) (i32.const 1))
			(i32.add (i32.sub (i32.load8_u $own (i32.const 0)) (i32.const 2))
				(i32.sub (i32.load8_u $shared (i32.add (i32.const 256) (i32.shl (local.get 0) (i32.const 2)))) (i32.const 4))))`,
	"two memories that are shared": `
		(func $work (param i32) (result i32)
			(drop (i32.atomic.rmw.add $second (i32.const 0) (i32.const 1)))
			(i32.const 1))`,
	"a table of its own": `
		(table $t 2 16 funcref) (elem (i32.const 0) func $one)
		(func $one (result i32) (i32.const 1))
		(func $work (param i32) (result i32)
			(table.set (i32.const 1) (ref.func $one))
			(i32.add (call_indirect $t (result i32) (i32.const 1)) (i32.sub (table.grow (ref.func $one) (i32.const 3)) (i32.const 2))))`,
	"structures and arrays": `
		(type $list (struct (field (ref null $list)) (field i32)))
		(global $all (mut (ref null $list)) (ref.null $list))
		(func $work (param i32) (result i32) (local $n i32) (local $sum i32)
			(loop $l
				(global.set $all (struct.new $list (if (result (ref null $list)) (i32.and (local.get $n) (i32.const 1023)) (then (global.get $all)) (else (ref.null $list))) (i32.const 1)))
				(br_if $l (i32.lt_u (local.tee $n (i32.add (local.get $n) (i32.const 1))) (i32.const 30000))))
			(loop $l
				(local.set $sum (i32.add (local.get $sum) (struct.get $list 1 (global.get $all))))
				(global.set $all (struct.get $list 0 (global.get $all)))
				(br_if $l (i32.eqz (ref.is_null (global.get $all)))))
			(i32.eq (local.get $sum) (i32.const 304)))`,
	"exceptions": `
		(tag $e (param i32))
		(func $work (param i32) (result i32)
			(block $h (result i32) (try_table (catch $e $h) (throw $e (i32.const 1))) (unreachable)))`,
	"exceptions that are values": `
		(tag $e (param i32)) (global $last (mut exnref) (ref.null exn))
		(func $work (param i32) (result i32) (local $x exnref)
			(block $h (result exnref) (try_table (catch_all_ref $h) (throw $e (i32.const 1))) (unreachable))
			(global.set $last)
			(block $h (result i32) (try_table (catch $e $h) (throw_ref (global.get $last))) (unreachable)))`,
	"a plug-in": `
		(func $work (param i32) (result i32)
			(i32.store (i32.add (i32.const 256) (i32.shl (local.get 0) (i32.const 2))) (local.get 0))
			(i32.eq (call $served (i32.add (i32.const 256) (i32.shl (local.get 0) (i32.const 2)))) (i32.add (local.get 0) (i32.const 8))))`,
}

// shape is the module with work.
func shape(work string) string {
	imports := ""
	if strings.Contains(work, "$served") {
		imports = `(import "server" "add" (func $served (param i32) (result i32)))`
	}
	if strings.Contains(work, "$second") {
		imports += `(import "env" "second" (memory $second 1 1 shared))`
	}
	return `(module
		(import "env" "memory" (memory $shared 1 1 shared)) ` + imports + `
		(import "wasi" "thread-spawn" (func $spawn (param i32) (result i32)))
		(import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32))) ` + work + `
		(func $add (param $to i32) (param i32)
			(drop (i32.atomic.rmw.add $shared (local.get $to) (local.get 1)))
			(drop (memory.atomic.notify $shared (local.get $to) (i32.const 9))))
		(func (export "wasi_thread_start") (param $number i32) (param $argument i32)
			(call $add (i32.const 4) (call $work (local.get $argument)))
			(call $add (i32.const 0) (i32.const 1)))
		(func (export "_start") (local $n i32) (local $made i32)
			(loop $more
				(local.set $made (call $spawn (local.get $n)))
				(if (i32.and (i32.lt_s (local.get $made) (i32.const 0)) (i32.ne (local.get $made) (i32.const -6)))
					(then (call $exit (i32.sub (i32.const 0) (local.get $made)))))
				(if (i32.gt_s (local.get $made) (i32.const 0)) (then (local.set $n (i32.add (local.get $n) (i32.const 1)))))
				(br_if $more (i32.lt_u (local.get $n) (i32.const 16))))
			(loop $wait
				(local.set $made (i32.atomic.load $shared (i32.const 0)))
				(if (i32.lt_u (local.get $made) (i32.const 16)) (then
					(drop (memory.atomic.wait32 $shared (i32.const 0) (local.get $made) (i64.const 10000000)))
					(br $wait))))
			(call $exit (i32.atomic.load $shared (i32.const 4)))))`
}

// server adds to what is in the memory of who calls what _initialize has set, for each instance.
const server = `(module
	(import "caller" "read" (func $read (param i32 i32 i32) (result i32)))
	(memory 1) (global $calls (mut i32) (i32.const 0))
	(func (export "_initialize") (global.set $calls (i32.add (global.get $calls) (i32.const 7))))
	(func (export "add") (param i32) (result i32)
		(if (call $read (local.get 0) (i32.const 0) (i32.const 4)) (then unreachable))
		(global.set $calls (i32.add (global.get $calls) (i32.const 1)))
		(i32.add (i32.load (i32.const 0)) (global.get $calls))))`

// shaped starts a shape with a plug-in, if it imports one.
func shaped(t *testing.T, c compat.Config, name string) *process {
	t.Helper()
	if name == "a plug-in" {
		path := filepath.Join(t.TempDir(), "server.wasm")
		if err := os.WriteFile(path, assemble(t, server), 0o666); err != nil {
			t.Fatal(err)
		}
		c.Plugins = func(module string, _ bool) (*compat.PluginFile, error) {
			if module == "server" {
				return &compat.PluginFile{Path: path}, nil
			}
			return nil, nil
		}
	}
	c.Limits.MaxThreads = 4
	return start(t, c, shape(shapes[name]))
}

// TestThreadsHaveTheirOwn states that whatever a module has beside the memories that it shares, a thread
// has one of its own, as new.
func TestThreadsHaveTheirOwn(t *testing.T) {
	for name := range shapes {
		for _, interpreter := range []bool{false, true} {
			t.Run(name, func(t *testing.T) {
				p := shaped(t, compat.Config{Interpreter: interpreter}, name)
				if status, err := p.run(t); status != 16 || err != nil {
					t.Errorf("status %d, %v, want 16", status, err)
				}
			})
		}
	}
}

// TestProfilesSpanThreads states that a profile tells of all instructions that threads have executed, each of them
// once, whether it is made of samples or of calls. (Instantiation executes none in these modules.)
func TestProfilesSpanThreads(t *testing.T) {
	tool, err := exec.LookPath("go")
	if err != nil {
		t.Skip("no go command here, whose pprof reads the profile")
	}
	for _, name := range []string{"two memories that are shared", "exceptions"} {
		for _, interpreter := range []bool{false, true} {
			p := shaped(t, compat.Config{Interpreter: interpreter, Limits: limits.Config{Profile: true, Instructions: true}}, name)
			if status, err := p.run(t); status != 16 || err != nil {
				t.Fatalf("%s: status %d, %v", name, status, err)
			}
			var b bytes.Buffer
			if _, err := p.Profile().WriteTo(&b); err != nil {
				t.Fatal(err)
			}
			file := filepath.Join(t.TempDir(), "profile")
			if err := os.WriteFile(file, b.Bytes(), 0o600); err != nil {
				t.Fatal(err)
			}
			raw, err := exec.CommandContext(t.Context(), tool, "tool", "pprof", "-raw", file).CombinedOutput()
			if err != nil {
				t.Fatalf("%v\n%s", err, raw)
			}
			told := uint64(0)
			for _, sample := range regexp.MustCompile(`(?m)^ +\d+ +(\d+) +\d+: `).FindAllSubmatch(raw, -1) {
				n, _ := strconv.ParseUint(string(sample[1]), 10, 64)
				told += n
			}
			if want := p.Statistics().Count; told != want || want < 16 {
				t.Errorf("%s: interpreter %t: %d instructions are told of, want %d", name, interpreter, told, want)
			}
		}
	}
}
