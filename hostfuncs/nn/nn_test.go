package nn_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/tetratelabs/wazero/api"

	"github.com/wazedge/wazedge/compat/logline"
	"github.com/wazedge/wazedge/hostfuncs/abi"
	"github.com/wazedge/wazedge/hostfuncs/nn"
)

// memory is a guest's memory without a guest.
type memory struct {
	api.Memory
	b []byte
}

func (m *memory) Read(at, n uint32) ([]byte, bool) {
	if uint64(at)+uint64(n) > uint64(len(m.b)) {
		return nil, false
	}
	return m.b[at:][:n:n], true
}

// guest is a guest that calls the namespace.
type guest struct {
	t     testing.TB
	guest *abi.Guest
	host  *nn.Host
	mem   memory
	at    uint32 // what is free of the memory
	log   bytes.Buffer
}

func newGuest(t testing.TB, c nn.Config) *guest {
	g := &guest{t: t, guest: abi.NewGuest(abi.GuestConfig{Interruptible: true}), mem: memory{b: make([]byte, 1<<20)}}
	c.Log = logline.New(&g.log, logline.Debug, false)
	g.host = nn.New(g.guest, c)
	t.Cleanup(func() { g.host.Close() })
	return g
}

// call calls a function.
func (g *guest) call(name string, args ...uint32) nn.Errno {
	g.t.Helper()
	f, ok := nn.Namespace().Function(name, abi.Signature{})
	if !ok || len(f.Type.Params) != len(args) {
		g.t.Fatalf("%s takes %d parameters", name, len(f.Type.Params))
	}
	stack := make([]uint64, max(len(args), 1))
	for i, a := range args {
		stack[i] = uint64(a)
	}
	if err := f.Invoke(g.host, abi.Caller{Memory: abi.MemoryOf(&g.mem)}, stack); err != nil {
		g.t.Fatal(err)
	}
	return nn.Errno(stack[0])
}

// must is call for what has to succeed.
func (g *guest) must(name string, args ...uint32) {
	g.t.Helper()
	if e := g.call(name, args...); e != nn.Success {
		g.t.Fatalf("%s: %v; %s", name, e, g.log.String())
	}
}

// put puts b in memory.
func (g *guest) put(b []byte) (at, n uint32) {
	at = g.at
	copy(g.mem.b[at:], b)
	g.at += uint32(len(b)+7) &^ 7
	return at, uint32(len(b))
}

func (g *guest) words(list ...uint32) uint32 {
	var b []byte
	for _, v := range list {
		b = binary.LittleEndian.AppendUint32(b, v)
	}
	at, _ := g.put(b)
	return at
}

func (g *guest) word(at uint32) uint32 { return binary.LittleEndian.Uint32(g.mem.b[at:]) }

// load loads a model from memory.
func (g *guest) load(model []byte) uint32 {
	g.t.Helper()
	at, n := g.put(model)
	place := g.words(0)
	g.must("load", g.words(at, n), 1, uint32(nn.ONNX), uint32(nn.CPU), place)
	return g.word(place)
}

// context makes an execution context.
func (g *guest) context(graph uint32) uint32 {
	g.t.Helper()
	place := g.words(0)
	g.must("init_execution_context", graph, place)
	return g.word(place)
}

// tensor is a tensor in memory.
func (g *guest) tensor(t nn.TensorType, data []byte, dims ...uint32) uint32 {
	at, n := g.put(data)
	return g.words(g.words(dims...), uint32(len(dims)), uint32(t), at, n)
}

// output is an output of a context.
func (g *guest) output(name string, context, index uint32) ([]byte, nn.Errno) {
	g.t.Helper()
	buffer, n := g.put(make([]byte, 4096))
	place := g.words(0)
	e := g.call(name, context, index, buffer, n, place)
	return g.mem.b[buffer:][:min(g.word(place), n)], e
}

// logged is the log without times.
func (g *guest) logged() string {
	return regexp.MustCompile(`\[\d{4}-[^\]]*\] `).ReplaceAllString(g.log.String(), "")
}

// file is one of testdata/nn.
func file(name string) string { return filepath.Join("..", "..", "testdata", "nn", name) }

