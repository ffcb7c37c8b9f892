package native

import (
	"math"
	"math/bits"

	"github.com/wazedge/wazedge/internal/wasm"
)

// Division by a constant is multiplication by its reciprocal (Granlund and Montgomery, Division by
// Invariant Integers using Multiplication): the upper part of the product, shifted.

// divideBy lowers x / c to machine operations, or x % c, without an instruction that divides; sub is
// as [divisionOf] has it. It reports whether it has: not for 0, and not where -1 may overflow.
func (l *lowering) divideBy(x value, v *val, sub uint8) bool {
	c, ok := l.isConst(v.b)
	if !ok || c == 0 {
		return false
	}
	d := division{lowering: l, w: uint8(v.typ.bytes()), typ: v.typ}
	signed := sub == 0 || sub == 2
	divisor := c // its absolute value
	negative := false
	if signed {
		n := int64(c)
		if v.typ == i32 {
			n = int64(int32(uint32(c)))
		}
		if negative = n < 0; negative {
			divisor = uint64(-n)
		}
	}
	if divisor == 1 {
		return false
	}
	n := l.vreg(v.a)
	to := vreg(x)
	if sub >= 2 {
		to = l.temp(v.typ)
	}
	power := divisor&(divisor-1) == 0
	switch {
	case !signed && power:
		d.shift(shShr, to, n, bits.TrailingZeros64(divisor))
	case !signed && v.typ == i32:
		d.unsigned32(to, n, divisor)
	case !signed:
		d.unsigned64(to, n, divisor)
	case power:
		d.signedPower(to, n, bits.TrailingZeros64(divisor), negative && sub == 0)
	case v.typ == i32:
		d.signed32(to, n, divisor, negative && sub == 0)
	default:
		d.signed64(to, n, divisor, negative && sub == 0)
	}
	if sub >= 2 { // the sign of a remainder is the dividend's, whatever the divisor's
		d.two(mAlu, aluSub, vreg(x), n, d.times(to, divisor))
	}
	return true
}

// division makes the operations of one.
type division struct {
	*lowering
	w   uint8
	typ typ
}

func reading(v vreg) use { return use{v: v, kind: inReg, fix: noReg} }

// two is to = a op b.
func (d *division) two(m mop, sub uint8, to, a, b vreg) {
	d.emit(ins{op: m, sub: sub, w: d.w, same: true, defs: out(to), uses: []use{reading(a), reading(b).untilWritten()}, mem: -1, ctx: -1})
}

// shift is to = a shifted by n.
func (d *division) shift(sub uint8, to, a vreg, n int) {
	d.emit(ins{op: mShiftImm, sub: sub, w: d.w, imm: int64(n), same: true, defs: out(to), uses: []use{reading(a)}, mem: -1, ctx: -1})
}

// constant is a register with n.
func (d *division) constant(n uint64) vreg {
	t := d.temp(i64)
	d.emit(ins{op: mImm, w: 8, imm: int64(n), defs: out(t), mem: -1, ctx: -1})
	return t
}

// times is a * n.
func (d *division) times(a vreg, n uint64) vreg {
	t := d.temp(d.typ)
	factor := int64(n)
	if d.typ == i32 {
		factor = int64(int32(uint32(n)))
	}
	if factor != int64(int32(factor)) {
		d.two(mImul, 0, t, a, d.constant(n))
		return t
	}
	d.emit(ins{op: mImulImm, w: d.w, imm: factor, defs: out(t), uses: []use{reading(a)}, mem: -1, ctx: -1})
	return t
}

// upper is to = the upper half of a * n, both of 64 bits.
func (d *division) upper(to, a vreg, n uint64, signed bool) {
	d.m.target.upper(d.lowering, to, a, d.constant(n), signed)
}

// negate is to = -a.
func (d *division) negate(to, a vreg) {
	d.emit(ins{op: mNeg, w: d.w, same: true, defs: out(to), uses: []use{reading(a)}, mem: -1, ctx: -1})
}

// wide has its operations be of 64 bits.
func (d *division) wide() division { return division{d.lowering, 8, i64} }

// extended is the i32 a in 64 bits.
func (d *division) extended(a vreg, how uint8) vreg {
	t := d.temp(i64)
	d.emit(ins{op: mExt, sub: how, w: 8, defs: out(t), uses: []use{reading(a)}, mem: -1, ctx: -1})
	return t
}

// unsigned32 is to = n / c, of 32 bits. With m = ceil(2^k / c), n*m / 2^k is exact while the error
// of m, less than c, times n is less than 2^k.
func (d *division) unsigned32(to, n vreg, c uint64) {
	q := d.wide()
	x, y := d.extended(n, extL), d.temp(i64)
	if m, shift, ok := reciprocal(c, 32); ok {
		p := d.temp(i64)
		q.two(mImul, 0, p, x, d.constant(m))
		q.shift(shShr, y, p, 32+shift)
	} else {
		d.upper(y, x, math.MaxUint64/c+1, false) // c does not divide 2^64
	}
	d.emit(ins{op: mExt, sub: extL, w: 4, defs: out(to), uses: []use{reading(y)}, mem: -1, ctx: -1})
}

