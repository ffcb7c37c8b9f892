package engine_test

import (
	"context"
	"errors"
	"os"
	"runtime"
	"slices"
	"testing"

	"github.com/wazedge/wazedge/internal/engine"
	"github.com/wazedge/wazedge/internal/fault"
	"github.com/wazedge/wazedge/internal/wasm"
	"github.com/wazedge/wazedge/internal/wat"
)

// instance is the module of a file below testdata/guests, instantiated.
func instance(t testing.TB, c engine.Config, file string) *engine.Instance {
	t.Helper()
	b, err := os.ReadFile("../../testdata/guests/" + file)
	if err != nil {
		t.Fatal(err)
	}
	return instanceOf(t, c, b)
}

func instanceOf(t testing.TB, c engine.Config, b []byte) *engine.Instance {
	t.Helper()
	rt := engine.New(context.Background(), c)
	t.Cleanup(func() {
		if err := rt.Close(context.Background()); err != nil {
			t.Errorf("Close: %v", err)
		}
	})
	code, err := rt.Compile(t.Context(), b, 1)
	if err != nil {
		t.Fatal(err)
	}
	inst, err := rt.Instantiate(t.Context(), code, engine.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return inst
}

func TestTrapsKnowTheirPlace(t *testing.T) {
	// (func $a unreachable) (func (export "f") nop call $a), with a name section
	// that does not give indices away.
	module := []byte("\x00asm\x01\x00\x00\x00" +
		"\x01\x04\x01\x60\x00\x00" +
		"\x03\x03\x02\x00\x00" +
		"\x07\x05\x01\x01f\x00\x01" +
		"\x0a\x0b\x02\x03\x00\x00\x0b\x05\x00\x01\x10\x00\x0b" +
		"\x00\x0d\x04name\x01\x06\x01\x00\x03odd")
	for _, interpreter := range []bool{false, true} {
		inst := instanceOf(t, engine.Config{Interpreter: interpreter}, module)
		err := inst.Call(t.Context(), "f", nil)
		trap, ok := errors.AsType[*engine.Trap](err)
		if !ok || trap.Code != fault.Unreachable {
			t.Fatalf("interpreter %v: %v, want a trap at unreachable", interpreter, err)
		}
		want := []engine.Frame{{Function: 0, Offset: 3, Return: -1}, {Function: 1, Offset: 8, Return: -1}}
		if len(trap.Frames) != 2 || trap.Frames[0] != want[0] || trap.Frames[1] != want[1] {
			t.Errorf("interpreter %v: frames %v, want %v", interpreter, trap.Frames, want)
		}
	}
}

func TestCallOfWhatIsNotExported(t *testing.T) {
	if err := instance(t, engine.Config{}, "fib.wasm").Call(t.Context(), "nope", nil); !errors.Is(err, engine.ErrNoExport) {
		t.Errorf("Call(nope) = %v, want ErrNoExport", err)
	}
}

// The specification lets a module with a malformed name section pass.
func TestMalformedNamesDoNotMatter(t *testing.T) {
	module := "\x00asm\x01\x00\x00\x00" + "\x00\x06\x04name\x62" // a subsection without a size
	instanceOf(t, engine.Config{}, []byte(module))
	instanceOf(t, engine.Config{}, []byte(module+"\x00\x05\x04name"+"\x00\x06\x04name\xff"))
}

func TestDeepStacksAreToldToTheirOuterEnd(t *testing.T) {
	if runtime.GOARCH != "amd64" && runtime.GOARCH != "arm64" {
		t.Skip("only compiled code tells more frames than wazero does")
	}
	m, err := wat.Parse([]byte(`(module (func $f (export "f") (param i32) (result i32 i64)
		(local v128 f64)
		(if (i32.eqz (local.get 0)) (then unreachable))
		(call $f (i32.sub (local.get 0) (i32.const 1)))
		(i64.add (i64.const 1)))
		(func (export "g") (param i32) (result i32) (drop (call $f (local.get 0)))))`))
	if err != nil {
		t.Fatal(err)
	}
	inst := instanceOf(t, engine.Config{}, wasm.Encode(m))
	for _, depth := range []int{1, 28, 29, 30, 31, 100, 285, 286, 287, 5000} {
		trap, ok := errors.AsType[*engine.Trap](inst.Call(t.Context(), "g", []uint64{uint64(depth), 0}))
		if !ok {
			t.Fatal("no trap")
		}
		if want := min(depth+2, 30+256); len(trap.Frames) != want {
			t.Errorf("%d calls deep: %d frames, want %d", depth, len(trap.Frames), want)
		}
		for n, f := range trap.Frames {
			last := n == len(trap.Frames)-1
			if f.Offset <= 0 || f.Function != 0 && !last || last && f.Function != 1 || n > 1 && !last && f.Offset != trap.Frames[1].Offset {
				t.Errorf("%d calls deep: frame %d is %+v", depth, n, f)
				break
			}
		}
	}
}

// What code without positions tells of a trap afterwards is what code with
// positions would have.
func TestPositionsAfterwards(t *testing.T) {
	if runtime.GOARCH != "amd64" && runtime.GOARCH != "arm64" {
		t.Skip("only compiled code is without positions")
	}
	m, err := wat.Parse([]byte(`(module (import "m" "unused" (func)) (memory 1) (func $skip (param i64) (drop (i64.div_s (i64.const 1) (local.get 0))))
		(func $a (param i32) (result i32) (if (i32.gt_u (local.get 0) (i32.const 7)) (then (call $skip (i64.const 1))))
			(i32.store8 offset=3 (local.get 0) (i32.const 1)) (i32.load16_u (i32.mul (local.get 0) (i32.const 70000))))
		(func (export "f") (param i32) (result i32) (call $skip (i64.const 3)) (i32.add (call $a (local.get 0)) (i32.const 1))))`))
	if err != nil {
		t.Fatal(err)
	}
	b := wasm.Encode(m)
	stub, err := wat.Parse([]byte(`(module (func (export "unused")))`))
	if err != nil {
		t.Fatal(err)
	}
	frames := func(positions bool) []engine.Frame {
		rt := engine.New(t.Context(), engine.Config{})
		defer rt.Close(t.Context())
		load := func(b []byte, imports func(string) *engine.Instance) *engine.Instance {
			code, err := rt.CompileWith(t.Context(), slices.Clone(b), engine.CompileOptions{Positions: positions})
			if err != nil {
				t.Fatal(err)
			}
			inst, err := rt.Instantiate(t.Context(), code, engine.Options{Imports: imports})
			if err != nil {
				t.Fatal(err)
			}
			return inst
		}
		other := load(wasm.Encode(stub), nil)
		inst := load(b, func(string) *engine.Instance { return other })
		trap, ok := errors.AsType[*engine.Trap](inst.Call(t.Context(), "f", []uint64{9}))
		if !ok {
			t.Fatal("no trap")
		}
		return trap.Frames
	}
	with, without := frames(true), frames(false)
	if len(with) != 2 || len(without) != 2 {
		t.Fatalf("frames %v and %v, want two each", with, without)
	}
	for n, got := range engine.Positions(t.Context(), b, without) {
		if without[n].Offset != -1 || got != with[n].Offset || got < 0 {
			t.Errorf("frame %d: %d afterwards (%+v), want %d", n, got, without[n], with[n].Offset)
		}
	}
}
