package lower

import "github.com/wazedge/wazedge/internal/wasm"

// findThrowing fills throwing: what may throw is what does so itself, calls it
// cannot know of, imported functions, and whatever calls those.
func (p *exceptions) findThrowing() {
	imported := p.out.ImportedCount(wasm.ExternFunc)
	p.throwing = make([]bool, int(imported)+len(p.out.Funcs))
	callers := make([][]uint32, len(p.throwing))
	var work []uint32
	mark := func(f uint32) {
		if !p.throwing[f] {
			p.throwing[f] = true
			work = append(work, f)
		}
	}
	for f := range imported {
		mark(f)
	}
	for i := range p.out.Bodies {
		f := imported + uint32(i)
		_, r, err := p.out.Bodies[i].Locals(everything)
		var in wasm.Instr
		for err == nil && r.More() {
			if err = r.Next(&in); err != nil {
				break
			}
			switch in.Op {
			case wasm.OpThrow, wasm.OpThrowRef, wasm.OpCallIndirect, wasm.OpCallRef,
				wasm.OpReturnCallIndirect, wasm.OpReturnCallRef:
				mark(f)
			case wasm.OpCall, wasm.OpReturnCall:
				callers[in.X] = append(callers[in.X], f)
			}
		}
	}
	for len(work) > 0 {
		f := work[len(work)-1]
		work = work[:len(work)-1]
		for _, caller := range callers[f] {
			mark(caller)
		}
	}
}

// throws reports whether the call in may return with an exception.
func (p *exceptions) throws(in *wasm.Instr) bool {
	switch in.Op {
	case wasm.OpCall:
		return p.throwing[in.X]
	case wasm.OpCallIndirect, wasm.OpCallRef:
		return true
	}
	return false
}
