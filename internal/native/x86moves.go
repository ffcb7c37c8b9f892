package native

import (
	"slices"

	"golang.org/x/arch/x86/x86asm"
)

// That the moves in front of an operation put each value where it is to be, and change nothing else, is proven by
// making them once more: of what each place holds in the end only where that was at first is known.

// unit is half of a vector register, a general register, or eight bytes of the frame: two for each register, then
// those of the frame from its top down.
type unit int32

const noUnit unit = -1

// content is what a unit holds: so many bytes of what another held at first.
type content struct {
	unit  unit
	of    unit
	bytes int
}

// contents are those of the units that have been written.
type contents []content

func (c contents) get(u unit) content {
	for _, x := range c {
		if x.unit == u {
			return x
		}
	}
	return content{u, u, 8}
}

func (c contents) set(x content) contents {
	for k := range c {
		if c[k].unit == x.unit {
			c[k] = x
			return c
		}
	}
	return append(c, x)
}

func (c contents) without(u unit) contents {
	return slices.DeleteFunc(c, func(x content) bool { return x.unit == u })
}

func (c contents) has(u unit) bool {
	for _, x := range c {
		if x.unit == u {
			return true
		}
	}
	return false
}

// unitsOf are the units of the place l, which of a vector are two.
func (p *x86proof) unitsOf(l loc, vector bool) (low, high unit) {
	if l.isReg() {
		return unit(2 * l), unit(2*l + 1)
	}
	low = unit(2*numRegs) + unit(p.code.keeping/8) + unit(l-slotBase)
	return low, low - 1
}

// operandUnits are those of the operand a of an instruction.
func (p *x86proof) operandUnits(a x86asm.Arg) (low, high unit, memory, ok bool) {
	if r, _, is := register(a); is {
		return unit(2 * r), unit(2*r + 1), false, true
	}
	m, is := a.(x86asm.Mem)
	at := distance(m)
	if !is || m.Base != x86asm.RBP || m.Index != 0 || m.Segment != 0 || at >= -p.code.keeping || at%8 != 0 {
		return 0, 0, false, false
	}
	low = unit(2*numRegs) + unit(-at/8-1)
	return low, low - 1, true, true
}

// puts reports whether code makes the moves of in, and nothing else.
func (p *x86proof) puts(in *ins, code []decoded) bool {
	n := len(in.entry) + len(in.before)
	if n == 0 {
		return len(code) == 0
	}
	p.spend(n * n / 4) // contents are searched one by one
	var wanted, is contents
	for _, list := range [2][]move{in.entry, in.before} {
		before := append(contents(nil), wanted...)
		for _, m := range list {
			bytes := 4
			if p.vec[m.v] || p.wide[m.v] {
				bytes = 8
			}
			low, high := p.unitsOf(m.from, p.vec[m.v])
			toLow, toHigh := p.unitsOf(m.to, p.vec[m.v])
			x := before.get(low)
			wanted = wanted.set(content{toLow, x.of, min(x.bytes, bytes)})
			switch {
			case p.vec[m.v]:
				x = before.get(high)
				wanted = wanted.set(content{toHigh, x.of, min(x.bytes, bytes)})
			case m.to.isReg() && m.to.reg() >= xmm0: // what of a vector was there does not matter any more
				wanted = wanted.without(toHigh)
			}
		}
	}
	for k := range code {
		var ok bool
		if is, ok = p.move(is, &code[k]); !ok {
			return false
		}
	}
	for _, x := range wanted {
		if got := is.get(x.unit); got.of != x.of || got.bytes < x.bytes {
			return false
		}
	}
	for _, x := range is {
		if x.of == x.unit && x.bytes == 8 {
			continue
		}
		r := reg(x.unit / 2)
		free := x.unit < unit(2*numRegs) && (r == scratch || r == scratchFloat || r >= xmm0 && x.unit%2 == 1 && wanted.has(x.unit-1))
		if !free && !wanted.has(x.unit) {
			return false
		}
	}
	return true
}

// move is what places hold behind d, if that moves something.
func (p *x86proof) move(c contents, d *decoded) (contents, bool) {
	to, toHigh, toMemory, ok := p.operandUnits(d.Args[0])
	from, fromHigh, fromMemory, ok2 := p.operandUnits(d.Args[1])
	if !ok || !ok2 || toMemory && fromMemory {
		return c, false
	}
	bytes := 0
	switch d.Op {
	case x86asm.MOV:
		a, b := d.Args[0], d.Args[1]
		if toMemory {
			a = b
		}
		if _, n, is := general(a); is {
			bytes = n
		}
		if !toMemory && !fromMemory {
			if _, n, is := general(b); !is || n != bytes {
				return c, false
			}
		}
		if bytes < 4 {
			return c, false
		}
	case x86asm.MOVAPS:
		if toMemory || fromMemory {
			return c, false
		}
		bytes = 16
	case x86asm.MOVUPS:
		bytes = 16
	case x86asm.MOVSS:
		bytes = 4
	case x86asm.MOVSD_XMM:
		bytes = 8
	default:
		return c, false
	}
	low, high := c.get(from), c.get(fromHigh)
	low.unit, low.bytes = to, min(low.bytes, bytes)
	c = c.set(low)
	switch {
	case bytes == 16:
		high.unit = toHigh
		c = c.set(high)
	case !toMemory && d.Op != x86asm.MOV: // the upper half is cleared
		c = c.set(content{toHigh, noUnit, 0})
	}
	return c, true
}
