package nn

import (
	"context"
	"errors"
	"io"
	"os"
	"sync"

	"github.com/wazedge/wazedge/hostfuncs/abi"
)

// Namespace is the namespace. The state of its functions is a [*Host].
func Namespace() abi.Namespace { return functions() }

var functions = sync.OnceValue(func() *abi.Table {
	return abi.NewTable(ModuleName,
		abi.Fn5("load", "builder builder_len encoding target result.graph", (*Host).load),
		abi.Fn3("load_by_name", "text.name name_len result.graph", (*Host).loadByName),
		abi.Fn5("load_by_name_with_config", "text.name name_len text.config config_len result.graph", (*Host).loadByNameWithConfig),
		abi.Fn2("init_execution_context", "graph result.context", (*Host).initExecutionContext),
		abi.Fn3("set_input", "context index tensor", (*Host).setInput),
		abi.Fn5("get_output", "context index out_buffer out_buffer_max_size result.bytes_written", (*Host).getOutput),
		abi.Fn5("get_output_single", "context index out_buffer out_buffer_max_size result.bytes_written", (*Host).getOutputSingle),
		abi.Fn1("compute", "context", (*Host).compute),
		abi.Fn1("compute_single", "context", (*Host).computeSingle),
		abi.Fn1("fini_single", "context", (*Host).finiSingle),
		abi.Fn1("unload", "graph", (*Host).unload),
		abi.Fn1("finalize_execution_context", "context", (*Host).finalizeExecutionContext),
	)
})

// load loads a graph from the guest's memory: n builders of an address and a length each.
func (h *Host) load(m abi.Memory, builders abi.Ptr, n abi.Size, e Encoding, d Device, result abi.Ptr) Errno {
	place, ok := m.Bytes(result, 4)
	if !ok {
		h.error("Failed when accessing the return GraphID memory.")
		return InvalidArgument
	}
	if d > Auto {
		h.error("Unknown device %d.", uint32(d))
		return InvalidArgument
	}
	h.config.Log.Debug("[WASI-NN] Using device: " + d.String() + ".")
	parts, errno := h.builders(m, builders, n)
	if errno != Success {
		return errno
	}
	id, err := h.open(e, Model{Builders: parts, Device: d})
	if err == nil {
		abi.Put32(place, id)
	}
	return h.errno(err)
}

// maxBuilders is more parts than any format has.
const maxBuilders = 1 << 10

// builders are copies of the parts of a model.
func (h *Host) builders(m abi.Memory, p abi.Ptr, n abi.Size) ([][]byte, Errno) {
	list, ok := m.Array(p, n, 8)
	if !ok {
		h.error("Failed when accessing the GraphBuilder memory.")
		return nil, InvalidArgument
	}
	if n > maxBuilders {
		return nil, h.errno(failed(TooLarge, "load: %d builders are more than there can be.", n))
	}
	var views [][]byte
	total := int64(0)
	for i := range n {
		b, ok := m.Bytes(abi.Ptr(abi.Get32(list[8*i:])), abi.Size(abi.Get32(list[8*i+4:])))
		if !ok {
			h.error("Failed when accessing the Builder[%d] memory.", i)
			return nil, InvalidArgument
		}
		views, total = append(views, b), total+int64(len(b))
	}
	if !h.budget.take(total) {
		return nil, h.errno(h.tooMuch("The model"))
	}
	defer h.budget.give(total) // from here on open counts them
	for i := range views {
		views[i] = append([]byte(nil), views[i]...)
	}
	return views, Success
}

// open makes a graph of a model and a number for it.
func (h *Host) open(e Encoding, m Model) (uint32, error) {
	if !e.known() {
		return 0, failed(InvalidEncoding, "Unknown backend %d.", uint32(e))
	}
	b := h.backend(e)
	if b == nil {
		return 0, failed(InvalidArgument, "%v backend is not supported.", e)
	}
	parts := int64(0)
	for _, b := range m.Builders {
		parts += int64(len(b))
	}
	if !h.budget.take(parts) {
		return 0, h.tooMuch("The model")
	}
	defer h.budget.give(parts) // the graph is counted by then
	g := &graph{encoding: e, name: m.Name}
	err := h.patiently(func(ctx context.Context) (err error) {
		g.Graph, err = b.Load(ctx, m, h.config.Memory)
		return err
	})
	if err != nil {
		return 0, err
	}
	if g.bytes = g.Held() + graphSize; !h.budget.take(g.bytes) {
		return 0, h.tooMuch("The model")
	}
	id, ok := h.graphs.add(g)
	if !ok {
		h.budget.give(g.bytes)
		return 0, failed(RuntimeError, "load: graph handle space is exhausted.")
	}
	return id, nil
}

