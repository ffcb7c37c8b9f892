package validate

import (
	"strings"
	"sync"

	"github.com/wazedge/wazedge/internal/wasm"
)

// rule tells which function checks an instruction.
type rule uint8

const (
	ruleSimple    rule = iota // takes and leaves what its signature says
	ruleLane                  // the same, with lane indices to check
	ruleAccess                // the same, with a memory access to check
	ruleLocal                 // access to a local
	ruleGlobal                // access to a global
	ruleControl               // see [checker.control]
	ruleReference             // see [checker.reference]
	ruleIndex                 // see [checker.memoryOrTable]
)

// signature is the Sig of an instruction's row, in a form that is quick to apply.
// Types are the low bytes of number and vector types; address stands for the
// address type that the instruction's immediates decide.
type signature struct {
	rule  rule
	nin   uint8
	in    [3]uint8
	out   uint8 // 0 when nothing is left
	lanes uint8
	align uint8
}

// address marks operands of a memory's or table's address type.
const address = 1

// signatures has the row of every instruction, built on first use.
var signatures = sync.OnceValue(func() *[wasm.NumOps]signature {
	all := new([wasm.NumOps]signature)
	for op := range wasm.NumOps {
		all[op] = signatureOf(op.Info())
		all[op].rule = ruleOf(op)
	}
	return all
})

func signatureOf(r *wasm.OpInfo) signature {
	var s signature
	params, results, ok := strings.Cut(r.Sig, ":")
	if !ok {
		return s
	}
	for i := range len(params) {
		s.in[i] = letterType(params[i])
	}
	s.nin = uint8(len(params))
	if results != "" {
		s.out = letterType(results[0])
	}
	s.lanes, s.align = r.Lanes, r.Access
	return s
}

// ruleOf says which function checks op. Where the signature does not tell, the
// place in WasmEdge's numbering does.
func ruleOf(op wasm.Op) rule {
	r := op.Info()
	switch r.Imm {
	case wasm.ImmLocal:
		return ruleLocal
	case wasm.ImmGlobal:
		return ruleGlobal
	case wasm.ImmLane, wasm.ImmShuffle:
		return ruleLane
	case wasm.ImmMemArg, wasm.ImmMemArgLane:
		return ruleAccess
	}
	switch {
	case op <= wasm.OpTryTable && r.Sig == "*":
		return ruleControl
	case op >= wasm.OpRefNull && op <= wasm.OpI31GetU:
		return ruleReference
	case r.Sig == "*" || strings.Contains(r.Sig, "a") || op == wasm.OpDataDrop || op == wasm.OpElemDrop:
		return ruleIndex
	}
	return ruleSimple
}

// letterType is the type that a letter of OpInfo.Sig stands for.
func letterType(l byte) uint8 {
	switch l {
	case 'i':
		return uint8(wasm.I32)
	case 'I':
		return uint8(wasm.I64)
	case 'f':
		return uint8(wasm.F32)
	case 'F':
		return uint8(wasm.F64)
	case 'v':
		return uint8(wasm.V128)
	case 'a':
		return address
	}
	panic("validate: the instruction table has a signature of unknown letters")
}
