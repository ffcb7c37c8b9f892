package native

import (
	"fmt"
	"math/bits"
)

// A third proof is made of each function for arm64: that its machine code, read back word by word, does
// for each access and each check what the operation says, extends each index of 32 bits where it becomes
// part of an address, and has no other accesses but those of frames. It shares nothing with the assembler.

// a64sum is what a register holds within an operation: registers at its begin and a constant.
type a64sum struct {
	known bool
	base  int32 // -1 for none
	index int32 // extended from 32 bits with zeros; -1 for none
	shift uint8
	n     int64
}

// a64proof reads the code of one operation.
type a64proof struct {
	code  *machineCode
	at    int // of the next word
	end   int
	traps map[int]uint8 // by the place of their call
	x27   a64sum
}

func (p *a64proof) word(at int) uint32 {
	b := p.code.text[at:]
	return uint32(b[0]) | uint32(b[1])<<8 | uint32(b[2])<<16 | uint32(b[3])<<24
}

// verify proves what is said above of c, the code of l.
func (arm64) verify(l *lfn, c *machineCode) error {
	if c.end%4 != 0 || c.end > len(c.text) || len(c.parts) != len(l.ops) {
		return fmt.Errorf("%d bytes of code", c.end)
	}
	p := &a64proof{code: c, traps: map[int]uint8{}}
	for _, t := range c.traps {
		p.traps[t.at] = uint8(t.target)
	}
	proven := map[int]bool{} // accesses, by their places
	if l.m.carries(l.index) != (c.inner != 0) {
		return errCarried
	}
	if c.inner != 0 { // ldr x7, [x1, #at]
		if c.inner != 4 || p.word(0) != 0xF9400027|uint32(l.m.globalAt(l.m.carried.global)>>3)<<10 {
			return errCarried
		}
		proven[0] = true
	}
	for i := range l.ops {
		in := &l.ops[i]
		p.at, p.end, p.x27 = int(c.parts[i].from), int(c.parts[i].to), a64sum{}
		if p.end == 0 { // the code of a block that nothing leads to, or that is jumped over
			continue
		}
		var err error
		switch in.op {
		case mLoad, mStore, mStoreImm:
			at := p.end - 4
			if in.op == mLoad && in.sub >= ldX { // what is loaded is extended then
				at -= 4
			}
			err = p.access(in, at, proven)
		case mCheck:
			err = p.check(l, in)
		case mCheckLim:
			err = p.limit(l, in, proven)
		case mExt:
			// An address of 64 bits may be made of it: see [proof.checked].
			want := 0x2A0003E0 | uint32(in.defs[0].at) | uint32(in.uses[0].at)<<16 // mov w, w
			if x := p.word(p.at); in.sub == extL && (x != want || p.end != p.at+4) {
				err = fmt.Errorf("%#x does not extend", x)
			}
		}
		if err != nil {
			return fmt.Errorf("operation %d at %d: %w", i, p.at, err)
		}
	}
	written := regs(0)
	for at := 0; at < c.end; at += 4 {
		if err := p.alone(at, proven[at]); err != nil {
			return fmt.Errorf("%#x at %d: %w", p.word(at), at, err)
		}
		written |= a64written(p.word(at))
	}
	if lost := written & armSaved &^ c.kept; lost != 0 {
		return fmt.Errorf("the registers %#x of the caller are written and not kept", uint64(lost))
	}
	return nil
}

// a64written is the register that the instruction x writes, or may.
func a64written(x uint32) regs {
	general, vector := regs(1)<<(x&31), regs(1)<<(reg(x&31)+firstFloat)
	switch {
	case x>>25&5 == 4: // loads and stores
		opc := x >> 22 & 3
		switch {
		case x>>24 == 0x9C: // of a constant
			return vector
		case x>>27&7 != 7 || opc == 0 || x>>26&1 == 1 && x>>30 == 0 && opc == 2: // a pair, of the frame alone, or a store
			return 0
		case x>>26&1 == 1:
			return vector
		}
		return general
	case x>>26&7 == 5: // branches
		return 0
	case x>>25&7 == 7 && !a64integer(x):
		return vector
	}
	return general
}

