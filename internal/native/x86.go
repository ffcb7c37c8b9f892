package native

import (
	"strings"

	"golang.org/x/arch/x86/x86asm"

	"github.com/wazedge/wazedge/internal/wasm"
)

// The registers of amd64.
const (
	rax reg = iota
	rcx
	rdx
	rbx
	rsp
	rbp
	rsi
	rdi
	r8
	r9
	r10
	r11
	r12
	r13
	r14
	r15
	xmm0 = firstFloat

	scratch      = r15       // of moves from memory to memory
	scratchFloat = xmm0 + 15 // xmm15
)

// amd64 is the processor of that name.
type amd64 struct{}

// The sets of registers are constants, as nothing is to be made of them at every start.
const (
	x86Saved regs = 1<<rdx | 0xF<<r12 | 0xFF<<(xmm0+8)
	x86All   regs = 0xFFFF | 0xFFFF<<xmm0
)

var x86 = convention{
	intArgs:     []reg{rax, rbx, rcx, rdi, rsi, r8, r9, r10, r11},
	floatArgs:   []reg{xmm0, xmm0 + 1, xmm0 + 2, xmm0 + 3, xmm0 + 4, xmm0 + 5, xmm0 + 6, xmm0 + 7},
	carrying:    r11,
	calleeSaved: x86Saved,
	callerSaved: x86All &^ (x86Saved | 1<<rsp | 1<<rbp),
	ofMemmove:   x86All &^ (0xF<<r12 | 1<<rsp | 1<<rbp),
	intOrder:    []reg{rax, rcx, rsi, rdi, r8, r9, r10, r11, rbx, rdx, r12, r13, r14},
	floatOrder: []reg{xmm0, xmm0 + 1, xmm0 + 2, xmm0 + 3, xmm0 + 4, xmm0 + 5, xmm0 + 6, xmm0 + 7,
		xmm0 + 8, xmm0 + 9, xmm0 + 10, xmm0 + 11, xmm0 + 12, xmm0 + 13, xmm0 + 14},
	operands:    true,
	late:        true,
	checkpoints: true,
}

func (amd64) convention() *convention { return &x86 }

func (amd64) facts() []fact { return []fact{{"context.framePointerBeforeGoCall", ctxFramePointer}} }

func (amd64) carries(int32) bool { return true }

func (amd64) padding() []byte { return []byte{0xCC} }

func (amd64) jump() ([]byte, int) { return []byte{0xE9, 0, 0, 0, 0}, 1 }

func (amd64) link(code []byte, at, to int) bool {
	d := to - (at + 4)
	(&asm{b: code}).patch32(at, int32(d))
	return d == int(int32(d))
}

func (amd64) decode(code []byte) (string, int) {
	if in, err := x86asm.Decode(code, 64); err == nil {
		return strings.Replace(in.String(), "+Reg(0)", "", 1), in.Len // no index
	}
	if code[0] == 0xC4 && len(code) >= 5 { // three operands, which the decoder does not know
		return "VEX", 5
	}
	return ".byte", 1
}

// tails are called with the execution context in rax and the frame in rbp.
func (amd64) tails() ([]byte, map[uint8]int) {
	var a asm
	tails := map[uint8]int{}
	for _, code := range exits {
		for a.at()%16 != 0 {
			a.byte(0xCC)
		}
		tails[code] = a.at()
		a.byte(0x59) // pop rcx
		a.op(oStore, 8, rsp, m(rax, ctxStackPointer), 0)
		a.op(oStore, 8, rbp, m(rax, ctxFramePointer), 0)
		a.op(0xC7, 4, 0, m(rax, ctxExitCode), 4)
		a.imm32(int64(code))
		a.op(oStore, 8, rcx, m(rax, ctxReturnAddress), 0)
		a.op(oMov, 8, rbp, m(rax, ctxGoFrame), 0)
		a.op(oMov, 8, rsp, m(rax, ctxGoStack), 0)
		a.byte(0xC3)
	}
	return a.b, tails
}

// guards are by package guard.
func (amd64) guards() bool { return true }

func (amd64) upper(l *lowering, to, a, b vreg, signed bool) {
	i := ins{op: mMulHi, w: 8, defs: []def{{v: to, fix: rdx}}, clob: setOf(rax, rdx), mem: -1, ctx: -1}
	if signed {
		i.sub = 1
	}
	i.uses = []use{fixed(a, rax), reading(b).untilWritten()}
	l.emit(i)
}

func (amd64) lower(l *lowering, x value, v *val) bool {
	o := wasm.Op(v.op)
	i := ins{w: uint8(v.typ.bytes()), defs: out(vreg(x)), mem: -1, ctx: -1}
	switch o {
	case wasm.Op(opMemFill):
		a, b, c := l.vreg(v.a), l.vreg(v.b), l.vreg(v.c)
		l.emit(ins{op: mFill, uses: []use{fixed(a, rdi), fixed(b, rax), fixed(c, rcx)}, clob: setOf(rdi, rcx), mem: -1, ctx: -1})
		return true
	case wasm.OpI32Shl, wasm.OpI64Shl, wasm.OpI32ShrS, wasm.OpI64ShrS, wasm.OpI32ShrU, wasm.OpI64ShrU,
		wasm.OpI32Rotl, wasm.OpI64Rotl, wasm.OpI32Rotr, wasm.OpI64Rotr:
		if _, ok := l.isConst(v.b); ok {
			return false
		}
		sub := shiftOf(o)
		if l.m.cpu&4 != 0 && sub >= shShl {
			i.op, i.sub = mShiftX, sub
			i.uses = []use{l.in(v.a), l.in(v.b)}
			break
		}
		i.op, i.sub, i.same, i.clob = mShiftCL, sub, true, setOf(rcx)
		i.uses = []use{l.in(v.a), fixed(l.vreg(v.b), rcx)}
	case wasm.OpI32Clz, wasm.OpI64Clz, wasm.OpI32Ctz, wasm.OpI64Ctz, wasm.OpI32Popcnt, wasm.OpI64Popcnt:
		if l.m.cpu&4 == 0 {
			panic(declined(o.String() + " without the instruction"))
		}
		return false
	case wasm.OpI32DivS, wasm.OpI32DivU, wasm.OpI32RemS, wasm.OpI32RemU, wasm.OpI64DivS, wasm.OpI64DivU, wasm.OpI64RemS, wasm.OpI64RemU:
		sub := divisionOf(o)
		if l.divideBy(x, v, sub) {
			return true
		}
		divisor := l.late(v.b)
		i.op, i.sub, i.imm = mDiv, sub, l.divisorOf(v)
		i.uses = []use{fixed(l.vreg(v.a), rax), divisor}
		i.clob = setOf(rax, rdx)
		i.defs[0].fix = rax
		if sub >= 2 {
			i.defs[0].fix = rdx
		}
		i = l.trapping(i, exitDivideZero)
	default:
		if o < wasm.OpI8x16Shuffle || o >= wasm.NumOps {
			return false
		}
		l.vector(x, v)
		return true
	}
	l.emit(i)
	return true
}
