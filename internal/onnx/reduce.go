package onnx

import "math"

// reduction is one way to make a number of many.
type reduction struct {
	first  float64
	add    func(sum, x float64) float64
	result func(sum float64, n int) float64
}

func reductions(kind string) reduction {
	same := func(sum float64, _ int) float64 { return sum }
	switch kind {
	case "Sum":
		return reduction{0, sumOf, same}
	case "Mean":
		return reduction{0, sumOf, func(sum float64, n int) float64 { return sum / float64(n) }}
	case "Prod":
		return reduction{1, func(sum, x float64) float64 { return sum * x }, same}
	case "Max":
		return reduction{math.Inf(-1), math.Max, same}
	case "Min":
		return reduction{math.Inf(1), math.Min, same}
	case "L1":
		return reduction{0, func(sum, x float64) float64 { return sum + math.Abs(x) }, same}
	case "L2":
		return reduction{0, func(sum, x float64) float64 { return sum + x*x }, func(sum float64, _ int) float64 { return math.Sqrt(sum) }}
	case "SumSquare":
		return reduction{0, func(sum, x float64) float64 { return sum + x*x }, same}
	case "LogSum":
		return reduction{0, sumOf, func(sum float64, _ int) float64 { return math.Log(sum) }}
	}
	return reduction{}
}

// reducing is an operator that reduces the dimensions in its axes.
func reducing(kind string) operator {
	return func(c *call) []*Tensor {
		t := c.input(0)
		dims, ok := c.reduced(t)
		if !ok {
			return identity(c)
		}
		keep := c.int("keepdims", 1) != 0
		if kind == "LogSumExp" {
			return []*Tensor{c.logSumExp(t, dims, keep)}
		}
		return []*Tensor{c.reduce(t, reductions(kind), dims, keep)}
	}
}

// reduced says which dimensions are reduced; ok is false where none is to be.
func (c *call) reduced(t *Tensor) (dims []bool, ok bool) {
	dims = make([]bool, len(t.Shape))
	list, _ := c.listed(1, "axes")
	if len(list) == 0 {
		if c.flag("noop_with_empty_axes") {
			return nil, false
		}
		for i := range dims {
			dims[i] = true
		}
		return dims, true
	}
	for _, a := range axes(list, len(t.Shape)) {
		dims[a] = true
	}
	return dims, true
}

// split parts a shape into the dimensions that are reduced and those that are not: their
// sizes, and the distances between neighbours.
func split(shape []int, dims []bool) (kept, keptSteps, gone, goneSteps []int) {
	steps := strides(shape)
	for i, d := range shape {
		if dims[i] {
			gone, goneSteps = append(gone, d), append(goneSteps, steps[i])
		} else {
			kept, keptSteps = append(kept, d), append(keptSteps, steps[i])
		}
	}
	return kept, keptSteps, gone, goneSteps
}

// reducedShape is shape without the dimensions that are reduced, or with 1 for them.
func reducedShape(shape []int, dims []bool, keep bool) []int {
	out := []int{}
	for i, d := range shape {
		switch {
		case !dims[i]:
			out = append(out, d)
		case keep:
			out = append(out, 1)
		}
	}
	return out
}

func (m *machine) reduce(t *Tensor, r reduction, dims []bool, keep bool) *Tensor {
	switch t.Type {
	case Float:
		return reduceOf[float32](m, t, r, dims, keep)
	case Double:
		return reduceOf[float64](m, t, r, dims, keep)
	case Int32:
		return reduceOf[int32](m, t, r, dims, keep)
	case Int64:
		return reduceOf[int64](m, t, r, dims, keep)
	case Int8:
		return reduceOf[int8](m, t, r, dims, keep)
	case Uint8, Bool:
		return reduceOf[uint8](m, t, r, dims, keep)
	case Uint32:
		return reduceOf[uint32](m, t, r, dims, keep)
	case Uint64:
		return reduceOf[uint64](m, t, r, dims, keep)
	}
	fail("elements of %v are not supported", t.Type)
	return nil
}

func reduceOf[T number](m *machine, t *Tensor, r reduction, dims []bool, keep bool) *Tensor {
	out := m.alloc(t.Type, reducedShape(t.Shape, dims, keep))
	src, dst := slice[T](t), slice[T](out)
	m.gather(t.Shape, dims, func(i, n int, at func(j int) int) {
		sum := r.first
		for j := range n {
			sum = r.add(sum, float64(src[at(j)]))
		}
		dst[i] = T(r.result(sum, n))
	})
	return out
}

