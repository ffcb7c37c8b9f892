package onnx

import "math"

// viewed is t in another shape, as a result.
func (c *call) viewed(t *Tensor, shape []int) []*Tensor {
	n, ok := count(shape)
	check(ok && n == t.Len(), "%v has another number of elements than %v", shape, t.Shape)
	c.retain(t)
	return []*Tensor{t.view(shape...)}
}

func identity(c *call) []*Tensor { return c.viewed(c.input(0), c.input(0).Shape) }

// dropout does nothing in a model that is not trained.
func dropout(c *call) []*Tensor {
	out := identity(c)
	if len(c.outputs) > 1 {
		mask := c.alloc(Bool, c.in[0].Shape)
		d := slice[uint8](mask)
		for i := range d {
			d[i] = 1
		}
		out = append(out, mask)
	}
	if t := c.optional(2); t != nil {
		check(slice[uint8](t)[0] == 0 || c.optional(1) != nil && decimals(c.in[1])[0] == 0, "training is not supported")
	}
	return out
}

// numbersResult is a result of numbers in one dimension.
func (c *call) numbersResult(list []int) []*Tensor {
	out := c.alloc(Int64, []int{len(list)})
	for i, v := range list {
		slice[int64](out)[i] = int64(v)
	}
	return []*Tensor{out}
}

func shapeOf(c *call) []*Tensor {
	s := c.input(0).Shape
	lo, hi := bounded(c.int("start", 0), len(s)), bounded(c.int("end", len(s)), len(s))
	return c.numbersResult(s[min(lo, hi):hi])
}

// bounded is number n of a list of length, from the end if it is negative.
func bounded(n, length int) int {
	if n < 0 {
		n += length
	}
	return max(0, min(n, length))
}

func sizeOf(c *call) []*Tensor {
	return c.viewedResult(c.numbersResult([]int{c.input(0).Len()})[0])
}

// viewedResult is t, of one element, as a scalar.
func (c *call) viewedResult(t *Tensor) []*Tensor { return []*Tensor{t.view()} }

func reshape(c *call) []*Tensor {
	t := c.input(0)
	list, _ := c.listed(1, "shape")
	want := append([]int(nil), list...)
	unknown, rest := -1, 1
	for i, d := range want {
		switch {
		case d == -1:
			check(unknown < 0, "shape %v", want)
			unknown = i
			continue
		case d == 0 && !c.flag("allowzero"):
			check(i < len(t.Shape), "shape %v", want)
			want[i] = t.Shape[i]
		}
		check(want[i] >= 0 && (want[i] == 0 || rest <= maxElements/want[i]), "shape %v", want)
		rest *= want[i]
	}
	if unknown >= 0 {
		check(rest > 0, "shape %v", want)
		want[unknown] = t.Len() / rest
	}
	return c.viewed(t, want)
}

// maxElements is more than any tensor has.
const maxElements = math.MaxInt32

func flatten(c *call) []*Tensor {
	t := c.input(0)
	a := c.int("axis", 1)
	if a < 0 {
		a += len(t.Shape)
	}
	check(a >= 0 && a <= len(t.Shape), "axis %d", a)
	return c.viewed(t, []int{product(t.Shape[:a]), product(t.Shape[a:])})
}

func squeeze(c *call) []*Tensor {
	t := c.input(0)
	list, ok := c.listed(1, "axes")
	gone := make([]bool, len(t.Shape))
	for _, a := range axes(list, len(t.Shape)) {
		check(t.Shape[a] == 1, "dimension %d of %v is not 1", a, t.Shape)
		gone[a] = true
	}
	for i, d := range t.Shape {
		gone[i] = gone[i] || !ok && d == 1
	}
	return c.viewed(t, reducedShape(t.Shape, gone, false))
}

func unsqueeze(c *call) []*Tensor {
	t := c.input(0)
	list, _ := c.listed(1, "axes")
	rank := len(t.Shape) + len(list)
	check(rank <= maxRank, "%d dimensions", rank)
	out := make([]int, rank)
	for _, a := range axes(list, rank) {
		out[a] = 1
	}
	next := 0
	for i := range out {
		if out[i] == 0 {
			out[i] = t.Shape[next]
			next++
		}
	}
	return c.viewed(t, out)
}

