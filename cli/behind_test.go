package cli_test

import (
	"bufio"
	"encoding/binary"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/wazedge/wazedge/cache"
	"github.com/wazedge/wazedge/internal/native"
	"github.com/wazedge/wazedge/internal/wasm"
	"github.com/wazedge/wazedge/internal/wat"
)

// slowText is a module whose f takes any machine a tenth of a second at least: each of so many steps waits for the one before.
const slowText = `(module (func (export "f") (result i64) (local i64 i32)
	(loop (local.set 0 (i64.add (i64.mul (local.get 0) (i64.const 6364136223846793005)) (i64.const 1442695040888963407)))
		(br_if 0 (i32.lt_u (local.tee 1 (i32.add (local.get 1) (i32.const 1))) (i32.const 400000000))))
	(local.get 0)))`

// TestOptimizedBehindRuns states that a run that takes long has later runs be by optimized code, and prints the same then.
func TestOptimizedBehindRuns(t *testing.T) {
	if !native.Available() {
		t.Skip("no optimizing compiler for this machine")
	}
	dir := t.TempDir()
	path := filepath.Join(dir, "slow.wat")
	if err := os.WriteFile(path, []byte(slowText), 0o600); err != nil {
		t.Fatal(err)
	}
	store := storeIn(dir)
	run := func() string {
		cmd := keptCommand(t, store.Dir(), path)
		cmd.Env = append(cmd.Env, "WAZEDGE_OPTIMIZE=")
		out, err := cmd.Output()
		if err != nil {
			t.Fatal(err)
		}
		return string(out)
	}
	want := run()
	for tick := time.NewTicker(10 * time.Millisecond); !optimizedIn(t, store); <-tick.C { // until the test takes too long
	}
	if got := run(); got != want {
		t.Errorf("optimized, the run prints %q, before %q", got, want)
	}
	list := exec.Command("wazedge", "cache", "--cache-dir", store.Dir(), "list")
	list.Env = append(os.Environ(), cache.TrustDirVariable+"="+trustDir(store.Dir()))
	out, err := list.CombinedOutput()
	if err != nil || !strings.Contains(string(out), "optimized") {
		t.Errorf("cache list: %s, %v", out, err)
	}
}

// counting is a guest that reads its standard input in pieces, and in the end writes to standard error how many letters it has read, in 32 bits, as four bytes. Each
// piece is counted by a function that looks at all of its bytes.
const counting = `(module
	(import "wasi_snapshot_preview1" "fd_read" (func $read (param i32 i32 i32 i32) (result i32)))
	(import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
	(memory (export "memory") 2)
	(global $n (mut i32) (i32.const 0))
	(func $count (param $bytes i32) (local $i i32)
		(loop $l
			(global.set $n (i32.add (global.get $n) (i32.eq (i32.load8_u offset=1024 (local.get $i)) (i32.const 97))))
			(br_if $l (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (local.get $bytes)))))
	(func $next (result i32)
		(i32.store (i32.const 0) (i32.const 1024)) (i32.store (i32.const 4) (i32.const 4096))
		(drop (call $read (i32.const 0) (i32.const 0) (i32.const 1) (i32.const 8)))
		(i32.load (i32.const 8)))
	(func (export "_start") (local $bytes i32)
		(loop $l
			(if (local.tee $bytes (call $next)) (then (call $count (local.get $bytes)) (br $l))))
		(memory.fill (i32.const 8192) (i32.const 0) (i32.const 100000))
		(i32.store (i32.const 8192) (global.get $n))
		(i32.store (i32.const 0) (i32.const 8192)) (i32.store (i32.const 4) (i32.const 4))
		(drop (call $write (i32.const 2) (i32.const 0) (i32.const 1) (i32.const 8)))))`

// TestGoesOnInOptimizedCode states that a run that takes long goes on in optimized code that is made behind it, in the midst of what
// it does, and comes to the same, also when it is counted and bounded.
func TestGoesOnInOptimizedCode(t *testing.T) {
	if !native.Available() {
		t.Skip("no optimizing compiler for this machine")
	}
	limited := []string{"--gas-limit", "1000000000000000", "--enable-instruction-count"}
	for _, flags := range [][]string{nil, limited} {
		dir := t.TempDir()
		written, out, lines, err := feedUntilOver(t, dir, paddedModule(t, dir, counting), flags)
		if err != nil {
			t.Fatalf("%q: %v: %q", flags, err, lines)
		}
		if len(out) != 4 || binary.LittleEndian.Uint32([]byte(out)) != uint32(written)<<12 {
			t.Errorf("%q: counted % x, want that of %d pieces", flags, out, written)
		}
	}
}

// feedUntilOver runs the module in the file path, with an empty cache in dir, gives it pieces of 4096 letters until it has gone over to optimized code
// and a hundred more, and returns how many these were, what it has written to standard error, and the lines of the log.
func feedUntilOver(t *testing.T, dir, path string, flags []string) (written int, out string, lines []string, err error) {
	t.Helper()
	cmd, in := lazyCommand(t, storeIn(dir).Dir(), path, append([]string{"--log-level", "debug"}, flags...))
	log, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	var told strings.Builder
	cmd.Stderr = &told
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	over, ended := make(chan struct{}), make(chan []string)
	go func() {
		var lines []string
		for s := bufio.NewScanner(log); s.Scan(); {
			if lines = append(lines, s.Text()); strings.Contains(s.Text(), "the optimizing compiler") {
				close(over)
			}
		}
		ended <- lines
	}()
	piece := []byte(strings.Repeat("a", 4096))
	for more := 100; more > 0; more-- {
		select {
		case <-over:
		default:
			more = 100
		}
		if _, err := in.Write(piece); err != nil {
			t.Fatal(err, <-ended)
		}
		written++
	}
	in.Close()
	lines = <-ended
	return written, told.String(), lines, cmd.Wait()
}

