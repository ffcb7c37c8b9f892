package native

import (
	"errors"
	"fmt"
	"slices"

	"golang.org/x/arch/x86/x86asm"
)

// A third proof is made of each function for amd64: that its machine code, read back instruction by
// instruction, does for each access and each check what the operation says, and has no other accesses but those of
// its frame, its constants and the execution context. It shares nothing with the assembler.

// x86proof is the code of a function as it was read back.
type x86proof struct {
	*lfn
	code        *machineCode
	list        []decoded
	index       []int32                // of the instruction that begins at an offset, from 1 on
	kinds       []kind                 // by offset
	codes       []uint8                // of traps, by the offset of their call
	checkpoints map[int]checkpointCode // that are proven, by the offset where they begin
}

// errAccess says that an instruction is none of those that an operation is made of.
var errAccess = errors.New("it is not what the operation says")

// accesses proves what is said above, and finds the instructions that need the execution context in rax.
func (p *x86proof) accesses() error {
	if len(p.code.parts) != len(p.ops) {
		return fmt.Errorf("%d parts", len(p.code.parts))
	}
	p.codes = make([]uint8, p.code.end)
	for _, t := range p.code.traps {
		p.codes[t.at-1] = uint8(t.target)
	}
	proven := make([]bool, len(p.list))
	if p.m.carries(p.lfn.index) != (p.code.inner != 0) {
		return errCarried
	}
	if p.code.inner != 0 {
		if !p.readsCarried() {
			return errCarried
		}
		proven[0] = true
	}
	for i := range p.ops {
		part := p.code.parts[i]
		if part.to == 0 {
			continue
		}
		if begin, end := p.between(part.moves, part.from); end < begin || !p.puts(&p.ops[i], p.list[begin:end]) {
			return fmt.Errorf("the moves in front of operation %d at %d do not put values where they are to be", i, part.moves)
		}
		first, last := p.between(part.from, part.to)
		if first == last && p.ops[i].mem < 0 {
			continue
		}
		if last <= first {
			return fmt.Errorf("operation %d has no code", i)
		}
		if err := p.operation(&p.ops[i], p.list[first:last], proven[first:last]); err != nil {
			return fmt.Errorf("operation %d at %d: %w", i, part.from, err)
		}
	}
	for k := range p.list {
		if err := p.alone(&p.list[k], proven[k]); err != nil {
			return fmt.Errorf("%d: %v: %w", p.list[k].at, p.list[k].Inst, err)
		}
	}
	return nil
}

// errCarried says that a function does not begin as one that carries a global.
var errCarried = errors.New("the global that is carried is not read at first")

// readsCarried reports whether the first instruction is what reads the global that is carried, for those who do not pass it, and the
// others begin behind it.
func (p *x86proof) readsCarried() bool {
	d := &p.list[0]
	m, ok := d.Args[1].(x86asm.Mem)
	return ok && d.Op == x86asm.MOV && is(d.Args[0], loc(x86.carrying), 8) && m.Base == x86asm.RBX && m.Index == 0 && m.Segment == 0 &&
		distance(m) == p.m.globalAt(p.m.carried.global) && d.len == p.code.inner
}

// between are the numbers of the instructions from the offset from to the offset to; end is less than begin where
// there is none that begins there.
func (p *x86proof) between(from, to int32) (begin, end int) {
	switch {
	case from == to:
		return 0, 0
	case from < 0 || from > to || int(to) > p.code.end || p.index[from] == 0:
		return 0, -1
	}
	begin = int(p.index[from]) - 1
	end = begin
	for end < len(p.list) && p.list[end].at < int(to) {
		end++
	}
	return begin, end
}

// alone proves what there is to prove of an instruction by itself.
func (p *x86proof) alone(d *decoded, proven bool) error {
	m, is := memoryOf(d)
	if !is || proven || m.Base == x86asm.RSP || m.Base == x86asm.RBP {
		return nil
	}
	switch {
	case m.Base == x86asm.RIP:
		if to := d.at + d.len + int(distance(m)); m.Index != 0 || to < p.code.end || to+d.MemBytes > len(p.code.text) || !readsOnly[d.Op] && d.Args[0] == x86asm.Arg(m) {
			return errAccess
		}
		return nil
	case m.Base != x86asm.RAX || m.Index != 0 || m.Segment != 0:
	case d.Op == x86asm.CMP && d.Args[0] == x86asm.RSP && m.Disp == ctxStackBottom,
		d.Op == x86asm.MOV && d.Args[0] == x86asm.Arg(m) && m.Disp == ctxGrowSize && d.MemBytes == 8,
		d.Op == x86asm.CALL && m.Disp == ctxStackGrow:
		p.kinds[d.at] = isContext
		return nil
	}
	return errAccess
}