func transpose(c *call) []*Tensor {
	t := c.input(0)
	order := c.ints("perm")
	if order == nil {
		for i := range t.Shape {
			order = append(order, len(t.Shape)-1-i)
		}
	}
	check(len(order) == len(t.Shape), "order %v for shape %v", order, t.Shape)
	order = axes(order, len(t.Shape))
	shape, steps, own := make([]int, len(order)), make([]int, len(order)), strides(t.Shape)
	for i, a := range order {
		shape[i], steps[i] = t.Shape[a], own[a]
	}
	return []*Tensor{c.picked(t, shape, 0, steps)}
}

// picked is a tensor of that shape of elements of t, which are steps apart and begin at
// number first.
func (c *call) picked(t *Tensor, shape []int, first int, steps []int) *Tensor {
	out := c.alloc(t.Type, shape)
	copied := copierOf(out, t)
	if len(shape) == 0 {
		copied(0, first, 1, 1)
		return out
	}
	last := len(shape) - 1
	if out.Len() == 0 {
		return out
	}
	row := shape[last]
	c.each(product(shape[:last]), row, func(r int) {
		copied(r*row, first+offset(r, shape[:last], steps), row, steps[last])
	})
	return out
}

func concat(c *call) []*Tensor {
	a := axis(c.int("axis", 0), len(c.input(0).Shape))
	shape := append([]int(nil), c.in[0].Shape...)
	shape[a] = 0
	for i := range c.in {
		s := c.input(i).Shape
		check(len(s) == len(shape), "shapes %v and %v do not fit", c.in[0].Shape, s)
		for d, n := range s {
			check(d == a || n == shape[d], "shapes %v and %v do not fit", c.in[0].Shape, s)
		}
		shape[a] += s[a]
		check(shape[a] >= 0 && shape[a] < maxElements, "too many elements")
	}
	out := c.alloc(c.in[0].Type, shape)
	to, row := 0, product(shape[a:])
	for _, t := range c.in {
		part := product(t.Shape[a:])
		copied := copierOf(out, t)
		c.each(product(shape[:a]), part, func(i int) { copied(i*row+to, i*part, part, 1) })
		to += part
	}
	return []*Tensor{out}
}

func splitInto(c *call) []*Tensor {
	t := c.input(0)
	a := axis(c.int("axis", 0), len(t.Shape))
	sizes, ok := c.listed(1, "split")
	if !ok {
		n := c.int("num_outputs", len(c.outputs))
		check(n > 0 && n <= len(c.outputs), "%d parts", n)
		each := (t.Shape[a] + n - 1) / n
		for i := range n {
			sizes = append(sizes, max(min(each, t.Shape[a]-i*each), 0))
		}
	}
	var out []*Tensor
	at := 0
	for _, n := range sizes {
		check(n >= 0 && n <= t.Shape[a]-at, "parts %v of %d", sizes, t.Shape[a])
		shape := append([]int(nil), t.Shape...)
		shape[a] = n
		steps := strides(t.Shape)
		out = append(out, c.picked(t, shape, at*steps[a], steps))
		at += n
	}
	check(at == t.Shape[a], "parts %v of %d", sizes, t.Shape[a])
	return out
}

func slicePart(c *call) []*Tensor {
	t := c.input(0)
	starts, _ := c.listed(1, "starts")
	ends, _ := c.listed(2, "ends")
	list, ok := c.listed(3, "axes")
	if !ok {
		for i := range starts {
			list = append(list, i)
		}
	}
	by := make([]int, len(starts))
	for i := range by {
		by[i] = 1
	}
	if s := c.optional(4); s != nil {
		by = integers(s)
	}
	check(len(ends) == len(starts) && len(list) == len(starts) && len(by) == len(starts), "%d starts, %d ends, %d axes, %d steps", len(starts), len(ends), len(list), len(by))
	shape, steps, first := append([]int(nil), t.Shape...), strides(t.Shape), 0
	for i, a := range axes(list, len(t.Shape)) {
		lo, n := slicing(starts[i], ends[i], by[i], t.Shape[a])
		first += lo * steps[a]
		steps[a] *= clampStep(by[i], t.Shape[a])
		shape[a] = n
	}
	return []*Tensor{c.picked(t, shape, first, steps)}
}

