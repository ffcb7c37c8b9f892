package native

import "github.com/wazedge/wazedge/internal/wasm"

// typ is the type of a value. References are i64: the engine's are addresses.
type typ uint8

const (
	none typ = iota
	i32
	i64
	f32
	f64
	v128
)

func (t typ) float() bool { return t >= f32 }

// bytes is the size of a value of type t.
func (t typ) bytes() int {
	switch t {
	case i32, f32:
		return 4
	case v128:
		return 16
	}
	return 8
}

// op is what a value is computed by: one of the numeric instructions of WebAssembly, or
// one of these.
type op uint16

const (
	opParam        op = op(wasm.NumOps) + iota // imm: its index among the parameters
	opCtx                                      // the execution context
	opMctx                                     // the module context
	opConst                                    // imm: the bits
	opVector                                   // imm: index of the bits in vectors
	opKept                                     // the constant a, in a register
	opPhi                                      // args, one for each predecessor
	opSelect                                   // a ? b : c
	opBase                                     // address of the linear memory
	opLen                                      // its length in bytes
	opLimit                                    // a - imm, without a borrow
	opCheck                                    // trap unless an access may end at a+imm; b the length
	opCheckLim                                 // trap if a > b, which is the length less imm
	opLoad                                     // aux: the instruction; a address, b base, imm offset
	opStore                                    // as opLoad, c the value
	opGlobalGet                                // imm: index
	opGlobalSet                                // imm: index, a
	opCall                                     // imm: function; args
	opCallIndirect                             // imm: type<<32|table; a the index; args
	opResult                                   // of the call a, imm: which
	opMemGrow                                  // a pages
	opMemCopy                                  // a to, b from, c size
	opMemFill                                  // a to, b byte, c size
	opTableGet                                 // imm: table; a index
	opTableSize                                // imm: table
	numOps
)

// value is the index of a val in its function; 0 is none.
type value int32

// val is a value of a function in static single assignment form, or an instruction that
// has an effect and no value.
type val struct {
	op      op
	typ     typ
	blk     int32
	a, b, c value
	guards  bool   // an access that traps beyond the memory by itself
	aux     uint16 // for accesses, the wasm.Op; the lane of an instruction on one
	ep      int32  // what it reads is the same for all values of the same ep; see epochs
	imm     uint64
	pos     uint32 // place of the instruction, from the start of the code section's contents
	args    []value
}

// termKind is how a block ends.
type termKind uint8

const (
	termNone   termKind = iota
	termJump            // to succs[0]
	termBranch          // to succs[0] if cond is not zero, else to succs[1]
	termSwitch          // to succs[cond], the last for all others
	termReturn          // args
	termTrap            // code
)

// block is a basic block. The order of blocks is that of the source: loops are
// contiguous, and only branches back to the head of a loop go backwards.
type block struct {
	phis, ins []value
	preds     []int32
	succs     []int32

	term termKind
	cond value
	args []value // of a return
	code uint8   // of a trap
	pos  uint32
	ep   epochs // at its end

	header  bool
	loopEnd int32 // of a header: the last block of the loop, in order; those between may be none of it
	depth   int32 // of loops around it
	loop    int32 // the innermost header around it, itself included; -1
	idom    int32
	rare    bool // hardly ever reached
	cold    bool // so, or ends in a trap
}

// fn is a function in static single assignment form.
type fn struct {
	m       *module
	index   uint32 // in the index space of functions
	typ     *wasm.FuncType
	vals    []val
	blocks  []block
	vectors [][2]uint64 // the bits of constants, and of shuffles
	repl    []value     // what a value has been replaced by, 0 for none
	work    int         // that may still be spent, see [fn.spend]

	most map[value]uint64 // what phis are at most, as far as it is known; for [fn.offsets]
}

// Work that may grow faster than a function is counted, each unit being a few instructions of the
// processor. What a function may take is linear in its size, so that what a module takes is.
const (
	workPerFunction = 1 << 20
	workPerByte     = 1000
)

// spend counts n units of work. A function that takes more than it may keeps the engine's code.
func (f *fn) spend(n int) {
	if f.work -= n; f.work < 0 {
		panic(declined("takes too long"))
	}
}

// of is v, or what it was replaced by.
func (f *fn) of(v value) value {
	for v != 0 && f.repl[v] != 0 {
		if next := f.repl[f.repl[v]]; next != 0 {
			f.repl[v] = next
		}
		v = f.repl[v]
	}
	return v
}

func (f *fn) add(v val) value {
	f.vals = append(f.vals, v)
	f.repl = append(f.repl, 0)
	return value(len(f.vals) - 1)
}

func (f *fn) isConst(v value) (uint64, bool) {
	if x := &f.vals[v]; x.op == opConst {
		return x.imm, true
	}
	return 0, false
}

// effect reports whether v stays although nobody uses its value.
func (v *val) effect() bool {
	switch v.op {
	case opCheck, opCheckLim, opStore, opGlobalSet, opCall, opCallIndirect, opMemGrow, opMemCopy, opMemFill, opTableGet:
		return true
	case opLoad:
		return v.guards
	}
	if v.op < op(wasm.NumOps) {
		return wasm.Ops[v.op].Traps
	}
	return false
}

// pure reports whether v depends on its operands alone and cannot trap.
func (v *val) pure() bool {
	switch v.op {
	case opConst, opVector, opSelect, opLimit:
		return true
	}
	return v.op < op(wasm.NumOps) && !wasm.Ops[v.op].Traps
}

// shared reports whether v is the same as any other value with the same operands, ep
// included, that dominates it.
func (v *val) shared() bool {
	switch v.op {
	case opBase, opLen, opGlobalGet, opLoad, opTableSize:
		return true
	}
	return v.pure() || v.op < op(wasm.NumOps)
}

func typeOf(t wasm.ValType) typ {
	switch t {
	case wasm.I32:
		return i32
	case wasm.I64:
		return i64
	case wasm.F32:
		return f32
	case wasm.F64:
		return f64
	case wasm.V128:
		return v128
	}
	return i64
}

// declined is why a function keeps the engine's code.
type declined string

func (d declined) Error() string { return "not compiled: " + string(d) }
