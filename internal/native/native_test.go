package native_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/wazedge/wazedge/internal/engine"
	"github.com/wazedge/wazedge/internal/native"
	"github.com/wazedge/wazedge/internal/wasm"
	"github.com/wazedge/wazedge/internal/wat"
)

func assemble(t testing.TB, text string) []byte {
	t.Helper()
	m, err := wat.Parse([]byte(text))
	if err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	return wasm.Encode(m)
}

// artifactOf is the engine's code of bin.
func artifactOf(t testing.TB, bin []byte) engine.Artifact {
	t.Helper()
	ctx := context.Background()
	r := engine.New(ctx, engine.Config{Artifacts: true})
	defer r.Close(ctx)
	var saved engine.Artifact
	_, err := r.CompileWith(ctx, bytes.Clone(bin), engine.CompileOptions{Workers: 1, Positions: true, Save: func(a engine.Artifact) {
		saved = engine.Artifact{Before: bytes.Clone(a.Before), Body: bytes.Clone(a.Body), After: bytes.Clone(a.After)}
	}})
	if err != nil {
		t.Fatal(err)
	}
	return saved
}

// joined is a to be loaded.
func joined(a engine.Artifact) io.ReadCloser {
	return io.NopCloser(io.MultiReader(bytes.NewReader(a.Before), bytes.NewReader(a.Body), bytes.NewReader(a.After)))
}

// optimized is an instance of bin with our code.
func optimized(t testing.TB, bin []byte, o native.Options, imports func(*engine.Runtime) engine.Options) (*engine.Instance, *native.Result) {
	t.Helper()
	if !native.Available() {
		t.Skip("there is no compiler for this processor")
	}
	ctx := context.Background()
	o.Processor, _ = engine.Processor(false)
	res, err := native.Optimize(bin, artifactOf(t, bin), o)
	if err != nil {
		t.Fatal(err)
	}
	m, err := wasm.Decode(bin, wasm.Wasm3|wasm.Threads)
	if err != nil {
		t.Fatal(err)
	}
	r := engine.New(ctx, engine.Config{Artifacts: true})
	t.Cleanup(func() { r.Close(ctx) })
	a := res.Artifact
	m = native.Extend(m, res.Kept)
	code, err := r.CompileWith(ctx, wasm.Encode(m), engine.CompileOptions{Workers: 1, Positions: true, Aliases: native.Aliases(m), Offsets: res.Places.Finder(), Guarded: o.Guarded,
		Load: joined(a)})
	if err != nil {
		t.Fatal(err)
	}
	var eo engine.Options
	if imports != nil {
		eo = imports(r)
	}
	i, err := r.Instantiate(ctx, code, eo)
	if err != nil {
		t.Fatal(err)
	}
	return i, res
}

// ways are the ways in which o can find accesses beyond the end of a memory here: by comparing addresses, and by
// guards.
func ways(o native.Options) []native.Options {
	list := []native.Options{o}
	if engine.Guards() == nil {
		o.Guarded = true
		list = append(list, o)
	}
	return list
}

func plain(t testing.TB, bin []byte, interpret bool) *engine.Instance {
	t.Helper()
	return plainWith(t, bin, interpret, func(*engine.Runtime) engine.Options { return engine.Options{} })
}

// plainWith is an instance of bin with the engine's code or interpreted, and with imports.
func plainWith(t testing.TB, bin []byte, interpret bool, imports func(*engine.Runtime) engine.Options) *engine.Instance {
	t.Helper()
	ctx := context.Background()
	r := engine.New(ctx, engine.Config{Interpreter: interpret})
	t.Cleanup(func() { r.Close(ctx) })
	code, err := r.CompileWith(ctx, bytes.Clone(bin), engine.CompileOptions{Workers: 1, Positions: true})
	if err != nil {
		t.Fatal(err)
	}
	i, err := r.Instantiate(ctx, code, imports(r))
	if err != nil {
		t.Fatal(err)
	}
	return i
}

func call(i *engine.Instance, name string, args ...uint64) string {
	s := make([]uint64, max(8, len(args)))
	copy(s, args)
	if err := i.Call(context.Background(), name, s); err != nil {
		return err.Error()
	}
	return fmt.Sprint(s[0])
}

const guest = `(module
  (type $b (func (param i32 i32) (result i32)))
  (memory (export "memory") 16 64)
  (global $g (mut i32) (i32.const 5))
  (table 2 funcref)
  (elem (i32.const 0) $sum $fib)
  (func $sum (export "sum") (type $b) (local $s i32)
    (block
      (br_if 0 (i32.eqz (local.get 1)))
      (loop
        (local.set $s (i32.add (local.get $s) (i32.load (local.get 0))))
        (local.set 0 (i32.add (local.get 0) (i32.const 4)))
        (br_if 0 (local.tee 1 (i32.sub (local.get 1) (i32.const 1))))))
    (local.get $s))
  (func $fib (export "fib") (param i32) (result i32)
    (if (result i32) (i32.lt_s (local.get 0) (i32.const 2))
      (then (local.get 0))
      (else (i32.add (call $fib (i32.sub (local.get 0) (i32.const 1)))
                     (call $fib (i32.sub (local.get 0) (i32.const 2)))))))
  (func $deep (export "deep") (type $b)
    (if (result i32) (i32.eqz (local.get 0))
      (then (call $sum (local.get 1) (i32.const 4)))
      (else (i32.add (local.get 0) (call $deep (i32.sub (local.get 0) (i32.const 1)) (local.get 1))))))
  (func (export "grow") (param i32) (result i32) (local $p i32)
    (global.set $g (i32.add (global.get $g) (local.get 0)))
    (local.set $p (i32.mul (memory.grow (i32.const 1)) (i32.const 65536)))
    (i32.store (local.get $p) (local.get 0))
    (i32.add (i32.load (local.get $p)) (i32.add (global.get $g) (call_indirect (param i32) (result i32) (i32.const 10) (i32.const 1)))))
  (func (export "indirect") (param i32 i32 i32) (result i32)
    (call_indirect (type $b) (local.get 0) (local.get 1) (local.get 2))))`

