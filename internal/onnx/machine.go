package onnx

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"
)

// Limits bound a run.
type Limits struct {
	Memory  int64 // bytes of all values that are there at a time; 0 for [DefaultMemory]
	Threads int   // that compute at a time; 0 for as many as Go uses
}

// DefaultMemory is what a run may take if nothing else is said.
const DefaultMemory = 2 << 30

// ErrMemory is what a run comes to that would take more than its limit.
var ErrMemory = errors.New("the model takes more memory than it may")

// machine is one run of a model.
type machine struct {
	ctx     context.Context
	opset   int
	limit   int64
	used    int64
	threads int
}

// failure is what an operator panics with.
type failure struct{ err error }

// fail ends the run.
func fail(format string, args ...any) { panic(failure{fmt.Errorf(format, args...)}) }

// check ends the run unless ok.
func check(ok bool, format string, args ...any) {
	if !ok {
		fail(format, args...)
	}
}

// store is memory of a run that tensors share.
type store struct {
	bytes int64
	refs  int
}

// alloc is a tensor of zeros, which may be written to until it is returned.
func (m *machine) alloc(t Type, shape []int) *Tensor {
	n, ok := count(shape)
	check(ok && t.Size() > 0, "no tensor of %v has shape %v", t, shape)
	s := m.reserve(int64(n) * int64(t.Size()))
	return &Tensor{Type: t, Shape: append([]int(nil), shape...), data: makeData(t, n), store: s}
}

// reserve counts bytes before they are allocated.
func (m *machine) reserve(bytes int64) *store {
	if bytes > m.limit-m.used {
		panic(failure{ErrMemory})
	}
	m.used += bytes
	return &store{bytes: bytes, refs: 1}
}

// extend counts more bytes for s.
func (m *machine) extend(s *store, bytes int64) {
	s.bytes += m.reserve(bytes).bytes
}

// free says that what s has been reserved for has gone.
func (m *machine) free(s *store) { m.used -= s.bytes }

// retain says that t has one more user.
func (m *machine) retain(t *Tensor) {
	if t != nil && t.store != nil {
		t.store.refs++
	}
}

// release says that a user of t has gone.
func (m *machine) release(t *Tensor) {
	if t == nil || t.store == nil {
		return
	}
	if t.store.refs--; t.store.refs == 0 {
		m.used -= t.store.bytes
	}
}

// Run computes the outputs of the model, in their order, from its inputs, in theirs. It
// ends soon after ctx does.
func (m *Model) Run(ctx context.Context, inputs []*Tensor, l Limits) (outputs []*Tensor, err error) {
	if len(inputs) != len(m.Inputs) {
		return nil, fmt.Errorf("%d inputs, want %d", len(inputs), len(m.Inputs))
	}
	x := &machine{ctx: ctx, opset: m.opset, limit: l.Memory, threads: l.Threads}
	if x.limit <= 0 {
		x.limit = DefaultMemory
	}
	if x.threads <= 0 {
		x.threads = runtime.GOMAXPROCS(0)
	}
	f := &frame{graph: m.graph, values: make([]*Tensor, len(m.graph.initial))}
	for i, v := range m.Inputs {
		if err := v.Accepts(inputs[i]); err != nil {
			return nil, err
		}
		f.values[m.graph.slots[v.Name]] = inputs[i]
	}
	defer func() {
		if r := recover(); r != nil {
			outputs, err = nil, recovered(r)
		}
	}()
	return x.execute(f), nil
}

// recovered is the error that a panic of an operator stands for.
func recovered(r any) error {
	if f, ok := r.(failure); ok {
		return f.err
	}
	return fmt.Errorf("the model is not one that can be run: %v", r)
}

// Accepts says what is wrong with t as a value for v.
func (v *Value) Accepts(t *Tensor) error {
	switch {
	case t == nil:
		return fmt.Errorf("input %q is not set", v.Name)
	case v.Type != 0 && t.Type != v.Type:
		return fmt.Errorf("input %q is %v, want %v", v.Name, t.Type, v.Type)
	case v.Dims == nil:
		return nil
	case len(v.Dims) != len(t.Shape):
		return fmt.Errorf("input %q has shape %v, want %v", v.Name, t.Shape, v.Dims)
	}
	for i, d := range v.Dims {
		if d >= 0 && d != t.Shape[i] {
			return fmt.Errorf("input %q has shape %v, want %v", v.Name, t.Shape, v.Dims)
		}
	}
	return nil
}

// frame is a run of a graph.
type frame struct {
	graph  *graph
	values []*Tensor // by slot
	outer  *frame
}

// lookup is the value name, of this graph or one around it.
func (f *frame) lookup(name string) *Tensor {
	for ; f != nil; f = f.outer {
		if slot, ok := f.graph.slots[name]; ok {
			if t := f.value(slot); t != nil {
				return t
			}
		}
	}
	return nil
}

func (f *frame) value(slot int) *Tensor {
	if slot < 0 {
		return nil
	}
	if t := f.values[slot]; t != nil {
		return t
	}
	return f.graph.initial[slot]
}

