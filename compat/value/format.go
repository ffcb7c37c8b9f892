package value

import (
	"bytes"
	"math"
	"math/bits"
	"strconv"
)

// String is v as WasmEdge prints a result: see [Append].
func (v Value) String() string { return string(Append(nil, v)) }

// Append appends v to dst as WasmEdge prints a result: integers in signed
// decimal, floats by [AppendFloat], a v128 as one unsigned decimal number of 128
// bits, references by the top type of their hierarchy ("<funcref>",
// "<null anyref>"). An invalid value prints as nothing.
func Append(dst []byte, v Value) []byte {
	switch {
	case v.Kind == I32:
		return strconv.AppendInt(dst, int64(int32(v.Lo)), 10)
	case v.Kind == I64:
		return strconv.AppendInt(dst, int64(v.Lo), 10)
	case v.Kind == F32:
		return AppendFloat(dst, float64(math.Float32frombits(uint32(v.Lo))), 32)
	case v.Kind == F64:
		return AppendFloat(dst, math.Float64frombits(v.Lo), 64)
	case v.Kind == V128:
		return appendUint128(dst, v.Hi, v.Lo)
	case v.Kind.IsRef():
		dst = append(dst, '<')
		if v.Null {
			dst = append(dst, "null "...)
		}
		return append(append(dst, v.Kind.String()...), '>')
	}
	return dst
}

// AppendFloat appends f as the C++ library fmt writes "{}": the shortest digits
// that read back as the same number of size 32 or 64; positional notation for
// decimal exponents from -4 to 15, else scientific with a sign and at least two
// digits of exponent; no ".0" on whole numbers; a NaN shows its sign only.
func AppendFloat(dst []byte, f float64, size int) []byte {
	if math.Signbit(f) {
		dst = append(dst, '-')
	}
	f = math.Abs(f)
	switch {
	case math.IsNaN(f):
		return append(dst, "nan"...)
	case math.IsInf(f, 0):
		return append(dst, "inf"...)
	}
	var room [32]byte
	scientific := strconv.AppendFloat(room[:0], f, 'e', -1, size)
	mark := bytes.IndexByte(scientific, 'e')
	exponent, err := strconv.Atoi(string(scientific[mark+1:]))
	if err != nil || exponent < -4 || exponent >= 16 {
		return append(dst, scientific...)
	}
	return strconv.AppendFloat(dst, f, 'f', -1, size)
}

// appendUint128 appends hi<<64 + lo in decimal.
func appendUint128(dst []byte, hi, lo uint64) []byte {
	const group = 1e19 // the largest power of ten in 64 bits
	if hi == 0 {
		return strconv.AppendUint(dst, lo, 10)
	}
	quotient := hi / group
	rest, low := bits.Div64(hi%group, lo, group)
	dst = appendUint128(dst, quotient, rest)
	var room [20]byte
	tail := strconv.AppendUint(room[:0], low, 10)
	for range 19 - len(tail) {
		dst = append(dst, '0')
	}
	return append(dst, tail...)
}
