package nn

import (
	"context"
	"errors"
	"slices"
	"sync"

	"github.com/wazedge/wazedge/internal/onnx"
)

// onnxBackend executes models in the ONNX format, one at a time.
type onnxBackend struct{ computing *sync.Mutex }

// Load implements [Backend].
func (b onnxBackend) Load(_ context.Context, m Model, memory int64) (Graph, error) {
	if len(m.Builders) != 1 {
		return nil, failed(InvalidArgument, "Wrong GraphBuilder Length %d, expect 1", len(m.Builders))
	}
	model, err := onnx.Decode(m.Builders[0], memory)
	switch {
	case errors.Is(err, onnx.ErrMemory):
		return nil, failed(TooLarge, "ONNX backend: %v", err)
	case err != nil:
		return nil, failed(InvalidArgument, "ONNX backend: %v", err)
	}
	return &onnxGraph{model, memory, b.computing}, nil
}

type onnxGraph struct {
	model     *onnx.Model
	memory    int64
	computing *sync.Mutex
}

// Held implements [Graph].
func (g *onnxGraph) Held() int64 { return g.model.Memory() }

// NewExecution implements [Graph].
func (g *onnxGraph) NewExecution() (Execution, error) {
	return &onnxExecution{graph: g, inputs: make([]*onnx.Tensor, len(g.model.Inputs))}, nil
}

type onnxExecution struct {
	graph   *onnxGraph
	inputs  []*onnx.Tensor
	outputs []*onnx.Tensor // nil before a computation
}

// SetInput implements [Execution].
func (e *onnxExecution) SetInput(index uint32, t Tensor) error {
	if uint64(index) >= uint64(len(e.inputs)) {
		return failed(InvalidArgument, "Invalid index id %d for the input, only %d inputs are allowed", index, len(e.inputs))
	}
	want := &e.graph.model.Inputs[index]
	v, err := onnx.NewTensor(onnxType(t.Type, want.Type), dims(t.Dims), t.Data)
	if err == nil {
		err = want.Accepts(v)
	}
	if err != nil {
		return failed(InvalidArgument, "ONNX backend: set_input: %v", err)
	}
	e.inputs[index] = v
	return nil
}

// dims are the sizes as Go has them. Those that are none become negative.
func dims(list []uint32) []int {
	out := make([]int, len(list))
	for i, d := range list {
		out[i] = int(int32(d))
	}
	return out
}

// onnxType is the type of a tensor of type t for an input that wants one: bytes are
// whatever has the size of a byte.
func onnxType(t TensorType, want onnx.Type) onnx.Type {
	switch t {
	case F16:
		if want == onnx.BFloat16 {
			return want
		}
		return onnx.Float16
	case F32:
		return onnx.Float
	case F64:
		return onnx.Double
	case I32:
		return onnx.Int32
	case I64:
		return onnx.Int64
	}
	if slices.Contains([]onnx.Type{onnx.Int8, onnx.Bool}, want) {
		return want
	}
	return onnx.Uint8
}

// Compute implements [Execution].
func (e *onnxExecution) Compute(ctx context.Context) error {
	e.outputs = nil
	e.graph.computing.Lock()
	defer e.graph.computing.Unlock()
	outputs, err := e.graph.model.Run(ctx, e.inputs, onnx.Limits{Memory: e.graph.memory})
	switch {
	case errors.Is(err, onnx.ErrMemory):
		return failed(TooLarge, "ONNX backend: compute: %v", err)
	case err != nil:
		return failed(RuntimeError, "ONNX backend: compute: %v", err)
	}
	e.outputs = outputs
	return nil
}

// Output implements [Execution].
func (e *onnxExecution) Output(index uint32) ([]byte, error) {
	if n := len(e.graph.model.Outputs); uint64(index) >= uint64(n) {
		return nil, failed(InvalidArgument, "Invalid index id %d for the input, only %d outputs are allowed", index, n)
	}
	if e.outputs == nil {
		return nil, failed(RuntimeError, "ONNX backend: get_output: nothing has been computed")
	}
	return e.outputs[index].AppendTo(nil), nil
}

// Held implements [Execution].
func (e *onnxExecution) Held() (n int64) {
	for _, list := range [][]*onnx.Tensor{e.inputs, e.outputs} {
		for _, t := range list {
			if t != nil {
				n += int64(t.Size())
			}
		}
	}
	return n
}

// Reset implements [Execution].
func (e *onnxExecution) Reset() { clear(e.inputs); e.outputs = nil }
