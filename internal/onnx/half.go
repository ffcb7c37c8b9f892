package onnx

import "math"

// fromHalf is the number that the 16 bits of h stand for.
func fromHalf(h uint16) float32 {
	sign, exp, frac := uint32(h>>15)<<31, uint32(h>>10&31), uint32(h&0x3ff)
	switch exp {
	case 0:
		f := float32(frac) / (1 << 24)
		return math.Float32frombits(math.Float32bits(f) | sign)
	case 31:
		return math.Float32frombits(sign | 0xff<<23 | frac<<13)
	}
	return math.Float32frombits(sign | (exp+112)<<23 | frac<<13)
}

// toHalf is f in 16 bits, rounded to the nearest, ties to even.
func toHalf(f float32) uint16 {
	b := math.Float32bits(f)
	sign := uint16(b >> 16 & 0x8000)
	b &= 0x7fffffff
	switch {
	case b > 0x7f800000:
		return sign | 0x7e00
	case b >= 0x47800000:
		return sign | 0x7c00 // too large, or infinite
	case b < 0x38800000:
		// The sum has the fraction in its last bits, rounded.
		return sign | uint16(math.Float32bits(math.Float32frombits(b)+0.5)-0x3f000000)
	}
	return sign | uint16((b-0x38000000+0xfff+b>>13&1)>>13)
}

// fromBrain and toBrain are the same for the other format of 16 bits.
func fromBrain(h uint16) float32 { return math.Float32frombits(uint32(h) << 16) }

func toBrain(f float32) uint16 {
	b := math.Float32bits(f)
	if b&0x7fffffff > 0x7f800000 {
		return uint16(b>>16) | 0x40
	}
	return uint16((b + 0x7fff + b>>16&1) >> 16)
}

// widened is t with elements of 32 bits, if it has floating-point numbers of 16.
func (m *machine) widened(t *Tensor) *Tensor {
	var wide func(uint16) float32
	switch t.Type {
	case Float16:
		wide = fromHalf
	case BFloat16:
		wide = fromBrain
	default:
		return t
	}
	out := m.alloc(Float, t.Shape)
	dst, src := slice[float32](out), slice[uint16](t)
	m.each(len(src), 2, func(i int) { dst[i] = wide(src[i]) })
	return out
}

// narrowed is t, of 32-bit floating-point numbers, with elements of type to.
func (m *machine) narrowed(t *Tensor, to Type) *Tensor {
	narrow := toHalf
	if to == BFloat16 {
		narrow = toBrain
	}
	out := m.alloc(to, t.Shape)
	dst, src := slice[uint16](out), slice[float32](t)
	m.each(len(src), 2, func(i int) { dst[i] = narrow(src[i]) })
	return out
}
