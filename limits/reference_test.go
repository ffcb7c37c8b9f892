package limits_test

import (
	"errors"
	"fmt"
	"math"
	"slices"

	"github.com/wazedge/wazedge/internal/wasm"
)

// reference is an interpreter of a small part of WebAssembly that counts by the
// letter of WasmEdge's rule: one for every instruction that its main loop fetches,
// with branches landing where WasmEdge's land.
type reference struct {
	module *wasm.Module
	bodies []refBody
	price  func(wasm.Op) uint64
	limit  int64 // gas; negative for none

	count, gas uint64
	hosts      []uint32 // what the host function was called with
	refusedAt  int64    // file offset of the refused instruction
	globals    []uint64
	memory     []byte
	table      []uint64 // the second: 0 for null
	depth      int
}

var (
	errTrap   = errors.New("trap")
	errGas    = errors.New("gas")
	errTooBig = errors.New("the run is too long for a test")
)

// refBody is a body as a list, with the positions that branches go to.
type refBody struct {
	instrs []wasm.Instr
	end    []int // of block, loop, if, else: index of the end
	other  []int // of if: index of the else, or of the end
	locals int
}

func newReference(m *wasm.Module) *reference {
	r := &reference{module: m, limit: -1, price: func(wasm.Op) uint64 { return 1 }, refusedAt: -1,
		globals: make([]uint64, len(m.Globals)), memory: make([]byte, 65536), table: make([]uint64, randomTable)}
	for _, b := range m.Bodies {
		r.bodies = append(r.bodies, readBody(b))
	}
	return r
}

func readBody(b wasm.Body) refBody {
	runs, rd, err := b.Locals(wasm.Wasm3)
	if err != nil {
		panic(err)
	}
	var out refBody
	for _, run := range runs {
		out.locals += int(run.N)
	}
	var open []int
	for rd.More() {
		var in wasm.Instr
		if err := rd.Next(&in); err != nil {
			panic(err)
		}
		in.Labels = append([]uint32(nil), in.Labels...)
		at := len(out.instrs)
		out.instrs = append(out.instrs, in)
		out.end, out.other = append(out.end, -1), append(out.other, -1)
		switch in.Op {
		case wasm.OpBlock, wasm.OpLoop, wasm.OpIf:
			open = append(open, at)
		case wasm.OpElse:
			out.other[open[len(open)-1]] = at
			open = append(open, at)
		case wasm.OpEnd:
			for len(open) > 0 {
				begin := open[len(open)-1]
				open = open[:len(open)-1]
				out.end[begin] = at
				if out.instrs[begin].Op != wasm.OpElse {
					if out.other[begin] < 0 {
						out.other[begin] = at
					}
					break
				}
			}
		}
	}
	return out
}

// charge counts an instruction that is fetched.
func (r *reference) charge(in *wasm.Instr, op wasm.Op) error {
	r.count++
	if r.limit >= 0 && int64(r.gas+r.price(op)) > r.limit {
		if in != nil {
			r.refusedAt = in.Offset
		}
		return errGas
	}
	r.gas += r.price(op)
	if r.count > 50000 {
		return errTooBig
	}
	return nil
}

type refLabel struct {
	begin  int // index of block, loop, if; -1 for the function
	height int
	arity  int
}

