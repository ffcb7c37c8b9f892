package native

import (
	"math/bits"

	"github.com/wazedge/wazedge/internal/wasm"
)

// simplify is a value equal to v: one that is there, a constant, or v put into the block
// at hand.
func (b *builder) simplify(v val) value {
	if same, next, ok := b.fn.reduce(&v); ok {
		if same != 0 {
			return same
		}
		return b.put(next)
	}
	return b.put(v)
}

func constVal(t typ, x uint64) val {
	if t.bytes() == 4 {
		x = uint64(uint32(x))
	}
	return val{op: opConst, typ: t, imm: x}
}

// reduce finds what is equal to v and simpler: another value, or a val to be put in its
// place.
func (f *fn) reduce(v *val) (same value, next val, ok bool) {
	if v.op == opSelect {
		if v.b == v.c {
			return v.b, next, true
		}
		if c, is := f.isConst(v.a); is {
			if c != 0 {
				return v.b, next, true
			}
			return v.c, next, true
		}
		if x := &f.vals[v.a]; x.op == op(wasm.OpI32Eqz) { // select on the opposite
			return 0, val{op: opSelect, typ: v.typ, a: x.a, b: v.c, c: v.b}, true
		}
		return 0, next, false
	}
	if v.op >= op(wasm.NumOps) {
		return 0, next, false
	}
	o := wasm.Op(v.op)
	x, xc := f.isConst(v.a)
	if v.b == 0 {
		if xc {
			if y, ok := fold1(o, x); ok {
				return 0, constVal(v.typ, y), true
			}
		}
		in := &f.vals[v.a]
		switch o {
		case wasm.OpI32WrapI64:
			switch wasm.Op(in.op) {
			case wasm.OpI64ExtendI32U, wasm.OpI64ExtendI32S:
				return in.a, next, true
			}
			if narrow, ok := f.narrowed(v, in); ok {
				return 0, narrow, true
			}
		case wasm.OpF32ReinterpretI32, wasm.OpF64ReinterpretI64:
			if in.op == op(wasm.OpI32ReinterpretF32) || in.op == op(wasm.OpI64ReinterpretF64) {
				return in.a, next, true
			}
			if direct, ok := f.selected(v, in); ok {
				return 0, direct, true
			}
		case wasm.OpI64Eqz:
			if in.op == op(wasm.OpI64ExtendI32U) || in.op == op(wasm.OpI64ExtendI32S) {
				return 0, val{op: op(wasm.OpI32Eqz), typ: i32, a: in.a}, true
			}
		case wasm.OpI32Eqz:
			switch wasm.Op(in.op) {
			case wasm.OpI32Eqz: // of what may be more than 1
				return 0, val{op: op(wasm.OpI32Ne), typ: i32, a: in.a, b: f.constant(&val{typ: i32}, 0)}, true
			case wasm.OpI64Eqz:
				return 0, val{op: op(wasm.OpI64Ne), typ: i32, a: in.a, b: f.constant(&val{typ: i64}, 0)}, true
			}
			if opposite := inverse(wasm.Op(in.op)); opposite != 0 {
				return 0, val{op: op(opposite), typ: i32, a: in.a, b: in.b}, true
			}
		}
		return 0, next, false
	}
	y, yc := f.isConst(v.b)
	if xc && yc {
		if z, ok := fold2(o, x, y); ok {
			return 0, constVal(v.typ, z), true
		}
		return 0, next, false
	}
	if xc && commutes(o) { // constants stand on the right
		v.a, v.b, x, y, xc, yc = v.b, v.a, y, x, false, true
	}
	if yc {
		in := &f.vals[v.a]
		all := ^uint64(0)
		if v.typ == i32 {
			all = uint64(^uint32(0))
		}
		switch o {
		case wasm.OpI32Add, wasm.OpI64Add, wasm.OpI32Sub, wasm.OpI64Sub, wasm.OpI32Or, wasm.OpI64Or, wasm.OpI32Xor, wasm.OpI64Xor,
			wasm.OpI32Shl, wasm.OpI64Shl, wasm.OpI32ShrS, wasm.OpI64ShrS, wasm.OpI32ShrU, wasm.OpI64ShrU,
			wasm.OpI32Rotl, wasm.OpI64Rotl, wasm.OpI32Rotr, wasm.OpI64Rotr:
			if y == 0 {
				return v.a, next, true
			}
		case wasm.OpI32Mul, wasm.OpI64Mul:
			switch {
			case y == 0:
				return v.b, next, true
			case y == 1:
				return v.a, next, true
			case y&(y-1) == 0:
				shift := op(wasm.OpI32Shl)
				if v.typ == i64 {
					shift = op(wasm.OpI64Shl)
				}
				return 0, val{op: shift, typ: v.typ, a: v.a, b: f.constant(v, uint64(bits.TrailingZeros64(y)))}, true
			}
		case wasm.OpI32And, wasm.OpI64And:
			switch y {
			case 0:
				return v.b, next, true
			case all:
				return v.a, next, true
			}
		case wasm.OpI32DivU, wasm.OpI64DivU:
			if y&(y-1) == 0 && y != 0 {
				shift := op(wasm.OpI32ShrU)
				if v.typ == i64 {
					shift = op(wasm.OpI64ShrU)
				}
				return 0, val{op: shift, typ: v.typ, a: v.a, b: f.constant(v, uint64(bits.TrailingZeros64(y)))}, true
			}
		case wasm.OpI32RemU, wasm.OpI64RemU:
			if y&(y-1) == 0 && y != 0 {
				and := op(wasm.OpI32And)
				if v.typ == i64 {
					and = op(wasm.OpI64And)
				}
				return 0, val{op: and, typ: v.typ, a: v.a, b: f.constant(v, y-1)}, true
			}
		case wasm.OpI32Eq:
			if y == 0 {
				return 0, val{op: op(wasm.OpI32Eqz), typ: i32, a: v.a}, true
			}
		case wasm.OpI64Eq:
			if y == 0 {
				return 0, val{op: op(wasm.OpI64Eqz), typ: i32, a: v.a}, true
			}
		case wasm.OpI64Ne:
			if y == 0 && (in.op == op(wasm.OpI64ExtendI32U) || in.op == op(wasm.OpI64ExtendI32S)) {
				return 0, val{op: op(wasm.OpI32Ne), typ: i32, a: in.a, b: f.constant(&val{typ: i32}, 0)}, true
			}
		case wasm.OpI32Ne:
			if y == 0 && in.typ == i32 && comparison(wasm.Op(in.op)) {
				return v.a, next, true
			}
		}
		// (x + c) + d
		if o == wasm.OpI32Add && in.op == op(wasm.OpI32Add) || o == wasm.OpI64Add && in.op == op(wasm.OpI64Add) ||
			(o == wasm.OpI32And || o == wasm.OpI64And) && in.op == v.op {
			if c, is := f.isConst(in.b); is {
				sum := c + y
				if o == wasm.OpI32And || o == wasm.OpI64And {
					sum = c & y
				}
				return 0, val{op: v.op, typ: v.typ, a: in.a, b: f.constant(v, sum)}, true
			}
		}
		// subtraction of a constant is addition
		if o == wasm.OpI32Sub {
			return 0, val{op: op(wasm.OpI32Add), typ: i32, a: v.a, b: f.constant(v, -y)}, true
		}
		if o == wasm.OpI64Sub && y != 1<<63 {
			return 0, val{op: op(wasm.OpI64Add), typ: i64, a: v.a, b: f.constant(v, -y)}, true
		}
	}
	if v.a == v.b {
		switch o {
		case wasm.OpI32Sub, wasm.OpI64Sub, wasm.OpI32Xor, wasm.OpI64Xor:
			return 0, constVal(v.typ, 0), true
		case wasm.OpI32And, wasm.OpI64And, wasm.OpI32Or, wasm.OpI64Or:
			return v.a, next, true
		}
	}
	return 0, next, false
}

