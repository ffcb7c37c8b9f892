package cli

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/wazedge/wazedge/compat"
)

// coldRun is what a run came to.
type coldRun struct {
	status         int
	stdout, stderr string
	files          map[string]string
}

// runCold runs words with stdin in a copy of the directory that files describe, starting as how says.
func runCold(t *testing.T, how string, files map[string]string, stdin string, words ...string) coldRun {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	open := func(text string) *os.File {
		f, err := os.CreateTemp(t.TempDir(), "")
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { f.Close() })
		if _, err := f.WriteString(text); err != nil {
			t.Fatal(err)
		}
		if _, err := f.Seek(0, 0); err != nil {
			t.Fatal(err)
		}
		return f
	}
	in, out, err := open(stdin), open(""), open("")
	p := &Process{
		Args: append([]string{"wazedge", "--no-cache", "--dir", "/:" + dir}, words...), Stdin: in, Stdout: out, Stderr: err,
		Getenv: func(name string) string {
			if name == coldVariable {
				return how
			}
			return ""
		},
	}
	r := coldRun{status: p.Main(), files: map[string]string{}}
	read := func(name string) string {
		b, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		return times.ReplaceAllString(string(b), "TIME")
	}
	r.stdout, r.stderr = read(out.Name()), read(err.Name())
	entries, _ := os.ReadDir(dir)
	for _, e := range entries {
		r.files[e.Name()] = read(filepath.Join(dir, e.Name()))
	}
	return r
}

var times = regexp.MustCompile(`\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3}`)

// noted is a guest that prints 8 random bytes and the time, reads 3 bytes at a time from standard
// input and prints them, then prints the bytes and the time again: from one call of a host
// function on to the next, nothing may be forgotten. Then it does what how says.
const noted = `(module
  (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_read" (func $read (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "random_get" (func $random (param i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "clock_time_get" (func $clock (param i32 i64 i32) (result i32)))
  (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
  (memory (export "memory") 1 20)
  (global $calls (mut i32) (i32.const 0))
  (table 4 4 funcref)
  (elem (i32.const 1) $echo $grow $sum)
  (type $t (func (param i32) (result i32)))
  (func $out (param $at i32) (param $n i32)
    (global.set $calls (i32.add (global.get $calls) (i32.const 1)))
    (i32.store (i32.const 0) (local.get $at)) (i32.store (i32.const 4) (local.get $n))
    (drop (call $write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 8))))
  (func $echo (param i32) (result i32)
    (i32.store (i32.const 0) (i32.const 64)) (i32.store (i32.const 4) (i32.const 3))
    (drop (call $read (i32.const 0) (i32.const 0) (i32.const 1) (i32.const 8)))
    (call $out (i32.const 64) (i32.load (i32.const 8)))
    (i32.load (i32.const 8)))
  (func $grow (param i32) (result i32) (memory.grow (local.get 0)))
  (func $sum (param i32) (result i32)
    (if (result i32) (local.get 0)
      (then (i32.add (local.get 0) (call $sum (i32.sub (local.get 0) (i32.const 1)))))
      (else (i32.const 0))))
  (func (export "_start") (local $i i32)
    (drop (call $random (i32.const 32) (i32.const 8)))
    (drop (call $clock (i32.const 1) (i64.const 1) (i32.const 40)))
    (i64.store (i32.const 96) (i64.load (i32.const 32)))
    (i64.store (i32.const 104) (i64.load (i32.const 40)))
    (block (loop
      (br_if 1 (i32.eqz (call_indirect (type $t) (i32.const 0) (i32.const 1))))
      (local.set $i (i32.add (local.get $i) (i32.const 1)))
      (if (i32.eq (local.get $i) (i32.const 3)) (then
        (drop (call_indirect (type $t) (i32.const 5) (i32.const 2)))))
      (br 0)))
    (i32.store8 (i32.const 64) (i32.add (i32.const 48) (i32.rem_u (call_indirect (type $t) (i32.const 1000) (i32.const 3)) (i32.const 10))))
    (i32.store8 (i32.const 65) (i32.add (i32.const 65) (memory.size)))
    (i32.store8 (i32.const 66) (i32.add (i32.const 65) (global.get $calls)))
    (i32.store8 (i32.const 67) (i32.add (i32.const 48) (i32.and
      (i64.eq (i64.load (i32.const 96)) (i64.load (i32.const 32)))
      (i64.eq (i64.load (i32.const 104)) (i64.load (i32.const 40))))))
    (call $out (i32.const 64) (i32.const 4))
    %s))`