// gather calls f for each element of what shape is reduced to: i is its number, and
// at(j) for j below n are the elements that it is made of.
func (m *machine) gather(shape []int, dims []bool, f func(i, n int, at func(j int) int)) {
	kept, keptSteps, gone, goneSteps := split(shape, dims)
	n := product(gone)
	if len(gone) == 0 {
		gone, goneSteps = []int{1}, []int{0}
	}
	last := len(gone) - 1
	inner, step := gone[last], goneSteps[last]
	contiguous := len(gone) == 1
	m.each(product(kept), n, func(i int) {
		base := offset(i, kept, keptSteps)
		if contiguous {
			f(i, n, func(j int) int { return base + j*step })
			return
		}
		f(i, n, func(j int) int { return base + offset(j/inner, gone[:last], goneSteps) + j%inner*step })
	})
}

// offset is where element number n is, of dimensions that are steps apart.
func offset(n int, sizes, steps []int) int {
	at := 0
	for i := len(sizes) - 1; i >= 0; i-- {
		at += n % sizes[i] * steps[i]
		n /= sizes[i]
	}
	return at
}

// logSumExp subtracts the largest element first, so that nothing overflows.
func (c *call) logSumExp(t *Tensor, dims []bool, keep bool) *Tensor {
	switch t.Type {
	case Float:
		return logSumExpOf[float32](c.machine, t, dims, keep)
	case Double:
		return logSumExpOf[float64](c.machine, t, dims, keep)
	}
	fail("elements of %v are not supported", t.Type)
	return nil
}

func logSumExpOf[T number](m *machine, t *Tensor, dims []bool, keep bool) *Tensor {
	out := m.alloc(t.Type, reducedShape(t.Shape, dims, keep))
	src, dst := slice[T](t), slice[T](out)
	m.gather(t.Shape, dims, func(i, n int, at func(j int) int) {
		top := math.Inf(-1)
		for j := range n {
			top = math.Max(top, float64(src[at(j)]))
		}
		if math.IsInf(top, 0) {
			dst[i] = T(top)
			return
		}
		sum := 0.0
		for j := range n {
			sum += math.Exp(float64(src[at(j)]) - top)
		}
		dst[i] = T(math.Log(sum) + top)
	})
	return out
}

// extreme is an operator that tells the index of the largest or smallest element.
func extreme(smallest bool) operator {
	return func(c *call) []*Tensor {
		t := c.input(0)
		dims := make([]bool, len(t.Shape))
		a := axis(c.int("axis", 0), len(t.Shape))
		dims[a] = true
		check(t.Shape[a] > 0, "no elements to choose from")
		out := c.alloc(Int64, reducedShape(t.Shape, dims, c.int("keepdims", 1) != 0))
		value := reader(t)
		last := c.flag("select_last_index")
		c.gather(t.Shape, dims, func(i, n int, at func(j int) int) {
			best := 0
			for j := 1; j < n; j++ {
				x, y := value(at(j)), value(at(best))
				if smallest {
					x, y = -x, -y
				}
				if x > y || last && x == y {
					best = j
				}
			}
			slice[int64](out)[i] = int64(best)
		})
		return []*Tensor{out}
	}
}

// reader is how to read elements of t as numbers.
func reader(t *Tensor) func(i int) float64 {
	switch d := t.data.(type) {
	case []float32:
		return func(i int) float64 { return float64(d[i]) }
	case []float64:
		return func(i int) float64 { return d[i] }
	case []int64:
		return func(i int) float64 { return float64(d[i]) }
	case []int32:
		return func(i int) float64 { return float64(d[i]) }
	case []int16:
		return func(i int) float64 { return float64(d[i]) }
	case []int8:
		return func(i int) float64 { return float64(d[i]) }
	case []uint8:
		return func(i int) float64 { return float64(d[i]) }
	case []uint16:
		return func(i int) float64 { return float64(d[i]) }
	case []uint32:
		return func(i int) float64 { return float64(d[i]) }
	case []uint64:
		return func(i int) float64 { return float64(d[i]) }
	}
	fail("elements of %v are not supported", t.Type)
	return nil
}
