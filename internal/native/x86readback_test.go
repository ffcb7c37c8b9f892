package native

import (
	"testing"

	"golang.org/x/arch/x86/x86asm"
)

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