// memoryOf is the operand of d in memory.
func memoryOf(d *decoded) (x86asm.Mem, bool) {
	if d.Op != x86asm.LEA && d.Op != x86asm.NOP {
		for _, a := range d.Args {
			if m, is := a.(x86asm.Mem); is {
				return m, true
			}
		}
	}
	return x86asm.Mem{}, false
}

// is reports whether a is the register at l, or so many bytes of it.
func is(a x86asm.Arg, l loc, bytes int) bool {
	if l.isReg() && l.reg() >= xmm0 {
		return a == x86asm.X0+x86asm.Reg(l.reg()-xmm0)
	}
	n, got, ok := general(a)
	return ok && l.isReg() && n == int(l.reg()) && got == bytes
}

// addresses reports whether a is the operand of in in memory.
func addresses(a x86asm.Arg, in *ins) bool {
	m, ok := a.(x86asm.Mem)
	if !ok || in.mem < 0 || !is(m.Base, in.uses[in.mem].at, 8) || distance(m) != in.disp || m.Segment != 0 {
		return false
	}
	if !in.index {
		return m.Index == 0
	}
	return is(m.Index, in.uses[in.mem+1].at, 8) && m.Scale == 1<<in.scale
}

// form is an instruction by what it does, how many bytes it has in memory, and how many of a general register.
type form struct {
	op            x86asm.Op
	memory, bytes int
}

// x86loads are those of the kinds of loads.
var x86loads = [...]form{
	ldL: {x86asm.MOV, 4, 4}, ldQ: {x86asm.MOV, 8, 8}, ldBU: {x86asm.MOVZX, 1, 4}, ldWU: {x86asm.MOVZX, 2, 4},
	ldB4S: {x86asm.MOVSX, 1, 4}, ldW4S: {x86asm.MOVSX, 2, 4}, ldB8S: {x86asm.MOVSX, 1, 8}, ldW8S: {x86asm.MOVSX, 2, 8},
	ldL8S: {x86asm.MOVSXD, 4, 8}, ldF: {x86asm.MOVSS, 4, 0}, ldD: {x86asm.MOVSD_XMM, 8, 0}, ldV: {x86asm.MOVUPS, 16, 0},
	ldX: {x86asm.PMOVSXBW, 8, 0}, ldX + 1: {x86asm.PMOVZXBW, 8, 0}, ldX + 2: {x86asm.PMOVSXWD, 8, 0}, ldX + 3: {x86asm.PMOVZXWD, 8, 0},
	ldX + 4: {x86asm.PMOVSXDQ, 8, 0}, ldX + 5: {x86asm.PMOVZXDQ, 8, 0},
}

// x86arithmetic are the operations that are encoded alike, by their numbers.
var x86arithmetic = [...]x86asm.Op{x86asm.ADD, x86asm.OR, x86asm.ADC, x86asm.SBB, x86asm.AND, x86asm.SUB, x86asm.XOR, x86asm.CMP}

// x86floats are those on floats of 4 and of 8 bytes, by their opcodes from 58 on.
var x86floats = [7][2]x86asm.Op{{x86asm.ADDSS, x86asm.ADDSD}, {x86asm.MULSS, x86asm.MULSD}, 4: {x86asm.SUBSS, x86asm.SUBSD}, 6: {x86asm.DIVSS, x86asm.DIVSD}}

// x86stores are those of registers for floats, by the sizes of stores.
var x86stores = [...]x86asm.Op{2: x86asm.MOVSS, 3: x86asm.MOVSD_XMM, 4: x86asm.MOVUPS}

// x86traps are the jumps to traps.
var x86traps = [...]x86asm.Op{ccA: x86asm.JA, ccAE: x86asm.JAE, ccE: x86asm.JE, ccNE: x86asm.JNE}

