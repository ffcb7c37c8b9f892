package native

import (
	"encoding/binary"
	"errors"
	"fmt"
	"slices"

	"golang.org/x/arch/x86/x86asm"
)

// decoded is an instruction of machine code.
type decoded struct {
	at  int
	len int
	x86asm.Inst
	vex bool // one with three operands, which the decoder does not know
}

// decode reads the instruction at the offset at. Those with the prefix of AVX, of which three operand
// shifts are used, are read here: golang.org/x/arch does not know them.
func decode(text []byte, at int) (decoded, error) {
	d := decoded{at: at}
	if text[at] == 0xC4 && at+5 <= len(text) && text[at+4]>>6 == 3 {
		d.len, d.vex = 5, true
		dst := x86asm.EAX
		if text[at+2]&0x80 != 0 {
			dst = x86asm.RAX
		}
		d.Inst.Args[0] = dst + x86asm.Reg(text[at+4]>>3&7|(^text[at+1]>>7&1)<<3)
		return d, nil
	}
	var err error
	d.Inst, err = x86asm.Decode(text[at:], 64)
	d.len = d.Inst.Len
	return d, err
}

// general is the number of a general register and the bytes of it that are named; ok is false for
// others.
func general(a x86asm.Arg) (n, bytes int, ok bool) {
	r, is := a.(x86asm.Reg)
	switch {
	case !is:
	case r >= x86asm.AL && r <= x86asm.R15B:
		if r >= x86asm.SPB { // behind the high halves of four registers
			return int(r-x86asm.SPB) + 4, 1, true
		}
		return int(r-x86asm.AL) & 3, 1, true
	case r >= x86asm.AX && r <= x86asm.R15W:
		return int(r - x86asm.AX), 2, true
	case r >= x86asm.EAX && r <= x86asm.R15L:
		return int(r - x86asm.EAX), 4, true
	case r >= x86asm.RAX && r <= x86asm.R15:
		return int(r - x86asm.RAX), 8, true
	}
	return 0, 0, false
}

// readsOnly are the instructions that do not write their first operand.
var readsOnly = map[x86asm.Op]bool{x86asm.CMP: true, x86asm.TEST: true, x86asm.UCOMISS: true, x86asm.UCOMISD: true, x86asm.PUSH: true,
	x86asm.JMP: true, x86asm.CALL: true, x86asm.RET: true, x86asm.NOP: true, x86asm.INT: true, x86asm.DIV: true, x86asm.IDIV: true, x86asm.MUL: true, x86asm.BT: true}

// written are the registers that d writes, a call aside, and those of them that it writes as 32 bits.
func written(d *decoded) (list, short regs) {
	add := func(bytes int, some regs) {
		if list |= some; bytes == 4 {
			short |= some
		}
	}
	if r, _, ok := register(d.Args[0]); ok && !readsOnly[d.Op] {
		_, bytes, _ := general(d.Args[0])
		add(bytes, setOf(r))
	}
	switch d.Op {
	case x86asm.XCHG:
		if n, bytes, ok := general(d.Args[1]); ok {
			add(bytes, setOf(reg(n)))
		}
	case x86asm.DIV, x86asm.IDIV, x86asm.MUL, x86asm.IMUL:
		if d.Args[1] == nil { // the results are in two registers
			_, bytes, _ := general(d.Args[0])
			add(bytes, setOf(rax, rdx))
		}
	case x86asm.CDQ:
		add(4, setOf(rdx))
	case x86asm.CQO:
		add(8, setOf(rdx))
	case x86asm.STOSB:
		add(8, setOf(rdi, rcx))
	}
	return list, short
}

// kind says what else an instruction is.
type kind uint8

const (
	isSite    kind = iota + 1 // an access that may fault
	isTrap                    // the call of the end of a trap
	isCall                    // of a function of the module
	isMove                    // the call of Go's memmove
	isContext                 // one that needs the execution context in rax
)

// verify proves of the code c of l what neither the assembler nor what comes before it is asked about: see
// [x86proof.accesses] and [x86proof.flow].
func (amd64) verify(l *lfn, c *machineCode) error {
	p, err := read(c)
	if err != nil {
		return err
	}
	p.lfn = l
	if err := p.accesses(); err != nil {
		return err
	}
	return p.flow()
}

