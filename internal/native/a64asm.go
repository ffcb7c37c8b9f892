package native

import (
	"encoding/binary"
	"math/bits"
)

// a64asm writes machine code for arm64.
type a64asm struct{ b []byte }

// a64 is an instruction by the bits that are the same in all its forms, for operands of 32 bits.
type a64 uint32

// The registers of arm64. Number 31 is zero or the stack pointer, by the instruction.
const (
	x0  reg = 0
	x8  reg = 8
	x9  reg = 9
	x10 reg = 10
	x11 reg = 11
	x16 reg = 16
	x19 reg = 19
	x27 reg = 27 // of addresses and constants within one operation
	x29 reg = 29 // of moves, and of constants that are stored
	x30 reg = 30 // return address
	xzr reg = 31
	sp  reg = 31
	v0  reg = firstFloat
	v16 reg = firstFloat + 16 // within one operation
	v17 reg = firstFloat + 17 // of moves
)

// The instructions. Those on general registers become such on 64 bits by wide, those on floats by double.
const (
	wide   a64 = 1 << 31
	double a64 = 1 << 22

	aAdd    a64 = 0x0B000000 // d = n + m
	aSub    a64 = 0x4B000000
	aSubs   a64 = 0x6B000000
	aAnd    a64 = 0x0A000000
	aAnds   a64 = 0x6A000000
	aOrr    a64 = 0x2A000000
	aOrn    a64 = 0x2A200000
	aEor    a64 = 0x4A000000
	aAddExt a64 = 0x0B204000 // m is extended from 32 bits with zeros
	aCmpExt a64 = 0x6B20401F // with n
	aSubSp  a64 = 0xCB206000 // n may be sp
	aAddSp  a64 = 0x8B206000

	aAddImm  a64 = 0x11000000
	aAddsImm a64 = 0x31000000
	aSubImm  a64 = 0x51000000
	aSubsImm a64 = 0x71000000
	aAndImm  a64 = 0x12000000
	aAndsImm a64 = 0x72000000
	aOrrImm  a64 = 0x32000000
	aEorImm  a64 = 0x52000000
	aMovn    a64 = 0x12800000
	aMovz    a64 = 0x52800000
	aMovk    a64 = 0x72800000
	aCcmp    a64 = 0x7A400800

	aSbfm  a64 = 0x13000000
	aUbfm  a64 = 0x53000000
	aExtr  a64 = 0x13800000
	aLslv  a64 = 0x1AC02000
	aLsrv  a64 = 0x1AC02400
	aAsrv  a64 = 0x1AC02800
	aRorv  a64 = 0x1AC02C00
	aUdiv  a64 = 0x1AC00800
	aSdiv  a64 = 0x1AC00C00
	aMadd  a64 = 0x1B000000
	aMsub  a64 = 0x1B008000
	aUmulh a64 = 0x9BC07C00
	aSmulh a64 = 0x9B407C00
	aClz   a64 = 0x5AC01000
	aRbit  a64 = 0x5AC00000
	aCsel  a64 = 0x1A800000
	aCsinc a64 = 0x1A800400

	aFmov   a64 = 0x1E204000
	aFmovTo a64 = 0x1E270000 // float d = general n
	aFmovOf a64 = 0x1E260000
	aFadd   a64 = 0x1E202800
	aFsub   a64 = 0x1E203800
	aFmul   a64 = 0x1E200800
	aFdiv   a64 = 0x1E201800
	aFmax   a64 = 0x1E204800
	aFmin   a64 = 0x1E205800
	aFneg   a64 = 0x1E214000
	aFabs   a64 = 0x1E20C000
	aFsqrt  a64 = 0x1E21C000
	aFrintN a64 = 0x1E244000 // to the nearest
	aFrintP a64 = 0x1E24C000
	aFrintM a64 = 0x1E254000
	aFrintZ a64 = 0x1E25C000
	aFcvtD  a64 = 0x1E22C000 // f64 of an f32
	aFcvtS  a64 = 0x1E624000
	aFcmp   a64 = 0x1E202000
	aFcsel  a64 = 0x1E200C00
	aScvtf  a64 = 0x1E220000
	aUcvtf  a64 = 0x1E230000
	aFcvtzs a64 = 0x1E380000
	aFcvtzu a64 = 0x1E390000

	aMovV   a64 = 0x4EA01C00 // all 128 bits; n twice
	aBit    a64 = 0x6EA01C00 // the bits of n where m has them
	aZeroV  a64 = 0x6F00E400
	aFnegS4 a64 = 0x6EA0F800
	aFnegD2 a64 = 0x6EE0F800
	aDupB   a64 = 0x4E010C00
	aCntB   a64 = 0x0E205800
	aAddvB  a64 = 0x0E31B800

	aB    a64 = 0x14000000
	aBl   a64 = 0x94000000
	aBc   a64 = 0x54000000
	aCbz  a64 = 0x34000000
	aCbnz a64 = 0x35000000
	aBr   a64 = 0xD61F0000
	aBlr  a64 = 0xD63F0000
	aRet  a64 = 0xD65F03C0
	aAdr  a64 = 0x10000000
	aBrk  a64 = 0xD4200000
	aNop  a64 = 0xD503201F

	aStpPre a64 = 0xA9800000
	aStpX   a64 = 0xA9000000
	aLdpX   a64 = 0xA9400000
)

