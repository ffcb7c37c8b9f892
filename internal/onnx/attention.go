package onnx

import "math"

// attention is what Attention works on, in the shapes (batch, heads, length, size).
type attention struct {
	*call
	q, k, v *Tensor
	mask    *Tensor
	offset  []int // by batch: how many keys there are in front of the queries
	valid   []int // by batch: how many keys count
	scale   float64
	softcap float64
	causal  bool
	window  [2]int // how far keys may be on either side; negative for as far as one likes
	mode    int    // what is told beside the result
}

// attend is Attention: each query is answered by the values of the keys that are like it.
func attend(c *call) []*Tensor {
	q, k, v := c.byHeads(c.input(0), "q_num_heads"), c.byHeads(c.input(1), "kv_num_heads"), c.byHeads(c.input(2), "kv_num_heads")
	k, v = c.behind(c.optional(4), k), c.behind(c.optional(5), v)
	a := &attention{call: c, q: q, k: k, v: v, mask: c.optional(3), mode: c.int("qk_matmul_output_mode", 0), causal: c.flag("is_causal")}
	check(q.Type == k.Type && k.Type == v.Type, "queries are %v, keys %v, values %v", q.Type, k.Type, v.Type)
	batches, heads, size := q.Shape[0], q.Shape[1], q.Shape[3]
	check(k.Shape[0] == batches && v.Shape[0] == batches && k.Shape[3] == size && k.Shape[1] == v.Shape[1] && k.Shape[2] == v.Shape[2] &&
		k.Shape[1] > 0 && heads%k.Shape[1] == 0, "shapes %v, %v and %v do not fit", q.Shape, k.Shape, v.Shape)
	a.scale = float64(c.float("scale", float32(1/math.Sqrt(float64(size)))))
	a.softcap = float64(c.float("softcap", 0))
	a.window = [2]int{c.int("left_window_size", -1), c.int("right_window_size", -1)}
	a.place()
	out := c.alloc(q.Type, []int{batches, heads, q.Shape[2], v.Shape[3]})
	var told *Tensor
	if len(c.outputs) > 3 && c.outputs[3] >= 0 {
		told = c.alloc(q.Type, []int{batches, heads, q.Shape[2], k.Shape[2]})
	}
	if q.Type == Double {
		attendTo[float64](a, out, told)
	} else {
		attendTo[float32](a, out, told)
	}
	if len(c.in[0].Shape) == 3 {
		out = c.together(out)
	}
	c.retain(k)
	c.retain(v)
	return []*Tensor{out, k, v, told}
}

// byHeads is t in four dimensions. One in three has the heads side by side, as many as the attribute name says.
func (c *call) byHeads(t *Tensor, name string) *Tensor {
	if len(t.Shape) == 4 {
		return t
	}
	n := c.int(name, 0)
	check(len(t.Shape) == 3 && n > 0 && t.Shape[2]%n == 0, "shape %v for %d heads", t.Shape, n)
	batches, length, size := t.Shape[0], t.Shape[1], t.Shape[2]/n
	out := c.temporary(t.Type, batches, n, length, size)
	copied := copierOf(out, t)
	c.each(batches*n*length, size, func(i int) {
		b, h, l := i/(n*length), i/length%n, i%length
		copied(i*size, ((b*length+l)*n+h)*size, size, 1)
	})
	return out
}

// together is t, which it releases, in three dimensions.
func (c *call) together(t *Tensor) *Tensor {
	batches, n, length, size := t.Shape[0], t.Shape[1], t.Shape[2], t.Shape[3]
	out := c.alloc(t.Type, []int{batches, length, n * size})
	copied := copierOf(out, t)
	c.each(batches*n*length, size, func(i int) {
		b, h, l := i/(n*length), i/length%n, i%length
		copied(((b*length+l)*n+h)*size, i*size, size, 1)
	})
	c.release(t)
	return out
}

// behind is t behind what there has been before, which may be nil.
func (c *call) behind(past, t *Tensor) *Tensor {
	if past == nil {
		return t
	}
	check(len(past.Shape) == 4 && past.Shape[0] == t.Shape[0] && past.Shape[1] == t.Shape[1] && past.Shape[3] == t.Shape[3], "shapes %v and %v do not fit", past.Shape, t.Shape)
	before, more, size := past.Shape[2], t.Shape[2], t.Shape[3]
	out := c.temporary(t.Type, t.Shape[0], t.Shape[1], before+more, size)
	old, added := copierOf(out, past), copierOf(out, t)
	c.each(t.Shape[0]*t.Shape[1], (before+more)*size, func(i int) {
		old(i*(before+more)*size, i*before*size, before*size, 1)
		added((i*(before+more)+before)*size, i*more*size, more*size, 1)
	})
	return out
}