// a64integer reports whether x, an instruction on floats or vectors, makes an integer.
func a64integer(x uint32) bool {
	op := x >> 16 & 7
	return x&0x7F20FC00 == 0x1E200000 && (op < 2 || op == 6) || x&0xBFE0EC00 == 0x0E002C00
}

// until follows x27 to the word at the offset at.
func (p *a64proof) until(at int) error {
	for ; p.at < at; p.at += 4 {
		x := p.word(p.at)
		d, n, m := x&31, int32(x>>5&31), int32(x>>16&31)
		if d != 27 {
			if d == 29 && (x&0x7F800000 == 0x52800000 || x&0x7F800000 == 0x12800000 || x&0x7F800000 == 0x72800000 || x&0x7FC003E0 == 0x320003E0 || x&0x7FC003E0 == 0x324003E0) {
				continue // the constant that is stored
			}
			return fmt.Errorf("%#x is not expected", x)
		}
		shift, imm := x>>21&3*16, int64(x>>5&0xFFFF)
		s := &p.x27
		switch {
		case x&0xFF800000 == 0xD2800000: // movz
			*s = a64sum{true, -1, -1, 0, imm << shift}
		case x&0xFF800000 == 0x92800000: // movn
			*s = a64sum{true, -1, -1, 0, ^(imm << shift)}
		case x&0xFF800000 == 0xF2800000 && s.known && s.base < 0 && s.index < 0: // movk
			s.n = s.n&^(0xFFFF<<shift) | imm<<shift
		case x&0xFF8003E0 == 0xB20003E0: // orr
			*s = a64sum{true, -1, -1, 0, int64(a64ones(x>>22&1, x>>16&63, x>>10&63))}
		case x&0xFFE0FC00 == 0x8B204000 && n == 27 && s.known && s.base < 0 && s.index < 0: // add x27, x27, w, uxtw
			s.index = m
		case x&0xFFE0FC00 == 0x8B204000 && n != 27 && n != 31: // add x27, x, w, uxtw
			*s = a64sum{true, n, m, 0, 0}
		default:
			return fmt.Errorf("%#x is not expected", x)
		}
	}
	return nil
}

// a64ones is the operand of a logical instruction on 64 bits.
func a64ones(n, immr, imms uint32) uint64 {
	size := 1 << (bits.Len32(n<<6|^imms&63) - 1)
	run := uint64(1)<<(imms&uint32(size-1)+1) - 1
	mask := ^uint64(0) >> (64 - size)
	r := int(immr) & (size - 1)
	run = (run>>r | run<<(size-r)) & mask
	for s := size; s < 64; s *= 2 {
		run |= run << s
	}
	return run
}

// memoryOperand reads the access x: its bytes, and the address.
func (p *a64proof) memoryOperand(x uint32) (size uint32, s a64sum, ok bool) {
	if x>>27&7 != 7 || x>>25&1 != 0 { // no load or store of one register
		return 0, s, false
	}
	size = x >> 30
	if x>>26&1 != 0 && x>>23&1 != 0 { // 16 bytes of a float register
		if size != 0 {
			return 0, s, false
		}
		size = 4
	}
	n := int32(x >> 5 & 31)
	s = a64sum{known: n != 27, base: n, index: -1}
	if n == 27 {
		s = p.x27
	}
	switch {
	case x>>24&1 == 1: // with an offset in units of the size
		s.n += int64(x>>10&0xFFF) << size
	case x>>21&1 == 0 && x>>10&3 == 0: // with an offset in bytes
		s.n += int64(int32(x<<11) >> 23)
	case x>>21&1 == 1 && x>>10&3 == 2: // with a register
		m := int32(x >> 16 & 31)
		switch x >> 13 & 7 {
		case 2:
			if s.index >= 0 {
				return 0, s, false
			}
			s.index = m
			if x>>12&1 == 1 {
				s.shift = uint8(size)
			}
		case 3:
			if m != 27 || n == 27 || x>>12&1 != 0 || !p.x27.known || p.x27.base >= 0 {
				return 0, s, false
			}
			s.index, s.n = p.x27.index, p.x27.n
		default:
			return 0, s, false
		}
	default:
		return 0, s, false
	}
	return size, s, s.known
}

