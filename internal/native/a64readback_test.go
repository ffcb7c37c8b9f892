package native

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/arch/arm64/arm64asm"

	"github.com/wazedge/wazedge/internal/wat"
)

var update = flag.Bool("update", false, "write golden files anew")

// a64readBack reads each instruction of the code of a function; what is to be proven of it has been.
func a64readBack(c *machineCode) error {
	for at := 0; at < c.end; at += 4 {
		if _, err := arm64asm.Decode(c.text[at:]); err != nil {
			return fmt.Errorf("%d: % x cannot be read: %v", at, c.text[at:at+4], err)
		}
	}
	return nil
}

// a64form is what the assembler writes for some call of it.
type a64form struct {
	name  string
	write func(*a64emitter)
}

// a64forms are the forms of the assembler, each with registers that differ.
func a64forms() (list []a64form) {
	add := func(name string, write func(*a64emitter)) { list = append(list, a64form{name, write}) }
	ops := func(names string, codes []a64, forms ...a64) {
		for k, name := range strings.Fields(names) {
			for _, f := range forms {
				add(fmt.Sprintf("%s %x", name, uint32(f)), func(e *a64emitter) { e.op(codes[k]|f, 1, 2, 3) })
			}
		}
	}
	two := func(names string, codes []a64, forms ...a64) {
		for k, name := range strings.Fields(names) {
			for _, f := range forms {
				add(fmt.Sprintf("%s %x", name, uint32(f)), func(e *a64emitter) { e.two(codes[k]|f, 1, 2) })
			}
		}
	}
	ops("add sub subs and ands orr orn eor add.uxtw lsl lsr asr ror udiv sdiv madd msub csel csinc csinv",
		[]a64{aAdd, aSub, aSubs, aAnd, aAnds, aOrr, aOrn, aEor, aAddExt, aLslv, aLsrv, aAsrv, aRorv, aUdiv, aSdiv, aMadd, aMsub, aCsel, aCsinc, aCsinv}, 0, wide)
	ops("umulh smulh sub.sp add.sp", []a64{aUmulh, aSmulh, aSubSp, aAddSp}, 0)
	ops("fadd fsub fmul fdiv fmax fmin fcsel", []a64{aFadd, aFsub, aFmul, aFdiv, aFmax, aFmin, aFcsel}, 0, double)
	two("clz rbit", []a64{aClz, aRbit}, 0, wide)
	two("fmov fneg fabs fsqrt nearest up down zero", []a64{aFmov, aFneg, aFabs, aFsqrt, aFrintN, aFrintP, aFrintM, aFrintZ}, 0, double)
	two("to of", []a64{aFmovTo, aFmovOf}, 0, wide|double)
	two("scvtf ucvtf fcvtzs fcvtzu", []a64{aScvtf, aUcvtf, aFcvtzs, aFcvtzu}, 0, double, wide, wide|double)
	two("promote demote", []a64{aFcvtD, aFcvtS}, 0)
	accesses := []a64{aStrB, aLdrB, aLdrsB, aLdrxB, aStrH, aLdrH, aLdrsH, aLdrxH, aStrW, aLdrW, aLdrxW, aStrX, aLdrX, aStrS, aLdrS, aStrD, aLdrD, aStrQ, aLdrQ}
	for k, name := range strings.Fields("strb ldrb ldrsb ldrxb strh ldrh ldrsh ldrxh strw ldrw ldrxw strx ldrx strs ldrs strd ldrd strq ldrq") {
		o := accesses[k]
		for _, disp := range []int64{0, 32, 33, -1, 1 << 20} {
			add(fmt.Sprint(name, " ", disp), func(e *a64emitter) { e.mem(o, 1, 2, disp) })
		}
		add(name+" index", func(e *a64emitter) { e.op(o&^scaled|byReg, 1, 2, 3) })
		add(name+" scaled", func(e *a64emitter) { e.op(o&^scaled|byReg|byScaled, 1, 2, 3) })
	}
	for _, n := range []int64{0, 1, -1, 0xFFFF, 0x10000, 0x12345678, -0x12345678, 0x123456789ABCDEF0, 0x00FF00FF00FF00FF, 0x7FFFFFFFFFFFFFFF, -0x8000000000000000, 0xFFFFFFFF, 0x5555555555555555, 0x3FF0000000} {
		for _, w := range []int{4, 8} {
			add(fmt.Sprintf("set %d %#x", w, n), func(e *a64emitter) { e.set(w, 1, n) })
			add(fmt.Sprintf("add %d %#x", w, n), func(e *a64emitter) { e.addImm(w, 1, 2, n) })
			add(fmt.Sprintf("cmp %d %#x", w, n), func(e *a64emitter) { e.cmpImm(w, 1, n) })
			add(fmt.Sprintf("and %d %#x", w, n), func(e *a64emitter) { e.logical(aAnd, aAndImm, w, 1, 2, n) })
			add(fmt.Sprintf("orr %d %#x", w, n), func(e *a64emitter) { e.logical(aOrr, aOrrImm, w, 1, 2, n) })
			add(fmt.Sprintf("eor %d %#x", w, n), func(e *a64emitter) { e.logical(aEor, aEorImm, w, 1, 2, n) })
			add(fmt.Sprintf("tst %d %#x", w, n), func(e *a64emitter) { e.logical(aAnds, aAndsImm, w, xzr, 2, n) })
		}
	}
	for _, w := range []int{4, 8} {
		for k, name := range strings.Fields("rol ror shl shr sar") {
			sub := []uint8{shRol, shRor, shShl, shShr, shSar}[k]
			add(fmt.Sprint(name, " ", w), func(e *a64emitter) { e.shiftImm(sub, w, 1, 2, 5) })
			add(fmt.Sprint(name, " ", w, " by"), func(e *a64emitter) { e.shift(sub, w, 1, 2, 3) })
		}
		for k, name := range strings.Fields("extL extLS extBS extWS") {
			add(fmt.Sprint(name, " ", w), func(e *a64emitter) { e.extend(uint8(k), w, 1, 2) })
		}
		for k, name := range strings.Fields("clz ctz popcnt") {
			add(fmt.Sprint(name, " ", w), func(e *a64emitter) { e.bits(uint8(k), w, 1, 2) })
		}
		add(fmt.Sprint("float ", w), func(e *a64emitter) { e.float64(w, v0+1, 0x7FF0000000000001) })
		add(fmt.Sprint("fcmp ", w), func(e *a64emitter) { e.op(aFcmp.floats(w), 0, 2, 3) })
		add(fmt.Sprint("ccmp ", w), func(e *a64emitter) { e.word(aCcmp.sized(w) | 1<<16 | a64(eq)<<12 | 2<<5) })
		add(fmt.Sprint("cbz ", w), func(e *a64emitter) { e.word(aCbz.sized(w) | 3); e.patch(0, 8) })
		add(fmt.Sprint("cbnz ", w), func(e *a64emitter) { e.word(aNop); e.word(aCbnz.sized(w) | 3); e.patch(4, 0) })
	}
	add("compare extended", func(e *a64emitter) { e.op(aCmpExt|wide, xzr, 2, 3) })
	add("push", func(e *a64emitter) { e.word(aStpPre | 0x7E<<15 | a64(xzr)<<10 | a64(sp)<<5 | a64(x30)) })
	add("pop", func(e *a64emitter) { e.word(aLdrX&^scaled | postInc | a64above<<12 | a64(sp)<<5 | a64(x30)) })
	for _, n := range []int64{0, 16, -4096, -4160, 65552} {
		add(fmt.Sprint("stack ", n), func(e *a64emitter) { e.moveSp(n) })
	}
	add("branches", func(e *a64emitter) {
		for _, o := range []a64{aB, aBl, aBc | a64(lo), aBc | a64(hi), aBc | a64(vs)} {
			e.word(o)
			e.patch(e.at()-4, 64)
		}
		e.two(aBr, 0, 27)
		e.two(aBlr, 0, 27)
		e.word(aRet)
		e.word(aNop)
		e.word(aBrk)
		e.two(aAdr, 1, 0)
		e.patch(e.at()-4, 64)
	})
	add("copies", func(e *a64emitter) {
		e.op(aMovV, v0, v0+1, v0+1)
		e.op(aBit, v0, v0+1, v16)
		e.two(aZeroV, v16, 0)
		e.two(aFnegS4, v0, v0+1)
		e.two(aFnegD2, v0, v0+1)
		e.two(aDupB, v16, x9)
	})
	return list
}