// operation proves the code of in. What of it is an access is proven then.
func (p *x86proof) operation(in *ins, code []decoded, proven []bool) error {
	fits := func(n int) bool { return len(code) == n }
	last := len(code) - 1
	d := &code[last]
	ok := true
	switch in.op {
	case mLoad:
		f := x86loads[in.sub]
		ok = fits(1) && d.Op == f.op && d.MemBytes == f.memory && is(d.Args[0], in.defs[0].at, f.bytes) && addresses(d.Args[1], in)
	case mStore:
		f := form{x86asm.MOV, 1 << in.sub, 1 << in.sub}
		if src := in.uses[0].at; src.isReg() && src.reg() >= xmm0 {
			f.op = x86stores[in.sub]
		}
		ok = fits(1) && d.Op == f.op && d.MemBytes == f.memory && addresses(d.Args[0], in) && is(d.Args[1], in.uses[0].at, f.bytes)
	case mStoreImm:
		n, constant := d.Args[1].(x86asm.Imm)
		bits := min(8<<in.sub, 32)
		ok = fits(1) && d.Op == x86asm.MOV && d.MemBytes == 1<<in.sub && addresses(d.Args[0], in) && constant && (int64(n)^in.imm)<<(64-bits) == 0
	case mCheck:
		ok = fits(3) && p.check(in, code)
		last = 1
	case mCheckLim:
		ok = fits(2) && p.limit(in, code)
		last = 0
	case mCallMem:
		if reg(in.sub) == noReg {
			return nil
		}
		m, _ := code[0].Args[0].(x86asm.Mem)
		ok = code[0].Op == x86asm.CALL && is(m.Base, loc(in.sub), 8) && m.Index == 0 && distance(m) == in.disp
		last = 0
	case mCheckpoint:
		if !p.checkpoint(in, code, proven) {
			return fmt.Errorf("%v: %w", d.Inst, errAccess)
		}
		return nil
	case mFill:
		m, _ := d.Args[0].(x86asm.Mem)
		ok = fits(1) && d.Op == x86asm.STOSB && m.Base == x86asm.RDI
	case mTrap:
		ok, last = p.leads(code[0].at, in, in.code), -1
	case mDiv:
		for k := range code {
			if rel, is := code[k].Args[0].(x86asm.Rel); is {
				to := code[k].at + code[k].len + int(rel)
				ok = ok && (to > code[k].at && to <= d.at+d.len || p.leads(to, in, exitDivideZero) || p.leads(to, in, exitOverflow))
			}
		}
		last = -1
	case mSwitch:
		if len(in.list) <= 4 {
			return nil
		}
		if ok = p.jumpsInTable(in, code); ok {
			proven[3] = true
		}
		last = -1
	default:
		if in.mem < 0 {
			return nil
		}
		ok = len(code) <= 2 && arithmetic(in, d) && (fits(1) || putsFirst(&code[0], in))
	}
	if !ok {
		return fmt.Errorf("%v: %w", d.Inst, errAccess)
	}
	if last < 0 {
		return nil
	}
	proven[last] = true
	if in.guarded() {
		k, found := slices.BinarySearchFunc(p.code.sites, code[last].at, func(s site, at int) int { return s.at - at })
		if !found || !p.leads(p.code.sites[k].to, in, in.code) {
			return fmt.Errorf("%v: its fault is no trap", code[last].Inst)
		}
	}
	return nil
}

// putsFirst reports whether d puts the first operand of in where the result is to be.
func putsFirst(d *decoded, in *ins) bool {
	to, from := in.defs[0].at, in.uses[0].at
	if to.isReg() && to.reg() >= xmm0 {
		return d.Op == x86asm.MOVAPS && is(d.Args[0], to, 0) && is(d.Args[1], from, 0)
	}
	return d.Op == x86asm.MOV && is(d.Args[0], to, int(in.w)) && is(d.Args[1], from, int(in.w))
}

// arithmetic reports whether d is the operation in, whose second operand is in memory.
func arithmetic(in *ins, d *decoded) bool {
	if len(in.defs) == 0 || d.MemBytes != int(in.w) || !is(d.Args[0], in.defs[0].at, int(in.w)) || !addresses(d.Args[1], in) {
		return false
	}
	switch in.op {
	case mAlu:
		return d.Op == x86arithmetic[in.sub]
	case mImul:
		return d.Op == x86asm.IMUL
	case mFAlu:
		return in.sub >= 0x58 && in.sub <= 0x5E && d.Op == x86floats[in.sub-0x58][in.w/8]
	}
	return false
}

// second reports whether a is the second operand of in, of bytes.
func (p *x86proof) second(a x86asm.Arg, in *ins, bytes int) bool {
	if int(in.mem) == 1 {
		return addresses(a, in)
	}
	return p.at(a, in.uses[1].at, bytes)
}

