package native_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
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
	code, err := r.CompileWith(ctx, wasm.Encode(m), engine.CompileOptions{Workers: 1, Positions: true, Aliases: native.Aliases(m),
		Load: io.NopCloser(bytes.NewReader(append(append(bytes.Clone(a.Before), a.Body...), a.After...)))})
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

func plain(t testing.TB, bin []byte, interpret bool) *engine.Instance {
	t.Helper()
	ctx := context.Background()
	r := engine.New(ctx, engine.Config{Interpreter: interpret})
	t.Cleanup(func() { r.Close(ctx) })
	code, err := r.CompileWith(ctx, bytes.Clone(bin), engine.CompileOptions{Workers: 1, Positions: true})
	if err != nil {
		t.Fatal(err)
	}
	i, err := r.Instantiate(ctx, code, engine.Options{})
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
		ours, res := optimized(t, bin, native.Options{Only: only}, nil)
		if only == nil && len(res.Kept) > 0 {
			t.Fatalf("kept %v: %v", res.Kept, res.Reasons)
		}
		theirs := plain(t, bin, false)
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
}
