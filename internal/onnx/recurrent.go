package onnx

import (
	"math"
	"strings"
)

// recurrent is what the recurrent operators have in common. Their state is computed in
// 64 bits.
type recurrent struct {
	c                         *call
	steps, batch, input, size int // of the sequence
	gates                     int
	directions                int
	x                         *Tensor
	lengths                   []int
	activations               []func(float64) float64
	clip                      float64
	batchFirst                bool
}

func newRecurrent(c *call, gates int, activations ...string) *recurrent {
	r := &recurrent{c: c, gates: gates, x: c.input(0), size: c.int("hidden_size", 0), directions: 1, clip: float64(c.float("clip", 0)), batchFirst: c.flag("layout")}
	check(len(r.x.Shape) == 3, "shape %v", r.x.Shape)
	r.steps, r.batch, r.input = r.x.Shape[0], r.x.Shape[1], r.x.Shape[2]
	if r.batchFirst {
		r.steps, r.batch = r.batch, r.steps
	}
	if c.text("direction", "forward") == "bidirectional" {
		r.directions = 2
	}
	w, u := c.input(1), c.input(2)
	if r.size == 0 && len(u.Shape) == 3 {
		r.size = u.Shape[2]
	}
	check(r.size > 0 && r.size < 1<<24 && len(w.Shape) == 3 && w.Shape[0] == r.directions && w.Shape[1] == gates*r.size && w.Shape[2] == r.input, "weights %v", w.Shape)
	check(len(u.Shape) == 3 && u.Shape[0] == r.directions && u.Shape[1] == gates*r.size && u.Shape[2] == r.size, "weights %v", u.Shape)
	if t := c.optional(4); t != nil {
		r.lengths = integers(t)
		check(len(r.lengths) == r.batch, "%d lengths for %d", len(r.lengths), r.batch)
	}
	names := activations
	if a := c.attrs["activations"]; a != nil {
		names = a.strings
	} else if r.directions == 2 {
		names = append(names, activations...)
	}
	check(len(names) == len(activations)*r.directions, "%d activations", len(names))
	alpha, beta := c.attrs["activation_alpha"], c.attrs["activation_beta"]
	for i, name := range names {
		r.activations = append(r.activations, activation(name, number1(alpha, i), number1(beta, i)))
	}
	return r
}

// number1 is number i of a, if it has one.
func number1(a *attribute, i int) *float64 {
	if a == nil || i >= len(a.floats) {
		return nil
	}
	v := float64(a.floats[i])
	return &v
}

func activation(name string, alpha, beta *float64) func(float64) float64 {
	or := func(v *float64, otherwise float64) float64 {
		if v == nil {
			return otherwise
		}
		return *v
	}
	switch strings.ToLower(name) {
	case "sigmoid":
		return sigmoid
	case "tanh":
		return math.Tanh
	case "relu":
		return relu
	case "softplus":
		return softplus
	case "softsign":
		return func(x float64) float64 { return x / (1 + math.Abs(x)) }
	case "leakyrelu":
		return slope(or(alpha, 0.01))
	case "affine":
		a, b := or(alpha, 1), or(beta, 0)
		return func(x float64) float64 { return a*x + b }
	case "hardsigmoid":
		a, b := or(alpha, 0.2), or(beta, 0.5)
		return func(x float64) float64 { return math.Max(0, math.Min(1, a*x+b)) }
	}
	fail("activation %q is not supported", name)
	return nil
}

// floatsOf are the elements of t from number at on, n of them, or zeros without one.
func floatsOf(t *Tensor, at, n int) []float64 {
	out := make([]float64, n)
	if t == nil {
		return out
	}
	value := reader(t)
	check(at+n <= t.Len(), "shape %v is too small", t.Shape)
	for i := range out {
		out[i] = value(at + i)
	}
	return out
}

// cell makes the state of one sequence at one time of that before: gates is what the
// input gives to each gate, u the recurrent weights, rb the recurrent biases.
type cell func(gates []float64, u, rb, h, other []float64, f []func(float64) float64)

// run runs a cell over all sequences: its results are the states of all times, the last
// ones, and the last of the other states.
func (r *recurrent) run(step cell) []*Tensor {
	c := r.c
	shape, last := []int{r.steps, r.directions, r.batch, r.size}, []int{r.directions, r.batch, r.size}
	if r.batchFirst {
		shape, last = []int{r.batch, r.steps, r.directions, r.size}, []int{r.batch, r.directions, r.size}
	}
	y, yh, yc := c.alloc(r.x.Type, shape), c.alloc(r.x.Type, last), c.alloc(r.x.Type, last)
	hold := c.reserve(int64(r.gates*r.size*(r.input+r.size+4)*8*r.directions + (r.gates+2)*r.size*8*r.batch))
	defer c.machine.free(hold)
	w := make([]*weightsOf, r.directions)
	for d := range w {
		w[d] = r.weights(d)
	}
	c.each(r.directions*r.batch, r.steps*r.gates*r.size*(r.input+r.size), func(i int) {
		r.sequence(w[i/r.batch], i/r.batch, i%r.batch, step, writer(y), writer(yh), writer(yc))
	})
	return []*Tensor{y, yh, yc}
}

