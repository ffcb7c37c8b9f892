package onnx

import (
	"slices"
	"sort"
)

// place is index i of n elements, from the end if it is negative.
func place(i, n int) int {
	if i < 0 {
		i += n
	}
	check(i >= 0 && i < n, "index %d of %d", i, n)
	return i
}

// gather picks, along an axis, what the indices say.
func gather(c *call) []*Tensor {
	t, indices := c.input(0), c.input(1)
	a := axis(c.int("axis", 0), len(t.Shape))
	list := integers(indices)
	shape := slices.Concat(t.Shape[:a], indices.Shape, t.Shape[a+1:])
	out := c.alloc(t.Type, shape)
	copied := copierOf(out, t)
	inner, n := product(t.Shape[a+1:]), t.Shape[a]
	c.each(product(t.Shape[:a])*len(list), inner, func(i int) {
		from := i/len(list)*n + place(list[i%len(list)], n)
		copied(i*inner, from*inner, inner, 1)
	})
	return []*Tensor{out}
}

func gatherElements(c *call) []*Tensor {
	t, indices := c.input(0), c.input(1)
	a := axis(c.int("axis", 0), len(t.Shape))
	check(len(indices.Shape) == len(t.Shape), "indices %v for %v", indices.Shape, t.Shape)
	out := c.alloc(t.Type, indices.Shape)
	copied, at := copierOf(out, t), c.elementOf(t, indices, a)
	c.each(out.Len(), 4, func(i int) { copied(i, at(i), 1, 1) })
	return []*Tensor{out}
}

// elementOf is the element of t that number i of indices, which has as many dimensions,
// means along axis a.
func (c *call) elementOf(t, indices *Tensor, a int) func(i int) int {
	list, own := integers(indices), strides(t.Shape)
	for d, n := range indices.Shape {
		check(d == a || n <= t.Shape[d], "indices %v for %v", indices.Shape, t.Shape)
	}
	steps := slices.Clone(own)
	steps[a] = 0
	return func(i int) int { return offset(i, indices.Shape, steps) + place(list[i], t.Shape[a])*own[a] }
}

// tuples reads the last dimension of indices as places in t, below its first skip
// dimensions: at(i) is where tuple i leads, and inner how many elements are there.
func (c *call) tuples(t, indices *Tensor, skip int) (at func(i int) int, n, inner int) {
	rank := len(indices.Shape)
	check(rank > 0 && skip >= 0 && skip < rank && skip <= len(t.Shape), "indices %v", indices.Shape)
	k := indices.Shape[rank-1]
	check(skip+k <= len(t.Shape), "indices %v for %v", indices.Shape, t.Shape)
	check(slices.Equal(indices.Shape[:skip], t.Shape[:skip]), "indices %v for %v", indices.Shape, t.Shape)
	list, own := integers(indices), strides(t.Shape)
	n, inner = product(indices.Shape[:rank-1]), product(t.Shape[skip+k:])
	batch, per := product(t.Shape[skip:]), product(indices.Shape[skip:rank-1])
	return func(i int) int {
		to := i / max(per, 1) * batch
		for j := range k {
			to += place(list[i*k+j], t.Shape[skip+j]) * own[skip+j]
		}
		return to
	}, n, inner
}

func gatherND(c *call) []*Tensor {
	t, indices := c.input(0), c.input(1)
	skip := c.int("batch_dims", 0)
	at, n, inner := c.tuples(t, indices, skip)
	rank := len(indices.Shape)
	out := c.alloc(t.Type, slices.Concat(indices.Shape[:rank-1], t.Shape[skip+indices.Shape[rank-1]:]))
	copied := copierOf(out, t)
	c.each(n, inner+4, func(i int) { copied(i*inner, at(i), inner, 1) })
	return []*Tensor{out}
}

// copyOf is a tensor that may be written to.
func (c *call) copyOf(t *Tensor) *Tensor {
	out := c.alloc(t.Type, t.Shape)
	copied := copierOf(out, t)
	n := t.Len()
	c.ranges(n, piece, func(lo, hi int) { copied(lo, lo, hi-lo, 1) })
	return out
}

// scatterer puts elements of updates where they belong in out, in the way of the attribute
// reduction.
func (c *call) scatterer(out, updates *Tensor) func(to, from int) {
	how := c.text("reduction", "none")
	if how == "none" {
		copied := copierOf(out, updates)
		return func(to, from int) { copied(to, from, 1, 1) }
	}
	op := map[string]string{"add": "Add", "mul": "Mul", "max": "Max", "min": "Min"}[how]
	switch out.Type {
	case Float:
		return scatterWith(out, updates, decimal[float32](op))
	case Double:
		return scatterWith(out, updates, decimal[float64](op))
	case Int32:
		return scatterWith(out, updates, integer[int32](op))
	case Int64:
		return scatterWith(out, updates, integer[int64](op))
	}
	fail("reduction %s of %v is not supported", how, out.Type)
	return nil
}

func scatterWith[T any](out, updates *Tensor, f func(x, y T) T) func(to, from int) {
	dst, src := slice[T](out), slice[T](updates)
	return func(to, from int) { dst[to] = f(dst[to], src[from]) }
}