// TestGuest compares what our code does with what the engine's does.
func TestGuest(t *testing.T) {
	bin := assemble(t, guest)
	for _, only := range []func(int) bool{nil, func(i int) bool { return i%2 == 0 }, func(i int) bool { return i%2 == 1 }} {
		for _, o := range ways(native.Options{Only: only}) {
			ours, res := optimized(t, bin, o, nil)
			if only == nil && len(res.Kept) > 0 {
				t.Fatalf("kept %v: %v", res.Kept, res.Reasons)
			}
			compareGuest(t, ours, plain(t, bin, false))
		}
	}
}

func compareGuest(t *testing.T, ours, theirs *engine.Instance) {
	t.Helper()
	for _, c := range []struct {
		name string
		args []uint64
	}{
		{"sum", []uint64{16, 1000}}, {"sum", []uint64{0, 262144}}, {"sum", []uint64{4, 262144}}, {"sum", []uint64{0xFFFFFFF0, 8}}, {"sum", []uint64{16, 0}},
		{"fib", []uint64{20}}, {"deep", []uint64{10, 16}}, {"deep", []uint64{100001, 16}}, {"deep", []uint64{5, 1048572}},
		{"grow", []uint64{1000}}, {"grow", []uint64{77}}, {"indirect", []uint64{4, 100, 0}}, {"indirect", []uint64{4, 100, 1}},
		{"indirect", []uint64{4, 100, 2}}, {"indirect", []uint64{4, 300000, 0}}, {"deep", []uint64{1000000000, 16}}, {"deep", []uint64{7, 16}},
	} {
		if got, want := call(ours, c.name, c.args...), call(theirs, c.name, c.args...); got != want {
			t.Errorf("%s%v = %s, want %s", c.name, c.args, got, want)
		}
	}
}

// TestEverythingIsCompiled states that functions are compiled whose loops end behind the last
// branch back to their heads, and those that pass more values to a join than there are
// registers.
func TestEverythingIsCompiled(t *testing.T) {
	bin := assemble(t, `(module (memory (export "memory") 1)
	  (func (export "nested") (param i32) (result i32) (local $a i32) (local $b i32) (local $x i32) (local $y i32) (local $z i32)
	    (local.set $x (i32.mul (local.get 0) (i32.const 3)))
	    (local.set $y (i32.mul (local.get 0) (i32.const 5)))
	    (loop $outer
	      (local.set $b (i32.const 0))
	      (loop $inner
	        (local.set $z (i32.add (i32.mul (local.get $z) (i32.const 7)) (i32.xor (local.get $x) (local.get $y))))
	        (if (i32.lt_u (local.tee $b (i32.add (local.get $b) (i32.const 1))) (i32.const 4))
	          (then
	            (if (i32.eqz (i32.and (local.get $z) (i32.const 6)))
	              (then (local.set $z (call $mix (local.get $z))) (br_if $outer (i32.lt_u (local.tee $a (i32.add (local.get $a) (i32.const 1))) (i32.const 9)))))
	            (local.set $z (call $mix (local.get $z)))
	            (br $inner))))
	      (br_if $outer (i32.lt_u (local.tee $a (i32.add (local.get $a) (i32.const 1))) (i32.const 9))))
	    (i32.add (local.get $z) (i32.add (local.get $x) (local.get $y))))
	  (func $mix (param i32) (result i32) (i32.add (local.get 0) (i32.load (i32.and (local.get 0) (i32.const 1020)))))
	  (func (export "wide") (param i32) (result i32)
	    (local i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32)
	    (loop`+func() string {
		var b strings.Builder
		for k := 1; k <= 16; k++ {
			fmt.Fprintf(&b, "(local.set %d (i32.add (i32.mul (local.get %d) (i32.const %d)) (local.get 0)))\n", k, 1+k%16, k)
		}
		return b.String()
	}()+`
	      (br_if 0 (i32.and (local.tee 0 (i32.sub (local.get 0) (i32.const 1))) (i32.const 31))))
	    `+strings.Repeat("(i32.xor ", 15)+"(local.get 1)"+func() string {
		var b strings.Builder
		for k := 2; k <= 16; k++ {
			fmt.Fprintf(&b, "(local.get %d))", k)
		}
		return b.String()
	}()+`))`)
	ours, res := optimized(t, bin, native.Options{}, nil)
	for _, err := range res.Reasons {
		t.Error(err)
	}
	theirs := plain(t, bin, false)
	for _, name := range []string{"nested", "wide"} {
		for n := range uint64(40) {
			if got, want := call(ours, name, n), call(theirs, name, n); got != want {
				t.Errorf("%s(%d) = %s, want %s", name, n, got, want)
			}
		}
	}
}
