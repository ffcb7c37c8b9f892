package native

import "github.com/wazedge/wazedge/internal/wasm"

// Offsets in the engine's execution context.
const (
	ctxExitCode      = 0
	ctxCallerModule  = 8
	ctxGoFrame       = 16
	ctxGoStack       = 24
	ctxGoReturn      = 32 // arm64
	ctxStackBottom   = 40
	ctxReturnAddress = 48
	ctxStackPointer  = 56
	ctxGrowSize      = 64
	ctxMemoryGrow    = 72
	ctxStackGrow     = 80
	ctxMemmove       = 1144
	ctxFramePointer  = 1152 // amd64
)

// Exit codes of traps.
const (
	exitUnreachable = 3
	exitMemory      = 4
	exitTable       = 7
	exitNullElement = 8
	exitType        = 9
	exitDivideZero  = 10
	exitOverflow    = 11
	exitConversion  = 12
)

// exits are all of these.
var exits = [...]uint8{exitUnreachable, exitMemory, exitTable, exitNullElement, exitType, exitDivideZero, exitOverflow, exitConversion}

// Offsets in what a reference to a function points to.
const (
	refCode    = 0
	refContext = 8
	refType    = 16
)

// layout says where things are in the engine's module context.
type layout struct {
	memory    int32 // base, then length; -1 without an own memory
	imported  int32 // an imported memory: its instance, whose base and length come first; -1
	functions int32 // 24 bytes for each imported one
	globals   int32 // 16 bytes each
	typeIDs   int32
	tables    int32
}

func layoutOf(s *wasm.Spaces) layout {
	m := s.Module
	l := layout{memory: -1, imported: -1}
	at := int32(8)
	if len(m.Memories) > 0 {
		l.memory = at
		at += 16
	}
	if m.ImportedCount(wasm.ExternMemory) > 0 {
		l.imported = at
		at += 16
	}
	l.functions = at
	at += 24 * int32(m.ImportedCount(wasm.ExternFunc))
	if n := int32(m.ImportedCount(wasm.ExternGlobal)) + int32(len(m.Globals)); n > 0 {
		at = (at + 15) &^ 15
		l.globals = at
		at += 16 * n
	}
	if n := int32(m.ImportedCount(wasm.ExternTable)) + int32(len(m.Tables)); n > 0 {
		l.typeIDs = at
		l.tables = at + 8
	}
	return l
}

// reg is a register: those from firstFloat on are for floating point and vectors.
type reg uint8

const (
	firstFloat reg = 32
	numRegs        = 64
	noReg      reg = 255
)

// regs is a set of registers.
type regs uint64

func (s regs) has(r reg) bool { return s>>r&1 != 0 }

func setOf(list ...reg) (s regs) {
	for _, r := range list {
		s |= 1 << r
	}
	return s
}

// place is where a parameter or result is: in a register, or else at an offset from the
// start of the block on the stack.
type place struct {
	reg   reg
	stack int32
}

// places gives the places of values of types, behind so many integers before them.
func (c *convention) places(types []wasm.ValType, before int, stack int32) ([]place, int32) {
	list := make([]place, len(types))
	floats := 0
	for i, t := range types {
		p := place{reg: noReg}
		if typeOf(t).float() {
			if floats < len(c.floatArgs) {
				p.reg = c.floatArgs[floats]
				floats++
			}
		} else if before < len(c.intArgs) {
			p.reg = c.intArgs[before]
			before++
		}
		if p.reg == noReg {
			p.stack = stack
			stack += 8
			if t == wasm.V128 {
				stack += 8
			}
		}
		list[i] = p
	}
	return list, stack
}

// signature is how a function of some type is called.
type signature struct {
	params, results []place
	block           int32 // bytes of parameters and results on the stack, rounded
}

func (c *convention) signatureOf(t *wasm.FuncType) *signature {
	s := &signature{}
	var n int32
	s.params, n = c.places(t.Params, 2, 0)
	s.results, n = c.places(t.Results, 0, n)
	s.block = (n + 15) &^ 15
	return s
}
