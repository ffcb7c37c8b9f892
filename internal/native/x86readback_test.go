package native

import (
	"testing"

	"golang.org/x/arch/x86/x86asm"
)

// readBack reads c, and proves what can be proven of it without the operations that it was made of.
func readBack(c *machineCode) error {
	p, err := read(c)
	if err != nil {
		return err
	}
	return p.flow()
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

// TestWhatCallersRelyOnIsProven states which code is refused because it returns with a register, the stack or the
// frame of its caller changed, on one way at least, and which is not.
func TestWhatCallersRelyOnIsProven(t *testing.T) {
	frame := func(a *asm, size int64) {
		a.byte(0x55)
		a.op(oMov, 8, rbp, r(rsp), 0)
		a.aluImm(aluSub, 8, r(rsp), size)
	}
	leave := func(a *asm) {
		a.op(oMov, 8, rsp, r(rbp), 0)
		a.byte(0x5D, 0xC3)
	}
	store := func(a *asm, x reg, at rm) { a.op(oStore, 8, x, at, 0) }
	load := func(a *asm, x reg, at rm) { a.op(oMov, 8, x, at, 0) }
	copy := func(a *asm, to, from reg) { a.op(oMov, 8, to, r(from), 0) }
	for name, c := range map[string]struct {
		write func(*asm)
		right bool
	}{
		"nothing": {func(a *asm) { a.byte(0xC3) }, true},
		"kept in the frame": {func(a *asm) {
			frame(a, 16)
			store(a, rdx, m(rbp, -8))
			a.set(4, rdx, 7)
			load(a, rdx, m(rbp, -8))
			leave(a)
		}, true},
		"kept in a register": {func(a *asm) { copy(a, rdi, rdx); a.set(4, rdx, 7); copy(a, rdx, rdi); a.byte(0xC3) }, true},
		"kept in another place": {func(a *asm) {
			frame(a, 32)
			store(a, rdx, m(rbp, -8))
			a.set(4, rdx, 7)
			load(a, rdx, m(rbp, -16))
			leave(a)
		}, false},
		"half of it":                       {func(a *asm) { copy(a, rdi, rdx); a.set(4, rdx, 7); a.op(oMov, 4, rdx, r(rdi), 0); a.byte(0xC3) }, false},
		"not kept":                         {func(a *asm) { a.set(4, rdx, 7); a.byte(0xC3) }, false},
		"a vector that is not kept":        {func(a *asm) { a.op(oMovaps, 0, xmm0+9, r(xmm0), 0); a.byte(0xC3) }, false},
		"kept too late":                    {func(a *asm) { a.set(4, rdx, 7); copy(a, rdi, rdx); copy(a, rdx, rdi); a.byte(0xC3) }, false},
		"the register it is in is written": {func(a *asm) { copy(a, rdi, rdx); a.set(4, rdx, 7); a.set(4, rdi, 7); copy(a, rdx, rdi); a.byte(0xC3) }, false},
		"its place is written": {func(a *asm) {
			frame(a, 16)
			store(a, rdx, m(rbp, -8))
			a.set(4, rdx, 7)
			store(a, rcx, m(rbp, -12))
			load(a, rdx, m(rbp, -8))
			leave(a)
		}, false},
		"its place is written by the stack": {func(a *asm) {
			frame(a, 16)
			store(a, rdx, m(rbp, -8))
			a.set(4, rdx, 7)
			store(a, rcx, m(rsp, 8))
			load(a, rdx, m(rbp, -8))
			leave(a)
		}, false},
		"kept on one way":                   {func(a *asm) { a.byte(0x74, 8); copy(a, rdi, rdx); a.set(4, rdx, 7); copy(a, rdx, rdi); a.byte(0xC3) }, false},
		"taken back on a way without":       {func(a *asm) { a.byte(0x74, 3); copy(a, rdi, rdx); copy(a, rdx, rdi); a.byte(0xC3) }, false},
		"division":                          {func(a *asm) { a.byte(0xF7, 0xF1, 0xC3) }, false},
		"a return with a frame":             {func(a *asm) { frame(a, 16); a.byte(0xC3) }, false},
		"half a frame":                      {func(a *asm) { a.byte(0x55, 0xC3) }, false},
		"a frame on one way":                {func(a *asm) { a.byte(0x74, 4, 0x55); a.op(oMov, 8, rbp, r(rsp), 0); a.byte(0x5D, 0xC3) }, false},
		"the stack is not back":             {func(a *asm) { frame(a, 16); a.byte(0x5D, 0xC3) }, false},
		"the return address is written":     {func(a *asm) { frame(a, 16); store(a, rcx, m(rbp, 8)); leave(a) }, false},
		"the caller's frame is written":     {func(a *asm) { frame(a, 16); store(a, rcx, m(rbp, 0)); leave(a) }, false},
		"a place half in the frame":         {func(a *asm) { frame(a, 16); store(a, rcx, m(rbp, -4)); leave(a) }, false},
		"below the stack":                   {func(a *asm) { frame(a, 16); store(a, rcx, m(rbp, -24)); leave(a) }, false},
		"below the stack by its end":        {func(a *asm) { frame(a, 16); store(a, rcx, m(rsp, -8)); leave(a) }, false},
		"over the frame by the stack's end": {func(a *asm) { frame(a, 16); store(a, rcx, m(rsp, 16)); leave(a) }, false},
		"without a frame":                   {func(a *asm) { store(a, rcx, m(rsp, 0)); a.byte(0xC3) }, false},
		"by an index": {func(a *asm) {
			frame(a, 16)
			a.set(4, rcx, 0)
			store(a, rdi, rm{mem: true, base: rsp, index: rcx})
			leave(a)
		}, false},
		"what is returned":          {func(a *asm) { frame(a, 16); store(a, rcx, m(rbp, 16)); leave(a) }, true},
		"a call without a frame":    {func(a *asm) { a.op(0xFF, 4, 2, m(rax, 0x60), 0); a.byte(0xC3) }, false},
		"a call, and what it keeps": {func(a *asm) { frame(a, 16); a.op(0xFF, 4, 2, m(rax, 0x60), 0); leave(a) }, true},
		"a call, and a register it may write": {func(a *asm) {
			frame(a, 16)
			copy(a, rdi, rdx)
			a.set(4, rdx, 7)
			a.op(0xFF, 4, 2, m(rax, 0x60), 0)
			copy(a, rdx, rdi)
			leave(a)
		}, false},
	} {
		var a asm
		c.write(&a)
		if err := readBack(&machineCode{text: a.b, end: len(a.b)}); (err == nil) != c.right {
			t.Errorf("%s: %v\n% x", name, err, a.b)
		}
	}
	var a asm
	frame(&a, 16)
	at := a.at()
	a.op(0xFF, 4, 2, r(rdi), 0)
	leave(&a)
	if err := readBack(&machineCode{text: a.b, end: len(a.b)}); err != nil {
		t.Error(err)
	}
	if readBack(&machineCode{text: a.b, end: len(a.b), moves: []int{at}}) == nil {
		t.Error("memmove is taken for a function that keeps registers")
	}
}
