package lower

import "github.com/wazedge/wazedge/internal/wasm"

// producers finds, for every access of a 64-bit memory or table in a body, the
// instructions that make its addresses. A value is consumed once, so what makes
// an address can narrow it on the spot, and nothing above it on the stack moves.
//
// The walk follows the operand stack by arity alone; where a value comes from a
// block, a call or unreachable code its producer is unknown.
type producers struct {
	m      *wasm.Spaces
	stack  []int // index of the producing instruction, or unknown
	frames []frame
}

type frame struct {
	height      int // of the stack below the parameters
	params      int
	results     int
	loop        bool
	unreachable bool
}

const unknown = -1

func (p *producers) push(n, producer int) {
	for range n {
		p.stack = append(p.stack, producer)
	}
}

func (p *producers) pop() int {
	f := &p.frames[len(p.frames)-1]
	if len(p.stack) == f.height {
		return unknown // below the bottom of unreachable code
	}
	v := p.stack[len(p.stack)-1]
	p.stack = p.stack[:len(p.stack)-1]
	return v
}

func (p *producers) popN(n int) {
	for range n {
		p.pop()
	}
}

// operand is the producer of the operand depth places below the top.
func (p *producers) operand(depth int) int {
	f := &p.frames[len(p.frames)-1]
	i := len(p.stack) - 1 - depth
	if i < f.height {
		return unknown
	}
	return p.stack[i]
}

func (p *producers) enter(params, results int, loop bool) {
	p.popN(params)
	p.frames = append(p.frames, frame{height: len(p.stack), params: params, results: results, loop: loop})
	p.push(params, unknown)
}

// step follows the instruction in, the i-th of the body.
func (p *producers) step(i int, in *wasm.Instr) {
	switch in.Op {
	case wasm.OpBlock, wasm.OpLoop, wasm.OpTryTable:
		params, results := p.m.BlockArity(in.Block)
		p.enter(params, results, in.Op == wasm.OpLoop)
	case wasm.OpIf:
		p.pop()
		params, results := p.m.BlockArity(in.Block)
		p.enter(params, results, false)
	case wasm.OpElse:
		f := &p.frames[len(p.frames)-1]
		p.stack, f.unreachable = p.stack[:f.height], false
		p.push(f.params, unknown)
	case wasm.OpEnd:
		f := p.frames[len(p.frames)-1]
		p.frames = p.frames[:len(p.frames)-1]
		p.stack = p.stack[:f.height]
		p.push(f.results, unknown)
	default:
		pops, pushes, leaves := p.m.Arity(in)
		p.popN(pops)
		if leaves {
			f := &p.frames[len(p.frames)-1]
			p.stack, f.unreachable = p.stack[:f.height], true
			return
		}
		producer := i
		if pushes != 1 {
			producer = unknown
		}
		p.push(pushes, producer)
	}
}