// clampStep is a step that leads as far as by does among n elements, and does not overflow.
func clampStep(by, n int) int { return max(-n-1, min(by, n+1)) }

// slicing is the first of the elements from start to end of n, and how many they are.
func slicing(start, end, by, n int) (first, length int) {
	check(by != 0, "a step of 0")
	by = clampStep(by, n)
	lowest, highest := 0, n
	if by < 0 {
		lowest, highest = -1, n-1
	}
	place := func(x int) int {
		if x < 0 {
			x = max(x, -n-1) + n
			if x < 0 {
				return lowest
			}
		}
		return max(lowest, min(x, highest))
	}
	first, last := place(start), place(end)
	if by > 0 {
		length = (last - first + by - 1) / by
	} else {
		length = (first - last - by - 1) / -by
	}
	if length <= 0 {
		return 0, 0
	}
	return first, length
}

func expand(c *call) []*Tensor {
	t := c.input(0)
	shape := integers(c.input(1))
	_, ok := count(shape)
	check(ok, "shape %v", shape)
	return []*Tensor{c.expanded(t, broadcast(t.Shape, shape))}
}

func tile(c *call) []*Tensor {
	t := c.input(0)
	times := integers(c.input(1))
	check(len(times) == len(t.Shape), "%d repeats of %v", len(times), t.Shape)
	var source, wide, shape []int
	for i, d := range t.Shape {
		check(times[i] >= 0 && (d == 0 || times[i] <= maxElements/d), "repeats %v", times)
		source, wide, shape = append(source, 1, d), append(wide, times[i], d), append(shape, times[i]*d)
	}
	_, ok := count(shape)
	check(ok && len(wide) <= 2*maxRank, "repeats %v", times)
	out := c.alloc(t.Type, shape)
	if out.Len() == 0 {
		return []*Tensor{out}
	}
	l := newLoops(wide, source)
	copied := copierOf(out, t)
	c.spans(l, func(s span) {
		copied(s.r*l.row+s.lo, l.at(s.r, 0)+s.lo*l.step(0), s.hi-s.lo, l.step(0))
	})
	return []*Tensor{out}
}

func constant(c *call) []*Tensor {
	if a := c.attrs["value"]; a != nil && a.t != nil {
		return []*Tensor{a.t}
	}
	switch {
	case c.has("value_float"):
		return []*Tensor{{Type: Float, data: []float32{c.float("value_float", 0)}}}
	case c.has("value_int"):
		return []*Tensor{{Type: Int64, data: []int64{int64(c.int("value_int", 0))}}}
	case c.has("value_floats"):
		list := c.attrs["value_floats"].floats
		return []*Tensor{{Type: Float, Shape: []int{len(list)}, data: list}}
	case c.has("value_ints"):
		return c.numbersResult(c.ints("value_ints"))
	}
	fail("no value that is supported")
	return nil
}

func constantOfShape(c *call) []*Tensor {
	shape := integers(c.input(0))
	value := &Tensor{Type: Float, data: []float32{0}}
	if a := c.attrs["value"]; a != nil && a.t != nil {
		value = a.t.view()
		check(a.t.Len() == 1, "a value of %d elements", a.t.Len())
	}
	_, ok := count(shape)
	check(ok, "shape %v", shape)
	return []*Tensor{c.expanded(value, shape)}
}

func rangeOf(c *call) []*Tensor {
	start, limit, delta := c.input(0), c.input(1), c.input(2)
	check(start.Len() == 1 && limit.Len() == 1 && delta.Len() == 1, "operands are no scalars")
	from, to, by := reader(start)(0), reader(limit)(0), reader(delta)(0)
	check(by != 0, "a step of 0")
	n := math.Max(math.Ceil((to-from)/by), 0)
	check(n < maxElements, "%v elements", n)
	out := c.alloc(start.Type, []int{int(n)})
	set := writer(out)
	c.each(int(n), 1, func(i int) { set(i, from+float64(i)*by) })
	return []*Tensor{out}
}

