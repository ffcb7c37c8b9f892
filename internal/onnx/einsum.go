package onnx

import (
	"slices"
	"strings"
)

// einsum sums products of elements whose indices are named by an equation such as
// "bij,bjk->bik".
func einsum(c *call) []*Tensor {
	e := c.equation()
	switch c.input(0).Type {
	case Float:
		return []*Tensor{einsumOf[float32](c, e)}
	case Double:
		return []*Tensor{einsumOf[float64](c, e)}
	case Int32:
		return []*Tensor{einsumOf[int32](c, e)}
	case Int64:
		return []*Tensor{einsumOf[int64](c, e)}
	}
	fail("elements of %v are not supported", c.in[0].Type)
	return nil
}

// equation is what indices the elements of operands have.
type equation struct {
	sizes map[rune]int
	out   []rune   // the indices of the result
	gone  []rune   // those that are summed over
	in    [][]rune // the indices of the operands
}

// dots are the names that "..." stands for, counted from its end.
const dots = 'α'

func (c *call) equation() *equation {
	left, right, explicit := strings.Cut(strings.ReplaceAll(c.text("equation", ""), " ", ""), "->")
	terms := strings.Split(left, ",")
	check(len(terms) == len(c.in), "%d terms for %d operands", len(terms), len(c.in))
	e, most := &equation{sizes: map[rune]int{}}, 0
	for i, term := range terms {
		shape := c.input(i).Shape
		n := len(shape) - len(strings.ReplaceAll(term, "...", ""))
		check(n >= 0 && (n == 0 || strings.Contains(term, "...")), "term %q for shape %v", term, shape)
		if strings.Contains(term, "...") {
			most = max(most, n)
		}
		e.in = append(e.in, e.indices(term, n))
		for d, name := range e.in[i] {
			if e.sizes[name] <= 1 {
				e.sizes[name] = shape[d]
			}
			check(shape[d] == e.sizes[name] || shape[d] == 1, "index %c is %d and %d", name, shape[d], e.sizes[name])
		}
	}
	if explicit {
		e.out = e.indices(right, most)
	} else {
		e.out = e.implicit(left, most)
	}
	for _, names := range e.in {
		for _, name := range names {
			if !slices.Contains(e.out, name) && !slices.Contains(e.gone, name) {
				e.gone = append(e.gone, name)
			}
		}
	}
	return e
}

// indices are the names in a term, with n for "...".
func (e *equation) indices(term string, n int) []rune {
	var list []rune
	before, after, found := strings.Cut(term, "...")
	list = append(list, []rune(before)...)
	if found {
		for i := n; i > 0; i-- {
			list = append(list, dots+rune(i))
		}
	}
	return append(list, []rune(after)...)
}

// implicit are the indices of a result that is not named: "...", and then the names that
// occur once, in the order of the alphabet.
func (e *equation) implicit(left string, n int) []rune {
	list := e.indices("...", n)
	names := []rune(strings.NewReplacer(".", "", ",", "").Replace(left))
	slices.Sort(names)
	for i, name := range names {
		if (i == 0 || names[i-1] != name) && (i+1 == len(names) || names[i+1] != name) {
			list = append(list, name)
		}
	}
	return list
}

// steps are the distances in an operand between neighbours of each index in names.
func (e *equation) steps(t *Tensor, operand int, names []rune) []int {
	own, out := strides(t.Shape), make([]int, len(names))
	for i, name := range names {
		for d, have := range e.in[operand] {
			if have == name && t.Shape[d] > 1 {
				out[i] += own[d]
			}
		}
	}
	return out
}

func (e *equation) shape(names []rune) []int {
	list := make([]int, len(names))
	for i, name := range names {
		size, ok := e.sizes[name]
		check(ok, "no operand has index %c", name)
		list[i] = size
	}
	return list
}

func einsumOf[T number](c *call, e *equation) *Tensor {
	shape, gone := e.shape(e.out), e.shape(e.gone)
	n, ok := count(gone)
	check(ok && len(e.in) <= maxRank, "%v indices are summed over", gone)
	out := c.alloc(c.in[0].Type, shape)
	data, kept, summed := make([][]T, len(c.in)), make([][]int, len(c.in)), make([][]int, len(c.in))
	for i, t := range c.in {
		check(t.Type == out.Type, "operands are %v and %v", out.Type, t.Type)
		data[i], kept[i], summed[i] = slice[T](t), e.steps(t, i, e.out), e.steps(t, i, e.gone)
	}
	dst := slice[T](out)
	c.each(len(dst), n*len(data), func(i int) {
		base := [maxRank]int{}
		for k := range data {
			base[k] = offset(i, shape, kept[k])
		}
		var sum T
		for j := range n {
			v := T(1)
			for k := range data {
				v *= data[k][base[k]+offset(j, gone, summed[k])]
			}
			sum += v
		}
		dst[i] = sum
	})
	return out
}
