package native

// vreg is a virtual register: the value of that number, or one that lowering has made.
type vreg int32

// mop is a machine operation: an instruction, or a short fixed sequence of them.
type mop uint8

const (
	mNop        mop = iota
	mMov            // def = use
	mImm            // def = imm
	mFloat          // def = the float with the bits imm
	mVector         // def = the vector of index imm
	mVec            // def = instruction target of the uses; imm is a lane, a count or an index
	mLea            // def = [use0 + use1<<scale + disp], in w bytes
	mAlu            // def = use0 sub rm
	mAluImm         // def = use0 sub imm
	mNeg            // def = -use0
	mNot            // def = ^use0
	mImul           // def = use0 * rm
	mImulImm        // def = rm * imm
	mShiftImm       // def = use0 sub imm
	mShiftCL        // def = use0 sub cl
	mShiftX         // def = rm sub use
	mRorx           // def = rm rotated right by imm
	mBits           // def = sub(rm): lzcnt, tzcnt, popcnt
	mExt            // def = rm, extended as sub says
	mDiv            // rax, rdx = rdx:rax / use1; sub says which is wanted
	mMulHi          // rdx = the upper half of rax * use1; sub is 1 for signed ones
	mCheck          // trap if use0 + imm > rm
	mCheckLim       // trap if use0 > rm
	mSet            // def = condition
	mSel            // def = condition ? use2 : use3
	mLoad           // def = rm, as sub says
	mStore          // rm = use0, as sub says
	mStoreImm       // rm = imm, of 1<<sub bytes
	mFAlu           // def = use0 sub rm
	mFUn            // def = sub(rm)
	mFMinMax        // def = min or max of use0 and use1
	mFBits          // def = use0 and, or, xor with a constant
	mFCopysign      // def = use0 with the sign of use1
	mFConv          // def = conversion sub of use0
	mTrunc          // def = integer of the float use0, sub says which; traps or saturates
	mCall           // of a function of the module
	mCheckpoint     // def = what the function at disp of the module's context makes of use2, imm and other
	mCallMem        // of the code whose address is at [use0 + disp]
	mFill           // rep stosb
	mLoadArg        // def = parameter at disp of those on the stack
	mStoreRes       // result at disp of these = use0
	mStoreOut       // argument at disp of a block of imm bytes = use0
	mLoadOut        // def = result at disp of such a block
	mEntry          // defs are the parameters
	mJump
	mBr
	mSwitch
	mRet
	mTrap
)

// cond is a condition of the processor's flags.
type cond uint8

const (
	ccB  cond = 2
	ccAE cond = 3
	ccE  cond = 4
	ccNE cond = 5
	ccBE cond = 6
	ccA  cond = 7
	ccS  cond = 8
	ccNS cond = 9
	ccP  cond = 10
	ccNP cond = 11
	ccL  cond = 12
	ccGE cond = 13
	ccLE cond = 14
	ccG  cond = 15
	// ccFE and ccFNE are equality of floats, for which two flags count.
	ccFE  cond = 16
	ccFNE cond = 17
)

func (c cond) not() cond { return c ^ 1 }

// compare is how flags come about.
type compare uint8

const (
	cmpNone    compare = iota
	cmpReg             // cmp use0, rm
	cmpImm             // cmp rm, imm
	testReg            // test use0, use1
	testImm            // test use0, imm
	cmpFloat           // ucomis use0, use1
	cmpFloatSw         // ucomis use1, use0
)

// useKind says what an operand has to be in.
type useKind uint8

const (
	inReg useKind = iota
	anywhere
	inFixed
)

type use struct {
	v    vreg
	kind useKind
	late bool // still needed when results are written
	fix  reg
	at   loc // given by the allocator
}

// untilWritten is u, still needed when results are written.
func (u use) untilWritten() use {
	u.late = true
	return u
}

type def struct {
	v   vreg
	fix reg // noReg for any
	at  loc
}

// loc is where a value is: a register, or slotBase and more for a slot of the frame.
type loc int32

const (
	nowhere  loc = -1
	slotBase loc = numRegs
)

func (l loc) isReg() bool { return l >= 0 && l < slotBase }
func (l loc) reg() reg    { return reg(l) }

// ins is a machine operation with its operands.
type ins struct {
	op     mop
	w      uint8 // bytes of the operands
	sub    uint8
	cc     cond
	cmp    compare
	same   bool  // def is best where use0 is, and is written over it
	mem    int8  // index among uses of the base of a memory operand; -1 for none
	index  bool  // its index register follows the base
	access value // of linear memory, that the memory operand is; 0 for another, or none
	pooled bool  // the second operand is a constant: the float with the bits imm, or the vector of index other
	scale  uint8
	disp   int32
	imm    int64
	uses   []use
	defs   []def
	temps  []use
	clob   regs
	target int32 // block, or function
	other  int32
	list   []int32 // blocks of a switch
	pos    uint32
	ctx    int8 // index among uses of the execution context, for a trap; -1
	code   uint8
	before []move // in the gap in front
	entry  []move
}

// guarded reports whether a fault of the memory operand of in is a trap.
func (in *ins) guarded() bool {
	switch in.op {
	case mLoad, mStore, mStoreImm, mAlu, mImul, mFAlu:
		return in.ctx >= 0
	}
	return false
}

// move puts the value v from one place to another.
type move struct {
	v        vreg
	from, to loc
}

// lblock is a block of machine operations.
type lblock struct {
	first, last int32 // in code
	succs       []int32
	preds       []int32
	phis        []value
	header      bool
	loopEnd     int32
	loop        int32
	depth       int32
	cold        bool
	bare        bool   // there is no frame
	sunk        []move // made one after the other when it is entered, see [lfn.shrink]
}

// lfn is a function as machine operations.
type lfn struct {
	*fn
	ops        []ins
	lb         []lblock
	float      []bool  // of each vreg
	wide       []bool  // of each vreg: 8 bytes
	vec        []bool  // of each vreg: 16 bytes
	halves     []bool  // of each value: see [fn.halves]
	out        int32   // bytes for arguments and results of calls
	called     bool    // has calls
	frame      bool    // has parameters or results on the stack
	behind     int32   // the block that the frame is made at
	spills     []int32 // slot of each vreg, -1
	slots      int32
	used       regs
	kept       map[reg]loc      // slots of registers that checkpoints keep
	keptFrom   int32            // the first slot of checkpoints, which are the last
	keptInputs loc              // the slots of what they are given
	homes      map[[2]int32]int // where each phi is when its block begins, for [lfn.verifyPlaces]
}