// call runs function f (own index) with its parameters on stack.
func (r *reference) call(f uint32, stack []uint64) ([]uint64, error) {
	imported := r.module.ImportedCount(wasm.ExternFunc)
	if f < imported {
		r.hosts = append(r.hosts, uint32(stack[len(stack)-1]))
		return stack[:len(stack)-1], nil
	}
	if r.depth++; r.depth > 200 {
		return nil, errTooBig
	}
	defer func() { r.depth-- }()
	own := f - imported
	b := &r.bodies[own]
	t := r.module.Types[r.module.Funcs[own]].Func
	n := len(t.Params)
	locals := append(append([]uint64(nil), stack[len(stack)-n:]...), make([]uint64, b.locals)...)
	stack = stack[:len(stack)-n]
	base := len(stack)
	labels := []refLabel{{begin: -1, height: base, arity: len(t.Results)}}
	results := func() []uint64 {
		return append(stack[:base], stack[len(stack)-len(t.Results):]...)
	}
	pop := func() uint64 {
		v := stack[len(stack)-1]
		stack = stack[:len(stack)-1]
		return v
	}
	branch := func(depth uint32) int {
		l := labels[len(labels)-1-int(depth)]
		labels = labels[:len(labels)-int(depth)]
		stack = append(stack[:l.height], stack[len(stack)-l.arity:]...)
		if l.begin < 0 {
			return len(b.instrs) - 1
		}
		if b.instrs[l.begin].Op == wasm.OpLoop {
			labels = labels[:len(labels)-1] // the loop is fetched again, and opens it
			return l.begin
		}
		return b.end[l.begin]
	}
	for pc := 0; ; {
		in := &b.instrs[pc]
		price := in.Op
		if in.Op == wasm.OpElse {
			price = wasm.OpEnd
		}
		if err := r.charge(in, price); err != nil {
			return nil, err
		}
		pc++
		switch in.Op {
		case wasm.OpNop:
		case wasm.OpUnreachable:
			return nil, errTrap
		case wasm.OpBlock, wasm.OpLoop:
			_, arity := r.module.BlockArity(in.Block)
			if in.Op == wasm.OpLoop {
				arity = 0
			}
			labels = append(labels, refLabel{pc - 1, len(stack), arity})
		case wasm.OpIf:
			_, arity := r.module.BlockArity(in.Block)
			cond := uint32(pop())
			labels = append(labels, refLabel{pc - 1, len(stack), arity})
			if cond == 0 {
				to := b.other[pc-1]
				if b.instrs[to].Op == wasm.OpElse {
					if err := r.charge(nil, wasm.OpElse); err != nil {
						return nil, err
					}
					to++
				}
				pc = to
			}
		case wasm.OpElse:
			pc = b.end[pc-1]
		case wasm.OpEnd:
			if pc == len(b.instrs) {
				return results(), nil
			}
			labels = labels[:len(labels)-1]
		case wasm.OpBr:
			pc = branch(in.X)
		case wasm.OpBrIf:
			if uint32(pop()) != 0 {
				pc = branch(in.X)
			}
		case wasm.OpBrTable:
			i := int(min(uint32(pop()), uint32(len(in.Labels)-1)))
			pc = branch(in.Labels[i])
		case wasm.OpReturn:
			return results(), nil
		case wasm.OpCall:
			var err error
			if stack, err = r.call(in.X, stack); err != nil {
				return nil, err
			}
		case wasm.OpReturnCall:
			stack = append(stack[:base], stack[len(stack)-r.params(in.X):]...)
			r.depth--
			out, err := r.call(in.X, stack)
			r.depth++
			return out, err
		case wasm.OpCallIndirect:
			i := uint32(pop())
			funcs := r.module.Elems[0].Funcs
			if i >= uint32(len(funcs)) || r.module.TypeIndexOf(funcs[i]) != in.X {
				return nil, errTrap
			}
			var err error
			if stack, err = r.call(funcs[i], stack); err != nil {
				return nil, err
			}
		case wasm.OpDrop:
			pop()
		case wasm.OpSelect:
			c, y, x := pop(), pop(), pop()
			if uint32(c) == 0 {
				x = y
			}
			stack = append(stack, x)
		case wasm.OpLocalGet:
			stack = append(stack, locals[in.X])
		case wasm.OpLocalSet:
			locals[in.X] = pop()
		case wasm.OpLocalTee:
			locals[in.X] = stack[len(stack)-1]
		case wasm.OpGlobalGet:
			stack = append(stack, r.globals[in.X])
		case wasm.OpGlobalSet:
			r.globals[in.X] = pop()
		case wasm.OpI32Const:
			stack = append(stack, uint64(uint32(in.Val)))
		case wasm.OpI32Load8U:
			at := uint64(uint32(pop())) + in.Val
			if at >= uint64(len(r.memory)) {
				return nil, errTrap
			}
			stack = append(stack, uint64(r.memory[at]))
		case wasm.OpI32Store8:
			v, at := pop(), uint64(uint32(pop()))+in.Val
			if at >= uint64(len(r.memory)) {
				return nil, errTrap
			}
			r.memory[at] = byte(v)
		case wasm.OpI32Eqz:
			v := uint32(pop())
			stack = append(stack, bit(v == 0))
		case wasm.OpRefNull:
			stack = append(stack, 0)
		case wasm.OpRefFunc:
			stack = append(stack, uint64(in.X)+1)
		case wasm.OpRefIsNull:
			stack = append(stack, bit(pop() == 0))
		case wasm.OpTableGet:
			at := uint32(pop())
			if at >= uint32(len(r.table)) {
				return nil, errTrap
			}
			stack = append(stack, r.table[at])
		case wasm.OpTableSize:
			stack = append(stack, uint64(len(r.table)))
		case wasm.OpTableGrow:
			n, v := uint32(pop()), pop()
			stack = append(stack, r.grow(n, v))
		case wasm.OpMemoryFill, wasm.OpMemoryCopy, wasm.OpMemoryInit, wasm.OpTableFill, wasm.OpTableCopy:
			n, y, x := pop(), pop(), pop()
			if !r.bulk(in.Op, uint64(uint32(x)), y, uint64(uint32(n))) {
				return nil, errTrap
			}
		default:
			y, x := uint32(pop()), uint32(pop())
			v, ok := binary(in.Op, x, y)
			if !ok {
				return nil, errTrap
			}
			stack = append(stack, uint64(v))
		}
	}
}

