package preinit_test

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/wazedge/wazedge/compat"
	"github.com/wazedge/wazedge/compat/value"
	"github.com/wazedge/wazedge/internal/preinit"
	"github.com/wazedge/wazedge/internal/wasm"
	"github.com/wazedge/wazedge/internal/wasm/validate"
	"github.com/wazedge/wazedge/internal/wat"
)

// binary is the module in text.
func binary(t testing.TB, text string) []byte {
	t.Helper()
	m, err := wat.Parse([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return wasm.Encode(m)
}

func config() compat.Config {
	features := wasm.Wasm3
	return compat.Config{Features: &features}
}

// TestResultGoesOn states that what a function of the result returns is what that of the
// module does after it was initialised, interpreted and compiled, and that the result needs no
// proposal that the module did not need.
func TestResultGoesOn(t *testing.T) {
	for name, text := range map[string]string{
		"memory": `(memory 1) (data (i32.const 8) "before")
			(func (export "wizer.initialize") (i64.store (i32.const 8) (i64.const 0x0102030405060708)) (i32.store8 (i32.const 65535) (i32.const 9)))
			(func (export "f") (result i64) (i64.add (i64.load (i32.const 8)) (i64.load (i32.const 65528))))`,
		"contents that are cleared": `(memory 1) (data (i32.const 0) "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa")
			(func (export "wizer.initialize") (memory.fill (i32.const 0) (i32.const 0) (i32.const 64)))
			(func (export "f") (result i64) (i64.load (i32.const 8)))`,
		"a memory that has grown": `(memory 0 4) (func (export "wizer.initialize") (drop (memory.grow (i32.const 3))) (i32.store8 (i32.const 196607) (i32.const 7)))
			(func (export "f") (result i64) (i64.or (i64.extend_i32_u (memory.size)) (i64.load (i32.const 196600))))`,
		"globals": `(global $a (mut i32) (i32.const 1)) (global $b (mut i64) (i64.const 1)) (global $c (mut f32) (f32.const 1)) (global $d (mut f64) (f64.const 1))
			(global $e (mut v128) (v128.const i64x2 0 0)) (global $f i64 (i64.const 5))
			(func (export "wizer.initialize") (global.set $a (i32.const -7)) (global.set $b (i64.const -8)) (global.set $c (f32.const nan:0x200001))
				(global.set $d (f64.const -nan:0x4000000000001)) (global.set $e (v128.const i64x2 11 -12)))
			(func (export "f") (result i64)
				(i64.xor (i64.extend_i32_s (global.get $a)) (i64.xor (global.get $b) (i64.xor (i64.extend_i32_u (i32.reinterpret_f32 (global.get $c)))
				(i64.xor (i64.reinterpret_f64 (global.get $d)) (i64.xor (i64x2.extract_lane 1 (global.get $e)) (global.get $f)))))))`,
		"a start function": `(memory 1) (global $n (mut i32) (i32.const 0)) (func $s (global.set $n (i32.add (global.get $n) (i32.const 1)))) (start $s)
			(func (export "wizer.initialize") (i32.store (i32.const 0) (global.get $n)))
			(func (export "f") (result i64) (i64.extend_i32_u (i32.add (i32.mul (global.get $n) (i32.const 100)) (i32.load (i32.const 0)))))`,
		"segments": `(memory 1) (data $active (i32.const 0) "active") (data $kept "kept") (data $gone "gone")
			(func (export "wizer.initialize") (memory.init $kept (i32.const 100) (i32.const 0) (i32.const 4)) (memory.init $gone (i32.const 200) (i32.const 0) (i32.const 4)) (data.drop $gone))
			(func (export "f") (result i64) (memory.init $kept (i32.const 300) (i32.const 1) (i32.const 3)) (memory.init $active (i32.const 0) (i32.const 0) (i32.const 0))
				(i64.add (i64.load (i32.const 300)) (i64.add (i64.load (i32.const 200)) (i64.load (i32.const 0)))))`,
		"a segment that is used up": `(memory 1) (data $gone "gone") (func (export "wizer.initialize") (data.drop $gone))
			(func (export "f") (result i64) (memory.init $gone (i32.const 0) (i32.const 0) (i32.const 1)) (i64.const 1))`,
		"several memories": `(memory 1) (memory $b 1) (func (export "wizer.initialize") (i32.store (i32.const 0) (i32.const 1)) (i32.store $b (i32.const 0) (i32.const 2)))
			(func (export "f") (result i64) (i64.extend_i32_u (i32.add (i32.load (i32.const 0)) (i32.mul (i32.const 10) (i32.load $b (i32.const 0))))))`,
		"64-bit addresses": `(memory i64 1) (data (i64.const 4) "text") (func (export "wizer.initialize") (i64.store (i64.const 65528) (i64.const 77)))
			(func (export "f") (result i64) (i64.add (i64.load (i64.const 0)) (i64.load (i64.const 65528))))`,
		"tables": `(memory 1) (table 2 funcref) (elem (i32.const 0) $one $two) (type $t (func (result i64))) (global $n (mut i32) (i32.const 0))
			(func $one (result i64) (i64.const 1)) (func $two (result i64) (i64.const 2))
			(func (export "wizer.initialize") (global.set $n (i32.const 1)))
			(func (export "f") (result i64) (call_indirect (type $t) (global.get $n)))`,
		"exceptions": `(tag $e (param i64)) (global $n (mut i64) (i64.const 0))
			(func (export "wizer.initialize") (block $h (result i64) (try_table (catch $e $h) (throw $e (i64.const 5))) (i64.const 0)) (global.set $n))
			(func (export "f") (result i64) (global.get $n))`,
		"nothing to change": `(func (export "wizer.initialize")) (func (export "f") (result i64) (i64.const 3))`,
		"a library": `(global $n (mut i64) (i64.const 0)) (func (export "_initialize") (global.set $n (i64.const 9)))
			(func (export "f") (result i64) (global.get $n))`,
		"both": `(global $n (mut i64) (i64.const 0)) (func (export "_initialize") (global.set $n (i64.const 9)))
			(func (export "wizer.initialize") (global.set $n (i64.mul (global.get $n) (global.get $n))))
			(func (export "f") (result i64) (global.get $n))`,
	} {
		t.Run(name, func(t *testing.T) {
			b := binary(t, "(module "+text+")")
			for _, interpreter := range []bool{false, true} {
				c := config()
				c.Interpreter = interpreter
				r, err := preinit.Run(t.Context(), b, preinit.Options{Config: c})
				if err != nil {
					t.Fatal(err)
				}
				want, wantErr := result(t, c, b, r.Called...)
				got, gotErr := result(t, c, r.Module)
				if got != want || (wantErr == nil) != (gotErr == nil) {
					t.Errorf("f() = %v, %v, want %v, %v", got, gotErr, want, wantErr)
				}
				if more := uses(t, r.Module) &^ uses(t, b); more != 0 {
					t.Errorf("needs %s", more.Name())
				}
				again, err := preinit.Run(t.Context(), b, preinit.Options{Config: c})
				if err != nil || !slices.Equal(again.Module, r.Module) {
					t.Errorf("another result the second time: %v", err)
				}
			}
		})
	}
}

// result is what f returns when the functions called have run.
func result(t *testing.T, c compat.Config, b []byte, called ...string) (v value.Value, err error) {
	t.Helper()
	r := compat.NewRuntime(c)
	defer r.Close(t.Context())
	m, err := r.Compile(t.Context(), b)
	if err != nil {
		t.Fatal(err)
	}
	inst, err := m.Instantiate(t.Context(), compat.StoreConfig{})
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range called {
		if _, err := inst.Invoke(t.Context(), name); err != nil {
			t.Fatal(err)
		}
	}
	list, err := inst.Invoke(t.Context(), "f")
	if err != nil {
		return v, err
	}
	return list[0], nil
}

func uses(t *testing.T, b []byte) wasm.Features {
	t.Helper()
	m, err := wasm.Decode(b, wasm.Wasm3)
	if err != nil {
		t.Fatal(err)
	}
	checked, err := validate.Module(m, wasm.Wasm3, validate.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return checked.Uses
}

// TestExports states what of the exports is left.
func TestExports(t *testing.T) {
	const text = `(module (memory (export "memory") 1) (func $s) (start $s) (func (export "_initialize")) (func (export "init"))
		(func (export "_start")) (func (export "main")) (func (export "other")))`
	for _, tc := range []struct {
		options preinit.Options
		want    string
	}{
		{preinit.Options{}, "memory init _start main other"},
		{preinit.Options{Func: "init"}, "memory _start main other"},
		{preinit.Options{Func: "init", Renames: []preinit.Rename{{"_start", "main"}}}, "memory other _start"},
		{preinit.Options{Func: "init", Renames: []preinit.Rename{{"new", "other"}, {"_initialize", "main"}}}, "memory _start new _initialize"},
	} {
		tc.options.Config = config()
		r, err := preinit.Run(t.Context(), binary(t, text), tc.options)
		if err != nil {
			t.Fatal(err)
		}
		m, err := wasm.Decode(r.Module, wasm.Wasm3)
		if err != nil {
			t.Fatal(err)
		}
		var names []string
		for _, e := range m.Exports {
			names = append(names, e.Name)
		}
		if got := strings.Join(names, " "); got != tc.want || m.Start != nil {
			t.Errorf("%v: %s, want %s", tc.options.Renames, got, tc.want)
		}
	}
}

// TestRefused states what cannot be initialised, and that it is said why.
func TestRefused(t *testing.T) {
	const init = `(func (export "wizer.initialize"))`
	for text, want := range map[string]string{
		`(func (export "f"))`:                                                       "no function wizer.initialize",
		`(func (export "wizer.initialize") (param i32))`:                            "takes or returns something",
		`(import "a" "m" (memory 1))` + init:                                        `imports the memory "m" of "a"`,
		`(import "a" "g" (global i32))` + init:                                      `imports the global "g"`,
		`(table 1 funcref) (func (table.set (i32.const 0) (ref.null func)))` + init: "may change tables (table.set)",
		`(global (mut funcref) (ref.null func))` + init:                             "mutable global 0 is a reference",
		`(type $s (struct (field (mut i32)))) (func (param (ref $s)) (struct.set $s 0 (local.get 0) (i32.const 1)))` + init: "may change objects",
		`(memory 65536)` + init:                            "has 4 GiB",
		`(func (export "wizer.initialize") (unreachable))`: "unreachable",
		`(import "wasi_snapshot_preview1" "random_get" (func $r (param i32 i32) (result i32))) (memory 1)
			(func (export "wizer.initialize") (drop (call $r (i32.const 0) (i32.const 8))))`: `it calls "random_get" of "wasi_snapshot_preview1"`,
		`(import "env" "now" (func $now)) (func (export "wizer.initialize") (call $now))`:                                       `it calls "now" of "env"`,
		`(import "env" "now" (func $now)) (start $now) (func (export "wizer.initialize"))`:                                      `it calls "now" of "env"`,
		`(import "wasi_unstable" "proc_exit" (func $x (param i32))) (func (export "wizer.initialize") (call $x (i32.const 0)))`: `it calls "proc_exit"`,
	} {
		_, err := preinit.Run(t.Context(), binary(t, "(module "+text+")"), preinit.Options{Config: config()})
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", text, err, want)
		}
	}
	for _, tc := range []struct {
		options preinit.Options
		want    string
	}{
		{preinit.Options{Func: "none"}, `no function "none"`},
		{preinit.Options{Renames: []preinit.Rename{{"a", "none"}}}, `no function "none"`},
		{preinit.Options{Renames: []preinit.Rename{{"a", "f"}, {"a", "f"}}}, `two functions are to be "a"`},
		{preinit.Options{Renames: []preinit.Rename{{"memory", "f"}}}, `the export "memory" is a memory`},
		{preinit.Options{Renames: []preinit.Rename{{"a", "wizer.initialize"}}}, "has run then"},
	} {
		tc.options.Config = config()
		_, err := preinit.Run(t.Context(), binary(t, `(module (memory (export "memory") 1) (func (export "f"))`+init+`)`), tc.options)
		if err == nil || !strings.Contains(err.Error(), tc.want) {
			t.Errorf("%v, want %q", err, tc.want)
		}
	}
	if _, err := preinit.Run(t.Context(), []byte("\x00asm"), preinit.Options{Config: config()}); !errors.Is(err, compat.UnexpectedEnd) {
		t.Errorf("no module: %v", err)
	}
}

// TestHost states what of the host may be looked at, and that leave lets all be called.
func TestHost(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "file"), []byte("contents"), 0o600); err != nil {
		t.Fatal(err)
	}
	const reads = `(module (import "wasi_snapshot_preview1" "path_open" (func $open (param i32 i32 i32 i32 i32 i64 i64 i32 i32) (result i32)))
		(import "wasi_snapshot_preview1" "fd_read" (func $read (param i32 i32 i32 i32) (result i32)))
		(import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
		(memory 1) (data (i32.const 0) "file") (data (i32.const 16) "\40\00\00\00\08\00\00\00")
		(func (export "_initialize") (drop (call $open (i32.const 3) (i32.const 0) (i32.const 0) (i32.const 4) (i32.const 0) (i64.const 6) (i64.const 6) (i32.const 0) (i32.const 32)))
			(drop (call $read (i32.load (i32.const 32)) (i32.const 16) (i32.const 1) (i32.const 36))))
		(func (export "f") (result i64) (i64.load (i32.const 64))))`
	c := config()
	c.WASI.Preopens = []compat.Preopen{{Guest: "/", Host: dir, Access: compat.ReadOnly}}
	r, err := preinit.Run(t.Context(), binary(t, reads), preinit.Options{Config: c})
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(filepath.Join(dir, "file")); err != nil {
		t.Fatal(err)
	}
	if got, err := result(t, config(), r.Module); err != nil || got.Lo != 0x73746e65746e6f63 {
		t.Errorf("the file has %x, %v", got.Lo, err)
	}
	const random = `(module (import "wasi_snapshot_preview1" "random_get" (func $r (param i32 i32) (result i32))) (memory 1)
		(func (export "_initialize") (drop (call $r (i32.const 0) (i32.const 8)))))`
	if _, err := preinit.Run(t.Context(), binary(t, random), preinit.Options{Config: config(), Host: true}); err != nil {
		t.Errorf("with leave: %v", err)
	}
}

