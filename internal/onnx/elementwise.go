package onnx

import "math"

// real is an operator that is a function of floating-point numbers, or of integers where
// those are exact in 64 bits.
func real(f func(float64) float64) operator {
	return realWith(func(*call) func(float64) float64 { return f })
}

// realWith is real for a function that depends on attributes.
func realWith(with func(*call) func(float64) float64) operator {
	return func(c *call) []*Tensor { return []*Tensor{c.real(c.input(0), with(c))} }
}

func (m *machine) real(t *Tensor, f func(float64) float64) *Tensor {
	switch t.Type {
	case Float:
		return mapped(m, t, Float, func(x float32) float32 { return float32(f(float64(x))) })
	case Double:
		return mapped(m, t, Double, f)
	case Int32:
		return mapped(m, t, Int32, func(x int32) int32 { return int32(f(float64(x))) })
	case Int64:
		return mapped(m, t, Int64, func(x int64) int64 { return int64(f(float64(x))) })
	case Int16:
		return mapped(m, t, Int16, func(x int16) int16 { return int16(f(float64(x))) })
	case Int8:
		return mapped(m, t, Int8, func(x int8) int8 { return int8(f(float64(x))) })
	case Uint8:
		return mapped(m, t, Uint8, func(x uint8) uint8 { return uint8(f(float64(x))) })
	}
	fail("elements of %v are not supported", t.Type)
	return nil
}

func sigmoid(x float64) float64 { return 1 / (1 + math.Exp(-x)) }

func softplus(x float64) float64 { return math.Max(x, 0) + math.Log1p(math.Exp(-math.Abs(x))) }

func relu(x float64) float64 { return math.Max(x, 0) }

func sign(x float64) float64 {
	switch {
	case x > 0:
		return 1
	case x < 0:
		return -1
	}
	return x
}

func leakyRelu(c *call) func(float64) float64 { return slope(float64(c.float("alpha", 0.01))) }

// slope is a function that multiplies what is negative by a.
func slope(a float64) func(float64) float64 {
	return func(x float64) float64 {
		if x < 0 {
			return a * x
		}
		return x
	}
}

func elu(c *call) func(float64) float64 {
	a := float64(c.float("alpha", 1))
	return func(x float64) float64 {
		if x < 0 {
			return a * math.Expm1(x)
		}
		return x
	}
}

func celu(c *call) func(float64) float64 {
	a := float64(c.float("alpha", 1))
	return func(x float64) float64 { return math.Max(x, 0) + math.Min(0, a*math.Expm1(x/a)) }
}

func selu(c *call) func(float64) float64 {
	a, g := float64(c.float("alpha", 1.67326319217681884765625)), float64(c.float("gamma", 1.05070102214813232421875))
	return func(x float64) float64 {
		if x > 0 {
			return g * x
		}
		return g * a * math.Expm1(x)
	}
}

func thresholdedRelu(c *call) func(float64) float64 {
	a := float64(c.float("alpha", 1))
	return func(x float64) float64 {
		if x > a {
			return x
		}
		return 0
	}
}

func hardSigmoid(c *call) func(float64) float64 {
	a, b := float64(c.float("alpha", 0.2)), float64(c.float("beta", 0.5))
	return func(x float64) float64 { return math.Max(0, math.Min(1, a*x+b)) }
}

func hardSwish(x float64) float64 { return x * math.Max(0, math.Min(1, x/6+0.5)) }

func swish(c *call) func(float64) float64 {
	a := float64(c.float("alpha", 1))
	return func(x float64) float64 { return x * sigmoid(a*x) }
}

func mish(x float64) float64 { return x * math.Tanh(softplus(x)) }

func gelu(c *call) func(float64) float64 {
	if c.text("approximate", "none") == "tanh" {
		return func(x float64) float64 {
			return 0.5 * x * (1 + math.Tanh(math.Sqrt(2/math.Pi)*(x+0.044715*x*x*x)))
		}
	}
	return func(x float64) float64 { return 0.5 * x * (1 + math.Erf(x/math.Sqrt2)) }
}