// TestA64Forms states that the decoder reads each form of the assembler as what was to be written.
func TestA64Forms(t *testing.T) {
	var b strings.Builder
	for _, f := range a64forms() {
		e := &a64emitter{}
		f.write(e)
		fmt.Fprintf(&b, "%s:", f.name)
		for at := 0; at < len(e.b); at += 4 {
			in, err := arm64asm.Decode(e.b[at:])
			if err != nil {
				t.Fatalf("%s: % x: %v", f.name, e.b[at:at+4], err)
			}
			fmt.Fprintf(&b, " %s;", in)
		}
		b.WriteString("\n")
	}
	golden := filepath.Join("testdata", "arm64-forms.txt")
	if *update {
		if err := os.WriteFile(golden, []byte(b.String()), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if got := strings.Split(b.String(), "\n"); b.String() != string(want) {
		for k, line := range strings.Split(string(want), "\n") {
			if k >= len(got) || got[k] != line {
				t.Fatalf("%q, want %q", got[min(k, len(got)-1)], line)
			}
		}
		t.Fatal("there is more than in the golden file")
	}
}

// a64made is the guest whose accesses are all checked, compiled for arm64 as far as its last proof.
func a64made(t *testing.T) (*lfn, *machineCode) {
	t.Helper()
	m, err := wat.Parse([]byte(`(module (memory 1) (table 3 funcref) (type $t (func (param i32) (result i32)))
	  (func (param i32 i32) (result i32) (local $s i32)
	    (loop
	      (i32.store offset=8 (local.get 0) (i32.load (local.get 1)))
	      (i64.store offset=70000 (local.get 0) (i64.const 7))
	      (drop (f64.load offset=100001 (local.get $s)))
	      (i32.store8 (i32.const 77) (i32.const 1))
	      (v128.store (local.get 0) (v128.load8x8_u offset=3 (local.get $s)))
	      (local.set $s (i32.add (local.get $s) (i32.div_u (i32.load offset=4 (local.get 0)) (local.get 1))))
	      (local.set 0 (i32.add (local.get 0) (i32.const 4)))
	      (memory.copy (local.get 0) (local.get 1) (local.get $s))
	      (memory.fill (local.get $s) (local.get 0) (i32.const 7))
	      (local.set 0 (call_indirect (type $t) (local.get 0) (local.get $s)))
	      (br_if 0 (local.tee 1 (i32.sub (local.get 1) (i32.const 1)))))
	    (local.get $s)))`))
	if err != nil {
		t.Fatal(err)
	}
	mod := encoded(t, m)
	mod.target = arm64{}
	f, err := build(mod, 0)
	if err != nil {
		t.Fatal(err)
	}
	f.optimize()
	l := lower(f)
	allocate(l)
	c := arm64{}.emit(l)
	return l, &c
}

// TestA64CodeIsProven states that code is refused in which any bit of an access, a check or an extension is another,
// but for those that say whether what is loaded has a sign.
func TestA64CodeIsProven(t *testing.T) {
	l, c := a64made(t)
	if err := (arm64{}).verify(l, c); err != nil {
		t.Fatal(err)
	}
	kinds := map[mop]int{}
	for i := range l.ops {
		in := &l.ops[i]
		switch in.op {
		case mLoad, mStore, mStoreImm, mCheck, mCheckLim:
		case mExt:
			if in.sub != extL {
				continue
			}
		default:
			continue
		}
		for at := int(c.parts[i].from); at < int(c.parts[i].to); at += 4 {
			kinds[in.op]++
			x := a64word(c.text[at:])
			for bit := range 32 {
				access := x>>25&5 == 4
				switch {
				case access && (bit == 22 || bit == 23), // whether there is a sign
					access && bit == 24 && x>>24&1 == 1 && x>>10&0xFFF == 0,       // there are two forms of no distance
					(x>>24 == 0x54 || x>>25&0x3F == 0x1A) && bit >= 5 && bit < 8,  // another way to the same trap
					!access && in.op == mStoreImm && x&31 == 29,                   // the constant that is
					in.op == mLoad && in.sub >= ldX && at+4 == int(c.parts[i].to): // how it is extended
					continue
				}
				c.text[at+bit/8] ^= 1 << (bit % 8)
				if (arm64{}).verify(l, c) == nil {
					in, _ := arm64asm.Decode(c.text[at:])
					t.Errorf("operation %d: bit %d of %#x at %d is not missed: %v", i, bit, x, at, in)
				}
				c.text[at+bit/8] ^= 1 << (bit % 8)
			}
		}
	}
	for _, op := range []mop{mLoad, mStore, mStoreImm, mCheck, mCheckLim, mExt} {
		if kinds[op] == 0 {
			t.Errorf("there is no operation %d", op)
		}
	}
}

// TestA64ProofMisses states that code is refused that has what is never written.
func TestA64ProofMisses(t *testing.T) {
	for name, write := range map[string]func(*a64emitter){
		"an access of nobody":            func(e *a64emitter) { e.mem(aLdrX, 1, 2, 8) },
		"a store of nobody":              func(e *a64emitter) { e.mem(aStrB, 1, 2, 0) },
		"an index in the frame":          func(e *a64emitter) { e.op(aLdrX&^scaled|byReg64, 1, sp, 3) },
		"a place of the stack":           func(e *a64emitter) { e.word(aAddImm | wide | 16<<10 | a64(sp)<<5 | 1) },
		"the stack in a register":        func(e *a64emitter) { e.op(aAddSp, 1, sp, 3) },
		"the stack elsewhere":            func(e *a64emitter) { e.word(aAddImm | wide | 1<<5 | a64(sp)) },
		"the stack elsewhere, by a mask": func(e *a64emitter) { e.word(aAndImm | wide | 1<<22 | 1<<5 | a64(sp)) },
		"a branch behind the end":        func(e *a64emitter) { e.word(aB | 99) },
		"a branch in front":              func(e *a64emitter) { e.word(aBc | 0xFFFFE0) },
		"the register of Go":             func(e *a64emitter) { e.op(aAdd|wide, 28, 1, 2) },
		"the register of the system":     func(e *a64emitter) { e.set(8, 18, 1) },
		"a register of the caller":       func(e *a64emitter) { e.op(aAdd|wide, 19, 1, 2) },
		"one that is loaded":             func(e *a64emitter) { e.mem(aLdrX, 26, sp, 16) },
		"a vector register of it":        func(e *a64emitter) { e.op(aFadd|double, 18, 1, 2) },
		"a float to the register of Go":  func(e *a64emitter) { e.copy(8, 28, v0) },
		"a lane to the register of Go":   func(e *a64emitter) { e.two(nUmov.lane(2, 1), 28, v0) },
		"a call of the system":           func(e *a64emitter) { e.word(0xD4000001) },
		"a constant of nobody":           func(e *a64emitter) { e.two(aLdrLit|64<<5, v0, 0) },
	} {
		e := &a64emitter{}
		write(e)
		e.word(aRet)
		e.word(aBrk)
		if (arm64{}).verify(&lfn{fn: &fn{m: &module{}}}, &machineCode{text: e.b, end: len(e.b)}) == nil {
			t.Errorf("%s is not missed: %x", name, a64word(e.b))
		}
	}
	e := &a64emitter{}
	e.op(aAdd|wide, 1, 2, 3)
	e.mem(aStrX, 1, sp, 16)
	e.word(aRet)
	if err := (arm64{}).verify(&lfn{fn: &fn{m: &module{}}}, &machineCode{text: e.b, end: len(e.b)}); err != nil {
		t.Error(err)
	}
}
