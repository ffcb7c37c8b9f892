package onnx

import "math"

// pool is an operator that makes one element of all that are under the kernel.
func pool(make func(c *call, w *window) pooling) operator {
	return func(c *call) []*Tensor {
		t := c.input(0)
		w := c.window(t.Shape, nil)
		p := make(c, w)
		switch t.Type {
		case Float:
			return poolOf[float32](c, t, w, p)
		case Double:
			return poolOf[float64](c, t, w, p)
		case Int8:
			return poolOf[int8](c, t, w, p)
		case Uint8:
			return poolOf[uint8](c, t, w, p)
		}
		fail("elements of %v are not supported", t.Type)
		return nil
	}
}

// pooling is one way to make an element of many.
type pooling struct {
	first  float64
	add    func(sum, x float64) float64
	result func(sum float64, n int) float64 // n have been added
	padded bool                             // n counts the padding
	where  bool                             // there is an output of indices of the largest
}

func poolOf[T number](c *call, t *Tensor, w *window, p pooling) []*Tensor {
	shape := append([]int{t.Shape[0], t.Shape[1]}, w.out...)
	out := c.alloc(t.Type, shape)
	var indices []int64
	result := []*Tensor{out}
	if p.where && len(c.outputs) > 1 {
		result = append(result, c.alloc(Int64, shape))
		indices = slice[int64](result[1])
	}
	size, results, taps := product(w.in), product(w.out), product(w.kernel)
	order := c.indexOrder(w)
	c.ranges(len(slice[T](out)), max(piece/taps, 1), func(lo, hi int) {
		o, k := newCounter(w.out), newCounter(w.kernel)
		for i := lo; i < hi; i++ {
			o.set(i % results)
			image := slice[T](t)[i/results*size:][:size]
			v, at := poolOne(w, p, image, o, k)
			slice[T](out)[i] = v
			if indices != nil {
				indices[i] = int64(i/results*size + order(at))
			}
		}
	})
	return result
}

// indexOrder is what an index of an image is in the order of storage that is asked for.
func (c *call) indexOrder(w *window) func(int) int {
	if !c.flag("storage_order") {
		return func(at int) int { return at }
	}
	n := newCounter(w.in)
	return func(at int) int {
		x := counter{w.in, make([]int, len(n.at))}
		x.set(at)
		out := 0
		for i := len(w.in) - 1; i >= 0; i-- {
			out = out*w.in[i] + x.at[i]
		}
		return out
	}
}

// poolOne is the element at o, and where in the image the largest is.
func poolOne[T number](w *window, p pooling, image []T, o, k *counter) (T, int) {
	sum, n, where := p.first, 0, 0
	clear(k.at)
	for range product(w.kernel) {
		at, ok := w.source(o.at, k.at)
		if ok {
			next := p.add(sum, float64(image[at]))
			if n == 0 || next != sum {
				where = at
			}
			sum = next
			n++
		} else if p.padded && w.withinPadding(o.at, k.at) {
			n++
		}
		k.next()
	}
	return T(p.result(sum, n)), where
}

// withinPadding reports whether the position is one that the padding has, rather than one
// behind it, which rounding up may lead to.
func (w *window) withinPadding(o, k []int) bool {
	for i := range w.in {
		if x := o[i]*w.stride[i] + k[i]*w.dilation[i] - w.pad[i]; x >= w.in[i]+w.padEnd[i] {
			return false
		}
	}
	return true
}

func sumOf(sum, x float64) float64 { return sum + x }

func averageOf(sum float64, n int) float64 { return sum / float64(max(n, 1)) }

func maxPool(*call, *window) pooling {
	return pooling{first: math.Inf(-1), add: math.Max, result: func(sum float64, _ int) float64 { return sum }, where: true}
}

func averagePool(c *call, _ *window) pooling {
	return pooling{add: sumOf, result: averageOf, padded: c.flag("count_include_pad")}
}

func lpPool(c *call, _ *window) pooling {
	p := float64(c.int("p", 2))
	return pooling{
		add:    func(sum, x float64) float64 { return sum + math.Pow(math.Abs(x), p) },
		result: func(sum float64, _ int) float64 { return math.Pow(sum, 1/p) },
	}
}

// global is an operator that reduces each channel to one element.
func global(kind string) operator {
	return func(c *call) []*Tensor {
		t := c.input(0)
		check(len(t.Shape) >= 2, "shape %v has no channels", t.Shape)
		dims := make([]bool, len(t.Shape))
		for i := 2; i < len(dims); i++ {
			dims[i] = true
		}
		return []*Tensor{c.reduce(t, reductions(kind), dims, true)}
	}
}