// reciprocal is ceil(2^(width+shift) / c), if it has no more than width bits and its product with any
// number of width bits is exact enough; c is no power of two.
func reciprocal(c uint64, width int) (m uint64, shift int, ok bool) {
	for shift = 0; shift < bits.Len64(c); shift++ {
		var rest uint64
		if width == 64 {
			if uint64(1)<<shift >= c {
				return 0, 0, false
			}
			m, rest = bits.Div64(1<<shift, 0, c)
		} else {
			m, rest = (1<<(width+shift))/c, (1<<(width+shift))%c
		}
		if m++; m == 0 || m>>(width-1)>>1 != 0 {
			return 0, 0, false
		}
		if c-rest <= 1<<shift {
			return m, shift, true
		}
	}
	return 0, 0, false
}

// unsigned64 is to = n / c, of 64 bits.
func (d *division) unsigned64(to, n vreg, c uint64) {
	if m, shift, ok := reciprocal(c, 64); ok {
		if shift == 0 {
			d.upper(to, n, m, false)
			return
		}
		p := d.temp(i64)
		d.upper(p, n, m, false)
		d.shift(shShr, to, p, shift)
		return
	}
	// The reciprocal has 65 bits: p = n * (m - 2^64) / 2^64, and (p + n) / 2^s without a carry.
	s := bits.Len64(c)
	m := ^uint64(0)
	if s < 64 {
		m, _ = bits.Div64(1<<s-c, 0, c)
	} else {
		m, _ = bits.Div64(-c, 0, c)
	}
	p, left, half, sum := d.temp(i64), d.temp(i64), d.temp(i64), d.temp(i64)
	d.upper(p, n, m+1, false)
	d.two(mAlu, aluSub, left, n, p)
	d.shift(shShr, half, left, 1)
	d.two(mAlu, aluAdd, sum, half, p)
	d.shift(shShr, to, sum, s-1)
}

// signedPower is to = n / 2^k, or its opposite.
func (d *division) signedPower(to, n vreg, k int, negative bool) {
	width := 8 * int(d.w)
	sign, add, sum, q := d.temp(d.typ), d.temp(d.typ), d.temp(d.typ), to
	if negative {
		q = d.temp(d.typ)
	}
	d.shift(shSar, sign, n, width-1)
	d.shift(shShr, add, sign, width-k) // 2^k - 1 of a negative one, so that the shift rounds towards zero
	d.two(mAlu, aluAdd, sum, add, n)
	d.shift(shSar, q, sum, k)
	if negative {
		d.negate(to, q)
	}
}

// signed32 is to = n / c, or its opposite, of 32 bits, by m = floor(2^(32+s) / c) + 1.
func (d *division) signed32(to, n vreg, c uint64, negative bool) {
	q := d.wide()
	s := bits.Len64(c) - 1
	p, up, sign, at := d.temp(i64), d.temp(i64), d.temp(i32), to
	if negative {
		at = d.temp(i32)
	}
	q.two(mImul, 0, p, d.extended(n, extLS), d.constant((1<<(32+s))/c+1))
	q.shift(shSar, up, p, 32+s)
	d.shift(shSar, sign, n, 31)
	d.two(mAlu, aluSub, at, up, sign)
	if negative {
		d.negate(to, at)
	}
}

// signed64 is to = n / c, or its opposite, of 64 bits, by m = floor(2^(64+s) / c) + 1.
func (d *division) signed64(to, n vreg, c uint64, negative bool) {
	s := bits.Len64(c) - 1
	m, _ := bits.Div64(1<<s, 0, c)
	m++
	p, up, sign, at := d.temp(i64), d.temp(i64), d.temp(i64), to
	if negative {
		at = d.temp(i64)
	}
	d.upper(p, n, m, true)
	if m>>63 != 0 { // taken as m - 2^64
		t := d.temp(i64)
		d.two(mAlu, aluAdd, t, p, n)
		p = t
	}
	if s > 0 {
		d.shift(shSar, up, p, s)
	} else {
		up = p
	}
	d.shift(shSar, sign, n, 63)
	d.two(mAlu, aluSub, at, up, sign)
	if negative {
		d.negate(to, at)
	}
}

// divisionOf is 0 for div_s, 1 for div_u, 2 for rem_s, 3 for rem_u.
func divisionOf(o wasm.Op) uint8 {
	if o >= wasm.OpI64DivS {
		return uint8(o - wasm.OpI64DivS)
	}
	return uint8(o - wasm.OpI32DivS)
}

// divisorOf is 1 if v is divided by what is known not to be 0, 2 if it is not -1 either, else 0.
func (l *lowering) divisorOf(v *val) int64 {
	c, ok := l.isConst(v.b)
	switch {
	case !ok || c == 0:
		return 0
	case c == math.MaxUint32 || c == math.MaxUint64:
		return 1
	}
	return 2
}
