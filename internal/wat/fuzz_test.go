package wat

import (
	"bytes"
	"os"
	"path/filepath"
	"runtime"
	"testing"

	"github.com/wazedge/wazedge/internal/wasm"
)

// maxAllocation bounds what parsing may allocate for a byte of input; the constant
// part is for tables that are made once.
const (
	maxAllocation = 64
	maxConstant   = 1 << 20
)

// fuzzSeeds are texts with a bit of everything.
var fuzzSeeds = []string{
	`(module $m (func $f (export "f") (param $x i32) (result i32) (local $y i64) (i32.add (local.get $x) (i32.const -0x1_0))))`,
	`(type (func (param i32))) (import "a" "b" (func $i (type 0))) (table 1 2 funcref) (memory 1) (elem (i32.const 0) $i) (data (i32.const 0) "\00\u{41}a")`,
	`(rec (type $a (sub (struct (field $x (mut i8)) (field (ref null $a)))))) (func (result (ref $a)) (struct.new $a (i32.const 0) (ref.null $a)))`,
	`(tag $e (param i32)) (func (block $h (result i32) (try_table (catch $e $h) (throw $e (i32.const 1))) (i32.const 0)) drop)`,
	`(func block $a loop $b br_table $a $b 0 end $b end $a if else end) (start 0)`,
	`(func (if (i32.const 1) (then nop) (else (drop (f32.const nan:0x7)))) (drop (f64.const -0x1.8p+3)) (drop (f32.const 1e-45)))`,
	`(memory i64 1 2 shared) (func (v128.store8_lane offset=1 align=1 3 (i64.const 0) (v128.const i8x16 0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15)))`,
	`(@custom "x" (before first) "y") (@name "z") (; (; ;) ;) ;; end`,
	`(func $" a" (call $" a") (select (result i32) (i32.const 0) (i32.const 0) (i32.const 0)) unreachable)`,
	`((((`, `"\u{110000}"`, `(func (i32.const 99999999999999999999))`, `(module (func (br $x)))`,
}

// bounded runs f on src and fails if it allocates too much: what takes long without
// allocating is left to the limit of time of the whole test.
func bounded(t *testing.T, src []byte, f func()) {
	t.Helper()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	f()
	runtime.ReadMemStats(&after)
	if n := after.TotalAlloc - before.TotalAlloc; n > maxConstant+maxAllocation*uint64(len(src)) {
		t.Errorf("%d bytes allocate %d", len(src), n)
	}
}

// FuzzParse parses anything, and takes what parses through text and back.
func FuzzParse(f *testing.F) {
	for _, s := range fuzzSeeds {
		f.Add([]byte(s))
	}
	guests, _ := filepath.Glob("../../testdata/*/*.wat")
	for _, g := range guests {
		if src, err := os.ReadFile(g); err == nil && len(src) < 4<<10 {
			f.Add(src)
		}
	}
	f.Fuzz(func(t *testing.T, src []byte) {
		var m *wasm.Module
		var err error
		bounded(t, src, func() { m, err = Parse(src) })
		if err != nil {
			return
		}
		var text bytes.Buffer
		if err := Print(&text, m); err != nil {
			t.Fatalf("does not print: %v", err)
		}
		again, err := Parse(text.Bytes())
		if err != nil {
			t.Fatalf("the printed text does not parse: %v\n%s", err, text.String())
		}
		if got, want := wasm.Encode(again), wasm.Encode(m); !bytes.Equal(got, want) {
			t.Fatalf("another module comes back:\n%x\n%x\n%s", got, want, text.String())
		}
	})
}

// FuzzParseScript parses anything as a script, and the modules in it.
func FuzzParseScript(f *testing.F) {
	for _, s := range fuzzSeeds {
		f.Add([]byte("(module " + s + ")"))
	}
	f.Add([]byte(`(assert_return (invoke $m "f" (v128.const f32x4 1 2 3 nan)) (either (f32.const nan:canonical) (ref.extern 3)))`))
	f.Add([]byte(`(assert_malformed (module quote "(func") "x") (module binary "\00asm") (register "a" $m) (module instance $i $d)`))
	f.Add([]byte(`(thread $t (shared (module $m)) (thread $u (wait $u)) (get $m "g")) (assert_trap (module) "")`))
	f.Fuzz(func(t *testing.T, src []byte) {
		bounded(t, src, func() {
			s, err := ParseScript(src)
			if err != nil {
				return
			}
			for _, c := range s.Commands {
				if c.Module != nil && c.Module.Form != BinaryModule {
					_, _ = c.Module.Parse() // an error is as good as a module here
				}
			}
		})
	})
}
