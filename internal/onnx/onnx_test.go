package onnx

import (
	"context"
	"errors"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// models are those of testdata/nn, with the shapes of the inputs that are there.
var models = map[string][]int{"mlp": {2, 4}, "cnn": {1, 1, 28, 28}, "transformer": {1, 5, 16}}

func read(t testing.TB, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("..", "..", "testdata", "nn", name))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func load(t testing.TB, name string) (*Model, *Tensor) {
	t.Helper()
	m, err := Decode(read(t, name+".onnx"), 0)
	if err != nil {
		t.Fatal(err)
	}
	x, err := NewTensor(Float, models[name], read(t, name+".in"))
	if err != nil {
		t.Fatal(err)
	}
	return m, x
}

// What comes out is what onnxruntime has computed.
func TestModels(t *testing.T) {
	for name := range models {
		m, x := load(t, name)
		for _, threads := range []int{1, 4} {
			out, err := m.Run(t.Context(), []*Tensor{x}, Limits{Threads: threads})
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			want, err := NewTensor(Float, out[0].Shape, read(t, name+".want"))
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			if err := near(out[0], want, 1e-4); err != nil {
				t.Errorf("%s on %d threads: %v", name, threads, err)
			}
		}
	}
}

// A run takes no more memory than it may, and says so; with enough it succeeds.
func TestMemoryIsBounded(t *testing.T) {
	m, x := load(t, "cnn")
	if _, err := m.Run(t.Context(), []*Tensor{x}, Limits{Memory: 20 << 10}); !errors.Is(err, ErrMemory) {
		t.Errorf("with 20 KiB: %v", err)
	}
	if _, err := m.Run(t.Context(), []*Tensor{x}, Limits{Memory: 1 << 20}); err != nil {
		t.Errorf("with 1 MiB: %v", err)
	}
}

// Whatever was counted is given back in the end, but for the outputs.
func TestMemoryIsGivenBack(t *testing.T) {
	for name := range models {
		m, in := load(t, name)
		x := &machine{ctx: t.Context(), opset: m.opset, limit: DefaultMemory, threads: 1}
		f := &frame{graph: m.graph, values: make([]*Tensor, len(m.graph.initial))}
		f.values[m.graph.inputs[0]] = in
		out := x.execute(f)
		if want := int64(out[0].Size()); x.used != want {
			t.Errorf("%s: %d bytes are still counted, want %d", name, x.used, want)
		}
	}
}

func TestContextEndsARun(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	m, x := load(t, "mlp")
	if _, err := m.Run(ctx, []*Tensor{x}, Limits{}); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

// A model that never ends does when its context does.
func TestDeadline(t *testing.T) {
	m, err := Decode(endless(), 0)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	began := time.Now()
	if _, err := m.Run(ctx, nil, Limits{}); !errors.Is(err, context.DeadlineExceeded) {
		t.Error(err)
	}
	if took := time.Since(began); took > time.Minute {
		t.Errorf("ended after %v", took)
	}
}

func TestInputsAreChecked(t *testing.T) {
	m, x := load(t, "mlp")
	for name, in := range map[string][]*Tensor{
		"none": nil, "nil": {nil}, "two": {x, x},
		"rank":  {x.view(8)},
		"sizes": {x.view(4, 2)},
		"type":  {{Type: Int32, Shape: []int{2, 4}, data: make([]int32, 8)}},
	} {
		if _, err := m.Run(t.Context(), in, Limits{}); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

// Models that are none, or that ask for what there is not, are refused when they are read.
func TestDecodeRefuses(t *testing.T) {
	whole := read(t, "mlp.onnx")
	for name, b := range map[string][]byte{
		"empty": nil, "text": []byte("hello"), "cut": whole[:len(whole)/2],
		"unknown operator": oneNode("Nonsense", nil),
		"foreign operator": graphModel(message(nil).str(4, "Relu").str(7, "com.example").str(1, "x").str(2, "y")),
		"no such value":    graphModel(message(nil).str(4, "Relu").str(1, "z").str(2, "y")),
		"short tensor":     constantModel(message(nil).num(1, 1000).num(2, uint64(Float)).bytes(9, make([]byte, 8))),
		"huge tensor":      constantModel(message(nil).num(1, 1<<62).num(1, 1<<62).num(2, uint64(Float))),
		"negative tensor":  constantModel(message(nil).num(1, math.MaxUint64).num(2, uint64(Float))),
		"other file":       constantModel(message(nil).num(1, 1).num(2, uint64(Float)).num(14, 1)),
		"nested":           nested(maxNesting + 2),
	} {
		if _, err := Decode(b, 0); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

// Operators that are told to make too much, or to reach where nothing is, end the run with
// an error.
func TestHostileOperators(t *testing.T) {
	big, shape := int64(1<<40), []int64{1 << 20, 1 << 20}
	for name, b := range map[string][]byte{
		"ConstantOfShape":   oneNode("ConstantOfShape", nil, ints64(shape...)),
		"ConstantOfShape-1": oneNode("ConstantOfShape", nil, ints64(-1)),
		"Expand":            oneNode("Expand", nil, ints64(1), ints64(shape...)),
		"Tile":              oneNode("Tile", nil, ints64(1, 2), ints64(big)),
		"Range":             oneNode("Range", nil, ints64().scalar(0), ints64().scalar(big), ints64().scalar(1)),
		"Range 0":           oneNode("Range", nil, ints64().scalar(0), ints64().scalar(1), ints64().scalar(0)),
		"Reshape":           oneNode("Reshape", nil, ints64(1, 2), ints64(3, -1, -1)),
		"Reshape huge":      oneNode("Reshape", nil, ints64(1, 2), ints64(math.MaxInt64, math.MaxInt64)),
		"Gather":            oneNode("Gather", nil, ints64(1, 2), ints64(2)),
		"GatherND":          oneNode("GatherND", nil, ints64(1, 2), ints64(-3)),
		"Div":               oneNode("Div", nil, ints64(1), ints64(0)),
		"Mod":               oneNode("Mod", nil, ints64(1), ints64(0)),
		"Pad":               oneNode("Pad", nil, ints64(1), ints64(math.MaxInt64, math.MaxInt64)),
		"Transpose":         oneNode("Transpose", intsAttribute("perm", 0, 0), ints64(1, 2)),
		"Squeeze":           oneNode("Squeeze", nil, ints64(1, 2), ints64(0)),
		"Unsqueeze":         oneNode("Unsqueeze", nil, ints64(1), ints64(make([]int64, 40)...)),
		"OneHot":            oneNode("OneHot", nil, ints64(0), ints64(big), ints64(0, 1)),
		"Concat":            oneNode("Concat", intAttribute("axis", 9), ints64(1), ints64(2)),
		"Slice":             oneNode("Slice", nil, ints64(1, 2), ints64(0), ints64(1), ints64(0), ints64(0)),
		"TopK":              oneNode("TopK", nil, ints64(1, 2), ints64(3)),
		"Add":               oneNode("Add", nil, ints64(1, 2), ints64(1, 2, 3)),
		"missing input":     oneNode("Add", nil, ints64(1, 2)),
		"Cast":              oneNode("Cast", intAttribute("to", 8), ints64(1, 2)),
		"MaxPool":           oneNode("MaxPool", intsAttribute("kernel_shape", 1<<40), ints64(1, 2)),
	} {
		m, err := Decode(b, 0)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if out, err := m.Run(t.Context(), nil, Limits{Memory: 1 << 20}); err == nil {
			t.Errorf("%s: shape %v and no error", name, out[0].Shape)
		}
	}
}

func TestSlicing(t *testing.T) {
	huge := math.MaxInt
	for _, c := range []struct{ start, end, by, n, first, length int }{
		{0, 3, 1, 5, 0, 3}, {1, huge, 2, 5, 1, 2}, {-2, huge, 1, 5, 3, 2}, {4, -huge - 1, -1, 5, 4, 5},
		{huge, 0, -2, 5, 4, 2}, {3, 1, 1, 5, 0, 0}, {0, huge, huge, 5, 0, 1}, {0, 1, 1, 0, 0, 0}, {-1, -huge, -huge, 5, 4, 1},
	} {
		if first, n := slicing(c.start, c.end, c.by, c.n); first != c.first && n > 0 || n != c.length {
			t.Errorf("%d:%d:%d of %d: %d elements from %d, want %d from %d", c.start, c.end, c.by, c.n, n, first, c.length, c.first)
		}
	}
}

func TestHalf(t *testing.T) {
	for h := range 1 << 16 {
		f := fromHalf(uint16(h))
		if got := toHalf(f); got != uint16(h) && !math.IsNaN(float64(f)) {
			t.Fatalf("%#x is %v, which is %#x", h, f, got)
		}
	}
	for f, want := range map[float32]uint16{65519: 0x7bff, 65520: 0x7c00, 1e9: 0x7c00, -1e9: 0xfc00, 1e-9: 0, 2049: 0x6800, 2051: 0x6802} {
		if got := toHalf(f); got != want {
			t.Errorf("%v is %#x, want %#x", f, got, want)
		}
	}
}

// FuzzDecode reads, and runs what can be read: nothing panics, and nothing takes more
// memory or time than it may.
func FuzzDecode(f *testing.F) {
	for name := range models {
		f.Add(read(f, name+".onnx"))
	}
	f.Add(endless())
	f.Add(oneNode("Resize", nil, ints64(1, 2), ints64(), ints64(), ints64(3)))
	f.Add(oneNode("ScatterND", nil, ints64(1, 2), ints64(0), ints64(3)))
	f.Fuzz(func(t *testing.T, b []byte) {
		m, err := Decode(b, 0)
		if err != nil {
			return
		}
		ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
		defer cancel()
		var in []*Tensor
		for _, v := range m.Inputs {
			shape := slices.Clone(v.Dims)
			for i, d := range shape {
				if d < 0 {
					shape[i] = 2
				}
			}
			n, ok := count(shape)
			if !ok || n > 1<<16 || v.Type.Size() == 0 {
				return
			}
			in = append(in, &Tensor{Type: v.Type, Shape: shape, data: makeData(v.Type, n)})
		}
		out, err := m.Run(ctx, in, Limits{Memory: 16 << 20, Threads: 1})
		if err != nil && strings.Contains(err.Error(), "runtime error") && !strings.Contains(err.Error(), "index out of range") {
			t.Logf("%v", err)
		}
		for _, o := range out {
			o.AppendTo(nil)
		}
	})
}

func BenchmarkModels(b *testing.B) {
	for name := range models {
		m, x := load(b, name)
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := m.Run(b.Context(), []*Tensor{x}, Limits{}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkProduct multiplies two matrices of 512 by 512.
func BenchmarkProduct(b *testing.B) {
	const n = 512
	x := &Tensor{Type: Float, Shape: []int{n, n}, data: make([]float32, n*n)}
	for i := range n * n {
		slice[float32](x)[i] = float32(i%17) + 1
	}
	m := &machine{ctx: b.Context(), limit: DefaultMemory, threads: 1}
	for b.Loop() {
		m.release(m.matMul(x, x))
	}
	b.ReportMetric(float64(2*n*n*n)*float64(b.N)/float64(b.Elapsed().Nanoseconds()), "GFLOPS")
}