// TestSparse states that a large memory with little in it becomes little, and that one with
// something everywhere becomes not too many segments.
func TestSparse(t *testing.T) {
	r, err := preinit.Run(t.Context(), binary(t, `(module (memory 1600) (func (export "_initialize")
		(i32.store8 (i32.const 100000000) (i32.const 1)) (i32.store8 (i32.const 5) (i32.const 1)) (i32.store8 (i32.const 15) (i32.const 1))))`), preinit.Options{Config: config()})
	if err != nil || r.Segments != 2 || r.Data != 12 || len(r.Module) > 100 {
		t.Errorf("%+v, %v", r, err)
	}
	r, err = preinit.Run(t.Context(), binary(t, `(module (memory 64) (func (export "_initialize") (local $i i32)
		(loop (i32.store8 (local.get $i) (i32.const 1)) (br_if 0 (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 100))) (i32.const 4194304))))))`), preinit.Options{Config: config()})
	if err != nil || r.Segments == 0 || r.Segments > 10_000 {
		t.Errorf("%d segments, %v", r.Segments, err)
	}
}

// FuzzSegments states that segments are what the memory has, in order and apart.
func FuzzSegments(f *testing.F) {
	f.Add([]byte("\x00\x00\x01"), uint8(3))
	f.Fuzz(func(t *testing.T, b []byte, apart uint8) {
		memory := make([]byte, 0, 2*len(b))
		for _, c := range b {
			memory = append(append(memory, c), make([]byte, apart%32)...)
		}
		back := make([]byte, len(memory))
		end := 0
		for _, s := range preinit.SegmentsOf(memory) {
			if s.At < end || len(s.Bytes) == 0 {
				t.Fatalf("a segment of %d at %d behind %d", len(s.Bytes), s.At, end)
			}
			end = s.At + copy(back[s.At:], s.Bytes)
		}
		if !slices.Equal(back, memory) {
			t.Errorf("%x became %x", memory, back)
		}
	})
}