func read(t testing.TB, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(file(name))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// near checks numbers of 32 bits.
func near(t testing.TB, name string, got, want []byte) {
	t.Helper()
	if len(got) != len(want) {
		t.Errorf("%s: %d bytes, want %d", name, len(got), len(want))
		return
	}
	for i := 0; i < len(want); i += 4 {
		a, b := math.Float32frombits(binary.LittleEndian.Uint32(got[i:])), math.Float32frombits(binary.LittleEndian.Uint32(want[i:]))
		if math.Abs(float64(a-b)) > 1e-4 {
			t.Errorf("%s: element %d is %v, want %v", name, i/4, a, b)
			return
		}
	}
}

// shapes are those of the inputs of the models of testdata/nn.
var shapes = map[string][]uint32{"mlp": {2, 4}, "cnn": {1, 1, 28, 28}, "transformer": {1, 5, 16}}

func TestInference(t *testing.T) {
	for name, dims := range shapes {
		g := newGuest(t, nn.Config{})
		c := g.context(g.load(read(t, name+".onnx")))
		for range 2 { // a context computes any number of times
			g.must("set_input", c, 0, g.tensor(nn.F32, read(t, name+".in"), dims...))
			g.must("compute", c)
			got, e := g.output("get_output", c, 0)
			if e != nn.Success {
				t.Errorf("%s: %v", name, e)
			}
			near(t, name, got, read(t, name+".want"))
		}
	}
}

func preload(t testing.TB, text string) nn.Preload {
	t.Helper()
	p, err := nn.ParsePreload(text)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// byName loads a preloaded model.
func (g *guest) byName(name string) (uint32, nn.Errno) {
	g.t.Helper()
	at, n := g.put([]byte(name))
	place := g.words(0)
	e := g.call("load_by_name", at, n, place)
	return g.word(place), e
}

// A preloaded model is loaded once, and again when it has been unloaded.
func TestLoadByName(t *testing.T) {
	g := newGuest(t, nn.Config{Preloads: []nn.Preload{preload(t, "m:onnx:Auto:"+file("mlp.onnx")), preload(t, "v:openvino:cpu:"+file("mlp.onnx"))}})
	first, e := g.byName("m")
	if second, f := g.byName("m"); e != nn.Success || f != e || first != second {
		t.Errorf("graphs %d and %d: %v, %v", first, second, e, f)
	}
	g.must("unload", first)
	if third, e := g.byName("m"); e != nn.Success || third == first {
		t.Errorf("graph %d after %d: %v", third, first, e)
	}
	if _, e := g.byName("x"); e != nn.NotFound {
		t.Errorf("a name that is not there: %v", e)
	}
	if _, e := g.byName("v"); e != nn.InvalidArgument || !strings.Contains(g.logged(), "[WASI-NN] OpenVINO backend is not supported.") {
		t.Errorf("a backend that is not there: %v, %s", e, g.logged())
	}
	at, n := g.put([]byte("m"))
	g.must("unload", first+1)
	if e := g.call("load_by_name_with_config", at, n, at, n, g.words(0)); e != nn.InvalidArgument || !strings.Contains(g.logged(), "Wrong GraphBuilder Length 2, expect 1") {
		t.Errorf("with a configuration: %v, %s", e, g.logged())
	}
}

func TestPreloadsThatAreNone(t *testing.T) {
	for text, want := range map[string]string{
		"m": "no backend", "m:x:cpu:f": "no backend", "m:onnx:x:f": "no device", "m:onnx:cpu": "no path", "m:onnx:cpu:": "no path", "": "no backend",
	} {
		p, err := nn.ParsePreload(text)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v", text, err)
		}
		if g := newGuest(t, nn.Config{Preloads: []nn.Preload{p}}); text != "m:onnx:cpu" && text != "m:onnx:cpu:" && g.logged() != "[error] [WASI-NN] Preload Model's Backend or Device is Not Support.\n" {
			t.Errorf("%q: logged %q", text, g.logged())
		}
	}
	g := newGuest(t, nn.Config{Preloads: []nn.Preload{preload(t, "m:onnx:cpu:nowhere.onnx")}})
	if _, e := g.byName("m"); e != nn.InvalidArgument || g.logged() != "[error] [WASI-NN] Preload model fail.\n[error] [WASI-NN] Wrong GraphBuilder Length 0, expect 1\n" {
		t.Errorf("%v, %s", e, g.logged())
	}
}

func TestPathsOfPreloads(t *testing.T) {
	for text, want := range map[string]string{
		"m:ggml:auto:http://h:1": "http://h:1", "m:openvino:cpu:a.xml:b.bin": "a.xml|b.bin",
		`m:onnx:cpu:C:\m.onnx`: `C:\m.onnx`, "m:onnx:cpu:c:/m": "c|/m", `m:openvino:cpu:C:\a:D:\b`: `C:\a|D:\b`,
	} {
		if got := strings.Join(preload(t, text).Paths, "|"); got != want {
			t.Errorf("%s: %s, want %s", text, got, want)
		}
	}
}

// outside is an address that is not in memory.
const outside = 1 << 20

// What is wrong with a call is a number and a line, in WasmEdge's order.
func TestBadCalls(t *testing.T) {
	for name, c := range map[string]struct {
		call func(g *guest, graph, context uint32) nn.Errno
		want nn.Errno
		log  string
	}{
		"graph id place": {func(g *guest, _, _ uint32) nn.Errno { return g.call("load", 0, 1, 99, 99, outside) }, nn.InvalidArgument, "Failed when accessing the return GraphID memory."},
		"device":         {func(g *guest, _, _ uint32) nn.Errno { return g.call("load", outside, 1, 1, 4, 0) }, nn.InvalidArgument, "Unknown device 4."},
		"builders":       {func(g *guest, _, _ uint32) nn.Errno { return g.call("load", outside-8, 2, 1, 0, 0) }, nn.InvalidArgument, "Failed when accessing the GraphBuilder memory."},
		"many builders":  {func(g *guest, _, _ uint32) nn.Errno { return g.call("load", 0, math.MaxUint32, 1, 0, 0) }, nn.InvalidArgument, "Failed when accessing the GraphBuilder memory."},
		"builder":        {func(g *guest, _, _ uint32) nn.Errno { return g.call("load", g.words(0, 4, outside-4, 8), 2, 1, 0, 0) }, nn.InvalidArgument, "Failed when accessing the Builder[1] memory."},
		"encoding":       {func(g *guest, _, _ uint32) nn.Errno { return g.call("load", g.words(0, 4), 1, 8, 0, 0) }, nn.InvalidEncoding, "Unknown backend 8."},
		"backend":        {func(g *guest, _, _ uint32) nn.Errno { return g.call("load", g.words(0, 4), 1, 3, 0, 0) }, nn.InvalidArgument, "PyTorch backend is not supported."},
		"no model":       {func(g *guest, _, _ uint32) nn.Errno { return g.call("load", g.words(0, 4), 1, 1, 0, 0) }, nn.InvalidArgument, "ONNX backend: no ONNX model"},
		"two models":     {func(g *guest, _, _ uint32) nn.Errno { return g.call("load", g.words(0, 4, 0, 4), 2, 1, 0, 0) }, nn.InvalidArgument, "Wrong GraphBuilder Length 2, expect 1"},
		"GGML of the guest's": {func(g *guest, _, _ uint32) nn.Errno {
			at, n := g.put([]byte("preload:http://127.0.0.1:1"))
			return g.call("load", g.words(at, n), 1, 6, 3, 0)
		}, nn.UnsupportedOperation, "GGML backend: a model of the guest's cannot be executed"},
		"name":          {func(g *guest, _, _ uint32) nn.Errno { return g.call("load_by_name", outside, 1, 0) }, nn.InvalidArgument, "Failed when accessing the Name memory."},
		"name place":    {func(g *guest, _, _ uint32) nn.Errno { return g.call("load_by_name", 0, 1, outside-3) }, nn.InvalidArgument, "return GraphID memory."},
		"config":        {func(g *guest, _, _ uint32) nn.Errno { return g.call("load_by_name_with_config", 0, 1, 0, outside+1, 0) }, nn.InvalidArgument, "Failed when accessing the Config memory."},
		"context place": {func(g *guest, graph, _ uint32) nn.Errno { return g.call("init_execution_context", graph, outside) }, nn.InvalidArgument, "Failed when accessing the Context memory."},
		"graph":         {func(g *guest, _, _ uint32) nn.Errno { return g.call("init_execution_context", 7, 0) }, nn.InvalidArgument, "init_execution_context: Graph ID 7 does not exist or is unloaded."},
		"tensor":        {func(g *guest, _, c uint32) nn.Errno { return g.call("set_input", c, 0, outside-19) }, nn.InvalidArgument, "Failed when accessing the Tensor memory."},
		"dimensions":    {func(g *guest, _, c uint32) nn.Errno { return g.call("set_input", c, 0, g.words(0, 1<<30, 1, 0, 4)) }, nn.InvalidArgument, "Failed when accessing the Dimension memory."},
		"data":          {func(g *guest, _, c uint32) nn.Errno { return g.call("set_input", c, 0, g.words(0, 1, 1, 4, outside)) }, nn.InvalidArgument, "Failed when accessing the TensorData memory."},
		"type":          {func(g *guest, _, c uint32) nn.Errno { return g.call("set_input", c, 0, g.words(0, 1, 6, 4, 4)) }, nn.InvalidArgument, "Unknown tensor type 6."},
		"rank":          {func(g *guest, _, c uint32) nn.Errno { return g.call("set_input", c, 0, g.words(0, 65, 1, 4, 4)) }, nn.TooLarge, "65 dimensions"},
		"context":       {func(g *guest, _, _ uint32) nn.Errno { return g.call("set_input", 9, 0, g.words(0, 0, 1, 4, 4)) }, nn.InvalidArgument, "set_input: Context ID 9 does not exist."},
		"index":         {func(g *guest, _, c uint32) nn.Errno { return g.call("set_input", c, 1, g.words(0, 0, 1, 4, 4)) }, nn.InvalidArgument, "Invalid index id 1 for the input, only 1 inputs are allowed"},
		"length": {func(g *guest, _, c uint32) nn.Errno {
			return g.call("set_input", c, 0, g.tensor(nn.F32, make([]byte, 31), 2, 4))
		}, nn.InvalidArgument, "31 bytes"},
		"huge dimensions": {func(g *guest, _, c uint32) nn.Errno {
			return g.call("set_input", c, 0, g.tensor(nn.F32, nil, math.MaxUint32, 2))
		}, nn.InvalidArgument, "ONNX backend: set_input"},
		"shape": {func(g *guest, _, c uint32) nn.Errno {
			return g.call("set_input", c, 0, g.tensor(nn.F32, make([]byte, 32), 4, 2))
		}, nn.InvalidArgument, "shape [4 2]"},
		"element type": {func(g *guest, _, c uint32) nn.Errno {
			return g.call("set_input", c, 0, g.tensor(nn.I32, make([]byte, 32), 2, 4))
		}, nn.InvalidArgument, "is INT32"},
		"no input":          {func(g *guest, _, c uint32) nn.Errno { return g.call("compute", c) }, nn.RuntimeError, "is not set"},
		"nothing computed":  {func(g *guest, _, c uint32) nn.Errno { return g.call("get_output", c, 0, 0, 4, 0) }, nn.RuntimeError, "nothing has been computed"},
		"output index":      {func(g *guest, _, c uint32) nn.Errno { return g.call("get_output", c, 1, 0, 4, 0) }, nn.InvalidArgument, "only 1 outputs are allowed"},
		"output buffer":     {func(g *guest, _, c uint32) nn.Errno { return g.call("get_output", c, 0, 4, outside, 0) }, nn.InvalidArgument, "Failed when accessing the Output Buffer memory."},
		"written":           {func(g *guest, _, c uint32) nn.Errno { return g.call("get_output", c, 0, 0, 4, outside) }, nn.InvalidArgument, "Failed when accessing the BytesWritten memory."},
		"output of nothing": {func(g *guest, _, _ uint32) nn.Errno { return g.call("get_output", 9, 0, 0, 4, 0) }, nn.InvalidArgument, "get_output: Context ID 9 does not exist."},
		"single":            {func(g *guest, _, c uint32) nn.Errno { return g.call("compute_single", c) }, nn.InvalidArgument, "compute_single: Only GGML and BitNet backend supports compute_single."},
		"single output":     {func(g *guest, _, c uint32) nn.Errno { return g.call("get_output_single", c, 0, 0, 4, 0) }, nn.InvalidArgument, "get_output_single: Only GGML"},
		"fini":              {func(g *guest, _, c uint32) nn.Errno { return g.call("fini_single", c) }, nn.InvalidArgument, "fini_single: Only GGML"},
		"unload":            {func(g *guest, graph, _ uint32) nn.Errno { g.must("unload", graph); return g.call("unload", graph) }, nn.InvalidArgument, "unload: Graph ID 0 does not exist or is unloaded."},
		"after unload":      {func(g *guest, graph, c uint32) nn.Errno { g.must("unload", graph); return g.call("compute", c) }, nn.InvalidArgument, "compute: Graph ID 0 for context ID 0 does not exist or has released."},
		"finalize": {func(g *guest, _, c uint32) nn.Errno {
			g.must("finalize_execution_context", c)
			return g.call("finalize_execution_context", c)
		}, nn.InvalidArgument, "finalize_execution_context: Context ID 0 does not exist."},
		"after finalize": {func(g *guest, _, c uint32) nn.Errno {
			g.must("finalize_execution_context", c)
			return g.call("compute", c)
		}, nn.InvalidArgument, "compute: Context ID 0 does not exist."},
	} {
		g := newGuest(t, nn.Config{})
		graph := g.load(read(t, "mlp.onnx"))
		context := g.context(graph)
		g.at = 4096
		if e := c.call(g, graph, context); e != c.want || !strings.Contains(g.logged(), "[error] [WASI-NN] ") || !strings.Contains(g.logged(), c.log) {
			t.Errorf("%s: %v, want %v; logged %s", name, e, c.want, g.logged())
		}
	}
}

// A buffer that is too small is left alone, and the guest is told what it takes.
func TestSmallBuffer(t *testing.T) {
	g := newGuest(t, nn.Config{})
	c := g.context(g.load(read(t, "mlp.onnx")))
	g.must("set_input", c, 0, g.tensor(nn.F32, read(t, "mlp.in"), 2, 4))
	g.must("compute", c)
	buffer, place := g.words(7, 7, 7), g.words(0)
	if e := g.call("get_output", c, 0, buffer, 8, place); e != nn.TooLarge || g.word(place) != 24 || g.word(buffer) != 7 {
		t.Errorf("%v, %d bytes; %#x in the buffer", e, g.word(place), g.word(buffer))
	}
	if !strings.Contains(g.logged(), "[WASI-NN] Expect out buffer max size 24, but got 8") {
		t.Errorf("logged %s", g.logged())
	}
}

// Handles and bytes run out with a number, and come back when they are given back.
func TestExhaustion(t *testing.T) {
	g := newGuest(t, nn.Config{Memory: 64 << 10})
	graph := g.load(read(t, "mlp.onnx"))
	at, place := g.at, g.words(0)
	var last nn.Errno
	n := 0
	for ; last == nn.Success && n < 1<<16; n++ {
		last = g.call("init_execution_context", graph, place)
	}
	if last != nn.RuntimeError || !strings.Contains(g.logged(), "context handle space is exhausted") {
		t.Errorf("contexts: %v after %d", last, n)
	}
	g.must("finalize_execution_context", 5)
	g.must("init_execution_context", graph, place)
	model, size := g.put(read(t, "mlp.onnx"))
	builders := g.words(model, size)
	for last, n = nn.Success, 0; last == nn.Success && n < 1<<10; n++ {
		last = g.call("load", builders, 1, 1, 0, place)
	}
	if last != nn.TooLarge || n < 2 {
		t.Errorf("graphs: %v after %d", last, n)
	}
	g.must("unload", 1)
	g.at = at
	g.must("load", builders, 1, 1, 0, place)
}

// stuck is a backend that computes until its context ends, or for ever.
type stuck struct{ deaf bool }

func (s stuck) Load(context.Context, nn.Model, int64) (nn.Graph, error) { return s, nil }
func (s stuck) NewExecution() (nn.Execution, error)                     { return s, nil }
func (s stuck) SetInput(uint32, nn.Tensor) error                        { panic("a bug") }
func (s stuck) Output(uint32) ([]byte, error)                           { return nil, errors.New("plain") }
func (s stuck) Held() int64                                             { return 0 }
func (s stuck) Reset()                                                  {}
func (s stuck) Compute(ctx context.Context) error {
	if s.deaf {
		select {}
	}
	<-ctx.Done()
	return ctx.Err()
}

// What takes long ends with the guest, and what does not end is not waited for.
func TestInterruption(t *testing.T) {
	for _, deaf := range []bool{false, true} {
		g := newGuest(t, nn.Config{Backends: map[nn.Encoding]nn.Backend{nn.ONNX: stuck{deaf}}})
		c := g.context(g.load(nil))
		done := make(chan nn.Errno)
		go func() { done <- g.call("compute", c) }()
		g.guest.Interrupt(errors.New("the end"))
		select {
		case e := <-done:
			if e != nn.RuntimeError {
				t.Errorf("deaf %v: %v", deaf, e)
			}
		case <-time.After(time.Minute):
			t.Fatalf("deaf %v: the call goes on", deaf)
		}
	}
}

// A panic of a backend, and an error that is none of ours, are a runtime error.
func TestBackendsFail(t *testing.T) {
	g := newGuest(t, nn.Config{Backends: map[nn.Encoding]nn.Backend{nn.ONNX: stuck{}}})
	c := g.context(g.load(nil))
	if e := g.call("set_input", c, 0, g.words(0, 0, 1, 0, 0)); e != nn.RuntimeError || !strings.Contains(g.logged(), "[WASI-NN] a bug") {
		t.Errorf("%v, %s", e, g.logged())
	}
	if e := g.call("get_output", c, 0, 0, 0, 0); e != nn.RuntimeError || !strings.Contains(g.logged(), "[WASI-NN] plain") {
		t.Errorf("%v, %s", e, g.logged())
	}
}

// FuzzCalls makes calls with arguments of all sorts: none panics, reaches outside of
// memory or takes much of it. Each call takes a byte for the function and one for each
// argument.
func FuzzCalls(f *testing.F) {
	model := read(f, "mlp.onnx")
	f.Add([]byte{0, 1, 2, 1, 0, 3, 3, 0, 4, 4, 0, 0, 5, 7, 0, 5, 0, 0, 6, 7, 4})
	f.Add([]byte{1, 1, 2, 3, 10, 0, 11, 0})
	functions := []string{"load", "load_by_name", "load_by_name_with_config", "init_execution_context", "set_input", "get_output",
		"get_output_single", "compute", "compute_single", "fini_single", "unload", "finalize_execution_context"}
	f.Fuzz(func(t *testing.T, data []byte) {
		g := newGuest(t, nn.Config{Memory: 1 << 20, Preloads: []nn.Preload{preload(t, "m:onnx:cpu:"+file("mlp.onnx"))}})
		at, n := g.put(model)
		name, _ := g.put([]byte("m"))
		x := g.tensor(nn.F32, read(t, "mlp.in"), 2, 4)
		values := []uint32{0, 1, g.words(at, n), 4096, 4104, x, 8192, 64, 2, 3, name, 6, 12, outside - 4, outside, math.MaxUint32, at, n, 1 << 31}
		for len(data) > 0 {
			name := functions[int(data[0])%len(functions)]
			f, _ := nn.Namespace().Function(name, abi.Signature{})
			data = data[1:]
			args := make([]uint32, len(f.Type.Params))
			for i := range args {
				if len(data) > 0 {
					args[i], data = values[int(data[0])%len(values)], data[1:]
				}
			}
			g.call(name, args...)
			if g.log.Len() > 1<<16 {
				g.log.Reset()
			}
		}
	})
}