// lazyCommand runs the module in the file path, which begins lazily and is optimized behind its run, with the cache kept; it reads what is
// written to in.
func lazyCommand(t *testing.T, kept, path string, flags []string) (cmd *exec.Cmd, in io.WriteCloser) {
	t.Helper()
	cmd = exec.Command("wazedge", slices.Concat([]string{"run", "--cold-start", "lazy", "--cache-dir", kept}, flags, []string{path})...)
	cmd.Env = append(os.Environ(), cache.TrustDirVariable+"="+trustDir(kept), "WAZEDGE_OPTIMIZE=")
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	return cmd, in
}

// falling is a guest that reads its standard input in pieces, and traps in the end, under calls by the table of a function that has been
// called before, behind each piece.
const falling = `(module
	(type $down (func (param i32) (result i32)))
	(import "wasi_snapshot_preview1" "fd_read" (func $read (param i32 i32 i32 i32) (result i32)))
	(memory (export "memory") 2)
	(table 1 funcref) (elem (i32.const 0) $down)
	(func $down (type $down)
		(if (i32.eqz (local.get 0)) (then (return (i32.load (i32.load (i32.const 16))))))
		(i32.add (call_indirect (type $down) (i32.sub (local.get 0) (i32.const 1)) (i32.const 0)) (i32.const 1)))
	(func $next (result i32)
		(i32.store (i32.const 0) (i32.const 1024)) (i32.store (i32.const 4) (i32.const 4096))
		(drop (call $read (i32.const 0) (i32.const 0) (i32.const 1) (i32.const 8)))
		(i32.load (i32.const 8)))
	(func (export "_start")
		(loop $l (drop (call_indirect (type $down) (i32.const 5) (i32.const 0))) (br_if $l (call $next)))
		(i32.store (i32.const 16) (i32.const 0x7fffffff))
		(drop (call_indirect (type $down) (i32.const 3) (i32.const 0)))))`

// TestTrapsInOptimizedCode states that a trap in optimized code that a run has gone over to is told as any other.
func TestTrapsInOptimizedCode(t *testing.T) {
	if !native.Available() {
		t.Skip("no optimizing compiler for this machine")
	}
	for _, flags := range [][]string{nil, {"--enable-all-statistics"}, {"--time-limit", "1000000"}} {
		dir := t.TempDir()
		path := paddedModule(t, dir, falling)
		cmd := exec.Command("wazedge", append(append([]string{"run", "--no-cache"}, flags...), path)...)
		var want strings.Builder
		cmd.Stderr = &want
		if cmd.Run() == nil {
			t.Fatal("no trap")
		}
		_, got, lines, err := feedUntilOver(t, dir, path, flags)
		if status, ok := errors.AsType[*exec.ExitError](err); !ok || status.ExitCode() != cmd.ProcessState.ExitCode() {
			t.Errorf("%q: %v: %q", flags, err, lines)
		}
		if got, want := calls(got), calls(want.String()); len(want) != 5 || !slices.Equal(got, want) {
			t.Errorf("%q: told %q, want %q", flags, got, want)
		}
	}
}

// calls are the lines of a trap that say which functions are active, and where.
func calls(told string) (list []string) {
	for line := range strings.Lines(told) {
		if strings.HasPrefix(line, "wazedge: trapped in") || strings.HasPrefix(line, "wazedge: called by") {
			list = append(list, line)
		}
	}
	return list
}

// TestKeepsCodeWhereNoneIsOptimized states that of a module that begins lazily the engine's code is kept where as many processes as may be
// are at optimizing others.
func TestKeepsCodeWhereNoneIsOptimized(t *testing.T) {
	if !native.Available() {
		t.Skip("no optimizing compiler for this machine")
	}
	dir := t.TempDir()
	store := storeIn(dir)
	for slot := range max(runtime.NumCPU()/2, 1) {
		release, ok := store.Claim(cache.Key{byte(slot)})
		if !ok {
			t.Fatalf("%d is claimed", slot)
		}
		defer release()
	}
	cmd, in := lazyCommand(t, store.Dir(), paddedModule(t, dir, counting), nil)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	for kept := false; !kept; { // until the test takes too long
		if _, err := in.Write(make([]byte, 4096)); err != nil {
			t.Fatal(err, cmd.Wait())
		}
		files, _ := store.List() // an error: there is none yet
		kept = len(files) > 0
	}
	in.Close()
	if err := cmd.Wait(); err != nil {
		t.Fatal(err)
	}
	if optimizedIn(t, store) {
		t.Error("it has been optimized")
	}
}

// paddedModule is a file in dir of the module text, and so large that it is kept.
func paddedModule(t *testing.T, dir, text string) string {
	t.Helper()
	m, err := wat.Parse([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	m.Customs = append(m.Customs, wasm.Custom{Name: "large", Data: make([]byte, 4<<10)})
	path := filepath.Join(dir, "padded.wasm")
	if err := os.WriteFile(path, wasm.Encode(m), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// optimizedIn reports whether there is optimized code in store.
func optimizedIn(t *testing.T, store *cache.Store) bool {
	files, err := store.List()
	if err != nil {
		return false // it is not there yet
	}
	for _, f := range files {
		e, err := store.Open(f)
		if err != nil {
			continue
		}
		variant := e.Variant
		e.Close()
		if strings.Contains(variant, "optimized") {
			return true
		}
	}
	return false
}
