package native

import "github.com/wazedge/wazedge/internal/wasm"

// halves says of each i32 whether its upper half has to be zero in a register of 64 bits: where it is what
// addresses are made of, or compared or converted as 64 bits. Every instruction that writes 32 bits
// clears the upper half, so this is asked of parameters and results of calls alone, of which the engine does
// not promise it. What leaves for other code than ours, or may, is cleared.
func (f *fn) halves() []bool {
	needed := make([]bool, len(f.vals))
	var work []value
	need := func(v value) {
		if v != 0 && !needed[v] {
			needed[v] = true
			work = append(work, v)
		}
	}
	for n := range f.blocks {
		b := &f.blocks[n]
		if b.term == termSwitch {
			need(b.cond)
		}
		for _, a := range b.args {
			need(a)
		}
		for _, x := range b.ins {
			v := &f.vals[x]
			switch {
			case v.op == opCall && uint32(v.imm) >= f.m.imported, v.op == opGlobalSet, v.op == opSelect, v.op == opResult:
			case v.op == opStore: // the value is cut to its size
				need(v.a)
			case v.op < op(wasm.NumOps) && halfwise(wasm.Op(v.op)):
			default:
				need(v.a)
				need(v.b)
				need(v.c)
				for _, a := range v.args {
					need(a)
				}
			}
		}
	}
	// Phis and selects may be in the register of what they are of.
	for len(work) > 0 {
		v := &f.vals[work[len(work)-1]]
		work = work[:len(work)-1]
		switch v.op {
		case opPhi:
			for _, a := range v.args {
				need(a)
			}
		case opSelect:
			need(v.b)
			need(v.c)
		}
	}
	return needed
}

// halfwise reports whether o reads no more than the lower halves of operands that are i32.
func halfwise(o wasm.Op) bool {
	switch {
	case o >= wasm.OpI32Eqz && o <= wasm.OpI32GeU, o >= wasm.OpI32Add && o <= wasm.OpI32Mul, o >= wasm.OpI32And && o <= wasm.OpI32Rotr:
		return true
	}
	switch o {
	case wasm.OpI64ExtendI32S, wasm.OpI64ExtendI32U, wasm.OpI32Extend8S, wasm.OpI32Extend16S:
		return true
	}
	return false
}
