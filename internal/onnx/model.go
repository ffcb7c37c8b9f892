package onnx

import (
	"errors"
	"fmt"
	"math"
)

// What a model may consist of.
const (
	maxNesting = 16      // of graphs in attributes of nodes
	maxParts   = 1 << 19 // nodes, attributes, tensors, inputs and outputs
	partSize   = 256     // about what each takes
)

// Model is a model that can be run any number of times, by several threads at once.
type Model struct {
	Inputs  []Value // without those that the model has a value for
	Outputs []Value

	graph *graph
	opset int // of ONNX's own operators

	memory int64
}

// Memory is about how many bytes the model takes.
func (m *Model) Memory() int64 { return m.memory }

// Value is what is known of an input or output.
type Value struct {
	Name string
	Type Type
	Dims []int // -1 where a run decides; nil if nothing is known
}

// graph is a graph of a model, or of an attribute of a node.
type graph struct {
	nodes    []*node
	inputs   []int // slots
	outputs  []int
	slots    map[string]int // of the values of the graph, by name
	initial  []*Tensor      // by slot
	captured []string       // names that it has of the graphs around it
	values   []Value        // of inputs, in order
	results  []Value        // of outputs
	borrowed []bool         // by slot: not made by a node of the graph
}

// node is an application of an operator.
type node struct {
	name, op string
	domain   string
	inputs   []int // slots; -1 for what is left out
	outputs  []int
	attrs    map[string]*attribute
	run      operator
	dead     []int // slots that no later node wants

	inputNames, outputNames []string
}

// attribute is a constant of a node.
type attribute struct {
	i       int64
	f       float32
	s       string
	t       *Tensor
	g       *graph
	ints    []int
	floats  []float32
	strings []string
}

// decoder is what reading a model keeps.
type decoder struct {
	nesting, parts int
	memory, limit  int64
	functions      bool
}

// part counts one more part of the model.
func (d *decoder) part() error {
	if d.parts++; d.parts > maxParts {
		return errors.New("the model has too many parts")
	}
	return d.take(partSize)
}

// take counts bytes before they are allocated.
func (d *decoder) take(n int) error {
	if d.memory += int64(n); d.memory > d.limit {
		return ErrMemory
	}
	return nil
}

