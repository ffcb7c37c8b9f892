package onnx

import (
	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/gonum"
)

// maxProduct is about how many multiplications of a product of matrices are done between
// two looks at the context.
const maxProduct = 1 << 24

// matrix is part of the data of a tensor, row by row.
type matrix[T any] struct {
	data       []T
	rows, cols int  // of what is multiplied
	transposed bool // the data is that of cols rows
}

func (a matrix[T]) stride() int {
	if a.transposed {
		return max(a.rows, 1)
	}
	return max(a.cols, 1)
}

// part is a from row lo to hi.
func (a matrix[T]) part(lo, hi int) matrix[T] {
	if a.transposed {
		a.data = a.data[lo:]
	} else {
		a.data = a.data[lo*a.cols:]
	}
	a.rows = hi - lo
	return a
}

func transposition[T any](a matrix[T]) blas.Transpose {
	if a.transposed {
		return blas.Trans
	}
	return blas.NoTrans
}

// multiply sets out to alpha*a*b + beta*out, in pieces.
func multiply[T number](m *machine, alpha T, a, b matrix[T], beta T, out []T) {
	if a.rows == 0 || b.cols == 0 {
		return
	}
	step := min(max(maxProduct/max(a.cols*b.cols, 1), 1), a.rows)
	for lo := 0; lo < a.rows; lo += step {
		m.poll()
		hi := min(lo+step, a.rows)
		multiplyPart(alpha, a, lo, hi, b, beta, out[lo*b.cols:hi*b.cols])
	}
}

// multiplyPart is multiply for the rows of a from lo to hi.
func multiplyPart[T number](alpha T, a matrix[T], lo, hi int, b matrix[T], beta T, out []T) {
	if a.cols == 0 {
		for i := range out {
			out[i] *= beta
		}
		return
	}
	n, lda := hi-lo, a.stride()
	a = a.part(lo, hi)
	switch o := any(out).(type) {
	case []float32:
		gonum.Implementation{}.Sgemm(transposition(a), transposition(b), n, b.cols, a.cols, float32(alpha),
			any(a.data).([]float32), lda, any(b.data).([]float32), b.stride(), float32(beta), o, b.cols)
	case []float64:
		gonum.Implementation{}.Dgemm(transposition(a), transposition(b), n, b.cols, a.cols, float64(alpha),
			any(a.data).([]float64), lda, any(b.data).([]float64), b.stride(), float64(beta), o, b.cols)
	default:
		plainProduct(alpha, a, lda, b, beta, out)
	}
}

// plainProduct is multiplyPart for integers.
func plainProduct[T number](alpha T, a matrix[T], lda int, b matrix[T], beta T, out []T) {
	at := func(m matrix[T], ld, i, j int) T {
		if m.transposed {
			return m.data[j*ld+i]
		}
		return m.data[i*ld+j]
	}
	for i := range a.rows {
		for j := range b.cols {
			var sum T
			for k := range a.cols {
				sum += at(a, lda, i, k) * at(b, b.stride(), k, j)
			}
			out[i*b.cols+j] = alpha*sum + beta*out[i*b.cols+j]
		}
	}
}

func matMul(c *call) []*Tensor { return []*Tensor{c.matMul(c.input(0), c.input(1))} }

// matMul is the product of a and b, whose last two dimensions are those of matrices.
func (m *machine) matMul(a, b *Tensor) *Tensor {
	check(a.Type == b.Type, "operands are %v and %v", a.Type, b.Type)
	switch a.Type {
	case Float:
		return products[float32](m, a, b)
	case Double:
		return products[float64](m, a, b)
	case Int32:
		return products[int32](m, a, b)
	case Int64:
		return products[int64](m, a, b)
	case Uint32:
		return products[uint32](m, a, b)
	case Uint64:
		return products[uint64](m, a, b)
	}
	fail("elements of %v are not supported", a.Type)
	return nil
}

// matrixShapes are the shapes of a and b as stacks of matrices, and that of their
// product.
func matrixShapes(a, b []int) (as, bs, out []int) {
	check(len(a) > 0 && len(b) > 0, "product of a scalar")
	as, bs = a, b
	if len(a) == 1 {
		as = []int{1, a[0]}
	}
	if len(b) == 1 {
		bs = []int{b[0], 1}
	}
	check(as[len(as)-1] == bs[len(bs)-2], "shapes %v and %v do not fit", a, b)
	out = broadcast(as[:len(as)-2], bs[:len(bs)-2])
	if len(a) > 1 {
		out = append(out, as[len(as)-2])
	}
	if len(b) > 1 {
		out = append(out, bs[len(bs)-1])
	}
	return as, bs, out
}

func products[T number](m *machine, a, b *Tensor) *Tensor {
	as, bs, shape := matrixShapes(a.Shape, b.Shape)
	out := m.alloc(a.Type, shape)
	rows, inner, cols := as[len(as)-2], as[len(as)-1], bs[len(bs)-1]
	stack := broadcast(as[:len(as)-2], bs[:len(bs)-2])
	if product(bs[:len(bs)-2]) == 1 { // all of a are one matrix
		rows, stack, as = rows*product(stack), nil, as[len(as)-2:]
	}
	l := newLoops(append(stack, 1), append(as[:len(as)-2:len(as)-2], 1), append(bs[:len(bs)-2:len(bs)-2], 1))
	for i := range l.rows * l.row {
		r, k := i/l.row, i%l.row
		x := slice[T](a)[(l.at(r, 0)+k*l.step(0))*rows*inner:]
		y := slice[T](b)[(l.at(r, 1)+k*l.step(1))*inner*cols:]
		multiply(m, 1, matrix[T]{x, rows, inner, false}, matrix[T]{y, inner, cols, false}, 0, slice[T](out)[i*rows*cols:][:rows*cols])
	}
	return out
}

// gemm is alpha*A*B + beta*C.
func gemm(c *call) []*Tensor {
	a := c.input(0)
	switch a.Type {
	case Float:
		return []*Tensor{gemmOf[float32](c)}
	case Double:
		return []*Tensor{gemmOf[float64](c)}
	case Int32:
		return []*Tensor{gemmOf[int32](c)}
	case Int64:
		return []*Tensor{gemmOf[int64](c)}
	}
	fail("elements of %v are not supported", a.Type)
	return nil
}

func gemmOf[T number](c *call) *Tensor {
	a, b := matrixOf[T](c.input(0), c.flag("transA")), matrixOf[T](c.input(1), c.flag("transB"))
	check(a.cols == b.rows, "%d columns and %d rows", a.cols, b.rows)
	shape := []int{a.rows, b.cols}
	beta := T(0)
	var out *Tensor
	if third := c.optional(2); third != nil {
		beta = T(c.float("beta", 1))
		out = c.expanded(third, shape)
	} else {
		out = c.alloc(c.in[0].Type, shape)
	}
	multiply(c.machine, T(c.float("alpha", 1)), a, b, beta, slice[T](out))
	return out
}

func matrixOf[T any](t *Tensor, transposed bool) matrix[T] {
	check(len(t.Shape) == 2, "shape %v is not that of a matrix", t.Shape)
	x := matrix[T]{slice[T](t), t.Shape[0], t.Shape[1], transposed}
	if transposed {
		x.rows, x.cols = x.cols, x.rows
	}
	return x
}