// TestColdStarts states that a run comes to the same whichever way it starts, and wherever
// compiled code takes over.
func TestColdStarts(t *testing.T) {
	guests := func(name string) string { return filepath.Join("..", "testdata", name) }
	deep := `(module (func $f (param i32) (result i32)
	    (if (i32.eqz (local.get 0)) (then (return (i32.div_u (i32.const 1) (local.get 0)))))
	    (i32.add (call $f (i32.sub (local.get 0) (i32.const 1))) (i32.const 1)))
	  (memory 1) (func (export "_start") (drop (call $f (i32.const 60)))))`
	reactor := `(module (memory 1) (global $g (mut i32) (i32.const 1))
	  (func $double (param i32) (result i32) (i32.mul (local.get 0) (i32.const 2)))
	  (func (export "_initialize") (global.set $g (call $double (i32.const 20))))
	  (func (export "f") (param i32) (result i32 f64) (i32.add (call $double (local.get 0)) (global.get $g)) (f64.const -0.5)))`
	files := map[string]string{"in.txt": strings.Repeat("Some text.\n", 700), "deep.wat": deep, "reactor.wat": reactor}
	for name, end := range map[string]string{
		"end": "", "exit": "(call $exit (i32.const 7))", "trap": "(i32.store (i32.const 10) (i32.load (i32.mul (memory.size) (i32.const 0x10000))))",
		"null": "(drop (call_indirect (type $t) (i32.const 0) (i32.const 0)))",
	} {
		files["noted_"+name+".wat"] = fmt.Sprintf(noted, end)
	}
	for _, c := range []struct {
		name, module, stdin string
		args                []string
		calls               int // how far takeovers are tried
	}{
		{"end", "noted_end.wat", "what there is to be read", nil, 22},
		{"exit", "noted_exit.wat", "what there", nil, 13},
		{"trap", "noted_trap.wat", "what there", nil, 13},
		{"null", "noted_null.wat", "what there", nil, 13},
		{"deep", "deep.wat", "", nil, 2},
		{"reactor", "reactor.wat", "", []string{"f", "21"}, 2},
		{"C", guests("guests/files_c.wasm"), "", []string{"/in.txt", "/out.txt"}, 20},
		{"Rust", guests("guests/files_rust.wasm"), "", []string{"/in.txt", "/out.txt"}, 20},
		{"cat", guests("guests/cat.wasm"), strings.Repeat("0123456789", 3000), nil, 10},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			files := files
			module := c.module
			if strings.HasSuffix(module, ".wat") {
				module = filepath.Join(t.TempDir(), c.module)
				if err := os.WriteFile(module, []byte(files[c.module]), 0o666); err != nil {
					t.Fatal(err)
				}
			}
			for k, options := range bounded {
				words := slices.Concat(options, []string{module}, c.args)
				want := runCold(t, coldCompile, files, c.stdin, words...)
				hows := []string{coldLazy}
				for n := k; n <= c.calls; n += min(len(options)*3, 6) + 1 {
					hows = append(hows, fmt.Sprint(lazyAfter, n))
				}
				for _, how := range hows {
					got := runCold(t, how, files, c.stdin, words...)
					if fmt.Sprint(got) != fmt.Sprint(want) {
						t.Errorf("%q %s: got %+v\n, want %+v", options, how, got, want)
					}
				}
			}
		})
	}
}

// bounded are options by which runs are counted and bounded, none first.
var bounded = [][]string{
	nil,
	{"--enable-instruction-count", "--enable-gas-measuring"},
	{"--time-limit", "100000", "--enable-instruction-count"},
	{"--gas-limit", "100000000000"},
	{"--gas-limit", "40"},
	{"--gas-limit", "230"},
	{"--gas-limit", "1000"},
	{"--memory-page-limit", "3"},
	{"--max-call-depth", "100", "--enable-instruction-count"},
}

// TestColdStartsLinked states that a module that is linked with another runs whichever way it starts.
func TestColdStartsLinked(t *testing.T) {
	files := map[string]string{
		"lib.wat": `(module (memory (export "memory") 1)
		  (func (export "next") (param i32) (result i32) (i32.add (local.get 0) (i32.load (i32.const 0))))
		  (data (i32.const 0) "\01"))`,
		"main.wat": `(module (import "lib" "memory" (memory 1)) (import "lib" "next" (func $next (param i32) (result i32)))
		  (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
		  (func (export "_start") (call $exit (call $next (i32.const 6)))))`,
	}
	dir := t.TempDir()
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	for _, how := range []string{coldCompile, coldLazy, lazyAfter + "1", coldInterpret, coldAuto} {
		got := runCold(t, how, nil, "", "--module", "lib="+filepath.Join(dir, "lib.wat"), filepath.Join(dir, "main.wat"))
		if got.status != 7 || got.stderr != "" {
			t.Errorf("%s: got %+v, want status 7", how, got)
		}
	}
}

// TestInterpretsWithoutCache states that a module without code is interpreted where that is asked for, though none would be kept.
func TestInterpretsWithoutCache(t *testing.T) {
	path := filepath.Join(t.TempDir(), "m.wat")
	if err := os.WriteFile(path, []byte(`(module (func (export "_start")))`), 0o666); err != nil {
		t.Fatal(err)
	}
	for _, how := range []string{coldAuto, coldCompile, coldLazy, coldInterpret} {
		r := &runner{Process: &Process{Getenv: func(string) string { return "" }}, options: &Options{ColdStart: how}, vm: compat.New(compat.Config{}), path: path}
		if err := r.vm.LoadFile(path); err != nil {
			t.Fatal(err)
		}
		if got := r.startCold(); got != (how == coldInterpret) || r.fills {
			t.Errorf("%s: it is interpreted: %v, and compiled for a cache: %v", how, got, r.fills)
		}
		if err := r.vm.Close(t.Context()); err != nil {
			t.Error(err)
		}
	}
}