func scatterElements(c *call) []*Tensor {
	t, indices, updates := c.input(0), c.input(1), c.input(2)
	a := axis(c.int("axis", 0), len(t.Shape))
	check(slices.Equal(indices.Shape, updates.Shape) && len(indices.Shape) == len(t.Shape), "updates %v for indices %v", updates.Shape, indices.Shape)
	out := c.copyOf(t)
	put, at := c.scatterer(out, updates), c.elementOf(t, indices, a)
	c.inOrder(updates.Len(), func(i int) { put(at(i), i) })
	return []*Tensor{out}
}

func scatterND(c *call) []*Tensor {
	t, indices, updates := c.input(0), c.input(1), c.input(2)
	at, n, inner := c.tuples(t, indices, 0)
	check(updates.Len() == n*inner, "updates %v for indices %v", updates.Shape, indices.Shape)
	out := c.copyOf(t)
	put := c.scatterer(out, updates)
	c.inOrder(n, func(i int) {
		to := at(i)
		for j := range inner {
			put(to+j, i*inner+j)
		}
	})
	return []*Tensor{out}
}

// inOrder calls f with every number below n, one after the other.
func (m *machine) inOrder(n int, f func(i int)) {
	for i := range n {
		if i%piece == 0 {
			m.poll()
		}
		f(i)
	}
}

func oneHot(c *call) []*Tensor {
	indices, values := c.input(0), c.input(2)
	check(c.input(1).Len() == 1 && values.Len() == 2, "operands %v and %v", c.in[1].Shape, values.Shape)
	depth := int(reader(c.in[1])(0))
	a := axis(c.int("axis", -1), len(indices.Shape)+1)
	shape := slices.Concat(indices.Shape[:a], []int{depth}, indices.Shape[a:])
	_, ok := count(shape)
	check(ok, "shape %v", shape)
	out := c.expanded(values.scalar(c, 0), shape)
	index, copied := reader(indices), copierOf(out, values)
	inner := product(indices.Shape[a:])
	c.each(indices.Len(), 1, func(i int) {
		n := index(i)
		if n < 0 {
			n += float64(depth)
		}
		if n >= 0 && n < float64(depth) {
			copied((i/inner*depth+int(n))*inner+i%inner, 1, 1, 1)
		}
	})
	return []*Tensor{out}
}

// scalar is element i of t.
func (t *Tensor) scalar(c *call, i int) *Tensor {
	out := c.temporary(t.Type)
	copierOf(out, t)(0, i, 1, 1)
	return out
}

func nonZero(c *call) []*Tensor {
	t := c.input(0)
	value := reader(t)
	var found []int
	hold := c.reserve(int64(t.Len()) * 8)
	defer c.machine.free(hold)
	c.inOrder(t.Len(), func(i int) {
		if value(i) != 0 {
			found = append(found, i)
		}
	})
	rank := len(t.Shape)
	out := c.alloc(Int64, []int{rank, len(found)})
	own := strides(t.Shape)
	for d := range rank {
		for i, at := range found {
			slice[int64](out)[d*len(found)+i] = int64(at / own[d] % t.Shape[d])
		}
	}
	return []*Tensor{out}
}

func compress(c *call) []*Tensor {
	t, which := c.input(0), slice[uint8](c.input(1))
	a := 0
	if c.has("axis") {
		a = axis(c.int("axis", 0), len(t.Shape))
	} else {
		t = t.view(t.Len())
	}
	var list []int
	hold := c.reserve(int64(len(which)) * 8)
	defer c.machine.free(hold)
	for i, w := range which {
		if w != 0 && i < t.Shape[a] {
			list = append(list, i)
		}
	}
	shape := slices.Clone(t.Shape)
	shape[a] = len(list)
	out := c.alloc(t.Type, shape)
	copied := copierOf(out, t)
	inner := product(t.Shape[a+1:])
	c.each(product(t.Shape[:a])*len(list), inner, func(i int) {
		copied(i*inner, (i/len(list)*t.Shape[a]+list[i%len(list)])*inner, inner, 1)
	})
	return []*Tensor{out}
}

func topK(c *call) []*Tensor {
	t := c.input(0)
	list, _ := c.listed(1, "k")
	if list == nil {
		list = []int{c.int("k", 0)}
	}
	a := axis(c.int("axis", -1), len(t.Shape))
	n := t.Shape[a]
	check(len(list) == 1 && list[0] >= 0 && list[0] <= n, "%v of %d", list, n)
	k := list[0]
	shape := slices.Clone(t.Shape)
	shape[a] = k
	values, indices := c.alloc(t.Type, shape), c.alloc(Int64, shape)
	value, copied := reader(t), copierOf(values, t)
	largest, inner := c.int("largest", 1) != 0, product(t.Shape[a+1:])
	hold := c.reserve(int64(n) * 8 * int64(c.threads))
	defer c.machine.free(hold)
	dims := make([]bool, len(t.Shape))
	dims[a] = true
	c.machine.gather(t.Shape, dims, func(i, _ int, at func(j int) int) {
		order := make([]int, n)
		for j := range order {
			order[j] = j
		}
		sort.SliceStable(order, func(x, y int) bool {
			p, q := value(at(order[x])), value(at(order[y]))
			if largest {
				return p > q
			}
			return p < q
		})
		for j, from := range order[:k] {
			to := (i/inner*k+j)*inner + i%inner
			copied(to, at(from), 1, 1)
			slice[int64](indices)[to] = int64(from)
		}
	})
	return []*Tensor{values, indices}
}