func shrink(c *call) func(float64) float64 {
	bias, lambd := float64(c.float("bias", 0)), float64(c.float("lambd", 0.5))
	return func(x float64) float64 {
		switch {
		case x < -lambd:
			return x + bias
		case x > lambd:
			return x - bias
		}
		return 0
	}
}

func absolute(c *call) []*Tensor {
	t := c.input(0)
	switch t.Type {
	case Int64:
		return []*Tensor{mapped(c.machine, t, Int64, func(x int64) int64 { return max(x, -x) })}
	case Uint8, Uint16, Uint32, Uint64:
		return identity(c)
	}
	return []*Tensor{c.real(t, math.Abs)}
}

func negative(c *call) []*Tensor {
	t := c.input(0)
	if t.Type == Int64 {
		return []*Tensor{mapped(c.machine, t, Int64, func(x int64) int64 { return -x })}
	}
	return []*Tensor{c.real(t, func(x float64) float64 { return -x })}
}

func not(c *call) []*Tensor {
	t := c.input(0)
	check(t.Type == Bool, "%v, want %v", t.Type, Bool)
	return []*Tensor{mapped(c.machine, t, Bool, func(x uint8) uint8 { return 1 - x&1 })}
}

// predicate is an operator that says something of floating-point numbers.
func predicate(with func(*call) func(float64) bool) operator {
	return func(c *call) []*Tensor {
		t, f := c.input(0), with(c)
		switch t.Type {
		case Float:
			return []*Tensor{mapped(c.machine, t, Bool, func(x float32) uint8 { return bit(f(float64(x))) })}
		case Double:
			return []*Tensor{mapped(c.machine, t, Bool, func(x float64) uint8 { return bit(f(x)) })}
		}
		fail("elements of %v are not supported", t.Type)
		return nil
	}
}

func bit(b bool) uint8 {
	if b {
		return 1
	}
	return 0
}

func isNaN(*call) func(float64) bool { return math.IsNaN }

func isInf(c *call) func(float64) bool {
	negative, positive := c.int("detect_negative", 1) != 0, c.int("detect_positive", 1) != 0
	return func(x float64) bool { return positive && math.IsInf(x, 1) || negative && math.IsInf(x, -1) }
}

// clip bounds elements by inputs, or attributes in older models.
func clip(c *call) []*Tensor {
	t := c.input(0)
	lo, hi := c.optional(1), c.optional(2)
	if c.opset < 11 {
		l, h := float64(c.float("min", -math.MaxFloat32)), float64(c.float("max", math.MaxFloat32))
		return []*Tensor{c.real(t, func(x float64) float64 { return math.Min(math.Max(x, l), h) })}
	}
	if lo != nil {
		t = c.arithmetic("Max", t, lo)
	}
	if hi != nil {
		next := c.arithmetic("Min", t, hi)
		if lo != nil {
			c.release(t)
		}
		t = next
	}
	if lo == nil && hi == nil {
		return identity(c)
	}
	return []*Tensor{t}
}

// arithmetic is op, by its name, of a and b, which are of one type.
func (m *machine) arithmetic(op string, a, b *Tensor) *Tensor {
	check(a.Type == b.Type, "operands are %v and %v", a.Type, b.Type)
	switch a.Type {
	case Float:
		return combine(m, a, b, Float, decimal[float32](op))
	case Double:
		return combine(m, a, b, Double, decimal[float64](op))
	case Int64:
		return combine(m, a, b, Int64, integer[int64](op))
	case Int32:
		return combine(m, a, b, Int32, integer[int32](op))
	case Int16:
		return combine(m, a, b, Int16, integer[int16](op))
	case Int8:
		return combine(m, a, b, Int8, integer[int8](op))
	case Uint8:
		return combine(m, a, b, Uint8, integer[uint8](op))
	case Uint16:
		return combine(m, a, b, Uint16, integer[uint16](op))
	case Uint32:
		return combine(m, a, b, Uint32, integer[uint32](op))
	case Uint64:
		return combine(m, a, b, Uint64, integer[uint64](op))
	}
	fail("elements of %v are not supported", a.Type)
	return nil
}

