package native

import "encoding/binary"

// asm writes machine code for amd64.
type asm struct {
	b       []byte
	guarded []int // where instructions begin whose operand in memory is guarded
}

// opcode is an instruction by its prefix and its bytes, as the manual has them: PP MM OO,
// the prefix (0, 66, F2, F3), the map (0 one byte, 1 0F, 2 0F38, 3 0F3A) and the opcode.
type opcode uint32

// rm is a register or a place in memory.
type rm struct {
	reg   reg
	mem   bool
	base  reg // noReg: relative to the next instruction
	index reg // noReg for none
	scale uint8
	disp  int32

	guarded bool // a fault there is a trap
}

func r(x reg) rm                       { return rm{reg: x} }
func m(base reg, disp int32) rm        { return rm{mem: true, base: base, index: noReg, disp: disp} }
func (a *asm) byte(b ...byte)          { a.b = append(a.b, b...) }
func (a *asm) imm32(x int64)           { a.b = binary.LittleEndian.AppendUint32(a.b, uint32(x)) }
func (a *asm) imm64(x int64)           { a.b = binary.LittleEndian.AppendUint64(a.b, uint64(x)) }
func (a *asm) at() int                 { return len(a.b) }
func (a *asm) patch32(at int, x int32) { binary.LittleEndian.PutUint32(a.b[at:], uint32(x)) }

// op writes the instruction o in w bytes of operands: reg and x, or with a digit of the
// opcode in the place of reg. behind is how many bytes of immediate follow.
func (a *asm) op(o opcode, w int, g reg, x rm, behind int) {
	pp, mm, code := byte(o>>16), byte(o>>8), byte(o)
	if x.guarded {
		a.guarded = append(a.guarded, a.at())
	}
	if pp != 0 {
		a.byte(pp)
	}
	rex := byte(0)
	if w == 8 {
		rex |= 8
	}
	rex |= byte(g>>3) & 1 << 2
	if x.mem {
		if x.index != noReg {
			rex |= byte(x.index>>3) & 1 << 1
		}
		if x.base != noReg {
			rex |= byte(x.base>>3) & 1
		}
	} else {
		rex |= byte(x.reg>>3) & 1
	}
	bytes := w == 1 && (g >= 4 && g < 16 || !x.mem && x.reg >= 4 && x.reg < 16)
	if rex != 0 || bytes {
		a.byte(0x40 | rex)
	}
	switch mm {
	case 1:
		a.byte(0x0F)
	case 2:
		a.byte(0x0F, 0x38)
	case 3:
		a.byte(0x0F, 0x3A)
	}
	a.byte(code)
	a.modrm(g, x, behind)
}

// vex writes an instruction with three operands: g, v, x.
func (a *asm) vex(o opcode, w int, g, v reg, x rm, behind int) {
	pp := map[byte]byte{0: 0, 0x66: 1, 0xF3: 2, 0xF2: 3}[byte(o>>16)]
	p1 := byte(o>>8) | 0xE0
	if g>>3&1 != 0 {
		p1 &^= 0x80
	}
	if x.mem {
		if x.index != noReg && x.index>>3&1 != 0 {
			p1 &^= 0x40
		}
		if x.base != noReg && x.base>>3&1 != 0 {
			p1 &^= 0x20
		}
	} else if x.reg>>3&1 != 0 {
		p1 &^= 0x20
	}
	p2 := pp | (^byte(v)&15)<<3
	if w == 8 {
		p2 |= 0x80
	}
	a.byte(0xC4, p1, p2, byte(o))
	a.modrm(g, x, behind)
}

func (a *asm) modrm(g reg, x rm, behind int) {
	low := byte(g) & 7 << 3
	switch {
	case !x.mem:
		a.byte(0xC0 | low | byte(x.reg)&7)
	case x.base == noReg:
		a.byte(low | 5)
		a.imm32(int64(x.disp) - int64(behind)) // completed when the pool is placed
	default:
		b := byte(x.base) & 7
		mod := byte(0x80)
		if x.disp == 0 && b != 5 {
			mod = 0
		} else if x.disp == int32(int8(x.disp)) {
			mod = 0x40
		}
		if x.index != noReg || b == 4 {
			i := byte(4)
			if x.index != noReg {
				i = byte(x.index) & 7
			}
			a.byte(mod|low|4, x.scale<<6|i<<3|b)
		} else {
			a.byte(mod | low | b)
		}
		switch mod {
		case 0x40:
			a.byte(byte(x.disp))
		case 0x80:
			a.imm32(int64(x.disp))
		}
	}
}

// The instructions.
const (
	oMov    opcode = 0x8B // g = x
	oStore  opcode = 0x89 // x = g
	oStoreB opcode = 0x88 // x = low byte of g
	oLea    opcode = 0x8D
	oTest   opcode = 0x85
	oXchg   opcode = 0x87
	oCmp    opcode = 0x3B // g with x
	oImul   opcode = 0x1AF
	oImul32 opcode = 0x69
	oImul8  opcode = 0x6B
	oMovzxB opcode = 0x1B6
	oMovzxW opcode = 0x1B7
	oMovsxB opcode = 0x1BE
	oMovsxW opcode = 0x1BF
	oMovsxd opcode = 0x63
	oMovss  opcode = 0xF30110
	oMovsd  opcode = 0xF20110
	oStoreS opcode = 0xF30111
	oStoreD opcode = 0xF20111
	oMovaps opcode = 0x128
	oMovups opcode = 0x110
	oStoreU opcode = 0x111
	oMovd   opcode = 0x66016E // float g = x
	oMovdTo opcode = 0x66017E // x = float g
	oXorps  opcode = 0x157
	oAndps  opcode = 0x154
	oAndnps opcode = 0x155
	oOrps   opcode = 0x156
	oUcomis opcode = 0x12E
	oLzcnt  opcode = 0xF301BD
	oTzcnt  opcode = 0xF301BC
	oPopcnt opcode = 0xF301B8
	oCmov   opcode = 0x140
	oSet    opcode = 0x190
	oShlx   opcode = 0x6602F7
	oSarx   opcode = 0xF302F7
	oShrx   opcode = 0xF202F7
	oRorx   opcode = 0xF203F0
	oRound  opcode = 0x66030A // ss; sd is one more
)

// scalar is the prefix of instructions on floats of w bytes.
func scalar(w uint8) opcode {
	if w == 4 {
		return 0xF30100
	}
	return 0xF20100
}

// alu writes g = g sub x, for the operations that are encoded alike.
func (a *asm) alu(sub uint8, w int, g reg, x rm) { a.op(opcode(sub)<<3|3, w, g, x, 0) }

// aluImm writes x = x sub n.
func (a *asm) aluImm(sub uint8, w int, x rm, n int64) {
	if n == int64(int8(n)) {
		a.op(0x83, w, reg(sub), x, 1)
		a.byte(byte(n))
		return
	}
	a.op(0x81, w, reg(sub), x, 4)
	a.imm32(n)
}

const aluCmp = 7

// set writes x = n, for a register.
func (a *asm) set(w int, x reg, n int64) {
	switch {
	case w == 4 || uint64(n) == uint64(uint32(n)):
		if x >= r8 {
			a.byte(0x41)
		}
		a.byte(0xB8 | byte(x)&7)
		a.imm32(n)
	case n == int64(int32(n)):
		a.op(0xC7, 8, 0, r(x), 4)
		a.imm32(n)
	default:
		a.byte(0x48|byte(x>>3), 0xB8|byte(x)&7)
		a.imm64(n)
	}
}