// selected is v, the float with the bits in, selected from floats where in is selected from bits of such, as the pass
// selects has it for the engine.
func (f *fn) selected(v, in *val) (next val, ok bool) {
	if in.op != opSelect {
		return next, false
	}
	back := op(wasm.OpI32ReinterpretF32)
	if v.typ == f64 {
		back = op(wasm.OpI64ReinterpretF64)
	}
	float := func(x value) value {
		switch of := &f.vals[x]; of.op {
		case back:
			return f.of(of.a)
		case opConst:
			return f.constant(v, of.imm)
		}
		return 0
	}
	b := float(in.b)
	if b == 0 {
		return next, false
	}
	c := float(in.c)
	return val{op: opSelect, typ: v.typ, a: in.a, b: b, c: c}, c != 0
}

// narrowed is v, the lower half of in, computed of 32 bits where in is made of values of 32 bits whose upper half
// does not count.
func (f *fn) narrowed(v, in *val) (next val, ok bool) {
	switch wasm.Op(in.op) {
	case wasm.OpI64Add, wasm.OpI64Sub, wasm.OpI64Mul, wasm.OpI64And, wasm.OpI64Or, wasm.OpI64Xor:
	case wasm.OpI64Shl:
		if c, is := f.isConst(in.b); !is || c > 31 {
			return next, false
		}
	default:
		return next, false
	}
	half := func(x value) value {
		switch of := &f.vals[x]; of.op {
		case opConst:
			return f.constant(v, of.imm)
		case op(wasm.OpI64ExtendI32U), op(wasm.OpI64ExtendI32S):
			return f.of(of.a)
		}
		return 0
	}
	if f.vals[in.a].op == opConst {
		return next, false
	}
	a := half(in.a)
	if a == 0 {
		return next, false
	}
	b := half(in.b)
	// Instructions of both sizes are in the same order.
	return val{op: in.op - op(wasm.OpI64Add) + op(wasm.OpI32Add), typ: i32, a: a, b: b}, b != 0
}