// Decode reads a model, which may take memory bytes, or as many as there are if that is
// 0. It keeps nothing of b.
func Decode(b []byte, memory int64) (*Model, error) {
	m, d := &Model{opset: 1}, &decoder{limit: memory}
	if memory <= 0 {
		d.limit = math.MaxInt64
	}
	var raw []byte
	err := fields(b, func(x field) (err error) {
		switch x.number {
		case 7:
			raw = x.bytes
		case 8:
			err = m.importOpset(x.bytes)
		case 25:
			d.functions = true
		}
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("no ONNX model: %w", err)
	}
	if raw == nil {
		return nil, errors.New("no ONNX model: it has no graph")
	}
	if m.graph, err = d.graph(raw); err != nil {
		return nil, err
	}
	if err := m.graph.link(nil); err != nil {
		if d.functions {
			return nil, fmt.Errorf("%w (functions of models are not supported)", err)
		}
		return nil, err
	}
	m.describe()
	m.memory = d.memory
	return m, nil
}

func (m *Model) importOpset(b []byte) error {
	domain, version := "", 0
	err := fields(b, func(x field) error {
		switch x.number {
		case 1:
			domain = string(x.bytes)
		case 2:
			version = int(x.value)
		}
		return nil
	})
	if domain == "" || domain == "ai.onnx" {
		m.opset = version
	}
	return err
}

// describe lists the inputs that a run has to be given, and the outputs.
func (m *Model) describe() {
	g := m.graph
	for n, slot := range g.inputs {
		if g.initial[slot] == nil {
			m.Inputs = append(m.Inputs, g.values[n])
		}
	}
	m.Outputs = g.results
}

// graph reads a graph.
func (d *decoder) graph(b []byte) (*graph, error) {
	if d.nesting++; d.nesting > maxNesting {
		return nil, errors.New("graphs are nested too deep")
	}
	defer func() { d.nesting-- }()
	g := &graph{slots: map[string]int{}}
	err := fields(b, func(x field) error {
		switch x.number {
		case 1:
			n, err := d.node(x.bytes)
			g.nodes = append(g.nodes, n)
			return err
		case 5:
			name, t, err := d.tensor(x.bytes)
			if err != nil {
				return fmt.Errorf("initializer %q: %w", name, err)
			}
			g.initial[g.slot(name)] = t
		case 11:
			v, err := d.value(x.bytes)
			g.inputs, g.values = append(g.inputs, g.slot(v.Name)), append(g.values, v)
			return err
		case 12:
			v, err := d.value(x.bytes)
			g.results = append(g.results, v)
			return err
		case 15:
			return errors.New("sparse initializers are not supported")
		}
		return nil
	})
	return g, err
}

// slot is the number of the value name, which is there from now on.
func (g *graph) slot(name string) int {
	n, ok := g.slots[name]
	if !ok {
		n = len(g.slots)
		g.slots[name] = n
		g.initial = append(g.initial, nil)
	}
	return n
}

func (d *decoder) node(b []byte) (*node, error) {
	if err := d.part(); err != nil {
		return nil, err
	}
	n := &node{attrs: map[string]*attribute{}}
	err := fields(b, func(x field) error {
		switch x.number {
		case 1:
			n.inputNames = append(n.inputNames, string(x.bytes))
		case 2:
			n.outputNames = append(n.outputNames, string(x.bytes))
		case 3:
			n.name = string(x.bytes)
		case 4:
			n.op = string(x.bytes)
		case 5:
			name, a, err := d.attribute(x.bytes)
			n.attrs[name] = a
			return err
		case 7:
			n.domain = string(x.bytes)
		}
		return nil
	})
	return n, err
}

func (d *decoder) attribute(b []byte) (name string, a *attribute, err error) {
	if err := d.part(); err != nil {
		return "", nil, err
	}
	a = &attribute{}
	err = fields(b, func(x field) (err error) {
		if err := d.take(max(len(x.bytes), 1) * listedSize(x.number)); err != nil {
			return err
		}
		switch x.number {
		case 1:
			name = string(x.bytes)
		case 2:
			a.f = math.Float32frombits(uint32(x.value))
		case 3:
			a.i = int64(x.value)
		case 4:
			a.s = string(x.bytes)
		case 5:
			_, a.t, err = d.tensor(x.bytes)
		case 6:
			a.g, err = d.graph(x.bytes)
		case 7:
			a.floats, err = floats(a.floats, x)
		case 8:
			a.ints, err = numbers(a.ints, x)
		case 9:
			a.strings = append(a.strings, string(x.bytes))
		}
		return err
	})
	return name, a, err
}

// listedSize is what a byte of field number n of an attribute may become.
func listedSize(n int) int {
	switch n {
	case 4, 7:
		return 1
	case 8:
		return 8
	case 9:
		return 16
	}
	return 0
}

// value reads a description of an input or output.
func (d *decoder) value(b []byte) (v Value, err error) {
	if err := d.part(); err != nil {
		return v, err
	}
	err = fields(b, func(x field) error {
		switch x.number {
		case 1:
			v.Name = string(x.bytes)
		case 2:
			return fields(x.bytes, func(y field) error {
				if y.number == 1 {
					return v.tensorType(y.bytes)
				}
				return nil
			})
		}
		return nil
	})
	return v, err
}

func (v *Value) tensorType(b []byte) error {
	return fields(b, func(x field) error {
		switch x.number {
		case 1:
			v.Type = Type(x.value)
		case 2:
			v.Dims = []int{}
			return fields(x.bytes, func(y field) error {
				d := -1
				if len(v.Dims) == maxRank {
					return errors.New("a value has too many dimensions")
				}
				err := fields(y.bytes, func(z field) error {
					if z.number == 1 && z.wire == wireVarint && z.value < 1<<31 {
						d = int(z.value)
					}
					return nil
				})
				v.Dims = append(v.Dims, d)
				return err
			})
		}
		return nil
	})
}

// tensorFields is a tensor of a file before it is put together.
type tensorFields struct {
	name    string
	t       Type
	shape   []int
	raw     []byte
	hasRaw  bool
	floats  []float32
	doubles []float64
	int32s  []int32
	int64s  []int64
	uint64s []uint64
}

func (d *decoder) tensor(b []byte) (string, *Tensor, error) {
	if err := d.part(); err != nil {
		return "", nil, err
	}
	var p tensorFields
	err := fields(b, func(x field) (err error) {
		if err := d.take(max(len(x.bytes), 1) * grows(x.number)); err != nil {
			return err
		}
		switch x.number {
		case 1:
			p.shape, err = numbers(p.shape, x)
		case 2:
			p.t = Type(x.value)
		case 4:
			p.floats, err = floats(p.floats, x)
		case 5:
			p.int32s, err = numbers(p.int32s, x)
		case 7:
			p.int64s, err = numbers(p.int64s, x)
		case 8:
			p.name = string(x.bytes)
		case 9:
			p.raw, p.hasRaw = x.bytes, true
		case 10:
			p.doubles, err = doubles(p.doubles, x)
		case 11:
			p.uint64s, err = numbers(p.uint64s, x)
		case 14:
			if x.value != 0 {
				err = errors.New("its data is in another file, which is not supported")
			}
		}
		return err
	})
	if err != nil {
		return p.name, nil, err
	}
	if p.hasRaw {
		t, err := NewTensor(p.t, p.shape, p.raw)
		return p.name, t, err
	}
	t, err := p.listed()
	return p.name, t, err
}

// grows is how many times as large what field number n of a tensor becomes may be.
func grows(n int) int {
	switch n {
	case 1, 7, 11:
		return 8
	case 5:
		return 6 // 32 bits, and then 16
	case 4, 8, 9, 10:
		return 1
	}
	return 0
}

// listed is the tensor whose elements are numbers of the file.
func (p *tensorFields) listed() (*Tensor, error) {
	var data any
	n := 0
	switch p.t {
	case Float:
		data, n = p.floats, len(p.floats)
	case Double:
		data, n = p.doubles, len(p.doubles)
	case Int64:
		data, n = p.int64s, len(p.int64s)
	case Uint64:
		data, n = p.uint64s, len(p.uint64s)
	case Uint32:
		data, n = converted[uint32](p.uint64s), len(p.uint64s)
	case Int32:
		data, n = p.int32s, len(p.int32s)
	case Int16:
		data, n = converted[int16](p.int32s), len(p.int32s)
	case Int8:
		data, n = converted[int8](p.int32s), len(p.int32s)
	case Uint16, Float16, BFloat16:
		data, n = converted[uint16](p.int32s), len(p.int32s)
	case Uint8, Bool:
		data, n = converted[uint8](p.int32s), len(p.int32s)
	default:
		return nil, fmt.Errorf("elements of %v are not supported", p.t)
	}
	if want, ok := count(p.shape); !ok || want != n {
		return nil, fmt.Errorf("%d elements for shape %v", n, p.shape)
	}
	if n == 0 {
		data = makeData(p.t, 0)
	}
	return &Tensor{Type: p.t, Shape: p.shape, data: data}, nil
}

// DecodeTensor reads a tensor that is in a file of its own.
func DecodeTensor(b []byte) (*Tensor, error) {
	d := decoder{limit: math.MaxInt64}
	_, t, err := d.tensor(b)
	return t, err
}

// converted is list with elements of another type.
func converted[T, F number](list []F) []T {
	out := make([]T, len(list))
	for i, v := range list {
		out[i] = T(v)
	}
	return out
}
