package native

import (
	"encoding/binary"
	"errors"
	"fmt"
	"testing"

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

// readBack reads the code of a function and proves of it what neither the assembler nor what comes
// before it is asked about: that it is instructions one after the other, that branches lead to
// instructions, that no place of the stack gets anywhere, and that whatever an address is made of with a
// second register, that register has been written as 32 bits on every way to it.
func readBack(c *machineCode) error {
	var list []decoded
	index := map[int]int{}
	for at := 0; at < c.end; {
		d, err := decode(c.text, at)
		if err != nil || d.len == 0 {
			return fmt.Errorf("%d: % x cannot be read: %v", at, c.text[at:min(at+12, len(c.text))], err)
		}
		index[at] = len(list)
		list = append(list, d)
		at += d.len
	}
	traps, calls := map[int]bool{}, map[int]bool{}
	for _, t := range c.traps {
		traps[t.at-1] = true
	}
	for _, t := range c.calls {
		calls[t.at-1] = true
	}
	type state uint16 // the registers that hold 32 bits
	states := make([]state, len(list))
	seen := make([]bool, len(list))
	work := []int{0}
	seen[0] = true
	flow := func(to int, s state) error {
		k, ok := index[to]
		if !ok {
			return fmt.Errorf("a branch to %d, where no instruction begins", to)
		}
		if !seen[k] {
			seen[k], states[k] = true, s
			work = append(work, k)
		} else if both := states[k] & s; both != states[k] {
			states[k] = both
			work = append(work, k)
		}
		return nil
	}
	for len(work) > 0 {
		k := work[len(work)-1]
		work = work[:len(work)-1]
		d, s := &list[k], states[k]
		if err := stackStays(d); err != nil {
			return fmt.Errorf("%d: %v: %w", d.at, d.Inst, err)
		}
		for _, a := range d.Args {
			m, is := a.(x86asm.Mem)
			if !is || d.Op == x86asm.LEA || d.Op == x86asm.NOP || m.Index == 0 {
				continue
			}
			if n, bytes, ok := general(m.Index); !ok || bytes != 8 || s>>n&1 == 0 {
				return fmt.Errorf("%d: %v: an index that may have more than 32 bits", d.at, d.Inst)
			}
		}
		next := d.at + d.len
		// What is written.
		if n, bytes, ok := general(d.Args[0]); ok && !readsOnly[d.Op] {
			if s &^= 1 << n; bytes == 4 {
				s |= 1 << n
			}
		}
		set := func(bytes int, regs ...reg) {
			for _, r := range regs {
				if s &^= 1 << r; bytes == 4 {
					s |= 1 << r
				}
			}
		}
		switch d.Op {
		case x86asm.XCHG:
			if n, bytes, ok := general(d.Args[1]); ok {
				set(bytes, reg(n))
			}
		case x86asm.DIV, x86asm.IDIV, x86asm.MUL, x86asm.IMUL:
			if d.Args[1] == nil { // the results are in two registers
				_, bytes, _ := general(d.Args[0])
				set(bytes, rax, rdx)
			}
		case x86asm.CDQ:
			set(4, rdx)
		case x86asm.CQO:
			set(8, rdx)
		case x86asm.STOSB:
			set(8, rdi, rcx)
		case x86asm.CALL:
			if traps[d.at] {
				continue
			}
			if _, direct := d.Args[0].(x86asm.Rel); direct && !calls[d.at] {
				return fmt.Errorf("%d: a call of nothing", d.at)
			}
			s &= state(x86Saved & 0xFFFF)
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

// TestForms states that the decoder reads each form of the assembler as what was to be written: all
// registers, and all bases, indexes and distances of operands in memory.
func TestForms(t *testing.T) {
	bits := func(w int, n reg) x86asm.Reg {
		return map[int]x86asm.Reg{4: x86asm.EAX, 8: x86asm.RAX}[w] + x86asm.Reg(n)
	}
	read := func(a *asm) x86asm.Inst {
		t.Helper()
		d, err := x86asm.Decode(a.b, 64)
		if err != nil || d.Len != len(a.b) {
			t.Fatalf("% x: %v, %d bytes, %v", a.b, d, d.Len, err)
		}
		return d
	}
	for o, name := range map[opcode]x86asm.Op{oMov: x86asm.MOV, oLea: x86asm.LEA, oCmp: x86asm.CMP, oImul: x86asm.IMUL, oLzcnt: x86asm.LZCNT, oTzcnt: x86asm.TZCNT, oPopcnt: x86asm.POPCNT} {
		for _, w := range []int{4, 8} {
			for g := range reg(16) {
				for base := range reg(16) {
					if o != oLea {
						var a asm
						a.op(o, w, g, r(base), 0)
						if d := read(&a); d.Op != name || d.Args[0] != bits(w, g) || d.Args[1] != bits(w, base) {
							t.Errorf("% x is %v", a.b, d)
						}
					}
					for _, disp := range []int32{0, 1, -128, 127, 128, -129, 1 << 30} {
						for index := range reg(17) {
							x := m(base, disp)
							if index < 16 {
								if index == rsp {
									continue // is none
								}
								x.index, x.scale = index, uint8(disp)&3
							}
							var a asm
							a.op(o, w, g, x, 0)
							d := read(&a)
							mem, is := d.Args[1].(x86asm.Mem)
							ok := is && d.Op == name && d.Args[0] == bits(w, g) && mem.Base == bits(8, base) && int32(mem.Disp) == disp
							if index < 16 {
								ok = ok && mem.Index == bits(8, index) && mem.Scale == 1<<x.scale
							} else {
								ok = ok && mem.Index == 0
							}
							if !ok {
								t.Fatalf("% x is %v: %d, base %d, index %d, %d", a.b, d, g, base, index, disp)
							}
						}
					}
				}
			}
		}
	}
}

// TestReadBackMisses states that code is refused whose bytes are others: a branch into an instruction,
// an index of 64 bits, a place of the stack that gets away.
func TestReadBackMisses(t *testing.T) {
	for name, write := range map[string]func(*asm){
		"a branch into an instruction": func(a *asm) { a.byte(0xEB, 1); a.set(4, rcx, 7); a.byte(0xC3) },
		"an index of 64 bits": func(a *asm) {
			a.op(oMov, 8, rcx, r(rdx), 0)
			a.op(oMov, 4, rcx, rm{mem: true, base: rdi, index: rcx}, 0)
			a.byte(0xC3)
		},
		"an index of 64 bits on one way": func(a *asm) {
			a.op(oMov, 4, rcx, r(rdx), 0)
			a.byte(0x74, 3)
			a.op(oMov, 8, rcx, r(rdx), 0)
			a.op(oMov, 4, rcx, rm{mem: true, base: rdi, index: rcx}, 0)
			a.byte(0xC3)
		},
		"a place of the stack":     func(a *asm) { a.op(oLea, 8, rcx, m(rsp, 8), 0); a.byte(0xC3) },
		"the frame in a register":  func(a *asm) { a.op(oMov, 8, rcx, r(rbp), 0); a.byte(0xC3) },
		"the stack in memory":      func(a *asm) { a.op(oStore, 8, rsp, m(rdi, 8), 0); a.byte(0xC3) },
		"a jump to anywhere":       func(a *asm) { a.op(0xFF, 4, 4, r(rcx), 0) },
		"a call of nothing":        func(a *asm) { a.byte(0xE8, 0, 0, 0, 0, 0xC3) },
		"no end":                   func(a *asm) { a.byte(0x90) },
		"what is no instruction":   func(a *asm) { a.byte(0x06, 0xC3) },
		"a breakpoint in between":  func(a *asm) { a.byte(0xCC, 0xC3) },
		"a way behind the returns": func(a *asm) { a.byte(0xEB, 0x7F, 0xC3) },
	} {
		var a asm
		write(&a)
		if readBack(&machineCode{text: a.b, end: len(a.b)}) == nil {
			t.Errorf("%s is not missed: % x", name, a.b)
		}
	}
	var a asm
	a.op(oMov, 4, rcx, r(rdx), 0)
	a.op(oMov, 4, rcx, rm{mem: true, base: rdi, index: rcx}, 0)
	a.byte(0xC3)
	if err := readBack(&machineCode{text: a.b, end: len(a.b)}); err != nil {
		t.Error(err)
	}
}