// read reads c: it is instructions one after the other, and what is told of it is of some of them.
func read(c *machineCode) (*x86proof, error) {
	p := &x86proof{checkpoints: map[int]checkpointCode{}, code: c, list: make([]decoded, 0, c.end/4), index: make([]int32, c.end), kinds: make([]kind, c.end)}
	for at := 0; at < c.end; {
		d, err := decode(c.text, at)
		if err != nil || d.len == 0 {
			return nil, fmt.Errorf("%d: % x cannot be read: %v", at, c.text[at:min(at+12, len(c.text))], err)
		}
		p.list = append(p.list, d)
		p.index[at] = int32(len(p.list))
		at += d.len
	}
	for _, s := range c.sites {
		if s.at >= c.end || p.index[s.at] == 0 || !reaches(&p.list[p.index[s.at]-1]) {
			return nil, fmt.Errorf("%d: no access that may be guarded", s.at)
		}
		p.kinds[s.at] = isSite
	}
	for _, t := range c.traps {
		p.kinds[t.at-1] = isTrap
	}
	for _, t := range c.calls {
		p.kinds[t.at-1] = isCall
	}
	for _, at := range c.moves {
		if at < 0 || at >= c.end {
			return nil, fmt.Errorf("%d: a call of nothing", at)
		}
		p.kinds[at] = isMove
	}
	return p, nil
}

// flow proves of every way through the code that branches lead to instructions, that no place of the stack gets
// anywhere, that whatever an address is made of with a second register, that register has been written as 32 bits
// on every way to it, and that what the caller relies on is as it was on return.
func (p *x86proof) flow() error {
	c, index, kinds := p.code, p.index, p.kinds
	type state struct {
		short uint16 // the registers that hold 32 bits
		outer
	}
	states := make([]state, len(p.list))
	seen := make([]bool, len(p.list))
	work := []int{0}
	seen[0], states[0] = true, state{outer: outer{own: x86All, depth: noFrame}}
	var keeps keeping
	flow := func(to int, s state) error {
		if to < 0 || to >= c.end || index[to] == 0 {
			return fmt.Errorf("a branch to %d, where no instruction begins", to)
		}
		k := int(index[to]) - 1
		if !seen[k] {
			seen[k], states[k] = true, s
			work = append(work, k)
			return nil
		}
		o, err := states[k].both(s.outer)
		if err != nil {
			return fmt.Errorf("%d: %w", to, err)
		}
		if both := (state{states[k].short & s.short, o}); both != states[k] {
			states[k] = both
			work = append(work, k)
		}
		return nil
	}
	for len(work) > 0 {
		k := work[len(work)-1]
		work = work[:len(work)-1]
		d, s := &p.list[k], states[k]
		if err := stackStays(d); err != nil {
			return fmt.Errorf("%d: %v: %w", d.at, d.Inst, err)
		}
		if m, is := memoryOf(d); is && m.Index != 0 {
			if n, bytes, ok := general(m.Index); !ok || bytes != 8 || s.short>>n&1 == 0 {
				return fmt.Errorf("%d: %v: an index that may have more than 32 bits", d.at, d.Inst)
			}
		}
		if kinds[d.at] == isSite { // before anything is written
			n, _ := slices.BinarySearchFunc(c.sites, d.at, func(s site, at int) int { return s.at - at })
			if err := flow(c.sites[n].to, s); err != nil {
				return err
			}
		}
		next := d.at + d.len
		var err error
		if one, is := p.checkpoints[d.at]; is {
			for n := range one.size {
				d = &p.list[k+n]
				if err := stackStays(d); err != nil {
					return fmt.Errorf("%d: %v: %w", d.at, d.Inst, err)
				}
				list, _ := written(d)
				if s.outer, err = keeps.step(s.outer, d, list, 0); err != nil {
					return fmt.Errorf("%d: %v: %w", d.at, d.Inst, err)
				}
			}
			s.short &^= uint16(one.lost)
			if err := flow(d.at+d.len, s); err != nil {
				return err
			}
			continue
		}
		list, short := written(d)
		if s.outer, err = keeps.step(s.outer, d, list, kinds[d.at]); err != nil {
			return fmt.Errorf("%d: %v: %w", d.at, d.Inst, err)
		}
		s.short = s.short&^uint16(list) | uint16(short)
		switch d.Op {
		case x86asm.CALL:
			if kinds[d.at] == isTrap {
				continue
			}
			if _, direct := d.Args[0].(x86asm.Rel); direct && kinds[d.at] != isCall {
				return fmt.Errorf("%d: a call of nothing", d.at)
			}
			if next != c.grows || !growsStack(d.Args[0]) {
				s.short &= uint16(x86Saved & 0xFFFF)
			}
			if kinds[d.at] == isMove {
				s.short &^= uint16(x86.ofMemmove & 0xFFFF)
			}
		case x86asm.RET:
			continue
		case x86asm.INT:
			return fmt.Errorf("%d: reached", d.at)
		}
		if rel, is := d.Args[0].(x86asm.Rel); is && d.Op != x86asm.CALL {
			if err := flow(next+int(rel), s); err != nil {
				return fmt.Errorf("%d: %v: %w", d.at, d.Inst, err)
			}
			if d.Op == x86asm.JMP {
				continue
			}
		} else if d.Op == x86asm.JMP {
			targets := tableTargets(c, d.at)
			if len(targets) == 0 {
				return fmt.Errorf("%d: a jump to anywhere", d.at)
			}
			for _, to := range targets {
				if err := flow(to, s); err != nil {
					return err
				}
			}
			continue
		}
		if err := flow(next, s); err != nil {
			return err
		}
	}
	return nil
}

