package native

import (
	"encoding/binary"

	"golang.org/x/arch/arm64/arm64asm"

	"github.com/wazedge/wazedge/internal/wasm"
)

// arm64 is the processor of that name.
type arm64 struct{}

// armSaved are what callees keep. The processor's manual has others: these are the engine's.
const armSaved regs = 0xFF<<x19 | 0x3FFF<<(v0+18)

var arm = convention{
	intArgs:     []reg{x0, 1, 2, 3, 4, 5, 6, 7},
	floatArgs:   []reg{v0, v0 + 1, v0 + 2, v0 + 3, v0 + 4, v0 + 5, v0 + 6, v0 + 7},
	carrying:    7,
	calleeSaved: armSaved,
	callerSaved: 0x3FFFF<<x0 | 0x3FFFF<<v0,
	ofMemmove:   0x3FFFF<<x0 | 0xFF<<x19 | 0xFFFFFFFF<<v0,
	intOrder:    []reg{x8, 9, 10, 11, 12, 13, 14, 15, 16, 17, x0, 1, 2, 3, 4, 5, 6, 7, x19, 20, 21, 22, 23, 24, 25, 26},
	floatOrder: []reg{v0, v0 + 1, v0 + 2, v0 + 3, v0 + 4, v0 + 5, v0 + 6, v0 + 7,
		v0 + 8, v0 + 9, v0 + 10, v0 + 11, v0 + 12, v0 + 13, v0 + 14, v0 + 15, // the next two are not given to values
		v0 + 18, v0 + 19, v0 + 20, v0 + 21, v0 + 22, v0 + 23, v0 + 24, v0 + 25, v0 + 26, v0 + 27, v0 + 28, v0 + 29, v0 + 30, v0 + 31},
}

// guards would let a part of a store through that crosses the end of a memory.
func (arm64) guards() bool { return false }

func (arm64) convention() *convention { return &arm }

func (arm64) facts() []fact { return []fact{{"context.goReturnAddress", ctxGoReturn}} }

func (arm64) carries(at int32) bool { return at>>3 < 1<<12 }

func (arm64) padding() []byte { return []byte{0, 0, 0x20, 0xD4} } // brk

func (arm64) jump() ([]byte, int) { return binary.LittleEndian.AppendUint32(nil, uint32(aB)), 0 }

func (arm64) link(code []byte, at, to int) bool { return a64link(code, at, to) }

func (arm64) decode(code []byte) (string, int) {
	if len(code) < 4 {
		return ".byte", len(code)
	}
	in, err := arm64asm.Decode(code)
	if err != nil {
		return ".word", 4
	}
	return in.String(), 4
}

// tails are called with the execution context in x0; the frame is the stack's pointer.
func (arm64) tails() ([]byte, map[uint8]int) {
	var a a64asm
	at := map[uint8]int{}
	for _, code := range exits {
		for a.at()%16 != 0 {
			a.word(aBrk)
		}
		at[code] = a.at()
		a.set(4, x27, int64(code))
		a.mem(aStrW, x27, x0, ctxExitCode)
		a.word(aAddImm | wide | a64(sp)<<5 | a64(x27)) // mov x27, sp
		a.mem(aStrX, x27, x0, ctxStackPointer)
		a.mem(aStrX, x30, x0, ctxReturnAddress)
		a.mem(aLdrX, x29, x0, ctxGoFrame)
		a.mem(aLdrX, x30, x0, ctxGoReturn)
		a.mem(aLdrX, x27, x0, ctxGoStack)
		a.word(aAddImm | wide | a64(x27)<<5 | a64(sp)) // mov sp, x27
		a.word(aRet)
	}
	return a.b, at
}

func (arm64) upper(l *lowering, to, a, b vreg, signed bool) {
	i := ins{op: mMulHi, w: 8, defs: out(to), uses: []use{reading(a), reading(b)}, mem: -1, ctx: -1}
	if signed {
		i.sub = 1
	}
	l.emit(i)
}

func (arm64) lower(l *lowering, x value, v *val) bool {
	o := wasm.Op(v.op)
	i := ins{w: uint8(v.typ.bytes()), defs: out(vreg(x)), mem: -1, ctx: -1}
	switch o {
	case wasm.Op(opMemFill):
		a, b, c := l.vreg(v.a), l.vreg(v.b), l.vreg(v.c)
		i = ins{op: mFill, uses: []use{fixed(a, x8), fixed(b, x9), fixed(c, x10)}, clob: setOf(x8, x10), mem: -1, ctx: -1}
	case wasm.OpI32Shl, wasm.OpI64Shl, wasm.OpI32ShrS, wasm.OpI64ShrS, wasm.OpI32ShrU, wasm.OpI64ShrU,
		wasm.OpI32Rotl, wasm.OpI64Rotl, wasm.OpI32Rotr, wasm.OpI64Rotr:
		if _, ok := l.isConst(v.b); ok {
			return false
		}
		i.op, i.sub = mShiftX, shiftOf(o)
		i.uses = []use{l.in(v.a), l.in(v.b)}
	case wasm.OpI32DivS, wasm.OpI32DivU, wasm.OpI32RemS, wasm.OpI32RemU, wasm.OpI64DivS, wasm.OpI64DivU, wasm.OpI64RemS, wasm.OpI64RemU:
		i.sub = divisionOf(o)
		if l.divideBy(x, v, i.sub) {
			return true
		}
		i.op, i.imm = mDiv, l.divisorOf(v)
		i.uses = []use{l.in(v.a), l.in(v.b)}
		i = l.trapping(i, exitDivideZero)
	default:
		if o < wasm.OpI8x16Shuffle || o >= wasm.NumOps {
			return false
		}
		l.a64vector(x, v)
		return true
	}
	l.emit(i)
	return true
}