// access proves that the word at the offset at is the access of in.
func (p *a64proof) access(in *ins, at int, proven map[int]bool) error {
	if err := p.until(at); err != nil {
		return err
	}
	x := p.word(at)
	size, got, ok := p.memoryOperand(x)
	want := a64sum{known: true, base: int32(in.uses[in.mem].at), index: -1, n: int64(in.disp)}
	if in.index {
		want.index, want.shift = int32(in.uses[in.mem+1].at), in.scale
	}
	if !ok || got != want {
		return fmt.Errorf("%#x accesses %v, not %v", x, got, want)
	}
	bytes, store, t := uint32(0), true, loc(x&31+x>>26&1*32)
	switch in.op {
	case mStore:
		bytes = uint32(in.sub)
		ok = t == in.uses[0].at
	case mStoreImm: // of zero, or of a constant
		bytes = uint32(in.sub)
		ok = t == 31 && in.imm == 0 || t == 29 && in.imm != 0
	case mLoad:
		ok = t == in.defs[0].at
		bytes, store = [...]uint32{ldL: 2, ldQ: 3, ldB4S: 0, ldBU: 0, ldW4S: 1, ldWU: 1, ldB8S: 0, ldW8S: 1, ldL8S: 2, ldF: 2, ldD: 3, ldV: 4, ldX: 3}[min(in.sub, ldX)], false
	default:
		bytes, store = uint32(in.w)/8+2, false
		ok = t == 27
	}
	opc := x >> 22 & 3
	if size == 4 {
		opc &= 1
	}
	if !ok || size != bytes || (opc == 0) != store {
		return fmt.Errorf("%#x accesses %d bytes, of register %d", x, 1<<size, t)
	}
	proven[at] = true
	return nil
}

// leads proves that the word at the offset at goes to the trap of in where the condition cc holds.
func (p *a64proof) leads(at int, in *ins, cc uint32) error {
	x := p.word(at)
	if x&0xFF00001F != 0x54000000|cc {
		return fmt.Errorf("%#x is not the branch to a trap", x)
	}
	return p.trap(at+4*(int(int32(x<<8)>>13)), in)
}

// trap proves that what begins at the offset at is the way to the trap of in.
func (p *a64proof) trap(at int, in *ins) error {
	for range 6 {
		if at < 0 || at >= p.code.end {
			break
		}
		if code, is := p.traps[at]; is && p.word(at)&0xFC000000 == 0x94000000 {
			if code != in.code {
				return fmt.Errorf("trap %d, not %d", code, in.code)
			}
			return nil
		}
		if x := p.word(at); x&0x7C000000 == 0x14000000 || x>>24 == 0x54 || x>>25 == 0x6B { // a branch
			break
		}
		at += 4
	}
	return fmt.Errorf("no trap at %d", at)
}

// check proves the code of an [mCheck].
func (p *a64proof) check(l *lfn, in *ins) error {
	if err := p.until(p.end - 8); err != nil {
		return err
	}
	want := a64sum{true, -1, int32(in.uses[0].at), 0, in.imm}
	if p.x27 != want {
		return fmt.Errorf("%v is compared, not %v", p.x27, want)
	}
	if x := p.word(p.end - 8); x != 0xEB00037F|uint32(in.uses[1].at)<<16 { // cmp x27, x
		return fmt.Errorf("%#x is not the comparison", x)
	}
	return p.leads(p.end-4, in, 8)
}