// weightsOf are the weights of one direction.
type weightsOf struct{ w, u, wb, rb, peephole []float64 }

func (r *recurrent) weights(d int) *weightsOf {
	n, c := r.gates*r.size, r.c
	w := &weightsOf{w: floatsOf(c.in[1], d*n*r.input, n*r.input), u: floatsOf(c.in[2], d*n*r.size, n*r.size)}
	w.wb, w.rb = floatsOf(c.optional(3), d*2*n, n), floatsOf(c.optional(3), d*2*n+n, n)
	w.peephole = floatsOf(c.optional(7), d*3*r.size, 3*r.size)
	return w
}

// at is where sequence b of direction d is among the last states.
func (r *recurrent) at(d, b int) int {
	if r.batchFirst {
		return (b*r.directions + d) * r.size
	}
	return (d*r.batch + b) * r.size
}

// sequence runs one sequence in one direction.
func (r *recurrent) sequence(w *weightsOf, d, b int, step cell, y, yh, yc func(int, float64)) {
	h, other := floatsOf(r.c.optional(5), r.at(d, b), r.size), floatsOf(r.c.optional(6), r.at(d, b), r.size)
	value, gates := reader(r.x), make([]float64, r.gates*r.size+3*r.size)
	copy(gates[r.gates*r.size:], w.peephole)
	n, per := r.steps, len(r.activations)/r.directions
	if r.lengths != nil {
		n = max(0, min(r.lengths[b], r.steps))
	}
	backwards := d == 1 || r.c.text("direction", "forward") == "reverse"
	for i := range n {
		r.c.poll()
		t := i
		if backwards {
			t = n - 1 - i
		}
		x := (t*r.batch + b) * r.input
		to := ((t*r.directions+d)*r.batch + b) * r.size
		if r.batchFirst {
			x, to = (b*r.steps+t)*r.input, ((b*r.steps+t)*r.directions+d)*r.size
		}
		for g := range r.gates * r.size {
			sum := w.wb[g]
			for j := range r.input {
				sum += w.w[g*r.input+j] * value(x+j)
			}
			gates[g] = sum
		}
		step(gates, w.u, w.rb, h, other, r.activations[d*per:][:per])
		for j := range r.size {
			y(to+j, h[j])
		}
	}
	for j := range r.size {
		yh(r.at(d, b)+j, h[j])
		yc(r.at(d, b)+j, other[j])
	}
}

// clipped bounds what goes into an activation.
func (r *recurrent) clipped(x float64) float64 {
	if r.clip > 0 {
		return math.Max(-r.clip, math.Min(x, r.clip))
	}
	return x
}

// dot is the product of row g of u with h.
func dot(u []float64, g int, h []float64) (sum float64) {
	for j, v := range h {
		sum += u[g*len(h)+j] * v
	}
	return sum
}

func rnn(c *call) []*Tensor {
	r := newRecurrent(c, 1, "Tanh")
	return r.run(func(gates []float64, u, rb, h, _ []float64, f []func(float64) float64) {
		next := make([]float64, r.size)
		for i := range next {
			next[i] = f[0](r.clipped(gates[i] + dot(u, i, h) + rb[i]))
		}
		copy(h, next)
	})[:2]
}

func gru(c *call) []*Tensor {
	r := newRecurrent(c, 3, "Sigmoid", "Tanh")
	n, linear := r.size, c.flag("linear_before_reset")
	return r.run(func(gates []float64, u, rb, h, _ []float64, f []func(float64) float64) {
		z, reset, next := make([]float64, n), make([]float64, n), make([]float64, n)
		for i := range n {
			z[i] = f[0](r.clipped(gates[i] + dot(u, i, h) + rb[i]))
			reset[i] = f[0](r.clipped(gates[n+i] + dot(u, n+i, h) + rb[n+i]))
		}
		gated := make([]float64, n)
		for i := range n {
			gated[i] = reset[i] * h[i]
		}
		for i := range n {
			recurrence := dot(u, 2*n+i, gated) + rb[2*n+i]
			if linear {
				recurrence = reset[i] * (dot(u, 2*n+i, h) + rb[2*n+i])
			}
			next[i] = (1-z[i])*f[1](r.clipped(gates[2*n+i]+recurrence)) + z[i]*h[i]
		}
		copy(h, next)
	})[:2]
}

func lstm(c *call) []*Tensor {
	r := newRecurrent(c, 4, "Sigmoid", "Tanh", "Tanh")
	check(!c.flag("input_forget"), "input_forget is not supported")
	n := r.size
	return r.run(func(gates []float64, u, rb, h, cells []float64, f []func(float64) float64) {
		peephole, next := gates[4*n:], make([]float64, n)
		gate := func(g, i int) float64 { return gates[g*n+i] + dot(u, g*n+i, h) + rb[g*n+i] }
		for i := range n {
			in := f[0](r.clipped(gate(0, i) + peephole[i]*cells[i]))
			forget := f[0](r.clipped(gate(2, i) + peephole[2*n+i]*cells[i]))
			cells[i] = forget*cells[i] + in*f[1](r.clipped(gate(3, i)))
			next[i] = f[0](r.clipped(gate(1, i)+peephole[n+i]*cells[i])) * f[2](cells[i])
		}
		copy(h, next)
	})
}