// graphSize is about what a graph takes beside the model.
const graphSize = 1 << 10

// backend is what executes models of format e, or nil.
func (h *Host) backend(e Encoding) Backend {
	if b := h.config.Backends[e]; b != nil {
		return b
	}
	switch e {
	case ONNX:
		return onnxBackend{&h.computing}
	case GGML:
		return textBackend{stdout: h.config.Stdout}
	}
	return nil
}

func (h *Host) loadByName(m abi.Memory, name abi.Ptr, n abi.Size, result abi.Ptr) Errno {
	return h.loadNamed(m, name, n, 0, 0, result)
}

func (h *Host) loadByNameWithConfig(m abi.Memory, name abi.Ptr, n abi.Size, config abi.Ptr, configLen abi.Size, result abi.Ptr) Errno {
	return h.loadNamed(m, name, n, config, configLen, result)
}

// maxConfig bounds a configuration, and maxName a name.
const (
	maxConfig = 1 << 20
	maxName   = 1 << 12
)

func (h *Host) loadNamed(m abi.Memory, name abi.Ptr, n abi.Size, config abi.Ptr, configLen abi.Size, result abi.Ptr) Errno {
	place, ok := m.Bytes(result, 4)
	if !ok {
		h.error("Failed when accessing the return GraphID memory.")
		return InvalidArgument
	}
	b, ok := m.Bytes(name, n)
	if !ok {
		h.error("Failed when accessing the Name memory.")
		return InvalidArgument
	}
	c, ok := m.Bytes(config, configLen)
	if !ok {
		h.error("Failed when accessing the Config memory.")
		return InvalidArgument
	}
	if len(c) > maxConfig {
		return h.errno(failed(TooLarge, "load_by_name_with_config: the configuration is larger than %d bytes.", maxConfig))
	}
	if len(b) > maxName {
		return NotFound
	}
	id, err := h.find(string(b), append([]byte(nil), c...))
	if err == nil {
		abi.Put32(place, id)
	}
	return h.errno(err)
}

// find is the graph of the preloaded model name, which is loaded once.
func (h *Host) find(name string, config []byte) (uint32, error) {
	p := h.preloads[name]
	if p == nil {
		return 0, &Error{Errno: NotFound}
	}
	h.mu.Lock()
	id, ok := h.named[name]
	h.mu.Unlock()
	if ok {
		return id, nil
	}
	model := Model{Name: name, Device: p.Device}
	if files := p.files(); files == nil {
		model.Source = p.Paths[0]
	}
	for _, path := range p.files() {
		b, err := h.read(path)
		if err != nil {
			return 0, err
		}
		if b != nil {
			model.Builders = append(model.Builders, b)
		}
	}
	if len(config) > 0 {
		model.Builders = append(model.Builders, config)
	}
	id, err := h.open(p.Encoding, model)
	if err != nil {
		return 0, err
	}
	return h.remember(name, id), nil
}

// read is the content of a file of the operator's, or nil if it cannot be read, which has
// been logged.
func (h *Host) read(path string) (b []byte, err error) {
	err = h.patiently(func(context.Context) error {
		f, err := os.Open(path)
		if err != nil {
			return nil
		}
		defer f.Close()
		if b, err = io.ReadAll(io.LimitReader(f, h.config.Memory+1)); err != nil {
			return failed(RuntimeError, "Preload model fail.")
		}
		if int64(len(b)) > h.config.Memory {
			return h.tooMuch("The model")
		}
		return nil
	})
	if errors.Is(err, abi.ErrInterrupted) {
		return nil, err // and b is not ours yet
	}
	return b, err
}