// Accesses, as they are with an offset in units of their size, which the upper two bits say; those of
// 16 bytes apart.
const (
	aStrB  a64 = 0x39000000
	aLdrB  a64 = 0x39400000
	aLdrsB a64 = 0x39C00000 // to 32 bits
	aLdrxB a64 = 0x39800000 // to 64
	aStrH  a64 = 0x79000000
	aLdrH  a64 = 0x79400000
	aLdrsH a64 = 0x79C00000
	aLdrxH a64 = 0x79800000
	aStrW  a64 = 0xB9000000
	aLdrW  a64 = 0xB9400000
	aLdrxW a64 = 0xB9800000
	aStrX  a64 = 0xF9000000
	aLdrX  a64 = 0xF9400000
	aStrS  a64 = 0xBD000000
	aLdrS  a64 = 0xBD400000
	aStrD  a64 = 0xFD000000
	aLdrD  a64 = 0xFD400000
	aStrQ  a64 = 0x3D800000
	aLdrQ  a64 = 0x3DC00000

	scaled   a64 = 0x01000000 // what these have that others of them have not
	byReg    a64 = 0x00204800 // [n, w of m extended with zeros]
	byReg64  a64 = 0x00206800
	byScaled a64 = 0x00001000 // the register shifted by the size
	postInc  a64 = 0x00000400
)

// size is the binary logarithm of the bytes of an access.
func (o a64) size() int {
	if o == aStrQ || o == aLdrQ {
		return 4
	}
	return int(o >> 30)
}

// a64cond is a condition as the processor has it.
type a64cond uint32

const (
	eq a64cond = iota
	ne
	hs
	lo
	mi
	pl
	vs
	vc
	hi
	ls
	ge
	lt
	gt
	le
)

// a64conds are the conditions behind a comparison of integers, a64floats those of floats, which are
// false where there is a NaN, and their opposites.
var (
	a64conds  = [...]a64cond{ccB: lo, ccAE: hs, ccE: eq, ccNE: ne, ccBE: ls, ccA: hi, ccS: mi, ccNS: pl, ccL: lt, ccGE: ge, ccLE: le, ccG: gt}
	a64floats = [...]a64cond{ccA: gt, ccAE: ge, ccBE: le, ccB: lt, ccFE: eq, ccFNE: ne}
)

func (a *a64asm) at() int     { return len(a.b) }
func (a *a64asm) word(x a64)  { a.b = binary.LittleEndian.AppendUint32(a.b, uint32(x)) }
func a64word(b []byte) uint32 { return binary.LittleEndian.Uint32(b) }