// limit proves the code of an [mCheckLim].
func (p *a64proof) limit(l *lfn, in *ins, proven map[int]bool) error {
	a := uint32(in.uses[0].at)
	switch in.sub {
	case 0:
		b := uint32(in.uses[1].at)
		want, cc := 0xEB20401F|b<<5|a<<16, uint32(3) // cmp b, a, uxtw; lo
		if l.wide[in.uses[0].v] {
			want, cc = 0xEB00001F|a<<5|b<<16, 8
		}
		if x := p.word(p.at); x != want || p.end != p.at+8 {
			return fmt.Errorf("%#x is not the comparison", x)
		}
		return p.leads(p.at+4, in, cc)
	case 1:
		if err := p.access(in, p.end-12, proven); err != nil {
			return err
		}
		want := 0x6B1B001F | a<<5
		if in.w == 8 {
			want |= 1 << 31
		}
		if x := p.word(p.end - 8); x != want {
			return fmt.Errorf("%#x is not the comparison", x)
		}
		cc, ok := map[cond]uint32{ccAE: 2, ccNE: 1}[in.cc]
		if !ok {
			return fmt.Errorf("condition %d", in.cc)
		}
		return p.leads(p.end-4, in, cc)
	}
	x := p.word(p.at)
	want := 0x34000000 | a
	if in.w == 8 {
		want |= 1 << 31
	}
	if in.cc != ccE || x&0xFF00001F != want || p.end != p.at+4 {
		return fmt.Errorf("%#x is not the branch to a trap", x)
	}
	return p.trap(p.at+4*(int(int32(x<<8)>>13)), in)
}

// alone proves what there is to prove of a word by itself. An access that is none of an operation's is to
// the frame, the execution context's trampolines, or a table of jumps.
func (p *a64proof) alone(at int, proven bool) error {
	x := p.word(at)
	d, n, m := x&31, x>>5&31, x>>16&31
	inside := func(distance int32) error {
		if to := at + 4*int(distance); to < 0 || to >= p.code.end {
			return fmt.Errorf("a branch to %d", to)
		}
		return nil
	}
	switch {
	case x>>25&5 == 4: // loads and stores
		switch {
		case proven:
			return nil
		case n == 31 && x>>27&7 != 3: // of the frame: with a constant, or with one in x27
			if x>>21&1 == 1 && x>>24&1 == 0 && x>>27&7 == 7 && m != 27 {
				break
			}
			return nil
		case x>>22 == 0x3E5 && n == 0: // of the execution context
			return nil
		case x&0xFFC00000 == 0xF9000000 && n == 0 && x>>10&0xFFF == ctxGrowSize/8 && d == 27:
			return nil
		case x&0xFFE0FC00 == 0xB8A05800: // of a table
			return nil
		case x>>24 == 0x9C: // of a constant behind the instructions
			if to := at + 4*int(int32(x<<8)>>13); to >= p.code.end && to+16 <= len(p.code.text) {
				return nil
			}
		case (x&0xFFFFFC00 == 0x3C810400 || x&0xFFFFFC00 == 0x38001400) && n == 8: // of memory.fill
			return nil
		}
		return fmt.Errorf("an access that nothing proves")
	case x>>26 == 0x05: // b
		return inside(int32(x<<6) >> 6)
	case x>>26 == 0x25: // bl
		return nil
	case x>>24 == 0x54, x>>25&0x3F == 0x1A: // b.cond, cbz, cbnz
		return inside(int32(x<<8) >> 13)
	case x>>25&0x3F == 0x1B: // tbz
		return fmt.Errorf("a branch that is never made")
	case x == 0xD65F03C0, x == 0xD503201F, x == 0xD4200000, x&0xFFFFFC1F == 0xD61F0000, x&0xFFFFFC1F == 0xD63F0000: // ret, nop, brk, br, blr
		return nil
	case x>>26&7 == 5: // other branches, and the system's
		return fmt.Errorf("an instruction that is never written")
	}
	stack := x>>23&0x3F == 0x22 || x&0x1FE00000 == 0x0B200000 // adds with sp in the place of zero
	flags := x>>29&1 == 1
	if stack && n == 31 {
		if d == 31 && x>>31 == 1 || x>>29 == 6 && d == 27 { // sp moves, or is compared
			return nil
		}
		return fmt.Errorf("a place of the stack in a register")
	}
	if stack && d == 31 && !flags {
		return fmt.Errorf("the stack elsewhere")
	}
	if x>>23&0x3F == 0x24 && d == 31 && x>>29&3 != 3 { // a logical instruction with a constant
		return fmt.Errorf("the stack elsewhere")
	}
	if general := x>>25&7 != 7 || a64integer(x); general && (d == 18 || d == 28) {
		return fmt.Errorf("a register that is not ours")
	}
	return nil
}