// remember notes that the graph is the one called name. If another thread has been faster,
// its graph is.
func (h *Host) remember(name string, id uint32) uint32 {
	h.mu.Lock()
	defer h.mu.Unlock()
	first, ok := h.named[name]
	if !ok {
		h.named[name] = id
		return id
	}
	if g, ok := h.graphs.remove(id); ok {
		h.budget.give(g.bytes)
	}
	return first
}

func (h *Host) initExecutionContext(m abi.Memory, id uint32, result abi.Ptr) Errno {
	place, ok := m.Bytes(result, 4)
	if !ok {
		h.error("Failed when accessing the Context memory.")
		return InvalidArgument
	}
	g, ok := h.graphs.get(id)
	if !ok {
		h.error("init_execution_context: Graph ID %d does not exist or is unloaded.", id)
		return InvalidArgument
	}
	e := &execution{graph: g, id: id}
	if err := h.patiently(func(context.Context) (err error) { e.Execution, err = g.NewExecution(); return err }); err != nil {
		return h.errno(err)
	}
	n, ok := h.contexts.add(e)
	if !ok {
		e.Reset()
		return h.errno(failed(RuntimeError, "init_execution_context: context handle space is exhausted."))
	}
	abi.Put32(place, n)
	return Success
}

// with runs f on the context of that number, for the function op. Graphs that have been unloaded
// are refused unless drained is set.
func (h *Host) with(op string, n uint32, drained bool, f func(ctx context.Context, e *execution) error) Errno {
	e, ok := h.contexts.get(n)
	if !ok {
		h.error("%s: Context ID %d does not exist.", op, n)
		return InvalidArgument
	}
	h.mu.Lock()
	detached := e.graph.detached
	h.mu.Unlock()
	if detached && !drained {
		h.error("%s: Graph ID %d for context ID %d does not exist or has released.", op, e.id, n)
		return InvalidArgument
	}
	return h.errno(h.patiently(func(ctx context.Context) error {
		e.mu.Lock()
		defer e.mu.Unlock()
		if e.closed {
			return failed(InvalidArgument, "%s: Context ID %d does not exist.", op, n)
		}
		return errors.Join(f(ctx, e), h.settle(e))
	}))
}

// settle counts what a context holds by now. One that would hold too much holds nothing.
func (h *Host) settle(e *execution) error {
	n := e.Held()
	if !h.budget.take(n - e.held) {
		e.Reset()
		h.budget.give(e.held)
		e.held = 0
		return h.tooMuch("The context")
	}
	e.held = n
	return nil
}

// streaming is with for functions that only some backends have.
func (h *Host) streaming(op string, n uint32, drained bool, f func(ctx context.Context, e *execution, s Streaming) error) Errno {
	return h.with(op, n, drained, func(ctx context.Context, e *execution) error {
		s, ok := e.Execution.(Streaming)
		if !ok {
			return failed(InvalidArgument, "%s: Only GGML and BitNet backend supports %s.", op, op)
		}
		return f(ctx, e, s)
	})
}

// setInput sets an input: the tensor is five words, of which two are an address and a number
// of dimensions, one the type, and two an address and a length of the data.
func (h *Host) setInput(m abi.Memory, n, index uint32, tensor abi.Ptr) Errno {
	t, errno := h.tensorAt(m, tensor)
	if errno != Success {
		return errno
	}
	size := int64(len(t.Data))
	if !h.budget.take(size) {
		return h.errno(h.tooMuch("The input"))
	}
	defer h.budget.give(size) // what is kept of it is counted by then
	t.Data = append([]byte(nil), t.Data...)
	return h.with("set_input", n, false, func(_ context.Context, e *execution) error { return e.SetInput(index, t) })
}

// maxDims is more dimensions than any tensor has.
const maxDims = 64