// sized is o for operands of w bytes.
func (o a64) sized(w int) a64 {
	if w == 8 {
		return o | wide
	}
	return o
}

// floats is o for floats of w bytes.
func (o a64) floats(w int) a64 {
	if w == 8 {
		return o | double
	}
	return o
}

// op writes o with registers d, n and m.
func (a *a64asm) op(o a64, d, n, m reg) {
	a.word(o | a64(d&31) | a64(n&31)<<5 | a64(m&31)<<16)
}

// two is op for an instruction without m.
func (a *a64asm) two(o a64, d, n reg) { a.op(o, d, n, 0) }

// madd writes o, a multiplication to which c is added or that is subtracted from c.
func (a *a64asm) madd(o a64, d, n, m, c reg) { a.op(o|a64(c&31)<<10, d, n, m) }

// bitfield writes an instruction on bit fields, of w bytes.
func (a *a64asm) bitfield(o a64, w int, d, n reg, immr, imms int) {
	if w == 8 {
		o |= wide | 1<<22
	}
	a.word(o | a64(immr)<<16 | a64(imms)<<10 | a64(n&31)<<5 | a64(d&31))
}

// set writes d = n, of w bytes, in as few instructions as may be.
func (a *a64asm) set(w int, d reg, n int64) {
	x := uint64(n)
	parts := 4
	if w == 4 {
		x, parts = uint64(uint32(n)), 2
	}
	zeros, ones := 0, 0
	for k := range parts {
		switch x >> (16 * k) & 0xFFFF {
		case 0:
			zeros++
		case 0xFFFF:
			ones++
		}
	}
	if zeros < parts-1 && ones < parts-1 {
		if imm, ok := bitmask(x, w); ok {
			a.word(aOrrImm.sized(w) | imm | a64(xzr)<<5 | a64(d))
			return
		}
	}
	fill, first := uint64(0), aMovz
	if ones > zeros {
		fill, first = 0xFFFF, aMovn
	}
	begun := false
	for k := range parts {
		part := x >> (16 * k) & 0xFFFF
		if part == fill && (begun || k < parts-1) && max(zeros, ones) < parts {
			continue
		}
		o := aMovk
		if !begun {
			if o = first; fill != 0 {
				part = ^part & 0xFFFF
			}
		}
		begun = true
		a.word(o.sized(w) | a64(k)<<21 | a64(part)<<5 | a64(d))
		if max(zeros, ones) == parts {
			return
		}
	}
}

// bitmask is x as the immediate of a logical instruction of w bytes: a run of ones, rotated, in an
// element of 2 to 64 bits that is repeated.
func bitmask(x uint64, w int) (a64, bool) {
	if w == 4 {
		x = x&0xFFFFFFFF | x<<32
	}
	if x == 0 || ^x == 0 {
		return 0, false
	}
	size := 64
	for size > 2 {
		half := size / 2
		if mask := uint64(1)<<half - 1; x&mask != x>>half&mask {
			break
		}
		size = half
	}
	mask := ^uint64(0) >> (64 - size)
	x &= mask
	count := bits.OnesCount64(x)
	for turn := range size {
		if (x>>turn|x<<(size-turn))&mask == uint64(1)<<count-1 {
			immr := (size - turn) % size
			imms := (-(2 * size) & 63) | (count - 1)
			n := 0
			if size == 64 {
				n, imms = 1, count-1
			}
			return a64(n)<<22 | a64(immr)<<16 | a64(imms&63)<<10, true
		}
	}
	return 0, false
}

// imm12 is n as the immediate of an addition.
func imm12(n uint64) (a64, bool) {
	switch {
	case n < 1<<12:
		return a64(n) << 10, true
	case n < 1<<24 && n&0xFFF == 0:
		return a64(n>>12)<<10 | 1<<22, true
	}
	return 0, false
}

