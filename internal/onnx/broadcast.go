package onnx

// loops are the nested loops over the elements of tensors whose shapes are broadcast to
// one. The innermost one is a row.
type loops struct {
	outer []int   // how often each loop around the rows runs
	rows  int     // their product
	row   int     // the length of a row
	steps [][]int // by operand: the distances in outer, and then in a row
}

// broadcast is the shape that the shapes have in common.
func broadcast(shapes ...[]int) []int {
	rank := 0
	for _, s := range shapes {
		rank = max(rank, len(s))
	}
	out := make([]int, rank)
	for i := range out {
		out[i] = 1
	}
	for _, s := range shapes {
		for i, d := range s {
			at := rank - len(s) + i
			if out[at] == 1 {
				out[at] = d
			}
			check(d == 1 || d == out[at], "shapes %v do not fit", shapes)
		}
	}
	return out
}

// newLoops are the loops over shape, which operands of these shapes are broadcast to.
// Neighbouring loops that can be one are one.
func newLoops(shape []int, operands ...[]int) *loops {
	l := &loops{rows: 1, row: 1, steps: make([][]int, len(operands))}
	all := make([][]int, len(operands))
	for i, s := range operands {
		all[i] = broadcastSteps(shape, s)
	}
	var dims []int
	for d, n := range shape {
		last := len(dims) - 1
		if n == 1 {
			continue
		}
		if last >= 0 && mergeable(l.steps, all, d, n) {
			dims[last] *= n
			for i := range all {
				l.steps[i][last] = all[i][d]
			}
			continue
		}
		dims = append(dims, n)
		for i := range all {
			l.steps[i] = append(l.steps[i], all[i][d])
		}
	}
	if len(dims) == 0 {
		dims = []int{1}
		for i := range l.steps {
			l.steps[i] = []int{1}
		}
	}
	l.outer, l.row = dims[:len(dims)-1], dims[len(dims)-1]
	l.rows = product(l.outer)
	return l
}

// mergeable reports whether loop d of n can be one with the last in steps.
func mergeable(steps, all [][]int, d, n int) bool {
	for i := range all {
		if steps[i][len(steps[i])-1] != all[i][d]*n {
			return false
		}
	}
	return true
}

// broadcastSteps are the distances between neighbours in each dimension of shape, in an
// operand of shape s.
func broadcastSteps(shape, s []int) []int {
	own, out := strides(s), make([]int, len(shape))
	for i, d := range s {
		if d != 1 {
			out[len(shape)-len(s)+i] = own[i]
		}
	}
	return out
}

// at is where row number r begins in operand number i.
func (l *loops) at(r, i int) int {
	at := 0
	for d := len(l.outer) - 1; d >= 0; d-- {
		at += r % l.outer[d] * l.steps[i][d]
		r /= l.outer[d]
	}
	return at
}

// step is the distance in a row of operand number i.
func (l *loops) step(i int) int { return l.steps[i][len(l.outer)] }

// span is the part [lo, hi) of row number r.
type span struct{ r, lo, hi int }

// spans calls f for parts of all rows that are not long.
func (m *machine) spans(l *loops, f func(s span)) {
	if l.row <= piece {
		m.each(l.rows, l.row, func(r int) { f(span{r, 0, l.row}) })
		return
	}
	parts := (l.row + piece - 1) / piece
	m.each(l.rows*parts, piece, func(i int) {
		lo := i % parts * piece
		f(span{i / parts, lo, min(lo+piece, l.row)})
	})
}

// combine is a result of type t of f for each pair of elements of a and b.
func combine[T number, U any](m *machine, a, b *Tensor, t Type, f func(x, y T) U) *Tensor {
	out := m.alloc(t, broadcast(a.Shape, b.Shape))
	l := newLoops(out.Shape, a.Shape, b.Shape)
	dst, x, y := slice[U](out), slice[T](a), slice[T](b)
	m.spans(l, func(s span) {
		combineRow(dst[s.r*l.row+s.lo:][:s.hi-s.lo], x[l.at(s.r, 0)+s.lo*l.step(0):], y[l.at(s.r, 1)+s.lo*l.step(1):], l.step(0), l.step(1), f)
	})
	return out
}

func combineRow[T number, U any](dst []U, x, y []T, sx, sy int, f func(x, y T) U) {
	switch {
	case sx == 1 && sy == 1:
		x, y = x[:len(dst)], y[:len(dst)]
		for i := range dst {
			dst[i] = f(x[i], y[i])
		}
	case sx == 1 && sy == 0:
		x, v := x[:len(dst)], y[0]
		for i := range dst {
			dst[i] = f(x[i], v)
		}
	default:
		for i := range dst {
			dst[i] = f(x[i*sx], y[i*sy])
		}
	}
}

// mapped is a result of type t of f for each element of a.
func mapped[T, U any](m *machine, a *Tensor, t Type, f func(x T) U) *Tensor {
	out := m.alloc(t, a.Shape)
	dst, src := slice[U](out), slice[T](a)
	m.ranges(len(dst), piece, func(lo, hi int) {
		for i := lo; i < hi; i++ {
			dst[i] = f(src[i])
		}
	})
	return out
}

// expanded is t broadcast to shape.
func (m *machine) expanded(t *Tensor, shape []int) *Tensor {
	out := m.alloc(t.Type, shape)
	l := newLoops(shape, t.Shape)
	copied := copierOf(out, t)
	m.spans(l, func(s span) {
		copied(s.r*l.row+s.lo, l.at(s.r, 0)+s.lo*l.step(0), s.hi-s.lo, l.step(0))
	})
	return out
}

// copierOf copies n elements of src, step apart from number from on, to dst from number to
// on, whatever their type.
func copierOf(dst, src *Tensor) func(to, from, n, step int) {
	check(dst.Type == src.Type, "elements are %v, want %v", src.Type, dst.Type)
	switch src.Type.Size() {
	case 1:
		if src.Type == Int8 {
			return copier[int8](dst, src)
		}
		return copier[uint8](dst, src)
	case 2:
		if src.Type == Int16 {
			return copier[int16](dst, src)
		}
		return copier[uint16](dst, src)
	case 4:
		switch src.Type {
		case Float:
			return copier[float32](dst, src)
		case Int32:
			return copier[int32](dst, src)
		}
		return copier[uint32](dst, src)
	}
	switch src.Type {
	case Double:
		return copier[float64](dst, src)
	case Int64:
		return copier[int64](dst, src)
	}
	return copier[uint64](dst, src)
}

func copier[T any](dst, src *Tensor) func(to, from, n, step int) {
	d, s := slice[T](dst), slice[T](src)
	return func(to, from, n, step int) {
		if step == 1 {
			copy(d[to:][:n], s[from:])
			return
		}
		for i := range n {
			d[to+i] = s[from+i*step]
		}
	}
}