// constant is a constant of v's operand type for use in v. It belongs to no block: code
// is made of it where it is used.
func (f *fn) constant(v *val, x uint64) value {
	c := constVal(v.typ, x)
	c.blk = -1
	return f.add(c)
}

func comparison(o wasm.Op) bool { return o >= wasm.OpI32Eqz && o <= wasm.OpF64Ge }

// inverse is the comparison of integers that holds when o does not; 0 for others.
func inverse(o wasm.Op) wasm.Op {
	pairs := [...][2]wasm.Op{
		{wasm.OpI32Eq, wasm.OpI32Ne}, {wasm.OpI32LtS, wasm.OpI32GeS}, {wasm.OpI32LtU, wasm.OpI32GeU},
		{wasm.OpI32GtS, wasm.OpI32LeS}, {wasm.OpI32GtU, wasm.OpI32LeU},
		{wasm.OpI64Eq, wasm.OpI64Ne}, {wasm.OpI64LtS, wasm.OpI64GeS}, {wasm.OpI64LtU, wasm.OpI64GeU},
		{wasm.OpI64GtS, wasm.OpI64LeS}, {wasm.OpI64GtU, wasm.OpI64LeU}, {wasm.OpF32Eq, wasm.OpF32Ne}, {wasm.OpF64Eq, wasm.OpF64Ne},
	}
	for _, p := range pairs {
		switch o {
		case p[0]:
			return p[1]
		case p[1]:
			return p[0]
		}
	}
	return 0
}

func commutes(o wasm.Op) bool {
	switch o {
	case wasm.OpI32Add, wasm.OpI32Mul, wasm.OpI32And, wasm.OpI32Or, wasm.OpI32Xor, wasm.OpI32Eq, wasm.OpI32Ne,
		wasm.OpI64Add, wasm.OpI64Mul, wasm.OpI64And, wasm.OpI64Or, wasm.OpI64Xor, wasm.OpI64Eq, wasm.OpI64Ne:
		return true
	}
	return false
}

// fold1 computes an instruction of one integer.
func fold1(o wasm.Op, x uint64) (uint64, bool) {
	switch o {
	case wasm.OpI32Eqz:
		return truth(uint32(x) == 0), true
	case wasm.OpI64Eqz:
		return truth(x == 0), true
	case wasm.OpI32Clz:
		return uint64(bits.LeadingZeros32(uint32(x))), true
	case wasm.OpI32Ctz:
		return uint64(bits.TrailingZeros32(uint32(x))), true
	case wasm.OpI32Popcnt:
		return uint64(bits.OnesCount32(uint32(x))), true
	case wasm.OpI64Clz:
		return uint64(bits.LeadingZeros64(x)), true
	case wasm.OpI64Ctz:
		return uint64(bits.TrailingZeros64(x)), true
	case wasm.OpI64Popcnt:
		return uint64(bits.OnesCount64(x)), true
	case wasm.OpI32WrapI64, wasm.OpI64ExtendI32U:
		return uint64(uint32(x)), true
	case wasm.OpI64ExtendI32S, wasm.OpI64Extend32S:
		return uint64(int64(int32(x))), true
	case wasm.OpI32Extend8S, wasm.OpI64Extend8S:
		return uint64(int64(int8(x))), true
	case wasm.OpI32Extend16S, wasm.OpI64Extend16S:
		return uint64(int64(int16(x))), true
	case wasm.OpI32ReinterpretF32, wasm.OpI64ReinterpretF64, wasm.OpF32ReinterpretI32, wasm.OpF64ReinterpretI64:
		return x, true
	}
	return 0, false
}