// decimal is op for floating-point numbers.
func decimal[T float32 | float64](op string) func(x, y T) T {
	switch op {
	case "Add":
		return func(x, y T) T { return x + y }
	case "Sub":
		return func(x, y T) T { return x - y }
	case "Mul":
		return func(x, y T) T { return x * y }
	case "Div":
		return func(x, y T) T { return x / y }
	case "Max":
		return func(x, y T) T { return max(x, y) }
	case "Min":
		return func(x, y T) T { return min(x, y) }
	case "Pow":
		return func(x, y T) T { return T(math.Pow(float64(x), float64(y))) }
	case "Fmod":
		return func(x, y T) T { return T(math.Mod(float64(x), float64(y))) }
	case "Mod":
		return func(x, y T) T {
			r := math.Mod(float64(x), float64(y))
			if r != 0 && (r < 0) != (y < 0) {
				r += float64(y)
			}
			return T(r)
		}
	case "PRelu":
		return func(x, y T) T {
			if x < 0 {
				return x * y
			}
			return x
		}
	}
	fail("no %s of floating-point numbers", op)
	return nil
}

// integer is op for integers.
func integer[T int8 | int16 | int32 | int64 | uint8 | uint16 | uint32 | uint64](op string) func(x, y T) T {
	switch op {
	case "Add":
		return func(x, y T) T { return x + y }
	case "Sub":
		return func(x, y T) T { return x - y }
	case "Mul":
		return func(x, y T) T { return x * y }
	case "Div":
		return func(x, y T) T { return x / nonzero(y) }
	case "Max":
		return func(x, y T) T { return max(x, y) }
	case "Min":
		return func(x, y T) T { return min(x, y) }
	case "Pow":
		return func(x, y T) T { return T(math.Pow(float64(x), float64(y))) }
	case "Fmod":
		return func(x, y T) T { return x % nonzero(y) }
	case "Mod":
		return func(x, y T) T {
			r := x % nonzero(y)
			if r != 0 && (r < 0) != (y < 0) {
				r += y
			}
			return r
		}
	case "And":
		return func(x, y T) T { return x & y }
	case "Or":
		return func(x, y T) T { return x | y }
	case "Xor":
		return func(x, y T) T { return x ^ y }
	case "LEFT":
		return func(x, y T) T { return x << uint64(y) }
	case "RIGHT":
		return func(x, y T) T { return x >> uint64(y) }
	case "PRelu":
		return func(x, y T) T {
			if x < 0 {
				return x * y
			}
			return x
		}
	}
	fail("no %s of integers", op)
	return nil
}

func nonzero[T number](y T) T {
	check(y != 0, "division by zero")
	return y
}

// pairwise is an operator of two operands.
func pairwise(op string) operator {
	return func(c *call) []*Tensor { return []*Tensor{c.arithmetic(op, c.input(0), c.input(1))} }
}

// variadic is an operator of any number of operands, of which op combines two.
func variadic(op string) operator {
	return func(c *call) []*Tensor { return []*Tensor{c.fold(op)} }
}

// fold combines all inputs.
func (c *call) fold(op string) *Tensor {
	t := c.input(0)
	c.retain(t)
	for i := 1; i < len(c.in); i++ {
		next := c.arithmetic(op, t, c.input(i))
		c.release(t)
		t = next
	}
	return t
}

func mean(c *call) []*Tensor {
	sum, n := c.fold("Add"), float64(len(c.in))
	defer c.release(sum)
	return []*Tensor{c.real(sum, func(x float64) float64 { return x / n })}
}

