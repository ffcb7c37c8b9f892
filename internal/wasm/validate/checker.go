package validate

import (
	"github.com/wazedge/wazedge/internal/fault"
	"github.com/wazedge/wazedge/internal/wasm"
)

// checker checks one body or constant expression after the other. It keeps its
// buffers, so that checking allocates next to nothing.
type checker struct {
	*validator // read only while bodies are checked

	r     wasm.Reader
	in    wasm.Instr
	start int64 // file offset of the body

	stack  []wasm.ValType
	base   int // height of the innermost block
	ctrl   []frame
	locals locals
	inits  []uint32 // locals that were initialised, in order
	labels map[labelKind]struct{}

	budget   int // how many operands lists of types may still move
	maxStack int

	sigs  *[wasm.NumOps]signature
	runs  []wasm.LocalRun
	seen  [wasm.NumOps]bool
	plain [256]bool     // the same by the bytes of instructions that quick has seen
	uses  wasm.Features // beyond those of the instructions seen
	err   *fault.Error
}

func newChecker(v *validator) *checker {
	return &checker{validator: v, sigs: signatures(), stack: make([]wasm.ValType, 0, 64)}
}

// Limits that keep a small body from costing much time or memory by types with
// very many parameters or results: a constant, and more for each byte of code. The
// constant of the budget is shared by all bodies. Code that compilers make stays
// below by orders of magnitude.
const (
	baseStack, stackPerByte   = 1 << 16, 1
	baseBudget, budgetPerByte = 1 << 24, 256
)

// begin readies c for code at file offset start whose results are those of block
// type b.
func (c *checker) begin(start int64, size int, b wasm.BlockType) {
	c.start = start
	c.stack, c.ctrl, c.inits = c.stack[:0], c.ctrl[:0], c.inits[:0]
	c.base = 0
	c.budget = baseBudget/max(1, len(c.m.Bodies)) + budgetPerByte*size
	c.maxStack = baseStack + stackPerByte*size
	c.err = nil
	c.in.Offset = start
	c.open(opFunction, b, false)
}

// body checks the body of a function of type index x (core 3.5, "Functions").
func (c *checker) body(b *wasm.Body, x uint32) *fault.Error {
	var err error
	if c.runs, err = b.Open(&c.r, c.features, c.runs[:0]); err != nil {
		return asFault(err)
	}
	if c.m.DataCount == nil {
		c.r.RequireDataCount()
	}
	c.locals.reset(c.m.Types[x].Func.Params, len(b.Code))
	for _, run := range c.runs {
		if run.N == 0 {
			continue
		}
		if e := c.valType(run.Type); e != nil {
			return at(e, "code segment", "code section", "module")
		}
		c.locals.declare(run.N, run.Type)
		c.uses |= valUses(run.Type)
	}
	c.begin(b.Offset, len(b.Code), wasm.BlockType{Indexed: true, Index: x})
	load, e := c.run()
	if load {
		return e
	}
	if e != nil {
		return at(e, "expression", "code segment", "code section", "module")
	}
	return nil
}

// run checks instructions up to the end of the function. load tells that e is
// about the binary format, and complete.
func (c *checker) run() (load bool, e *fault.Error) {
	for len(c.ctrl) > 0 {
		c.quick()
		if !c.r.More() {
			return true, endExpected(c.r.Pos())
		}
		if err := c.r.Next(&c.in); err != nil {
			return true, asFault(err)
		}
		op := c.in.Op
		c.seen[op] = true
		s := &c.sigs[op]
		if s.rule == ruleSimple {
			if c.simple(s) || c.apply(s, wasm.Bottom) {
				continue
			}
		} else if c.step(op, s) {
			continue
		}
		if e := c.openIfs(); e != nil {
			return false, e
		}
		return false, inInstruction(c.err, op, c.in.Offset)
	}
	if c.r.More() {
		return true, endExpected(c.r.Pos())
	}
	return false, nil
}