func truth(b bool) uint64 {
	if b {
		return 1
	}
	return 0
}

// fold2 computes an instruction of two integers that does not trap.
func fold2(o wasm.Op, x, y uint64) (uint64, bool) {
	if o >= wasm.OpI32Eq && o <= wasm.OpI32GeU || o >= wasm.OpI32Add && o <= wasm.OpI32Rotr {
		return fold32(o, uint32(x), uint32(y))
	}
	return fold64(o, x, y)
}

func fold32(o wasm.Op, x, y uint32) (uint64, bool) {
	r := uint32(0)
	switch o {
	case wasm.OpI32Eq:
		return truth(x == y), true
	case wasm.OpI32Ne:
		return truth(x != y), true
	case wasm.OpI32LtS:
		return truth(int32(x) < int32(y)), true
	case wasm.OpI32LtU:
		return truth(x < y), true
	case wasm.OpI32GtS:
		return truth(int32(x) > int32(y)), true
	case wasm.OpI32GtU:
		return truth(x > y), true
	case wasm.OpI32LeS:
		return truth(int32(x) <= int32(y)), true
	case wasm.OpI32LeU:
		return truth(x <= y), true
	case wasm.OpI32GeS:
		return truth(int32(x) >= int32(y)), true
	case wasm.OpI32GeU:
		return truth(x >= y), true
	case wasm.OpI32Add:
		r = x + y
	case wasm.OpI32Sub:
		r = x - y
	case wasm.OpI32Mul:
		r = x * y
	case wasm.OpI32And:
		r = x & y
	case wasm.OpI32Or:
		r = x | y
	case wasm.OpI32Xor:
		r = x ^ y
	case wasm.OpI32Shl:
		r = x << (y & 31)
	case wasm.OpI32ShrS:
		r = uint32(int32(x) >> (y & 31))
	case wasm.OpI32ShrU:
		r = x >> (y & 31)
	case wasm.OpI32Rotl:
		r = bits.RotateLeft32(x, int(y&31))
	case wasm.OpI32Rotr:
		r = bits.RotateLeft32(x, -int(y&31))
	default:
		return 0, false
	}
	return uint64(r), true
}

func fold64(o wasm.Op, x, y uint64) (uint64, bool) {
	switch o {
	case wasm.OpI64Eq:
		return truth(x == y), true
	case wasm.OpI64Ne:
		return truth(x != y), true
	case wasm.OpI64LtS:
		return truth(int64(x) < int64(y)), true
	case wasm.OpI64LtU:
		return truth(x < y), true
	case wasm.OpI64GtS:
		return truth(int64(x) > int64(y)), true
	case wasm.OpI64GtU:
		return truth(x > y), true
	case wasm.OpI64LeS:
		return truth(int64(x) <= int64(y)), true
	case wasm.OpI64LeU:
		return truth(x <= y), true
	case wasm.OpI64GeS:
		return truth(int64(x) >= int64(y)), true
	case wasm.OpI64GeU:
		return truth(x >= y), true
	case wasm.OpI64Add:
		return x + y, true
	case wasm.OpI64Sub:
		return x - y, true
	case wasm.OpI64Mul:
		return x * y, true
	case wasm.OpI64And:
		return x & y, true
	case wasm.OpI64Or:
		return x | y, true
	case wasm.OpI64Xor:
		return x ^ y, true
	case wasm.OpI64Shl:
		return x << (y & 63), true
	case wasm.OpI64ShrS:
		return uint64(int64(x) >> (y & 63)), true
	case wasm.OpI64ShrU:
		return x >> (y & 63), true
	case wasm.OpI64Rotl:
		return bits.RotateLeft64(x, int(y&63)), true
	case wasm.OpI64Rotr:
		return bits.RotateLeft64(x, -int(y&63)), true
	}
	return 0, false
}