// place finds where the queries are among the keys.
func (a *attention) place() {
	batches, keys := a.q.Shape[0], a.k.Shape[2]
	a.offset, a.valid = make([]int, batches), make([]int, batches)
	var valid []int
	if t := a.optional(6); t != nil {
		valid = integers(t)
		check(len(valid) == batches && a.optional(4) == nil, "%d lengths for %d batches", len(valid), batches)
	}
	for b := range batches {
		a.valid[b] = keys
		if past := a.optional(4); past != nil {
			a.offset[b] = past.Shape[2]
		} else if valid != nil {
			a.offset[b], a.valid[b] = valid[b]-a.q.Shape[2], valid[b]
		}
	}
}

// bias is what is added to how much query i of batch b and head h is like key j.
func (a *attention) bias() func(b, h, i, j int) float64 {
	masked := func(int, int, int, int) float64 { return 0 }
	if t := a.mask; t != nil {
		check(len(t.Shape) >= 1 && len(t.Shape) <= 4, "a mask of shape %v", t.Shape)
		full := []int{a.q.Shape[0], a.q.Shape[1], a.q.Shape[2], t.Shape[len(t.Shape)-1]}
		steps, keys, at := broadcastSteps(full, t.Shape), full[3], reader(t)
		for d, n := range t.Shape {
			want := full[4-len(t.Shape)+d]
			check(n == 1 || n == want, "a mask of shape %v", t.Shape)
		}
		masked = func(b, h, i, j int) float64 {
			if j >= keys {
				return math.Inf(-1)
			}
			v := at(b*steps[0] + h*steps[1] + i*steps[2] + j)
			switch {
			case t.Type != Bool:
				return v
			case v == 0:
				return math.Inf(-1)
			}
			return 0
		}
	}
	return func(b, h, i, j int) float64 {
		from := i + a.offset[b] - j // how far the key is before the query
		if j >= a.valid[b] || a.causal && from < 0 || a.window[0] >= 0 && from > a.window[0] || a.window[1] >= 0 && -from > a.window[1] {
			return math.Inf(-1)
		}
		return masked(b, h, i, j)
	}
}

// attendTo computes out, and told unless that is nil.
func attendTo[T float32 | float64](a *attention, out, told *Tensor) {
	queries, keys, size, width := a.q.Shape[2], a.k.Shape[2], a.q.Shape[3], a.v.Shape[3]
	heads, shared := a.q.Shape[1], a.q.Shape[1]/a.k.Shape[1]
	all := a.q.Shape[0] * heads
	buffers := make(chan []T, max(min(a.threads, all), 1))
	for range cap(buffers) {
		buffers <- slice[T](a.temporary(out.Type, queries, keys))
	}
	q, k, v, to, bias := slice[T](a.q), slice[T](a.k), slice[T](a.v), slice[T](out), a.bias()
	a.each(all, max(queries*keys*(size+width), piece), func(n int) {
		scores := <-buffers
		defer func() { buffers <- scores }()
		b, h := n/heads, n%heads
		other := b*a.k.Shape[1] + h/shared
		multiply(a.machine, T(a.scale), matrix[T]{q[n*queries*size:], queries, size, false}, matrix[T]{k[other*keys*size:], size, keys, true}, 0, scores)
		for i := range queries {
			if i%max(piece/max(keys, 1), 1) == 0 {
				a.poll()
			}
			row := scores[i*keys:][:keys]
			tell := func(mode int) {
				if told != nil && a.mode == mode {
					copy(slice[T](told)[(n*queries+i)*keys:], row)
				}
			}
			tell(0)
			if a.softcap > 0 {
				for j, x := range row {
					row[j] = T(math.Tanh(float64(x)/a.softcap) * a.softcap)
				}
			}
			tell(1)
			some := false
			for j := range row {
				more := bias(b, h, i, j)
				some = some || !math.IsInf(more, -1)
				row[j] += T(more)
			}
			tell(2)
			if likely(row); !some {
				clear(row)
			}
			tell(3)
		}
		multiply(a.machine, 1, matrix[T]{scores, queries, keys, false}, matrix[T]{v[other*keys*width:], keys, width, false}, 0, to[n*queries*width:][:queries*width])
	})
}

// likely has v be probabilities, by softmax; all are 0 where nothing is more than minus infinity.
func likely[T float32 | float64](v []T) {
	top, sum := math.Inf(-1), 0.0
	for _, x := range v {
		top = math.Max(top, float64(x))
	}
	if math.IsInf(top, -1) {
		clear(v)
		return
	}
	for i, x := range v {
		e := math.Exp(float64(x) - top)
		v[i] = T(e)
		sum += e
	}
	for i := range v {
		v[i] = T(float64(v[i]) / sum)
	}
}