// small writes d = n o c by o, or by the opposite of it if c is negative, and reports whether it has: c may not
// fit an instruction.
func (a *a64asm) small(o, opposite a64, w int, d, n reg, c int64) bool {
	if w == 4 {
		c = int64(int32(c))
	}
	size := uint64(c)
	if c < 0 {
		o, size = opposite, -size
	}
	imm, ok := imm12(size)
	if ok {
		a.word(o.sized(w) | imm | a64(n&31)<<5 | a64(d&31))
	}
	return ok
}

// addImm writes d = n + c; c may be negative.
func (a *a64asm) addImm(w int, d, n reg, c int64) {
	if a.small(aAddImm, aSubImm, w, d, n, c) {
		return
	}
	a.set(w, x27, c)
	a.op(aAdd.sized(w), d, n, x27)
}

// moveSp writes sp = sp + c, which may be negative.
func (a *a64asm) moveSp(c int64) {
	if c == 0 || a.small(aAddImm, aSubImm, 8, sp, sp, c) {
		return
	}
	o := aAddSp
	if c < 0 {
		o, c = aSubSp, -c
	}
	a.set(8, x27, c)
	a.op(o, sp, sp, x27)
}

// cmpImm compares x with c.
func (a *a64asm) cmpImm(w int, x reg, c int64) {
	if a.small(aSubsImm, aAddsImm, w, xzr, x, c) {
		return
	}
	a.set(w, x27, c)
	a.op(aSubs.sized(w), xzr, x, x27)
}

// logical writes d = n o c, where with is o with an immediate.
func (a *a64asm) logical(o, with a64, w int, d, n reg, c int64) {
	if imm, ok := bitmask(uint64(c), w); ok {
		a.word(with.sized(w) | imm | a64(n)<<5 | a64(d))
		return
	}
	a.set(w, x27, c)
	a.op(o.sized(w), d, n, x27)
}

// mem writes the access o of t at [base + disp]; base is not x27 if disp is large.
func (a *a64asm) mem(o a64, t, base reg, disp int64) {
	unit := int64(1) << o.size()
	switch {
	case disp >= 0 && disp%unit == 0 && disp/unit < 1<<12:
		a.word(o | a64(disp/unit)<<10 | a64(base&31)<<5 | a64(t&31))
	case disp >= -256 && disp < 256:
		a.word(o&^scaled | a64(disp&0x1FF)<<12 | a64(base&31)<<5 | a64(t&31))
	default:
		a.set(8, x27, disp)
		a.op(o&^scaled|byReg64, t, base, x27)
	}
}

// fits reports whether [a64asm.mem] needs nothing but o for disp.
func (o a64) fits(disp int64) bool {
	unit := int64(1) << o.size()
	return disp >= 0 && disp%unit == 0 && disp/unit < 1<<12 || disp >= -256 && disp < 256
}

// patch completes the branch, call or adr at the offset at, so that it leads to the offset to. It reports
// whether that is near enough.
func (a *a64asm) patch(at, to int) bool { return a64link(a.b, at, to) }

func a64link(code []byte, at, to int) bool {
	x := a64(a64word(code[at:]))
	d := to - at
	field := func(n, shift int) bool {
		k := d / 4
		x |= a64(k) & (1<<n - 1) << shift
		return d%4 == 0 && k >= -1<<(n-1) && k < 1<<(n-1)
	}
	ok := false
	switch {
	case x&0x7C000000 == aB:
		ok = field(26, 0)
	case x&0xFF000010 == aBc, x&0x7E000000 == aCbz, x&0xFF000000 == aLdrLit:
		ok = field(19, 5)
	case x&0x9F000000 == aAdr:
		ok = d >= -1<<20 && d < 1<<20
		x |= a64(d) & 3 << 29
		x |= a64(d>>2) & (1<<19 - 1) << 5
	}
	binary.LittleEndian.PutUint32(code[at:], uint32(x))
	return ok
}