// tensorAt reads a tensor, whose data is still the guest's.
func (h *Host) tensorAt(m abi.Memory, p abi.Ptr) (t Tensor, _ Errno) {
	b, ok := m.Bytes(p, 20)
	if !ok {
		h.error("Failed when accessing the Tensor memory.")
		return t, InvalidArgument
	}
	var word [5]uint32 // read once: another thread may change them
	for i := range word {
		word[i] = abi.Get32(b[4*i:])
	}
	dims, ok := m.Array(abi.Ptr(word[0]), abi.Size(word[1]), 4)
	if !ok {
		h.error("Failed when accessing the Dimension memory.")
		return t, InvalidArgument
	}
	if t.Data, ok = m.Bytes(abi.Ptr(word[3]), abi.Size(word[4])); !ok {
		h.error("Failed when accessing the TensorData memory.")
		return t, InvalidArgument
	}
	if t.Type = TensorType(word[2]); t.Type > I64 {
		h.error("Unknown tensor type %d.", word[2])
		return t, InvalidArgument
	}
	if word[1] > maxDims {
		return t, h.errno(failed(TooLarge, "set_input: %d dimensions are more than a tensor has.", word[1]))
	}
	for i := range int(word[1]) {
		t.Dims = append(t.Dims, abi.Get32(dims[4*i:]))
	}
	return t, Success
}

func (h *Host) getOutput(m abi.Memory, n, index uint32, out abi.Ptr, size abi.Size, written abi.Ptr) Errno {
	var b []byte
	return h.output(m, out, size, written, &b, func() Errno {
		return h.with("get_output", n, true, func(_ context.Context, e *execution) (err error) {
			b, err = e.Output(index)
			return err
		})
	})
}

func (h *Host) getOutputSingle(m abi.Memory, n, index uint32, out abi.Ptr, size abi.Size, written abi.Ptr) Errno {
	var b []byte
	return h.output(m, out, size, written, &b, func() Errno {
		return h.streaming("get_output_single", n, true, func(_ context.Context, _ *execution, s Streaming) (err error) {
			b, err = s.OutputSingle(index)
			return err
		})
	})
}

// output writes what get leaves in b to the guest. When there is no room for it, the guest
// is told how much it takes.
func (h *Host) output(m abi.Memory, out abi.Ptr, size abi.Size, written abi.Ptr, b *[]byte, get func() Errno) Errno {
	buffer, ok := m.Bytes(out, size)
	if !ok {
		h.error("Failed when accessing the Output Buffer memory.")
		return InvalidArgument
	}
	place, ok := m.Bytes(written, 4)
	if !ok {
		h.error("Failed when accessing the BytesWritten memory.")
		return InvalidArgument
	}
	if errno := get(); errno != Success {
		return errno
	}
	abi.Put32(place, uint32(len(*b)))
	if len(*b) > len(buffer) {
		h.error("Expect out buffer max size %d, but got %d", len(*b), len(buffer))
		return TooLarge
	}
	copy(buffer, *b)
	return Success
}

func (h *Host) compute(_ abi.Memory, n uint32) Errno {
	return h.with("compute", n, false, func(ctx context.Context, e *execution) error { return e.Compute(ctx) })
}

func (h *Host) computeSingle(_ abi.Memory, n uint32) Errno {
	return h.streaming("compute_single", n, false, func(ctx context.Context, _ *execution, s Streaming) error { return s.ComputeSingle(ctx) })
}

func (h *Host) finiSingle(_ abi.Memory, n uint32) Errno {
	return h.streaming("fini_single", n, true, func(_ context.Context, _ *execution, s Streaming) error { return s.FiniSingle() })
}

// unload takes the graph's number away. Contexts of it can still be asked for outputs.
func (h *Host) unload(_ abi.Memory, id uint32) Errno {
	g, ok := h.graphs.remove(id)
	if !ok {
		h.error("unload: Graph ID %d does not exist or is unloaded.", id)
		return InvalidArgument
	}
	h.mu.Lock()
	g.detached = true
	if first, ok := h.named[g.name]; ok && first == id {
		delete(h.named, g.name)
	}
	h.mu.Unlock()
	h.budget.give(g.bytes)
	return Success
}

func (h *Host) finalizeExecutionContext(_ abi.Memory, n uint32) Errno {
	e, ok := h.contexts.remove(n)
	if !ok {
		h.error("finalize_execution_context: Context ID %d does not exist.", n)
		return InvalidArgument
	}
	return h.errno(h.patiently(func(context.Context) error {
		e.mu.Lock()
		defer e.mu.Unlock()
		h.drop(e)
		return nil
	}))
}

// drop closes a context. Its lock is held.
func (h *Host) drop(e *execution) {
	if e.closed {
		return
	}
	e.closed = true
	e.Reset()
	h.budget.give(e.held)
	e.held = 0
}