// rotaryEmbedding turns pairs of elements by angles that say where in a sequence they are.
func rotaryEmbedding(c *call) []*Tensor {
	x, cos, sin := c.input(0), c.input(1), c.input(2)
	out := c.alloc(x.Type, x.Shape)
	batches, heads, length, size := 0, 0, 0, 0
	at := func(b, h, l int) int { return ((b*heads+h)*length + l) * size }
	if len(x.Shape) == 4 {
		batches, heads, length, size = x.Shape[0], x.Shape[1], x.Shape[2], x.Shape[3]
	} else {
		heads = c.int("num_heads", 0)
		check(len(x.Shape) == 3 && heads > 0 && x.Shape[2]%heads == 0, "shape %v for %d heads", x.Shape, heads)
		batches, length, size = x.Shape[0], x.Shape[1], x.Shape[2]/heads
		at = func(b, h, l int) int { return ((b*length+l)*heads + h) * size }
	}
	turned := c.int("rotary_embedding_dim", 0)
	if turned == 0 {
		turned = size
	}
	half := turned / 2
	check(turned > 0 && turned <= size && half > 0 && len(cos.Shape) > 0 && cos.Shape[len(cos.Shape)-1] == half && cos.Len() == sin.Len(), "%d of %d elements are turned by shapes %v and %v", turned, size, cos.Shape, sin.Shape)
	rows := cos.Len() / half
	row := func(b, l int) int { return b*length + l }
	if t := c.optional(3); t != nil {
		places := integers(t)
		check(len(places) == batches*length, "%d places for %d", len(places), batches*length)
		for _, p := range places {
			check(p >= 0 && p < rows, "place %d of %d", p, rows)
		}
		row = func(b, l int) int { return places[b*length+l] }
	} else {
		check(rows == batches*length, "shape %v of angles", cos.Shape)
	}
	pair := func(i int) (int, int) { return i, i + half }
	if c.flag("interleaved") {
		pair = func(i int) (int, int) { return 2 * i, 2*i + 1 }
	}
	value, cosine, sine, set, copied := reader(x), reader(cos), reader(sin), writer(out), copierOf(out, x)
	c.each(batches*heads*length, size*4, func(n int) {
		b, h, l := n/(heads*length), n/length%heads, n%length
		from, r := at(b, h, l), row(b, l)
		copied(from, from, size, 1)
		for i := range half {
			j, k := pair(i)
			u, v, x, y := value(from+j), value(from+k), cosine(r*half+i), sine(r*half+i)
			set(from+j, x*u-y*v)
			set(from+k, y*u+x*v)
		}
	})
	return []*Tensor{out}
}

// tensorScatter writes new elements of each batch into a copy of what there has been, from a place along an axis on.
func tensorScatter(c *call) []*Tensor {
	past, more := c.input(0), c.input(1)
	rank := len(past.Shape)
	check(rank > 1 && rank == len(more.Shape), "shapes %v and %v do not fit", past.Shape, more.Shape)
	a := axis(c.int("axis", -2), rank)
	for d := range rank {
		check(d == a && more.Shape[d] <= past.Shape[d] || d != a && more.Shape[d] == past.Shape[d], "shapes %v and %v do not fit", past.Shape, more.Shape)
	}
	check(a > 0, "axis %d", a)
	places := make([]int, past.Shape[0])
	if t := c.optional(2); t != nil {
		places = integers(t)
		check(len(places) == past.Shape[0], "%d places for %d", len(places), past.Shape[0])
	}
	whole, n, inner := past.Shape[a], more.Shape[a], product(past.Shape[a+1:])
	out := c.expanded(past, past.Shape)
	copied, circular := copierOf(out, more), c.text("mode", "linear") == "circular"
	for _, p := range places {
		check(p >= 0 && (circular || p <= whole-n), "place %d of %d", p, whole)
	}
	outer := product(past.Shape[:a])
	c.each(outer*n, inner, func(i int) {
		o, k := i/n, i%n
		to := places[o/max(outer/max(past.Shape[0], 1), 1)]%max(whole, 1) + k
		copied((o*whole+to%whole)*inner, i*inner, inner, 1)
	})
	return []*Tensor{out}
}

// swiGLU is one operand, by the function swish, times the other.
func swiGLU(c *call) []*Tensor {
	gate := c.real(c.input(0), swish(c))
	c.scratch = append(c.scratch, gate)
	return []*Tensor{c.arithmetic("Mul", gate, c.input(1))}
}
