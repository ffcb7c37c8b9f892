package native

import (
	"errors"

	"golang.org/x/arch/x86/x86asm"
)

// A caller relies on some registers, on its frame, and on where the stack is: see docs/ENGINE.md. That each of them is
// again what it was wherever a function returns is proven of its machine code, instruction by
// instruction, on every way through it.

// outer is what is known of the caller's at an instruction.
type outer struct {
	own   regs  // that hold what they held at first
	kept  regs  // whose contents at first are where [keeping.home] says
	depth int32 // how far the stack reaches below the frame in bytes, or noFrame or halfFrame
}

const (
	noFrame   = -1 // the return address is on top of the stack
	halfFrame = -2 // the caller's frame is, and rbp is still of that
)

// both is what is known where two ways meet.
func (o outer) both(p outer) (outer, error) {
	if o.depth != p.depth {
		return o, errFrames
	}
	o.own &= p.own
	o.kept &= p.kept
	return o, nil
}

// home is where the function keeps a register for its caller: in another register, or so many bytes below the frame.
type home struct {
	in    reg // or noReg
	below int32
	is    bool
}

// keeping proves what is said above of one function.
type keeping struct{ homes [numRegs]home }

// What is wrong with a function that does not keep what its caller relies on.
var (
	errFrames  = errors.New("frames differ on the ways to it")
	errFrame   = errors.New("no frame, or another one, is expected")
	errReturns = errors.New("a register of the caller is not what it was")
	errOutside = errors.New("the stack is written outside the frame")
	errContext = errors.New("the execution context may be elsewhere")
)

// register is the general or vector register that a is, and whether a is all of it that matters.
func register(a x86asm.Arg) (r reg, whole, ok bool) {
	if n, bytes, is := general(a); is {
		return reg(n), bytes == 8, true
	}
	if x, is := a.(x86asm.Reg); is && x >= x86asm.X0 && x <= x86asm.X15 {
		return xmm0 + reg(x-x86asm.X0), true, true
	}
	return noReg, false, false
}

// distance is that of m from its registers: the decoder reads one of four bytes without a sign.
func distance(m x86asm.Mem) int32 { return int32(m.Disp) }

// step is what is known behind d, which writes the registers list.
func (k *keeping) step(o outer, d *decoded, list regs, what kind) (outer, error) {
	if what == isContext && !o.own.has(x86.intArgs[0]) {
		return o, errContext
	}
	switch d.Op {
	case x86asm.RET:
		if o.depth != noFrame {
			return o, errFrame
		}
		if o.own&x86Saved != x86Saved {
			return o, errReturns
		}
		return o, nil
	case x86asm.CALL:
		if o.depth < 0 {
			return o, errFrame
		}
		switch {
		case what == isMove:
			return k.lose(o, x86.ofMemmove), nil
		case !growsStack(d.Args[0]):
			return k.lose(o, x86.callerSaved), nil
		}
		return o, nil
	case x86asm.PUSH:
		if r, _, ok := register(d.Args[0]); !ok || r != rbp || o.depth != noFrame {
			return o, errFrame
		}
		o.depth = halfFrame
		return o, nil
	case x86asm.POP:
		if r, _, ok := register(d.Args[0]); !ok || r != rbp || o.depth != 0 {
			return o, errFrame
		}
		o.depth = noFrame
		return o, nil
	}
	before := o
	o = k.lose(o, list)
	if m, is := d.Args[0].(x86asm.Mem); is && !readsOnly[d.Op] {
		return k.store(o, d, m)
	}
	to, whole, ok := register(d.Args[0])
	switch {
	case !ok || !list.has(to):
		return o, nil
	case to == rsp || to == rbp:
		return k.stack(o, d, to)
	}
	from, fromWhole, copied := register(d.Args[1])
	copied = copied && whole && fromWhole && (d.Op == x86asm.MOV || d.Op == x86asm.MOVAPS)
	m, loaded := d.Args[1].(x86asm.Mem)
	loaded = loaded && whole && (d.Op == x86asm.MOV || d.Op == x86asm.MOVUPS) && m.Base == x86asm.RBP && m.Index == 0
	h := k.homes[to]
	switch {
	case copied && before.own.has(from) && x86Saved.has(from):
		return k.keep(o, from, home{to, 0, true}), nil
	case before.kept.has(to) && (copied && h.in == from || loaded && h.in == noReg && o.depth >= 0 && h.below == -distance(m)):
		o.own |= 1 << to
	}
	return o, nil
}

// lose notes that registers are written.
func (k *keeping) lose(o outer, list regs) outer {
	o.own &^= list
	if o.kept != 0 {
		for r, h := range k.homes {
			if h.is && h.in != noReg && list.has(h.in) {
				o.kept &^= 1 << r
			}
		}
	}
	return o
}

// keep notes that what is in r at first is at h. A register has one home in a function.
func (k *keeping) keep(o outer, r reg, h home) outer {
	if !k.homes[r].is {
		k.homes[r] = h
	}
	if k.homes[r] == h {
		o.kept |= 1 << r
	}
	return o
}

// stack is what is known behind d, which writes rsp or rbp.
func (k *keeping) stack(o outer, d *decoded, to reg) (outer, error) {
	from, _, _ := register(d.Args[1])
	n, isImm := d.Args[1].(x86asm.Imm)
	m, isMem := d.Args[1].(x86asm.Mem)
	if _, bytes, _ := general(d.Args[0]); bytes != 8 {
		return o, errFrame
	}
	down := int64(0)
	switch {
	case d.Op == x86asm.MOV && to == rbp && from == rsp && o.depth == halfFrame:
		o.depth = 0
		return o, nil
	case to == rbp || o.depth < 0:
		return o, errFrame
	case d.Op == x86asm.MOV && from == rbp:
		o.depth = 0
		return o, nil
	case d.Op == x86asm.SUB && isImm:
		down = int64(n)
	case d.Op == x86asm.ADD && isImm:
		down = -int64(n)
	case d.Op == x86asm.LEA && isMem && m.Base == x86asm.RSP && m.Index == 0:
		down = -int64(distance(m))
	default:
		return o, errFrame
	}
	if down += int64(o.depth); down < 0 || down != int64(int32(down)) {
		return o, errFrame
	}
	o.depth = int32(down)
	return o, nil
}

// store is what is known behind d, which writes to m.
func (k *keeping) store(o outer, d *decoded, m x86asm.Mem) (outer, error) {
	base, _, _ := general(m.Base)
	if m.Base == 0 || base != int(rsp) && base != int(rbp) {
		return o, nil // no memory of a guest, and nothing of the engine's, is on the stack
	}
	at, size := int64(distance(m)), int64(d.MemBytes)
	if m.Index != 0 || o.depth < 0 || size == 0 {
		return o, errOutside
	}
	if base == int(rsp) {
		at -= int64(o.depth)
	} else if at >= 16 { // what is returned in the caller's frame, behind the return address
		return o, nil
	}
	if at+size > 0 || at < -int64(o.depth) {
		return o, errOutside
	}
	for r, h := range k.homes {
		if h.is && h.in == noReg && at < int64(saveSize(reg(r))-h.below) && -int64(h.below) < at+size {
			o.kept &^= 1 << r
		}
	}
	if r, whole, ok := register(d.Args[1]); ok && whole && x86Saved.has(r) && o.own.has(r) && size == int64(saveSize(r)) {
		o = k.keep(o, r, home{noReg, int32(-at), true})
	}
	return o, nil
}
