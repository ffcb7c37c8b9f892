package onnx

import (
	"math"
	"slices"
)

// quantization is the scale and the zero point of groups of elements.
type quantization struct {
	scale, zero func(i int) float64
	group       func(i int) int // that element i is of
}

// quantization reads scale and zero point, which are one for all or one for each element
// along an axis.
func (c *call) quantization(t, scale, zero *Tensor) quantization {
	q := quantization{scale: reader(scale), zero: func(int) float64 { return 0 }, group: func(int) int { return 0 }}
	if zero != nil {
		q.zero = reader(zero)
		check(zero.Len() == scale.Len(), "%d scales and %d zero points", scale.Len(), zero.Len())
	}
	if block := c.int("block_size", 0); block > 0 && scale.Len() != 1 {
		a := axis(c.int("axis", 1), len(t.Shape))
		n, inner := t.Shape[a], product(t.Shape[a+1:])
		blocks := (n + block - 1) / block
		want := slices.Clone(t.Shape)
		want[a] = blocks
		check(slices.Equal(scale.Shape, want), "scales of shape %v for blocks of shape %v", scale.Shape, want)
		q.group = func(i int) int { return (i/inner/n*blocks+i/inner%n/block)*inner + i%inner }
	} else if scale.Len() != 1 {
		a := axis(c.int("axis", 1), len(t.Shape))
		n, inner := t.Shape[a], product(t.Shape[a+1:])
		check(scale.Len() == n, "%d scales for %d", scale.Len(), n)
		q.group = func(i int) int { return i / inner % n }
	}
	return q
}

func dequantizeLinear(c *call) []*Tensor {
	t, scale := c.input(0), c.input(1)
	q := c.quantization(t, scale, c.optional(2))
	out := c.alloc(scale.Type, t.Shape)
	value, set := reader(t), writer(out)
	c.each(t.Len(), 4, func(i int) { g := q.group(i); set(i, (value(i)-q.zero(g))*q.scale(g)) })
	return []*Tensor{out}
}

func quantizeLinear(c *call) []*Tensor {
	t, scale, zero := c.input(0), c.input(1), c.optional(2)
	to := Uint8
	if d := c.int("output_dtype", 0); d != 0 {
		to = Type(d)
	} else if zero != nil {
		to = zero.Type
	}
	q := c.quantization(t, scale, zero)
	out := c.alloc(to, t.Shape)
	value, set := reader(t), saturating(out)
	c.each(t.Len(), 8, func(i int) {
		g := q.group(i)
		ratio := float32(value(i)) / float32(q.scale(g)) // in 32 bits, which decides what a tie is
		set(i, math.RoundToEven(float64(ratio))+q.zero(g))
	})
	return []*Tensor{out}
}

// saturating is writer for numbers that may not fit: they become the nearest that does.
func saturating(t *Tensor) func(i int, v float64) {
	lo, hi := 0.0, 0.0
	switch t.Type {
	case Uint8:
		hi = math.MaxUint8
	case Int8:
		lo, hi = math.MinInt8, math.MaxInt8
	case Uint16:
		hi = math.MaxUint16
	case Int16:
		lo, hi = math.MinInt16, math.MaxInt16
	case Int32:
		lo, hi = math.MinInt32, math.MaxInt32
	default:
		fail("elements of %v are not supported", t.Type)
	}
	set := writer(t)
	return func(i int, v float64) { set(i, math.Max(lo, math.Min(v, hi))) }
}

func dynamicQuantizeLinear(c *call) []*Tensor {
	t := c.input(0)
	check(t.Type == Float, "elements of %v are not supported", t.Type)
	lo, hi := float32(0), float32(0)
	for _, x := range slice[float32](t) {
		lo, hi = min(lo, x), max(hi, x)
	}
	scale := (hi - lo) / 255
	if scale == 0 {
		scale = 1
	}
	zero := math.RoundToEven(math.Max(0, math.Min(float64(-lo/scale), 255)))
	out := c.alloc(Uint8, t.Shape)
	set := saturating(out)
	c.each(t.Len(), 4, func(i int) { set(i, math.RoundToEven(float64(slice[float32](t)[i]/scale))+zero) })
	return []*Tensor{out, {Type: Float, data: []float32{scale}}, {Type: Uint8, data: []uint8{uint8(zero)}}}
}

// centred is t with 32-bit integers, less its zero points: one for all, or one for each
// place in the dimension that so many others follow.
func (c *call) centred(t, zero *Tensor, following int) *Tensor {
	wide := c.castTemporary(t, Int32)
	if zero == nil {
		return wide
	}
	z := c.castTemporary(zero, Int32)
	if z.Len() > 1 && len(z.Shape) == 1 {
		shape := []int{z.Shape[0]}
		for range following {
			shape = append(shape, 1)
		}
		z = z.view(shape...)
	}
	out := c.arithmetic("Sub", wide, z)
	c.scratch = append(c.scratch, out)
	return out
}

func matMulInteger(c *call) []*Tensor {
	return []*Tensor{c.matMul(c.centred(c.input(0), c.optional(2), 1), c.centred(c.input(1), c.optional(3), 0))}
}

func convInteger(c *call) []*Tensor {
	x, w := c.centred(c.input(0), c.optional(2), 0), c.centred(c.input(1), c.optional(3), len(c.input(1).Shape)-1)
	return []*Tensor{convOf[int32](c, x, w, nil)}
}

func qLinearMatMul(c *call) []*Tensor {
	a, b := c.centred(c.input(0), c.input(2), 1), c.centred(c.input(3), c.input(5), 0)
	sum := c.matMul(a, b)
	defer c.release(sum)
	return []*Tensor{c.requantized(sum, c.input(1), c.input(4), c.input(6), c.input(7), len(sum.Shape)-1)}
}

func qLinearConv(c *call) []*Tensor {
	x, w := c.centred(c.input(0), c.input(2), 0), c.centred(c.input(3), c.input(5), len(c.input(3).Shape)-1)
	bias := c.optional(8)
	sum := convOf[int32](c, x, w, bias)
	defer c.release(sum)
	return []*Tensor{c.requantized(sum, c.input(1), c.input(4), c.input(6), c.input(7), 1)}
}

// requantized is sum, whose unit is the product of two scales, in the unit of a third.
// Those of b may differ along an axis.
func (c *call) requantized(sum, a, b, y, zero *Tensor, along int) *Tensor {
	out := c.alloc(zero.Type, sum.Shape)
	check(a.Len() == 1 && y.Len() == 1 && zero.Len() == 1 && (b.Len() == 1 || b.Len() == sum.Shape[along]), "scales %v, %v, %v", a.Shape, b.Shape, y.Shape)
	unit, by, z, set := reader(a)(0)/reader(y)(0), reader(b), reader(zero)(0), saturating(out)
	inner := product(sum.Shape[along+1:])
	c.each(sum.Len(), 8, func(i int) {
		set(i, math.RoundToEven(float64(slice[int32](sum)[i])*unit*by(i/inner%sum.Shape[along]%b.Len()))+z)
	})
	return out
}
