package onnx

import (
	"math"
	"slices"
	"strings"
	"testing"
)

// applied are the outputs of an operator of inputs.
func applied(t *testing.T, op string, attrs map[string]*attribute, in ...*Tensor) (out []*Tensor, err error) {
	t.Helper()
	defer func() {
		if r := recover(); r != nil {
			err = recovered(r)
		}
	}()
	m := &machine{ctx: t.Context(), opset: 24, limit: 1 << 20, threads: 2}
	c := &call{machine: m, node: &node{op: op, attrs: attrs, run: operators()[op], outputs: make([]int, 4)}, in: in}
	return c.apply(), nil
}

func decimalsOf(shape []int, v ...float32) *Tensor {
	return &Tensor{Type: Float, Shape: shape, data: v}
}

func longsOf(shape []int, v ...int64) *Tensor { return &Tensor{Type: Int64, Shape: shape, data: v} }

func boolsOf(shape []int, v ...uint8) *Tensor { return &Tensor{Type: Bool, Shape: shape, data: v} }

// TestOperators states what some operators of transformers and of detection come to, worked out by hand. The
// format's own suite has many more cases.
func TestOperators(t *testing.T) {
	var (
		query, keys, values = decimalsOf([]int{1, 1, 1, 2}, 1, 0), decimalsOf([]int{1, 1, 2, 2}, 1, 0, 0, 1), decimalsOf([]int{1, 1, 2, 1}, 10, 20)
		three               = map[string]*attribute{"scale": {f: float32(math.Log(3))}} // one key counts 3 times as much
		picture             = decimalsOf([]int{1, 1, 2, 2}, 1, 2, 3, 4)
		boxes               = decimalsOf([]int{1, 3, 4}, 0, 0, 2, 2, 0, 0, 2, 1.9, 5, 5, 6, 6)
	)
	with := func(more map[string]*attribute) map[string]*attribute {
		more["scale"] = three["scale"]
		return more
	}
	for _, tc := range []struct {
		name, op string
		attrs    map[string]*attribute
		in       []*Tensor
		want     []float64
	}{
		{"attention", "Attention", three, []*Tensor{query, keys, values}, []float64{12.5}},
		{"causal", "Attention", with(map[string]*attribute{"is_causal": {i: 1}}), []*Tensor{query, keys, values}, []float64{10}},
		{"past", "Attention", with(map[string]*attribute{"is_causal": {i: 1}}),
			[]*Tensor{query, decimalsOf([]int{1, 1, 1, 2}, 0, 1), decimalsOf([]int{1, 1, 1, 1}, 20), nil, decimalsOf([]int{1, 1, 1, 2}, 1, 0), decimalsOf([]int{1, 1, 1, 1}, 10)}, []float64{12.5}},
		{"masked", "Attention", three, []*Tensor{query, keys, values, boolsOf([]int{1, 2}, 0, 1)}, []float64{20}},
		{"short mask", "Attention", three, []*Tensor{query, keys, values, decimalsOf([]int{1, 1}, 0)}, []float64{10}},
		{"nothing to attend to", "Attention", three, []*Tensor{query, keys, values, boolsOf([]int{1, 2}, 0, 0)}, []float64{0}},
		{"valid keys", "Attention", three, []*Tensor{query, keys, values, nil, nil, nil, longsOf([]int{1}, 1)}, []float64{10}},
		{"window", "Attention", with(map[string]*attribute{"left_window_size": {i: 0}}), []*Tensor{query, keys, values}, []float64{12.5}},
		{"grouped", "Attention", three, []*Tensor{decimalsOf([]int{1, 2, 1, 2}, 1, 0, 1, 0), keys, values}, []float64{12.5, 12.5}},
		{"three dimensions", "Attention", with(map[string]*attribute{"q_num_heads": {i: 2}, "kv_num_heads": {i: 1}}),
			[]*Tensor{decimalsOf([]int{1, 1, 4}, 1, 0, 1, 0), decimalsOf([]int{1, 2, 2}, 1, 0, 0, 1), decimalsOf([]int{1, 2, 1}, 10, 20)}, []float64{12.5, 12.5}},
		{"rotary", "RotaryEmbedding", nil, []*Tensor{decimalsOf([]int{1, 1, 1, 4}, 1, 2, 3, 4), decimalsOf([]int{1, 1, 2}, 0, 1), decimalsOf([]int{1, 1, 2}, 1, 0)}, []float64{-3, 2, 1, 4}},
		{"rotary, interleaved, by place", "RotaryEmbedding", map[string]*attribute{"interleaved": {i: 1}, "rotary_embedding_dim": {i: 2}},
			[]*Tensor{decimalsOf([]int{1, 1, 1, 4}, 1, 2, 3, 4), decimalsOf([]int{2, 1}, 1, 0), decimalsOf([]int{2, 1}, 0, 1), longsOf([]int{1, 1}, 1)}, []float64{-2, 1, 3, 4}},
		{"scatter around the end", "TensorScatter", map[string]*attribute{"mode": {s: "circular"}},
			[]*Tensor{decimalsOf([]int{1, 3, 1}, 1, 2, 3), decimalsOf([]int{1, 2, 1}, 8, 9), longsOf([]int{1}, 2)}, []float64{9, 2, 8}},
		{"SwiGLU", "SwiGLU", nil, []*Tensor{decimalsOf([]int{2}, 0, 30), decimalsOf([]int{2}, 5, 2)}, []float64{0, 60}},
		{"boxes", "NonMaxSuppression", nil,
			[]*Tensor{boxes, decimalsOf([]int{1, 1, 3}, 0.8, 0.9, 0.3), longsOf([]int{1}, 3), decimalsOf([]int{1}, 0.5), decimalsOf([]int{1}, 0.1)}, []float64{0, 0, 1, 0, 0, 2}},
		{"no boxes", "NonMaxSuppression", nil, []*Tensor{boxes, decimalsOf([]int{1, 1, 3}, 1, 1, 1)}, nil},
		{"grid", "GridSample", map[string]*attribute{"align_corners": {i: 1}},
			[]*Tensor{picture, decimalsOf([]int{1, 1, 4, 2}, 0, 0, -1, -1, 1, -1, 9, 9)}, []float64{2.5, 1, 2, 0}},
		{"grid, border", "GridSample", map[string]*attribute{"padding_mode": {s: "border"}, "mode": {s: "nearest"}},
			[]*Tensor{picture, decimalsOf([]int{1, 1, 2, 2}, 9, 9, -1, 1)}, []float64{4, 3}},
		{"grid of no numbers", "GridSample", map[string]*attribute{"padding_mode": {s: "reflection"}, "mode": {s: "cubic"}},
			[]*Tensor{picture, decimalsOf([]int{1, 1, 1, 2}, float32(math.NaN()), float32(math.Inf(1)))}, []float64{1}},
		{"blocks", "DequantizeLinear", map[string]*attribute{"block_size": {i: 2}, "axis": {i: 0}},
			[]*Tensor{{Type: Int8, Shape: []int{3, 1}, data: []int8{1, 2, 3}}, decimalsOf([]int{2, 1}, 10, 100)}, []float64{10, 20, 300}},
	} {
		out, err := applied(t, tc.op, tc.attrs, tc.in...)
		if err != nil {
			t.Errorf("%s: %v", tc.name, err)
			continue
		}
		got := make([]float64, out[0].Len())
		for i := range got {
			got[i] = math.Round(reader(out[0])(i)*1e4) / 1e4
		}
		if !slices.Equal(got, tc.want) && len(got)+len(tc.want) > 0 {
			t.Errorf("%s: %v, want %v", tc.name, got, tc.want)
		}
	}
}