// grow is table.grow of the second table.
func (r *reference) grow(n uint32, v uint64) uint64 {
	size := len(r.table)
	if uint64(size)+uint64(n) > 2*randomTable {
		return math.MaxUint32
	}
	r.table = append(r.table, slices.Repeat([]uint64{v}, int(n))...)
	return uint64(size)
}

// bulk does op from x on, with a value or from y on, for n bytes or elements, and
// reports whether they are within bounds.
func (r *reference) bulk(op wasm.Op, x, y, n uint64) bool {
	size := uint64(len(r.memory))
	if op == wasm.OpTableFill || op == wasm.OpTableCopy {
		size = uint64(len(r.table))
	}
	from := size
	switch op {
	case wasm.OpMemoryFill, wasm.OpTableFill:
		from = math.MaxUint64
	case wasm.OpMemoryInit:
		from = randomData
	}
	if y := uint64(uint32(y)); x+n > size || from != math.MaxUint64 && y+n > from {
		return false
	}
	switch at := uint64(uint32(y)); op {
	case wasm.OpMemoryFill:
		copy(r.memory[x:], slices.Repeat([]byte{byte(y)}, int(n)))
	case wasm.OpMemoryCopy:
		copy(r.memory[x:x+n], r.memory[at:])
	case wasm.OpMemoryInit:
		copy(r.memory[x:x+n], r.module.Datas.At(0).Init[at:])
	case wasm.OpTableFill:
		copy(r.table[x:], slices.Repeat([]uint64{y}, int(n)))
	case wasm.OpTableCopy:
		copy(r.table[x:x+n], r.table[at:])
	}
	return true
}

func (r *reference) params(f uint32) int { return len(r.module.FuncTypeOf(f).Params) }

func bit(b bool) uint64 {
	if b {
		return 1
	}
	return 0
}

func binary(op wasm.Op, x, y uint32) (uint32, bool) {
	switch op {
	case wasm.OpI32Add:
		return x + y, true
	case wasm.OpI32Sub:
		return x - y, true
	case wasm.OpI32And:
		return x & y, true
	case wasm.OpI32LtU:
		return uint32(bit(x < y)), true
	case wasm.OpI32DivU:
		if y == 0 {
			return 0, false
		}
		return x / y, true
	}
	panic(fmt.Sprintf("the reference does not know %s", op))
}
