package pipeline

import (
	"math"
	"slices"
	"testing"

	"github.com/wazedge/wazedge/internal/wasm"
	"github.com/wazedge/wazedge/internal/wat"
)

func TestFewerWorkersWhereMemoryIsShort(t *testing.T) {
	w := Load{Module: 20 << 20, Code: 14 << 20}
	for _, tc := range []struct {
		most uint64
		want int
	}{
		{math.MaxUint64, 8},
		{w.Footprint(8), 8},
		{w.Footprint(8) - 1, 7},
		{w.Footprint(2), 2},
		{w.Footprint(2) - 1, 1},
		{w.Footprint(1), 1},
		{w.Footprint(1) - 1, 0},
		{1, 0},
	} {
		if got := w.Affordable(8, tc.most); got != tc.want {
			t.Errorf("%d bytes of memory: %d workers, want %d", tc.most, got, tc.want)
		}
	}
}

// TestLoweredBodiesAreReleased keeps no bodies of the lowered module beside what the
// engine is given.
func TestLoweredBodiesAreReleased(t *testing.T) {
	m, err := wat.Parse([]byte(`(module (tag $e) (func (export "f") (result i32)
		(block $h (try_table (catch $e $h) (throw $e))) (i32.const 7)))`))
	if err != nil {
		t.Fatal(err)
	}
	b := wasm.Encode(m)
	if m, err = wasm.Decode(b, wasm.Wasm3); err != nil {
		t.Fatal(err)
	}
	low, err := Run(m, wasm.ExceptionHandling, &Plan{Features: wasm.Wasm3}, nil)
	if err != nil {
		t.Fatal(err)
	}
	if low.Module == m {
		t.Fatal("not lowered")
	}
	want := len(low.Module.Bodies)
	b = low.Encode(m, b)
	m, err = wasm.Decode(b, wasm.Wasm3)
	if err != nil || len(m.Bodies) != want {
		t.Fatalf("the engine is given %d bodies of %d: %v", len(m.Bodies), want, err)
	}
	for i, body := range low.Module.Bodies {
		if len(body.Code) != 3 {
			t.Errorf("body %d is kept", i)
		}
	}
}

// TestLoadKnowsLargestFunctions states what is told of the sizes of functions, in whatever order they are.
func TestLoadKnowsLargestFunctions(t *testing.T) {
	for _, sizes := range [][]int{{}, {5}, {5, 7}, {7, 5, 3}, {3, 7, 7}, {3, 5, 7, 4}} {
		m := &wasm.Module{}
		code := 0
		for _, n := range sizes {
			m.Bodies = append(m.Bodies, wasm.Body{Code: make([]byte, n)})
			code += n
		}
		slices.Sort(sizes)
		want := Load{Module: code, Code: code}
		if n := len(sizes); n > 0 {
			want.Largest = sizes[n-1]
			if n > 1 {
				want.Second = sizes[n-2]
			}
		}
		if got := loadOf(m); got != want {
			t.Errorf("%v: %+v, want %+v", sizes, got, want)
		}
	}
}