// execute runs the nodes of f's graph. The caller has the outputs, and releases them.
func (m *machine) execute(f *frame) []*Tensor {
	for _, name := range f.graph.captured {
		f.values[f.graph.slots[name]] = f.outer.lookup(name)
	}
	for _, n := range f.graph.nodes {
		m.step(f, n)
	}
	outputs := make([]*Tensor, len(f.graph.outputs))
	for i, slot := range f.graph.outputs {
		outputs[i] = f.value(slot)
		check(outputs[i] != nil, "output %q has no value", f.graph.results[i].Name)
		m.retain(outputs[i])
	}
	for slot, t := range f.values {
		if t != nil && !f.graph.borrowed[slot] {
			m.release(t)
		}
	}
	return outputs
}

// call is an application of an operator to its inputs.
type call struct {
	*machine
	*node
	frame   *frame
	in      []*Tensor // nil for what is left out
	scratch []*Tensor // released when the operator has run
}

// temporary is alloc for what the operator itself wants only.
func (c *call) temporary(t Type, shape ...int) *Tensor {
	x := c.alloc(t, shape)
	c.scratch = append(c.scratch, x)
	return x
}

// step runs n.
func (m *machine) step(f *frame, n *node) {
	m.poll()
	c := &call{machine: m, node: n, frame: f, in: make([]*Tensor, len(n.inputs))}
	for i, slot := range n.inputs {
		c.in[i] = f.value(slot)
		check(slot < 0 || c.in[i] != nil, "%s: an input has no value", n.op)
	}
	outputs := c.apply()
	for i, slot := range n.outputs {
		if slot < 0 {
			continue
		}
		check(i < len(outputs) && outputs[i] != nil, "%s: output %d is not supported", n.op, i)
		f.values[slot] = outputs[i]
	}
	for _, slot := range n.dead {
		if f.values[slot] != nil && !f.graph.borrowed[slot] {
			m.release(f.values[slot])
			f.values[slot] = nil
		}
	}
}

// apply runs the operator, and says in an error which one it was. Floating-point numbers
// of 16 bits are computed with in 32.
func (c *call) apply() (out []*Tensor) {
	defer func() {
		if r := recover(); r != nil {
			panic(failure{fmt.Errorf("%s: %w", c.op, recovered(r))})
		}
	}()
	small := c.widen()
	out = c.run(c)
	for i, t := range out {
		if small != 0 && t != nil && t.Type == Float && !decides(c.op) {
			out[i] = c.narrowed(t, small)
			c.release(t)
		}
	}
	for _, t := range c.scratch {
		c.release(t)
	}
	return out
}

// decides reports whether op has results of a type that does not follow from that of its
// inputs, though they may have small floating-point numbers.
func decides(op string) bool { return op == "Cast" || op == "CastLike" || op == "DequantizeLinear" }

// moves reports whether op passes elements on as they are, of whatever type.
func moves(op string) bool {
	switch op {
	case "Identity", "Reshape", "Flatten", "Squeeze", "Unsqueeze", "Transpose", "Concat", "Split", "Slice", "Gather", "GatherElements",
		"GatherND", "Expand", "Tile", "Shape", "Size", "If", "Loop", "Scan", "TensorScatter", "Where", "Compress", "DepthToSpace", "SpaceToDepth", "Trilu",
		"ReverseSequence", "Cast", "CastLike", "Constant", "ConstantOfShape", "Pad", "OneHot", "EyeLike":
		return true
	}
	return false
}

// widen has inputs of 16-bit floating-point numbers in 32 bits, and says which type they
// have been of, if any.
func (c *call) widen() (small Type) {
	if moves(c.op) {
		return 0
	}
	for i, t := range c.in {
		if t != nil && (t.Type == Float16 || t.Type == BFloat16) {
			small = t.Type
			c.in[i] = c.widened(t)
			c.scratch = append(c.scratch, c.in[i])
		}
	}
	return small
}

// poll ends the run if its context has ended.
func (m *machine) poll() {
	if err := m.ctx.Err(); err != nil {
		panic(failure{err})
	}
}

// piece is about how much is computed between two looks at the context.
const piece = 1 << 16

// each calls f with every number below n, in several threads if that is much. cost is
// about how many operations a call of f takes.
func (m *machine) each(n, cost int, f func(i int)) {
	cost = max(cost, 1)
	step := max(piece/cost, 1)
	m.ranges(n, step, func(lo, hi int) {
		for i := lo; i < hi; i++ {
			f(i)
		}
	})
}

// ranges calls f with ranges of at most step numbers that are those below n together.
func (m *machine) ranges(n, step int, f func(lo, hi int)) {
	pieces := (n + step - 1) / step
	if threads := min(m.threads, pieces); threads > 1 {
		m.spread(threads, n, step, f)
		return
	}
	for lo := 0; lo < n; lo += step {
		m.poll()
		f(lo, min(lo+step, n))
	}
}

// spread is ranges in several threads.
func (m *machine) spread(threads, n, step int, f func(lo, hi int)) {
	var next atomic.Int64
	var failed atomic.Pointer[error]
	var wg sync.WaitGroup
	for range threads {
		wg.Go(func() {
			defer func() {
				if r := recover(); r != nil {
					err := recovered(r)
					failed.Store(&err)
				}
			}()
			for failed.Load() == nil {
				lo := int(next.Add(int64(step))) - step
				if lo >= n || lo < 0 {
					return
				}
				m.poll()
				f(lo, min(lo+step, n))
			}
		})
	}
	wg.Wait()
	if err := failed.Load(); err != nil {
		panic(failure{*err})
	}
}