// writer is how to set elements of t to numbers.
func writer(t *Tensor) func(i int, v float64) {
	switch d := t.data.(type) {
	case []float32:
		return func(i int, v float64) { d[i] = float32(v) }
	case []float64:
		return func(i int, v float64) { d[i] = v }
	case []int64:
		return func(i int, v float64) { d[i] = int64(v) }
	case []int32:
		return func(i int, v float64) { d[i] = int32(v) }
	case []int16:
		return func(i int, v float64) { d[i] = int16(v) }
	case []int8:
		return func(i int, v float64) { d[i] = int8(v) }
	case []uint8:
		return func(i int, v float64) { d[i] = uint8(v) }
	case []uint16:
		return func(i int, v float64) { d[i] = uint16(v) }
	case []uint32:
		return func(i int, v float64) { d[i] = uint32(v) }
	case []uint64:
		return func(i int, v float64) { d[i] = uint64(v) }
	}
	fail("elements of %v are not supported", t.Type)
	return nil
}

func eyeLike(c *call) []*Tensor {
	t := c.input(0)
	check(len(t.Shape) == 2, "shape %v is not that of a matrix", t.Shape)
	out := c.alloc(Type(c.int("dtype", int(t.Type))), t.Shape)
	set, k := writer(out), c.int("k", 0)
	check(k > -maxElements && k < maxElements, "diagonal %d", k)
	for i := range t.Shape[0] {
		if j := i + k; j >= 0 && j < t.Shape[1] {
			set(i*t.Shape[1]+j, 1)
		}
	}
	return []*Tensor{out}
}

// trilu keeps one of the triangles of each matrix.
func trilu(c *call) []*Tensor {
	t := c.input(0)
	check(len(t.Shape) >= 2, "shape %v is not that of matrices", t.Shape)
	k := 0
	if d := c.optional(1); d != nil {
		k = max(-maxElements, min(integers(d)[0], maxElements))
	}
	rows, cols := t.Shape[len(t.Shape)-2], t.Shape[len(t.Shape)-1]
	out := c.alloc(t.Type, t.Shape)
	copied := copierOf(out, t)
	upper := c.int("upper", 1) != 0
	c.each(product(t.Shape[:len(t.Shape)-1]), cols, func(r int) {
		lo, hi := 0, max(0, min(r%max(rows, 1)+k+1, cols))
		if upper {
			lo, hi = max(0, min(r%max(rows, 1)+k, cols)), cols
		}
		copied(r*cols+lo, r*cols+lo, hi-lo, 1)
	})
	return []*Tensor{out}
}

// depthToSpace and spaceToDepth are a reshape, a transposition and a reshape.
func depthToSpace(c *call) []*Tensor {
	t, b := c.input(0), c.int("blocksize", 0)
	check(len(t.Shape) == 4 && b > 0 && b < 1<<15 && t.Shape[1]%(b*b) == 0, "blocks of %d in %v", b, t.Shape)
	n, ch, h, w := t.Shape[0], t.Shape[1]/(b*b), t.Shape[2], t.Shape[3]
	parted, order := []int{n, b, b, ch, h, w}, []int{0, 3, 4, 1, 5, 2}
	if c.text("mode", "DCR") == "CRD" {
		parted, order = []int{n, ch, b, b, h, w}, []int{0, 1, 4, 2, 5, 3}
	}
	return []*Tensor{c.rearranged(t, parted, order).view(n, ch, h*b, w*b)}
}

func spaceToDepth(c *call) []*Tensor {
	t, b := c.input(0), c.int("blocksize", 0)
	check(len(t.Shape) == 4 && b > 0 && t.Shape[2]%b == 0 && t.Shape[3]%b == 0, "blocks of %d in %v", b, t.Shape)
	n, ch, h, w := t.Shape[0], t.Shape[1], t.Shape[2]/b, t.Shape[3]/b
	order := []int{0, 3, 5, 1, 2, 4}
	if c.text("mode", "DCR") == "CRD" {
		order = []int{0, 1, 3, 5, 2, 4}
	}
	return []*Tensor{c.rearranged(t, []int{n, ch, h, b, w, b}, order).view(n, ch*b*b, h, w)}
}

// rearranged is t, taken as of the shape parted, with its dimensions in that order.
func (c *call) rearranged(t *Tensor, parted, order []int) *Tensor {
	own := strides(parted)
	shape, steps := make([]int, len(order)), make([]int, len(order))
	for i, a := range order {
		shape[i], steps[i] = parted[a], own[a]
	}
	return c.picked(t, shape, 0, steps)
}