// at reports whether a is the place l, of bytes.
func (p *x86proof) at(a x86asm.Arg, l loc, bytes int) bool {
	if l.isReg() {
		return is(a, l, bytes)
	}
	m, ok := a.(x86asm.Mem)
	return ok && m.Base == x86asm.RBP && m.Index == 0 && distance(m) == -p.code.keeping-8*int32(l-slotBase+1)
}

// check proves the code of an [mCheck]: the end of an access is computed, compared and trapped at.
func (p *x86proof) check(in *ins, code []decoded) bool {
	end, compare := &code[0], &code[1]
	t := in.temps[0].at
	m, _ := end.Args[1].(x86asm.Mem)
	return end.Op == x86asm.LEA && is(end.Args[0], t, 8) && is(m.Base, in.uses[0].at, 8) && m.Index == 0 && int64(distance(m)) == in.imm &&
		compare.Op == x86asm.CMP && is(compare.Args[0], t, 8) && p.second(compare.Args[1], in, 8) && p.traps(&code[2], x86asm.JA, in)
}

// limit proves the code of an [mCheckLim].
func (p *x86proof) limit(in *ins, code []decoded) bool {
	d, cc, w := &code[0], in.cc, int(in.w)
	a := in.uses[0].at
	switch in.sub {
	case 0:
		cc, w = ccA, 8
		fallthrough
	case 1:
		if d.Op != x86asm.CMP || !is(d.Args[0], a, w) || !p.second(d.Args[1], in, w) {
			return false
		}
	default:
		if d.Op != x86asm.TEST || !is(d.Args[0], a, w) || !is(d.Args[1], a, w) {
			return false
		}
	}
	return int(cc) < len(x86traps) && p.traps(&code[1], x86traps[cc], in)
}

// traps reports whether d is the jump to the trap of in.
func (p *x86proof) traps(d *decoded, jump x86asm.Op, in *ins) bool {
	rel, ok := d.Args[0].(x86asm.Rel)
	return ok && d.Op == jump && jump != 0 && p.leads(d.at+d.len+int(rel), in, in.code)
}

// leads reports whether the trap of in begins at the offset at: with the execution context in rax, and with a frame.
func (p *x86proof) leads(at int, in *ins, code uint8) bool {
	if at < 0 || at >= p.code.end || p.index[at] == 0 {
		return false
	}
	k := int(p.index[at]) - 1
	if ctx := in.uses[in.ctx].at; ctx != loc(rax) {
		d := &p.list[k]
		if d.Op != x86asm.MOV || !is(d.Args[0], loc(rax), 8) || !p.at(d.Args[1], ctx, 8) {
			return false
		}
		k++
	}
	for ; k < len(p.list); k++ {
		d := &p.list[k]
		switch {
		case d.Op == x86asm.PUSH, d.Op == x86asm.MOV && d.Args[0] == x86asm.RBP && d.Args[1] == x86asm.RSP:
		default:
			return d.Op == x86asm.CALL && p.kinds[d.at] == isTrap && p.codes[d.at] == code
		}
	}
	return false
}

// jumpsInTable proves the code of an [mSwitch] with a table: it is read within it.
func (p *x86proof) jumpsInTable(in *ins, code []decoded) bool {
	if len(code) != 6 {
		return false
	}
	x, t, u := in.uses[0].at, in.temps[0].at, in.temps[1].at
	n, _ := code[0].Args[1].(x86asm.Imm)
	table := slices.IndexFunc(p.code.tables, func(t table) bool { return t.lea == code[2].at+code[2].len })
	m, _ := code[3].Args[1].(x86asm.Mem)
	return table >= 0 && code[0].Op == x86asm.CMP && is(code[0].Args[0], x, 4) && int(n) == len(p.code.tables[table].list) && code[1].Op == x86asm.JAE &&
		code[2].Op == x86asm.LEA && is(code[2].Args[0], t, 8) &&
		code[3].Op == x86asm.MOVSXD && is(code[3].Args[0], u, 8) && is(m.Base, t, 8) && is(m.Index, x, 8) && m.Scale == 4 && m.Disp == 0 &&
		code[4].Op == x86asm.ADD && is(code[4].Args[0], u, 8) && is(code[4].Args[1], t, 8) && code[5].Op == x86asm.JMP && is(code[5].Args[0], u, 8)
}