// endExpected is the error for a body that goes on behind its end, or stops before.
func endExpected(off int64) *fault.Error {
	e := fault.At(fault.ENDCodeExpected, off, fault.ByteOffset(off))
	return at(e, "expression", "code segment", "code section", "module")
}

// simple applies s when everything is as it is in almost all code: the operands
// are there and of just the types wanted. Otherwise it changes nothing.
func (c *checker) simple(s *signature) bool {
	n := len(c.stack) - int(s.nin)
	if n < c.base {
		return false
	}
	switch s.nin {
	case 2:
		if c.stack[n+1] != wasm.ValType(s.in[1]) || c.stack[n] != wasm.ValType(s.in[0]) {
			return false
		}
	case 1:
		if c.stack[n] != wasm.ValType(s.in[0]) {
			return false
		}
	case 3:
		if c.stack[n+2] != wasm.ValType(s.in[2]) || c.stack[n+1] != wasm.ValType(s.in[1]) || c.stack[n] != wasm.ValType(s.in[0]) {
			return false
		}
	}
	c.stack = c.stack[:n]
	if s.out != 0 {
		c.stack = append(c.stack, wasm.ValType(s.out))
	}
	return true
}

// apply applies s, with addr for operands that are addresses.
func (c *checker) apply(s *signature, addr wasm.ValType) bool {
	for i := int(s.nin) - 1; i >= 0; i-- {
		t := wasm.ValType(s.in[i])
		if t == address {
			t = addr
		}
		if !c.pop(t) {
			return false
		}
	}
	switch s.out {
	case 0:
	case address:
		c.push(addr)
	default:
		c.push(wasm.ValType(s.out))
	}
	return true
}

// step checks an instruction whose rule is not ruleSimple.
func (c *checker) step(op wasm.Op, s *signature) bool {
	switch s.rule {
	case ruleLocal:
		return c.local(op)
	case ruleAccess:
		return c.access(s)
	case ruleControl:
		return c.control(op)
	case ruleGlobal:
		return c.global(op)
	case ruleReference:
		return c.reference(op)
	case ruleLane:
		return c.lane(s) && c.apply(s, wasm.Bottom)
	}
	return c.memoryOrTable(op, s)
}

// local checks access to a local. One without a default value has to be set
// before it is read, in the same block or around it (core 3.4, "local.get").
func (c *checker) local(op wasm.Op) bool {
	x := c.in.X
	if x >= c.locals.n {
		return c.fail(beyond(fault.InvalidLocalIdx, "local", x, int(c.locals.n)))
	}
	t := c.locals.get(x)
	if t&unset != 0 {
		if op == wasm.OpLocalGet {
			return c.fail(fault.New(fault.InvalidUninitLocal))
		}
		t &^= unset
		c.locals.set(x)
		c.inits = append(c.inits, x)
	}
	switch op {
	case wasm.OpLocalGet:
		c.push(t)
		return true
	case wasm.OpLocalSet:
		return c.pop(t)
	}
	if !c.pop(t) {
		return false
	}
	c.push(t)
	return true
}

// global checks access to a global.
func (c *checker) global(op wasm.Op) bool {
	x := c.in.X
	if int64(x) >= int64(len(c.globals)) {
		return c.fail(beyond(fault.InvalidGlobalIdx, "global", x, len(c.globals)))
	}
	g := c.globals[x]
	if op == wasm.OpGlobalGet {
		c.push(g.Type)
		return true
	}
	if !g.Mutable {
		return c.fail(fault.New(fault.ImmutableGlobal))
	}
	return c.pop(g.Type)
}

// asFault is the error of a Reader as what it always is.
func asFault(err error) *fault.Error {
	e, ok := err.(*fault.Error)
	if !ok {
		panic("validate: a reader's error is not a fault: " + err.Error())
	}
	return e
}