// growsStack reports whether what is called is the engine's function for a larger stack, which keeps all registers.
func growsStack(a x86asm.Arg) bool {
	m, is := a.(x86asm.Mem)
	return is && m.Base == x86asm.RAX && m.Index == 0 && m.Disp == ctxStackGrow && m.Segment == 0
}

// reaches reports whether d has one operand in memory that is nowhere but where guards are, as far as it can be
// told from d: a base, an index once, and a distance that is not negative.
func reaches(d *decoded) bool {
	m, is := memoryOf(d)
	base, _, ok := general(m.Base)
	return is && ok && base != int(rsp) && base != int(rbp) && (m.Index == 0 || m.Scale == 1) && m.Disp >= 0 && m.Disp < 1<<31 && m.Segment == 0
}

// tableTargets are what the entries of the jump table stand for by which the instruction at the offset
// at jumps: that whose address was taken last.
func tableTargets(c *machineCode, at int) (targets []int) {
	word := func(at int) int { return int(int32(binary.LittleEndian.Uint32(c.text[at:]))) }
	best := -1
	for k, t := range c.tables {
		if t.lea <= at && (best < 0 || t.lea > c.tables[best].lea) {
			best = k
		}
	}
	if best < 0 {
		return nil
	}
	t := c.tables[best]
	start := t.lea + word(t.lea-4)
	if start < c.end || start+4*len(t.list) > len(c.text) {
		return nil
	}
	for k := range t.list {
		targets = append(targets, start+word(start+4*k))
	}
	return targets
}

// errStack says that a place of the stack is put where it may stay.
var errStack = errors.New("a place of the stack gets away")

// stackStays holds d to what the engine allows, which copies stacks: rsp and rbp are copied to each
// other alone, and pushed and popped.
func stackStays(d *decoded) error {
	isStack := func(a x86asm.Arg) bool { n, _, ok := general(a); return ok && (n == int(rsp) || n == int(rbp)) }
	if d.Op == x86asm.LEA {
		if m, is := d.Args[1].(x86asm.Mem); is && (isStack(m.Base) || m.Index != 0 && isStack(m.Index)) && !isStack(d.Args[0]) {
			return errStack
		}
		return nil
	}
	if d.Op == x86asm.CMP || d.Op == x86asm.PUSH || d.Op == x86asm.POP {
		return nil
	}
	for k, a := range d.Args {
		if a == nil || !isStack(a) {
			continue
		}
		if k > 0 && !isStack(d.Args[0]) {
			return errStack
		}
		if k == 0 && d.Op != x86asm.MOV && d.Op != x86asm.SUB && d.Op != x86asm.ADD {
			return errStack
		}
	}
	return nil
}