// cumulative is an operator that combines all elements up to each along an axis.
func cumulative(first float64, add func(sum, x float64) float64) operator {
	return func(c *call) []*Tensor {
		t := c.input(0)
		a := axis(integers(c.input(1))[0], len(t.Shape))
		out := c.alloc(t.Type, t.Shape)
		value, set := reader(t), writer(out)
		dims := make([]bool, len(t.Shape))
		dims[a] = true
		reverse, exclusive := c.flag("reverse"), c.flag("exclusive")
		c.machine.gather(t.Shape, dims, func(_, n int, at func(j int) int) {
			sum := first
			for j := range n {
				i := at(j)
				if reverse {
					i = at(n - 1 - j)
				}
				next := add(sum, value(i))
				if exclusive {
					set(i, sum)
				} else {
					set(i, next)
				}
				sum = next
			}
		})
		return []*Tensor{out}
	}
}

func reverseSequence(c *call) []*Tensor {
	t, lengths := c.input(0), integers(c.input(1))
	batch, time := c.int("batch_axis", 1), c.int("time_axis", 0)
	check(len(t.Shape) >= 2 && batch+time == 1 && batch*time == 0, "axes %d and %d", batch, time)
	check(len(lengths) == t.Shape[batch], "%d lengths for %d", len(lengths), t.Shape[batch])
	out := c.alloc(t.Type, t.Shape)
	copied, inner, own := copierOf(out, t), product(t.Shape[2:]), strides(t.Shape)
	c.each(t.Shape[0]*t.Shape[1], inner, func(i int) {
		at := [2]int{i / t.Shape[1], i % t.Shape[1]}
		from := at
		if n := lengths[at[batch]]; at[time] < n {
			check(n <= t.Shape[time], "length %d of %d", n, t.Shape[time])
			from[time] = n - 1 - at[time]
		}
		copied(i*inner, from[0]*own[0]+from[1]*own[1], inner, 1)
	})
	return []*Tensor{out}
}

// pad surrounds a tensor with elements, or takes some away.
func pad(c *call) []*Tensor {
	t := c.input(0)
	pads, _ := c.listed(1, "pads")
	list := make([]int, len(t.Shape))
	for i := range list {
		list[i] = i
	}
	if a := c.optional(3); a != nil {
		list = axes(integers(a), len(t.Shape))
	}
	check(len(pads) == 2*len(list), "%d pads for %d dimensions", len(pads), len(list))
	before, shape := make([]int, len(t.Shape)), slices.Clone(t.Shape)
	for i, a := range list {
		check(within(pads[i], maxElements) && within(pads[len(list)+i], maxElements), "pads %v", pads)
		before[a] = pads[i]
		shape[a] += pads[i] + pads[len(list)+i]
	}
	_, ok := count(shape)
	check(ok, "pads %v of %v", pads, t.Shape)
	source := padding(c.text("mode", "constant"))
	fill := c.fillValue(t)
	out := c.alloc(t.Type, shape)
	copied, filled, own := copierOf(out, t), copierOf(out, fill), strides(t.Shape)
	c.each(out.Len(), 4*len(shape), func(i int) {
		from, rest := 0, i
		for d := len(shape) - 1; d >= 0; d-- {
			x, ok := source(rest%shape[d]-before[d], t.Shape[d])
			if !ok {
				filled(i, 0, 1, 1)
				return
			}
			from += x * own[d]
			rest /= shape[d]
		}
		copied(i, from, 1, 1)
	})
	return []*Tensor{out}
}

func within(x, limit int) bool { return x > -limit/4 && x < limit/4 }

// fillValue is what pad fills with.
func (c *call) fillValue(t *Tensor) *Tensor {
	if v := c.optional(2); v != nil && v.Len() > 0 {
		return v
	}
	fill := c.temporary(t.Type)
	if c.has("value") {
		writer(fill)(0, float64(c.float("value", 0)))
	}
	return fill
}

// padding is which of n elements is at position x, in that mode, if any.
func padding(mode string) func(x, n int) (int, bool) {
	switch mode {
	case "edge":
		return func(x, n int) (int, bool) { return max(0, min(x, n-1)), n > 0 }
	case "reflect":
		return func(x, n int) (int, bool) {
			if n < 2 {
				return 0, n == 1
			}
			x = (x%(2*n-2) + 2*n - 2) % (2*n - 2)
			return min(x, 2*n-2-x), true
		}
	case "wrap":
		return func(x, n int) (int, bool) {
			if n == 0 {
				return 0, false
			}
			return (x%n + n) % n, true
		}
	}
	return func(x, n int) (int, bool) { return x, x >= 0 && x < n }
}
