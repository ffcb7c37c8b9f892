package native

import "github.com/wazedge/wazedge/internal/wasm"

// mostKept is how many constants are kept in registers in a loop.
const mostKept = 4

// keep has floats and vectors that are constant in registers during innermost loops, where they would be read from
// memory in each round.
func (f *fn) keep() {
	for h := range f.blocks {
		if f.blocks[h].header && f.keepsRegisters(int32(h)) {
			f.keepIn(int32(h))
		}
	}
}

// keepsRegisters reports whether the loop of head h has no other in it, and no call but
// for a look at limits.
func (f *fn) keepsRegisters(h int32) bool {
	for n := h; n <= f.blocks[h].loopEnd; n++ {
		if n > h && f.blocks[n].header {
			return false
		}
		for _, x := range f.blocks[n].ins {
			switch v := &f.vals[x]; v.op {
			case opCall:
				if !f.m.quiet(uint32(v.imm)) {
					return false
				}
			case opCallIndirect, opMemGrow, opMemCopy, opMemFill:
				return false
			}
		}
	}
	return true
}

func (f *fn) keepIn(h int32) {
	type constant struct {
		typ typ
		imm uint64
	}
	pre := f.blocks[h].preds[0]
	kept := map[constant]value{}
	keep := func(x *value) {
		v := f.vals[*x]
		if *x == 0 || v.op != opVector && (v.op != opConst || !v.typ.float() || v.imm == 0) {
			return
		}
		if v.op == opVector && f.vectors[v.imm] == [2]uint64{} {
			return
		}
		k := constant{v.typ, v.imm}
		if kept[k] == 0 {
			if len(kept) == mostKept {
				return
			}
			kept[k] = f.add(val{op: opKept, typ: v.typ, a: *x, blk: pre, pos: f.blocks[pre].pos})
			f.blocks[pre].ins = append(f.blocks[pre].ins, kept[k])
		}
		*x = kept[k]
	}
	for n := h; n <= f.blocks[h].loopEnd; n++ {
		if f.blocks[n].loop != h || f.blocks[n].cold {
			continue
		}
		for _, x := range f.blocks[n].ins {
			v := f.vals[x]
			if v.op >= op(wasm.NumOps) {
				continue
			}
			keep(&v.a)
			keep(&v.b)
			keep(&v.c)
			f.vals[x].a, f.vals[x].b, f.vals[x].c = v.a, v.b, v.c
		}
	}
}
