package onnx

import "math"

// cast is t with elements of type to: numbers are cut towards zero, and anything but zero
// is true.
func (m *machine) cast(t *Tensor, to Type) *Tensor {
	check(to.Size() > 0, "elements of %v are not supported", to)
	if t.Type == to {
		m.retain(t)
		return t
	}
	if t.Type == Float16 || t.Type == BFloat16 {
		wide := m.widened(t)
		defer m.release(wide)
		return m.cast(wide, to)
	}
	if to == Float16 || to == BFloat16 {
		wide := m.cast(t, Float)
		defer m.release(wide)
		return m.narrowed(wide, to)
	}
	switch t.Type {
	case Float:
		return castDecimals[float32](m, t, to)
	case Double:
		return castDecimals[float64](m, t, to)
	case Int64:
		return castIntegers[int64](m, t, to)
	case Int32:
		return castIntegers[int32](m, t, to)
	case Int16:
		return castIntegers[int16](m, t, to)
	case Int8:
		return castIntegers[int8](m, t, to)
	case Uint16:
		return castIntegers[uint16](m, t, to)
	case Uint32:
		return castIntegers[uint32](m, t, to)
	case Uint64:
		return castIntegers[uint64](m, t, to)
	}
	return castIntegers[uint8](m, t, to)
}

// castTemporary is cast for what an operator itself wants only.
func (c *call) castTemporary(t *Tensor, to Type) *Tensor {
	out := c.cast(t, to)
	c.scratch = append(c.scratch, out)
	return out
}

// castDecimals is cast for floating-point numbers. Those that an integer cannot hold
// become the nearest that fits in 64 bits, and are then cut.
func castDecimals[F float32 | float64](m *machine, t *Tensor, to Type) *Tensor {
	switch to {
	case Float:
		return mapped(m, t, to, func(x F) float32 { return float32(x) })
	case Double:
		return mapped(m, t, to, func(x F) float64 { return float64(x) })
	case Bool:
		return mapped(m, t, to, func(x F) uint8 { return bit(x != 0) })
	case Uint64:
		return mapped(m, t, to, func(x F) uint64 {
			if x >= 1<<63 {
				return uint64(float64(x))
			}
			return uint64(whole(x))
		})
	}
	wide := mapped(m, t, Int64, whole[F])
	defer m.release(wide)
	return m.cast(wide, to)
}

// whole is x cut towards zero.
func whole[F float32 | float64](x F) int64 {
	switch {
	case x != x:
		return 0
	case x >= math.MaxInt64:
		return math.MaxInt64
	case x <= math.MinInt64:
		return math.MinInt64
	}
	return int64(x)
}

func castIntegers[F int8 | int16 | int32 | int64 | uint8 | uint16 | uint32 | uint64](m *machine, t *Tensor, to Type) *Tensor {
	switch to {
	case Float:
		return mapped(m, t, to, func(x F) float32 { return float32(x) })
	case Double:
		return mapped(m, t, to, func(x F) float64 { return float64(x) })
	case Int64:
		return mapped(m, t, to, func(x F) int64 { return int64(x) })
	case Int32:
		return mapped(m, t, to, func(x F) int32 { return int32(x) })
	case Int16:
		return mapped(m, t, to, func(x F) int16 { return int16(x) })
	case Int8:
		return mapped(m, t, to, func(x F) int8 { return int8(x) })
	case Uint64:
		return mapped(m, t, to, func(x F) uint64 { return uint64(x) })
	case Uint32:
		return mapped(m, t, to, func(x F) uint32 { return uint32(x) })
	case Uint16:
		return mapped(m, t, to, func(x F) uint16 { return uint16(x) })
	case Uint8:
		return mapped(m, t, to, func(x F) uint8 { return uint8(x) })
	}
	return mapped(m, t, to, func(x F) uint8 { return bit(x != 0) })
}

func castTo(c *call) []*Tensor {
	return []*Tensor{c.cast(c.input(0), Type(c.int("to", 0)))}
}

func castLike(c *call) []*Tensor { return []*Tensor{c.cast(c.input(0), c.input(1).Type)} }
