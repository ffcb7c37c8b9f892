package nn

import (
	"context"
	"fmt"
)

// Encoding is a format of models, and with that the backend that executes them.
type Encoding uint32

// The formats that WasmEdge has.
const (
	OpenVINO       Encoding = 0
	ONNX           Encoding = 1
	Tensorflow     Encoding = 2
	PyTorch        Encoding = 3
	TensorflowLite Encoding = 4
	Autodetect     Encoding = 5
	GGML           Encoding = 6
	NeuralSpeed    Encoding = 7
	Whisper        Encoding = 9
	MLX            Encoding = 10
	Piper          Encoding = 11
	ChatTTS        Encoding = 12
	OpenVINOGenAI  Encoding = 13
	BitNet         Encoding = 14
)

// encodings are the names of the formats; "pytorchaoti" is one more for PyTorch.
func encodings() []string {
	return []string{"OpenVINO", "ONNX", "Tensorflow", "PyTorch", "TensorflowLite", "Autodetect", "GGML", "NeuralSpeed",
		"", "Whisper", "MLX", "Piper", "ChatTTS", "OpenVINOGenAI", "BitNet"}
}

// String is WasmEdge's name of the format.
func (e Encoding) String() string {
	if names := encodings(); int(e) < len(names) && names[e] != "" {
		return names[e]
	}
	return fmt.Sprintf("encoding %d", uint32(e))
}

// known reports whether WasmEdge has the format.
func (e Encoding) known() bool {
	names := encodings()
	return uint64(e) < uint64(len(names)) && names[e] != ""
}

// Device is where a model is asked to be executed.
type Device uint32

// The devices that WasmEdge has.
const (
	CPU  Device = 0
	GPU  Device = 1
	TPU  Device = 2
	Auto Device = 3
)

// String is WasmEdge's name of the device.
func (d Device) String() string {
	switch d {
	case CPU:
		return "CPU"
	case GPU:
		return "GPU"
	case TPU:
		return "TPU"
	case Auto:
		return "AUTO"
	}
	return fmt.Sprintf("device %d", uint32(d))
}

// TensorType is a type of elements, by its number in the ABI.
type TensorType uint32

// The types that tensors have.
const (
	F16 TensorType = 0
	F32 TensorType = 1
	F64 TensorType = 2
	U8  TensorType = 3
	I32 TensorType = 4
	I64 TensorType = 5
)

// String is WasmEdge's name of the type.
func (t TensorType) String() string {
	switch t {
	case F16:
		return "F16"
	case F32:
		return "F32"
	case F64:
		return "F64"
	case U8:
		return "U8"
	case I32:
		return "I32"
	case I64:
		return "I64"
	}
	return fmt.Sprintf("type %d", uint32(t))
}

// Tensor is an input as the guest gives it. What its parts say of each other is for the
// backend to check.
type Tensor struct {
	Dims []uint32
	Type TensorType
	Data []byte // little-endian
}

// Model is what a graph is loaded from.
type Model struct {
	Name     string   // under which it has been preloaded; empty for one of the guest's
	Builders [][]byte // parts of the model, then the configuration, if there is one
	Source   string   // of a preloaded model that its backend finds itself
	Device   Device
}

// Backend executes models of one format. What it, and what comes of it, returns as an
// error is an [*Error]; any other is a [RuntimeError]. A panic is, too.
type Backend interface {
	// Load makes a graph of a model, which may take memory bytes while it is executed. It
	// keeps nothing of what it is given.
	Load(ctx context.Context, m Model, memory int64) (Graph, error)
}

// Graph is a loaded model.
type Graph interface {
	// NewExecution is a context in which the model is executed. Several threads may ask for
	// one at once.
	NewExecution() (Execution, error)
	// Held is how many bytes the graph takes.
	Held() int64
}

// Execution is an execution context. One method is called at a time. Those with a
// context return soon after it has ended.
type Execution interface {
	// SetInput sets an input; t is not kept.
	SetInput(index uint32, t Tensor) error
	Compute(ctx context.Context) error
	// Output is an output of what has been computed last. It is not changed later.
	Output(index uint32) ([]byte, error)
	// Held is how many bytes the inputs and outputs take.
	Held() int64
	// Reset forgets inputs and outputs, and ends what is under way.
	Reset()
}

// Streaming is an execution that can also be computed piece by piece.
type Streaming interface {
	Execution
	// ComputeSingle computes the next piece; [EndOfSequence] says that there is none.
	ComputeSingle(ctx context.Context) error
	OutputSingle(index uint32) ([]byte, error)
	FiniSingle() error
}