// TestHostileShapes states that operators of several inputs refuse what does not fit together.
func TestHostileShapes(t *testing.T) {
	one := decimalsOf([]int{1, 1, 1, 1}, 1)
	for name, in := range map[string][]*Tensor{
		"Attention":         {one, decimalsOf([]int{1, 1, 1, 2}, 1, 2), one},
		"Attention ":        {decimalsOf([]int{1}, 1), one, one},
		"Attention, mask":   {one, one, one, decimalsOf([]int{3, 1}, 1, 1, 1)},
		"Attention, past":   {one, one, one, nil, decimalsOf([]int{2, 1, 1, 1}, 1, 1), one},
		"Attention, heads":  {one, decimalsOf([]int{1, 0, 1, 1}), decimalsOf([]int{1, 0, 1, 1})},
		"RotaryEmbedding":   {one, decimalsOf([]int{1, 1, 1}, 1), decimalsOf([]int{1, 1, 1}, 1)},
		"TensorScatter":     {decimalsOf([]int{1, 2, 1}, 1, 2), decimalsOf([]int{1, 1, 1}, 1), longsOf([]int{1}, 2)},
		"TensorScatter ":    {decimalsOf([]int{1, 2, 1}, 1, 2), decimalsOf([]int{1, 1, 1}, 1), longsOf([]int{1}, -1)},
		"NonMaxSuppression": {decimalsOf([]int{1, 2, 4}, make([]float32, 8)...), decimalsOf([]int{1, 1, 3}, 1, 1, 1)},
		"GridSample":        {one, decimalsOf([]int{1, 1, 1, 3}, 0, 0, 0)},
		"GridSample ":       {decimalsOf([]int{1, 1, 0, 1}), decimalsOf([]int{1, 1, 1, 2}, 0, 0)},
	} {
		op, _, _ := strings.Cut(strings.TrimSpace(name), ",")
		if out, err := applied(t, op, nil, in...); err == nil {
			t.Errorf("%s: shape %v and no error", name, out[0].Shape)
		}
	}
}

// TestScan adds up what it scans backwards: each sum is an output.
func TestScan(t *testing.T) {
	body := message(nil).bytes(1, message(nil).str(4, "Add").str(1, "s").str(1, "x").str(2, "n")).
		bytes(1, message(nil).str(4, "Identity").str(1, "n").str(2, "m")).
		bytes(11, message(nil).str(1, "s")).bytes(11, message(nil).str(1, "x")).bytes(12, message(nil).str(1, "n")).bytes(12, message(nil).str(1, "m"))
	node := message(nil).str(4, "Scan").str(1, "a").str(1, "b").str(2, "z").str(2, "y").
		bytes(5, message(nil).str(1, "body").bytes(6, body)).bytes(5, intAttribute("num_scan_inputs", 1)).bytes(5, intsAttribute("scan_input_directions", 1))
	graph := message(nil).bytes(5, ints64().scalar(100).message().str(8, "a")).bytes(5, ints64(1, 2, 3).message().str(8, "b"))
	m, err := Decode(modelOf(graph.bytes(1, node).bytes(12, message(nil).str(1, "y"))), 0)
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		out, err := m.Run(t.Context(), nil, Limits{})
		if err != nil || !slices.Equal(slice[int64](out[0]), []int64{103, 105, 106}) {
			t.Fatalf("%v, %v", out, err)
		}
	}
}