// power computes in the type of the base.
func power(c *call) []*Tensor {
	a, b := c.input(0), c.input(1)
	return []*Tensor{c.arithmetic("Pow", a, c.castTemporary(b, a.Type))}
}

func modulo(c *call) []*Tensor {
	op := "Mod"
	if c.flag("fmod") {
		op = "Fmod"
	}
	return pairwise(op)(c)
}

func bitShift(c *call) []*Tensor { return pairwise(c.text("direction", ""))(c) }

func bitwiseNot(c *call) []*Tensor {
	t := c.input(0)
	ones := c.temporary(t.Type, 1)
	switch d := ones.data.(type) {
	case []int8:
		d[0] = -1
	case []int16:
		d[0] = -1
	case []int32:
		d[0] = -1
	case []int64:
		d[0] = -1
	case []uint8:
		d[0] = math.MaxUint8
	case []uint16:
		d[0] = math.MaxUint16
	case []uint32:
		d[0] = math.MaxUint32
	case []uint64:
		d[0] = math.MaxUint64
	}
	return []*Tensor{c.arithmetic("Xor", t, ones)}
}

// logical is an operator of two truth values.
func logical(op string) operator {
	return func(c *call) []*Tensor {
		a, b := c.input(0), c.input(1)
		check(a.Type == Bool && b.Type == Bool, "operands are %v and %v", a.Type, b.Type)
		return []*Tensor{combine(c.machine, a, b, Bool, integer[uint8](op))}
	}
}

// comparison is an operator that compares two operands.
func comparison(op string) operator {
	return func(c *call) []*Tensor { return []*Tensor{c.compare(op, c.input(0), c.input(1))} }
}

func (m *machine) compare(op string, a, b *Tensor) *Tensor {
	check(a.Type == b.Type, "operands are %v and %v", a.Type, b.Type)
	switch a.Type {
	case Float:
		return combine(m, a, b, Bool, order[float32](op))
	case Double:
		return combine(m, a, b, Bool, order[float64](op))
	case Int64:
		return combine(m, a, b, Bool, order[int64](op))
	case Int32:
		return combine(m, a, b, Bool, order[int32](op))
	case Int16:
		return combine(m, a, b, Bool, order[int16](op))
	case Int8:
		return combine(m, a, b, Bool, order[int8](op))
	case Uint8, Bool:
		return combine(m, a, b, Bool, order[uint8](op))
	case Uint16:
		return combine(m, a, b, Bool, order[uint16](op))
	case Uint32:
		return combine(m, a, b, Bool, order[uint32](op))
	}
	return combine(m, a, b, Bool, order[uint64](op))
}

func order[T number](op string) func(x, y T) uint8 {
	switch op {
	case "Equal":
		return func(x, y T) uint8 { return bit(x == y) }
	case "Less":
		return func(x, y T) uint8 { return bit(x < y) }
	case "LessOrEqual":
		return func(x, y T) uint8 { return bit(x <= y) }
	case "Greater":
		return func(x, y T) uint8 { return bit(x > y) }
	}
	return func(x, y T) uint8 { return bit(x >= y) }
}

// where chooses between elements of two operands.
func where(c *call) []*Tensor {
	cond, a, b := c.input(0), c.input(1), c.input(2)
	check(cond.Type == Bool, "the condition is %v", cond.Type)
	out := c.alloc(a.Type, broadcast(cond.Shape, a.Shape, b.Shape))
	l := newLoops(out.Shape, cond.Shape, a.Shape, b.Shape)
	first, second, which := copierOf(out, a), copierOf(out, b), slice[uint8](cond)
	c.spans(l, func(s span) {
		for i := s.lo; i < s.hi; i++ {
			if which[l.at(s.r, 0)+i*l.step(0)] != 0 {
				first(s.r*l.row+i, l.at(s.r, 1)+i*l.step(1), 1, 1)
			} else {
				second(s.r*l.row+i, l.at(s.r, 2)+i*l.step(2), 1, 1)
			}
		}
	})
	return []*Tensor{out}
}
