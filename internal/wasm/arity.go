package wasm

import "strings"

// BlockArity is how many operands a block of type t takes and leaves.
func (m *Module) BlockArity(t BlockType) (params, results int) {
	if t.Indexed {
		f := &m.Types[t.Index].Func
		return len(f.Params), len(f.Results)
	}
	if t.Result != Bottom {
		return 0, 1
	}
	return 0, 0
}

// Arity is how many operands the instruction in of a valid module takes and
// leaves, and whether control never goes on behind it. Operands of branches stay
// on the stack where the branch may fall through, and do not count elsewhere.
// Block structure (block, loop, if, else, end, try_table) is the caller's.
func (m *Module) Arity(in *Instr) (pops, pushes int, leaves bool) {
	if sig := Ops[in.Op].Sig; sig != "*" {
		params, results, _ := strings.Cut(sig, ":")
		return len(params), len(results), false
	}
	switch in.Op {
	case OpUnreachable, OpBr, OpBrTable, OpReturn, OpThrow, OpThrowRef,
		OpReturnCall, OpReturnCallIndirect, OpReturnCallRef:
		return 0, 0, true
	case OpCall:
		f := m.FuncTypeOf(in.X)
		return len(f.Params), len(f.Results), false
	case OpCallIndirect, OpCallRef:
		f := &m.Types[in.X].Func
		return len(f.Params) + 1, len(f.Results), false
	case OpStructNew:
		return len(m.Types[in.X].Fields), 1, false
	case OpArrayNewFixed:
		return int(in.Y), 1, false
	}
	a := fixedArity[in.Op]
	return int(a[0]), int(a[1]), false
}

// fixedArity are the operands taken and left by instructions whose types, but
// not whose numbers, depend on the module.
var fixedArity = [NumOps][2]uint8{
	OpBrIf: {1, 0}, OpBrOnNull: {1, 1}, OpBrOnNonNull: {1, 0}, OpBrOnCast: {1, 1}, OpBrOnCastFail: {1, 1},
	OpDrop: {1, 0}, OpSelect: {3, 1}, OpSelectT: {3, 1},
	OpLocalGet: {0, 1}, OpLocalSet: {1, 0}, OpLocalTee: {1, 1}, OpGlobalGet: {0, 1}, OpGlobalSet: {1, 0},
	OpTableGet: {1, 1}, OpTableSet: {2, 0}, OpTableGrow: {2, 1}, OpTableFill: {3, 0}, OpTableCopy: {3, 0},
	OpMemoryCopy: {3, 0}, OpRefNull: {0, 1}, OpRefIsNull: {1, 1}, OpRefFunc: {0, 1}, OpRefEq: {2, 1},
	OpRefAsNonNull: {1, 1}, OpStructNewDefault: {0, 1}, OpStructGet: {1, 1}, OpStructGetS: {1, 1},
	OpStructGetU: {1, 1}, OpStructSet: {2, 0}, OpArrayNew: {2, 1}, OpArrayNewDefault: {1, 1},
	OpArrayNewData: {2, 1}, OpArrayNewElem: {2, 1}, OpArrayGet: {2, 1}, OpArrayGetS: {2, 1}, OpArrayGetU: {2, 1},
	OpArraySet: {3, 0}, OpArrayLen: {1, 1}, OpArrayFill: {4, 0}, OpArrayCopy: {5, 0}, OpArrayInitData: {4, 0},
	OpArrayInitElem: {4, 0}, OpRefTest: {1, 1}, OpRefTestNull: {1, 1}, OpRefCast: {1, 1}, OpRefCastNull: {1, 1},
	OpAnyConvertExtern: {1, 1}, OpExternConvertAny: {1, 1}, OpRefI31: {1, 1}, OpI31GetS: {1, 1}, OpI31GetU: {1, 1},
}
